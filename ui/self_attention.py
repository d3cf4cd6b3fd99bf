"""Self-attention: the small head with its own numbers, or a head of a trained network; and what it does, in words."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from engine.attention_teaching import DEFAULTS, LARGEST, Teaching, fit
from engine.errors import InputError
from ui import choices, runs_seq2seq, runs_transformer, sentence
from ui.encoder_decoder import EOS, EXAMPLES
from ui.language import N_, localise, t

NETWORK = "transformer"
MODES = {"small": N_("d = 4, numbers of your own"), "trained": N_("a trained network")}
VIEWS = {"encoder": N_("encoder"), "decoder": N_("decoder, masked"), "cross": N_("cross-attention")}
MATRICES = ("X", "W_Q", "W_K", "W_V")
PARAM = "m"  # the numbers in the link
SOURCES = ["engine/attention.py", "engine/attention_teaching.py", "engine/transformer_values.py",
           "engine/transformer_attention_explain.py", "engine/softmax_scale.py"]  # fmt: skip


class Got(NamedTuple):
    """The trace of one head and what its variables are called: dims query and `key`, `end` behind the names; whole:
    the trace that proves its cells.
    """

    trace: xr.Dataset
    whole: xr.Dataset
    is_small: bool
    end: str
    key: str
    x: str

    def __getitem__(self, name: str) -> xr.DataArray:
        """A variable of the head."""
        return self.trace[f"{name}{self.end}" if name not in ("mask", "X", *MATRICES) else name]

    @property
    def words(self) -> list[str]:
        """The places that look."""
        return [str(word) for word in self.trace["query_label"].values]

    @property
    def looked_at(self) -> list[str]:
        """The places that are looked at."""
        return [str(word) for word in self.trace[f"{self.key}_label"].values]


def asked() -> Got:
    """The controls, and what follows from them."""
    names = {key: t(word) for key, word in MODES.items()}
    mode = choices.one("self_attention_mode", names, _buttons(t("Head")), "small", "mode")
    return _small() if mode == "small" else _trained()


def _buttons(label: str):
    def show(words: list, at: object, **given: object):
        return st.segmented_control(label, words, default=at, required=True, **given)

    return show


# ── the small head ─────────────────────────────────────────────────────────────────────────────────────────────


def _small() -> Got:
    causal = st.session_state.get("causal", st.query_params.get("causal") == "true")
    try:
        given = Teaching(**{name: fit(table) for name, table in standing().items()}, causal=bool(causal))
    except InputError as error:
        st.warning(t(error.template, **error.params))
        given = Teaching(causal=bool(causal))
    trace = localise(runs_transformer.taught(given))
    return Got(trace, trace, True, "", "key", "X")


def standing() -> dict[str, np.ndarray]:
    """The four matrices as they were left, or as the link has them."""
    state, asked = st.session_state, st.query_params.get(PARAM)
    if "teaching" not in state or (asked and asked != state.get("teaching_link")):
        state["teaching"] = _linked(asked) if asked else {name: np.array(DEFAULTS[name]) for name in MATRICES}
        state["teaching_serial"] = state.get("teaching_serial", 0) + 1
        state["teaching_link"] = asked
    return {name: _edited(name, table) for name, table in state["teaching"].items()}


def _edited(name: str, base: np.ndarray) -> np.ndarray:
    """A matrix with what was typed into its table; an emptied cell is 0."""
    table, edits = base.copy(), st.session_state.get(slot(name), {}).get("edited_rows", {})
    for row, cells in edits.items():
        for column, value in cells.items():
            table[int(row), int(column) - 1] = np.clip(float(value or 0), -LARGEST, LARGEST)
    return table


def slot(name: str) -> str:
    """The key of a matrix's table."""
    return f"teaching_{name}_{st.session_state.get('teaching_serial', 0)}"


