"""Positional encoding: the pictures of codes, waves, products and rotations."""

import numpy as np
import pandas as pd
import streamlit as st

from charts.curves import curves
from charts.matrix import matrix
from engine.positional_trace import MOST_STEPS
from ui import page, runs_transformer
from ui.language import localise, prose, t
from ui.page import Figure
from ui.positions import Got, checked

WAVES = {"a": 16, "b": 4}  # units at first: the number of units over this
STEP = 5  # places of the rotation at first


def maps(got: Got) -> None:
    """A row a place; what each two places have in common."""
    code, pairs = (got.trace[name] for name in got.shown)
    n, units = code.sizes["position"], code.dims[1]
    said = t("{what}, {n} places and {d} units.", what=code.attrs["meaning"], n=n, d=code.sizes[units])
    both = t("{what}, {n} by {n} places.", what=pairs.attrs["meaning"], n=n)
    look = {"compact": True, "show_values": "never"}
    page.row(
        Figure(matrix(code, "position", units, **look), f"pos_{got.kind}_map", said, page.title(code), got.trace),
        Figure(matrix(pairs, "position", "other", **look), f"pos_{got.kind}_pairs", both, page.title(pairs), got.trace),
    )  # fmt: skip


@st.fragment
def lines(got: Got) -> None:
    """Two units as waves over the places, and the products over the distance."""
    code = got.trace[got.shown[0]]
    last = code.shape[1] - 1
    left, right = st.columns(2, gap="medium")
    with left:
        columns = st.columns(2, gap="medium")
        units = [_unit(column, name, last) for column, name in zip(columns, WAVES, strict=True)]
    with right:
        st.markdown(checked(got))
    waves = [(p, float(v), t("unit {k}", k=u), "") for u in units for p, v in enumerate(code.values[:, u])]
    data = pd.DataFrame(waves, columns=["x", "y", "run", "part"])
    chart = curves(data, t("place"), t("value"), points=True, height=220)
    said = t("Units {a} and {b} over {n} places.", a=units[0], b=units[1], n=len(code))
    page.row(Figure(chart, f"pos_{got.kind}_waves", said, t("**Two units** along the places")), _distance(got))


def _unit(column, name: str, last: int) -> int:
    key = f"pos_{name}"
    if st.session_state.get(key, 0) > last:
        st.session_state[key] = last
    label = t("first unit") if name == "a" else t("second unit")
    return column.slider(label, 0, last, (last + 1) // WAVES[name], key=key, bind="query-params")


def _distance(got: Got) -> Figure:
    n, trace = got.trace.sizes["position"], got.trace
    names = {"lowest": t("smallest"), "average": t("mean"), "highest": t("largest")}
    shown = names if got.kind == "learned" else {"average": t("every pair")}
    rows = [(k, float(v), said, "") for name, said in shown.items()
            for k, v in zip(range(1 - n, n), trace[name].values, strict=True)]  # fmt: skip
    data = pd.DataFrame(rows, columns=["x", "y", "run", "part"])
    legend = "run" if len(shown) > 1 else "none"
    chart = curves(data, t("places apart"), t("value"), order=tuple(shown.values()), legend=legend, height=220)
    said = t("The dot product over the distance: {zero:.2f} at 0, {far:.2f} at {k}.", k=n - 1,
             zero=float(trace["average"][n - 1]), far=float(trace["average"][-1]))  # fmt: skip
    title = t("**Score** over the distance") if got.kind == "rotary" else t("**Dot product** over the distance")
    return Figure(chart, f"pos_{got.kind}_distance", said, title)


@st.fragment
def rotation(got: Got) -> None:
    """The matrix that takes each code to that of the place k further, and the check of it."""
    st.subheader(t("A step is a rotation"), anchor=False)
    st.latex(r"\mathrm{PE}(p+k)=R(k)\,\mathrm{PE}(p)")
    st.latex(
        r"R(k)=\mathrm{diag}_i\begin{pmatrix}\cos k\omega_i&\sin k\omega_i\\-\sin k\omega_i&\cos k\omega_i\end{pmatrix}"
    )
    st.markdown(prose("positions", 1))
    k = st.slider(t("k, places further"), 1, MOST_STEPS, STEP, key="pos_k", bind="query-params")
    attrs = got.trace.attrs
    found = localise(runs_transformer.position_rotation(attrs["n"], attrs["d"], attrs["base"], k))
    gap = float(np.abs(found["miss"].values).max())
    st.markdown("**" + t("One matrix for all {n} places: the largest difference between the two pictures on the right "
                         "is {gap:.0e}.", n=attrs["n"], gap=gap) + "**")  # fmt: skip
    page.row(*(_whole(found, name) for name in ("rotation", "rotated", "ahead")))


def _whole(found, name: str) -> Figure:
    array = found[name]
    chart = matrix(array, *array.dims, compact=True, show_values="never", domain=(-1, 1))
    return Figure(chart, f"pos_{name}", array.attrs["meaning"], page.title(array), found)
