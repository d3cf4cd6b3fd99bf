"""Which translators a session can use: the shipped ones, and its own by kind and hash of their bytes."""

from collections.abc import Collection

import streamlit as st

from engine.translation import files
from ui import runs_seq2seq
from ui.language import N_, t
from ui.own import OWN, Own

OWN_FILES = Own(lambda: runs_seq2seq.own_folder(), "translators")
SHIPPED = tuple(files.SHIPPED)
PLAIN, BEST = "lstm", "gru-attention"
HELP = N_(
    "lstm, gru: one vector between encoder and decoder, the source read from its end. gru-attention: additive "
    "attention (Bahdanau); gru-attention-dot: dot product (Luong). All were trained on the same sentences of the "
    "grammar. Your own translators appear here after training or uploading."
)


def variety(found: files.Translator) -> str:
    """Kind and shape in a word, e.g. gru-attention-dot."""
    attention = {"none": "", "additive": "-attention", "dot": "-attention-dot"}[found.params.attention]
    return f"{found.params.cell}{attention}"


def add(blob: bytes) -> str:
    """Check and keep a session's own weights file; returns the translator's name. Raises InputError."""
    return OWN_FILES.add(variety(files.loads(blob, "")), blob)


def names(kinds: Collection[str] = SHIPPED, asked: str | None = None, attends: bool | None = None) -> list[str]:
    """The translators that this session can choose from; `attends`: whether own ones have attention, None: both."""
    own = [name for name in OWN_FILES.names(asked) if attends is None or attends == ("-attention" in name)]
    return [*(name for name in SHIPPED if name in kinds), *own]


def picker(
    kinds: Collection[str] = SHIPPED, first: str = BEST, key: str = "translator", attends: bool | None = None,
    label: str | None = None,
) -> str:  # fmt: skip
    """The choice of a translator, kept in the link and in the session under `key`; see `names`."""
    asked = st.query_params.get(key)
    options = names(kinds, asked, attends)
    if asked and asked not in options:
        gone = N_("The network in this link is no longer on the server; {default} is shown instead.")
        unfit = N_("The network in this link does not fit this page; {default} is shown instead.")
        st.warning(t(gone if asked.startswith(OWN) and not OWN_FILES.known(asked) else unfit, default=first))
    if st.session_state.get(key, first) not in options:
        del st.session_state[key]
    if (wanted := st.session_state.pop(f"{key}_wanted", None)) in options:
        st.session_state[key] = wanted
    chosen = st.segmented_control(
        label or t("Network"), options, default=first, key=key, required=True, bind="query-params", help=t(HELP),
        persist_state="session",
    )  # fmt: skip
    return chosen if chosen in options else first


def want(name: str, key: str = "translator") -> None:
    """Let the next picker stand at this translator, whatever page comes."""
    st.session_state[f"{key}_wanted"] = name
