"""`train lm`, `evaluate lm`, `generate`: files, resuming to the byte, figures by hand, and what is refused."""

import io
import json
import math
import signal
import sys
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from engine import cli, cli_train
from engine import letter_model_files as files
from engine.letter_model import EOS, LetterModelParams, initial, read
from engine.lm import checkpoints
from engine.lm.data import NOTHING, Order, code
from engine.lm.judging import PRIOR, judge, yardsticks
from engine.names import Names, read_names, split

SMALL = ("--d-model", 16, "--heads", 2, "--layers", 1, "--hidden", 24, "--batch", 16, "--lr", 0.02, "--checks", 2)


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["engine", *map(str, arguments)])
    monkeypatch.setattr(signal, "signal", lambda *_: signal.SIG_DFL)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    return cli.main()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Names that are easily learned: each language has its own two letters, in turn."""
    path = tmp_path_factory.mktemp("names") / "toy.tsv"
    rows = [
        f"{(pair * 9)[:n]}{end}\t{language}\n"
        for language, pair in (("A", "ab"), ("B", "cd"), ("C", "ef"))
        for n in range(2, 9) for end in ("x", "y", "z")
    ]  # fmt: skip
    path.write_text("name\tlanguage\n" + "".join(rows))
    return path


def train(monkeypatch, table, out, *more):
    return run(monkeypatch, "train", "lm", "--data", table, "--out", out, *SMALL, *more)


def test_train_writes_three_files_and_a_summary(table, tmp_path, monkeypatch, capsys):
    out = tmp_path / "made" / "w.safetensors"
    assert train(monkeypatch, table, out, "--steps", 60) == 0
    said = capsys.readouterr()
    summary = json.loads(said.out)
    assert (summary["out"], summary["steps"]) == (str(out), 60)
    assert summary["best"]["bits"] < 1.5
    assert "60 100% (0m" in said.err
    assert "bits a character" in said.err
    last = files.load_file(tmp_path / "made" / "w.last.safetensors")
    assert last.params == LetterModelParams(("A", "B", "C"), 16, 2, 1, 24)
    assert last.card["n_train"] == len(split(read_names(table))[0].texts)
    assert files.load_file(out).card["bits"] == summary["best"]["bits"]

    assert run(monkeypatch, "evaluate", "lm", "--weights", out, "--data", table) == 0
    judged = json.loads(capsys.readouterr().out)
    assert judged["bits"] == pytest.approx(summary["best"]["bits"], abs=1e-5)
    assert judged["perplexity"] == pytest.approx(2 ** judged["bits"], abs=1e-4)
    assert judged["yardsticks"]["unigram"] > judged["yardsticks"]["bigram"]

    assert run(monkeypatch, "generate", "--weights", out, "--language", "B", "--n", 6, "--seed", 3) == 0
    names = capsys.readouterr().out.splitlines()
    assert len(names) == 6
    assert sum(set(name) <= set("cdxyz") for name in names) >= 4
    wish = ("generate", "--weights", out, "--language", "B", "--n", 2, "--seed", 5, "--top-k", 1, "--begin", "cd")
    assert run(monkeypatch, *wish) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second  # the likeliest letter at every step
    assert first.startswith("cd")


def test_a_run_that_is_resumed_ends_with_the_same_bytes(table, tmp_path, monkeypatch, capsys):
    whole, part = tmp_path / "whole.safetensors", tmp_path / "part.safetensors"
    assert train(monkeypatch, table, whole, "--steps", 12) == 0
    state, params = checkpoints.load_file(tmp_path / "whole.resume.safetensors")
    assert (state.step, params.steps) == (12, 12)

    class Enough:
        n = 0

        def is_set(self):
            self.n += 1
            return self.n > 5

    @contextmanager
    def interrupted():
        yield Enough()

    with monkeypatch.context() as patch:
        patch.setattr(cli_train, "interruptible", interrupted)
        assert train(monkeypatch, table, part, "--steps", 12) == 130
    assert "go on with --resume" in capsys.readouterr().err
    assert train(monkeypatch, table, part, "--resume", tmp_path / "part.resume.safetensors") == 0
    assert (
        part.with_name("part.last.safetensors").read_bytes() == whole.with_name("whole.last.safetensors").read_bytes()
    )


REFUSED = [
    (("generate", "--language", "Elvish"), "Elvish"), (("generate", "--language", "Greek", "--top-p", 0), "Top-p"),
    (("generate", "--language", "Greek", "--temperature", 0), "temperature"),
    (("generate", "--language", "Greek", "--begin", "a" * 40), "fewer than 40"),
    (("generate", "--language", "Greek", "--weights", "/nowhere"), "no weights file"),
    (("train", "lm", "--out", "x.safetensors", "--d-model", 7), "out of range"),
    (("train", "lm", "--out", "x.safetensors", "--heads", 5), "out of range"),
    (("train", "lm", "--out", "x.safetensors", "--model", "oracle"), "oracle"),
    (("evaluate", "lm", "--data", "/nowhere"), "nowhere"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "reason"), REFUSED, ids=str)
def test_what_cannot_be_done_is_one_line(arguments, reason, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *arguments) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert "Traceback" not in error
    assert not list(tmp_path.iterdir())


# ── data and figures ────────────────────────────────────────────────────────────────────────────────────────────

NAMES = Names(["ab", "a", "abc", "b b", "ca"], np.array([0, 1, 0, 1, 0]), ("P", "Q"))


def test_names_are_coded_with_language_first_and_eos_last():
    coded = code(NAMES.texts, NAMES.labels)
    assert coded.words[2].tolist() == [58, 0, 1, 2]
    assert coded.answers[2].tolist() == [0, 1, 2, EOS]
    assert coded.answers[1].tolist() == [0, EOS, NOTHING, NOTHING]


def test_every_epoch_holds_every_name_once_and_follows_from_the_seed():
    coded = code(NAMES.texts, NAMES.labels)
    order, again = Order(coded, 2, 7), Order(coded, 2, 7)
    epoch = [order.at(step) for step in range(6)]
    expected = sorted(code([text], [0]).answers[0].tolist() for text in NAMES.texts)
    for start in (0, 3):
        rows = [row for batch in epoch[start : start + 3] for row in batch.answers.tolist()]
        assert sorted([x for x in row if x != NOTHING] for row in rows) == expected
    assert torch.equal(again.at(4).words, epoch[4].words)


def test_bits_are_the_mean_over_characters():
    net = initial(LetterModelParams(("P", "Q"), 8, 2, 1, 12), 1).requires_grad_(False)
    bits = []
    for text, label in zip(NAMES.texts, NAMES.labels.tolist(), strict=True):
        fed = read(net.params, "PQ"[label], text)
        log_p = net(torch.tensor([fed]))[0].double().log_softmax(1)
        bits += [-log_p[k, word].item() / math.log(2) for k, word in enumerate([*fed[1:], EOS])]
    found = judge(net, NAMES)
    assert found.bits == pytest.approx(np.mean(bits), rel=1e-5)
    assert found.n == len(bits) == 16
    weights = {"P": 10, "Q": 6}
    assert sum(found.by_language[name] * n for name, n in weights.items()) / 16 == pytest.approx(found.bits)


def test_yardsticks_are_counts_by_hand():
    held = Names(["ab"], np.array([0]), ("P", "Q"))
    found = yardsticks(NAMES, held)
    count = {"a": 3, "b": 2, "c": 2, "$": 3}  # of P: ab$ abc$ ca$
    uni = {letter: (n + PRIOR / 58) / (10 + PRIOR) for letter, n in count.items()}
    assert found["unigram"].bits == pytest.approx(-np.mean([math.log2(uni[c]) for c in "ab$"]))
    pairs = [(2, 3, "a"), (2, 3, "b"), (1, 2, "$")]  # ^a of ^·, ab of a·, b$ of b·
    bi = [(n + PRIOR * uni[letter]) / (total + PRIOR) for n, total, letter in pairs]
    assert found["bigram"].bits == pytest.approx(-np.mean(np.log2(bi)))
    tri = [(n + PRIOR * p) / (total + PRIOR) for (n, total), p in zip([(2, 3), (2, 2), (1, 2)], bi, strict=True)]
    assert found["trigram"].bits == pytest.approx(-np.mean(np.log2(tri)))
