"""The model bar without a browser: tables while they are edited, the box of observations, a model in a link."""

import base64
import json
import zlib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from engine.errors import InputError
from engine.hmm import json_files
from ui import hmm_link
from ui.hmm_observations import check_typable, parse, spelled
from ui.hmm_tables import canonical, edited, rescaled, tables, with_names

ROOT = Path(__file__).resolve().parents[2]
WEATHER = json_files.preset("weather").model


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app._page_hash = calc_hash("hmm_generate")
    app.run()
    assert not app.exception
    return app


def bar_alone() -> None:
    """A script with the bar, before which a cell is typed as the browser would send it."""
    import streamlit as st

    from ui import hmm_editor, hmm_models, hmm_own

    typed = st.session_state.pop("typed", None)
    if typed:
        name, row, column, value = typed
        st.session_state["slot"] = {"edited_rows": {row: {str(column): value}}}
        key, _ = hmm_own.active((st.session_state.get("hmm") or ["weather"])[0])
        hmm_editor._edited(key, name, "slot")
    st.code(hmm_models.bar())


@pytest.fixture
def bar() -> AppTest:
    return AppTest.from_function(bar_alone, default_timeout=60).run()


def type_cell(app: AppTest, name: str, row: object, column: object, value: object) -> AppTest:
    """Type a value into a cell of a table."""
    app.session_state["typed"] = (name, row, column, value)
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("row", "changed", "expected"),
    [
        ((0.5, 0.3), {0}, (0.5, 0.5)),
        ((0.2, 0.3, 0.1), {0}, (0.2, 0.6, 0.2)),
        ((0.5, 0.0, 0.0), {0}, (0.5, 0.25, 0.25)),
        ((1.0, 0.4, 0.2), {0}, (1.0, 0.0, 0.0)),
        ((0.4, 0.4, 0.9), {0, 1}, (0.4, 0.4, 0.2)),
        ((1.2, 0.4), {0}, (1.2, 0.4)),
        ((-0.1, 0.4), {0}, (-0.1, 0.4)),
        ((None, 0.4), {0}, (None, 0.4)),
        ((float("nan"), 0.4), {0}, None),
        ((0.3,), {0}, (0.3,)),
    ],
)
def test_a_row_is_rescaled(row, changed, expected):
    found = rescaled(row, changed)
    if expected is None:
        assert found is row
    else:
        assert found == pytest.approx(expected)


def test_a_cell_without_rescaling_stays_as_typed():
    found = edited(tables(WEATHER), "A", {(0, 0): 0.78}, rescale=False)
    assert found.A[0] == (0.78, 0.3)
    with pytest.raises(InputError, match=r"A\[Rainy\] sums to 1.08"):
        canonical(found)


@pytest.mark.parametrize("cells", [{(9, 0): 0.5}, {(0, 9): 0.5}])
def test_cells_outside_are_passed_over(cells):
    assert edited(tables(WEATHER), "B", cells, rescale=True) == tables(WEATHER)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("S", ["Rainy", "Sunny", "Foggy"]), ("S", ["Sunny"]), ("S", ["x", "Sunny", "y", "Rainy"]),
        ("V", ["walk", "shop", "clean", "sleep"]), ("V", ["clean"]), ("V", ["a", "b", "c"]),
    ],
)  # fmt: skip
def test_names_come_and_go_and_the_model_stays_one(name, words):
    found = with_names(tables(WEATHER), name, words)
    model = json_files.loads(canonical(found))
    assert getattr(model, name) == tuple(words)
    if words == ["Sunny"]:
        assert model.B.tolist() == [[0.6, 0.3, 0.1]]
        assert model.A.tolist() == [[1.0]]
    if words[-1] == "Foggy":
        assert model.A[0].tolist() == pytest.approx([0.7 * 2 / 3, 0.3 * 2 / 3, 1 / 3])


@pytest.mark.parametrize("words", [[], ["a", "a"], ["x" * 61], ["a\x07"], [str(n) for n in range(257)]])
def test_names_that_no_model_can_have(words):
    with pytest.raises(InputError):
        with_names(tables(WEATHER), "S", words)


V, ZH = ("walk", "shop", "clean"), ("散步", "购物", "打扫")


