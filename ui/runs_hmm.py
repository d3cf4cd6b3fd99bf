"""Cached runs of the hidden Markov models: a model's key and observations in, labelled results out.

A key is "preset:<name>" or the canonical JSON of a session's own model (see `ui.hmm_models.bar`).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pandas as pd
import streamlit as st
import xarray as xr

from engine import hmm
from engine.hmm import HMM, assumptions, assumptions_explain, bulk, flips, json_files, letters, long, search, underflow
from engine.hmm import trace as hmm_trace
from ui import runs

PRESET = "preset:"  # how the key of a shipped model begins


@st.cache_resource(max_entries=256, show_spinner=False)
def model(key: str) -> HMM:
    """The model behind a key. Raises InputError for an unknown preset or a text that holds no model."""
    if key.startswith(PRESET):
        return json_files.preset(key.removeprefix(PRESET)).model
    return json_files.loads(key)


@st.cache_resource(show_spinner=False)
def presets() -> dict[str, json_files.Preset]:
    """The shipped models by name, in the order of the lecture."""
    return {name: json_files.preset(name) for name in json_files.presets()}


def observed(model: HMM, O: tuple[int, ...]) -> object:
    """Positions in V as the engine wants them."""
    return hmm.observe(model, [model.V[k] for k in O])


@st.cache_data(max_entries=150, show_spinner=False)
def trace(key: str, O: tuple[int, ...]) -> xr.Dataset:
    """Every table of the three problems on one observed sequence."""
    found = model(key)
    return hmm_trace.trace(found, observed(found, O))


@st.cache_data(max_entries=500, show_spinner=False)
def sequence(key: str, T: int, seed: int) -> tuple[int, ...]:
    """T generated observations as positions in V."""
    return tuple(hmm.generate(model(key), T, seed).observations.tolist())


@st.cache_data(max_entries=150, show_spinner=False)
def sample(key: str, T: int, seed: int) -> xr.Dataset:
    """A generated sequence with every draw: rows, random numbers, intervals, shares."""
    return hmm_trace.sample_trace(model(key), T, seed)


@st.cache_data(max_entries=100, show_spinner=False)
def long_run(key: str, T: int, seed: int) -> pd.DataFrame:
    """Running shares of the states in a long sequence; columns n, state (its position), share, stationary."""
    return long.running_shares(model(key), T, seed)


@st.cache_data(max_entries=60, show_spinner=False)
def products(key: str, T: int, seed: int) -> underflow.Products:
    """How far plain products of probabilities get on a generated sequence, beside the scaled ones."""
    return underflow.products(model(key), T, seed)


@st.cache_data(max_entries=100, show_spinner=False)
def disagreement(key: str, seed: int) -> search.Found | None:
    """A generated sequence on which the decoders disagree."""
    return search.disagreement(model(key), seed)


@st.cache_data(max_entries=150, show_spinner=False)
def leads(
    key: str,
    O: tuple[int, ...],
    cell: flips.Cell,
    values: tuple[float, ...],
) -> tuple[flips.Leads, list[flips.Flip]]:
    """Viterbi's path and its lead at each value of one probability, and where the path changes."""
    found = model(key)
    places = observed(found, O)
    at_values = flips.leads(found, places, cell, values)
    return at_values, flips.flips(found, places, cell, values, at_values)


class Task(NamedTuple):
    """What Baum–Welch is asked: `data` names the sequences, `start` is a seed or the key of a model to start from,
    `truth` the key of the model that made the sequences, or "".
    """

    data: str
    S: tuple[str, ...]
    V: tuple[str, ...]
    start: int | str
    learn: tuple[str, ...]
    smoothing: float
    tolerance: float
    iterations: int
    truth: str = ""


@st.cache_resource(max_entries=8, show_spinner=False)
def name_letters(n: int) -> list[tuple[int, ...]]:
    """The letters of n shipped names, the same ones every time."""
    return [tuple(found.tolist()) for found in letters.sequences(runs.shipped_names()[0].texts, n)]


@st.cache_resource(max_entries=60, show_spinner=False)
def sampled(key: str, n: int, T: int, seed: int) -> list[tuple[int, ...]]:
    """n generated sequences of T observations."""
    return [tuple(hmm.generate(model(key), T, 1000 * seed + at).observations.tolist()) for at in range(n)]


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False)
def read_sequences(digest: str, name: str, V: tuple[str, ...], shown: tuple[str, ...], _read: Callable) -> object:
    """What `_read` makes of a text with this hash and name."""
    return _read()


def _start(task: Task) -> HMM:
    if isinstance(task.start, str):
        return model(task.start)
    return hmm.random_start(task.S, task.V, task.start)


def _climb(task: Task, sequences: list[tuple[int, ...]]) -> Iterator[hmm.Iteration]:
    start = _start(task)
    O = [observed(start, each) for each in sequences]
    options = {"learn": task.learn, "smoothing": task.smoothing, "tolerance": task.tolerance}
    return hmm.baum_welch(start, O, iterations=task.iterations, **options)


@st.cache_resource(max_entries=40, show_spinner=False)
def climb(task: Task, _sequences: list[tuple[int, ...]]) -> list[hmm.Iteration]:
    """Every iteration of Baum–Welch. Raises InputError where the start cannot produce a sequence."""
    return list(_climb(task, _sequences))


@st.cache_data(max_entries=2000, show_spinner=False)
def heights(task: Task, _sequences: list[tuple[int, ...]]) -> list[float]:
    """log P of every iteration of `climb`, its models not kept."""
    return [each.log_likelihood for each in _climb(task, _sequences)]


@st.cache_data(max_entries=60, show_spinner=False)
def learning(task: Task, shown: int, _sequences: list[tuple[int, ...]]) -> xr.Dataset:
    """The iterations with posteriors of sequence `shown`; the states in the order that fits the truth best."""
    found = climb(task, _sequences)
    truth = model(task.truth) if task.truth else None
    O = [observed(found[0].model, each) for each in _sequences]
    options = {"learn": task.learn, "smoothing": task.smoothing}
    return hmm_trace.learning_trace(found, O, shown, truth, **options)


@st.cache_resource(max_entries=60, show_spinner=False)
def learned(task: Task, _sequences: list[tuple[int, ...]]) -> HMM:
    """The model of the last iteration, its states in the order and under the names of `learning`."""
    last = climb(task, _sequences)[-1].model
    if not task.truth:
        return last
    truth = model(task.truth)
    found = hmm.permuted(last, hmm.match(last, truth))
    return HMM(truth.S, found.V, found.pi, found.A, found.B)


@st.cache_data(max_entries=200, show_spinner=False)
def log_likelihood(key: str, data: str, _sequences: list[tuple[int, ...]]) -> float:
    """log P of all sequences of that name by a model."""
    found = model(key)
    return float(bulk.log_likelihoods(found, [observed(found, each) for each in _sequences]).sum())


@st.cache_data(max_entries=150, show_spinner=False)
def broken(key: str, kind: str, strength: float, seed: int, T: int) -> xr.Dataset:
    """What an HMM loses on a source that breaks an assumption of the model."""
    found = model(key)
    return assumptions.broken(found, kind, strength, seed, T, **assumptions_explain.attrs(found))


@st.cache_data(max_entries=60, show_spinner=False)
def sweep(key: str, kind: str, strengths: tuple[float, ...], seed: int, T: int) -> xr.Dataset:
    """The same for several strengths."""
    return assumptions.sweep(model(key), kind, strengths, seed, T)
