"""What Evaluate says and shows: log P(O) in three ways, sums of columns, how far plain products get."""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from ui import hmm_words, page, runs_hmm
from ui.language import t
from ui.page import Figure

DIRECTIONS = {"forward": ("alpha", "arrival"), "backward": ("beta", "departure")}
LENGTHS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
NARROW = 12  # observations of which three tables stand side by side
POINTS = 120  # of a curve
TWO_DECIMALS = 0.005  # what a cell of a matrix can tell from 0
DIGITS = 15  # of a logarithm that is compared


def ways(trace: xr.Dataset) -> dict[str, float]:
    """log P(O) by each way that was taken."""
    logs = {"forward": "log_p", "backward": "log_p_backward", "brute": "log_p_brute"}
    found = {way: float(trace[name].values) for way, name in logs.items()}
    return {way: log for way, log in found.items() if not math.isnan(log)}


def finding(trace: xr.Dataset) -> str:
    """P(O) and whether the ways agree."""
    logs = list(ways(trace).values())
    p, gap = hmm_words.probability(logs[0]), max(logs) - min(logs)
    if gap > 1e-6:
        return hmm_words.signed(t("P(O) = {p}; the ways differ by {gap:.1e}.", p=p, gap=gap))
    if len(logs) == 3 and _paths(trace) == 1:
        return t("P(O) = {p}: forward, backward and the only path agree.", p=p)
    if len(logs) == 3:
        return t("P(O) = {p}: forward, backward and all {n:,} paths agree.", p=p, n=_paths(trace))
    return t("P(O) = {p}: forward and backward agree.", p=p)


def _paths(trace: xr.Dataset) -> int:
    return trace.sizes["state"] ** trace.sizes["time"]


def direction() -> str:
    """The switch between the forward and the backward trellis."""
    return hmm_words.one_of(
        "direction", t("Direction"), {"forward": t("Forward α"), "backward": t("Backward β")}, "forward"
    )


def tables(trace: xr.Dataset, way: str) -> tuple[str, str]:
    """The names of the nodes and the arcs of a direction: logarithms where plain numbers underflow, which is said."""
    nodes, arcs = DIRECTIONS[way]
    if not hmm_words.underflows(trace, "log_alpha", "log_beta"):
        return nodes, arcs
    st.caption(t("The probabilities are too small for float64 here: logarithms are shown."))
    return f"log_{nodes}", f"log_{arcs}"


def three_ways(trace: xr.Dataset) -> str:
    """The three ways as a Markdown table, and the largest difference between them."""
    logs, n = ways(trace), _paths(trace)
    names = {
        "forward": (t("forward"), r"$\sum_i\alpha_T(i)$"),
        "backward": (t("backward"), r"$\sum_i\pi_i\,b_i(O_1)\,\beta_1(i)$"),
        "brute": (t("brute force"), rf"$\sum_X P(X,O)$, $N^T={_power(trace)}$"),
    }
    rows = [f"| | | {t('log P(O)')} | P(O) |", "|---|---|---|---|"]
    for way, (name, rule) in names.items():
        told = (_full(logs[way]), hmm_words.probability(logs[way], 12)) if way in logs else (t("too many paths"), "")
        rows.append(f"| {name} | {rule} | {told[0]} | {told[1]} |")
    gap = max(logs.values()) - min(logs.values())
    said = (
        hmm_words.signed(t("Largest difference: {gap:.1e}.", gap=gap))
        if gap
        else t("They are equal to the last digit.")
    )
    if "brute" not in logs:
        seconds = n // 1_000_000
        years = seconds / 31_557_600 if seconds < 10**300 else math.inf
        said += " " + (
            t("At a million paths a second the sum over all paths takes {n:,} seconds.", n=seconds)
            if seconds < 10**7
            else t("At a million paths a second the sum over all paths takes {n} years.", n=f"{years:.1g}")
            if years < math.inf
            else t("No computer will ever add up that many paths.")
        )
    return "\n".join(rows) + "\n\n" + said


def _power(trace: xr.Dataset) -> str:
    N, T = trace.sizes["state"], trace.sizes["time"]
    tens = T * math.log10(N)
    if tens < 9:
        return f"{N}^{{{T}}}={N**T:,}".replace(",", "{,}")
    return rf"{N}^{{{T}}}\approx 10^{{{tens:.0f}}}"


def _full(log: float) -> str:
    return f"{log:.{DIGITS}g}".replace("-", "−")


def readable(trace: xr.Dataset) -> tuple[str, str, str]:
    """α, β and γ for a matrix; α and β as logarithms where two decimals would not tell them from 0, which is said."""
    if all(trace[name].values[trace[name].values > 0].min() >= TWO_DECIMALS for name in ("alpha", "beta")):
        return "alpha", "beta", "gamma"
    st.caption(t("α and β stand as logarithms here: with two decimals most of them would read 0.00."))
    return "log_alpha", "log_beta", "gamma"