@pytest.mark.parametrize(
    ("text", "V", "shown", "expected"),
    [
        ("walk shop", V, V, [0, 1]), ("walk,shop , clean", V, V, [0, 1, 2]), ("Walk\tSHOP\n", V, V, [0, 1]),
        ("散步、购物 clean", V, ZH, [0, 1, 2]), ("", V, V, []), (" , ,", V, V, []),
        ("634", tuple("123456"), (), [5, 2, 3]), ("6 3,4", tuple("123456"), (), [5, 2, 3]),
        ("AbA", ("a", "b"), (), [0, 1, 0]), ("aA", ("a", "A"), (), [0, 1]), ("red", ("Red", "RED", "red"), (), [2]),
        ("two words, one", ("two words", "one"), (), [0, 1]), ("a,b", ("a", ",", "b"), (), [0, 1, 2]),
        ("研究", tuple("研究生"), (), [0, 1]),
    ],
)  # fmt: skip
def test_observations_are_read(text, V, shown, expected):
    assert parse(text, V, shown) == (expected, None)


@pytest.mark.parametrize(
    ("text", "V", "unknown"),
    [("walk run", V, (2, "run")), ("6 37", tuple("123456"), (3, "7")), ("REd", ("Red", "RED"), (1, "REd"))],
)
def test_what_is_not_in_V_is_named(text, V, unknown):
    assert parse(text, V)[1] == unknown


@pytest.mark.parametrize("name", json_files.presets())
def test_what_is_spelled_is_read_again(name):
    model = json_files.preset(name).model
    O = [k % len(model.V) for k in range(0, 70, 3)]
    assert parse(spelled(O, model.V), model.V) == (O, None)


@pytest.mark.parametrize("name", json_files.presets())
def test_the_symbols_of_a_preset_can_be_typed(name):
    check_typable(json_files.preset(name).model.V)


@pytest.mark.parametrize("V", [["a,b", "c"], [" ab", "c"], ["a", " "], ["x y", "a、b"]])
def test_symbols_that_cannot_be_typed_are_refused(V):
    with pytest.raises(InputError, match="cannot be typed"):
        check_typable(V)


@pytest.mark.parametrize("name", [name for name in json_files.presets() if name != "jieba"])
def test_a_model_goes_through_a_link(name):
    text = json_files.dumps(json_files.preset(name).model)
    code = hmm_link.encode(text)
    assert len(code) <= hmm_link.LONGEST
    assert hmm_link.decode(code) == text


def test_a_large_model_is_not_put_into_a_link():
    assert hmm_link.encode(json_files.dumps(json_files.preset("jieba").model)) is None


def packed(blob: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(blob, 9)).decode().rstrip("=")


HOSTILE = {
    "no-base64": "%%%", "one-letter": "a", "no-deflate": "aGVsbG8", "long": "A" * 10_000,
    "bomb": packed(b"[" + b"1," * 5_000_000 + b"1]"), "empty": packed(b""), "a-list": packed(b"[]"),
    "nan": packed(b'{"S":["a"],"V":["b"],"pi":[NaN],"A":[[1]],"B":[[1]]}'),
    "cut": hmm_link.encode(json_files.dumps(WEATHER))[:-4], "two": packed(b"{}") + "AAAA",
    "not-utf8": packed(b"\xff\xfe"), "unicode": "模型",
}  # fmt: skip


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
def test_a_damaged_link_is_told_and_the_default_shown(code):
    with pytest.raises(InputError):
        hmm_link.decode(code)
    app = open_page(m=code, hmm="mine")
    assert len(app.warning) == 1
    assert app.selectbox(key="hmm_en").value == "weather"


def test_a_link_restores_the_model():
    model = json.loads(json_files.dumps(WEATHER)) | {"S": ["One", "Two"]}
    app = open_page(m=packed(json.dumps(model).encode()))
    assert app.selectbox(key="hmm_en").value == "mine"
    assert not app.warning
    assert "One" in app.session_state["hmm_own"]


