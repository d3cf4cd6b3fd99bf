"""jieba's network: read from its files, equal to its equations written by hand; the CRF equal to enumeration."""

import io
import itertools
import json
import shutil
import struct
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained

from engine import bigru_crf, bigru_crf_bulk, bigru_crf_explain, bigru_crf_trace, crf, paddle_file, segment
from engine.cli import main
from engine.errors import InputError

TEXTS = [
    "他毕业于北京大学，研究中文分词。", "今天的课讲隐马尔可夫模型。", "把手放在把手上", "龘字很少见", "我", "，",
    "Ａ龘\ud800𠮷 x", "2026年，李雷用Python写了3个程序。",
]  # fmt: skip


@pytest.fixture(scope="module")
def network():
    return bigru_crf.load(dtype=torch.float64)


@pytest.fixture(scope="module")
def traces(network):
    return [
        bigru_crf_trace.trace(network, text, folded)
        for text, folded in [("他毕业于。", True), ("我", True), ("把\"'\\{a}Z，", False)]
    ]


# ── an independent reading of the files and a slow loop in numpy ──────────────────────────────────────────────────


@cache
def dictionary() -> dict[str, int]:
    lines = (bigru_crf.folder() / "word.dic").read_text("utf-8").splitlines()
    return {line.split("\t")[1]: int(line.split("\t")[0]) for line in lines if "\t" in line}


@cache
def numbers(name: str, *shape: int) -> np.ndarray:
    blob = (bigru_crf.folder() / "model_baseline" / name).read_bytes()
    return np.frombuffer(blob[-4 * int(np.prod(shape)) :], "<f4").astype(float).reshape(shape)


def sigmoid(a: float) -> float:
    return 1 / (1 + np.exp(-a))


def slow_gru(k: int, xs: np.ndarray, inputs: int) -> dict[str, np.ndarray]:
    """The equations of Paddle's dynamic_gru, one character and one gate after the other."""
    n = 128
    W, b, b_h = numbers(f"fc_{k}.w_0", inputs, 3 * n), numbers(f"fc_{k}.b_0", 3 * n), numbers(f"gru_{k}.b_0", 3 * n)
    flat = numbers(f"gru_{k}.w_0", 3 * n * n)
    U_u, U_r = flat[: 2 * n * n].reshape(n, 2 * n)[:, :n], flat[: 2 * n * n].reshape(n, 2 * n)[:, n:]
    U_c = flat[2 * n * n :].reshape(n, n)
    found = {name: np.zeros((len(xs), n)) for name in "urch"}
    h = np.zeros(n)
    for t in range(len(xs) - 1, -1, -1) if k % 2 else range(len(xs)):
        a = xs[t] @ W + b + b_h
        u = sigmoid(a[:n] + h @ U_u)
        r = sigmoid(a[n : 2 * n] + h @ U_r)
        c = np.tanh(a[2 * n :] + (r * h) @ U_c)
        h = (1 - u) * h + u * c
        for name, value in zip("urch", (u, r, c, h), strict=True):
            found[name][t] = value
    return found


def slow_network(text: str) -> tuple[list[list[dict]], np.ndarray]:
    """(gates by layer and direction, emissions)."""
    at = dictionary()
    x = numbers("word_emb", 20941, 128)[[at.get(character, at["OOV"]) for character in text]]
    gates = []
    for layer in (0, 1):
        gates.append([slow_gru(2 * layer + k, x, x.shape[1]) for k in (0, 1)])
        x = np.concatenate([each["h"] for each in gates[-1]], 1)
    return gates, x @ numbers("fc_4.w_0", 256, 57) + numbers("fc_4.b_0", 57)


def slow_viterbi(b: np.ndarray) -> list[int]:
    W = numbers("crfw", 59, 57)
    start, stop, step = W[0], W[1], W[2:]
    score, back = start + b[0], []
    for row in b[1:]:
        arriving = score[:, None] + step
        back.append(arriving.argmax(0))
        score = arriving.max(0) + row
    path = [int((score + stop).argmax())]
    for row in back[::-1]:
        path.append(int(row[path[-1]]))
    return path[::-1]


