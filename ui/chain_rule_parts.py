"""Chain rule: its figures: all factors, what is behind one of them, the sums of logarithms, the smoothings."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.curves import curves
from charts.matrix import matrix
from charts.stepper import stepper
from engine.ngram import METHODS
from engine.trace import Var, label
from ui import chain_rule, chain_rule_runs, explanation, page
from ui.chain_rule_asked import ORDERS, SAID, Asked
from ui.language import localise, prose, t
from ui.page import Figure

TOP = 8  # tokens that are shown to be expected
COUNTED = ("count", "context_count", "kinds")
WIDE = 16  # columns up to which numbers stand in the cells


def steps(ask: Asked, trace: xr.Dataset, said: str) -> None:
    """The tokens, under each its factor for the chosen n and how long an n-gram was found."""
    long = trace["longest"].values
    p = trace["p"].values
    captions = [
        f"{chain_rule.number(float(p[at]))}\n{_mark(int(long[at]), ask.order)}" for at in range(trace.sizes["position"])
    ]
    tokens = [chain_rule.token(trace, at) for at in range(len(captions))]
    known, st.session_state["chain__text"] = st.session_state.get("chain__text", ask.text), ask.text
    linked = "t" in st.query_params and known == ask.text  # of another text the link says nothing
    at = page.cursor("t", len(tokens)) if linked else chain_rule.weakest(trace)
    page.steps(stepper(tokens, captions, "position", index=at), said)


def _mark(found: int, n: int) -> str:
    return f"↓{found}" if found < n else " "


def _opens(found: Sequence[xr.Dataset], key: str, dim: str) -> Callable[[dict | None], None]:
    """For below a matrix of several traces: the picked factor is explained by the trace of its row."""

    def below(picked: dict | None) -> None:
        place = dict((picked or {}).get("position", {}))
        row = place.pop(dim, -1)
        if 0 <= row < len(found):
            explanation.panel(found[row], {"variable": "p", "position": place}, key)

    return below


def _factors(found: Sequence[xr.Dataset], rows: Sequence[str], key: str, alt: str, dim: str = "n") -> Figure:
    """p of several traces as one matrix; a dashed cell is an n-gram that was never counted."""
    whole = chain_rule.grid(found, rows, dim)
    texts = [[chain_rule.number(float(p)) for p in row] for row in whole["p"].values]
    values = "auto" if whole.sizes["position"] <= WIDE else "never"
    chart = matrix(whole["p"], dim, "position", texts=texts, outline=whole["shorter"], show_values=values)
    return Figure(chart, key, alt, page.title(whole["p"]), found[0], _opens(found, key, dim))


def factors(found: Sequence[xr.Dataset], said: str) -> None:
    """All factors for all n, and how long an n-gram was found for each."""
    rows = [str(n) for n in ORDERS]
    whole = chain_rule.grid(found, rows)
    page.row(_factors(found, rows, "chain_p", said))
    one = whole["longest"].isel(n=[-1])
    seen = matrix(one, "n", "position", domain=(0, ORDERS[-1]), show_values="always")
    alt = t("How long an n-gram of the training text ends at each token.")
    page.draw(seen, "chain_longest", alt, page.title(one))


def behind(ask: Asked, trace: xr.Dataset, said: str) -> None:
    """What each order counts and says at the cursor, and what else is expected there."""
    st.subheader(t("Behind a factor"), anchor=False)
    st.markdown(prose("chain_rule", 2))
    page.row(_counted(trace, said), *_spoken(trace, said), _shares(trace, said), _expected(ask, trace))


def _by_order(trace: xr.Dataset, values: np.ndarray, name: str, symbol: str, meaning: str, kind: str) -> xr.DataArray:
    """Further values of a trace by position and order, and what else."""
    dims = ["position", "order", "what"][: values.ndim]
    axes = {"position": t("token"), "order": t("order"), "what": t("count")}
    labels = {each: trace[f"{each}_label"].values for each in dims[:2]} | {"what": ["c", "N", "T"]}
    schema = {name: Var(" ".join(dims), symbol, meaning, kind)}
    return label({name: values}, schema, {}, axes=axes, **{each: labels[each] for each in dims})[name]


def _explains(trace: xr.Dataset, key: str, names: Sequence[str]) -> Callable[[dict | None], None]:
    """For below a figure of several variables: the picked cell is explained as one of the trace's."""

    def below(picked: dict | None) -> None:
        place = dict((picked or {}).get("position", {}))
        which = place.pop("what", 0)
        if which < len(names):
            explanation.panel(trace, {"variable": names[which], "position": place}, key)

    return below


