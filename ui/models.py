"""Which networks a session can use: the shipped ones, and its own by kind and hash of their bytes."""

import re

import streamlit as st

from engine import checkpoints, weights
from ui import runs
from ui.language import N_, t

SHIPPED = ("lecture", "elman")  # in the order of their colours and places
FIRST = "elman"  # what every page begins with: the better one
DIGITS = 8  # of the hash, in a name
MAX_OWN = 500  # networks a server keeps; the oldest go first


def add(blob: bytes) -> str:
    """Check and keep a session's own weights file; returns the network's name, e.g. mine-elman-3f592d7d.

    The name is the same in every language and session: links hold it. Raises InputError.
    """
    loaded = weights.loads(blob, "")
    name = _name(loaded.params.model, blob)
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
    is_own = bool(re.fullmatch(runs.OWN + "[a-z]{1,20}-[0-9a-f]{8,64}", name or ""))
    return is_own and (runs.own_folder() / f"{name}.safetensors").is_file()


def names() -> list[str]:
    """The networks that this session can choose from; one named in the link joins if the server still has it."""
    own = [name for name in st.session_state.get("networks", []) if _known(name)]
    asked = st.query_params.get("model")
    return [*SHIPPED, *own, *([asked] if asked not in own and _known(asked) else [])]


def want(name: str) -> None:
    """Let the next picker stand at this network, whatever page comes."""
    st.session_state["model_wanted"] = name


def picker() -> str:
    """The choice of a network, kept in the link; all pages begin with the same one."""
    asked = st.query_params.get("model")
    if asked and asked.startswith(runs.OWN) and not _known(asked):
        st.warning(t("The network in this link is no longer on the server; {default} is shown instead.", default=FIRST))
    options = names()
    if (wanted := st.session_state.pop("model_wanted", None)) in options:
        st.session_state["model"] = wanted
    chosen = st.segmented_control(
        t("Network"), options, default=FIRST, key="model", required=True,
        bind="query-params", help=t(HELP), persist_state="session",
    )  # fmt: skip
    return chosen if chosen in options else FIRST


HELP = N_(
    "lecture: the class on the slides, no tanh, the answer read from the previous state. "
    "elman: tanh, the answer read from the new state; it is the better one, and every page begins with it. "
    "Your own networks appear here after training or uploading."
)


def pair(model: str) -> tuple[str, str]:
    """The two networks that stand side by side: the lecture's left and Elman's right; an own one takes the left."""
    return (model if model not in SHIPPED else SHIPPED[0], SHIPPED[1])
