"""Which text a language model learns from: one that is shipped, or one that the session brought; and in which unit.

An own text lies on the server by its hash, a few at a time; the link names the hash, never the text.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

import streamlit as st

from engine import own_text
from engine.errors import InputError
from engine.readers import ENCODINGS, name_of
from ui import choices
from ui.language import LANGUAGE_NAMES, N_, lang, t
from ui.page import plain

OWN, FIRST = "own", "names"
OF, UNIT = "of", "unit"  # of the link
MINE, CHOICE = "corpus_own", "corpus_of"  # of the session: what it brought, by key; what is chosen
SAID = {"character": N_("character by character"), "word": N_("word by word")}
MOST, MOST_CHARACTERS = 6, 60_000_000  # own texts that a server keeps, and their size together


class Asked(NamedTuple):
    """key and unit as `engine.corpora.corpus` has them, what it is called; own: hash of an own text, and the text."""

    key: str
    unit: str
    title: str
    own: str = ""
    text: str | None = None

    @property
    def given(self) -> dict[str, object]:
        """The rest of the arguments of the functions in `ui.runs_ngrams`."""
        return {"own": self.own, "_text": self.text}

    @property
    def is_names(self) -> bool:
        """Whether the sequences are names."""
        return self.key.split(":")[0] == FIRST


class Kept(NamedTuple):
    """An own text: the name of its file, and what was read."""

    name: str
    read: own_text.Text


class Shelf:
    """The own texts of all sessions, by hash; the one longest not asked for goes first."""

    def __init__(self, most: int = MOST, characters: int = MOST_CHARACTERS):
        self.most, self.characters = most, characters
        self._lock, self._kept = Lock(), OrderedDict()

    def get(self, digest: str) -> Kept | None:
        """The text of a hash, if it is still there."""
        with self._lock:
            if digest in self._kept:
                self._kept.move_to_end(digest)
            return self._kept.get(digest)

    def put(self, name: str, read: own_text.Text) -> str:
        """Keep a text; returns its hash."""
        digest = hashlib.sha256(read.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        with self._lock:
            self._kept[digest] = Kept(name, read)
            self._kept.move_to_end(digest)
            while len(self._kept) > 1 and (len(self._kept) > self.most or self._size() > self.characters):
                self._kept.popitem(last=False)
        return digest

    def _size(self) -> int:
        return sum(kept.read.n_characters for kept in self._kept.values())


SHELF = Shelf()


def picker(at: str, units: Sequence[str] = ("character", "word")) -> Asked:
    """The choice of a text and of its unit, in the link as `of` and `unit`; for an own text the place to bring it.

    at: the page, which begins the keys of its uploader. units: those that the page can take; names are characters.
    The choice is one for all pages of a session.
    """
    _check_link()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        key = choices.one(CHOICE, _options(), choices.box(st, t("Learned from"), width=310), FIRST, OF)
        digest = key.removeprefix(f"{OWN}-")
        kept = SHELF.get(digest) if key.startswith(OWN) else None
        key = FIRST if key.startswith(OWN) and kept is None else key
        unit = _unit(key, units)
    if kept:
        _bring(at, kept)
        return Asked(OWN, unit, title(key), digest, kept.read.text)
    if st.session_state.get(CHOICE) == [OWN]:
        _bring(at, None)
    return Asked(key, unit, title(key))


def title(key: str) -> str:
    """What a text is called, in the session's language; own ones by their file."""
    kind, _, which = key.partition(":")
    if kind == "names":
        return t("Names: {language}", language=t(which)) if which else t("Names of all languages")
    if kind == "grammar":
        return t("English sentences of the grammar") if which == "en" else t("German sentences of the grammar")
    if kind == "pydoc":
        return t("Python's documentation")
    kept = SHELF.get(key.removeprefix(f"{OWN}-"))
    return kept.name[-60:] if kept else t("Your own text (.txt) …")


def _options() -> dict[str, str]:
    """All texts that can be chosen, the session's own ones among them."""
    keys = ["names", *(f"names:{language}" for language in LANGUAGE_NAMES), "grammar:en", "grammar:de", "pydoc"]
    mine = st.session_state.setdefault(MINE, [])
    mine[:] = [key for key in mine if SHELF.get(key.removeprefix(f"{OWN}-"))]
    return {key: title(key) for key in (*keys, *mine, OWN)}


