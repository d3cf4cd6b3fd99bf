"""Where the names of Score come from: pasted text or a file, kept for the session, read with the reader's options."""

import hashlib
from typing import NamedTuple

import pandas as pd
import streamlit as st

from engine.errors import InputError
from engine.readers import ENCODINGS, PAGE, BadRow, Table, name_of
from ui import choices, runs
from ui.language import t
from ui.page import neutral_csv, plain

EXAMPLES = (
    "Dostoevsky", "Ślusàrski", "Papadopoulos", "Yamamoto", "Müller", "Farina", "Rodríguez", "O'Néàl", "Nguyễn",
    "MacDonald", "Zhang", "Haddad",
)  # fmt: skip
PASTED = "pasted.txt"
MOST_PASTED = 500_000  # characters


class Source(NamedTuple):
    """Bytes to read; `digest` is the key of all that is cached of them."""

    name: str
    blob: bytes
    digest: str


class Reading(NamedTuple):
    """What was read: the tables, the names that can be scored (file, line, name, text), the rows that can't, and the
    column that was asked for.
    """

    source: Source
    tables: list[Table]
    names: pd.DataFrame
    bad: list[BadRow]
    column: str | None = None

    def column_of(self, table: Table) -> str:
        """The column of a table in which its names are."""
        return self.column if self.column in table.cells else table.name


def _source(name: str, blob: bytes) -> Source:
    return Source(name, blob, hashlib.sha256(blob).hexdigest())


def _keep() -> None:
    """Take the file out of the uploader, which forgets it at a page switch, and empty the uploader."""
    turn = st.session_state.get("score_turn", 0)
    file = st.session_state.get(f"score_upload_{turn}")
    if file is not None:
        st.session_state["score_file"] = _source(file.name, file.getvalue())
        st.session_state["score_turn"] = turn + 1


def _forget() -> None:
    st.session_state.pop("score_file", None)


def box() -> str:
    """The box for pasted names, ready with an example."""
    return st.text_area(
        t("Names, one a line"), "\n".join(EXAMPLES), key="score_text", height=262, max_chars=MOST_PASTED,
        persist_state="session", help=t("Columns copied from a spreadsheet work too."),
        disabled="score_file" in st.session_state,
    )  # fmt: skip


def drop() -> None:
    """The place for a file; one that was taken stays until it is removed or replaced."""
    st.file_uploader(
        t("or a file: .txt .csv .tsv .xlsx .zip"), on_change=_keep,
        key=f"score_upload_{st.session_state.get('score_turn', 0)}",
        help=t("Up to {rows:,} rows, read in memory and never stored. For more: {command}",
               rows=PAGE.rows, command="`python -m engine score names FILE --out OUT.csv`"),
    )  # fmt: skip
    kept = st.session_state.get("score_file")
    if kept is not None:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.text(kept.name[-80:], width="stretch")
            st.button(t("Remove"), icon=":material/close:", on_click=_forget, key="score_remove")


def source(text: str | None) -> Source:
    """What is scored: an uploaded file as long as there is one, else the pasted text."""
    return st.session_state.get("score_file") or _source(PASTED, (text or "").encode("utf-8", "replace"))


def fail(error: InputError) -> None:
    """Say what is wrong with an input; nothing in the message is taken for Markdown."""
    st.error(plain(t(error.template, **error.params)), icon=":material/error:")


def read(given: Source) -> Reading:
    """The names of a source, with the controls that its content calls for. Stops the page where there are none."""
    if not given.blob.strip():
        st.info(t("Paste names, one a line, or drop a file."), icon=":material/keyboard:")
        st.stop()
    pasted = given.name == PASTED
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        try:
            encoding = "utf_8" if pasted else None if given.name.endswith(".xlsx") else _encoding(given)
            header = _header(given, encoding, pasted)
            tables, bad = runs.upload_tables(given.digest, given.name, header, encoding, given.blob)
            column = _column(given, tables, header)
            names, more = runs.upload_names(given.digest, given.name, header, encoding, column, given.blob)
        except InputError as error:
            fail(error)
            st.stop()
    _facts(given, tables, len(names), len(bad + more))
    return Reading(given, tables, names, bad + more, column)


def _encoding(given: Source) -> str | None:
    options = {"": t("detected")} | {code: name_of(code) for code in ENCODINGS}
    shown = choices.box(st, t("Encoding"), width=260)
    return choices.one(f"score_encoding_{given.digest[:12]}", options, shown, "") or None


def _header(given: Source, encoding: str | None, pasted: bool) -> bool | None:
    """Whether the first row names the columns: guessed, and asked where it matters."""
    tables, _ = runs.upload_tables(given.digest, given.name, None, encoding, given.blob)
    guessed = tables[0].header
    if pasted and not guessed and len(tables[0].cells.columns) == 1:
        return None
    key = f"score_header_{given.digest[:12]}"
    asked = st.toggle(t("First row is a header"), guessed, key=key, persist_state="session")
    return None if asked == guessed else asked


def _column(given: Source, tables: list[Table], header: bool | None) -> str | None:
    """The column of names, by its name in the first table; None if there is no choice."""
    columns = {name: t("column {n}", n=name) if name.isdecimal() else name for name in tables[0].cells.columns}
    if len(columns) == 1:
        return None
    shown = choices.box(st, t("Column of names"), width=260)
    return choices.one(f"score_column_{given.digest[:12]}_{header}", columns, shown, tables[0].name)


def _facts(given: Source, tables: list[Table], n: int, n_bad: int) -> None:
    """What was found out about the file, in one line: all rows are counted, those left out too."""
    if given.name == PASTED:
        return
    encodings = ", ".join(dict.fromkeys("Excel" if table.encoding == "xlsx" else table.encoding for table in tables))
    facts = [encodings, t("{n:,} rows", n=n + n_bad), t("{n} columns", n=len(tables[0].cells.columns))]
    if tables[0].delimiter:
        facts.append(t("separated by {what}", what=_DELIMITERS().get(tables[0].delimiter, tables[0].delimiter)))
    if len(tables) > 1:
        facts.append(t("{n} tables", n=len(tables)))
    st.caption(plain(" · ".join(facts)))


def _DELIMITERS() -> dict[str, str]:
    return {",": t("commas"), ";": t("semicolons"), "\t": t("tabs"), "|": t("bars")}


def _table(bad: list[BadRow]) -> pd.DataFrame:
    rows = [(row.file, row.line or None, t(row.reason, **row.params), row.text) for row in bad]
    table = pd.DataFrame(rows, columns=[t("file"), t("line"), t("reason"), t("text")])
    return table.astype({t("line"): "Int64"})


def left_out(bad: list[BadRow], shown: int = 1000) -> None:
    """The rows that could not be scored: how many, and which, with line and reason."""
    if not bad:
        return
    with st.expander(t("{n:,} rows were left out, and why", n=len(bad)), icon=":material/warning:"):
        st.dataframe(_table(bad[:shown]), hide_index=True, height="content" if len(bad) < 8 else 300)
        if len(bad) > shown:
            st.caption(t("The first {n:,} are shown; the file has them all.", n=shown))
        st.download_button(
            t("All as CSV"), lambda: neutral_csv(_table(bad)), "left_out.csv", on_click="ignore",
            icon=":material/download:", key="score_left_out",
        )  # fmt: skip
