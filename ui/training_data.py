"""The names that a run is trained on: the shipped ones, or a list that the session brought, read and checked."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from engine import names
from engine.errors import InputError
from engine.readers import PAGE, BadRow, gunzip, kind, unzip
from ui import page, runs
from ui.language import N_, t

SHIPPED = "data/names"
LIMITS = replace(PAGE, unpacked=20_000_000)  # an archive for training holds plain lists
KEPT_BAD = 200  # rows listed

TOO_MANY = N_("{file} has {n} lines; up to {limit} are read here. More: python -m engine train names --data FILE")


class Upload(NamedTuple):
    """Names that a session brought: where they lie, how many, of which languages, and the rows left out."""

    path: str
    n: int
    languages: tuple[str, ...]
    bad: list[BadRow]
    n_bad: int


def _lines(blob: bytes, name: str) -> int:
    """Lines of a file or of all members of an archive; raises InputError if it unpacks to too much."""
    found = kind(blob, name)
    if found == "gz":
        return _lines(*reversed(gunzip(blob, name, LIMITS)))
    parts = [part for _, part in unzip(blob, name, LIMITS, (".txt",))] if found == "zip" else [blob]
    return sum(max(part.count(b"\n"), part.count(b"\r")) for part in parts)


def keep(blob: bytes, name: str) -> Upload:
    """Read an uploaded list and keep its file for the worker. Raises InputError."""
    if (n := _lines(blob, name)) > PAGE.rows:
        raise InputError(TOO_MANY, file=name[:60], n=f"{n:,}", limit=f"{PAGE.rows:,}")
    found = names.read(blob, name)
    train, _ = names.split(found.names)
    if not train.texts:
        raise InputError("{file} has too few different names to train on.", file=name[:60])
    path = runs.jobs().folder / f"names-{hashlib.sha256(blob).hexdigest()[:16]}"
    path.write_bytes(blob)
    return Upload(str(path), len(found.names.texts), found.names.languages, found.bad[:KEPT_BAD], len(found.bad))


def uploads() -> dict[str, Upload]:
    """The session's lists by file name, as far as the server still has them."""
    kept = st.session_state.setdefault("train_uploads", {})
    return {name: upload for name, upload in kept.items() if Path(upload.path).is_file()}


def source() -> tuple[str, str]:
    """(path, file name) of the names to train on; the shipped ones have no file name."""
    name = st.session_state.get("train_names")
    upload = uploads().get(name)
    return (upload.path, name) if upload else (str(runs.DATA), "")


def _take(file) -> None:
    """Read a file that has just come; what is wrong with it is kept to be said."""
    name = Path(file.name).name[-60:]
    st.session_state["train_file_error"] = None
    try:
        st.session_state["train_uploads"][name] = keep(file.getvalue(), name)
        st.session_state["train_names"] = name
    except InputError as error:
        st.session_state["train_file_error"] = (error.template, error.params)


def box() -> None:
    """The choice of names, and in a folded box the upload of one's own."""
    uploads()
    with st.expander(t("Your own names"), icon=":material/upload_file:"):
        st.caption(t("A .zip with one file <Language>.txt a language, one name a line; or a .tsv or .csv with two "
                     "columns, a name and its language.").replace("<", "&lt;"))  # fmt: skip
        file = st.file_uploader(
            t("Names with their languages"), ["zip", "tsv", "csv", "txt", "gz"], key="train_file",
            label_visibility="collapsed", max_upload_size=20,
        )  # fmt: skip
        if file and file.file_id != st.session_state.get("train_file_seen"):
            st.session_state["train_file_seen"] = file.file_id
            _take(file)
        if problem := st.session_state.get("train_file_error"):
            st.error(page.plain(t(problem[0], **problem[1])))
    found = uploads()
    if not found:
        return
    if st.session_state.get("train_names") not in (SHIPPED, *found):
        st.session_state["train_names"] = SHIPPED
    chosen = st.selectbox(t("Train on"), [SHIPPED, *found], key="train_names", persist_state="session")
    if chosen in found:
        _tell(found[chosen])


def _tell(upload: Upload) -> None:
    """What a list holds, and the rows that were left out, each with its reason."""
    st.caption(t("{n} names, {k} languages", n=f"{upload.n:,}", k=len(upload.languages)))
    if not upload.n_bad:
        return
    with st.expander(t("{n} rows were left out", n=f"{upload.n_bad:,}"), icon=":material/warning:"):
        rows = [
            {t("file"): row.file, t("line"): row.line, t("reason"): t(row.reason, **row.params), t("text"): row.text}
            for row in upload.bad
        ]
        st.dataframe(rows, hide_index=True, height="content" if len(rows) < 8 else 260)
