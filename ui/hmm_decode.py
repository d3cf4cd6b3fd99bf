"""What Decode says and shows: four paths compared, a search for disagreement, the probability that flips a path."""

import math
import zlib

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from engine.hmm import axes
from engine.hmm import flips as hmm_flips
from engine.hmm import search as hmm_search
from engine.hmm.flips import Cell, Flip, Leads
from ui import hmm_models, hmm_own, hmm_tables, hmm_words, runs_hmm
from ui.language import t
from ui.page import plain

VITERBI, POSTERIOR = 2, 1  # places among the decoders
TIE = 1e-9  # in log P: two paths that are equally good
VALUES = tuple(k / 40 for k in range(41))  # of a probability that is varied
APART = 0.09  # between flips whose numbers do not run into each other on the axis
NARROW = 24  # letters of a path in a table beside a chart
FEW_RUNS = 8  # stretches of a curve that are named in its table


def names(trace: xr.Dataset, dim: str = "state") -> list[str]:
    """The labels of a dim."""
    return [str(word) for word in trace[f"{dim}_label"].values]


def finding(trace: xr.Dataset) -> str:
    """The best path with its probability, and who disagrees where."""
    paths, said = trace["path"].values, names(trace, "decoder")
    best = t(
        "Viterbi: {path}, P(X, O) = {p}.", path=hmm_words.in_words(paths[VITERBI], names(trace)),
        p=hmm_words.probability(float(trace["path_log"].values[VITERBI])),
    )  # fmt: skip
    others = [k for k in range(len(said)) if _apart(paths, k) and not _tied(trace, k)]
    if not others:
        return best + " " + t("All decoders agree.")
    apart = (t("{decoder} differs at t = {places}", decoder=said[k], places=_places(_apart(paths, k))) for k in others)
    told = t("; ").join(apart)
    return f"{best} {told[:1].upper()}{told[1:]}{t('.')}"


def _tied(trace: xr.Dataset, decoder: int) -> bool:
    """Whether a decoder's path is another one than Viterbi's, and equally good."""
    logs = trace["path_log"].values
    return bool(logs[VITERBI] - logs[decoder] < TIE and _apart(trace["path"].values, decoder))


def _apart(paths: np.ndarray, decoder: int) -> list[int]:
    """The times, from 1, at which a path is not Viterbi's."""
    return (np.flatnonzero(paths[decoder] != paths[VITERBI]) + 1).tolist()


def _places(at: list[int], most: int = 6) -> str:
    return ", ".join(map(str, at[:most])) + (" …" if len(at) > most else "")


def scale(trace: xr.Dataset) -> tuple[str, str]:
    """The switch between probabilities and logarithms: the names of nodes and arcs; logarithms where it must be."""
    options = {"prob": t("Probabilities"), "log": t("Logarithms")}
    chosen = hmm_words.one_of("scale", t("Numbers"), options, "prob")
    if chosen == "log":
        return "log_delta", "log_candidate"
    if hmm_words.underflows(trace, "log_delta"):
        st.caption(t("The probabilities are too small for float64 here: logarithms are shown."))
        return "log_delta", "log_candidate"
    return "delta", "candidate"


def lines(trace: xr.Dataset) -> xr.DataArray:
    """The decoders' paths for the trellis, named with their probabilities."""
    told = [
        f"{name}: {hmm_words.probability(float(log), 3)}"
        for name, log in zip(names(trace, "decoder"), trace["path_log"].values, strict=True)
    ]
    return trace["path"].assign_coords(decoder_label=("decoder", np.asarray(told, dtype=str)))


