"""Encoder → decoder: which sentence, what is written, and what the steps show, in words."""

from typing import NamedTuple

import streamlit as st
import xarray as xr

from engine.translation.bulk import Translation, most
from ui import encoder_decoder, page, runs_seq2seq, runs_transformer, sentence
from ui.encoder_decoder import EOS, EXAMPLES, Answer, Asked
from ui.language import N_, localise, t

SOURCES = ["engine/transformer.py", "engine/transformer_block.py", "engine/transformer_trace.py",
           "engine/transformer_explain.py", "engine/translation/decoding.py",
           "engine/translation/stepwise.py"]  # fmt: skip
NETWORK = "transformer"
NEXT = {
    "decoding": (N_("Search and force words on this sentence"), ":material/account_tree:"),
    "teacher_forcing": (N_("Feed it the true words, or its own"), ":material/school:"),
    "heads": (N_("Look at single heads"), ":material/grid_view:"),
}


class Got(NamedTuple):
    """What was asked, the answer, the decoder's inner values while it writes it."""

    ask: Asked
    found: Translation
    written: tuple[str, ...]
    trace: xr.Dataset


def asked() -> Got:
    """The control, and what follows from it."""
    own = runs_seq2seq.translator(NETWORK).source
    text = sentence.box(own.vocabulary if own.kind == "words" else (), EXAMPLES, t("German sentence"))
    words = tuple(sentence.words(text, own))
    sentence.say_unknown(words, own)
    if not words:
        st.info(t("The network sees no word in this."), icon=":material/keyboard:")
        st.stop()
    before = st.session_state.get("transformer_decoder_of")
    st.session_state["transformer_decoder_of"] = text
    if before not in (None, text):
        st.query_params.pop("step", None)
    found = runs_seq2seq.greedy(NETWORK, text)
    written = (*found.tokens, *([EOS] if found.reason == "eos" else []))
    return Got(Asked(NETWORK, text, words), found, written, localise(_trace(words, written)))


def _trace(words: tuple[str, ...], written: tuple[str, ...]) -> xr.Dataset:
    return runs_transformer.decoder_trace(NETWORK, words, written)


def as_targets(trace: xr.Dataset) -> xr.Dataset:
    """The words' variables with the words written as the labels of their axis, called `target`."""
    names = ["p", "p_word", "p_eos", "top_p", "top_word"]
    found = trace[names].drop_vars("query_label").rename(query="target")
    return found.assign_coords(target_label=("target", list(trace.attrs["target"]))).assign_attrs(trace.attrs)


def finding(got: Got) -> str:
    """Sentence and translation in one line."""
    return encoder_decoder.finding(got.ask, _answer(got))


def _answer(got: Got) -> Answer:
    return Answer(got.found, encoder_decoder.reference(got.ask), got.trace)


def verdict(got: Got) -> str:
    """How likely the network holds its translation, and whether it is the grammar's; Markdown."""
    return encoder_decoder.verdict(got.ask, _answer(got))


def doubtful(got: Got) -> str:
    """At which word it was least sure."""
    return encoder_decoder.doubtful(as_targets(got.trace))


def ending(got: Got) -> str:
    """What `<eos>` does over the steps."""
    return encoder_decoder.ending(as_targets(got.trace))


def never(got: Got) -> str:
    """What happens if `<eos>` may never be chosen; Markdown."""
    found, limit = runs_transformer.endless(NETWORK, got.ask.words), most(len(got.ask.words))
    own = got.ask.translator.target
    text = page.plain(own.join(found.tokens))
    return t("Forbidden to say {eos}, it goes on until the limit stops it after {n} words (twice those read and ten): "
             "{text}", eos="`<eos>`", n=limit, text=f"*{text}*")  # fmt: skip


def further(got: Got) -> None:
    """The pages that go on with this sentence."""
    with st.container(horizontal=True):
        for name, (label, icon) in NEXT.items():
            link = {"s": got.ask.text, "translator": NETWORK}
            st.page_link(f"pages/{name}.py", label=t(label), icon=icon, query_params=link)
