"""Lists through the models of a task: each answer is the model's own, models stand side by side, files stream."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from engine import cli_score_texts, scoring_compare, scoring_tasks
from engine.errors import InputError
from engine.scoring_tasks import TASKS, Found, Settings, run
from tests.engine.proofs import check_code, explained

ROOT = Path(__file__).resolve().parents[2]
TEXTS = {
    "names": ["Rossi", "Yamamoto", "Kowalski"], "tag": ["The old man the boats.", "They can fish."],
    "segment": ["他毕业于北京大学", "今天的课"], "translate": ["Ich habe einen Hund .", "Der Zug kommt ."],
    "lm": ["The dog sleeps .", "sleeps dog The ."],
}  # fmt: skip


def shipped(task: str) -> list[str]:
    """The models whose files are there."""
    folder = ROOT / "assets" / "models"
    return [name for name in TASKS[task].models if task != "names" or (folder / f"names-{name}.json").is_file()]


@pytest.mark.parametrize("task", TEXTS)
def test_every_model_answers_every_row_and_parts_are_the_whole(task):
    for model in shipped(task):
        whole = run(task, model, TEXTS[task])
        parts = scoring_compare.join([run(task, model, [text]) for text in TEXTS[task]])
        assert whole.answers == parts.answers
        assert whole.numbers == pytest.approx(parts.numbers, abs=1e-5, nan_ok=True)
        assert len(whole.answers) == len(whole.numbers) == len(TEXTS[task])
        assert all(len(values) == len(TEXTS[task]) for values in whole.more.values())


def test_answers_are_those_of_the_models():
    assert run("names", "gru", ["Yamamoto"]).answers == ["Japanese"]
    assert run("translate", "gru-attention", ["Ich habe einen Hund ."]).answers == ["I have a dog."]
    assert run("segment", "jieba", ["他毕业于北京大学"]).answers == ["他 毕业 于 北京大学"]
    hmm, usual = (run("tag", model, ["They can fish ."]).answers[0] for model in ("hmm", "usual"))
    assert usual.startswith("They_PRON can_AUX")
    assert hmm.startswith("They_PRON")
    good, bad = run("lm", "gru", TEXTS["lm"]).numbers
    assert good < bad


def test_language_models_weigh_as_they_judge():
    """Mean bits over all tokens of the rows are the model's bits on the list."""
    texts = TEXTS["lm"] * 3
    for model in ("2-gram", "window"):
        found = run("lm", model, texts)
        judged = scoring_tasks.language_model(model, "grammar:en", "word").perplexity(texts)
        n = np.array(found.more["tokens"])
        assert (found.numbers * n).sum() / n.sum() == pytest.approx(judged.bits, rel=1e-5)
        assert found.more["perplexity"] == pytest.approx(2**found.numbers)


def test_agreement_and_difference():
    found = {"a": Found(["x", "y", "z"], np.ones(3), {}), "b": Found(["x", "y", "w"], np.ones(3), {}),
             "c": Found(["x", "q", "v"], np.ones(3), {})}  # fmt: skip
    assert scoring_compare.differ(found).tolist() == [False, True, True]
    assert scoring_compare.kinds(found).tolist() == [1, 2, 3]
    trace = scoring_compare.agreement(found)
    assert trace["share"].values == pytest.approx(np.array([[1, 2 / 3, 1 / 3], [2 / 3, 1, 1 / 3], [1 / 3, 1 / 3, 1]]))
    check_code(explained([trace]), ROOT, abs=1e-12)


def test_changes_name_the_words_that_differ():
    assert scoring_compare.changes("a b c d", "a x c") == "b → x · d → ∅"
    assert scoring_compare.changes("a b", "a b") == ""
    assert scoring_compare.changes("a b c d e f g h", "a 1 c 2 e 3 g 4").endswith("f → 3 …")


def test_unknown_things_are_told():
    for task, model in (("magic", "hmm"), ("tag", "magic"), ("lm", "gru")):
        with pytest.raises(InputError):
            run(task, model, ["a"], Settings(corpus="pydoc"))


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def test_the_command_streams_a_table_and_lists_bad_rows(tmp_path):
    source, out, bad = (tmp_path / name for name in ("in.csv", "out.csv", "bad.csv"))
    source.write_text('id,sentence\n1,The dog sleeps .\n2,\n3,"=1+1, a formula"\n', "utf-8")
    asked = ["lm", str(source), "--out", str(out), "--bad", str(bad), "--model", "2-gram", "--model", "3-gram"]
    result = CliRunner().invoke(cli_score_texts.app, asked)
    assert result.exit_code == 0, result.output
    rows = lines(out.read_text("utf-8"))
    assert [row["line"] for row in rows] == ["2", "4"]
    assert rows[1]["text"] == "'=1+1, a formula"
    expected = run("lm", "2-gram", ["The dog sleeps ."]).numbers[0]
    assert float(rows[0]["2-gram: number"]) == pytest.approx(expected, abs=1e-5)
    assert [row["line"] for row in lines(bad.read_text("utf-8"))] == ["3"]


def test_the_command_puts_models_side_by_side(tmp_path):
    source, out = tmp_path / "in.txt", tmp_path / "out.parquet"
    source.write_text("他毕业于北京大学\n今天的课\n", "utf-8")
    asked = ["segment", str(source), "--out", str(out), "--model", "hmm", "--model", "network"]
    assert CliRunner().invoke(cli_score_texts.app, asked).exit_code == 0
    import pandas as pd

    table = pd.read_parquet(out)
    assert table["differ"].tolist() == (table["hmm: answer"] != table["network: answer"]).tolist()
    assert CliRunner().invoke(cli_score_texts.app, [*asked[:-1], "magic"]).exit_code == 2
