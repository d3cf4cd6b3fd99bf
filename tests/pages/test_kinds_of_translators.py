"""Which translators a page offers: each takes the kinds whose inside it can show."""

import pytest

from engine.tokens import SPECIALS, Tokens
from engine.transformer import TransformerParams, initial
from engine.translation import files
from tests.pages.opened import open_page
from ui import translators

SIDES = [Tokens(language, (*SPECIALS, "a", "b")) for language in ("de", "en")]
OWN = TransformerParams(6, 6, 8, 2, 1, 12, positions="rotary")


def options(app) -> list[str]:
    return next(each.options for each in app.get("button_group") if each.key == "translator")


@pytest.mark.parametrize("page", ["decoding", "teacher_forcing", "translate"])
def test_pages_on_what_is_written_take_every_kind(page):
    name = translators.add(files.dumps(initial(OWN, 0), *SIDES, {}))
    assert name.startswith("mine-transformer-rotary-")
    app = open_page(page, translator=name)
    assert options(app) == ["lstm", "gru", "gru-attention", "gru-attention-dot", "transformer", name]
    assert app.session_state["translator"] == name


@pytest.mark.parametrize(
    ("page", "shipped"),
    [
        ("encoder_decoder", ["lstm", "gru", "gru-attention", "gru-attention-dot"]),
        ("attention", ["gru-attention", "gru-attention-dot"]),
    ],
)
def test_pages_on_states_take_no_transformer(page, shipped):
    name = translators.add(files.dumps(initial(OWN, 0), *SIDES, {}))
    for asked in (name, "transformer"):
        app = open_page(page, translator=asked)
        assert options(app) == shipped
        assert any("does not fit this page" in each.value for each in app.warning)
