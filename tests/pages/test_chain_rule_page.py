"""Chain rule, run without a browser: what is drawn is what can be counted by hand, and zeros are told."""

import re
from collections import Counter
from functools import cache

import numpy as np
import pytest

from charts.payload import unpack
from engine import corpora, own_text
from engine.vocabulary import cut
from tests.pages.opened import open_page
from ui.corpora import SHELF

TEXT = "Dostoyevsky"


def open_chain(**query):
    return open_page("chain_rule", **query)


def figures(app) -> list[tuple[dict, dict]]:
    return [unpack(element.proto.bytes) for element in app.get("bidi_component") if element.proto.bytes]


def drawn(app, variable: str, which: int = 0) -> np.ndarray:
    found = [arrays["values"] for header, arrays in figures(app) if header.get("variable") == variable]
    return found[which]


def said(app) -> str:
    return re.sub(r"\\(?=[^a-zA-Z])", "", " ".join(element.value for element in app.markdown))


@cache
def counted(key: str, unit: str, n: int) -> Counter:
    """n-grams of the training texts, one by one."""
    grams = Counter()
    for tokens in cut(corpora.corpus(key, unit).train, unit):
        padded = ["<s>"] * (n - 1) + tokens + ["</s>"]
        grams.update(tuple(padded[at : at + n]) for at in range(len(padded) - n + 1))
    return grams


def by_hand(tokens: list[str], key: str, unit: str, n: int) -> list[float]:
    """c(h w) / c(h) of every token, 0 where h was never seen."""
    grams, padded = counted(key, unit, n), ["<s>"] * (n - 1) + tokens + ["</s>"]
    contexts = Counter()
    for gram, count in grams.items():
        contexts[gram[:-1]] += count
    asked = [tuple(padded[at : at + n]) for at in range(len(tokens) + 1)]
    return [grams[gram] / contexts[gram[:-1]] if contexts[gram[:-1]] else 0.0 for gram in asked]


@pytest.mark.parametrize(
    ("text", "key", "unit"),
    [(TEXT, "names", "character"), ("Kowal", "names:Polish", "character"),
     ("In winter it is hot .", "grammar:en", "word")],
)  # fmt: skip
def test_every_factor_is_a_share_of_counts(text, key, unit):
    app = open_chain(chain=text, of=key)
    shown = drawn(app, "p")
    assert shown.shape[0] == 5
    for n in (1, 2, 4):
        np.testing.assert_allclose(shown[n - 1], by_hand(cut([text], unit)[0], key, unit, n), atol=1e-6)


def test_a_zero_is_told_and_gone_with_a_smoothing():
    app = open_chain(chain=TEXT)
    p = drawn(app, "p")
    assert f"n = {p.prod(1).argmax() + 1} believes the text most" in said(app)
    at = int((p[3] == 0).argmax())
    assert f"“{TEXT[at]}” was never seen after “{TEXT[at - 3 : at]}”" in said(app)
    assert "So too for n = 5." in said(app)
    app.segmented_control(key="chain_smooth_en").set_value("kneser-ney").run()
    assert (drawn(app, "p") > 0).all()
    assert "never seen" not in said(app)
    assert app.query_params["smooth"] == "kneser-ney"


def test_dashed_cells_are_the_n_grams_that_were_never_counted():
    app = open_chain(chain=TEXT, smooth="witten-bell")
    dashed = next(arrays["outline"] for header, arrays in figures(app) if header.get("variable") == "p")
    for n in (2, 3, 4, 5):
        np.testing.assert_array_equal(dashed[n - 1] > 0, np.array(by_hand(list(TEXT), "names", "character", n)) == 0)


def test_shares_of_the_orders_sum_to_one_and_expected_tokens_are_the_models():
    app = open_chain(chain="Satoshi", smooth="witten-bell", n="3")
    np.testing.assert_allclose(drawn(app, "share").sum(1), 1, atol=1e-6)
    expected = drawn(app, "expected")
    assert (np.diff(expected[:, :-1], axis=1) <= 0).all()
    assert (expected.sum(1) <= 1 + 1e-6).all()
    names = next(header["named"] for header, _ in figures(app) if header.get("variable") == "expected")
    assert [sum(name.endswith("◂") for name in row) for row in names] == [1] * 8


@pytest.mark.parametrize(
    ("slot", "cell"),
    [
        ("chain_p", {"variable": "p", "position": {"n": 2, "position": 3}}),
        ("chain_methods", {"variable": "p", "position": {"smoothing": 4, "position": 6}}),
        ("chain_counted", {"variable": "counted", "position": {"position": 4, "order": 2, "what": 1}}),
        ("chain_alpha", {"variable": "alpha", "position": {"position": 4, "order": 2}}),
        ("chain_share", {"variable": "share", "position": {"position": 4, "order": 3}}),
    ],
)
def test_a_picked_number_is_explained(slot, cell):
    app = open_chain(chain=TEXT, smooth="kneser-ney")
    app.session_state[f"{slot}__picked"] = cell
    assert not app.run().exception
    assert "print(" in app.main.code[0].value


@pytest.mark.parametrize("query", [{"of": "nope"}, {"smooth": "x"}, {"n": "9"}, {"t": "-1"}], ids=str)
def test_a_bad_value_in_the_link_is_said_and_not_used(query):
    app = open_chain(**query)
    assert app.warning
    assert drawn(app, "p").shape == (5, len(TEXT) + 1)


def test_another_corpus_brings_its_own_text_until_one_is_typed():
    app = open_chain()
    app.main.selectbox[0].set_value("grammar:de").run()
    assert app.text_input(key="chain").value == "Im Winter ist es warm ."
    app.text_input(key="chain").set_value("Es ist warm .").run()
    app.main.selectbox[0].set_value("pydoc").run()
    assert app.text_input(key="chain").value == "Es ist warm ."
    assert "“Es”" in said(app)


def test_a_text_of_ones_own_is_counted():
    lines = "\n".join(["ab ba", "ba ab"] * 10)
    digest = SHELF.put("mine.txt", own_text.read(lines.encode(), "mine.txt", None))
    app = open_chain(of=f"own-{digest}", unit="word")
    assert app.text_input(key="chain").value == "ba ab"  # a line that was held out
    begins = lines.split("\n")
    begins = [line for at, line in enumerate(begins) if at % 10 != 9]
    share = sum(line.startswith("ba") for line in begins) / len(begins)
    np.testing.assert_allclose(drawn(app, "p")[1], [share] * 3, atol=1e-6)  # two kinds of lines


@pytest.mark.parametrize(
    ("text", "told"), [("Müller", "read as Muller"), ("李 <b>$x$|`", "“李”"), ("x" * 500, "40 tokens"), ("  ", "")]
)
def test_any_text_is_taken(text, told):
    app = open_chain(chain=text, smooth="back-off")
    assert told in said(app) + " ".join(re.sub(r"\\", "", each.value) for each in app.caption)
    assert bool(app.info) == (not text.strip())


@pytest.mark.parametrize("query", [{"smooth": "add-k", "k": "1", "n": "1"}, {}], ids=str)
def test_no_raw_message_template_is_shown(query):
    app = open_chain(lang="zh", **query)
    texts = [element.value for element in (*app.markdown, *app.caption, *app.title, *app.subheader)]
    assert not [text for text in texts if re.search(r"\{[a-z]+\}", re.sub(r"\$+.*?\$+", "", text, flags=re.DOTALL))]