def table(trace: xr.Dataset) -> str:
    """The decoders as a Markdown table."""
    head = [
        t("decoder"),
        t("path"),
        "log\u00a0P(X,\u00a0O)",
        "P(X\u00a0\\|\u00a0O)",
        t("not as Viterbi"),
        t("right states expected"),
    ]
    rows = [f"| {' | '.join(head)} |", "|---|---|---:|---:|---|---:|"]
    paths, logs, T = trace["path"].values, trace["path_log"].values, trace.sizes["time"]
    for k, name in enumerate(names(trace, "decoder")):
        right = trace["gamma"].values[np.arange(T), paths[k]].sum()
        apart = _apart(paths, k)
        cells = (
            name.replace(" ", "\u00a0"), plain(hmm_words.in_lines(paths[k], names(trace))),
            hmm_words.logarithm(float(logs[k])),
            hmm_words.probability(float(logs[k] - trace["log_p"].values), 3),
            _not_viterbi(apart, _tied(trace, k)), f"{right:.3f}\u00a0/\u00a0{T}",
        )  # fmt: skip
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _not_viterbi(apart: list[int], tied: bool) -> str:
    said = f"{len(apart)} (t = {_places(apart)})".replace(" ", "\u00a0") if apart else "0"
    return said + (", " + t("equally good") if tied else "")


def _search(key: str, O: tuple[int, ...]) -> None:
    seed = st.session_state["hmm_searched"] = st.session_state.get("hmm_searched", 0) + 1
    found = runs_hmm.disagreement(key, seed)
    if found and found.observations == O:
        found = hmm_search.disagreement(runs_hmm.model(key), seed, besides=O) or found
    st.session_state["hmm_found"] = (key, found)
    if found:
        hmm_models.write(key, found.observations)


def search(key: str, O: tuple[int, ...]) -> None:
    """The button that puts a sequence into the box on which the decoders disagree, and what it found."""
    many = len(runs_hmm.model(key).S) > hmm_search.MOST_STATES
    st.button(
        t("Find a sequence where they disagree"), icon=":material/search:", key="hmm_find", on_click=_search,
        args=(key, O), disabled=many, help=t("Draws sequences from the model, short ones first."),
    )  # fmt: skip
    about, found = st.session_state.get("hmm_found", (None, None))
    if about != key:
        return
    if found is None:
        st.caption(t("In {n:,} sequences drawn from this model all three decoders agreed.", n=hmm_search.TRIES))
    elif found.observations == O and found.n_paths == 3:
        st.caption(t("Sequence {n:,} of those drawn: three decoders, three paths.", n=found.tried))
    elif found.observations == O:
        st.caption(t("In {n:,} sequences no three different paths; here are two.", n=found.tried))


def _cell(key: str, O: tuple[int, ...], trace: xr.Dataset) -> Cell:
    """The choice of one probability: its row, then its column."""
    S, V = names(trace), names(trace, "symbol")
    rows = {("pi", 0): t("π: first state")}
    rows |= {("A", i): t("A: from {state}", state=name) for i, name in enumerate(S)}
    rows |= {("B", i): t("B: in {state}", state=name) for i, name in enumerate(S)}
    mark = zlib.crc32(key.encode())
    left, right = st.columns(2)
    table_name, row = left.selectbox(
        t("Row"), list(rows), min(1, len(S)), format_func=rows.__getitem__, key=f"hmm_row_{mark}"
    )  # fmt: skip
    words = V if table_name == "B" else S
    first = int(trace[table_name].values.reshape(-1, len(words))[row].argmax())
    at = right.selectbox(
        t("Column"), range(len(words)), first, format_func=words.__getitem__,
        key=f"hmm_column_{mark}_{table_name}_{row}",
    )  # fmt: skip
    return Cell(table_name, row, axes.shown(runs_hmm.model(key), O)[at] if table_name == "B" else at)


def vary(key: str, O: tuple[int, ...], trace: xr.Dataset) -> tuple[str, pd.DataFrame, tuple[str, ...], str]:
    """One probability on a slider: what it does to the best path in words, as curve with its order, as table."""
    cell, model = _cell(key, O, trace), runs_hmm.model(key)
    now = hmm_flips.current(model, cell)
    mark = f"{zlib.crc32(key.encode())}_{cell.table}_{cell.row}_{cell.column}"
    value = st.slider(t("Its value; the rest of the row is scaled"), 0.0, 1.0, round(now, 3), 0.005, "%.3f",
                        key=f"hmm_value_{mark}")  # fmt: skip
    st.button(
        t("Put it into the model"), icon=":material/edit:", key="hmm_put", on_click=_put, args=(key, cell, value),
        disabled=abs(value - now) < 1e-3,
    )  # fmt: skip
    found, flips = runs_hmm.leads(key, O, cell, VALUES)
    here, _ = runs_hmm.leads(key, O, cell, (now, value))
    data, order = _curve(found, flips, value, here)
    return _told(here, flips, value, names(trace)), data, order, _stretches(flips, found, names(trace))


