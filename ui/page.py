"""The frame of every page, and the one place where a chart meets Streamlit."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st
import vl_convert
import xarray as xr

from charts.base import Component, Spec, copylink
from charts.still import drawable, still
from engine import files
from ui import components, explanation, language
from ui.language import prose, t

Chart = Component | Spec
STYLE = Path(__file__).resolve().parent.parent / "assets" / "app.css"


def sidebar(pages: Mapping[str, Sequence[st.Page]]) -> None:
    """The navigation by sections (Streamlit's own list fails axe), and under it language, link, type size."""
    with st.sidebar:
        for section, entries in pages.items():
            st.caption(section)
            for entry in entries:
                st.page_link(entry)
        language.switch()
        components.mount(
            copylink({"lang": language.lang()}), key="copylink", alt=t("Copy link"), words=_words(language.lang())
        )
        st.toggle(t("Large type"), key="large", bind="query-params", help=t("For a projector or tired eyes."))
    st.html(STYLE)
    if st.session_state.get("large"):
        st.html("<style>html{font-size:22px}</style>")


def head(name: str, title: str) -> None:
    """A page's title and the lead of its prose."""
    st.title(title, anchor=False)
    st.markdown(prose(name))


def plain(text: str) -> str:
    """The text with all Markdown in it switched off."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!:$|<>~])", r"\\\1", text)


def cursor(param: str, size: int) -> int:
    """The index that the link asks for, else the last one; a bad value is said and not used."""
    asked = st.query_params.get(param)
    if asked is None:
        return size - 1
    if asked.isdecimal() and len(asked) < 6:
        return min(int(asked), size - 1)
    st.warning(t("The link asks for {param}={value}, which is not a position; the last one is shown.",
                 param=param, value=plain(asked[:20])))  # fmt: skip
    return size - 1


def cards(entries: Sequence[tuple[str, str, str]]) -> None:
    """Cards that open pages: (page, icon, text) each."""
    for column, (name, icon, text) in zip(st.columns(len(entries)), entries, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.page_link(f"pages/{name}.py", label=t("Open"), icon=icon)
            st.markdown(text)


def _image(chart: Chart, form: str) -> Callable[[], bytes | str]:
    def make() -> bytes | str:
        spec = still(chart) if isinstance(chart, Component) else chart
        full = spec.spec | {"data": {"values": spec.data.to_dict("records")}}
        return vl_convert.vegalite_to_svg(full) if form == "svg" else vl_convert.vegalite_to_png(full, scale=2)

    return make


def _csv(table: Callable[[], pd.DataFrame]) -> Callable[[], bytes]:
    return lambda: neutral_csv(table())


def neutral_csv(table: pd.DataFrame) -> bytes:
    """A CSV that a spreadsheet opens as text: BOM, and an apostrophe before what it would take for a formula."""
    text = table.copy()
    for column in text.columns:
        if not pd.api.types.is_numeric_dtype(text[column]):
            text[column] = files.neutral(text[column].fillna("").astype(str).tolist())
    return text.to_csv(index=False).encode("utf-8-sig")


def _menu(chart: Chart, key: str) -> None:
    box = st.popover(
        "",
        icon=":material/table_view:",
        type="tertiary",
        key=f"{key}__menu",
        on_change="rerun",
        help=t("As a table; CSV, PNG, SVG"),
    )
    if not box.open:
        return
    with box:
        st.dataframe(chart.table(), hide_index=True, height=320)
        with st.container(horizontal=True):
            for form, make in (
                ("csv", _csv(chart.table)),
                ("png", _image(chart, "png")),
                ("svg", _image(chart, "svg")),
            ):
                st.download_button(form.upper(), make, f"{key}.{form}", on_click="ignore", key=f"{key}__{form}")


@cache
def _words(_: str) -> Mapping[str, object]:
    """The components' words, once a language."""
    return components.words()


class Figure(NamedTuple):
    """A chart to show: alt text says its finding in words; `trace` lets a picked cell be explained below the row,
    `below` shows something else there.
    """

    chart: Chart
    key: str
    alt: str
    title: str = ""
    trace: xr.Dataset | None = None
    below: Callable[[dict | None], None] | None = None


def _show(figure: Figure) -> None:
    chart, key = figure.chart, figure.key
    is_ours = isinstance(chart, Component)
    if not is_ours or drawable(chart):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False, key=f"{key}__head"):
            st.markdown(figure.title, width="stretch")
            _menu(chart, key)
    if is_ours:
        pick = {"pick": t("Click: how it is computed")} if figure.trace is not None else {}
        components.mount(chart, key=key, alt=figure.alt, words={**_words(language.lang()), **pick})
    else:
        st.vega_lite_chart(chart.data, chart.spec, key=key, alt=figure.alt, width="stretch")


