"""Score, run without a browser: every task gives a table of its models' answers, and keeps them in the link."""

from pathlib import Path

import pytest

from engine import scoring_compare
from engine.scoring_tasks import Settings, run
from tests.pages.opened import open_page
from ui import score_table

ROOT = Path(__file__).resolve().parents[2]

TEXTS = {
    "tag": ("hmm", "usual", "Time flies like an arrow."), "segment": ("hmm", "jieba", "今天的课"),
    "translate": ("lstm", "transformer", "Ich bin Student."), "lm": ("2-gram", "3-gram", "Rossini"),
}  # fmt: skip


@pytest.mark.parametrize("task", TEXTS)
def test_two_models_stand_side_by_side(task):
    one, other, text = TEXTS[task]
    app = open_page("score", task=task, by=one, **{"with": other})
    app.text_area[0].set_value(f"{text}\n\n=1+1 <b>x</b> 好").run()
    assert not app.exception
    table = app.dataframe[-1].value
    assert set(table["text"]) == {text, "=1+1 <b>x</b> 好"}
    row = table[table["text"] == text].iloc[0]
    settings = Settings(corpus="names", unit="character")
    for model in (one, other):
        expected = run(task, model, [text], settings)
        if task == "lm":
            assert row[f"{model}: number"] == pytest.approx(expected.numbers[0], abs=1e-5)
        else:
            assert row[f"{model}: answer"] == expected.answers[0]
    assert any("row" in each.value for each in app.markdown if each.value.startswith("####"))


def test_names_by_several_networks_differ_where_they_do():
    app = open_page("score", score_model="gru", **{"with": ["lecture", "window"]})
    names = ["Farina", "Yamamoto", "Zhang", "Okafor", "Abel"]
    app.text_area[0].set_value("\n".join(names)).run()
    assert not app.exception
    table = app.dataframe[-1].value
    answers = {model: run("names", model, list(table["text"])).answers for model in ("gru", "lecture", "window")}
    for model, expected in answers.items():
        assert table[f"{model}: answer"].tolist() == expected
    apart = [len(set(row)) for row in zip(*answers.values(), strict=True)]
    assert apart == sorted(apart, reverse=True)
    app.toggle(key="differ").set_value(True).run()
    assert len(app.dataframe[-1].value) == sum(n > 1 for n in apart)


def test_sentences_are_compared_here_too():
    app = open_page("score", task="embed")
    assert not app.exception
    assert app.dataframe or app.info


def test_a_bad_link_gives_the_default_and_a_message():
    app = open_page("score", task="magic", **{"with": "nobody"})
    assert not app.exception
    assert any("magic" in each.value for each in app.warning)
    assert app.text_area[0].key == "score_text"


def test_a_task_that_is_left_takes_its_models_out_of_the_link():
    app = open_page("score", **{"with": ["lecture", "window"]})
    app.button_group[0].set_value("translate").run()
    assert not app.exception
    assert not app.warning
    assert app.query_params["with"] == "transformer"
    assert app.query_params["task"] == "translate"


def test_a_link_without_a_second_model_stays_without():
    app = open_page("score", task="segment", **{"with": "nobody"})
    assert not app.warning
    assert app.multiselect[0].value == []
    assert app.query_params["with"] == "nobody"
    assert not any(name.endswith(": answer") for name in app.dataframe[-1].value)


def test_rows_of_one_language_model_say_all_of_it():
    app = open_page("score", task="lm", of="names:Italian", by="3-gram", **{"with": "nobody"})
    table = app.dataframe[-1].value
    found = run("lm", "3-gram", list(table["text"]), Settings(corpus="names:Italian", unit="character"))
    assert table["perplexity"].tolist() == pytest.approx(found.more["perplexity"], rel=1e-5)
    said = next(each.value for each in app.markdown if "bits" in each.value).replace("\\", "")
    assert f"{scoring_compare.mean(found):.2f} bits" in said


@pytest.mark.parametrize(
    ("blob", "rows"),
    [
        (b"", 0),
        (bytes(range(256)) * 20, 0),
        (b"sentence,id\n=HYPERLINK(1),<script>x</script>\n,2\n<img src=x onerror=y>,3\n", 2),
        (b"the dog\n" * 100_000, 5_000),
    ],
    ids=["empty", "binary", "formulas", "long"],
)
def test_hostile_files_are_read_or_refused(blob, rows):
    app = open_page("score", task="lm", of="names:Italian", by="1-gram", **{"with": "nobody"})
    app.file_uploader[0].upload("a.csv", blob).run()
    assert not app.exception
    if rows:
        assert len(app.dataframe[-1].value) == rows
    else:
        assert app.error
        assert not any("row" in each.value for each in app.markdown if each.value.startswith("####"))


@pytest.mark.parametrize(
    ("task", "model", "target"),
    [
        ("names", "gru", "everything_name"), ("tag", "usual", "hmm_work"), ("segment", "jieba", "hmm_work"),
        ("segment", "network", "network_work"), ("translate", "gru-attention", "attention"),
        ("translate", "lstm", "encoder_decoder"), ("translate", "transformer", "transformer_decoder"),
        ("lm", "gru", "chain_rule"),
    ],
)  # fmt: skip
def test_a_row_opens_the_page_of_the_model_that_leads(task, model, target):
    page, param, more = score_table._target(task, model)
    assert page == target
    assert (ROOT / "pages" / f"{page}.py").is_file()
    assert len({param, *more}) == 1 + len(more)
