"""The pairs that a translator is trained on: the grammar's, or parallel texts that the session brought, checked."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from engine.errors import InputError
from engine.readers import PAGE, BadRow, decode, name_of
from engine.translation import data
from ui import choices, page, runs, uploads
from ui.language import N_, t
from ui.own import keep_newest

GRAMMARS = {"grammar": ("de", "en"), "grammar-fr": ("de", "fr")}
OWN = "own"
LANGUAGES = {"de": N_("German"), "en": N_("English"), "fr": N_("French")}
KEPT_BAD, LEAST, FILES = 1_000, 10, 20  # rows listed, pairs needed, files of pairs that a server keeps
TYPES = ["tsv", "txt"]
FORM = uploads.Kind("translation", "", "", "", (), "", runs.upload_names, lambda table: table.name)

TOO_MANY = N_(
    "{file} has {n:,} lines; up to {limit:,} are read here. More: python -m engine train translation --data FILE.tsv"
)
TOO_FEW = N_("{n} sentence pairs are too few to learn from; 10 are needed.")
NO_PAIRS = N_("{file}: no line has a tab. A .tsv needs source and target in each row with a tab between them; "
              "of texts there must be two.")  # fmt: skip
GONE = N_("Your sentence pairs are no longer on the server. Drop them again.")
TWO = N_("Drop one .tsv, or two texts whose lines belong together.")


class Upload(NamedTuple):
    """Parallel texts that a session brought: where the good pairs lie, names and languages of both sides as they came,
    the encodings, the rows that were left out.
    """

    path: str
    n: int
    files: tuple[str, ...]
    guess: tuple[str, str]
    encodings: tuple[str, ...]
    bad: list[BadRow]
    n_bad: int


def keep(files: Sequence[tuple[str, bytes]]) -> Upload:
    """Read uploaded files (name, bytes), keep their pairs as a .tsv for the worker. Raises InputError."""
    if len(files) not in (1, 2):
        raise InputError(TWO)
    names = tuple(Path(name).name[-60:] for name, _ in files)
    texts = [decode(blob, name) for name, (_, blob) in zip(names, files, strict=True)]
    sides = [_lines(text.text, name) for text, name in zip(texts, names, strict=True)]
    garbled = [row for text in texts for row in text.bad]
    for row in garbled:
        for side in sides:
            side[row.line - 1 : row.line] = [""]
    found = _read(sides, names)
    lines = {row.line for row in garbled}
    bad = sorted([*(row for row in found.bad if row.line not in lines), *garbled], key=lambda row: row.line)
    if (n := len(found.pairs.source)) < LEAST:
        raise InputError(TOO_FEW, n=n)
    encodings = tuple(dict.fromkeys(name_of(text.encoding) for text in texts))
    path = _write(found.pairs.source, found.pairs.target)
    return Upload(str(path), n, names, guessed(names), encodings, bad[:KEPT_BAD], len(bad))


def _lines(text: str, name: str) -> list[str]:
    """The lines of a text, empty ones at its end left out."""
    lines = text.lstrip("\ufeff").rstrip("\n").split("\n")
    if len(lines) > PAGE.rows:
        raise InputError(TOO_MANY, file=name, n=len(lines), limit=PAGE.rows)
    return lines


def _read(sides: Sequence[list[str]], names: tuple[str, ...]) -> data.Reading:
    if len(sides) == 2:
        return data.paired(*sides, names, ("de", "en"))
    if not any("\t" in line for line in sides[0]):
        raise InputError(NO_PAIRS, file=names[0])
    return data.tabbed(sides[0], names[0], ("de", "en"))


def _write(source: Sequence[str], target: Sequence[str]) -> Path:
    text = "".join(f"{one}\t{other}\n" for one, other in zip(source, target, strict=True)).encode()
    path = runs.jobs().folder / f"pairs-{hashlib.sha256(text).hexdigest()[:16]}.tsv"
    path.write_bytes(text)
    in_use = {Path(job.data) for job in list(runs.jobs().jobs.values()) if job.live}
    keep_newest(path.parent.glob("pairs-*.tsv"), FILES, spare={path, *in_use})
    return path


def guessed(names: Sequence[str]) -> tuple[str, str]:
    """Which language stands on which side, from the names of the files: `corpus.fr corpus.de`, `fr-en.tsv`."""
    marks = [mark for name in names for mark in re.findall(r"(?<![a-z])(de|en|fr)(?![a-z])", name.lower())]
    return (marks[0], marks[1]) if len(marks) == 2 and marks[0] != marks[1] else ("de", "en")


def brought() -> Upload | None:
    """The session's own pairs, if the server still has them."""
    found = st.session_state.get("translation_pairs")
    return found if found and Path(found.path).is_file() else None


