"""The panel under a matrix: the picked cell's equation with its numbers, its terms, and the code that repeats it."""

import streamlit as st
import xarray as xr

from engine.explain import Explanation, explain
from engine.weights import SHIPPED
from ui.language import N_, t

TOP = 12  # terms shown one by one; the rest is one line

_HOW = {
    "sum": N_("sum"), "tanh": N_("tanh of the sum"), "exp": N_("e to the sum"), "log": N_("logarithm of the sum"),
    "max": N_("largest"),
}  # fmt: skip


def _terms(found: Explanation) -> None:
    table = found.terms
    head, rest = table.head(TOP), table.iloc[TOP:]
    total = table["product"].max() if found.how == "max" else table["product"].sum()
    rows = head.assign(term=head["term"]).to_dict("list")
    if len(rest):
        add = {"term": t("{n} smaller terms", n=len(rest)), "weight": None, "value": None}
        add["product"] = rest["product"].sum()
        rows = {column: [*values, add[column]] for column, values in rows.items()}
    number = st.column_config.NumberColumn
    columns = {
        "term": st.column_config.TextColumn(t("term")), "weight": number(t("weight"), format="%.4f"),
        "value": number(t("× value"), format="%.4f"), "product": number(t("= product"), format="%.5f"),
    }  # fmt: skip
    st.dataframe(rows, column_config=columns, hide_index=True, height="content", placeholder="")
    if found.how == "max":
        st.caption(t("The largest of them: {total}", total=f"{total:.6g}"))
    elif found.how == "sum":
        st.caption(t("Their sum: {total}", total=f"{total:.6g}"))
    else:
        st.caption(
            t(
                "Their sum: {total}; {how}: {value}",
                total=f"{total:.6g}",
                how=t(_HOW[found.how]),
                value=f"{found.value:.6g}",
            )
        )


def _code(trace: xr.Dataset, code: str) -> None:
    weights = trace.attrs["weights"]
    if not weights.startswith(SHIPPED.as_posix()):
        code = code.replace(weights, "my-network.safetensors")
        st.caption(t("Save this network's weights as my-network.safetensors beside the script."))
    st.code(code, language="python")


def panel(trace: xr.Dataset, picked: dict | None, key: str) -> None:
    """Explain the picked cell, {"variable", "position"}; one that is no longer there is passed over."""
    try:
        name, position = picked["variable"], {dim: int(at) for dim, at in picked["position"].items()}
        found = explain(trace, name, **position)
    except (TypeError, KeyError, IndexError, ValueError):
        return
    with st.container(border=True, key=f"{key}__explanation"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.latex(found.equation, width="stretch")
            st.button(
                "", icon=":material/close:", type="tertiary", help=t("Close"), key=f"{key}__close",
                on_click=st.session_state.pop, args=(f"{key}__picked", None),
            )  # fmt: skip
        left, right = st.columns([2, 3], gap="medium")
        with left:
            _terms(found)
        with right:
            st.caption(t("Run alone, this prints the same number: {value}", value=f"{found.value:.10g}"))
            _code(trace, found.code)
