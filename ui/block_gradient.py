"""One block: gradients by layer, with and without the residual; the trained decoder, and deep untrained stacks."""

import pandas as pd
import streamlit as st
import xarray as xr

from charts.curves import curves
from charts.log_lines import Axes, log_lines
from charts.matrix import matrix
from ui import page, runs_transformer
from ui.block import NETWORK, Got
from ui.language import localise, prose, t
from ui.page import Figure

DEPTHS = (2, 4, 8, 16, 24)


SMALL = 1e-12  # what is less is rounding


def _table(trace: xr.Dataset, name: str) -> pd.DataFrame:
    ways = [str(way) for way in trace["way_label"].values]
    return pd.DataFrame([
        {"x": layer + 1, "y": float(value), "series": way, "part": ""}
        for way, row in zip(ways, trace[name].values, strict=True) for layer, value in enumerate(row)
    ])  # fmt: skip


def _figure(trace: xr.Dataset, name: str, key: str, title: str) -> Figure:
    ways, n = [str(way) for way in trace["way_label"].values], trace.sizes["layer"]
    words, meaning = {"series": t("residual"), "part": t("part")}, trace[name].attrs["meaning"]
    table = _table(trace, name)
    if name == "gradient":
        ticks = tuple(float(layer) for layer in range(1, n + 1, max(1, n // 6)))
        axes = Axes(t("layer"), t("length of the gradient"), "y", ".0e", ticks=ticks)
        chart = log_lines(table.assign(y=table["y"].clip(lower=SMALL)), axes, words, order=ways, height=240)
    else:
        data = table.rename(columns={"series": "run"})
        chart = curves(data, t("layer"), t("mean cosine"), order=ways, form=".1f", points=True, height=240)
    return Figure(chart, key, t("{what}, by layer, with and without the residual.", what=meaning), title, trace)


def finding(trace: xr.Dataset) -> str:
    """What becomes of the words and of the gradient."""
    with_it, without = trace["gradient"].values[:, 0]
    told = alike(trace)
    if without > SMALL:
        return told + " " + t("The gradient that reaches layer 1 is {a:.2g} long with it, {b:.2g} without.", a=with_it,
                              b=without)  # fmt: skip
    return told + " " + t("The gradient that tells one word from the others is {a:.2g} long at layer 1 with it; "
                          "without it nothing but rounding is left (below {b:.0e}).", a=with_it, b=SMALL)  # fmt: skip


def alike(trace: xr.Dataset) -> str:
    """How alike the words have become in the last layer."""
    kept, lost = trace["alike"].values[:, -1]
    return t("In layer {n} the rows of two words have a mean cosine of {p:.2f} with the residual, of {q:.2f} "
             "without it.", n=trace.sizes["layer"], p=kept, q=lost)  # fmt: skip


def show(got: Got) -> None:
    """Both stacks, and the findings above them."""
    st.markdown(prose("block", 5))
    depth = st.select_slider(t("Layers of the untrained stack"), DEPTHS, 8, key="depth", bind="query-params")
    drawn = localise(runs_transformer.drawn_gradients(depth, 0))
    st.markdown(f"**{page.plain(finding(drawn))}**")
    page.row(
        _figure(drawn, "alike", "block_alike", t("**Untrained**, {n} layers: how alike the words become", n=depth)),
        _figure(drawn, "gradient", "block_drawn", t("**Untrained**, {n} layers: the gradient", n=depth)),
    )  # fmt: skip
    trained = localise(runs_transformer.gradients(NETWORK, got.ask.words, got.written))
    st.markdown(t("**The trained decoder, on this sentence.** {said}", said=page.plain(alike(trained))))
    array = trained["alike"]
    what = t("{what}, by layer, with and without the residual.", what=array.attrs["meaning"])
    page.draw(matrix(array, "way", "layer", show_values="always"), "block_trained_alike", what, page.title(array),
              trace=trained)  # fmt: skip
