"""The page n-grams: what it says is what the engine computes, for every kind of text; links, zeros, copies."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import corpora, own_text
from engine.ngram import METHODS, NGramParams, fit
from engine.ngram_counts import count
from engine.vocabulary import vocabulary
from tests.pages.opened import open_page
from ui.corpora import SHELF
from ui.ngrams_asked import BEGIN

LINES = "\n".join(f"{a} {b} likes {c} ." for a in ("my", "your") for b in ("cat", "dog") for c in "abcdefgh")


def opened(**query: str) -> AppTest:
    return open_page("ngrams", **query)


def said(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.main.markdown, *app.caption)).replace("\\", "")


def fitted(key: str, unit: str, params: NGramParams, text: str | None = None):
    train = corpora.corpus(key, unit, text).train
    return fit(count(train, vocabulary(train, unit, most=20_000), 6), params)


def expected(model, tokens) -> tuple[str, float]:
    after = model.next(tokens)
    return model.vocabulary.words[int(after.argmax())], float(after.max())


CASES = [
    ({}, "names", "character", 4, "kneser-ney"),
    ({"of": "names:Greek", "n": "2", "smooth": "add-k", "begin": "Pa"}, "names:Greek", "character", 2, "add-k"),
    ({"of": "grammar:en", "n": "3", "smooth": "back-off"}, "grammar:en", "word", 3, "back-off"),
    ({"of": "pydoc", "unit": "character", "n": "5", "begin": "the val"}, "pydoc", "character", 5, "kneser-ney"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "key", "unit", "n", "method"), CASES)
def test_the_finding_is_what_the_engine_expects(query, key, unit, n, method):
    app = opened(**query)
    model = fitted(key, unit, NGramParams(n, method))
    begin = query.get("begin") or BEGIN[key]
    word, p = expected(model, model.vocabulary.cut(begin))
    finding = next(each.value for each in app.main.markdown if each.value.startswith("#### ")).replace("\\", "")
    assert f"“{word}”" in finding
    assert float(re.search(r"([\d.]+)%", finding)[1]) == pytest.approx(100 * p, abs=0.5)
    assert not app.warning
    assert not app.error


def test_going_on_makes_the_beginning_longer_and_back_again():
    app = opened(begin="Pap")
    app.button(key="ngrams_go_0").click().run()
    assert app.text_input(key="begin").value == "Papa"
    app.button(key="ngrams_back").click().run()
    assert app.text_input(key="begin").value == "Pap"


def test_another_text_brings_its_own_beginning_unless_one_was_typed():
    app = opened()
    app.selectbox[0].set_value("grammar:en").run()
    assert app.text_input(key="begin").value == BEGIN["grammar:en"]
    app.text_input(key="begin").set_value("The dog").run()
    app.selectbox[0].set_value("pydoc").run()
    assert app.text_input(key="begin").value == "The dog"


def test_zeros_are_explained_without_smoothing():
    app = opened(of="names:Greek", begin="Xq", smooth="mle", n="5")
    assert "knows nothing" in said(app)
    assert "infinite" in said(app)
    assert not app.exception


BEGINS = ("", "zzzz \u4e2d", "*_[](x)$$", "<s> </s>", "a")


@pytest.mark.parametrize(("method", "begin"), list(zip(METHODS, BEGINS, strict=True)))
def test_any_beginning_is_answered(method, begin):
    app = opened(of="names:Korean", begin=begin, smooth=method)
    assert not app.exception
    assert not app.error


def test_the_same_link_writes_the_same_and_marks_copies():
    query = {"of": "names:Greek", "seed": "3", "heat": "0.5"}
    first, again = (said(opened(**query)) for _ in range(2))
    assert first == again
    train = set(corpora.corpus("names:Greek", "character").train)
    copies = re.findall(r":orange\[● ([^\]]+)\]", first)
    assert copies
    assert set(copies) <= train
    row = next(each for each in first.split("**n = ") if each.startswith("6**"))
    plain = [name for name in re.split(r"\s·\s+", row) if re.fullmatch(r"[A-Za-z ]+", name)]
    assert not set(plain) & train


@pytest.mark.parametrize(
    ("query", "warnings"),
    [({"seed": "x", "heat": "9"}, 1), ({"n": "9"}, 1), ({"smooth": "magic"}, 1), ({"of": "own-00"}, 1)],
)
def test_bad_links_are_told(query, warnings):
    app = opened(**query)
    assert len(app.warning) == warnings
    assert not app.error


def test_an_own_text_is_learned_from_by_its_hash():
    digest = SHELF.put("pets.txt", own_text.read(LINES.encode(), "pets.txt"))
    app = opened(of=f"own-{digest}", begin="my cat", n="3")
    word, p = expected(fitted("own", "word", NGramParams(3), LINES), ["my", "cat"])
    assert f"After “my cat” most likely comes “{word}”: {p:.0%}" in said(app)
    assert "pets.txt" in said(app)
    assert np.isclose(p, fitted("own", "word", NGramParams(3), LINES).next(["my", "cat"]).max())


def test_chinese():
    app = opened(lang="zh", of="pydoc")
    assert "n-gram 模型" in said(app)
    assert not app.exception


def test_accents_are_folded_in_names_and_unknown_tokens_told():
    assert "read as Muller" in said(opened(begin="Müller"))
    assert "read as <unk>: “中”" in said(opened(begin="Pap中"))
    assert not opened(begin="Pap" * 200).exception
