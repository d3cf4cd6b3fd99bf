"""Files of n-gram models, and the commands that write and read them: nothing lost, and nothing hostile taken."""

import io
import json
import math
import signal
import sys

import numpy as np
import pytest
from safetensors.numpy import load, save

from engine import cli, ngram_files, weights
from engine.errors import InputError
from engine.ngram import METHODS, NGramParams, fit
from engine.ngram_counts import count
from engine.vocabulary import vocabulary

TEXTS = ["to be or not to be", "that is the question", "whether 't is nobler in the mind", "to sleep , to dream"] * 2


def model(method="kneser-ney", order=3, unit="word"):
    return fit(count(TEXTS, vocabulary(TEXTS, unit), order), NGramParams(order, method))


@pytest.fixture(scope="module")
def blob():
    return ngram_files.dumps(model(), {"corpus": "own"})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("unit", ["word", "character"])
def test_a_model_comes_back_as_it_was(method, unit):
    one = model(method, unit=unit)
    written = ngram_files.dumps(one, {"corpus": "own", "bits": 2.5})
    again, card = ngram_files.loads(written)
    assert (again.params, again.vocabulary, card) == (one.params, one.vocabulary, {"corpus": "own", "bits": 2.5})
    assert again.log_probs(TEXTS).log_p.tolist() == one.log_probs(TEXTS).log_p.tolist()
    for mine, other in zip(again.counts.tables, one.counts.tables, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(mine, other, strict=True))
    assert ngram_files.dumps(again, card) == written
    assert ngram_files.is_one(written)


def test_only_the_orders_of_the_model_are_kept():
    counts = count(TEXTS, vocabulary(TEXTS, "word"), 5)
    short, long = (fit(each, NGramParams(2)) for each in (count(TEXTS, counts.vocabulary, 2), counts))
    assert ngram_files.dumps(short, {}) == ngram_files.dumps(long, {})


def changed(blob: bytes, meta=None, **tensors) -> bytes:
    """The file with other tensors (None: left out) and other parameters."""
    own, header = load(blob), dict(weights.metadata(blob))
    for name, value in tensors.items():
        name = name.replace("_", ".")
        own = {k: v for k, v in own.items() if k != name} if value is None else own | {name: value}
    raw = json.loads(header[ngram_files.KEY]) | (meta or {})
    header[ngram_files.KEY] = json.dumps({name: value for name, value in raw.items() if value != "out"})
    return save({name: np.ascontiguousarray(value) for name, value in own.items()}, header)


def words(*more):
    return np.frombuffer(json.dumps(["<s>", "</s>", "<unk>", *more]).encode(), np.uint8)


def test_an_unchanged_file_is_read(blob):
    assert ngram_files.loads(changed(blob)).model.params == model().params


@pytest.mark.parametrize(
    "meta",
    [
        {"order": 0}, {"order": 7}, {"order": 2.0}, {"order": 2}, {"order": True}, {"method": "trust me"},
        {"method": ["mle"]}, {"k": -1.0}, {"k": math.nan}, {"k": "1"}, {"discount": 2.0}, {"discount": "a"},
        {"discount": [0.5]}, {"floor": "yes"}, {"unit": "tree"}, {"unit": ["word"]}, {"n_tokens": -1},
        {"n_tokens": 2**70}, {"n_texts": "9"}, {"more": 1}, {"unit": "out"}, {"unit": "character"},
    ],
    ids=str,
)  # fmt: skip
def test_wrong_parameters_are_refused(blob, meta):
    with pytest.raises(InputError):
        ngram_files.loads(changed(blob, meta))


def test_wrong_tables_are_refused(blob):
    own = load(blob)
    last, first = len(own["word.3"]) - 1, own["word.2"]
    beyond = {
        "word_3": np.full_like(own["word.3"], 10_000), "word_2": -own["word.2"], "context_3": own["context.3"][::-1],
        "context_2": own["context.2"] + 10_000, "count_1": -own["count.1"], "count_2": own["count.2"].astype(float),
        "count_3": own["count.3"][:last], "word_1": None, "extra": np.zeros(3), "context_1": own["context.1"] + 1,
    }  # fmt: skip
    beyond |= {"word__2": first.reshape(-1, 1), "words": None, "count__1": np.full(len(own["count.1"]), 2**50)}
    for name, value in beyond.items():
        with pytest.raises(InputError):
            ngram_files.loads(changed(blob, **{name.replace("__", "_"): value}))


