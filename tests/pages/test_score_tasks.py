"""Score, run without a browser: every task gives a table of its models' answers, and keeps them in the link."""

import pytest

from engine.scoring_tasks import Settings, run
from tests.pages.opened import open_page

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
