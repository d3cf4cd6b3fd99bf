"""BLEU of files: where the translations and references come from, files or the columns of a table, or an example."""

import hashlib
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from engine import bleu_files
from engine.bleu_files import Columns, Pairs
from engine.readers import PAGE, Table
from ui import choices, runs, runs_seq2seq
from ui.language import t
from ui.page import plain
from ui.uploads import Kind, Source

EXAMPLE = (
    ("Der Lehrer erklärt die Aufgabe.", "The teacher explains the task.", "The teacher explains the exercise."),
    ("Morgen fahren wir ans Meer.", "Tomorrow we drive to the sea.", "Tomorrow we are going to the sea."),
    ("Ich habe keine Zeit.", "I have no time.", "I have no time."),
    ("Das Kind liest im Garten.", "The child in the garden reads.", "The child is reading in the garden."),
    ("Es regnet seit gestern.", "It rains since yesterday.", "It has been raining since yesterday."),
    ("Wir kaufen Brot und Käse.", "We buy bread and cheese.", "We buy bread and cheese."),
    ("Meine Schwester ruft mich jeden Abend an.", "My sister calls.", "My sister calls me every evening."),
    ("Er will heute nicht nach Hause gehen.", "He wants to go home today.", "He does not want to go home today."),
    ("Warum bist du so müde?", "Why are you so tired?", "Why are you so tired?"),
    ("Der Zug kommt um acht Uhr an.", "The train arrives at eight o'clock.", "The train arrives at eight o'clock."),
    ("Wir haben die Prüfung bestanden.", "We have insisted on the exam.", "We have passed the exam."),
    ("Sie trinkt Kaffee ohne Zucker.", "She drinks coffee without sugar.", "She drinks coffee without sugar."),
)  # fmt: skip
FORM = Kind("bleu", "", "", "", (), "python -m engine bleu HYP REF", runs.upload_names, lambda table: table.name)


def _keep(key: str) -> None:
    """Take the files out of the uploader, which forgets them at a page switch, and empty it."""
    turn = st.session_state.get(f"{key}_turn", 0)
    files = st.session_state.get(f"{key}_upload_{turn}")
    files = files if isinstance(files, list) else [files] if files else []
    if files:
        blobs = [(file.name, file.getvalue()) for file in files]
        st.session_state[f"{key}_files"] = [
            Source(name, blob, hashlib.sha256(blob).hexdigest()) for name, blob in blobs
        ]
        st.session_state[f"{key}_turn"] = turn + 1


def drop(key: str, label: str, several: bool = False) -> list[Source]:
    """A place for files; those that were taken stay until they are removed or replaced."""
    st.file_uploader(
        label, accept_multiple_files=several, on_change=_keep, args=(key,),
        key=f"{key}_upload_{st.session_state.get(f'{key}_turn', 0)}",
        help=t("Up to {rows:,} rows, read in memory and never stored. For more: {command}", rows=PAGE.rows,
               command=f"`{FORM.command}`"),
    )  # fmt: skip
    kept = st.session_state.get(f"{key}_files", [])
    if kept:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.text(" · ".join(file.name[-60:] for file in kept), width="stretch")
            st.button(t("Remove"), icon=":material/close:", key=f"{key}_remove",
                      on_click=st.session_state.pop, args=(f"{key}_files", None))  # fmt: skip
    return kept


def pairs(hypotheses: Sequence[Source], references: Sequence[Source]) -> Pairs | None:
    """What the files hold; the example without any. Raises InputError."""
    if not hypotheses and not references:
        st.caption(t("An example: twelve German sentences with a translation each. Drop files to score your own."))
        cells = pd.DataFrame(EXAMPLE, columns=["source", "candidate", "reference 1"])
        cells.insert(0, "line", range(1, len(cells) + 1))
        return Pairs(cells, [])
    if not hypotheses:
        st.info(t("Now the translations."), icon=":material/upload_file:")
        return None
    given = hypotheses[0]
    if references:
        return runs_seq2seq.bleu_texts(tuple(each.digest for each in (given, *references)), (given, *references))
    table = _read_table(given)
    if len(table.cells.columns) < 2:
        st.info(t("{file} has one column. Add the file of references, or drop a table with a column for each.",
                  file=plain(given.name[-60:])), icon=":material/upload_file:")  # fmt: skip
        return None
    columns = _columns(table, given)
    if not columns.candidate or not columns.references:
        said = t("Choose the column of translations.") if columns.references else t("Choose the column of references.")
        st.info(said, icon=":material/view_column:")
        return None
    _say(columns)
    return bleu_files.from_table(table, columns)


def _called(name: str) -> str:
    return t("column {n}", n=name) if name.isdecimal() else name


def _say(columns: Columns) -> None:
    """Which columns are compared."""
    shown = {"a": _called(columns.candidate[:60]), "b": ", ".join(_called(name[:60]) for name in columns.references)}
    st.caption(plain(t("Compared: the translations in “{a}” with the references in “{b}”.", **shown)))


def _read_table(given: Source) -> Table:
    tables, _ = runs.upload_tables(given.digest, given.name, False, None, given.blob)
    first = tables[0].cells.iloc[0].fillna("").tolist() if len(tables[0].cells) else []
    header = bleu_files.guess_header(first)
    if len(first) > 1:
        header = st.toggle(t("First row is a header"), header, key=f"bleu_header_{given.digest[:12]}")
    return runs.upload_tables(given.digest, given.name, header, None, given.blob)[0][0] if header else tables[0]


def _columns(table: Table, given: Source) -> Columns:
    """Which column holds what: guessed, and to be chosen."""
    names = [str(name) for name in table.cells]
    guess, mark = bleu_files.guess_columns(table.cells), given.digest[:12]
    shown = {name: _called(name) for name in names}
    first_shown = shown if guess.candidate else {"": t("none")} | shown
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        candidate = choices.one(
            f"bleu_column_{mark}_{table.header}",
            first_shown,
            choices.box(st, t("Translations"), width=220),
            guess.candidate,
        )
        others = [name for name in names if name != candidate]
        left = {name: shown[name] for name in others}
        first = [name for name in guess.references if name in left]

        def box(words: list, at: list, **given: object) -> list:
            return st.multiselect(t("References"), words, at or first, width=320, **given)

        references = choices.several(f"bleu_columns_{mark}_{table.header}_{candidate}", left, box)
    source = guess.source if guess.source not in (candidate, *references) else None
    return Columns(candidate, tuple(references), source)
