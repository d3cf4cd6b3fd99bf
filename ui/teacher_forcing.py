"""Teacher forcing: two decoders in step on one pair — one is fed the true words, the other its own."""

import zlib
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.curves import curves
from charts.matrix import matrix
from charts.stepper import stepper
from engine import tokens
from ui import encoder_decoder, page, runs_seq2seq, sentence
from ui.encoder_decoder import EOS, Asked
from ui.language import N_, localise, t
from ui.page import Figure, plain

FORCED, FREE = N_("fed the true words"), N_("fed its own words")
FIRST = "Wenn es regnet, kann der alte Mann nicht im Garten arbeiten."
LONGEST, MOST_LETTERS = 40, 300  # words and letters of a translation that is typed
SOURCES = ["engine/seq2seq.py", "engine/seq2seq_trace.py", "engine/translation/exposure.py"]


class Pair(NamedTuple):
    """A sentence, its true translation (tokens with the end), and both decoders' inner values.

    own: what the second decoder wrote; part: the first step at which it wrote another word than the true one, None
    if it never did.
    """

    ask: Asked
    truth: tuple[str, ...]
    own: tuple[str, ...]
    forced: xr.Dataset
    free: xr.Dataset
    part: int | None


def truth(ask: Asked) -> tuple[str, ...] | None:
    """The true translation as tokens: the grammar's, unless another one is typed; None where there is none.

    It stands in the link as `ref`.
    """
    known, side = encoder_decoder.reference(ask), ask.translator.target
    text = tokens.Tokens(side.language, ()).join(known) if known else ""
    words = side.cut([sentence.tidy(_typed(ask, text) or text)])[0][:LONGEST]
    if not words:
        st.info(t("Type the true translation to see the decoder that is fed it, or take a sentence that the grammar "
                  "knows."), icon=":material/keyboard:")  # fmt: skip
        return None
    if strange := sentence.unknown(words, side):
        st.caption(t("Not in the vocabulary of the translations, so never written: {words}.",
                     words=", ".join(map(plain, strange))))  # fmt: skip
    return (*words, EOS)


def _typed(ask: Asked, text: str) -> str:
    """What stands in the field, at first `text`; every sentence and language has a field of its own."""
    state, of = st.session_state, (ask.text, ask.translator.target.language)
    if state.get("teacher_forcing_of") not in (None, of):
        st.query_params.pop("ref", None)
    state["teacher_forcing_of"] = of
    key = f"ref_{zlib.crc32(repr((*of, text)).encode()):08x}"
    state.setdefault(key, st.query_params.get("ref", text)[:MOST_LETTERS])
    typed = st.text_input(
        t("True translation"), key=key, max_chars=MOST_LETTERS, autocomplete="off",
        placeholder=t("the grammar does not know the sentence: type what it should say"),
    )  # fmt: skip
    if typed and typed != text:
        st.query_params["ref"] = typed
    else:
        st.query_params.pop("ref", None)
    return typed


def alone(ask: Asked) -> xr.Dataset:
    """The decoder that is fed its own words, where no true ones are known; returns its inner values."""
    own, free = _own(ask)
    said = t(
        "Fed its own words, the network writes: {words}",
        words=ask.translator.target.join([word for word in own if word != EOS]) or "∅",
    )
    st.markdown(f"#### {page.plain(said)}")
    p = np.exp(free["p_word"].values)
    index = page.cursor("step", len(own)) if "step" in st.query_params else int(p.argmin())
    with st.container():
        chips = stepper(own, [f"{each:.0%}" for each in p], "target", "step", index, strengths=p.tolist(), hover=True)
        page.steps(chips, said)
        page.row(_likeliest(free, FREE))
    return free


def _own(ask: Asked) -> tuple[tuple[str, ...], xr.Dataset]:
    """What the network writes on its own, with the end, and its inner values."""
    found = runs_seq2seq.greedy(ask.name, ask.text)
    own = (*found.tokens, *([EOS] if found.reason == "eos" else []))
    return own, localise(runs_seq2seq.inside(ask.name, ask.words, own))


def pair(ask: Asked, words: tuple[str, ...]) -> Pair:
    """Both decoders on the pair."""
    own, free = _own(ask)
    forced = localise(runs_seq2seq.inside(ask.name, ask.words, words))
    part = next((at for at, both in enumerate(zip(words, own, strict=False)) if both[0] != both[1]), None)
    if part is None and len(words) != len(own):
        part = min(len(words), len(own))
    return Pair(ask, words, own, forced, free, part)


def guesses(trace: xr.Dataset) -> list[str]:
    """The likeliest word at each step."""
    return [row[0] for row in trace.attrs["top_words"]]


def finding(found: Pair) -> str:
    """Where the two part, in a sentence."""
    if found.part is None:
        return t("They never part: fed its own words, the network writes the true translation word for word.")
    right = found.part < len(found.truth)
    return t(
        "They part at step {k}: the true word is “{truth}”, the network writes “{own}” and goes on from there.",
        k=found.part + 1, truth=found.truth[found.part] if right else "∅",
        own=found.own[found.part] if found.part < len(found.own) else "∅",
    )  # fmt: skip