def _latest(figures: Sequence[Figure]) -> Figure | None:
    """The figure of a row in which a cell was picked last."""
    row = f"{figures[0].key}__row"
    seen = st.session_state.get(row, {"picks": {}, "latest": None})
    picks = {figure.key: st.session_state.get(f"{figure.key}__picked") for figure in figures}
    changed = [key for key, pick in picks.items() if pick != seen["picks"].get(key)]
    latest = changed[-1] if changed else seen["latest"]
    st.session_state[row] = {"picks": picks, "latest": latest}
    return next((figure for figure in figures if figure.key == latest and picks[latest]), None)


@st.fragment
def row(*figures: Figure, widths: Sequence[int] | None = None) -> None:
    """Figures side by side, and under them at full width what was picked last; picking reruns this row alone."""
    columns = st.columns(widths or len(figures), gap="medium") if len(figures) > 1 else [st.container()]
    for column, figure in zip(columns, figures, strict=True):
        with column:
            _show(figure)
    latest = _latest(figures)
    if latest and latest.trace is not None:
        explanation.panel(latest.trace, st.session_state.get(f"{latest.key}__picked"), latest.key)
    shown = latest or figures[0]
    if shown.below is not None:
        shown.below(st.session_state.get(f"{shown.key}__picked"))


def draw(chart: Chart, key: str, alt: str, title: str = "", **rest: object) -> None:
    """One figure in a row of its own; `rest` as in `Figure`."""
    row(Figure(chart, key, alt, title, **rest))


def title(array: xr.DataArray) -> str:
    """A chart's title from its variable: meaning and symbol."""
    meaning = array.attrs["meaning"]
    return f"**{meaning[:1].upper()}{meaning[1:]}** ${array.attrs['symbol']}$"


def computed(name: str, part: int, sources: Sequence[str], trace: xr.Dataset | None = None) -> None:
    """The end of every page: how its numbers are computed, where that is written, and its glossary."""
    with st.expander(t("How this is computed"), icon=":material/function:"):
        st.markdown(prose(name, part))
        st.markdown(t("Written in {files}.", files=", ".join(f"`{source}`" for source in sources)))
        if trace is not None:
            st.markdown(_glossary(trace))


def _glossary(trace: xr.Dataset) -> str:
    rows = [f"| {t('symbol')} | {t('name')} | {t('meaning')} | {t('axes')} |", "|---|---|---|---|"]
    for name, array in trace.data_vars.items():
        symbol = array.attrs["symbol"].replace("|", r"\vert ")
        rows.append(f"| ${symbol}$ | `{name}` | {array.attrs['meaning']} | {' × '.join(array.dims)} |")
    return "\n".join(rows)


def steps(chart: Component, alt: str) -> None:
    """The stepper of a page, which stays in view while one scrolls."""
    with st.container(key=f"steps_{chart.header['dim']}"):
        components.mount(chart, key=f"stepper_{chart.header['dim']}", alt=alt, words=_words(language.lang()))
