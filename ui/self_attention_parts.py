"""Self-attention: the matrices of one head, linked by the word that looks, and the tables to change the small ones."""

import numpy as np
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from charts.stepper import stepper
from ui import lstm, page
from ui import self_attention as about
from ui.language import t
from ui.page import Figure

FEW = 120  # numbers that are written into their cells


def steps(got: about.Got) -> None:
    """The words that look; pointing at one lights up its rows, and what it looks at."""
    words = got.words
    index = lstm.cursor("q", len(words)) if "q" in st.query_params else about.first(got)
    page.steps(stepper(words, (), "query", "q", index, hover=True), t("The words that look"))


def _figure(got: about.Got, array: xr.DataArray, rows: str, columns: str, key: str, **look: object) -> Figure:
    """A matrix of the chain; its numbers stand in it where they are few."""
    values = "always" if array.size <= FEW else "never"
    chart = matrix(array, rows, columns, compact=True, show_values=values, **look)
    n, m = array.sizes[rows], array.sizes[columns]
    alt = t("{what}, {n} rows of {m} numbers.", what=array.attrs["meaning"], n=n, m=m)
    return Figure(chart, f"self_attention_{key}", alt, page.title(array), got.whole)


def _rows(got: about.Got, array: xr.DataArray, key: str) -> Figure:
    """A matrix whose rows are the places that look."""
    columns = next(dim for dim in array.dims if dim != "query")
    return _figure(got, array, "query", columns, key, cursors={"query": {}})


def _keys(got: about.Got, name: str, again: str = "") -> Figure:
    """K or V, its rows framed as strongly as the word that looks takes from them."""
    return _figure(got, got[name], got.key, "feature", f"{name}{again}", shine=got["weights"])


def _masked(got: about.Got, name: str) -> xr.DataArray:
    """The scores that the mask leaves; others are unknown to softmax."""
    array = got[name]
    return array if got.end else array.where(got.trace["mask"] == 1).assign_attrs(array.attrs)


def scored(got: about.Got) -> None:
    """QKᵀ, divided, masked, as weights."""
    page.row(*(
        _rows(got, array, name) for name, array in (
            ("products", got["products"]), ("scores", _masked(got, "scores")), ("weights", got["weights"]))
    ))  # fmt: skip


def projected(got: about.Got) -> None:
    """X, the matrices of the small head, and Q, K, V."""
    X = got.trace[got.x]
    if not got.is_small:
        page.row(_rows(got, X, "X"))
    else:
        figures = [_rows(got, X, "X")]
        for name in about.MATRICES[1:]:
            figures.append(_figure(got, got.trace[name], "unit", "feature", name))
        page.row(*figures, widths=[4, 3, 3, 3])
    page.row(_rows(got, got["Q"], "Q"), _keys(got, "K"), _keys(got, "V"))


def taken(got: about.Got) -> None:
    """Weights times V."""
    page.row(_rows(got, got["weights"], "weights_again"), _keys(got, "V", "_again"), _rows(got, got["Z"], "Z"))


def change(got: about.Got) -> None:
    """The numbers of the small head as tables to type into, and its mask."""
    if not got.is_small:
        return
    with st.expander(t("Change the numbers"), icon=":material/edit:"):
        st.toggle(t("Mask: nobody looks ahead"), key="causal", bind="query-params")
        for column, name in zip(st.columns([4, 3, 3, 3]), about.MATRICES, strict=True):
            with column:
                st.markdown(f"${got.trace[name].attrs['symbol']}$")
                st.data_editor(about.table_of(name), key=about.slot(name), hide_index=True, num_rows="fixed")
        if st.button(t("The numbers at first"), icon=":material/restart_alt:"):
            for name in ("teaching", "teaching_link"):
                st.session_state.pop(name, None)
            st.query_params.pop(about.PARAM, None)
            st.rerun(scope="fragment")
    about.keep({name: np.asarray(table) for name, table in about.standing().items()})