def choice() -> tuple[str, str]:
    """Under which key of the session the choice of data stands, and what it is at first: new pairs, once they come."""
    return _choice(brought())


def _choice(found: Upload | None) -> tuple[str, str]:
    return (f"translation_data_{Path(found.path).stem[-8:]}", OWN) if found else ("translation_data", "grammar")


def picked() -> str:
    """The data that the form asks for, a key of GRAMMARS or OWN, whether the server still has it or not."""
    key, usual = _choice(st.session_state.get("translation_pairs"))
    return next(iter(st.session_state.get(key, [])), usual)


def source(wanted: str) -> tuple[str, str, tuple[str, str]]:
    """(data, its name, languages) for the worker; of own pairs in the direction that was chosen. Raises InputError if
    the server has those no longer, and forgets them.
    """
    if wanted != OWN:
        return "grammar", "", GRAMMARS.get(wanted, GRAMMARS["grammar"])
    found = brought()
    if not found:
        st.session_state.pop("translation_pairs", None)
        raise InputError(GONE)
    one, other = sides(found)
    name = " + ".join(found.files)
    if not st.session_state.get("translation_back"):
        return found.path, name, (one, other)
    rows = [line.split("\t") for line in Path(found.path).read_text("utf-8").splitlines()]
    return str(_write([row[1] for row in rows], [row[0] for row in rows])), name, (other, one)


def sides(upload: Upload) -> tuple[str, str]:
    """The languages of both sides as they came."""
    chosen = st.session_state.get("translation_sides", {})
    return chosen.get(upload.path, upload.guess)


def _take(files: Sequence) -> None:
    """Read files that have just come; what is wrong with them is kept to be said."""
    st.session_state["translation_files_error"] = None
    try:
        st.session_state["translation_pairs"] = keep([(file.name, file.getvalue()) for file in files])
        st.query_params.pop("data", None)  # the new pairs are what is wanted
    except InputError as error:
        st.session_state["translation_files_error"] = (error.template, error.params)


def box() -> None:
    """The place for parallel texts, and what was found in them."""
    with st.expander(t("Your own sentence pairs"), icon=":material/upload_file:"):
        st.caption(t("One .tsv with source and target in each row, a tab between them; or two .txt with a sentence a "
                     "line, the same lines in both. Up to {rows:,} pairs, 20 MB a file.", rows=PAGE.rows))  # fmt: skip
        files = st.file_uploader(
            t("Parallel texts"), TYPES, accept_multiple_files=True, key="translation_files", max_upload_size=20,
            label_visibility="collapsed",
        )  # fmt: skip
        seen = [file.file_id for file in files]
        if files and seen != st.session_state.get("translation_files_seen"):
            st.session_state["translation_files_seen"] = seen
            _take(files)
        if problem := st.session_state.get("translation_files_error"):
            st.error(page.plain(t(problem[0], **problem[1])))
        if found := brought():
            _tell(found)


def _tell(upload: Upload) -> None:
    """What was read, which language stands where, and the rows that were left out, each with its reason."""
    st.markdown(page.plain(t("{files}: {n:,} pairs, {encodings}", files=" + ".join(upload.files), n=upload.n,
                             encodings=", ".join(upload.encodings))))  # fmt: skip
    first, second = sides(upload)
    left, right = st.columns(2)
    words, key = {name: t(word) for name, word in LANGUAGES.items()}, hashlib.sha256(upload.path.encode()).hexdigest()
    two = len(upload.files) == 2
    where = (upload.files[0], upload.files[1]) if two else (t("First column"), t("Second column"))
    one = choices.one(f"translation_one_{key[:8]}", words, choices.box(left, page.plain(where[0])), first)
    others = {name: word for name, word in words.items() if name != one}
    other = choices.one(
        f"translation_other_{key[:8]}_{one}", others, choices.box(right, page.plain(where[1])),
        second if second != one else next(iter(others)),
    )  # fmt: skip
    st.session_state.setdefault("translation_sides", {})[upload.path] = (one, other)
    st.toggle(t("Translate from {other} to {one}", other=words[other], one=words[one]), key="translation_back",
              persist_state="session")  # fmt: skip
    uploads.left_out(upload.bad, kind=FORM)
