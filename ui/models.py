"""Which networks a session can use: the shipped ones, and its own by the hash of their bytes."""

import re

import streamlit as st

from engine import checkpoints, weights
from ui import runs
from ui.language import N_, t

SHIPPED = ("lecture", "elman")
MAX_OWN = 500  # networks a server keeps; the oldest go first


def add(blob: bytes) -> str:
    """Check and keep a session's own weights file; returns the network's name. Raises InputError."""
    weights.loads(blob, "")
    name = runs.OWN + weights.sha256(blob)[:16]
    folder = runs.own_folder()
    checkpoints.write(folder / f"{name}.safetensors", blob)
    kept = sorted(folder.glob(f"{runs.OWN}*"), key=lambda path: path.stat().st_mtime if path.exists() else 0.0)
    for old in kept[:-MAX_OWN]:
        old.unlink(missing_ok=True)
    own = st.session_state.setdefault("networks", [])
    if name not in own:
        own.append(name)
    return name


def _known(name: str | None) -> bool:
    is_own = bool(re.fullmatch(runs.OWN + "[0-9a-f]{16}", name or ""))
    return is_own and (runs.own_folder() / f"{name}.safetensors").is_file()


def names() -> list[str]:
    """The networks that this session can choose from; one named in the link joins if the server still has it."""
    own = [name for name in st.session_state.get("networks", []) if _known(name)]
    asked = st.query_params.get("model")
    return [*SHIPPED, *own, *([asked] if asked not in own and _known(asked) else [])]


def picker(key: str = "model", default: str = "lecture") -> str:
    """The choice of a network, kept in the link."""
    asked = st.query_params.get(key)
    if asked and asked.startswith(runs.OWN) and not _known(asked):
        st.warning(
            t("The network in this link is no longer on the server; {default} is shown instead.", default=default)
        )
    options = names()
    chosen = st.segmented_control(
        t("Network"), options, default=default, key=key, required=True,
        bind="query-params", help=t(HELP), persist_state="session",
    )  # fmt: skip
    return chosen if chosen in options else default


HELP = N_(
    "lecture: the class on the slides, no tanh, the answer read from the previous state. "
    "elman: tanh, the answer read from the new state. Your own networks appear here after training or uploading."
)
