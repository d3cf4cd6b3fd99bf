"""What Assumptions asks and says: which assumption is broken and how much, what an HMM then loses, what shows it."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.base import Spec
from charts.curves import curves
from charts.matrix import matrix
from ui import choices, runs_hmm
from ui.language import N_, localise, t
from ui.page import Figure, plain

KINDS = {
    "second_order": N_("Finite history"), "drifting": N_("Stationarity"), "output_dependent": N_("Output independence"),
}  # fmt: skip
STRENGTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # of the curve
T = 60  # observations of a sequence
ENOUGH = 30  # how often a context must have occurred for a sentence about it
MOST_STATES, MOST_SYMBOLS = 8, 60
SIDE_BY_SIDE = 4  # states whose shares stand side by side; more by a slider


class Asked(NamedTuple):
    """Which assumption is broken, how much, and the seed of the samples."""

    kind: str
    strength: float
    seed: int


def controls(key: str) -> Asked:
    """The choice of an assumption, strength and seed, all in the link. Stops the page for too large a model."""
    model = runs_hmm.model(key)
    if len(model.S) > MOST_STATES or len(model.V) > MOST_SYMBOLS:
        st.info(t("This page takes models of up to {n} states and {m} symbols.", n=MOST_STATES, m=MOST_SYMBOLS),
                icon=":material/info:")  # fmt: skip
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = choices.one("as_kind", {word: t(name) for word, name in KINDS.items()}, _segments, "second_order",
                           link="broken")  # fmt: skip
        strength = st.slider(
            t("Strength: 0 keeps the assumption"), 0.0, 1.0, 0.7, 0.05, key="strength", bind="query-params",
            persist_state="session", width=300,
        )  # fmt: skip
        seed = st.number_input(
            t("Seed"), 0, 10**6, 0, key="as_seed", bind="query-params", persist_state="session", width=100
        )
    return Asked(kind, float(strength), int(seed or 0))


def _segments(words: list[str], at: str, **given: object) -> str:
    return st.segmented_control(t("Broken assumption"), words, default=at, required=True, wrap=True, **given)


def run(key: str, asked: Asked) -> xr.Dataset:
    """The broken source, the HMM fitted to it, and what shows the break."""
    return localise(runs_hmm.broken(key, asked.kind, asked.strength, asked.seed, T))


def finding(trace: xr.Dataset) -> str:
    """What the HMM loses, and whether that is more than chance."""
    loss, noise = float(trace["loss"]), float(trace["noise"])
    numbers = {"loss": loss, "bits": float(trace["loss_bits"]), "noise": noise}
    amount = {name: f"{value:.4f}".replace("-", "−") for name, value in numbers.items()}
    if trace.attrs["strength"] == 0:
        return t("Nothing is broken: the HMM loses {loss} nats a symbol, ± {noise}, which is what learning from a "
                 "finite sample costs.", **amount)  # fmt: skip
    if loss < 2 * noise:
        return t("The HMM loses {loss} nats ({bits} bits) a symbol, ± {noise}: not to be told from chance here.",
                 **amount)  # fmt: skip
    times = np.exp(min(loss * trace.sizes["time"], 700))
    return t("The HMM loses {loss} nats ({bits} bits) a symbol, ± {noise}: to a sequence of {n} it gives a probability "
             "{times} times too small.", n=trace.sizes["time"], times=_times(times), **amount)  # fmt: skip


def _times(x: float) -> str:
    """A factor in words: 1.97, 234,000, 10³⁴."""
    if x >= 1e9:
        return "10" + f"{np.log10(x):.0f}".translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{x:.3g}" if x < 1000 else f"{float(f'{x:.3g}'):,.0f}"


def shown(trace: xr.Dataset) -> str:
    """The largest difference between two contexts, in words."""
    shares, n = trace["conditional"].values, trace["n"].values
    known = np.where((n >= ENOUGH)[..., None], shares, np.nan)
    enough = (n >= ENOUGH).sum(0) > 1  # states with two contexts to compare
    if not enough.any():
        return t("No state was seen often enough in two contexts.")
    gaps = np.where(enough[:, None], _span(known), -1.0)
    state, outcome = np.unravel_index(gaps.argmax(), gaps.shape)
    column = known[:, state, outcome]
    high, low = int(np.nanargmax(column)), int(np.nanargmin(column))
    words = {"state": trace["state_label"], "outcome": trace["outcome_label"]}
    names = {"state": str(words["state"].values[state]), "outcome": str(words["outcome"].values[outcome])}
    contexts = [str(trace["context_label"].values[at]) for at in (high, low)]
    return t(SAYING[trace.attrs["kind"]], a=contexts[0], p=column[high], b=contexts[1], q=column[low], **names)


def _span(known: np.ndarray) -> np.ndarray:
    """The largest minus the smallest share over the contexts, 0 where nothing is known."""
    high, low = np.where(np.isnan(known), -1.0, known).max(0), np.where(np.isnan(known), 2.0, known).min(0)
    return np.maximum(high - low, 0.0)


SAYING = {
    "second_order": N_("From {state} to {outcome}: {p:.0%} where {a} came before, {q:.0%} where {b} did."),
    "drifting": N_("From {state} to {outcome}: {p:.0%} in the {a}, {q:.0%} in the {b}."),
    "output_dependent": N_("{state} emits {outcome} in {p:.0%} of cases after {a}, in {q:.0%} after {b}."),
}
ROWS = {
    "second_order": N_("**{state}:** the next state by the one before"),
    "drifting": N_("**{state}:** the next state, early and late"),
    "output_dependent": N_("**{state}:** the symbol by the one before"),
}


def figures(trace: xr.Dataset, alt: str) -> list[Figure]:
    """The shares in every context, one matrix a state; of many states one with a slider."""
    array = trace["conditional"]
    if trace.sizes["state"] > SIDE_BY_SIDE or trace.sizes["outcome"] > 8:
        return [Figure(matrix(array, "context", "outcome", slider="state"), "as_shares", alt, "", trace)]
    title = t(ROWS[trace.attrs["kind"]], state="{state}")
    return [
        Figure(matrix(array.isel(state=at), "context", "outcome"), f"as_shares_{at}", alt,
               title.format(state=plain(str(state))), trace)
        for at, state in enumerate(trace["state_label"].values)
    ]  # fmt: skip


def cumulated(trace: xr.Dataset) -> Spec:
    """How far the HMM's log P of the observations so far lies below the source's; the table has both."""
    source, hmm = (trace[name].values.cumsum() for name in ("log_source", "log_hmm"))
    name = t("source − HMM")
    data = pd.DataFrame({"x": np.arange(1, len(source) + 1), "y": source - hmm, "run": name, "part": ""})
    chart = curves(data, t("symbols so far"), t("nats"), form=".4~f", legend="none", height=260)
    table = pd.DataFrame(
        {t("symbols so far"): data["x"], t("the source itself"): source, t("the HMM"): hmm, name: data["y"]}
    )
    return chart._replace(table=lambda: table)


def swept(key: str, asked: Asked) -> Spec | None:
    """The loss against the strength; for a model of one's own after a click, for it takes a moment."""
    own = not key.startswith(runs_hmm.PRESET)
    wanted = (key, asked.kind, asked.seed)
    if own and st.session_state.get("as_swept") != wanted:
        st.button(t("Compute the loss at every strength"), key="as_sweep", on_click=_want, args=(wanted,))
        return None
    sweep = runs_hmm.sweep(key, asked.kind, STRENGTHS, asked.seed, T)
    data = pd.DataFrame({"x": STRENGTHS, "y": sweep["loss"].values, "run": t(KINDS[asked.kind]), "part": ""})
    order = [t(name) for name in KINDS.values()]
    chart = curves(data, t("strength"), t("nats a symbol"), order=order, form=".4~f", legend="none", points=True,
                   height=260)  # fmt: skip
    return chart._replace(table=lambda: chart.data[["x", "y"]].set_axis([t("strength"), t("nats a symbol")], axis=1))


def _want(wanted: tuple) -> None:
    st.session_state["as_swept"] = wanted
