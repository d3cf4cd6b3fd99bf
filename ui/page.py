"""The frame of every page, and the one place where a chart meets Streamlit."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st
import vl_convert
import xarray as xr

from charts.base import Component, Spec, copylink
from charts.matrix import matrix
from charts.still import still
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
    """The index that the link asks for, else the last one; a bad value is said and not used.

    What lies in `st.session_state[f"{param}__left"]` was asked of an input that is no longer there.
    """
    asked = st.query_params.get(param)
    if asked in (None, st.session_state.get(f"{param}__left")):
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


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """Words and the value first, positions after them."""
    first = [column for column in table if str(column).endswith(("label", "value"))]
    return table[[*first, *(column for column in table if column not in first)]]


def menu(figures: Sequence[Figure]) -> None:
    """One menu a row, drawn only when it is open: a figure as a table, and its files."""
    row = figures[0].key
    hint = t("As a table; CSV, PNG, SVG")
    box = st.popover(
        t("Data"), icon=":material/table_view:", type="tertiary", key=f"{row}__menu", on_change="rerun", help=hint
    )
    if not box.open:
        return
    with box:
        names = {figure.key: figure for figure in figures}
        titles = {key: figure.title or t("Figure") for key, figure in names.items()}
        key = st.radio(t("Figure"), names, format_func=titles.get, key=f"{row}__which") if len(names) > 1 else row
        chart = names[key].chart
        st.dataframe(_readable(chart.table()), hide_index=True, height=320)
        makers = {"csv": _csv(chart.table), "png": _image(chart, "png"), "svg": _image(chart, "svg")}
        with st.container(horizontal=True):
            for form, make in makers.items():
                st.download_button(form.upper(), make, f"{key}.{form}", on_click="ignore", key=f"{key}__{form}")


@cache
def _words(_: str) -> Mapping[str, object]:
    """The components' words, once a language."""
    return components.words()


def _show(figure: Figure) -> None:
    chart, key = figure.chart, figure.key
    if figure.title:
        st.markdown(figure.title)
    if isinstance(chart, Component):
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
    columns = st.columns(widths or len(figures), gap="medium") if len(figures) > 1 else [nullcontext()]
    for column, figure in zip(columns, figures, strict=True):
        with column:
            _show(figure)
    menu(figures)
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


def whole(trace: xr.Dataset, variable: str, alt: str, key: str, network: str = "", **look: object) -> Figure:
    """A variable of two dims as a matrix, the first dim (time) across, with its explanation; `look` as in `matrix`."""
    columns, rows = trace[variable].dims
    mark = f"`{network}` " if network else ""
    return Figure(matrix(trace[variable], rows, columns, **look), key, alt, mark + title(trace[variable]), trace)


def at(trace: xr.Dataset, variable: str, dim: str, alt: str, prefix: str, **look: object) -> Figure:
    """A variable of two dims at the cursor of one of them, with its explanation; `look` as in `matrix`."""
    array = trace[variable]
    rows = next(other for other in array.dims if other != dim)
    return Figure(
        matrix(array, rows, slider=dim, show_slider=False, **look), f"{prefix}_{variable}", alt, title(array), trace
    )


def steps(chart: Component, alt: str) -> None:
    """The stepper of a page, which stays in view while one scrolls."""
    with st.container(key=f"steps_{chart.header['dim']}"):
        components.mount(chart, key=f"stepper_{chart.header['dim']}", alt=alt, words=_words(language.lang()))
