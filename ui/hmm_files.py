"""A list or a file of sentences, on the page At work: scored with progress, as a table, as CSV and Parquet."""

import hashlib

import pandas as pd
import streamlit as st

from engine import sentences
from engine.errors import N_
from ui import hmm_words, hmm_work, lists, runs_work, uploads
from ui.language import lang, t
from ui.page import plain
from ui.uploads import Kind, Reading

PART = 2_000  # texts scored between two looks at the clock, and between two chances for other users
SHOWN = 5_000  # rows sent to the browser
PATIENCE = 0.3  # seconds before a progress bar appears

LISTS = {
    "segment": Kind(
        "work_segment", N_("Sentences, one a line"), N_("Column of sentences"),
        N_("Paste sentences, one a line, or drop a file."),
        (*hmm_work.SEGMENT.examples, "周末我们一起去爬山吧", "这本书我看了三天三夜", "王小明的论文被会议录用了"),
        "python -m engine segment < FILE", runs_work.upload_sentences, sentences.guess_column,
    ),
    "tag": Kind(
        "work_tag", N_("Sentences, one a line"), N_("Column of sentences"),
        N_("Paste sentences, one a line, or drop a file."),
        (*hmm_work.TAG.examples, "Time flies like an arrow.", "The horse raced past the barn fell.",
         "Will Will will the will?"),
        "python -m engine tag < FILE", runs_work.upload_sentences, sentences.guess_column,
    ),
}  # fmt: skip


def score(task: str) -> None:
    """The whole of it: the box, the file, what was left out, the table, the files to take home."""
    kind = LISTS[task]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        text = uploads.box(kind)
    with right:
        uploads.drop(kind)
    read = uploads.read(uploads.source(text, kind), kind)
    uploads.left_out(read.bad, kind=kind)
    if read.names.empty:
        st.warning(t("No row holds a text that can be scored."), icon=":material/warning:")
        return
    scored = scored_table(task, read)
    st.markdown(f"#### {plain(finding(scored))}")
    picked = table(task, scored)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        open_one(task, picked)
        downloads(task, scored, read)


def scored_table(task: str, read: Reading) -> pd.DataFrame:
    """Columns file, line, text and the scores of all texts, part by part, with a progress bar where it takes long."""
    texts = read.names["text"].tolist()
    key = hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()
    found = lists.in_parts(
        len(texts), PART, lambda begin, end: runs_work.scored_texts(task, key, begin, texts[begin:end]), PATIENCE
    )
    return pd.concat([read.names, pd.concat(found, ignore_index=True)], axis=1)


def _per(scored: pd.DataFrame) -> str:
    """The column of log P per character, or per word."""
    return "per_character" if "per_character" in scored else "per_word"


def finding(scored: pd.DataFrame) -> str:
    """How much was read, and which text surprises the model most."""
    per = _per(scored)
    units = int(scored["characters" if per == "per_character" else "words"].sum())
    n = t("One sentence") if len(scored) == 1 else t("{n:,} sentences", n=len(scored))
    said = t("{sentences}, {units:,} Chinese characters", sentences=n, units=units) if per == "per_character" else t(
        "{sentences}, {units:,} words and marks", sentences=n, units=units)  # fmt: skip
    if not units or len(scored) == 1:
        return said + t(".")
    at = int(scored[per].fillna(0.0).to_numpy().argmin())
    text = scored["text"].iloc[at]
    least = hmm_words.logarithm(float(scored[per].iloc[at]), 2)
    text = text[:40] + ("…" if len(text) > 40 else "")
    if per == "per_character":
        return t("{said}; least expected: {text} ({least} a character).", said=said, text=text, least=least)
    return t("{said}; least expected: {text} ({least} a word or mark).", said=said, text=text, least=least)


def _columns() -> dict[str, object]:
    config, number = st.column_config, st.column_config.NumberColumn
    return {
        "line": number(t("line"), format="%d", width=50),
        "text": config.TextColumn(t("sentence"), width=240),
        "segmented": config.TextColumn(t("words"), width=280),
        "tagged": config.TextColumn(t("words with tags"), width=300),
        "log_probability": number("log P", format="%.2f", width=75),
        "per_character": number(t("a character"), format="%.2f", width=95),
        "per_word": number(t("a word or mark"), format="%.2f", width=115),
        "characters": number(t("characters"), format="%d", width=80),
        "words": number(t("words and marks"), format="%d", width=120),
        "unknown": number(t("unknown"), format="%d", width=75),
        "file": config.TextColumn(t("file"), width="small"),
    }


def table(task: str, scored: pd.DataFrame) -> str | None:
    """Show the rows; returns the text whose row was picked."""
    last = ["file"] if scored["file"].nunique() > 1 else []
    rows = scored[["line", *(name for name in scored if name not in ("file", "line")), *last]].head(SHOWN)
    event = st.dataframe(
        rows, column_config=_columns(), hide_index=True, key=f"work_table_{task}", on_select="rerun",
        selection_mode="single-row", height="content" if len(rows) <= 12 else 470, placeholder="",
    )  # fmt: skip
    if len(scored) > SHOWN:
        st.caption(t("The first {n:,} of {total:,} rows are shown; the files have them all.",
                     n=SHOWN, total=len(scored)))  # fmt: skip
    picked = event.selection.rows
    return str(rows["text"].iloc[picked[0]]) if picked and picked[0] < len(rows) else None


def open_one(task: str, text: str | None) -> None:
    """The way from a picked row to its trellis."""
    if text is None:
        st.caption(t("Select a row to see how it was read."), width="content")
        return

    def opened() -> None:
        key = (hmm_work.SEGMENT if task == "segment" else hmm_work.TAG).key
        st.session_state[key] = hmm_work.readable(text, hmm_work.MOST_TYPED)
        st.session_state["of"], st.session_state[f"of_{lang()}"] = [], "one"
        st.query_params.pop("of", None)
        hmm_work.from_the_end()

    words = plain(text[:30] + ("…" if len(text) > 30 else ""))
    st.button(t("Open {text}", text=words), icon=":material/route:", on_click=opened, key=f"work_open_{task}")


def downloads(task: str, scored: pd.DataFrame, read: Reading) -> None:
    """Buttons that build the files when they are clicked."""
    digits = ("log_probability", _per(scored))
    lists.downloads(f"work_{task}", "sentences", len(scored), lambda: lists.beside(scored, read, (), digits))
