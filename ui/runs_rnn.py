"""Cached runs of the pages on gates, cells, memory and units: parameters in, labelled results out."""

import numpy as np
import streamlit as st
import xarray as xr

from engine import (
    gru_trace,
    influence_trace,
    lstm_difference,
    lstm_trace,
    memory_file,
    memory_trace,
    names,
    orders,
    prefixes,
    units,
    units_trace,
    weights,
)
from engine.lstm import OPEN, Switches
from engine.lstm_trace import Clamp
from engine.similarity import similarity_order
from ui import runs

# ---- In short ------------------------------------------------------------------------------------------------------


@st.cache_data(max_entries=150, show_spinner=False)
def prefix_pair(model: str, first: str, second: str) -> xr.Dataset:
    """Two folded names side by side in a recurrent network."""
    loaded = runs.network(model)
    return prefixes.pair(loaded.net, first, second, loaded.params, loaded.path)


@st.cache_data(max_entries=150, show_spinner=False)
def letter_changes(model: str, text: str) -> xr.Dataset:
    """What every other letter at every place would do to a network's later states and answers."""
    loaded = runs.network(model)
    return prefixes.changes(loaded.net, text, loaded.params, loaded.path)


@st.cache_data(max_entries=150, show_spinner=False)
def boundaries(model: str, text: str, k: int) -> xr.Dataset:
    """A text of several names read with resets, without, and by a sliding window."""
    loaded = runs.network(model)
    return prefixes.boundaries(loaded.net, text, k, loaded.params, loaded.path)


@st.cache_resource(show_spinner=False)
def all_names() -> list[str]:
    """The different names of data/names, in order."""
    train, held = runs.shipped_names()
    return sorted({*train.texts, *held.texts})


@st.cache_resource(show_spinner=False)
def endings() -> orders.Endings:
    """The model of k-th order of the training names."""
    return orders.fit(runs.shipped_names()[0])


@st.cache_resource(show_spinner=False)
def order_shares() -> tuple[np.ndarray, float]:
    """Held-out names that counting gets right: by the last k letters, k = 0, 1, …; by letters given two, whole name."""
    train, held = runs.shipped_names()
    return orders.counted(endings(), held), orders.whole_name(train, held)


@st.cache_resource(max_entries=16, show_spinner=False)
def shortened(model: str) -> orders.Shortened:
    """A network on the last k letters of the held-out names."""
    loaded = runs.network(model)
    return orders.shortened(loaded.net, names.align(runs.shipped_names()[1], loaded.params.languages))


@st.cache_data(max_entries=300, show_spinner=False)
def answers(model: str, texts: tuple[str, ...]) -> np.ndarray:
    """Probabilities of the languages after each folded text, read on its own: float64 [text, language]."""
    return orders.probabilities(runs.network(model).net, texts)


# ---- LSTM gates ----------------------------------------------------------------------------------------------------


@st.cache_data(max_entries=64, show_spinner=False)
def gates(model: str, text: str, switches: Switches = OPEN, clamp: tuple[Clamp, ...] = ()) -> xr.Dataset:
    """Every inner value of an LSTM on one folded name, with gates switched and clamped."""
    loaded = runs.network(model)
    return lstm_trace.trace(loaded.net, text, loaded.params, loaded.path, switches, clamp)


@st.cache_data(max_entries=64, show_spinner=False)
def gates_changed(model: str, text: str, switches: Switches, clamp: tuple[Clamp, ...]) -> xr.Dataset:
    """What switches and clamps change of an LSTM's reading of one folded name."""
    return lstm_difference.difference(gates(model, text, switches, clamp), gates(model, text))


@st.cache_data(max_entries=500, show_spinner=False)
def unit_order(model: str, text: str) -> list[int]:
    """The units of an LSTM, those whose outputs go together over a folded name side by side."""
    return similarity_order(gates(model, text)["y"].values)


@st.cache_data(max_entries=64, show_spinner=False)
def gru_gates(model: str, text: str) -> xr.Dataset:
    """Every inner value of a GRU on one folded name."""
    loaded = runs.network(model)
    return gru_trace.trace(loaded.net, text, loaded.params, loaded.path)


# ---- Cells side by side --------------------------------------------------------------------------------------------

CELLS = ("lecture", "elman", "gru", "lstm", "lstm-peephole", "window")  # that read a name side by side


