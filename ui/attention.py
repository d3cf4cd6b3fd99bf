"""Attention: what is asked and answered, where the network looks, and how well that agrees with the truth, in words."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import xarray as xr

from engine import alignment, tokens
from engine.grammar import Pair
from engine.grammar.pairs import TARGETS
from ui import runs_seq2seq, sentence, translators
from ui.encoder_decoder import EOS, EXAMPLES, Answer, Asked
from ui.language import localise, t
from ui.page import plain

KINDS = ("gru-attention", "gru-attention-dot")
SOURCES = [
    "engine/seq2seq.py", "engine/seq2seq_trace.py", "engine/seq2seq_explain.py", "engine/alignment.py",
    "engine/translation/intervention.py",
]  # fmt: skip


def asked() -> Asked:
    """The controls: translator and sentence, and what the network does not know of it."""
    left, right = st.columns([4, 3], vertical_alignment="bottom", gap="small")
    with right:
        name = translators.picker(KINDS, own=translators.editable)
    own = runs_seq2seq.translator(name).source
    with left:
        text = sentence.box(own.vocabulary if own.kind == "words" else (), EXAMPLES, t("German sentence"))
    words = sentence.words(text, own)
    sentence.say_unknown(words, own)
    if not words:
        st.info(t("The network sees no word in this."), icon=":material/keyboard:")
        st.stop()
    before = st.session_state.get("attention_of")
    st.session_state["attention_of"] = (name, text)
    if before not in (None, (name, text)):
        st.query_params.pop("step", None)
    return Asked(name, text, tuple(words))


def written(got: Answer) -> tuple[str, ...]:
    """The tokens that the network writes, with the end."""
    return tuple(map(str, got.trace["target_label"].values))


# ── where it looks ─────────────────────────────────────────────────────────────────────────────────────────────


class Looks(NamedTuple):
    """Of each written word, the end left out if there is another: the place most looked at, its weight, and over how
    many words attention is spread (e to its entropy).
    """

    words: list[str]
    place: np.ndarray
    weight: np.ndarray
    spread: np.ndarray


def looks(trace: xr.Dataset) -> Looks:
    """Where attention is at each written word."""
    words, weights = [str(word) for word in trace["target_label"].values], trace["weights"].values
    if len(words) > 1 and words[-1] == EOS:
        words, weights = words[:-1], weights[:-1]
    logs = np.log(np.where(weights > 0, weights, 1))
    return Looks(words, weights.argmax(1), weights.max(1), np.exp(-(weights * logs).sum(1)))


def crossings(place: np.ndarray) -> int:
    """Pairs of written words that look at the source in the other order."""
    return int((np.triu(place[:, None] > place[None], 1)).sum())


def telling(trace: xr.Dataset) -> int:
    """The step with the widest jump ahead or back; without one, the most spread."""
    found = looks(trace)
    jumps = np.abs(np.diff(found.place, prepend=found.place[:1]))
    return int(jumps.argmax()) if crossings(found.place) else int(found.spread.argmax())


def focus(trace: xr.Dataset) -> str:
    """The sharpest and the most spread step."""
    found, read = looks(trace), trace["source_label"].values
    a, b = int(found.spread.argmin()), int(found.spread.argmax())
    said = t("Sharpest at word {k}, “{word}”: {p:.0%} on “{source}”.", k=a + 1, word=found.words[a],
             p=found.weight[a], source=read[found.place[a]])  # fmt: skip
    if a == b:
        return said
    rest = t("Most spread at word {k}, “{word}”: as wide as {n:.1f} words, no more than {p:.0%} on one.",
             k=b + 1, word=found.words[b], n=found.spread[b], p=found.weight[b])  # fmt: skip
    return f"{said} {rest}"


def order(trace: xr.Dataset) -> str:
    """Where the order of the words differs."""
    found, read = looks(trace), trace["source_label"].values
    n, m = crossings(found.place), len(found.words) * (len(found.words) - 1) // 2
    if not n:
        return t("It goes through the sentence from left to right: no two links cross.")
    jumps = np.diff(found.place)
    ahead, back = int(jumps.argmax()), int(jumps.argmin())
    words = {"back": found.words[back + 1], "to": read[found.place[back + 1]], "n": -jumps[back]}
    if jumps[ahead] < 2:
        said = t("The order differs: for “{back}” it jumps back by {n}, to “{to}”.", **words)
    else:
        said = t(
            "The order differs: for “{ahead}” it jumps ahead by {m}, to “{there}”; for “{back}” back by {n}, to "
            "“{to}”.", ahead=found.words[ahead + 1], there=read[found.place[ahead + 1]], m=jumps[ahead], **words,
        )  # fmt: skip
    return f"{said} {t('Of {all} pairs of links, {n} cross.', all=m, n=n)}"


# ── the truth ──────────────────────────────────────────────────────────────────────────────────────────────────


def pair(ask: Asked) -> Pair | None:
    """The grammar's translation with its links, where it knows the sentence and the network reads it word by word."""
    own = ask.translator
    fits = own.source.kind == own.target.kind == "words" and own.source.language == "de"
    if not fits or own.target.language not in TARGETS:
        return None
    words = tuple(tokens.words([ask.text], "de")[0]) if own.source.lower else ask.words
    found = runs_seq2seq.known_pair(words, own.target.language)
    return found if found and len(found.source) == len(ask.words) else None


