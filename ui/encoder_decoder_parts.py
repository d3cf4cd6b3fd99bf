"""Encoder–decoder: the pictures of what is read in which order, what is handed over, what is written and nearly was."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.curves import curves
from charts.matrix import matrix
from charts.stepper import stepper
from ui import encoder_decoder as about
from ui import explanation, lstm, page, runs_seq2seq
from ui.language import N_, t
from ui.page import Figure

VIEWS = {"state": N_("states"), "gates": N_("gates")}
GATES = {"lstm": (("z", "i", "f"), ("o", "c")), "gru": (("r", "z", "n"),)}
LEAST = 0.01  # probability of a word that is shown among the likeliest
MOST_ROWS = 30
LINE = 24  # units in a line of the context vector


class Way(NamedTuple):
    """One direction of an encoder: arrow, the order in which it reads the places, its units."""

    arrow: str
    order: list[int]
    units: slice


def ways(trace: xr.Dataset) -> list[Way]:
    """The encoder's directions."""
    n, order = trace.sizes["unit"], np.argsort(trace["read_at"].values).tolist()
    if "read_back_at" not in trace:
        return [Way("←" if order and order[0] else "→", order, slice(0, n))]
    back = np.argsort(trace["read_back_at"].values).tolist()
    return [Way("→", order, slice(0, n // 2)), Way("←", back, slice(n // 2, n))]


def controls(ask: about.Asked, trace: xr.Dataset) -> tuple[str, list[int]]:
    """What is shown of the cells, and the order of the units."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        shown = lstm.buttons("encoder_decoder_shown", t("Show"), VIEWS, "state", "show")
        if lstm.buttons("encoder_decoder_order", t("Units"), lstm.ORDERS, "alike", "order") == "index":
            return shown, list(range(trace.sizes["unit"]))
    words = tuple(map(str, trace["target_label"].values))
    return shown, runs_seq2seq.alike_units(ask.name, ask.words, words)


def _words(trace: xr.Dataset) -> list[str]:
    return [str(word) for word in trace["source_label"].values]


def steps_of_reading(ask: about.Asked, trace: xr.Dataset) -> None:
    """The stepper over what the encoder reads, first what it reads first."""
    words, both = _words(trace), ways(trace)
    labels = [" · ".join(words[way.order[k]] for way in both) for k in range(len(words))]
    unread = [ask.words[way.order[k]] for k in range(len(words)) for way in both[:1]]
    captions = [word if word not in label else "" for word, label in zip(unread, labels, strict=True)]
    chart = stepper(
        labels, captions if any(captions) else (), "read", "read", lstm.cursor("read", len(labels)), hover=True
    )
    page.steps(chart, t("The order in which the encoder reads the words"))


def by_step(array: xr.DataArray, way: Way) -> xr.DataArray:
    """An encoder's variable with the steps of reading in the place of the words' places."""
    found = array.isel(source=way.order)
    words = found["source_label"].values
    found = found.drop_vars(["source", "source_label"]).rename(source="read")
    steps = ("read", np.arange(len(words)), {"word": t("reading step")})
    return found.assign_coords(read=steps, read_label=("read", words))


def strip(trace: xr.Dataset) -> Figure:
    """The sentence as it stands, its words lit up by the step at which they are read."""
    both, n = ways(trace), trace.sizes["source"]
    read = np.stack([trace["read_at" if k == 0 else "read_back_at"].values for k in range(len(both))]) + 1.0
    lit = np.where(read[None] <= np.arange(1, n + 1)[:, None, None], read, np.nan)
    array = xr.DataArray(
        lit, dims=("read", "direction", "source"), attrs={"name": "read_at", "kind": "count", "symbol": r"k_j"},
        coords={
            "source": trace["source"], "source_label": ("source", _words(trace)),
            "direction": ("direction", range(len(both)), {"word": t("direction")}),
            "direction_label": ("direction", [way.arrow for way in both]),
            "read_label": ("read", [_words(trace)[place] for place in both[0].order]),
            "read": ("read", range(n), {"word": t("reading step")}),
        },
    )  # fmt: skip
    chart = matrix(array, "direction", "source", slider="read", show_slider=False, show_values="always", domain=(0, n))
    alt = t("The sentence with the step at which each word is read.")
    return Figure(chart, "encoder_decoder_strip", alt, t("**The sentence**, numbered as it is read"))


def _explained(trace: xr.Dataset, way: Way, key: str) -> Callable[[dict | None], None]:
    """The panel for a cell that was picked by its reading step."""

    def below(picked: dict | None) -> None:
        place = dict((picked or {}).get("position", {}))
        if "read" not in place or not 0 <= place["read"] < len(way.order):
            return
        place["source"] = way.order[place.pop("read")]
        explanation.panel(trace, {"variable": picked["variable"], "position": place}, key)

    return below


def _encoder_map(trace: xr.Dataset, name: str, way: Way, units: Sequence[int], **look: object) -> Figure:
    own = [unit for unit in units if way.units.start <= unit < way.units.stop]
    array = by_step(trace[name].isel(unit=own), way)
    key = f"encoder_decoder_{name}_{'back' if way.units.start else 'there'}"
    chart = matrix(array, "unit", "read", compact=True, show_values="never", **look)
    arrow = f"{way.arrow} " if "read_back_at" in trace else ""
    alt = t("{what}, {n} units over {m} steps.", what=array.attrs["meaning"], n=len(own), m=len(way.order))
    return Figure(chart, key, alt, arrow + page.title(array), trace, _explained(trace, way, key))


def cell(trace: xr.Dataset) -> str:
    """Which cell reads and writes."""
    return "lstm" if "c_0" in trace else "gru"


def encoder(trace: xr.Dataset, units: Sequence[int], shown: str) -> None:
    """The sentence lit up, and the encoder's states or gates, a column a word it has read."""
    both = ways(trace)
    maps = [_encoder_map(trace, "h", way, units, domain=lstm.SPAN) for way in both]
    if shown == "state" and len(both) == 1:
        page.row(strip(trace), *maps)
        return
    page.row(strip(trace))
    if shown == "state":
        page.row(*maps)
        return
    for way in both:
        for names in GATES[cell(trace)]:
            page.row(*(_encoder_map(trace, name, way, units, domain=lstm.SPAN) for name in names))


def context(trace: xr.Dataset, units: Sequence[int]) -> None:
    """The context vector as a block of cells, in an LSTM with the cell beside it."""
    names = ["context_vector", *(["c_0"] if "c_0" in trace else [])]
    figures = []
    for name in names:
        array = trace[name].isel(unit=list(units))
        chart = matrix(
            array, "unit", wrap=LINE, show_values="never", **({} if name == "c_0" else {"domain": lstm.SPAN})
        )
        alt = t("{n} numbers, the largest in size {most:.2f}.", n=len(units), most=float(np.abs(array.values).max()))
        figures.append(Figure(chart, f"encoder_decoder_{name}", alt, page.title(array), trace))
    page.row(*figures)


def steps_of_writing(trace: xr.Dataset) -> None:
    """The stepper over the words that are written; it starts where the network is least sure."""
    words, p = [str(word) for word in trace["target_label"].values], np.exp(trace["p_word"].values)
    index = lstm.cursor("step", len(words)) if "step" in st.query_params else about.doubt(trace)
    chart = stepper(words, [f"{each:.0%}" for each in p], "target", "step", index, strengths=p.tolist(), hover=True)
    page.steps(chart, t("The words that are written, with their probabilities"))


def likeliest(trace: xr.Dataset) -> xr.DataArray:
    """p of the five likeliest words of each step, as rows the words that come among them; else nothing."""
    places, p = trace["top_word"].values.astype(int), trace["top_p"].values
    by_rank = dict.fromkeys(places.T[p.T >= LEAST].tolist())  # the first of every step, then the second of every step …
    kept = set(list(by_rank)[:MOST_ROWS])
    rows = [place for place in dict.fromkeys(places.ravel().tolist()) if place in kept]
    array = trace["p"].isel(word=rows)
    among = (places[:, :, None] == np.asarray(rows)).any(1)
    return array.where(xr.DataArray(among, dims=("target", "word"))).assign_attrs(array.attrs)


def decoder(trace: xr.Dataset, units: Sequence[int], shown: str) -> None:
    """The decoder's states or gates, and the words it weighs at each step and at this one."""
    array, found = trace["s"].isel(unit=list(units)), likeliest(trace)
    alt = t("{what}, {n} units over {m} steps.", what=array.attrs["meaning"], n=len(units), m=trace.sizes["target"])
    look = {"compact": True, "show_values": "never", "domain": lstm.SPAN}
    states = Figure(matrix(array, "unit", "target", **look), "encoder_decoder_s", alt, page.title(array), trace)
    said, top = about.doubtful(trace), trace.sizes["rank"]
    many = Figure(
        matrix(found, "word", "target", highlight="column_max", compact=True), "encoder_decoder_words", said,
        t("**The likeliest words at each step** $p_t$, up to {n}", n=top), trace,
    )  # fmt: skip
    look_here = {"marks": "bar", "named": trace.attrs["top_words"]}
    bars = matrix(trace["top_p"], "rank", slider="target", show_slider=False, **look_here)
    here = Figure(bars, "encoder_decoder_bars", said, t("**At this step**"), trace)
    page.row(states, many, here, widths=[4, 4, 3])
    if shown == "gates":
        for names in GATES[cell(trace)]:
            page.row(*(
                Figure(matrix(trace[f"{name}_s"].isel(unit=list(units)), "unit", "target", **look),
                       f"encoder_decoder_{name}_s", alt, page.title(trace[f"{name}_s"]), trace)
                for name in names
            ))  # fmt: skip


def ending(trace: xr.Dataset) -> None:
    """The probability of the end against the words written."""
    p = trace["p_eos"].values
    data = pd.DataFrame({"x": range(1, len(p) + 1), "y": p, "run": about.EOS, "part": ""})
    chart = curves(data, t("step"), t("probability"), form="%", legend="none", points=True, height=180)
    title = t("**The probability that the sentence ends**, step by step")
    page.draw(chart, "encoder_decoder_end", about.ending(trace), title)
