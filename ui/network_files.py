"""A list or a file of sentences through jieba's network: words and tags beside the HMM's words, as table and files."""

import pandas as pd
import streamlit as st

from engine import sentences
from engine.errors import N_
from ui import hmm_files, hmm_work, network_work, runs_work, uploads
from ui.language import lang, t
from ui.page import plain
from ui.uploads import Kind

LIST = Kind(
    "network_list", N_("Sentences, one a line"), N_("Column of sentences"),
    N_("Paste sentences, one a line, or drop a file."),
    (*network_work.TEXT.examples, "今天的课讲隐马尔可夫模型。", "这门课的作业明天交", "王小明的论文被会议录用了"),
    "python -m engine segment --model network --tags < FILE", runs_work.upload_sentences, sentences.guess_column,
)  # fmt: skip


def score(folded: bool) -> None:
    """The whole of it: the box, the file, what was left out, the table, the files to take home."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        text = uploads.box(LIST)
    with right:
        uploads.drop(LIST)
    read = uploads.read(uploads.source(text, LIST), LIST)
    uploads.left_out(read.bad, kind=LIST)
    if read.names.empty:
        st.warning(t("No row holds a text that can be scored."), icon=":material/warning:")
        return
    scored = hmm_files.scored_table("network" if folded else "network, unchanged", read)
    st.markdown(f"#### {plain(finding(scored))}")
    picked = table(scored)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        open_one(picked)
        hmm_files.downloads("network", scored, read)


def finding(scored: pd.DataFrame) -> str:
    """How much was read, and how often the HMM cuts otherwise."""
    n = t("One sentence") if len(scored) == 1 else t("{n:,} sentences", n=len(scored))
    words, apart = int(scored["words"].sum()), int((scored["otherwise"] > 0).sum())
    said = t("{sentences}, {units:,} words and marks", sentences=n, units=words)
    if not apart:
        return t("{said}; the HMM cuts them in the same way.", said=said)
    return t("{said}; in {apart:,} of them the HMM cuts otherwise.", said=said, apart=apart)


def _columns() -> dict[str, object]:
    config, number = st.column_config, st.column_config.NumberColumn
    return {
        "line": number(t("line"), format="%d", width=50),
        "text": config.TextColumn(t("sentence"), width=220),
        "tagged": config.TextColumn(t("words with tags"), width=300),
        "segmented": config.TextColumn(t("words of the network"), width=240),
        "hmm": config.TextColumn(t("words of the HMM"), width=240),
        "otherwise": number(t("cut otherwise"), format="%d", width=95),
        "words": number(t("words and marks"), format="%d", width=120),
        "unseen": number(t("never seen"), format="%d", width=85),
        "file": config.TextColumn(t("file"), width="small"),
    }


def table(scored: pd.DataFrame) -> str | None:
    """Show the rows; returns the text whose row was picked."""
    last = ["file"] if scored["file"].nunique() > 1 else []
    order = ["line", "text", "tagged", "hmm", "otherwise", "words", "unseen", *last]
    rows = scored[order].head(hmm_files.SHOWN)
    event = st.dataframe(
        rows, column_config=_columns(), hide_index=True, key="network_table", on_select="rerun",
        selection_mode="single-row", height="content" if len(rows) <= 12 else 470, placeholder="",
    )  # fmt: skip
    if len(scored) > hmm_files.SHOWN:
        st.caption(t("The first {n:,} of {total:,} rows are shown; the files have them all.",
                     n=hmm_files.SHOWN, total=len(scored)))  # fmt: skip
    picked = event.selection.rows
    return str(rows["text"].iloc[picked[0]]) if picked and picked[0] < len(rows) else None


def open_one(text: str | None) -> None:
    """The way from a picked row to the network's gates."""
    if text is None:
        st.caption(t("Select a row to see how it was read."), width="content")
        return

    def opened() -> None:
        st.session_state[network_work.TEXT.key] = hmm_work.readable(text, hmm_work.MOST_TYPED)
        st.session_state["of"], st.session_state[f"of_{lang()}"] = [], "one"
        st.query_params.pop("of", None)
        hmm_work.from_the_end()

    words = plain(text[:30] + ("…" if len(text) > 30 else ""))
    st.button(t("Open {text}", text=words), icon=":material/route:", on_click=opened, key="network_open")
