"""The list to translate: pasted or a file, who translates it and how, and where its references stand."""

from typing import NamedTuple

import streamlit as st

from engine.errors import N_
from engine.readers import Table
from ui import choices, encoder_decoder, runs_work, translate_rows, translators, uploads
from ui.language import t
from ui.uploads import PASTED, Kind, Reading

EXAMPLES = (
    *encoder_decoder.EXAMPLES,
    "Meine Schwester hat gestern in der Schule ein Lied gesungen.",
    "Der Astronaut kauft ein rotes Auto.",
)
LIST = Kind(
    "translate", N_("Sentences, one a line"), N_("Column to translate"),
    N_("Paste sentences, one a line, or drop a file."), EXAMPLES, "python -m engine translate < FILE",
    runs_work.upload_sources, translate_rows.source_column, translate_rows.heads,
)  # fmt: skip
BEAMS = {"greedy": 1, "beam": 5}


class Asked(NamedTuple):
    """Who translates, with how many places in the beam, what was read, and the reference of each row ("": none), or
    None where there is no column of them.
    """

    name: str
    beam: int
    read: Reading
    references: list[str] | None
    column: str  # of the references


def asked() -> Asked | None:
    """The controls; None where no row holds a sentence. Stops the page with a message where nothing can be read."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        text = uploads.box(LIST)
    with right:
        uploads.drop(LIST)
        name = translators.picker()
        beam = _beam()
    read = uploads.read(uploads.source(paired(text or ""), LIST), LIST)
    uploads.left_out(read.bad, kind=LIST)
    if read.names.empty:
        st.warning(t("No row holds a text that can be scored."), icon=":material/warning:")
        return None
    column = _reference(read)
    references = translate_rows.references(read.tables, read.names, column) if column else None
    return Asked(name, beam, read, references, column)


def _beam() -> int:
    words = {"greedy": t("likeliest word each time"), "beam": t("beam of {n}", n=BEAMS["beam"])}

    def show(options: list, at: str, **given: object) -> str:
        return st.segmented_control(t("Search"), options, default=at, required=True, **given)

    return BEAMS[choices.one("translate_by", words, show, "greedy", "by")]


def paired(text: str) -> str:
    """A pasted text whose lines all have a second cell if one of them has: a lone sentence has no reference."""
    if "\t" not in text:
        return text
    return "\n".join(line if "\t" in line or not line.strip() else f"{line}\t" for line in text.split("\n"))


def _reference(read: Reading) -> str:
    """The column of references, "" for none; no choice where there is one column."""
    first: Table = read.tables[0]
    source = read.column_of(first)
    columns = [str(name) for name in first.cells if name != source]
    if not columns:
        return ""
    unnamed = read.source.name == PASTED and not first.header
    guess = translate_rows.reference_column(first, source, unnamed)
    shown = {"": t("none")} | {name: t("column {n}", n=name) if name.isdecimal() else name for name in columns}
    key = f"translate_reference_{read.source.digest[:12]}_{first.header}_{source}"
    return choices.one(key, shown, choices.box(st, t("Reference"), width=260), guess)
