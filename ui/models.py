"""Which networks a session can use: the shipped ones, and its own by kind and hash of their bytes."""

import re
from collections.abc import Collection

import streamlit as st

from engine import checkpoints, weights
from engine.classifier import variety
from ui import runs
from ui.language import N_, t

SHIPPED = ("lecture", "elman", "window", "gru", "lstm", "lstm-peephole", "combined")  # in the order of their colours
PLAIN = SHIPPED[:2]  # those whose every step the page "Step through" shows
FIRST = "elman"  # what these pages begin with: the better of the two
BEST = "combined"  # what names are scored with
DIGITS = 8  # of the hash, in a name
MAX_OWN = 500  # networks a server keeps; the oldest go first


def add(blob: bytes) -> str:
    """Check and keep a session's own weights file; returns the network's name, e.g. mine-elman-3f592d7d.

    The name is the same in every language and session: links hold it. Raises InputError.
    """
    loaded = weights.loads(blob, "")
    name = _name(variety(loaded.params), blob)
    folder = runs.own_folder()
    checkpoints.write(folder / f"{name}.safetensors", blob)
    kept = sorted(folder.glob(f"{runs.OWN}*"), key=lambda path: path.stat().st_mtime if path.exists() else 0.0)
    for old in kept[:-MAX_OWN]:
        old.unlink(missing_ok=True)
    own = st.session_state.setdefault("networks", [])
    if name not in own:
        own.append(name)
    return name


def _name(kind: str, blob: bytes) -> str:
    """Kind and first digits of the hash; more digits where another file has those."""
    digest = weights.sha256(blob)
    for digits in range(DIGITS, len(digest), DIGITS):
        name = f"{runs.OWN}{kind}-{digest[:digits]}"
        path = runs.own_folder() / f"{name}.safetensors"
        if not path.is_file() or path.read_bytes() == blob:
            break
    return name


def _known(name: str | None) -> bool:
    is_own = bool(re.fullmatch(runs.OWN + "[a-z0-9-]{1,40}-[0-9a-f]{8,64}", name or ""))
    return is_own and (runs.own_folder() / f"{name}.safetensors").is_file()


def kind(name: str) -> str:
    """What a network is: its own name, or kind and shape of one that a session brought."""
    return name.removeprefix(runs.OWN).rsplit("-", 1)[0] if name.startswith(runs.OWN) else name


def names(kinds: Collection[str] = SHIPPED, asked: str | None = None) -> list[str]:
    """The networks that this session can choose from; the one `asked` in the link joins if the server still has it.

    `kinds` are the shipped ones that a page takes; own ones join on a page that takes them all, or one of their kind.
    """
    own = [name for name in st.session_state.get("networks", []) if _known(name)]
    own += [asked] if asked not in own and _known(asked) else []
    return [*kinds, *(name for name in own if len(kinds) == len(SHIPPED) or kind(name) in kinds)]


def want(name: str) -> None:
    """Let the next picker stand at this network, whatever page comes."""
    st.session_state["model_wanted"] = name


def opens(name: str) -> str:
    """The page that shows how this network reads a name."""
    return {"lecture": "step", "elman": "step", "lstm": "lstm", "lstm-peephole": "lstm"}.get(name, _opens(kind(name)))


def _opens(kind_: str) -> str:
    return "step" if kind_ in PLAIN else "cells"


def picker(kinds: Collection[str] = SHIPPED, first: str = FIRST, key: str = "model") -> str:
    """The choice of a network, kept in the link and in the session under `key`; `first` where nothing was chosen."""
    asked = st.query_params.get(key)
    if asked and asked.startswith(runs.OWN) and not _known(asked):
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
    "letter trigrams; the best. "
    "Your own networks appear here after training or uploading."
)


def pair(model: str) -> tuple[str, str]:
    """The two networks that stand side by side: the lecture's left and Elman's right; any other takes the left."""
    return (model if model not in PLAIN else PLAIN[0], PLAIN[1])
