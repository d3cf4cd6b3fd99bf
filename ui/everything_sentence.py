"""A sentence through everything: what is asked, what each model makes of its tokens, and that in words."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import xarray as xr

from engine import everything_sentence
from engine.readers.base import shorten
from engine.tagger import Tagged
from engine.translation.bulk import Translation
from ui import pretrained, runs_sentence, runs_work, sentence
from ui.language import t
from ui.page import plain

KEY, MOST = "english", 20
SURE = 0.99  # of a tag: from here on it is called certain
FEW, LINE = 4, 110  # unknown words that are named; characters of a translation in the headline
EOS = "<eos>"
EXAMPLES = (  # the grammar's are held out of every training of a translator
    "The child likes to drink lemonade when it is thirsty.",
    "Why does the waitress put on her scarf every day?",
    "Paul told the intelligent saleswoman the long story yesterday.",
    "Our intelligent brother did not turn on the big lamp.",
    "What would this saleswoman like to repair?",
    "The old man the boats.",
)
NAMES = ("gru", "gru-attention", "transformer")
Words = tuple[str, ...]


class Got(NamedTuple):
    """The tokens, what the n-gram models, the tagger and the translators make of them, the grammar's German ("": it
    does not say), and the pretrained encoder's trace (None: there is none, or it reads nothing in a token).
    """

    words: Words
    chances: xr.Dataset
    pieces: everything_sentence.Spans
    tagged: Tagged
    found: dict[str, Translation]
    german: str
    encoder: str
    met: xr.Dataset | None

    def written(self, name: str) -> Words:
        """What a translator has written, with its end."""
        found = self.found[name]
        return (*found.tokens, *([EOS] if found.reason == "eos" else []))

    @property
    def bits(self) -> np.ndarray:
        """The surprise of each token in bits: [order token]."""
        nats = everything_sentence.gathered(self.chances["log_p"].values, self.pieces, lambda part: part.sum(-1))
        return -nats / np.log(2)

    @property
    def looked_at(self) -> np.ndarray:
        """How often attention rests on each token while the recurrent translator with attention writes: [token]."""
        trace = runs_sentence.recurrent("gru-attention", self.words, self.written("gru-attention"))
        return trace["weights"].values.sum(0)


def asked() -> Words:
    """The controls, and the sentence as tokens; what a model does not know of it is told."""
    side = runs_sentence.translator(NAMES[0]).source
    asks = t("an English sentence"), t("Type an English sentence, or choose one of the examples.")
    text = sentence.box(side.vocabulary, EXAMPLES, t("English sentence"), KEY, asks=asks)
    st.button(t("Another sentence of the grammar"), icon=":material/casino:", key="sentence_draw", on_click=_draw,
              help=t("One that no translator has learned from."))  # fmt: skip
    words = sentence.words(text, side)
    if not words:
        st.info(asks[1], icon=":material/keyboard:")
        st.stop()
    if len(words) > MOST:
        st.warning(t("The first {n} words are shown.", n=MOST), icon=":material/content_cut:")
    return tuple(words[:MOST])


def _draw() -> None:
    """The next of the held-out sentences of middle length, in an order that is the same for everybody."""
    turn = st.session_state["sentence_turn"] = st.session_state.get("sentence_turn", -1) + 1
    side = runs_sentence.translator(NAMES[0]).source
    fair = [text for text in runs_sentence.held() if 6 <= len(text.split()) <= 14]
    sentence.replace(side.join(fair[turn % len(fair)].split()), KEY)


def got(words: Words) -> Got:
    """Every model's reading of the tokens."""
    found = {name: runs_sentence.translation(name, words) for name in NAMES}
    encoder = next(iter(pretrained.available()), "")
    met = runs_sentence.met(encoder, words) if encoder else None
    return Got(words, runs_sentence.chances(words), runs_sentence.pieces(words), runs_work.tagged(words), found,
               runs_sentence.held().get(" ".join(words), ""), encoder, met)  # fmt: skip