def _counted(trace: xr.Dataset, said: str) -> Figure:
    """Three counts by order at the cursor."""
    values = np.stack([trace[each].values for each in COUNTED], -1)
    whole = _by_order(trace, values, "counted", "c, N, T", t("counts by order"), "count")
    chart = matrix(
        whole, "order", "what", slider="position", show_slider=False, show_values="always", domain=(0.0, values.max())
    )
    key = "chain_counted"
    return Figure(chart, key, said, page.title(whole), trace, _explains(trace, key, COUNTED))


def _named(array: xr.DataArray) -> list[list[str]]:
    """The orders at each position, with their values in full."""
    return [[f"{k}: {chain_rule.number(float(value))}" for k, value in enumerate(row)] for row in array.values]


def _spoken(trace: xr.Dataset, said: str) -> list[Figure]:
    """What each order says, and the weight of its word."""
    figures = []
    for name in ("alpha", "weight"):
        array = trace[name].assign_attrs(kind="prob")
        most = max(1.0, float(array.max()))  # the rest shared out among few tokens may exceed 1
        chart = matrix(array, "order", slider="position", show_slider=False, marks="bar", named=_named(array),
                       domain=(0.0, most))  # fmt: skip
        figures.append(Figure(chart, f"chain_{name}", said, page.title(array), trace))
    return figures


def _shares(trace: xr.Dataset, said: str) -> Figure:
    """Who makes up the factor: α times weight, as shares of p, beside their values."""
    parts, p = trace["contribution"], trace["p"].values[:, None]
    values = np.divide(parts.values, p, out=np.zeros(parts.shape), where=p > 0)
    symbol = r"\alpha_k\,\mathrm{weight}_k/p"
    whole = _by_order(trace, values, "share", symbol, t("share of each order in the factor"), "prob")
    chart = matrix(whole, "order", slider="position", show_slider=False, marks="bar", named=_named(parts))
    key = "chain_share"
    return Figure(chart, key, said, page.title(whole), trace, _explains(trace, key, ["contribution"]))


def _expected(ask: Asked, trace: xr.Dataset) -> Figure:
    """The likeliest tokens at each position, the one that stands there among them."""
    model = chain_rule_runs.model(ask, ask.params())
    values, names = zip(*(_top(model, ask.tokens[:at], chain_rule.token(trace, at), float(p))
                          for at, p in enumerate(trace["p"].values)), strict=True)  # fmt: skip
    schema = {"expected": Var("position rank", r"P(w\mid h)", t("what is expected here"), "prob")}
    axes = {"position": t("token"), "rank": t("rank")}
    whole = label({"expected": np.array(values)}, schema, {}, axes=axes, position=trace["position_label"].values)
    chart = matrix(whole["expected"], "rank", slider="position", show_slider=False, marks="bar", named=names)
    alt = t("The likeliest tokens at the cursor; the one that stands in the text is marked.")
    return Figure(chart, "chain_expected", alt, page.title(whole["expected"]))


def _top(model, before: Sequence[str], here: str, p: float) -> tuple[list[float], list[str]]:
    """The largest probabilities after some tokens, and their tokens; the one of the text in their last place if not
    among them.
    """
    after, words = model.next(before), model.vocabulary.words
    order = np.argsort(-after, kind="stable")[:TOP].tolist()
    values = [float(after[k]) for k in order]
    names = [words[k] if after[k] else "–" for k in order]
    if here not in names:
        values[-1], names[-1] = p, here
    return values, [f"{chain_rule.visible(name)} ◂" if name == here else chain_rule.visible(name) for name in names]


def sums(found: Sequence[xr.Dataset], said: str) -> None:
    """The running sum of log p for each n, and the table of all n."""
    st.subheader(t("The product as a sum"), anchor=False)
    st.markdown(prose("chain_rule", 3))
    order, rows = [f"n = {n}" for n in ORDERS], []
    for name, trace in zip(order, found, strict=True):
        line = [0.0, *np.cumsum(trace["log_p"].values).tolist()]
        rows += [{"x": x, "y": y, "run": name, "part": ""} for x, y in enumerate(line) if np.isfinite(y)]
    chart = curves(pd.DataFrame(rows), t("tokens read"), "log P", order=order, form=".0f", points=True, height=220)
    page.draw(chart, "chain_sums", said, t("**log P of what has been read**"))
    st.markdown(chain_rule.table(found))


def smoothings(ask: Asked) -> None:
    """The same n by every method."""
    st.subheader(t("Zeros, smoothed: n = {n}", n=ask.order), anchor=False)
    st.markdown(prose("chain_rule", 4))
    found = [localise(chain_rule_runs.chain(ask, ask.params(method=method))) for method in METHODS]
    rows = [t(SAID[method]) for method in METHODS]
    said = chain_rule.compared(found, rows, ask)
    st.markdown(f"**{page.plain(said)}**")
    page.row(_factors(found, rows, "chain_methods", said, "smoothing"))
