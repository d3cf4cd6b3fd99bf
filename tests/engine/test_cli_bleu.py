"""`python -m engine bleu` as a user runs it: the numbers of sacrebleu, errors in one line with status 2."""

import gzip
import json

import pytest
from sacrebleu.metrics import BLEU
from typer.testing import CliRunner

from engine import cli
from engine.cli_bleu import app

HYP = ["The cat sat on the mat.", "", "He doesn't know, 3.5 times", "Ä <b>ü</b> &amp; more"]
REFS = [
    ["The cat is on the mat.", "Nothing", "He does not know, 3.5 times.", "ä <b>ü</b> & more"],
    ["A cat sat on a mat.", "", "he doesn't know it 3.5 times", "much more"],
]


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


def said(result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "hyp").write_text("\n".join(HYP) + "\n", "utf-8")
    (tmp_path / "ref0").write_text("\n".join(REFS[0]), "utf-8")
    (tmp_path / "ref1.gz").write_bytes(gzip.compress("\r\n".join(REFS[1]).encode("utf-8-sig")))
    return tmp_path


@pytest.mark.parametrize(
    ("options", "peer"),
    [
        ((), {}),
        (("--lower",), {"lowercase": True}),
        (("--tokenize", "char", "--smooth", "none"), {"tokenize": "char", "smooth_method": "none"}),
        (("--tokenize", "none", "--order", 2), {"tokenize": "none", "max_ngram_order": 2}),
        (("--smooth", "floor"), {"smooth_method": "floor"}),
        (("--smooth", "add-k"), {"smooth_method": "add-k"}),
    ],
    ids=str,
)
def test_the_numbers_are_sacrebleus(files, options, peer):
    found = said(run(files / "hyp", files / "ref0", files / "ref1.gz", *options))
    wanted = BLEU(**peer).corpus_score(HYP, REFS)
    assert found["bleu"] == pytest.approx(wanted.score, abs=1e-9)
    assert found["precisions"] == pytest.approx(wanted.precisions, abs=1e-9)
    assert (found["bp"], found["c"], found["r"]) == (pytest.approx(wanted.bp), wanted.sys_len, wanted.ref_len)
    assert (found["n_lines"], found["n_references"]) == (4, 2)


def test_unequal_files_are_told_with_their_counts(files):
    (files / "short").write_text("one\n", "utf-8")
    result = run(files / "hyp", files / "short")
    assert result.exit_code == 2
    assert "4 lines" in result.stderr
    assert "1; they" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"one\ntwo\n\xff\xfe\nfour\n", "line 3 is not UTF-8"),
        (gzip.compress(b"one\n" * 99)[:-12], "damaged"),
        (b"\x1f\x8bnonsense", "damaged"),
        (b"x" * 1_000_003, "line 1 is longer"),
    ],
    ids=["bytes", "cut", "no gzip", "long"],
)
def test_what_cannot_be_read_is_told_in_one_line(files, content, words):
    (files / "bad").write_bytes(content)
    result = run(files / "hyp", files / "bad")
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_missing_and_empty_files(files):
    (files / "empty").write_bytes(b"")
    for path in ("gone", "empty"):
        result = run(files / path, files / path)
        assert result.exit_code == 2
        assert path in result.stderr


@pytest.mark.parametrize("options", [("--order", "0"), ("--smooth", "laplace"), ("--tokenize", "intl"), ("--x",)])
def test_other_options_are_refused(files, options):
    assert run(files / "hyp", files / "ref0", *options).exit_code == 2


def test_it_hangs_below_the_engines_commands(files):
    found = said(CliRunner().invoke(cli.app, ["bleu", str(files / "hyp"), str(files / "ref0")]))
    assert found["n_references"] == 1