def column_sums(trace: xr.Dataset) -> xr.DataArray:
    """Σ_j α_t(j) = P(O_1…O_t) by time, as logarithms where they get small."""
    logs = np.log(trace["c"].values).cumsum()
    if logs.min() < math.log(TWO_DECIMALS):
        values, symbol, kind = logs, r"\log\sum_j\alpha_t(j)=\sum_{k\le t}\log c_k", "log"
    else:
        values, symbol, kind = trace["alpha"].values.sum(1), r"\sum_j\alpha_t(j)=P(O_1\ldots O_t)", "prob"
    attrs = {"name": "column_sum", "symbol": symbol, "kind": kind, "meaning": t("column sum of α")}
    return trace["c"].copy(data=values).assign_attrs(attrs)


def sums(trace: xr.Dataset) -> str:
    """In words: how the sums fall, and what the scaled ones say."""
    c = trace["c"].values
    return t(
        "The last column of α sums to {p}, not to 1: it is P(O). The largest fall is at t = {t}, where {symbol} had "
        "probability c = {c:.3g}.",
        p=hmm_words.probability(float(trace["log_p"].values)), t=int(c.argmin()) + 1, c=float(c.min()),
        symbol=trace["time_label"].values[int(c.argmin())],
    )  # fmt: skip


def controls() -> tuple[int, int]:
    """Length and seed of the long sequence, both in the link."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        T = st.select_slider(
            t("Length T"), LENGTHS, 1000, format_func=lambda n: f"{n:,}", key="length", bind="query-params", width=420
        )
        seed = st.number_input(t("Seed"), 0, 2**31 - 1, 0, key="long_seed", bind="query-params", width=150)
    return int(T), int(seed or 0)


def underflow(key: str, T: int, seed: int) -> tuple[str, pd.DataFrame, tuple[str, ...]]:
    """The finding, the curves for the chart, and the order of their names."""
    found = runs_hmm.products(key, LENGTHS[-1], seed)
    names = {"scaled": t("scaled: Σ log c"), "float64": t("plain, float64"), "float32": t("plain, float32")}
    curves = {"scaled": found.scaled[:T]} | {name: values[:T] for name, values in found.plain.items()}
    parts = [_curve(values, names[name]) for name, values in curves.items()]
    for place, (name, values) in enumerate(found.plain.items()):
        if len(values) < T:
            at = len(values) + 1
            mark = ("rule" if at < 0.6 * T else "rule before") + (" 2" if place else "")
            rule = {"x": at, "y": 0.0, "run": t("{name}: 0 from t = {t:,} on", name=name, t=at), "mark": mark}
            parts.append(pd.DataFrame([rule]))
    return _said(found.plain, found.scaled, T), pd.concat(parts, ignore_index=True), tuple(names.values())


def _curve(values: np.ndarray, name: str) -> pd.DataFrame:
    at = np.unique(np.linspace(0, max(0, len(values) - 1), min(POINTS, len(values))).round().astype(int))
    return pd.DataFrame({"x": at + 1, "y": values[at], "run": name, "mark": "line"})


def _said(plain: dict[str, np.ndarray], scaled: np.ndarray, T: int) -> str:
    ends = {name: len(values) + 1 for name, values in plain.items()}
    most = len(scaled)
    if ends["float64"] > most:
        return t("Plain products survive all {n:,} observations of this model.", n=most)
    said = t(
        "Plain products are exactly 0 from t = {a:,} on in float64, from t = {b:,} on in float32; scaled, log10 P of "
        "{T:,} observations is {log:,.1f}.",
        a=ends["float64"], b=ends["float32"], T=T, log=scaled[T - 1],
    )  # fmt: skip
    return hmm_words.signed(said)


def span(array: xr.DataArray) -> tuple[float, float] | None:
    """The colour scale of a table of logarithms: down to its least number; None for the kind's own."""
    values = array.values[np.isfinite(array.values)]
    return (min(float(values.min()), -1.0), 0.0) if array.attrs["kind"] == "log" and len(values) else None


def table(trace: xr.Dataset, name: str) -> Figure:
    """A table of states over time as a matrix, its cells explained."""
    look = {"domain": span(trace[name]), "highlight": "column_max"}
    return page.whole(trace, name, _in_words(trace, name), f"evaluate_{name}", **look)


def falling(trace: xr.Dataset, alt: str) -> tuple[Figure, ...]:
    """The sums of the columns of α, the scaled table, and the factors c."""
    fall = column_sums(trace)
    return (
        Figure(matrix(fall, None, "time", domain=span(fall)), "evaluate_sums", alt, page.title(fall)),
        table(trace, "alpha_hat"),
        Figure(matrix(trace["c"], None, "time"), "evaluate_c", alt, page.title(trace["c"]), trace),
    )


def side_by_side(figures: Iterable[Figure]) -> None:
    """Figures over time in one row, of a long time each in its own."""
    figures = list(figures)
    if figures[0].chart.header["columns"]["size"] <= NARROW:
        page.row(*figures)
        return
    for figure in figures:
        page.row(figure)


def _in_words(trace: xr.Dataset, name: str) -> str:
    """The meaning of a table of states over time, and the likeliest state of its last column."""
    last = int(np.nan_to_num(trace[name].values[-1], nan=-np.inf).argmax())
    return t(
        "{what}. Largest at the end: {state}.", what=page.title(trace[name]), state=trace["state_label"].values[last]
    )
