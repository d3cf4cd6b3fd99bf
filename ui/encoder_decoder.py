"""Encoder–decoder: one sentence through a translator — what is asked, what it answers, and both in words."""

import math
from collections.abc import Collection
from typing import NamedTuple

import streamlit as st
import xarray as xr

from engine import bleu, tokens
from engine.grammar.pairs import TARGETS
from engine.translation.bulk import Translation
from engine.translation.files import Translator
from ui import hmm_words, runs_seq2seq, sentence, translators
from ui.language import localise, t
from ui.page import plain

EXAMPLES = (
    "Mein Bruder muss am Montag das alte Fahrrad in der Garage reparieren.",
    "Ich bin Student.",
    "Er hat das Buch nicht gelesen.",
    "Wann kommt der Zug an?",
    "Wir bleiben zu Hause, weil es regnet.",
    "Wenn es regnet, kann der alte Mann nicht im Garten arbeiten.",
)
RECURRENT = ("lstm", "gru", "gru-attention", "gru-attention-dot")  # shipped
EOS, UNK = "<eos>", "<unk>"
SOURCES = ["engine/seq2seq.py", "engine/seq2seq_trace.py", "engine/seq2seq_explain.py", "engine/search.py"]


class Asked(NamedTuple):
    """A sentence and who translates it: the translator's name, the text, its tokens."""

    name: str
    text: str
    words: tuple[str, ...]

    @property
    def translator(self) -> Translator:
        """The translator itself."""
        return runs_seq2seq.translator(self.name)


def asked(
    first: str | None = None,
    kinds: Collection[str] = RECURRENT,
    own: translators.Fits | None = translators.is_recurrent,
) -> Asked:
    """The controls: translator and sentence, at first `first`, and what the network does not know of it.

    kinds, own: which translators can be chosen, see `ui.translators.names`.
    """
    above = st.container()
    name = translators.picker(kinds, translators.PLAIN, own=own)
    side = runs_seq2seq.translator(name).source
    with above:
        known = side.vocabulary if side.kind == "words" else ()
        text = sentence.box(known, EXAMPLES, t("German sentence"), first=first)
    words = sentence.words(text, side)
    sentence.say_unknown(words, side)
    if not words:
        st.info(t("The network sees no word in this."), icon=":material/keyboard:")
        st.stop()
    _afresh(name, text)
    return Asked(name, text, tuple(words))


def _afresh(name: str, text: str) -> None:
    """Another sentence or network is shown from where it says most, whatever steps the link named before."""
    before = st.session_state.get("encoder_decoder_of")
    st.session_state["encoder_decoder_of"] = (name, text)
    if before not in (None, (name, text)):
        for param in ("read", "step"):
            st.query_params.pop(param, None)


class Answer(NamedTuple):
    """What the network answers: its translation, what the grammar says (None: unknown), all inner values."""

    found: Translation
    reference: tuple[str, ...] | None
    trace: xr.Dataset


def answer(ask: Asked) -> Answer:
    """The network's own translation of the sentence, the likeliest word at every step."""
    found = runs_seq2seq.greedy(ask.name, ask.text)
    written = (*found.tokens, *([EOS] if found.reason == "eos" else []))
    trace = localise(runs_seq2seq.inside(ask.name, ask.words, written))
    return Answer(found, reference(ask), _with_unknown(trace, ask))


def _with_unknown(trace: xr.Dataset, ask: Asked) -> xr.Dataset:
    """The words as the network reads them: those that it does not know are `<unk>`."""
    own = ask.translator.source
    read = [word if word in own.index else UNK for word in ask.words]
    labels = trace["source_label"]
    return trace.assign_coords(source_label=("source", read, labels.attrs))


def reference(ask: Asked) -> tuple[str, ...] | None:
    """The grammar's translation in words, in small letters if the network knows no capitals; None where it has none.

    ask: anything with a translator and a text.
    """
    target = ask.translator.target
    if ask.translator.source.language != "de" or target.language not in TARGETS:
        return None
    pair = runs_seq2seq.known_pair(tuple(tokens.words([ask.text], "de")[0]), target.language)
    return pair and tuple(word.lower() if target.lower else word for word in pair.target)