def _check_link() -> None:
    """An own text in the link joins the session's if the server has it; else it is told, and taken out."""
    asked, mine = st.query_params.get(OF, ""), st.session_state.setdefault(MINE, [])
    if not asked.startswith(f"{OWN}-"):
        return
    if SHELF.get(asked.removeprefix(f"{OWN}-")):
        mine += [asked] if asked not in mine else []
        return
    del st.query_params[OF]
    st.session_state.pop(f"{CHOICE}_{lang()}", None)
    st.warning(t("The text of this link is not on the server (any more); this is shown instead: {default}. Drop the "
                 "file again to go on with it.", default=title(FIRST)), icon=":material/warning:")  # fmt: skip


def _unit(key: str, units: Sequence[str]) -> str:
    """Characters or words; names have no words."""
    possible = ["character"] if key.split(":")[0] == FIRST else list(units)
    if len(possible) == 1:
        if st.query_params.get(UNIT) not in (None, *possible):
            choices.unused(UNIT)
        st.query_params.pop(UNIT, None)
        return possible[0]

    def pills(words: list, standing: str, **given: object) -> str:
        return st.segmented_control(t("Unit"), words, default=standing, required=True, **given)

    return choices.one("corpus_unit", {unit: t(SAID[unit]) for unit in possible}, pills, "word", UNIT)


def _bring(at: str, kept: Kept | None) -> None:
    """The uploader, what is wrong with a file, and what was read of one."""
    if wrong := st.session_state.pop("corpus_wrong", None):
        st.error(plain(t(wrong.template, **wrong.params)), icon=":material/error:")
    turn = st.session_state.get("corpus_turn", 0)
    left, right = st.columns([3, 1], vertical_alignment="top", gap="small")
    with left:
        st.file_uploader(
            t("A text: .txt or .txt.gz"), key=f"{at}_upload_{turn}", on_change=_take, args=(at,),
            help=t("Up to {size} MB, kept in memory only and for a while. Larger ones: {command}",
                   size=own_text.LEARN.upload // 1_000_000, command=f"`{own_text.COMMAND}`"),
        )  # fmt: skip
    with right:
        encodings = {"": t("detected")} | {code: name_of(code) for code in ENCODINGS}
        choices.one("corpus_encoding", encodings, choices.box(st, t("Encoding")), "")
    if kept is None:
        st.info(t("Drop a text here; until then this is shown: {default}.", default=title(FIRST)),
                icon=":material/upload_file:")  # fmt: skip
    else:
        _facts(kept)


def _facts(kept: Kept) -> None:
    read = kept.read
    facts = [kept.name[-60:], read.encoding, t("{n:,} lines", n=read.n_lines)]
    st.caption(plain(" · ".join([*facts, t("{n:,} characters", n=read.n_characters)])))
    if read.bad:
        first = read.bad[0]
        st.warning(plain(t(
            "Lines left out: {n:,}. They hold bytes that do not fit the encoding {encoding}; the first is line {line}: "
            "{text}", n=len(read.bad), encoding=read.encoding, line=first.line, text=first.text,
        )), icon=":material/warning:")  # fmt: skip


def _take(at: str) -> None:
    """Read the file, and let the choice stand at it; an unusable one is told, and nothing changes."""
    turn = st.session_state.get("corpus_turn", 0)
    file = st.session_state.get(f"{at}_upload_{turn}")
    if file is None:
        return
    st.session_state["corpus_turn"] = turn + 1
    encoding = (st.session_state.get("corpus_encoding") or [""])[0] or None
    try:
        stand(SHELF.put(file.name, own_text.read(file.getvalue(), file.name, encoding)))
    except InputError as error:
        st.session_state["corpus_wrong"] = error


def stand(digest: str) -> None:
    """Let the choice stand at an own text: for a callback, or before the picker is drawn."""
    key = f"{OWN}-{digest}"
    mine = st.session_state.setdefault(MINE, [])
    if key not in mine:
        mine.append(key)
    st.session_state[CHOICE], st.session_state[f"{CHOICE}_{lang()}"] = [key], key
    st.query_params[OF] = key
