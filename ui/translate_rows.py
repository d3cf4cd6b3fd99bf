"""Translated lists as tables, without a page: one row a sentence, and each beside its reference."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from engine import bleu, bleu_words, sentences, tokens
from engine.bleu_files import CANDIDATE, HEADS, REFERENCE, SENTENCE, SOURCE, TRANSLATION, called, guess_header
from engine.readers.base import PAGE, BadRow, Table
from engine.translation import bulk
from engine.translation.files import Translator

UNKNOWN = 12  # unknown words of a sentence that are shown
LIMITS = replace(PAGE, cell=tokens.LONGEST)


class Judged(NamedTuple):
    """Lines beside their references: what BLEU counts, and whether the words are the same, [line]."""

    counted: bleu.Statistics
    exact: np.ndarray


def translated(translator: Translator, texts: Sequence[str], beam: int) -> pd.DataFrame:
    """Columns translation, log_probability (of all words and the end), per_word, stopped (at the limit), unknown (the
    words read as `<unk>`), read and written (tokens); nan and "" where there was nothing to read.
    """
    source, target = translator.source, translator.target
    found = bulk.translate(translator.net, source, target, texts, beam=beam)
    read = np.array([len(each.source) for each in found], np.int64)
    written = np.array([len(each.tokens) for each in found], np.int64)
    stopped = np.array([each.reason != "eos" for each in found], bool)
    log_p = np.where(read > 0, [each.log_prob for each in found], np.nan)
    strange = [list(dict.fromkeys(word for word in each.source if word not in source.index)) for each in found]
    return pd.DataFrame({
        "translation": pd.Series([target.join(each.tokens) for each in found], dtype="str"),
        "log_probability": log_p, "per_word": log_p / np.maximum(written + ~stopped, 1), "stopped": stopped,
        "unknown": pd.Series([_told(words) for words in strange], dtype="str"), "read": read, "written": written,
    })  # fmt: skip


def _told(words: Sequence[str]) -> str:
    return ", ".join(word[:40] for word in words[:UNKNOWN]) + (" …" if len(words) > UNKNOWN else "")


def judged(translations: Sequence[str], references: Sequence[str], lower: bool) -> Judged:
    """Translations beside one reference each, words cut as mteval-v13a does; lower: capitals do not count."""
    ours, theirs = bleu_words.cut(translations, lower=lower), bleu_words.cut(references, lower=lower)
    same = np.array([a == b for a, b in zip(ours, theirs, strict=True)], bool)
    return Judged(bleu.statistics(ours, [theirs]), same)


# ── columns of a table ──────────────────────────────────────────────────────────────────────────────────────────


def heads(table: Table) -> bool:
    """Whether the first row of a table read without a header names its columns."""
    return guess_header(table.cells.head(1).fillna("").to_numpy().ravel().tolist())


def source_column(table: Table) -> str:
    """The column to translate: by its name, else the first one with cells of some length."""
    names = list(table.cells)
    named = called(names, SOURCE) or called(names, SENTENCE)
    others = [name for name in names if name not in called(names, HEADS - SOURCE - SENTENCE)]
    return named[0] if named else _texts(table, others)[0]


def sources(tables: Sequence[Table], column: str | None) -> tuple[pd.DataFrame, list[BadRow]]:
    """(columns file, line, text of every sentence, the rows without one). A table without `column` uses its `name`."""
    parts = [sentences.column([each], column if column in each.cells else each.name, LIMITS) for each in tables]
    found = pd.concat([part for part, _ in parts], ignore_index=True)
    return found, [row for _, bad in parts for row in bad]


def reference_column(table: Table, source: str, unnamed: bool) -> str:
    """The column of references by its name; `unnamed`: else the next one with text; "" where there is none."""
    others = [name for name in table.cells if name != source]
    named = called(others, REFERENCE) or called(others, TRANSLATION) or called(others, CANDIDATE)
    return named[0] if named else (_texts(table, others)[0] if unnamed and others else "")


def _texts(table: Table, names: Sequence[str]) -> list[str]:
    """Of some columns those whose cells are about as long as in the longest one."""
    names = names or list(table.cells)
    lengths = {name: table.cells[name].head(300).str.len().fillna(0).sum() for name in names}
    return [name for name in names if lengths[name] * 2 >= max(lengths.values())]


def references(tables: Sequence[Table], rows: pd.DataFrame, column: str) -> list[str]:
    """The reference of each row (file, line), "" where its cell is missing, empty or not readable."""
    cells = {each.file: each.cells[column] for each in tables if column in each.cells}
    found = pd.concat(cells, names=["file", "line"])
    found = found[~found.index.duplicated()].reindex(pd.MultiIndex.from_frame(rows[["file", "line"]]))
    return [" ".join(cell.split()) if _readable(cell) else "" for cell in found]


def _readable(cell: object) -> bool:
    return isinstance(cell, str) and "\ufffd" not in cell and "\0" not in cell