def strange(words: Words) -> list[bool]:
    """Which tokens the translators do not know; they read `<unk>` there."""
    side = runs_sentence.translator(NAMES[0]).source
    unknown = set(sentence.unknown(words, side))
    return [word in unknown for word in words]


def german(tokens: tuple[str, ...] | list[str]) -> str:
    """German tokens as a text."""
    return runs_sentence.translator(NAMES[0]).target.join(list(tokens)) if tokens else "—"


# ── in words ────────────────────────────────────────────────────────────────────────────────────────────────────


def finding(got: Got) -> str:
    """Whether the three translators agree."""
    said = {name: shorten(german(found.tokens), LINE) for name, found in got.found.items()}
    plainly, attends, transformer = (said[name] for name in NAMES)
    if plainly == attends == transformer:
        return t("All three translators write: {german}", german=plainly)
    if attends == transformer:
        return t(
            "With attention, recurrent or not: {german} Through one vector: {other}", german=attends, other=plainly
        )
    if plainly in (attends, transformer):
        other = transformer if plainly == attends else attends
        return t("Two of three translators write: {german} The third: {other}", german=plainly, other=other)
    return t("Three translators, three translations. The Transformer writes: {german}", german=transformer)


def doubts(got: Got) -> str:
    """Where each kind of model is least sure of the sentence, and whether they meet at one token."""
    bits, moved = got.bits[0], runs_sentence.changes(got.words, got.written("gru"))["change"].values
    hard, far = int(np.nanargmax(bits)), int(moved.argmax())
    loose = min(range(len(got.words)), key=lambda at: got.tagged.words[at].confidence)
    said = [t("The bigram expects {word} least ({bits:.1f} bits).", word=quoted(got.words[hard]), bits=bits[hard])]
    tag = got.tagged.words[loose]
    if unsure := tag.confidence < SURE:
        said.append(t("The tagger is least sure of {word}: {tag}, {p:.0%}.", word=quoted(tag.word), tag=tag.tag,
                      p=tag.confidence))  # fmt: skip
    if len(got.words) > 1:
        said.append(t("The recurrent state moves most at {word}.", word=quoted(got.words[far])))
        if hard == far or (unsure and hard == loose):
            said.append(t("More than one of them stumbles at {word}.", word=quoted(got.words[hard])))
    return " ".join([*said, *_unread(got.words)])


def _unread(words: Words) -> list[str]:
    """The tokens that no translator has learned."""
    odd = list(dict.fromkeys(word for word, is_odd in zip(words, strange(words), strict=True) if is_odd))
    if not odd:
        return []
    some = t(", ").join(map(quoted, odd[:FEW])) + (" …" if len(odd) > FEW else "")
    said = [t("The translators have never read {words}.", words=some)]
    if len(odd) > FEW:
        said.append(t("They know the words of a small grammar only: what they write here is made up."))
    return said


def checked(got: Got) -> str:
    """What the grammar says, and who learned from the sentence."""
    said = []
    if got.german:
        right = [name for name in NAMES if " ".join(got.found[name].tokens) == got.german]
        said.append(t("The grammar: {german}", german=german(got.german.split())))
        said.append(t("Exactly so: {names}.", names=t(", ").join(right)) if right else t("None writes just this."))
        said.append(t("No translator has learned from this sentence."))
    _, counted = runs_sentence.counted(got.words)
    if counted:
        said.append(t("The n-gram models have counted this very sentence."))
    return " ".join(said)


def quoted(word: str) -> str:
    """A word in quotation marks."""
    return t("“{text}”", text=word)


def table(got: Got) -> str:
    """The three translations as a Markdown table."""
    rows = [f"| {t('translator')} | {t('German')} | {t('probability, per word')} |", "|---|---|---:|"]
    for name, found in got.found.items():
        mark = " ✓" if got.german and " ".join(found.tokens) == got.german else ""
        each = found.log_prob / max(len(got.written(name)), 1)
        rows.append(f"| {name} | {plain(german(found.tokens))}{mark} | {np.exp(each):.1%} |")
    return "\n".join(rows)
