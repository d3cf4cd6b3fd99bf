"""`python -m engine hmm` as a user runs it: sequences in lines, tables out, errors in one line with status 2."""

import csv
import io
import json

import pytest
import torch
from typer.testing import CliRunner

from engine import hmm
from engine.cli_hmm import app
from engine.hmm import json_files

WEATHER = str(json_files.FOLDER / "weather.json")


def run(*arguments, stdin: str | bytes = ""):
    return CliRunner().invoke(app, [*map(str, arguments)], input=stdin)


def rows(result) -> list[dict]:
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout), delimiter="\t"))


def test_generate_is_repeatable_and_says_the_states():
    first, again = (run("generate", WEATHER, "--length", 8, "--n", 3, "--seed", 4, "--states") for _ in range(2))
    assert first.stdout == again.stdout
    lines = [line.split() for line in first.stdout.splitlines()]
    assert [len(line) for line in lines] == [8, 8, 8]
    model = json_files.preset("weather").model
    assert {word.split("/")[0] for line in lines for word in line} <= set(model.S)
    assert lines[0] != lines[1]


def test_score_and_decode_equal_enumeration(tmp_path):
    model = json_files.preset("weather").model
    texts = ["walk shop clean", "clean,clean walk", "shop"]
    file = tmp_path / "seen.txt"
    file.write_text("\n\n".join(texts), "utf-8")
    found = rows(run("score", WEATHER, file))
    assert [row["line"] for row in found] == ["1", "3", "5"]
    paths = rows(run("decode", WEATHER, file))
    for text, row, path in zip(texts, found, paths, strict=True):
        log_p, best = hmm.brute_force(model, hmm.observe(model, text.replace(",", " ").split()))
        assert float(row["log_likelihood"]) == pytest.approx(log_p, rel=1e-10)
        assert float(path["log_joint"]) == pytest.approx(best.log_joint, rel=1e-10)
        assert path["states"].split() == [model.S[x] for x in best.states]


@pytest.mark.parametrize("method", ["posterior", "greedy"])
def test_other_decoders(method):
    model = json_files.preset("weather").model
    find = {"posterior": hmm.posterior_decode, "greedy": hmm.greedy_decode}[method]
    seen = ["walk", "shop", "clean", "walk", "shop"]
    [row] = rows(run("decode", WEATHER, "-", "--method", method, stdin=" ".join(seen)))
    assert row["states"].split() == [model.S[x] for x in find(model, hmm.observe(model, seen)).states]


@pytest.mark.parametrize("method", ["viterbi", "posterior", "greedy"])
def test_an_impossible_sequence_has_no_states_and_the_others_have_theirs(tmp_path, method):
    file = tmp_path / "fixed.json"
    never = [[1, 0], [0, 1]]
    file.write_text(json.dumps({"S": ["a", "b"], "V": ["x", "y"], "pi": [1, 0], "A": never, "B": never}), "utf-8")
    found = rows(run("decode", file, "-", "--method", method, stdin="x y\nx x\n"))
    assert [(row["log_joint"], row["states"]) for row in found] == [("-inf", ""), ("0", "a a")]


def test_symbols_of_one_character_need_no_blanks():
    casino = str(json_files.FOLDER / "casino.json")
    together, apart = (rows(run("score", casino, "-", stdin=text))[0] for text in ("3166466", "3 1 6 6 4 6 6"))
    assert together == apart


def test_bad_lines_are_named_and_the_others_kept():
    result = run("score", WEATHER, "-", stdin=b"walk shop\nwalk swim\n\xff\xfe\nclean\n")
    assert [row["line"] for row in rows(result)] == ["1", "4"]
    assert "line 2: Observation 2, swim, is not in V." in result.stderr
    assert "line 3: not UTF-8" in result.stderr
    assert "2 sequences read, 2 lines left out." in result.stderr


def test_fit_learns_and_writes_a_model(tmp_path):
    model, out = json_files.preset("casino").model, tmp_path / "learned.json"
    text = "\n".join(" ".join(model.V[o] for o in hmm.generate(model, 60, seed).observations) for seed in range(5))
    result = run(
        "fit", json_files.FOLDER / "casino.json", "-", "--out", out, "--iterations", 5, "--restarts", 1, stdin=text
    )
    assert result.exit_code == 0, result.output
    assert result.stderr.count("log P") == 2
    learned = json_files.loads(out.read_bytes())
    seen = [hmm.observe(model, line.split()) for line in text.splitlines()]
    before, after = (sum(hmm.log_likelihood(each, one) for one in seen) for each in (model, learned))
    assert after > before


def test_fit_learns_only_what_it_is_told(tmp_path):
    model, out = json_files.preset("casino").model, tmp_path / "learned.json"
    result = run("fit", json_files.FOLDER / "casino.json", "-", "--out", out, "--learn", "A", stdin="123456666612\n")
    assert result.exit_code == 0, result.output
    learned = json_files.loads(out.read_bytes())
    torch.testing.assert_close(learned.B, model.B)
    torch.testing.assert_close(learned.pi, model.pi)
    assert not torch.allclose(learned.A, model.A)


@pytest.mark.parametrize(
    ("arguments", "stdin", "part"),
    [
        (("score", "no/such/model.json", "-"), "walk", "No such file"),
        (("score", WEATHER, "no/such/file.txt"), "", "No such file"),
        (("score", WEATHER, "-"), "", "no sequence"),
        (("decode", WEATHER, "-"), "swim", "no sequence"),
        (("fit", WEATHER, "-", "--out", "x.json", "--learn", "C"), "walk", "--learn takes pi, A and B, not C"),
        (("fit", WEATHER, "-", "--out", "no/such/folder/x.json"), "walk", "No such file"),
    ],
)
def test_errors_are_one_line_with_status_2(arguments, stdin, part):
    result = run(*arguments, stdin=stdin)
    assert result.exit_code == 2
    assert part in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "part"), [((), "Missing command"), (("generate", WEATHER, "--seed", 10**30), "--seed")]
)
def test_what_the_command_line_refuses_itself(arguments, part):
    result = run(*arguments)
    assert result.exit_code == 2
    assert part in result.stderr
    assert "Traceback" not in result.output


def test_a_hostile_model_is_named(tmp_path):
    file = tmp_path / "bad.json"
    file.write_text(json.dumps({"S": ["a"], "V": ["x"], "pi": [1.08], "A": [[1]], "B": [[1]]}), "utf-8")
    result = run("generate", file)
    assert result.exit_code == 2
    assert "bad.json: The row pi sums to 1.08" in result.stderr
