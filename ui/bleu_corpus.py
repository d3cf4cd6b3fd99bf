"""BLEU of files: translations and references uploaded, their BLEU with its factors, every line with its own."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from charts.factors import factors
from charts.histogram import histogram
from engine import bleu
from engine.bleu_files import Pairs
from engine.errors import InputError
from ui import bleu_asked, bleu_upload, lists, page, runs_seq2seq, uploads
from ui.bleu_upload import FORM
from ui.language import prose, t
from ui.page import Figure, plain

PART, SHOWN = 20_000, 5_000
EDGES = tuple(range(0, 101, 10))


class Scored(NamedTuple):
    """The corpus as one line, and the table of its lines with a BLEU of each."""

    whole: bleu.Bleu
    counted: bleu.Statistics
    lines: pd.DataFrame


def show() -> None:
    """The whole of it: files, options, what was left out, BLEU and its factors, the lines, the file to take home."""
    st.markdown(prose("bleu", 3))
    left, right = st.columns(2, gap="medium")
    with left:
        hypotheses = bleu_upload.drop("bleu_hyp", t("Translations: .txt, or a table with the references"))
    with right:
        references = bleu_upload.drop("bleu_refs", t("References: .txt, one or several"), several=True)
    options = bleu_asked.options()
    try:
        found = bleu_upload.pairs(hypotheses, references)
    except InputError as error:
        uploads.fail(error, FORM)
        return
    if found is None:
        return
    uploads.left_out(found.bad, kind=FORM)
    if found.cells.empty:
        st.warning(t("No row holds a text that can be scored."), icon=":material/warning:")
        return
    scored = score(found, *options)
    said = finding(scored)
    st.markdown(f"#### {plain(said)}")
    page.row(*_figures(scored, said))
    _table(scored)


# ── scores ──────────────────────────────────────────────────────────────────────────────────────────────────────


def score(pairs: Pairs, order: int, smoothing: str, effective: bool, tokenize: str, lower: bool) -> Scored:
    """All lines, part by part, with a progress bar where it takes long."""
    texts = [pairs.cells["candidate"].tolist()]
    texts += [pairs.cells[name].tolist() for name in pairs.cells if name.startswith("reference ")]
    key = hashlib.sha256("\0".join("\1".join(text) for text in texts).encode("utf-8", "replace")).hexdigest()

    def part(begin: int, end: int) -> bleu.Statistics:
        some = [text[begin:end] for text in texts]
        return runs_seq2seq.bleu_statistics(key, begin, order, tokenize, lower, some)

    parts = lists.in_parts(len(pairs.cells), PART, part)
    found = bleu.Statistics(*map(np.concatenate, zip(*parts, strict=True)))
    each = bleu.bleu(found, "exp", effective=True)
    lines = pairs.cells.assign(bleu=100 * each.bleu, bp=each.bp, words=found.c, reference_words=found.r)
    counted = found.summed()
    return Scored(bleu.bleu(counted, smoothing, None, effective), counted, lines)


def finding(scored: Scored) -> str:
    """BLEU of the corpus, how long it is, and how many lines are as the reference."""
    whole, lines = scored.whole, scored.lines
    n = t("one line") if len(lines) == 1 else t("{n:,} lines", n=len(lines))
    said = t("BLEU {bleu:.1f} on {lines}: {c:,} words for {r:,}, BP {bp:.3f}.", bleu=100 * float(whole.bleu[0]),
             lines=n, c=int(scored.counted.c[0]), r=int(scored.counted.r[0]), bp=float(whole.bp[0]))  # fmt: skip
    perfect, none = int((lines["bleu"] > 100 - 1e-9).sum()), int((lines["bleu"] == 0).sum())
    told = [t("Lines equal to a reference: {k:,}.", k=perfect)] if perfect else []
    told += [t("Lines of which no word stands in a reference: {k:,}.", k=none)] if none else []
    return " ".join([said, *told])


def _figures(scored: Scored, said: str) -> list[Figure]:
    whole = scored.whole
    n = int(whole.n[0])
    values = [float(whole.bp[0]), *(float(p) ** (1 / n) if k < n else 1.0 for k, p in enumerate(whole.precisions[0]))]
    names = bleu_asked.signs(n, len(values) - 1)
    rows = pd.DataFrame({"factor": names, "series": t("corpus"), "value": values})
    called = {"factor": t("factor"), "series": t("translation"), "value": t("value")}
    way = factors(rows, t("product so far × 100, logarithmic"), "BLEU", called, height=26,
                  nothing=t("a factor of 0 takes everything"), size=bleu_asked.wide(14))  # fmt: skip
    p = " · ".join(f"p{'₁₂₃₄₅₆'[k]} {100 * value:.1f} %" for k, value in enumerate(whole.precisions[0].tolist()))
    bars = histogram(scored.lines["bleu"], EDGES, t("BLEU of the line"), t("lines"),
                     {"low": t("from"), "high": t("to"), "n": t("lines")}, height=196)  # fmt: skip
    return [
        Figure(way, "bleu_corpus_factors", said, t("**Factor by factor**: {p}", p=p)),
        Figure(bars, "bleu_corpus_lines", said, t("**Lines by their own BLEU** (smoothed by exp, effective order)")),
    ]


def _table(scored: Scored) -> None:
    """The lines, worst first; one can be opened; the file has all of them."""
    rows = scored.lines.sort_values(["bleu", "line"], kind="stable")
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    references = [name for name in rows if name.startswith("reference ")]
    columns = {
        "line": number(t("line"), format="%d", width=50), "bleu": number("BLEU", format="%.1f", width=65),
        "bp": number("BP", format="%.2f", width=60), "candidate": text(t("translation"), width=300),
        "source": text(t("source"), width=260),
        **{name: text(t("reference {k}", k=k + 1) if len(references) > 1 else t("reference"), width=300)
           for k, name in enumerate(references)},
    }  # fmt: skip
    order = ["line", "bleu", "bp", "candidate", *references, *(["source"] if "source" in rows else [])]
    shown = rows[order].head(SHOWN)
    event = st.dataframe(
        shown, column_config=columns, hide_index=True, key="bleu_lines", on_select="rerun",
        selection_mode="single-row", height=430 if len(shown) > 12 else "content", placeholder="",
    )  # fmt: skip
    if len(rows) > SHOWN:
        st.caption(t("The first {n:,} of {total:,} rows are shown; the files have them all.", n=SHOWN, total=len(rows)))
    picked = [at for at in event.selection.rows if at < len(shown)]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        _open(shown.iloc[picked[0]] if picked else None, references)
        st.download_button(
            t("CSV, one line") if len(rows) == 1 else t("CSV, {n:,} lines", n=len(rows)),
            lambda: lists.as_csv(rows.round({"bleu": 6, "bp": 6})),
            "bleu.csv", on_click="ignore", icon=":material/download:", key="bleu_csv",
        )  # fmt: skip


def _open(row: pd.Series | None, references: Sequence[str]) -> None:
    """The way from a line to its own factors."""
    if row is None:
        st.caption(t("Select a row to see how it was scored."), width="content")
        return
    words = plain(row["candidate"][:30] + ("…" if len(row["candidate"]) > 30 else ""))
    given = {"a": row["candidate"], "b": row["candidate"], "ref": "\n".join(row[name] for name in references)}
    st.button(t("Open {text}", text=words), icon=":material/spellcheck:", key="bleu_open",
              on_click=bleu_asked.take, args=(given,))  # fmt: skip