def after(found: Pair) -> str:
    """How often each of them is right from the parting on."""
    if found.part is None:
        return t("A longer sentence, or a network without attention, makes it harder.")
    later = slice(found.part + 1, len(found.truth))
    truth_, forced, own = found.truth[later], guesses(found.forced)[later], found.own[later]
    if not truth_:
        return t("It was the last word.")
    n = len(truth_)
    k, m = (sum(a == b for a, b in zip(truth_, each, strict=False)) for each in (forced, own))
    return t(
        "Of the {n} words after it, the network fed the truth guesses {k} right; fed its own words, {m} stand where "
        "they should.", n=n, k=k, m=m,
    )  # fmt: skip


def steps(found: Pair) -> None:
    """The stepper: the true words, under each what either decoder writes there."""
    forced, own = guesses(found.forced), found.own
    size = max(len(found.truth), len(own))
    labels = [*found.truth, *["·"] * (size - len(found.truth))]
    captions = [f"{forced[at] if at < len(forced) else '·'}\n{own[at] if at < len(own) else '·'}" for at in range(size)]
    part = [] if found.part is None else [found.part]
    index = page.cursor("step", size) if "step" in st.query_params else (found.part or 0)
    st.caption(t("Chips: the true words. Below each: what the decoder writes that was fed the true words, then the one "
                 "that was fed its own. The mark stands where they part."))  # fmt: skip
    page.steps(stepper(labels, captions, "target", "step", index, flips=part, hover=True), finding(found))


def here(found: Pair) -> None:
    """The likeliest words of both decoders at the step."""
    page.row(_likeliest(found.forced, FORCED), _likeliest(found.free, FREE))


def _likeliest(trace: xr.Dataset, name: str) -> Figure:
    """The likeliest words of one decoder at the step, under the word that is true or was written there."""
    place = trace["target"].assign_attrs(word=t("true word here") if name == FORCED else t("written here"))
    array = trace["top_p"].assign_coords(target=place)
    look = {"marks": "bar", "compact": True, "named": trace.attrs["top_words"]}
    chart = matrix(array, "rank", slider="target", show_slider=False, **look)
    alt = t(
        "The likeliest words of the decoder at the step; it was fed {words} …", words=" ".join(trace.attrs["fed"][:4])
    )
    key = "teacher_forced_here" if name == FORCED else "teacher_free_here"
    return Figure(chart, key, alt, f"**{t(name)}**", trace)


def true_word(found: Pair) -> None:
    """The probability of the true word at each step, for both."""
    rows = []
    ids = found.ask.translator.target.encode(found.truth)
    for trace, name in ((found.forced, FORCED), (found.free, FREE)):
        p = trace["p"].values
        n = min(len(ids), len(p))
        rows += [(k + 1, float(p[k, ids[k]]), t(name)) for k in range(n)]
    data = pd.DataFrame(rows, columns=["x", "y", "run"]).assign(part="")
    chart = curves(
        data,
        t("step"),
        t("probability of the true word"),
        form="%",
        points=True,
        height=220,
        order=(t(FORCED), t(FREE)),
    )
    page.draw(chart, "teacher_forcing_true", loss_said(found), t("**The probability of the true word**, step by step"))


def loss_said(found: Pair) -> str:
    """The loss of teacher forcing on this pair."""
    total = float(found.forced["p_word"].sum())
    return t(
        "Teacher forcing's loss on this pair is {loss:.3f} a word: the mean of −log p of the true words, each after "
        "true words. What the network does alone is not in it.", loss=-total / len(found.truth),
    )  # fmt: skip


@st.fragment
def exposure(name: str) -> None:
    """After k wrong words: how often the next ones are right, over many sentences of the grammar."""
    st.subheader(t("After k wrong words"), anchor=False)
    found = runs_seq2seq.translator(name)
    if (found.source.language, found.target.language) != ("de", "en"):
        st.caption(t("This is measured on the grammar's sentences, from German to English, only."))
        return
    with st.spinner(t("Feeding wrong words …")):
        found = localise(runs_seq2seq.exposure(name))
    if not found.attrs["n_pairs"]:
        return
    share = found["accuracy"].values
    st.markdown(page.plain(exposed(found)))
    words = [t("no wrong word"), t("one wrong word"), *(t("{n} wrong words", n=k) for k in range(2, len(share)))]
    rows = [(d + 1, share[k, d], words[k], "") for k in range(len(share)) for d in range(share.shape[1])]
    data = pd.DataFrame(rows, columns=["x", "y", "run", "part"])
    look = {"order": words, "form": "%", "points": True, "height": 260}
    chart = curves(data, t("word after them"), t("share of words that are right"), **look)
    page.draw(chart, "teacher_forcing_exposure", exposed(found), t("**How often the next words are right**"))


def exposed(found: xr.Dataset) -> str:
    """The measurement in words."""
    share, n = found["accuracy"].values, found.attrs["n_pairs"]
    return t(
        "Over {n:,} sentences: with true words only, the next word is right in {a:.1%} of the cases; right after one "
        "wrong word in {b:.1%}, after {k} wrong words in {c:.1%} (standard error {e:.1%} at most).",
        n=n, a=share[0, 0], b=share[1, 0], k=len(share) - 1, c=share[-1, 0], e=float(np.max(found["error"].values)),
    )  # fmt: skip
