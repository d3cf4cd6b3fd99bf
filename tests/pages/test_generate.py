"""The page Generate: what is drawn is the engine's, copies are marked, links give the same name, proofs hold."""

import re
import subprocess
import sys

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from charts.matrix import matrix
from charts.payload import unpack
from engine import letter_model_files, names, weights
from engine.letter_model import EOS, WORDS, Decoder
from engine.letter_model_names import invent
from engine.letter_model_trace import trace
from engine.search_trace import sample_trace
from tests.pages.opened import ROOT, open_page
from ui.generate import FIRST, FIRST_TOP_P
from ui.generate_said import habits


@pytest.fixture(scope="module")
def letters() -> letter_model_files.Letters:
    return letter_model_files.load_shipped()


@pytest.fixture(scope="module")
def trained() -> names.Names:
    return names.split(names.read_names(weights.ROOT / "data" / "names"))[0]


def opened(**query: str) -> AppTest:
    return open_page("generate", **query)


def said(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.main.markdown, *app.caption)).replace("\\", "")


def components(app: AppTest, name: str) -> list[tuple[dict, dict[str, np.ndarray]]]:
    """What the components of that name are told, in the order of the page."""
    protos = [each.proto for each in app.get("bidi_component") if each.proto.component_name.endswith(name)]
    return [unpack(proto.bytes) for proto in protos]


def written(app: AppTest) -> list[str]:
    return components(app, "stepper")[0][0]["labels"]


ASKED = [
    {}, {"language": "Russian", "draw": "7", "temperature": "1.5", "top_k": "9", "top_p": "0.6"},
    {"language": "Dutch", "begin": "van", "draw": "10000"},
]  # fmt: skip


@pytest.mark.parametrize("query", ASKED, ids=str)
def test_the_name_is_the_one_that_the_engine_draws(letters, query):
    app = opened(**query)
    top_k = int(query.get("top_k", 0)) or None
    choice = float(query.get("temperature", 1)), top_k, float(query.get("top_p", FIRST_TOP_P))
    language, seed, begin = query.get("language", FIRST), int(query.get("draw", 0)), query.get("begin", "")
    (name,) = invent(letters.net, [(language, seed)], *choice, beginning=begin)
    assert "".join(written(app)) == name.text + "<eos>"
    assert name.text.startswith(begin)
    assert f"{language}, seed {seed}: {name.text}." in said(app)
    prefix = [WORDS.index(letter) for letter in begin]
    steps = sample_trace(Decoder(letters.net), WORDS, letters.params.word(language), EOS, 40, *choice, seed,
                         shown=len(WORDS), prefix=prefix)  # fmt: skip
    header, arrays = components(app, "offers")[0]
    assert np.allclose(arrays["bars"], steps["p_tempered"], atol=1e-6)
    assert np.allclose(arrays["kept"], steps["kept"])
    assert header["forced"] == list(range(len(begin)))


def test_the_matrices_are_the_traces(letters):
    app = opened(language="Greek", draw="4")
    name = "".join(written(app)[:-1])
    inner = trace(letters, "Greek", name)
    told = components(app, "matrix")
    for layer, (header, arrays) in enumerate(told[:3]):
        past = inner["weights"].values[layer].transpose(1, 0, 2)
        seen = np.tril(np.ones((len(name) + 1,) * 2, bool))[:, None]
        assert np.allclose(np.where(seen, arrays["values"], 0), past * seen, atol=1e-6)
        assert np.isnan(arrays["values"][~np.broadcast_to(seen, past.shape)]).all()
        assert header["columns"]["labels"] == ["Greek", *name]
    header, arrays = told[3]
    assert np.allclose(arrays["values"], inner["lens_best_p"], atol=1e-6)
    assert header["texts"] == [["■" if word == "<eos>" else word for word in row] for row in inner.attrs["best"]]
    assert np.allclose(told[4][1]["values"], inner["lens_top_p"].values.transpose(1, 2, 0), atol=1e-6)
    assert np.allclose(components(app, "links")[0][1]["weights"], inner["weights"].values[0], atol=1e-6)


def test_habits_are_means_over_the_places(letters):
    inner = trace(letters, "Greek", "Pappas")
    w = inner["weights"].values
    best = habits(inner)
    assert best["language"][2] == pytest.approx(max(w[k, h, 1:, 0].mean() for k in range(3) for h in range(4)))
    layer, head, mean = best["last"]
    assert mean == pytest.approx(np.mean([w[layer, head, q, q] for q in range(1, 7)]))
    layer, head, mean = best["before"]
    assert mean == pytest.approx(np.mean([w[layer, head, q, q - 1] for q in range(2, 7)]))