def parse_result(sent: list[str], tags: list[str]) -> list[tuple[str, str]]:
    """The rule of jieba/lac_small/utils.py, in its own way: words are closed when the next one begins."""
    sent_out, tags_out, partial = [], [], ""
    for ind, tag in enumerate(tags):
        if partial == "":
            partial = sent[ind]
            tags_out.append(tag.split("-")[0])
            continue
        if tag.endswith("-B") or (tag == "O" and tags[ind - 1] != "O"):
            sent_out.append(partial)
            tags_out.append(tag.split("-")[0])
            partial = sent[ind]
            continue
        partial += sent[ind]
    if len(sent_out) < len(tags_out):
        sent_out.append(partial)
    return list(zip(sent_out, tags_out, strict=True))


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_gates_emissions_and_path_are_those_of_a_slow_loop(network, text):
    gates, b = slow_network(text)
    trace = bigru_crf_trace.trace(network, text, folded=False)
    for layer, direction, name in itertools.product((0, 1), (0, 1), "urch"):
        np.testing.assert_allclose(trace[name].values[layer, direction], gates[layer][direction][name], atol=1e-12)
    np.testing.assert_allclose(trace["b"].values, b, atol=1e-10)
    assert trace["path"].values.tolist() == slow_viterbi(b)


def test_batches_of_all_lengths_give_what_each_text_gives_alone(network, monkeypatch):
    monkeypatch.setattr("engine.bigru_crf_bulk.BATCH", 40)
    random = np.random.default_rng(0)
    characters = [each for each in network.places if len(each) == 1]
    texts = ["".join(random.choice(characters, size=n)) for n in random.integers(1, 14, 16)]
    for text, tags in zip(texts, bigru_crf_bulk.decode(network, texts), strict=True):
        assert tags == [network.tags[at] for at in slow_viterbi(slow_network(text)[1])]


def test_float32_gives_the_same_words():
    assert bigru_crf_bulk.read(bigru_crf.shipped(), TEXTS) == bigru_crf_bulk.read(bigru_crf.shipped(exact=True), TEXTS)


# ── the CRF ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("T", "N"), [(1, 1), (1, 3), (2, 4), (5, 3), (6, 2)])
def test_the_crf_equals_enumeration(T, N):
    generator = torch.Generator().manual_seed(T * 10 + N)
    b, A = (torch.randn(n, N, generator=generator, dtype=torch.float64) * 2 for n in (T, N))
    pi, omega = torch.randn(2, N, generator=generator, dtype=torch.float64)
    field = crf.CRF(pi, A, omega)
    paths = list(itertools.product(range(N), repeat=T))
    moves = [sum(float(A[i, j]) for i, j in itertools.pairwise(path)) for path in paths]
    scores = np.array([
        float(pi[p[0]] + omega[p[-1]] + sum(b[t, p[t]] for t in range(T))) + move
        for p, move in zip(paths, moves, strict=True)
    ])  # fmt: skip
    share = np.exp(scores - scores.max())
    share /= share.sum()
    log_alpha, log_beta = crf.forward(field, b), crf.backward(field, b)
    log_z = float((log_alpha[-1] + omega).logsumexp(0))
    assert log_z == pytest.approx(np.logaddexp.reduce(scores))
    np.testing.assert_allclose((log_alpha + log_beta).logsumexp(1).numpy(), log_z)
    expected = [[sum(share[n] for n, p in enumerate(paths) if p[t] == j) for j in range(N)] for t in range(T)]
    np.testing.assert_allclose(crf.marginals(log_alpha, log_beta).numpy(), expected, atol=1e-12)
    best = crf.viterbi(field, b[:, None], [1] * T)[:, 0].tolist()
    assert tuple(best) == paths[scores.argmax()]
    assert float((crf.forward(field, b, torch.amax)[-1] + omega).max()) == pytest.approx(scores.max())


def test_the_traces_best_path_has_its_share_of_all_paths(network):
    """Enumeration over three characters: 57³ paths."""
    trace = bigru_crf_trace.trace(network, "毕业于")
    b, A = trace["b"].values, trace["A"].values
    scores = (
        (trace["pi"].values + b[0])[:, None, None] + (A + b[1])[:, :, None] + (A + b[2] + trace["omega"].values)[None]
    )
    log_z = np.log(np.exp(scores - scores.max()).sum()) + scores.max()
    assert float(trace["log_z"][-1]) == pytest.approx(log_z)
    assert float(trace["path_log"]) == pytest.approx(scores.max() - log_z)
    assert np.unravel_index(scores.argmax(), scores.shape) == tuple(trace["path"].values)
    share = np.exp(scores - log_z)
    for t in range(3):
        expected = share.sum(tuple(axis for axis in range(3) if axis != t))
        np.testing.assert_allclose(trace["gamma"].values[t], expected, atol=1e-12)


