"""Attention: the pictures of one translation — where it looks, and one step with its numbers."""

import numpy as np
import streamlit as st
import xarray as xr

from charts.links import links
from charts.matrix import matrix
from charts.stepper import stepper
from ui import attention as about
from ui import explanation, lstm, page
from ui.encoder_decoder_parts import likeliest
from ui.language import t
from ui.page import Figure

UNITS = 12  # of the context that are shown
SCORES = {
    "additive": r"e_{tj}=v\cdot\tanh(W_s s_{t-1}+b_s+W_h h_j)", "dot": r"e_{tj}=s_t\cdot h_j",
}  # fmt: skip


STEPS = (  # from a score to the next word
    r"\alpha_{tj}=\frac{e^{e_{tj}}}{\sum_k e^{e_{tk}}}", r"c_t=\sum_j\alpha_{tj}h_j",
    r"y_t=f(c_t,\,y_1,\dots,y_{t-1})",
)  # fmt: skip


def formulas(kind: str) -> None:
    """The equations of a step in a line that wraps between them."""
    st.markdown("\u2003 ".join(rf"$\displaystyle {{{formula}}}$" for formula in (SCORES[kind], *STEPS)))


def steps(trace: xr.Dataset) -> None:
    """The stepper over the words written, each with the word most looked at; it starts at a telling one."""
    words, weights = [str(word) for word in trace["target_label"].values], trace["weights"].values
    read, best = trace["source_label"].values, weights.argmax(1)
    index = lstm.cursor("step", len(words)) if "step" in st.query_params else about.telling(trace)
    captions = [f"{read[j]}\n{row[j]:.0%}" for j, row in zip(best, weights, strict=True)]
    chart = stepper(words, captions, "target", "step", index, strengths=weights.max(1).tolist(), hover=True)
    page.steps(chart, t("The words that are written, with the word most looked at"))


def alignment(trace: xr.Dataset, truth: xr.DataArray | None) -> None:
    """The weights as a matrix, the true links outlined, and the same weights as lines."""
    weights, said = trace["weights"], f"{about.focus(trace)} {about.order(trace)}"
    dotted = "" if truth is None else t(" · dotted: the true alignment")
    outlined = "" if truth is None else t(" · dashed: the true alignment")
    page.row(
        Figure(matrix(weights, "target", "source", outline=truth), "attention_matrix", said,
               t("**Attention** {symbol}", symbol=r"$\alpha_{tj}$") + outlined, trace),
        Figure(links(weights, truth=truth), "attention_links", said,
               t("**As lines**") + dotted, trace),
    )  # fmt: skip


def one_step(trace: xr.Dataset) -> None:
    """Scores, exponentials and weights of the words read, then what the weights mix, all at the cursor's step."""
    figures = []
    titles = (t("**1 Score**"), t("**2 Exponential**"), t("**3 Weight**"))
    for name, title in zip(("scores", "exponentials", "weights"), titles, strict=True):
        domain = {"domain": (0.0, 1.0)} if name == "exponentials" else {}
        alt = t("{what} at the step, a bar for each word read.", what=trace[name].attrs["meaning"])
        figure = page.at(trace, name, "target", alt, "attention_step", marks="bar", compact=True, **domain)
        symbol = r"e_{tj}" if name == "scores" else trace[name].attrs["symbol"]
        figures.append(figure._replace(title=f"{title} ${symbol}$"))
    page.row(*figures)
    page.row(mixture(trace), _words(trace), widths=[5, 3])


def _words(trace: xr.Dataset) -> Figure:
    among = trace["p"].isel(word=likeliest(trace)["word"].values)
    chart = matrix(among, "word", slider="target", show_slider=False, marks="bar", compact=True)
    alt = t("The likeliest words at the step, with their probabilities.")
    return Figure(chart, "attention_words", alt, t("**5 What is written then** $p_t$"), trace)


def loudest(trace: xr.Dataset) -> list[int]:
    """The units that are largest in the contexts on average, the largest first."""
    size = np.abs(trace["context"].values).mean(0)
    return np.argsort(-size, kind="stable")[:UNITS].tolist()


def mixture(trace: xr.Dataset) -> Figure:
    """What each word read adds to some units of the context, and under it the sum: the context."""
    units, n = loudest(trace), trace.sizes["source"]
    parts = np.concatenate([trace["weighed"].values, trace["context"].values[:, None]], 1)[:, :, units]
    rows = [*map(str, trace["source_label"].values), t("sum cₜ")]
    array = xr.DataArray(
        parts, dims=("target", "row", "unit"), attrs=dict(trace["weighed"].attrs),
        coords={
            "target": trace["target"], "target_label": trace["target_label"],
            "row": ("row", range(n + 1), {"word": t("word read")}), "row_label": ("row", rows),
            "unit": ("unit", units, dict(trace["unit"].attrs)),
        },
    )  # fmt: skip

    def below(picked: dict | None) -> None:
        place = dict((picked or {}).get("position", {}))
        row = place.pop("row", None)
        if row is not None:
            name = "context" if row == n else "weighed"
            at = place if row == n else place | {"source": row}
            explanation.panel(trace, {"variable": name, "position": at}, "attention_mixture")

    chart = matrix(array, "row", "unit", slider="target", show_slider=False, compact=True)
    title = t("**4 Context** {sum}: what each word adds to {n} of its {all} units, and the sum",
              sum=r"$c_t=\sum_j\alpha_{tj}h_j$", n=len(units), all=trace.sizes["unit"])  # fmt: skip
    alt = t("What each word read adds to the context at the step, unit by unit, and the sum.")
    return Figure(chart, "attention_mixture", alt, title, trace, below)