def _linked(text: str) -> dict[str, np.ndarray]:
    """The matrices of a link; one that cannot be read is told and left out."""
    shapes = {name: np.array(DEFAULTS[name]).shape for name in MATRICES}
    n = sum(math.prod(shape) for shape in shapes.values())
    try:
        numbers = np.array([float(part) for part in text[:2_000].split(",")])
        if len(numbers) != n or not (np.abs(numbers) <= LARGEST).all():
            raise ValueError(text)
    except ValueError:
        st.warning(t("The numbers in this link cannot be read; the ones at first are shown."))
        return {name: np.array(DEFAULTS[name]) for name in MATRICES}
    found, start = {}, 0
    for name, shape in shapes.items():
        found[name] = numbers[start : start + math.prod(shape)].reshape(shape)
        start += math.prod(shape)
    return found


def keep(tables: dict[str, np.ndarray]) -> None:
    """Let the link hold the numbers where they are not those at first."""
    numbers = np.concatenate([tables[name].reshape(-1) for name in MATRICES])
    first = np.concatenate([np.array(DEFAULTS[name]).reshape(-1) for name in MATRICES])
    if np.array_equal(numbers, first):
        st.query_params.pop(PARAM, None)
        st.session_state["teaching_link"] = None
        return
    text = ",".join(f"{number:g}" for number in numbers)
    if st.query_params.get(PARAM) != text:
        st.query_params[PARAM] = text
    st.session_state["teaching_link"] = text


def table_of(name: str) -> pd.DataFrame:
    """A matrix as a table to type into."""
    base = st.session_state["teaching"][name]
    return pd.DataFrame(base, columns=[str(k + 1) for k in range(base.shape[1])])


# ── a trained head ─────────────────────────────────────────────────────────────────────────────────────────────


def _trained() -> Got:
    own = runs_seq2seq.translator(NETWORK)
    layers, heads = own.params.n_layers, own.params.n_heads
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        names = {key: t(word) for key, word in VIEWS.items()}
        view = choices.one("self_attention_view", names, _buttons(t("Whose heads")), "encoder", "view")
        layer, head = _place("of_layer", t("Layer"), layers, layers), _place("of_head", t("Head"), heads, 1)
    text = sentence.box(own.source.vocabulary, EXAMPLES, t("German sentence"))
    words = tuple(sentence.words(text, own.source))
    sentence.say_unknown(words, own.source)
    if not words:
        st.info(t("The network sees no word in this."), icon=":material/keyboard:")
        st.stop()
    if view == "encoder":
        trace = runs_transformer.encoder_trace(NETWORK, words)
    else:
        found = runs_seq2seq.greedy(NETWORK, text)
        written = (*found.tokens, *([EOS] if found.reason == "eos" else []))
        trace = runs_transformer.decoder_trace(NETWORK, words, written)
    whole, end = localise(trace), "_c" if view == "cross" else ""
    trace = whole.isel(layer=layer, head=head)
    return Got(trace, whole, False, end, "source" if end else "key", "normed_c" if end else "normed")


def _place(what: str, label: str, n: int, first: int) -> int:
    """Which of n, from 0; in the link from 1."""
    names = {str(k + 1): str(k + 1) for k in range(n)}
    return int(choices.one(f"self_attention_{what}", names, _buttons(label), str(first), what)) - 1


# ── in words ───────────────────────────────────────────────────────────────────────────────────────────────────


def first(got: Got) -> int:
    """The place that is shown first: the one whose largest weight, itself left out, is the largest."""
    weights = got["weights"].values.copy()
    if not got.end:
        np.fill_diagonal(weights, -1)
    return int(weights.max(1).argmax())


def finding(got: Got) -> str:
    """Where a place looks most, and what it takes."""
    q = first(got)
    weights = got["weights"].values[q]
    best = int(weights.argmax())
    others = np.delete(np.arange(len(weights)), best)
    said = t("The sharpest row: “{word}” looks most at “{other}”, weight {p:.0%}.", word=got.words[q],
             other=got.looked_at[best], p=weights[best])  # fmt: skip
    if not len(others):
        return said
    second = int(others[weights[others].argmax()])
    rest = t("Its row of Z is {p:.0%} the value of “{other}” and {r:.0%} that of “{next}”.", p=weights[best],
             other=got.looked_at[best], r=weights[second], next=got.looked_at[second])  # fmt: skip
    return f"{said} {rest}"