def test_a_typed_cell_rescales_its_row_or_nothing_computes(bar):
    type_cell(bar, "A", 0, 0, 0.5)
    assert json.loads(bar.code[0].value)["A"][0] == [0.5, 0.5]
    bar.session_state["hmm_rescale"] = False
    type_cell(bar, "A", 0, 0, 0.58)
    assert r"A\[Rainy\] sums to 1\.08" in bar.error[0].value
    assert not bar.code
    type_cell(bar, "A", 0, 1, 0.42)  # what was typed is still there
    assert json.loads(bar.code[0].value)["A"][0] == [0.58, 0.42]
    bar.button(key="hmm_undo_button").click().run()
    assert bar.error
    bar.button(key="hmm_undo_button").click().run()
    assert json.loads(bar.code[0].value)["A"][0] == [0.5, 0.5]
    bar.button(key="hmm_undo_button").click().run()
    assert bar.code[0].value == "preset:weather"


@pytest.mark.parametrize("value", [None, -0.5, "x", float("nan"), float("inf"), True, [1], {"a": 1}, 7, 10**400])
def test_a_cell_that_is_no_probability_is_named(bar, value):
    type_cell(bar, "B", 1, 2, value)
    assert r"B\[Sunny\]" in bar.error[0].value
    assert not bar.code


@pytest.mark.parametrize(("row", "column"), [(99, 0), ("x", 0), (0, "x"), (-1, 0), (0, 99)])
def test_a_cell_that_is_not_there_changes_nothing(bar, row, column):
    type_cell(bar, "A", row, column, 0.5)
    assert bar.code[0].value == "preset:weather"


def test_undo_steps_back_through_many_edits(bar):
    bar.toggle(key="hmm_edit").set_value(True).run()
    names = [f"n{k}" for k in range(25)]
    for name in names:
        states = next(box for box in bar.text_input if str(box.key).startswith("hmm_S_"))
        states.set_value(f"{name}, Sunny").run()
        assert not bar.exception
    assert names[-1] in bar.session_state["hmm_own"]
    for name in reversed(names[:-1]):
        bar.button(key="hmm_undo_button").click().run()
        assert f'"{name}"' in bar.session_state["hmm_own"]
    bar.button(key="hmm_undo_button").click().run()
    assert bar.selectbox(key="hmm_en").value == "weather"
    assert bar.button(key="hmm_undo_button").disabled


def test_bad_names_are_refused_and_the_model_stays(bar):
    bar.toggle(key="hmm_edit").set_value(True).run()
    bar.text_input(key="hmm_V_weather_en_0").set_value("walk, walk").run()
    assert "twice" in bar.error[0].value
    assert bar.selectbox(key="hmm_en").value == "weather"


def test_a_large_model_is_shown_only():
    app = open_page(hmm="jieba")
    app.toggle(key="hmm_edit").set_value(True).run()
    assert not app.exception
    assert any("too many to edit" in caption.value for caption in app.caption)


def test_another_preset_brings_its_names_and_numbers_into_the_editor(bar):
    bar.toggle(key="hmm_edit").set_value(True).run()
    bar.selectbox(key="hmm_en").set_value("casino").run()
    assert [box.value for box in bar.text_input] == ["Fair, Loaded", "1, 2, 3, 4, 5, 6"]


def test_a_cell_that_was_opened_and_left_changes_nothing(bar):
    type_cell(bar, "A", 0, 0, "0.7")
    assert bar.code[0].value == "preset:weather"
    type_cell(bar, "A", 0, 0, " 0.25 ")
    assert json.loads(bar.code[0].value)["A"][0] == [0.25, 0.75]


def box_alone() -> None:
    import streamlit as st

    from ui import hmm_models

    st.code(str(hmm_models.observations(hmm_models.bar())))


def test_an_empty_box_says_that_the_example_is_shown():
    app = AppTest.from_function(box_alone, default_timeout=60).run()
    app.text_input(key="o").set_value("").run()
    assert any("Nothing is typed" in each.value for each in app.caption)
    app.text_input(key="o").set_value("walk " * 2000).run()
    assert len(app.text_input(key="o").value) == 4000
    assert any("4,000 characters" in each.value for each in app.caption)


@pytest.mark.parametrize(("typed", "after"), [("walk run", "walk run"), ("walk clean", "散步 打扫"), ("", "")])
def test_another_language_keeps_what_is_typed(typed, after):
    app = AppTest.from_function(box_alone, default_timeout=60).run()
    app.text_input(key="o").set_value(typed).run()
    app.session_state["lang"] = "zh"
    app.run()
    assert app.text_input(key="o").value == after
