"""Which translators a session can use: the shipped ones, and its own by kind and hash of their bytes."""

from collections.abc import Callable, Collection

import streamlit as st

from engine.translation import files
from engine.translation.kinds import RECURRENT, Params, variety
from ui import runs_seq2seq
from ui.language import N_, t
from ui.own import OWN, Own

OWN_FILES = Own(lambda: runs_seq2seq.own_folder(), "translators")
SHIPPED = tuple(name for name in files.SHIPPED if not name.startswith("transformer-"))  # offered on every page
PLAIN, BEST = "lstm", "gru-attention"
HELP = N_(
    "lstm, gru: one vector between encoder and decoder, the source read from its end. gru-attention: additive "
    "attention (Bahdanau); gru-attention-dot: dot product (Luong). transformer: attention alone, no recurrence. All "
    "were trained on the same sentences of the grammar. Your own translators appear here after training or uploading."
)
Fits = Callable[[Params], bool]  # whether a page can show a network of this kind and shape


def has_vector(params: Params) -> bool:
    """Fits pages on one vector between encoder and decoder."""
    return params.has_vector


def editable(params: Params) -> bool:
    """Fits pages that move attention by hand."""
    return params.editable


def is_recurrent(params: Params) -> bool:
    """Fits pages on states that go from word to word."""
    return params.kind == RECURRENT


def fits(name: str, asked: Fits | None) -> bool:
    """Whether the translator of this name is what a page asks for."""
    return asked is None or asked(runs_seq2seq.translator(name).params)


def opens(page: str, name: str) -> bool:
    """Whether a page can show a translator; that on the Transformer's steps has the shipped one alone."""
    if page == "transformer_decoder":
        return name == "transformer"
    return fits(name, {"attention": editable, "encoder_decoder": is_recurrent}.get(page))


def add(blob: bytes) -> str:
    """Check and keep a session's own weights file; returns the translator's name. Raises InputError."""
    return OWN_FILES.add(variety(files.loads(blob, "").params), blob)


def names(kinds: Collection[str] = SHIPPED, asked: str | None = None, own: Fits | None = None) -> list[str]:
    """The translators that this session can choose from: shipped ones by name, and of its own (with the one `asked`
    in the link) those that fit.
    """
    mine = [name for name in OWN_FILES.names(asked) if fits(name, own)]
    return [*(name for name in files.SHIPPED if name in kinds), *mine]


def picker(
    kinds: Collection[str] = SHIPPED, first: str = BEST, key: str = "translator", own: Fits | None = None,
    label: str | None = None,
) -> str:  # fmt: skip
    """The choice of a translator, kept in the link and in the session under `key`; see `names`."""
    asked = st.query_params.get(key)
    options = names(kinds, asked, own)
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
