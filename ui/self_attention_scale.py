"""Self-attention: a row of scores at temperatures, and softmax with and without √d_k as d_k grows."""

import math

import pandas as pd
import streamlit as st

from charts.log_lines import Axes, log_lines
from charts.matrix import matrix
from ui import page, runs_transformer
from ui import self_attention as about
from ui.language import localise, t
from ui.page import Figure


def row_of(got: about.Got) -> None:
    """The scores of one place at temperatures: weights by a slider, entropy and gradient as curves."""
    words = got.words
    q = st.selectbox(t("Scores of"), range(len(words)), format_func=lambda k: f"{words[k]} ({k + 1})",
                     index=about.first(got), key=f"self_attention_row_{len(words)}", width=260)  # fmt: skip
    seen = got.trace["mask"].values[q].astype(bool) if not got.end else [True] * len(got.looked_at)
    scores = tuple(float(s) for s, may in zip(got["scores"].values[q], seen, strict=True) if may)
    if len(scores) < 2:
        st.caption(t("It may look at one place alone, so the one weight is 1 whatever the score."))
        return
    names = tuple(word for word, may in zip(got.looked_at, seen, strict=True) if may)
    found, d = localise(runs_transformer.tempered(scores, names)), got.trace.sizes["feature"]
    T = list(found.attrs["T"])
    one, bare = T.index(1.0), min(range(len(T)), key=lambda k: abs(T[k] - d**-0.5))
    wide, sharp = (float(found["entropy"][k]) for k in (one, bare))
    ratio = float(found["gradient"][bare]) / max(float(found["gradient"][one]), 1e-12)
    said = t("As it is, T = 1, the weights have {a:.2f} bits of entropy. Without √d_k, which is T = 1/√{d} = {T:.2f}, "
             "they would have {b:.2f}, and the gradient would be {c:.2f} times as long.", a=wide, d=d, T=d**-0.5,
             b=sharp, c=ratio)  # fmt: skip
    st.markdown(f"**{page.plain(said)}**")
    bars = matrix(found["weights"], "key", slider="temperature", marks="bar",
                  cursors={"temperature": {"param": "T", "index": one}})  # fmt: skip
    rows = [{"x": temperature, "y": float(value), "series": t(name), "part": ""}
            for name, variable in (("entropy, bits", "entropy"), ("gradient", "gradient"))
            for temperature, value in zip(T, found[variable].values, strict=True)]  # fmt: skip
    axes = Axes(t("temperature T"), "", "x", ".1f", ticks=(0.125, 0.25, 0.5, 1, 2, 4, 8, 16))
    chart = log_lines(pd.DataFrame(rows), axes, {"series": t("quantity"), "part": t("part")},
                      order=[t("entropy, bits"), t("gradient")], height=260)  # fmt: skip
    page.row(
        Figure(bars, "self_attention_T", said, t("**The weights at a temperature** $\\mathrm{{softmax}}(s/T)$"), found),
        Figure(chart, "self_attention_curves", said, t("**Entropy and gradient** over the temperature")),
    )  # fmt: skip


def by_size(got: about.Got) -> None:
    """Drawn queries and keys: what happens as they get more features."""
    found = localise(runs_transformer.saturated(12))
    sizes = found.attrs["sizes"]
    ends = [float(found[name][-1]) for name in ("entropy_scaled", "entropy_plain", "gradient_scaled", "gradient_plain")]
    said = t("With {d} features: {a:.2f} bits with √d_k, {b:.2f} without; the gradient is {c:.2f} long with it, "
             "{e:.2f} without. {most:.2f} bits would be the same weight on all {n}.", d=sizes[-1], a=ends[0], b=ends[1],
             c=ends[2], e=ends[3], most=math.log2(found.attrs["n_keys"]), n=found.attrs["n_keys"])  # fmt: skip
    st.markdown(f"**{page.plain(said)}**")
    ways = {"scaled": t("with √d_k"), "plain": t("without √d_k")}
    figures = []
    for what, title in (("entropy", t("**Entropy**, bits")), ("gradient", t("**Gradient of softmax**"))):
        rows = [{"x": size, "y": float(value), "series": name, "part": ""} for way, name in ways.items()
                for size, value in zip(sizes, found[f"{what}_{way}"].values, strict=True)]  # fmt: skip
        axes = Axes("d_k", "", "x", ".1f", ticks=sizes)
        words = {"series": t("scale"), "part": t("part")}
        chart = log_lines(pd.DataFrame(rows), axes, words, order=list(ways.values()), points=True, height=240)
        figures.append(Figure(chart, f"self_attention_{what}", said, title))
    page.row(*figures)