def _put(key: str, cell: Cell, value: float) -> None:
    tables = hmm_tables.edited(hmm_own.standing(key), cell.table, {(cell.row, cell.column): value}, rescale=True)
    hmm_own.commit(tables)


def _told(here: Leads, flips: list[Flip], value: float, words: list[str]) -> str:
    """What the slider's value does, and where the path flips."""
    if here.best[1] == -math.inf:
        said = t("At {value:.3f} no path is possible.", value=value)
    elif here.best[1] - here.second[1] < TIE:
        path = hmm_words.in_words(here.paths[1], words)
        said = t("At {value:.3f} {path} and another path are equally good.", value=value, path=path)
    elif (here.paths[0] == here.paths[1]).all():
        said = t("At {value:.3f} the best path is the model's own.", value=value)
    else:
        said = t("At {value:.3f} the best path is {path}.", value=value, path=hmm_words.in_words(here.paths[1], words))
    if not flips:
        return said + " " + t("No value of this probability flips the path.")
    places = ", ".join(f"{flip.value:.3g}" for flip in flips)
    return said + " " + t("The path flips at {places}.", places=places)


def _lead(best: np.ndarray, second: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return best - second


def _curve(found: Leads, flips: list[Flip], value: float, here: Leads) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Lead against value: a line for each stretch with one best path, 0 at the flips, and a dot at the slider."""
    ends = [0.0, *(flip.value for flip in flips), 1.0]
    points, rows = list(zip(VALUES, _lead(found.best, found.second).tolist(), strict=True)), []
    order = tuple(t("path {n}", n=n + 1) for n in range(len(ends) - 1))
    for name, low, high in zip(order, ends[:-1], ends[1:], strict=True):
        line = [(low, 0.0)] * (low > 0) + [at for at in points if low <= at[0] <= high] + [(high, 0.0)] * (high < 1)
        rows += [{"x": x, "y": y, "run": name, "mark": "line"} for x, y in line if math.isfinite(y)]
    lead = float(_lead(here.best, here.second)[1])
    dot = [{"x": value, "y": lead, "run": t("slider"), "mark": "dot"}] * math.isfinite(lead)
    return pd.DataFrame([*rows, *_rules(flips), *dot], columns=["x", "y", "run", "mark"]), order


def _rules(flips: list[Flip]) -> list[dict]:
    """A rule for each flip; of those that lie close together the first bears its number."""
    rows, last = [], -1.0
    for flip in flips:
        apart = flip.value - last > APART
        last = flip.value if apart else last
        mark = "rule" if flip.value < 1 - APART else "rule before"
        rows.append({"x": flip.value, "y": 0.0, "run": f"{flip.value:.3g}" if apart else "", "mark": mark})
    return rows


def _stretches(flips: list[Flip], found: Leads, words: list[str]) -> str:
    """The stretches as a Markdown table: from, to, path."""
    ends = [0.0, *(flip.value for flip in flips), 1.0]
    paths = [flip.before for flip in flips] + [flips[-1].after if flips else tuple(found.paths[-1].tolist())]
    rows = [f"| | {t('from … to')} | {t('best path')} |", "|---|---|---|"]
    for n, path in enumerate(paths[:FEW_RUNS]):
        said = plain(hmm_words.in_lines(path, words, NARROW))
        rows.append(f"| {n + 1} | {ends[n]:.3g}\u00a0…\u00a0{ends[n + 1]:.3g} | {said} |")
    rest = len(paths) - FEW_RUNS
    return "\n".join(rows) + ("\n\n" + t("and {n} more", n=rest) if rest > 0 else "")
