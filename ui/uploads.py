"""Where names or sentences come from: pasted text or a file, kept for the session, read with the reader's options."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
import streamlit as st

from engine.errors import N_, InputError
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


class Kind(NamedTuple):
    """What a list holds: the key of its widgets, their labels, its example, the command line without limits; `pick`
    takes what is wanted out of a column (as `runs.upload_names`), `guess` finds the column of a table, `heads` says
    whether the first row of a table read without a header is one all the same.
    """

    key: str
    label: str
    column: str
    empty: str
    examples: tuple[str, ...]
    command: str
    pick: Callable
    guess: Callable[[Table], str]
    heads: Callable[[Table], bool] | None = None


NAMES = Kind(
    "score", N_("Names, one a line"), N_("Column of names"), N_("Paste names, one a line, or drop a file."), EXAMPLES,
    "python -m engine score names FILE --out OUT.csv", runs.upload_names, lambda table: table.name,
)  # fmt: skip


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


def _keep(key: str) -> None:
    """Take the file out of the uploader, which forgets it at a page switch, and empty the uploader."""
    turn = st.session_state.get(f"{key}_turn", 0)
    file = st.session_state.get(f"{key}_upload_{turn}")
    if file is not None:
        st.session_state[f"{key}_file"] = _source(file.name, file.getvalue())
        st.session_state[f"{key}_turn"] = turn + 1


def _forget(key: str) -> None:
    st.session_state.pop(f"{key}_file", None)


def box(kind: Kind = NAMES) -> str:
    """The box for pasted names or sentences, ready with an example."""
    return st.text_area(
        t(kind.label), "\n".join(kind.examples), key=f"{kind.key}_text", height=262, max_chars=MOST_PASTED,
        persist_state="session", help=t("Columns copied from a spreadsheet work too."),
        disabled=f"{kind.key}_file" in st.session_state,
    )  # fmt: skip


def drop(kind: Kind = NAMES) -> None:
    """The place for a file; one that was taken stays until it is removed or replaced."""
    st.file_uploader(
        t("or a file: .txt .csv .tsv .xlsx .zip"), on_change=_keep, args=(kind.key,),
        key=f"{kind.key}_upload_{st.session_state.get(f'{kind.key}_turn', 0)}",
        help=t("Up to {rows:,} rows, read in memory and never stored. For more: {command}",
               rows=PAGE.rows, command=f"`{kind.command}`"),
    )  # fmt: skip
    kept = st.session_state.get(f"{kind.key}_file")
    if kept is not None:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.text(kept.name[-80:], width="stretch")
            st.button(
                t("Remove"), icon=":material/close:", on_click=_forget, args=(kind.key,), key=f"{kind.key}_remove"
            )


def source(text: str | None, kind: Kind = NAMES) -> Source:
    """What is scored: an uploaded file as long as there is one, else the pasted text."""
    return st.session_state.get(f"{kind.key}_file") or _source(PASTED, (text or "").encode("utf-8", "replace"))


def fail(error: InputError, kind: Kind = NAMES) -> None:
    """Say what is wrong with an input; nothing in the message is taken for Markdown."""
    said = t(error.template, **error.params).replace(NAMES.command, kind.command)
    st.error(plain(said), icon=":material/error:")


def read(given: Source, kind: Kind = NAMES) -> Reading:
    """The names of a source, with the controls that its content calls for. Stops the page where there are none."""
    pasted = given.name == PASTED
    if not given.blob.strip():
        if pasted:
            st.info(t(kind.empty), icon=":material/keyboard:")
        else:
            fail(InputError("{file} is empty.", file=given.name[-80:]), kind)
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        try:
            encoding = "utf_8" if pasted else None if given.name.endswith(".xlsx") else _encoding(given, kind)
            header = _header(given, encoding, pasted, kind)
            tables, bad = runs.upload_tables(given.digest, given.name, header, encoding, given.blob)
            tables = [table._replace(name=kind.guess(table)) for table in tables]
            column = _column(given, tables, header, kind)
            names, more = kind.pick(given.digest, given.name, header, encoding, column, given.blob)
        except InputError as error:
            fail(error, kind)
            st.stop()
    _facts(given, tables, len(names), len(bad + more))
    return Reading(given, tables, names, bad + more, column)


def _encoding(given: Source, kind: Kind) -> str | None:
    options = {"": t("detected")} | {code: name_of(code) for code in ENCODINGS}
    shown = choices.box(st, t("Encoding"), width=260)
    return choices.one(f"{kind.key}_encoding_{given.digest[:12]}", options, shown, "") or None


def _header(given: Source, encoding: str | None, pasted: bool, kind: Kind) -> bool | None:
    """Whether the first row names the columns: guessed, and asked where it matters."""
    tables, _ = runs.upload_tables(given.digest, given.name, None, encoding, given.blob)
    read = tables[0].header
    guessed = read or (kind.heads is not None and all(map(kind.heads, tables)))
    if pasted and not guessed and len(tables[0].cells.columns) == 1:
        return None
    key = f"{kind.key}_header_{given.digest[:12]}"
    asked = st.toggle(t("First row is a header"), guessed, key=key, persist_state="session")
    return None if asked == read else asked


def _column(given: Source, tables: list[Table], header: bool | None, kind: Kind) -> str | None:
    """The column that is read, by its name in the first table; None if there is no choice."""
    columns = {name: t("column {n}", n=name) if name.isdecimal() else name for name in tables[0].cells.columns}
    if len(columns) == 1:
        return None
    shown = choices.box(st, t(kind.column), width=260)
    return choices.one(f"{kind.key}_column_{given.digest[:12]}_{header}", columns, shown, tables[0].name)


def _facts(given: Source, tables: list[Table], n: int, n_bad: int) -> None:
    """What was found out about the file, in one line: all rows are counted, those left out too."""
    if given.name == PASTED:
        return
    encodings = ", ".join(dict.fromkeys("Excel" if table.encoding == "xlsx" else table.encoding for table in tables))
    facts = [encodings, _rows(n + n_bad), _wide(len(tables[0].cells.columns))]
    if tables[0].delimiter:
        facts.append(t("separated by {what}", what=_DELIMITERS().get(tables[0].delimiter, tables[0].delimiter)))
    if len(tables) > 1:
        facts.append(t("{n} tables", n=len(tables)))
    st.caption(plain(" · ".join(facts)))


def _rows(n: int) -> str:
    return t("one row") if n == 1 else t("{n:,} rows", n=n)


def _wide(n: int) -> str:
    return t("one column") if n == 1 else t("{n} columns", n=n)


def _DELIMITERS() -> dict[str, str]:
    return {",": t("commas"), ";": t("semicolons"), "\t": t("tabs"), "|": t("bars")}


def _table(bad: list[BadRow]) -> pd.DataFrame:
    rows = [(row.file, row.line or None, t(row.reason, **row.params), row.text) for row in bad]
    table = pd.DataFrame(rows, columns=[t("file"), t("line"), t("reason"), t("text")])
    return table.astype({t("line"): "Int64"})


def left_out(bad: list[BadRow], shown: int = 1000, kind: Kind = NAMES) -> None:
    """The rows that could not be scored: how many, and which, with line and reason."""
    if not bad:
        return
    said = t("1 row was left out, and why") if len(bad) == 1 else t("{n:,} rows were left out, and why", n=len(bad))
    with st.expander(said, icon=":material/warning:"):
        st.dataframe(_table(bad[:shown]), hide_index=True, height="content" if len(bad) < 8 else 300)
        if len(bad) > shown:
            st.caption(t("The first {n:,} are shown; the file has them all.", n=shown))
        st.download_button(
            t("All as CSV"), lambda: neutral_csv(_table(bad)), "left_out.csv", on_click="ignore",
            icon=":material/download:", key=f"{kind.key}_left_out",
        )  # fmt: skip