def test_candidates_and_pointers_belong_to_delta(traces):
    for trace in traces:
        log_delta, candidates = trace["log_delta"].values, trace["log_candidate"].values
        np.testing.assert_allclose(candidates.max(1), log_delta[1:], atol=1e-10)
        assert (candidates.argmax(1) == trace["psi"].values).all()
        assert (log_delta <= 1e-9).all()


# ── characters and words ──────────────────────────────────────────────────────────────────────────────────────────


def test_it_corrects_where_the_hmm_errs(network):
    text = "他毕业于北京大学，研究中文分词。"
    found = [word.text for word in bigru_crf_bulk.read(network, [text])[0]]
    assert found == ["他", "毕业", "于", "北京大学", "，", "研究", "中文", "分词", "。"]
    assert {"毕业于", "中文分"} < set(segment.segment(text))


def test_words_are_cut_as_the_package_cuts_them(network):
    random = np.random.default_rng(1)
    for _ in range(300):
        tags = random.choice(["n-B", "n-I", "v-I", "PER-B", "O"], size=random.integers(0, 9)).tolist()
        sent = list("abcdefghi"[: len(tags)])
        assert [tuple(word) for word in bigru_crf.words(sent, tags)] == parse_result(sent, tags)


def test_training_moved_a_row_or_never_touched_it(network):
    """No row lies near the bound: what counts as trained does not hang on a threshold."""
    largest = network.embedding.abs().amax(1).numpy()
    assert largest[~network.trained].max() <= 0.1
    assert largest[network.trained].min() > 0.15
    assert 0.5 < network.trained.mean() < 0.9


def test_what_training_never_saw_is_read_in_the_form_it_saw(network):
    assert bigru_crf.fold(network, "他，Ａ“Zz”。《》！龘\u3000") == '他,a"zz".《》!龘 '
    for character in "，。！？：；“”（）ABZ":
        assert not bigru_crf.is_trained(network, character)
        assert bigru_crf.is_trained(network, bigru_crf.fold(network, character))
    assert bigru_crf_bulk.read(network, ["你好！"], folded=True)[0][-1] == ("！", "w")


@pytest.mark.parametrize("text", ["", " ", "\n\n", " 他来了。 \n我 们\t", "他" * 700, "？！”他", "a\u2028b", "\ud800"])
def test_no_character_is_lost(network, text):
    assert "".join(bigru_crf_bulk.sentences(text)) == text
    assert "".join(word.text for word in bigru_crf_bulk.read(network, [text])[0]) == text
    assert max(map(len, bigru_crf_bulk.sentences(text)), default=0) <= bigru_crf_bulk.LONGEST


def test_sentences_end_after_marks_and_lines():
    text = "他说：“来！”我去。\n好吗？？！走"
    assert bigru_crf_bulk.sentences(text) == ["他说：“来！”", "我去。", "\n", "好吗？？！", "走"]


def test_scored_texts_count_where_the_hmm_cuts_otherwise(network):
    rows = bigru_crf_bulk.scored(network, ["他毕业于北京大学", "他来了", "", "hello 𪚥"])
    assert rows["tagged"].tolist()[:2] == ["他/r 毕业/v 于/p 北京大学/ORG", "他/r 来/v 了/xc"]
    assert rows["hmm"].tolist()[0] == "他 毕业于 北京大学"
    assert rows["otherwise"].tolist() == [2, 2, 0, 0]
    assert rows["words"].tolist()[2] == 0
    assert bigru_crf_bulk.scored(network, []).columns.tolist() == rows.columns.tolist()


# ── files that are missing or damaged ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def copied(tmp_path):
    """The package's folder with links in place of its files."""
    where = tmp_path / "lac_small"
    shutil.copytree(bigru_crf.folder(), where, copy_function=lambda source, target: target and _link(source, target))
    return where


def _link(source: str, target: str) -> None:
    Path(target).symlink_to(source)


def tensor_file(values: np.ndarray, kind: int = 5) -> bytes:
    def varint(value: int) -> bytes:
        return bytes([value & 127 | 128]) + varint(value >> 7) if value > 127 else bytes([value])

    description = b"\x08" + varint(kind) + b"".join(b"\x10" + varint(size) for size in values.shape)
    head = struct.pack("<IQIi", 0, 0, 0, len(description))
    return head + description + values.astype("<f4").tobytes()


def test_a_tensor_file_is_read_whole(tmp_path):
    values = np.arange(600, dtype=np.float32).reshape(3, 200)
    (tmp_path / "a").write_bytes(tensor_file(values))
    np.testing.assert_array_equal(paddle_file.read(tmp_path / "a", (3, 200)), values)


