"""Weights files that sessions brought or trained: kept by the server under kind and hash until it ends."""

import re
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from engine import checkpoints, weights

OWN = "mine-"  # names of networks that a session brought: this, the kind of network, first digits of the file's sha256
DIGITS = 8  # of the hash, in a name
MOST, MOST_BYTES = 500, 2 * 10**9  # networks a server keeps of one kind, and their size; the oldest go first


def kind(name: str) -> str:
    """What a network is: its own name, or kind and shape of one that a session brought."""
    return name.removeprefix(OWN).rsplit("-", 1)[0] if name.startswith(OWN) else name


def keep_newest(
    paths: Iterable[Path], most: int, most_bytes: float = float("inf"), spare: Collection[Path] = ()
) -> None:
    """Delete the oldest files beyond a number and a size of all; the newest and those to `spare` stay."""
    found, size = [], 0
    for path in paths:
        with suppress(FileNotFoundError):  # another session has just deleted it
            about = path.stat()
            found.append((about.st_mtime_ns, about.st_size, path))
    for place, (_, each, path) in enumerate(sorted(found, reverse=True)):
        size += each
        if place and (place >= most or size > most_bytes) and path not in spare:
            path.unlink(missing_ok=True)


class Own(NamedTuple):
    """One sort of files: the folder that keeps them, and under which key a session remembers its own."""

    folder: Callable[[], Path]
    key: str

    def path(self, name: str) -> Path:
        """Where the file of a name lies."""
        return self.folder() / f"{name}.safetensors"

    def add(self, kind_: str, blob: bytes) -> str:
        """Keep a file that was checked; returns its name, the same in every language and session: links hold it."""
        name = self._name(kind_, blob)
        checkpoints.write(self.path(name), blob)
        keep_newest(self.folder().glob(f"{OWN}*"), MOST, MOST_BYTES, [self.path(name)])
        own = st.session_state.setdefault(self.key, [])
        if name not in own:
            own.append(name)
        return name

    def _name(self, kind_: str, blob: bytes) -> str:
        """Kind and first digits of the hash; more digits where another file has those."""
        digest = weights.sha256(blob)
        for digits in range(DIGITS, len(digest), DIGITS):
            name = f"{OWN}{kind_}-{digest[:digits]}"
            if not self.path(name).is_file() or self.path(name).read_bytes() == blob:
                break
        return name

    def known(self, name: str | None) -> bool:
        """Whether the server has a file of this name."""
        return bool(re.fullmatch(OWN + "[a-z0-9-]{1,40}-[0-9a-f]{8,64}", name or "")) and self.path(name).is_file()

    def names(self, asked: str | None = None) -> list[str]:
        """The session's own, and the one `asked` in the link if the server still has it."""
        own = [name for name in st.session_state.get(self.key, []) if self.known(name)]
        return own + ([asked] if asked not in own and self.known(asked) else [])