@st.cache_data(max_entries=200, show_spinner=False)
def side_by_side(text: str, measure: str, language: int | None) -> xr.Dataset:
    """A folded name through all networks, with one measure of influence on a language or on their own answers."""
    return influence_trace.trace([runs.network(name) for name in CELLS], CELLS, text, (measure,), language)


@st.cache_data(max_entries=500, show_spinner=False)
def cell_order(text: str, network: int) -> list[int]:
    """The units of one of these networks, those whose states go together over a folded name side by side."""
    one = influence_trace.trace([runs.network(CELLS[network])], CELLS[network : network + 1], text, ())
    return similarity_order(one["h"].values[0])


# ---- What does a unit know? ----------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False)
def unit_corpus() -> units.Corpus:
    """All names of data/names, letter by letter."""
    return units.corpus(names.read_names(runs.DATA))


MOST_UNITS = 256  # of a network whose states are kept: 0.11 GB over the names of the data


@st.cache_resource(max_entries=4, show_spinner=False)
def unit_states(model: str, kept: int) -> np.ndarray:
    """A network's states after every letter of these names: float32 [unit, position]."""
    return units.states(runs.network(model).net, unit_corpus().texts, kept)


def has_units(model: str) -> int | None:
    """The units of a network that has one state of what was read after each letter, None for any other network."""
    found = units.cell(runs.network(model).net)
    return found.n_hidden if found else None


def switched(states: np.ndarray, span: units.Span, rule: units.Rule) -> np.ndarray:
    """Which units of [time, unit] switch on over the span."""
    return units.switched_on(states, span.begin, span.end, rule)


@st.cache_data(max_entries=1000, show_spinner=False)
def reference(model: str, text: str) -> tuple[str, bool]:
    """The language of a name in the data and True; of several, and of none (False), the network's answer."""
    found, languages = unit_corpus(), runs.network(model).params.languages
    mine = {found.languages[k] for k, each in zip(found.labels, found.texts, strict=True) if each == text}
    probs = answers(model, (text,))[0]
    order = [languages[k] for k in np.argsort(-probs, kind="stable")]
    return next((language for language in order if language in mine), order[0]), bool(mine)


def _units_of(model: str, kept: int) -> units_trace.Model:
    loaded = runs.network(model)
    folder = runs.DATA.relative_to(weights.ROOT).as_posix()
    return units_trace.Model(loaded.net, unit_corpus(), unit_states(model, kept), kept, loaded.path, folder)


@st.cache_data(max_entries=150, show_spinner=False)
def unit_span(model: str, kept: int, span: units.Span, rule: units.Rule, language: str) -> units_trace.Matches:
    """The units that switch on over a span, and where else they do so."""
    return units_trace.span_trace(_units_of(model, kept), span, rule, language)


@st.cache_data(max_entries=300, show_spinner=False)
def unit_contexts(model: str, kept: int, unit: int, sign: int, n: int) -> units_trace.Contexts:
    """The n places of the data where a unit is most extreme."""
    return units_trace.unit_trace(_units_of(model, kept), unit, sign, n)


def unit_example() -> xr.Dataset:
    """A small trace whose variables are the glossary of the page."""
    return unit_span("elman", 0, units.Span("Semenova", 5, 8), units.Rule(0.3), "Russian").trace


# ---- Memory --------------------------------------------------------------------------------------------------------


@st.cache_resource(max_entries=8, show_spinner=False)
def memory_runs(task: str) -> list[memory_file.Run]:
    """The shipped runs of a memory task."""
    return memory_file.shipped(task)


@st.cache_data(max_entries=8, show_spinner=False)
def memory_overview(task: str) -> xr.Dataset:
    """Share right and mean loss of every cell at every distance."""
    return memory_trace.overview(task, memory_runs(task), memory_file.path(task))


@st.cache_data(max_entries=16, show_spinner=False)
def memory_flows(task: str, distance: int) -> xr.Dataset:
    """The gradient's way back in all cells at one task and distance, and their answers to the example."""
    runs_there = [run for run in memory_runs(task) if run.params.distance == distance]
    return memory_trace.flows(runs_there, memory_file.path(task))


@st.cache_data(max_entries=80, show_spinner=False)
def memory_inside(task: str, cell: str, distance: int) -> xr.Dataset:
    """The gates of one trained network while it reads the example."""
    there = next(r for r in memory_runs(task) if (r.params.cell, r.params.distance) == (cell, distance))
    return memory_trace.inside(there, memory_file.path(task))
