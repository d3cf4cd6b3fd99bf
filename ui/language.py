"""English and Chinese: gettext catalogs for labels, Markdown files for prose, the first visit as the browser asks."""

import gettext
import io
from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st
import xarray as xr
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from engine.errors import N_

LANGUAGES = {"en": "English", "zh": "中文"}
ASSETS = Path(__file__).resolve().parent.parent / "assets"


@cache
def _catalog(language: str) -> gettext.NullTranslations:
    path = ASSETS / "locale" / language / "LC_MESSAGES" / "unrolled.po"
    if not path.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _first() -> str:
    asked = st.query_params.get("lang")
    if asked in LANGUAGES:
        return asked
    return "zh" if str(st.context.locale or "").lower().startswith("zh") else "en"


def lang() -> str:
    """The language of this session: what was chosen, else the link's `lang`, else the browser's."""
    if st.session_state.get("lang") not in LANGUAGES:
        st.session_state["lang"] = _first()
    return st.session_state["lang"]


def t(message: str, **params: object) -> str:
    """The message in the session's language with its braces filled."""
    text = _catalog(lang()).gettext(message) if message else ""
    return text.format(**params) if params else text


def switch() -> None:
    """The language switch; the choice goes into the link."""

    def chosen() -> None:
        st.query_params["lang"] = st.session_state["lang"]

    lang()
    st.segmented_control(
        t("Language"), list(LANGUAGES), format_func=LANGUAGES.get, key="lang", required=True,
        on_change=chosen, label_visibility="collapsed", width="stretch",
    )  # fmt: skip


@cache
def _parts(language: str, page: str) -> list[str]:
    text = (ASSETS / "text" / language / f"{page}.md").read_text("utf-8")
    return [part.strip() for part in text.split("\n---\n")]


def prose(page: str, part: int = 0) -> str:
    """One part of a page's prose (parts are separated by a line `---`; the first is the lead)."""
    return _parts(lang(), page)[part]


def localise(trace: xr.Dataset) -> xr.Dataset:
    """The same trace in the session's language: meanings, words for axes, labels that are to be translated."""
    trace = trace.copy()  # shallow: new variables and attributes, the same numbers
    for variable in trace.variables.values():
        if "meaning" in variable.attrs:
            variable.attrs["meaning"] = t(variable.attrs["meaning"])
        word = variable.attrs.get("word")
        if word:
            variable.attrs["word"] = t(word)
        if variable.attrs.get("translate"):
            labels = variable.values.tolist()
            said = {label: t(label) for label in set(labels)}  # a sequence repeats its symbols
            variable.data = np.asarray([said[label] for label in labels], dtype=str)
    return trace


LANGUAGE_NAMES = (
    N_("Arabic"), N_("Chinese"), N_("Czech"), N_("Dutch"), N_("English"), N_("French"), N_("German"), N_("Greek"),
    N_("Irish"), N_("Italian"), N_("Japanese"), N_("Korean"), N_("Polish"), N_("Portuguese"), N_("Russian"),
    N_("Scottish"), N_("Spanish"), N_("Vietnamese"),
)  # fmt: skip