@pytest.mark.parametrize(
    "table",
    [
        words(), words("a", "a"), words(1), words(""), words("a")[:-1], words().astype(np.int32),
        np.frombuffer(b"[" * 5000, np.uint8), np.frombuffer(b'{"a": 1}', np.uint8), np.zeros((2, 2), np.uint8),
    ],
)  # fmt: skip
def test_wrong_vocabularies_are_refused(blob, table):
    with pytest.raises(InputError):
        ngram_files.loads(changed(blob, words=table))


def test_damaged_files_are_refused_and_random_ones_never_fail_otherwise(blob):
    random = np.random.default_rng(0)
    for cut in (0, 4, 9, 200, len(blob) - 3):
        with pytest.raises(InputError):
            ngram_files.loads(blob[:cut])
    for _ in range(300):
        hurt = bytearray(blob)
        for at in random.integers(len(blob), size=4):
            hurt[at] = random.integers(256)
        try:
            read = ngram_files.loads(bytes(hurt)).model
            p = read.next(["to"])
        except InputError:
            continue
        assert np.isfinite(p).all()
        assert p.sum() == pytest.approx(1) or not p.any()


# ── the commands ────────────────────────────────────────────────────────────────────────────────────────────────


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["engine", *map(str, arguments)])
    monkeypatch.setattr(signal, "signal", lambda *_: signal.SIG_DFL)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    return cli.main()


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n".join(f"the {a} {b} went to the market ." for a in ("big", "old") for b in "abcdefghij"))
    return path


def test_a_text_is_counted_judged_and_written_from(text, tmp_path, monkeypatch, capsys):
    out = tmp_path / "made" / "n.safetensors"
    assert run(monkeypatch, "train", "lm", "--model", "ngram", "--order", 3, "--data", text, "--out", out) == 0
    summary = json.loads(capsys.readouterr().out)
    lines = text.read_text().splitlines()
    train, held = [line for k, line in enumerate(lines) if k % 10 != 9], lines[9::10]
    one = fit(count(train, vocabulary(train, "word"), 3), NGramParams(3))
    assert summary["held_out"]["bits"] == pytest.approx(one.perplexity(held).bits, abs=1e-6)
    assert (summary["unit"], summary["order"], summary["tokens"]) == ("word", 3, 9 * 18)
    assert run(monkeypatch, "evaluate", "lm", "--weights", out, "--data", text) == 0
    judged = json.loads(capsys.readouterr().out)
    assert (judged["bits"], judged["part"]) == (summary["held_out"]["bits"], "held out")
    assert run(monkeypatch, "generate", "--weights", out, "--n", 3, "--seed", 5, "--begin", "the old") == 0
    written = capsys.readouterr().out
    assert len(written.splitlines()) == 3
    assert all(line.startswith("the old") for line in written.splitlines())
    run(monkeypatch, "generate", "--weights", out, "--n", 3, "--seed", 5, "--begin", "the old")
    assert capsys.readouterr().out == written


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("train", "lm", "--model", "ngram", "--data", "nowhere.txt", "--out", "x.safetensors"), "neither a file"),
        (("train", "lm", "--model", "ngram", "--order", 9, "--data", "pydoc", "--out", "x"), "1 to 6"),
        (("train", "lm", "--model", "ngram", "--data", "names:Greek", "--unit", "word", "--out", "x"), "character"),
        (("generate", "--n", 2), "language"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(arguments, why, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *arguments) == 2
    said = capsys.readouterr().err.strip()
    assert why in said
    assert "\n" not in said


def test_an_infinite_perplexity_is_null(text, tmp_path, monkeypatch, capsys):
    out = tmp_path / "n.safetensors"
    run(monkeypatch, "train", "lm", "--model", "ngram", "--method", "mle", "--data", text, "--out", out)
    assert json.loads(capsys.readouterr().out)["held_out"]["bits"] is None
    assert run(monkeypatch, "generate", "--weights", out, "--top-k", 3) == 2
    assert "temperature" in capsys.readouterr().err