GOOD = tensor_file(np.ones((2, 300)))
DAMAGED = {
    "empty": b"", "short head": GOOD[:9], "short body": GOOD[:-1], "long body": GOOD + b"x", "text": b"hello" * 99,
    "version": b"\1" + GOOD[1:], "levels": GOOD[:4] + b"\xff" * 8 + GOOD[12:],
    "another type": tensor_file(np.ones((2, 300)), 6),
    "another shape": tensor_file(np.ones((300, 2))), "not finite": tensor_file(np.full((2, 300), np.nan)),
    "negative size": GOOD[:16] + b"\xff" * 4 + GOOD[20:], "cut number": struct.pack("<IQIi", 0, 0, 0, 1) + b"\x88",
    "unknown field": struct.pack("<IQIi", 0, 0, 0, 2) + b"\x20\x01",
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_tensor_file_is_named(tmp_path, name):
    (tmp_path / "a.w_0").write_bytes(DAMAGED[name])
    with pytest.raises(InputError, match=r"a\.w_0"):
        paddle_file.read(tmp_path / "a.w_0", (2, 300))


@pytest.mark.parametrize(
    ("name", "blob"),
    [
        ("word.dic", None), ("word.dic", b"\xff\xfe"), ("word.dic", b"0\ta\n"), ("tag.dic", b"0\tn-B\n0\tn-I\n"),
        ("tag.dic", b"x\tn-B\n"), ("model_baseline/gru_2.w_0", None), ("model_baseline/crfw", b"crf"),
    ],
)  # fmt: skip
def test_a_damaged_folder_is_an_input_error(copied, name, blob):
    (copied / name).unlink()
    if blob is not None:
        (copied / name).write_bytes(blob)
    with pytest.raises(InputError, match=name.split("/")[-1]):
        bigru_crf.load(copied)


@pytest.mark.parametrize("found", [None, "elsewhere"])
def test_without_the_package_that_is_said(monkeypatch, tmp_path, found):
    class Spec:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(bigru_crf, "find_spec", lambda name: found and Spec)
    with pytest.raises(InputError, match="not installed"):
        bigru_crf.folder()


# ── the trace and its proofs ──────────────────────────────────────────────────────────────────────────────────────


def test_every_variable_has_an_explainer():
    assert set(bigru_crf_explain.EXPLAIN) == set(bigru_crf_trace.SCHEMA)


def test_code_reproduces_random_cells_of_every_variable(traces, tmp_path):
    ends = {"log_delta", "log_beta", "log_z", "path", "path_log"}
    alone = [case for case in explained(traces[1:2], draws=0) if case[0].split()[1] in ends]
    check_code(explained(traces[2:], draws=1) + alone, tmp_path, abs=1e-5)


def test_terms_give_the_value(traces):
    check_terms(explained(traces, seed=1, draws=2), abs=1e-9)


def test_a_sentence_without_characters_is_refused(network):
    with pytest.raises(InputError):
        bigru_crf_trace.trace(network, "")


# ── the command line ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def cli(monkeypatch, capfdbinary):
    def run(*args: str, text: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["engine", "segment", *args])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        code, out = main(), capfdbinary.readouterr()
        return code, out.out.decode(), out.err.decode()

    return run


def test_the_command_line_writes_words_tags_or_json(cli):
    text = "他毕业于清华，\n\n Ab x\n"
    assert cli("--model", "network", text=text)[:2] == (0, "他 毕业 于 清华 ，\n\nAb x\n")
    assert cli("--model", "network", "--tags", text=text)[1].startswith("他/r 毕业/v 于/p 清华/ORG ，/w\n\n")
    lines = [json.loads(line) for line in cli("--model", "network", "--format", "json", text=text)[1].splitlines()]
    assert lines[0] == {"words": ["他", "毕业", "于", "清华", "，"], "tags": ["r", "v", "p", "ORG", "w"]}
    assert lines[1] == {"words": [], "tags": []}
    assert cli("--format", "json", text="他来\n\n")[1] == '{"words": ["他来"]}\n{"words": []}\n'
    unchanged = cli("--model", "network", "--tags", "--unchanged", text="春眠不觉晓，处处闻啼鸟。")[1]
    assert unchanged == "春眠不觉晓，处处闻啼鸟。/nw\n"


@pytest.mark.parametrize("option", ["--tags", "--unchanged"])
def test_what_the_hmm_cannot_do_is_refused(cli, option):
    code, out, err = cli(option, text="他")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert option in err
