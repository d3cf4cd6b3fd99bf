"""Which networks a session can use: the shipped ones, and its own by kind and hash of their bytes."""

from collections.abc import Collection

import streamlit as st

from engine import weights
from engine.classifier import variety
from ui import runs
from ui.language import N_, t
from ui.own import OWN, Own, kind

SHIPPED = ("lecture", "elman", "window", "gru", "lstm", "lstm-peephole", "combined", "transformer", "ngram", "hmm")
# in the order of their colours, which are eight: hmm is moved on by one, away from that of elman beside which it stands
SERIES = (*SHIPPED[:-1], "", SHIPPED[-1])
PLAIN = SHIPPED[:2]  # those whose every step the page "Step through" shows
FIRST = "elman"  # what these pages begin with: the better of the two
BEST = "combined"  # what names are scored with
OWN_FILES = Own(lambda: runs.own_folder(), "networks")


def add(blob: bytes) -> str:
    """Check and keep a session's own weights file; returns the network's name, e.g. mine-elman-3f592d7d.

    Raises InputError.
    """
    return OWN_FILES.add(variety(weights.loads(blob, "").params), blob)


def names(kinds: Collection[str] = SHIPPED, asked: str | None = None) -> list[str]:
    """The networks that this session can choose from; the one `asked` in the link joins if the server still has it.

    `kinds` are the shipped ones that a page takes; own ones join on a page that takes them all, or one of their kind.
    """
    own = OWN_FILES.names(asked)
    return [*kinds, *(name for name in own if len(kinds) == len(SHIPPED) or kind(name) in kinds)]


def want(name: str) -> None:
    """Let the next picker stand at this network, whatever page comes."""
    st.session_state["model_wanted"] = name


def opens(name: str) -> str:
    """The page that shows how this network reads a name."""
    known = {"lecture": "step", "elman": "step", "lstm": "lstm", "lstm-peephole": "lstm"}
    known |= {"ngram": "bayes", "hmm": "everything_name"}
    return known.get(name, _opens(kind(name)))


def _opens(kind_: str) -> str:
    return "step" if kind_ in PLAIN else "cells"


def picker(kinds: Collection[str] = SHIPPED, first: str = FIRST, key: str = "model") -> str:
    """The choice of a network, kept in the link and in the session under `key`; `first` where nothing was chosen."""
    asked = st.query_params.get(key)
    if asked and asked.startswith(OWN) and not OWN_FILES.known(asked):
        st.warning(t("The network in this link is no longer on the server; {default} is shown instead.", default=first))
    options = names(kinds, asked)
    if st.session_state.get(key, first) not in options:
        del st.session_state[key]
    if (wanted := st.session_state.pop("model_wanted", None)) in options:
        st.session_state[key] = wanted
    chosen = st.segmented_control(
        t("Network"), options, default=first, key=key, required=True,
        bind="query-params", help=t(HELP), persist_state="session",
    )  # fmt: skip
    return chosen if chosen in options else first


HELP = N_(
    "lecture: the class on the slides, no tanh, the answer read from the previous state. "
    "elman: tanh, the answer read from the new state. window: a network that sees the last letters only. "
    "gru, lstm, lstm-peephole: cells with gates. combined: GRUs and LSTMs that read from both ends, and a model of "
    "letter trigrams; the best. transformer: attention, every letter looks at all others. "
    "ngram, hmm: Bayes with a language model of each language, n-grams of letters or hidden states. "
    "Your own networks appear here after training or uploading."
)


def pair(model: str) -> tuple[str, str]:
    """The two networks that stand side by side: the lecture's left and Elman's right; any other takes the left."""
    return (model if model not in PLAIN else PLAIN[0], PLAIN[1])