def right(ask: Asked, known: Pair) -> tuple[str, ...]:
    """The grammar's words as the network writes them, with the end."""
    lower = ask.translator.target.lower
    return (*(word.lower() if lower else word for word in known.target), EOS)


def truth(ask: Asked, trace: xr.Dataset, known: Pair | None) -> xr.DataArray | None:
    """The true links (target, source) of what was written; None where they are not known."""
    weights = trace["weights"]
    if known is None or right(ask, known) != tuple(map(str, trace["target_label"].values)):
        return None
    cells = np.zeros(weights.shape, bool)
    for source, target in known.links:
        cells[target, source] = True
    return xr.DataArray(cells, dims=weights.dims, attrs={"meaning": t("true alignment")})


def agreement(ask: Asked, known: Pair) -> alignment.Agreement:
    """The links of the largest weights, while the grammar's words are written, against the true ones."""
    trace = runs_seq2seq.inside(ask.name, ask.words, right(ask, known))
    return alignment.agreement(alignment.links(trace["weights"].values[:-1]), known.links)


def agreed(ask: Asked, got: Answer, known: Pair | None) -> str:
    """How many true links the largest weights find; Markdown."""
    if known is None:
        return t("The grammar does not know this sentence, so there is no true alignment to compare with.")
    found = agreement(ask, known)
    said = t("Each word linked with its largest weight, {hit} of {n} true links are found: alignment error rate "
             "**{aer:.2f}**.", hit=found.hit, n=found.sure, aer=found.aer)  # fmt: skip
    if right(ask, known) == written(got):
        return said
    words = plain(ask.translator.target.join(known.target))
    other = t("The grammar says: “{reference}” The true links belong to these words, so it was made to write them.",
              reference=words)  # fmt: skip
    return f"{other} {said}"


def other(ask: Asked, name: str) -> Asked | None:
    """The same sentence for another translator; None where the two do not translate the same languages."""
    mine, its = ask.translator, runs_seq2seq.translator(name)
    if (mine.source.language, mine.target.language) != (its.source.language, its.target.language):
        return None
    return Asked(name, ask.text, tuple(sentence.words(ask.text, its.source)))


def edited(ask: Asked, got: Answer, words: tuple[str, ...], edits: runs_seq2seq.Edits) -> xr.Dataset:
    """All inner values under edits of attention, in the session's words."""
    trace = localise(runs_seq2seq.inside(ask.name, ask.words, words, edits))
    return trace.assign_coords(source_label=got.trace["source_label"])
