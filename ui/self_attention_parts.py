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


def scored(got: about.Got) -> None:
    """QKᵀ, divided; then the mask where it hides something, else the weights at once."""
    hides = not got.end and not got.trace["mask"].values.all()
    names = ("products", "scores", "mask" if hides else "weights")
    page.row(*(_rows(got, got[name], name) for name in names))


def projected(got: about.Got) -> None:
    """X, the matrices of the small head and where to change them, and Q, K, V."""
    X = _rows(got, got.trace[got.x], "X")
    if got.is_small:
        weights = (_figure(got, got.trace[name], "unit", "feature", name) for name in about.MATRICES[1:])
        page.row(X, *weights, widths=[4, 3, 3, 3])
        change(got)
    else:
        page.row(X)
    if got.end:
        page.row(_figure(got, got.trace["memory"], "source", "unit", "memory", shine=got["weights"]))
    _equations(got)
    page.row(_rows(got, got["Q"], "Q"), _keys(got, "K"), _keys(got, "V"))


def _equations(got: about.Got) -> None:
    """Q, K and V as products; cross-attention takes keys and values from the encoder's outputs."""
    read = "X" if got.is_small else r"\bar X"
    seen = r"\bar z" if got.end else read
    bias = "" if got.is_small else "+b^{}"
    rules = (f"{name}={x}W^{name}{bias.format(name)}" for name, x in zip("QKV", (read, seen, seen), strict=True))
    st.latex(r",\qquad ".join(rules))


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
