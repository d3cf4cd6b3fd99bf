"""The panel under a matrix: the picked cell's equation with its numbers, its terms, and the code that repeats it."""

import re

import numpy as np
import streamlit as st
import xarray as xr

from engine.explain import HOW, Explanation, NoSuchCell, explain
from engine.weights import SHIPPED
from ui.language import t

TOP = 12  # terms shown one by one; the rest is one line


def powers(equation: str) -> str:
    r"""LaTeX with numbers such as 4.2e-07 as 4.2·10⁻⁷, which LaTeX would take for a difference."""
    return re.sub(r"(\d)e([+-]\d+)", lambda found: rf"{found[1]}\cdot10^{{{int(found[2])}}}", equation)


def _rest(found: Explanation) -> dict:
    """The line for the terms that are not shown one by one."""
    rest = found.terms["product"].iloc[TOP:]
    if found.how in ("max", "argmax", "last argmax"):
        return {"term": t("{n} others, at most", n=len(rest)), "product": rest.max()}
    whole = np.logaddexp.reduce(rest) if found.how == "logsumexp" else rest.sum()
    return {"term": t("{n} smaller terms", n=len(rest)), "product": whole}


def _terms(found: Explanation) -> None:
    rows = found.terms.head(TOP).to_dict("list")
    if len(found.terms) > TOP:
        rest = _rest(found)
        rows = {column: [*values, rest.get(column)] for column, values in rows.items()}
    number = st.column_config.NumberColumn
    columns = {
        "term": st.column_config.TextColumn(t("term")), "weight": number(t("weight"), format="%.4g"),
        "value": number(t("× value"), format="%.4g"), "product": number(t("= product"), format="%.5g"),
    }  # fmt: skip
    st.dataframe(rows, column_config=columns, hide_index=True, height="content", placeholder="")
    st.caption(f"{t(HOW[found.how][1])}: {found.value:.6g}")


def _code(trace: xr.Dataset, code: str) -> None:
    weights = trace.attrs.get("weights", "")
    if weights and weights in code and not weights.startswith(SHIPPED.as_posix()):
        code = code.replace(weights, "my-network.safetensors")
        st.caption(t("Save this network's weights as my-network.safetensors beside the script."))
    st.code(code, language="python", wrap_lines=True)


def panel(trace: xr.Dataset, picked: dict | None, key: str) -> None:
    """Explain the picked cell, {"variable", "position"}; one that is no longer there is passed over."""
    try:
        found = explain(trace, str((picked or {}).get("variable")), **(picked or {}).get("position", {}))
    except NoSuchCell:
        return
    except OSError:
        st.warning(t("The weights of this network are no longer on the server."))
        return
    with st.container(border=True, key=f"{key}__explanation"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.latex(powers(found.equation), width="stretch")
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