def test_names_are_marked_new_or_known(trained):
    table = opened(top_p="0.5").dataframe[0].value
    owned = {
        text for text, label in zip(trained.texts, trained.labels, strict=True) if trained.languages[label] == FIRST
    }
    assert len(table) == 12
    for row in table.itertuples():
        assert (row.known == "copy") == (row.name in owned)
        assert (row.known == "new") == (row.name not in trained.texts)
        assert row.nearest in owned
        assert (row.edits == 0) == (row.name in owned)


def test_a_copy_is_called_one_and_all_languages_are_compared(letters):
    app = opened()
    table, languages = (each.value for each in app.dataframe)
    copy = table[table["known"] == "copy"].iloc[0]
    assert f"{copy['name']}. A copy: {FIRST} names of the training have it." in said(opened(draw=str(copy["seed"])))
    assert languages["language"].tolist() == list(letters.params.languages)
    same = invent(letters.net, [(language, 0) for language in letters.params.languages], 1.0, None, FIRST_TOP_P)
    assert languages["name"].tolist() == [each.text for each in same]


def test_a_letter_that_is_clicked_becomes_the_beginning():
    app = opened()
    before = written(app)
    app.session_state["generate_offers__said"] = "3:x"
    app.run()
    assert app.text_input(key="begin").value == "".join(before[:2]) + "x"
    assert written(app)[:3] == [*before[:2], "x"]
    for bad in ("3:<eos>", "0:a", "99:a", "x", "2:ab", "²:a", "1: "):
        app.session_state["generate_offers__said"] = bad
        assert not app.run().exception
        assert written(app)[:3] == [*before[:2], "x"]


def test_the_next_seed():
    app = opened(draw="10000")
    app.button(key="generate_next").click().run()
    assert app.number_input(key="draw").value == 0


PICKS = [
    ("generate_offers", "p_final", {"step": 1, "rank": 0}), ("generate_offers", "u", {"step": 2}),
    ("generate_layer_1", "weights", {"layer": 1, "head": 2, "query": 3, "key": 1}),
    ("generate_lens", "lens_best_p", {"depth": 2, "query": 1}),
    ("generate_fare", "lens_top_p", {"depth": 0, "query": 2, "rank": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "variable", "position"), PICKS, ids=str)
def test_what_is_picked_is_proved_by_its_own_code(key, variable, position):
    app = opened(draw="3")
    app.session_state[f"{key}__picked"] = {"variable": variable, "position": position}
    assert not app.run().exception
    shown = next(float(each.value.split()[-1]) for each in app.caption if "same number" in each.value)
    run = subprocess.run([sys.executable, "-I", "-c", app.main.code[0].value], cwd=ROOT, capture_output=True, text=True)
    assert float(run.stdout) == pytest.approx(shown, rel=1e-4, abs=1e-6)


BAD = [{"language": "Elvish"}, {"temperature": "0"}, {"temperature": "nan"}, {"top_k": "59"}, {"top_p": "x"},
       {"draw": "-1"}, {"t": "x"}, {"t": "99"}, {"layer": "7"}]  # fmt: skip


@pytest.mark.parametrize("query", BAD, ids=str)
def test_a_bad_value_in_the_link_is_said_and_not_used(query):
    app = opened(**query)
    assert app.warning
    assert written(app) == written(opened())


@pytest.mark.parametrize("begin", ["<script>", "李小龙", "  ", "{x} $y$ **z**", "a" * 500, "O ", ":;.,"])
@pytest.mark.parametrize("more", [{}, {"temperature": "2.0", "top_p": "1.0", "language": "Vietnamese"}], ids=str)
def test_nothing_typed_breaks_the_page(begin, more):
    assert written(opened(begin=begin, **more))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_raw_message_template_is_shown(lang):
    app = opened(lang=lang)
    texts = [element.value for element in (*app.markdown, *app.caption, *app.title, *app.subheader)]
    assert not [text for text in texts if re.search(r"\{[a-z]+\}", re.sub(r"\$+.*?\$+", "", text, flags=re.DOTALL))]


def test_texts_stand_in_the_table_and_must_fit_the_cells(letters):
    inner = trace(letters, "Greek", "Pa")
    best, texts = inner["lens_best_p"], inner.attrs["best"]
    for chart in (matrix(best, "depth", "query", texts=texts), matrix(best.T, "depth", "query", texts=texts)):
        for row in chart.table().itertuples():
            assert row.text_label == texts[row.depth][row.query]
    with pytest.raises(ValueError, match="texts for"):
        matrix(inner["lens_best_p"], "depth", "query", texts=[["a"]])