def said(ask: Asked, found: Translation) -> list[str]:
    """The translation in words, as the grammar counts them."""
    own = ask.translator.target
    return found.tokens if own.kind == "words" else tokens.words([own.join(found.tokens)], own.language)[0]


def finding(ask: Asked, got: Answer) -> str:
    """Sentence and translation in one line."""
    own = ask.translator.target
    return t("{source} → {target}", source=ask.text, target=own.join(got.found.tokens) or "∅")


def verdict(ask: Asked, got: Answer) -> str:
    """How likely the network holds its translation, and whether it is the grammar's; Markdown."""
    log = got.found.log_prob
    p, log = hmm_words.probability(log, 3), hmm_words.logarithm(log, 4)
    if got.found.reason == "eos":
        parts = [t("Its probability, all words and the end together: {p} (log P = {log}).", p=p, log=log)]
    else:
        parts = [t("The probability of its words, without an end: {p} (log P = {log}).", p=p, log=log)]
        parts.append(t("It never said {eos} and was stopped after {n} words.", eos=f"`{EOS}`", n=len(got.found.tokens)))
    own, ours = ask.translator.target, said(ask, got.found)
    if got.reference is None:
        parts.append(t("The grammar does not know this sentence, so nothing here says what would be right."))
    elif ours == list(got.reference):
        parts.append(t("**Word for word what the grammar says.**"))
    else:
        shown = plain(tokens.Tokens(own.language, ()).join(got.reference))
        score = 100 * bleu.sentence(ours, [got.reference])
        parts.append(t("**The grammar says: {reference}** BLEU {bleu:.1f}.", reference=shown, bleu=score))
    return " ".join(parts)


def passes(ask: Asked, trace: xr.Dataset) -> str:
    """How many numbers go from the encoder to the decoder, in a sentence."""
    units, words = trace.sizes["unit"], trace.sizes["source"]
    if "c_0" in trace:
        told = t("{n} numbers in $s_0$ and {n} more in the cell $c_0$: {all} numbers carry {words} words.",
                 n=units, all=2 * units, words=words)  # fmt: skip
    else:
        told = t("{n} numbers in $s_0$ carry {words} words.", n=units, words=words)
    if "weights" not in trace:
        return t(
            "{told} That is all the decoder ever learns of the sentence, were it one word long or forty.", told=told
        )
    return t(
        "{told} With attention more passes: at every step the decoder also looks back at all {words} outputs $h_j$, "
        "{all:,} numbers, and takes a mixture of them.", told=told, words=words, all=words * units,
    )  # fmt: skip


def doubt(trace: xr.Dataset) -> int:
    """The step at which the written word was least sure."""
    return int(trace["p_word"].values.argmin())


def ending(trace: xr.Dataset) -> str:
    """What `<eos>` does over the steps, in a sentence."""
    p = trace["p_eos"].values
    if len(p) == 1:
        return t("The probability of the end is {p:.1%} at the only step.", p=p[-1])
    return t("The probability of the end stays at {most:.1%} or less up to step {k} and is {p:.1%} at the last one.",
             most=p[:-1].max(), k=len(p) - 1, p=p[-1])  # fmt: skip


def doubtful(trace: xr.Dataset) -> str:
    """At which word the network was least sure, and what it nearly wrote."""
    at = doubt(trace)
    words, p = trace.attrs["top_words"][at], trace["top_p"].values[at]
    here = str(trace["target_label"].values[at])
    other, q = next((each for each in zip(words, p, strict=True) if each[0] != here), (here, 0.0))
    if q < 0.0005:
        return t("Sure of every word: the least sure is word {k}, {word}, with {p:.2%}.", k=at + 1, word=here,
                 p=math.exp(trace["p_word"].values[at]))  # fmt: skip
    return t("Least sure at word {k}: {word} {p:.1%}, next to it {other} {q:.1%}.",
             k=at + 1, word=here, p=math.exp(trace["p_word"].values[at]), other=other, q=q)  # fmt: skip
