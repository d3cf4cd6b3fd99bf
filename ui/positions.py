"""Positional encoding: which kind of positions, for how many places, and what their numbers say, in words."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import xarray as xr

from engine import weights
from engine.positional_trace import MOST_PLACES, MOST_UNITS, spread
from engine.translation import files
from ui import choices, encoder_decoder, runs_seq2seq, runs_transformer, sentence
from ui.hmm_words import signed
from ui.language import N_, localise, t

KINDS = {"sinusoidal": N_("sinusoidal"), "learned": N_("learned"), "rotary": N_("rotary"), "none": N_("none")}
TRANSLATORS = {"sinusoidal": "transformer"} | {kind: f"transformer-{kind}" for kind in ("learned", "rotary", "none")}
BASES = (10, 100, 1_000, 10_000, 100_000)
N_PLACES, N_UNITS, BASE = 48, 64, 10_000
HEAD = 6  # of the rotary encoder, shown first: one whose scores differ much with the distance
SOURCES = ["engine/positional.py", "engine/positional_trace.py", "engine/positional_explain.py",
           "engine/transformer.py"]  # fmt: skip


class Got(NamedTuple):
    """The kind of positions and its quantities by name; None where nothing is added or turned."""

    kind: str
    trace: xr.Dataset | None

    @property
    def shown(self) -> tuple[str, str]:
        """The variables: a row a place, and each two places."""
        return ("turned_q", "score") if self.kind == "rotary" else ("code", "dot")


def shipped() -> dict[str, str]:
    """Kind of positions → translator that was trained with it, of those whose file is there."""
    folder = weights.ROOT / weights.SHIPPED
    return {
        kind: name for kind, name in TRANSLATORS.items() if (folder / f"{files.SHIPPED[name]}.safetensors").is_file()
    }


def asked() -> Got:
    """The controls, and what follows from them."""
    there = shipped()
    kinds = {kind: t(word) for kind, word in KINDS.items() if kind in ("sinusoidal", "none") or kind in there}
    first, *others = st.columns([8, 4, 4, 4], vertical_alignment="bottom", gap="medium")

    def show(words: list, at: object, **given: object) -> str:
        return first.segmented_control(t("Positions"), words, default=at, required=True, **given)

    kind = choices.one("positions_kind", kinds, show, "sinusoidal", "positions")
    if kind == "none":
        return Got(kind, None)
    n = others[0].slider(t("length, places"), 4, MOST_PLACES, N_PLACES, key="pos_n", bind="query-params")
    if kind == "learned":
        return Got(kind, localise(runs_transformer.learned_positions(there[kind], n)))
    if kind == "rotary":
        return Got(kind, _rotary(there[kind], n))
    d = others[1].slider(t("d, units"), 4, MOST_UNITS, N_UNITS, step=2, key="pos_d", bind="query-params")
    base = others[2].select_slider(t("base b"), BASES, BASE, key="pos_base", bind="query-params")
    return Got(kind, localise(runs_transformer.position_codes(n, d - d % 2, float(base))))


def words_read() -> tuple[str, ...]:
    """The tokens of the session's sentence; of the first example before there is one."""
    own = runs_seq2seq.translator(TRANSLATORS["sinusoidal"]).source
    asked = sentence.tidy(st.query_params.get(sentence.PARAM) or st.session_state.get("sentence", ""))
    found = "" if sentence.too_much(asked) else asked
    return tuple(sentence.words(found, own) or sentence.words(encoder_decoder.EXAMPLES[0], own))


def _rotary(name: str, n: int) -> xr.Dataset:
    """The choice of a head and of the two words whose query and key are turned."""
    params, words = runs_seq2seq.translator(name).params, words_read()
    heads = [(layer, head) for layer in range(params.n_layers) for head in range(params.n_heads)]
    columns = st.columns(3, gap="medium")
    places = range(len(words))

    def named(at: int) -> str:
        return f"{at + 1} {words[at]}"

    layer, head = columns[0].selectbox(
        t("Head"), heads, min(HEAD, len(heads) - 1), format_func=lambda at: f"{at[0] + 1}.{at[1] + 1}",
        key="pos_head", bind="query-params", help=t("Layer and head."),
    )  # fmt: skip
    query = columns[1].selectbox(t("Query of"), places, format_func=named, key="pos_query", bind="query-params")
    key = columns[2].selectbox(
        t("Key of"), places, min(1, len(words) - 1), format_func=named, key="pos_key", bind="query-params"
    )
    return localise(runs_transformer.turned(name, words, n, (layer, head, query, key)))


def finding(got: Got) -> str:
    """What the kind does, with its numbers."""
    if got.trace is None:
        return t("Nothing is added and nothing is turned: to this encoder a sentence is a bag of words.")
    n, mean = got.trace.sizes["position"], got.trace["average"].values
    far = min(10, n - 1)
    zero, one, ten = (float(mean[n - 1 + k]) for k in (0, 1, far))
    if got.kind == "learned":
        said = t(
            "One row of {d} numbers a place, to be found by training. The dot product of a row with itself is "
            "{zero:.1f} on average, with the next {one:.1f}, with the one {far} places on {ten:.1f}.",
            d=got.trace.sizes["unit"], zero=zero, one=one, ten=ten, far=far,
        )  # fmt: skip
        return signed(said)
    if got.kind == "rotary":
        back = float(mean[n - 2])
        words = _turned_words(got.trace)
        said = t(
            "The query of “{q}” gives the key of “{k}” a score of {zero:.2f} at the same place, {one:.2f} if the key "
            "stands one place later, {back:.2f} if one earlier, wherever both stand.", zero=zero, one=one, back=back,
            **words,
        )  # fmt: skip
        return signed(said)
    fast, slow = (2 * np.pi / float(got.trace["frequency"][at]) for at in (0, -1))
    said = t(
        "Each place has a pattern of its own: the first pair of units goes round every {fast:.1f} places, the last "
        "every {slow:,.0f}. The dot product of two codes: {zero:.1f} for the same place, {one:.1f} for the next, "
        "{ten:.1f} for {far} places on, wherever they stand.", fast=fast, slow=slow, zero=zero, one=one, ten=ten,
        far=far,
    )  # fmt: skip
    return signed(said)


def _turned_words(trace: xr.Dataset) -> dict[str, str]:
    read = words_read()
    _, _, query, key = trace.attrs["at"]
    return {"q": read[query], "k": read[key]}


def checked(got: Got) -> str:
    """By how much equal distances differ."""
    gap, n = spread(got.trace), got.trace.sizes["position"]
    if got.kind == "learned":
        said = t("Nothing makes equal distances equal here: among places equally far apart the products differ by up "
                 "to {gap:.1f}.", gap=gap)  # fmt: skip
        unread = got.trace.attrs["unread"]
        if unread is None or unread >= n:
            return said
        return t("{said} From place {k} on every row is as it was drawn before training: no sentence reached that far.",
                 said=said, k=unread)  # fmt: skip
    return t("Checked on all {pairs:,} pairs of places: among those equally far apart the values differ by {gap:.0e} "
             "at most.", pairs=n * n, gap=gap)  # fmt: skip
