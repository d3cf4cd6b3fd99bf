"""Translate a list: every sentence with its translation and how likely it is, BLEU where there are references."""

import hashlib
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from charts.histogram import histogram
from charts.phrase import LONGEST, MOST_WORDS
from engine import bleu
from engine.errors import N_
from engine.readers.base import shorten
from ui import choices, hmm_words, lists, page, runs_seq2seq, runs_work, sentence, translators
from ui.language import t
from ui.page import plain
from ui.translate_list import Asked

PART = 1_000  # sentences translated between two looks at the clock, and between two chances for other users
SHOWN = 5_000  # rows sent to the browser
WIDE, NARROW = 295, 255  # pixels of a column of sentences, without and with one of references
EDGES = tuple(range(0, 101, 10))
ORDERS = {"file": N_("as given"), "unsure": N_("least certain first"), "bleu": N_("worst BLEU first")}
SURE = 0.01  # −log P a word below which a translation is near certain
HEADINGS = {
    "text": "sentence",
    "per_word": "log_probability_per_token",
    "unknown": "unknown_words",
    "read": "tokens_read",
    "written": "tokens_written",
    "stopped": "stopped_at_limit",
    "exact": "equals_reference",
}  # of the files
OPENS = {
    "attention": (N_("Where it looks: {name}"), ":material/join_inner:"),
    "encoder_decoder": (N_("Step through {name}"), ":material/footprint:"),
    "transformer_decoder": (N_("Step through {name}"), ":material/footprint:"),
}


class Result(NamedTuple):
    """All rows, with columns reference, bleu, exact where there are references; and BLEU of the corpus, of those rows
    that have one.
    """

    rows: pd.DataFrame
    whole: bleu.Bleu | None = None
    counted: bleu.Statistics | None = None


# ── translations and scores ─────────────────────────────────────────────────────────────────────────────────────


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()


def result(ask: Asked) -> Result:
    """Every sentence translated, part by part, and judged where it has a reference."""
    texts = ask.read.names["text"].tolist()
    key = _digest(texts)
    parts = lists.in_parts(
        len(texts), PART,
        lambda begin, end: runs_work.translated(ask.name, ask.beam, key, (begin, end), texts[begin:end]), timed=True,
    )  # fmt: skip
    rows = pd.concat([ask.read.names, pd.concat(parts, ignore_index=True)], axis=1)
    return Result(rows) if ask.references is None else _judged(ask, rows)


def _judged(ask: Asked, rows: pd.DataFrame) -> Result:
    """The same with BLEU; a row without a reference has none."""
    at = np.flatnonzero([bool(reference) for reference in ask.references])
    rows = rows.assign(reference=pd.Series(ask.references, dtype="str"), bleu=np.nan, exact=pd.NA)
    rows["exact"] = rows["exact"].astype("boolean")
    if not len(at):
        return Result(rows)
    ours, theirs = rows["translation"].iloc[at].tolist(), [ask.references[place] for place in at]
    key, lower = _digest([*ours, *theirs]), runs_seq2seq.translator(ask.name).target.lower
    parts = lists.in_parts(
        len(at), 20 * PART,
        lambda begin, end: runs_work.judged(key, (begin, end), lower, ours[begin:end], theirs[begin:end]),
    )  # fmt: skip
    found = bleu.Statistics(*map(np.concatenate, zip(*(part.counted for part in parts), strict=True)))
    score, exact = np.full(len(rows), np.nan), rows["exact"].array.copy()
    score[at] = 100 * bleu.bleu(found, "exp", effective=True).bleu
    exact[at] = np.concatenate([part.exact for part in parts])
    counted = found.summed()
    return Result(rows.assign(bleu=score, exact=exact), bleu.bleu(counted), counted)


# ── in words ────────────────────────────────────────────────────────────────────────────────────────────────────


def finding(got: Result) -> str:
    """BLEU and the share of exact lines; without references the sentence that was translated with most doubt."""
    rows = got.rows
    if got.whole is not None:
        n = int(rows["bleu"].notna().sum())
        said = t("one line") if n == 1 else t("{n:,} lines", n=n)
        return t("BLEU {bleu:.1f} on {lines}; word for word as the reference: {k:,} ({share:.1%}).",
                 bleu=100 * float(got.whole.bleu[0]), lines=said, k=int(rows["exact"].sum()),
                 share=rows["exact"].sum() / n)  # fmt: skip
    n = t("One sentence") if len(rows) == 1 else t("{n:,} sentences", n=len(rows))
    if rows["per_word"].isna().all():
        return t("{sentences}, and no word in them.", sentences=n)
    at = int(rows["per_word"].fillna(0.0).to_numpy().argmin())
    row = rows.iloc[at]
    pair = t("{source} → {target}", source=shorten(row["text"]), target=shorten(row["translation"]) or "∅")
    if row["per_word"] > -SURE:
        return t("{pair}, near certain.", pair=pair) if len(rows) == 1 else _certain(n, float(row["per_word"]))
    least = hmm_words.logarithm(float(row["per_word"]), 2)
    if len(rows) == 1:
        return t("{pair} (log P {least} a word)", pair=pair, least=least)
    return t("{sentences}; least sure: {pair} (log P {least} a word)", sentences=n, pair=pair, least=least)


def _certain(sentences: str, least: float) -> str:
    """That no line is in doubt, with the probability a word of the least certain one, rounded down."""
    return t("{sentences}, all near certain: even in the least sure one a word has a probability of {p:.1%} on "
             "average.", sentences=sentences, p=math.floor(1000 * math.exp(least)) / 1000)  # fmt: skip


def about(got: Result) -> list[str]:
    """What is to be known of the rows beside that: unknown words, stopped ones, missing references."""
    rows, said = got.rows, []
    strange = rows["unknown"][rows["unknown"] != ""]
    if len(strange):
        words = shorten(", ".join(strange.head(20).unique()), 80)
        said.append(t("Lines with words that the network does not know and reads as {unk}: {n:,} ({words}).",
                      unk="<unk>", n=len(strange), words=words))  # fmt: skip
    if n := int(rows["stopped"].sum()):
        said.append(t("Lines stopped at the limit, without an end: {n:,}.", n=n))
    if "bleu" in rows and (n := int(rows["bleu"].isna().sum())):
        said.append(t("Lines without a reference, not counted in BLEU: {n:,}.", n=n))
    return said


def by_factors(got: Result) -> str:
    """The factors of the list's BLEU."""
    whole = got.whole
    precisions = zip("₁₂₃₄", whole.precisions[0].tolist(), strict=True)
    told = " · ".join(f"p{n}\u00a0{100 * value:.1f}\u00a0%" for n, value in precisions)
    return t("BP {bp:.3f}, for {c:,} words and marks written and {r:,} in the references; {p}.",
             bp=float(whole.bp[0]), c=int(got.counted.c[0]), r=int(got.counted.r[0]), p=told)  # fmt: skip


def spread(got: Result, said: str) -> None:
    """Lines by their own BLEU."""
    bars = histogram(got.rows["bleu"].dropna(), EDGES, t("BLEU of the line"), t("lines"),
                     {"low": t("from"), "high": t("to"), "n": t("lines")}, height=196)  # fmt: skip
    page.draw(bars, "translate_lines", said, t("**Lines by their own BLEU** (smoothed by exp, effective order)"))


# ── table, way on, files ────────────────────────────────────────────────────────────────────────────────────────


def headline(got: Result) -> tuple[str, pd.DataFrame]:
    """The finding, shown with what else is to be known and the choice of an order: (its words, the rows so ordered)."""
    said, wide = finding(got), len(got.rows) > 1
    left, right = st.columns([5, 2], gap="medium") if wide else (st.container(), None)
    with left:
        st.markdown(f"#### {plain(said)}")
        if got.whole is not None:
            st.markdown(plain(by_factors(got)))
        if more := about(got):
            st.markdown(plain(" ".join(more)))
    return said, _ordered(got, right) if wide else got.rows


def _ordered(got: Result, place) -> pd.DataFrame:
    """The rows in the order asked for."""
    judged = got.whole is not None
    words = {order: t(said) for order, said in ORDERS.items() if judged or order != "bleu"}
    by = choices.one(f"translate_order_{judged}", words, choices.box(place, t("Order")), "file")
    column = {"unsure": "per_word", "bleu": "bleu"}.get(by)
    return got.rows.sort_values(column, kind="stable") if column else got.rows


def _columns(wide: int) -> dict[str, object]:
    config, number = st.column_config, st.column_config.NumberColumn
    return {
        "line": number(t("line"), format="%d", width=50),
        "bleu": number("BLEU", format="%.1f", width=65),
        "text": config.TextColumn(t("sentence"), width=wide),
        "translation": config.TextColumn(t("translation"), width=wide),
        "reference": config.TextColumn(t("reference"), width=wide),
        "log_probability": number("log P", format="%.4f", width=85),
        "per_word": number(t("a word"), format="%.4f", width=80),
        "unknown": config.TextColumn(t("unknown words"), width=115),
        "stopped": config.CheckboxColumn(t("stopped"), help=t("No end came before the limit of words."), width=75),
        "file": config.TextColumn(t("file"), width="small"),
    }


def _said(rows: pd.DataFrame) -> list[str]:
    """The columns that say something."""
    some = {"unknown": (rows["unknown"] != "").any(), "stopped": rows["stopped"].any(),
            "file": rows["file"].nunique() > 1}  # fmt: skip
    return [name for name in _columns(WIDE) if name in rows and some.get(name, True)]


def table(rows: pd.DataFrame) -> str | None:
    """Show the rows; returns the sentence whose row was picked."""
    shown = rows[_said(rows)].head(SHOWN)
    shown = shown.assign(**{name: shown[name].round(4) + 0.0 for name in ("log_probability", "per_word")})  # no −0
    wide = NARROW if "reference" in rows else WIDE
    event = st.dataframe(
        shown, column_config=_columns(wide), hide_index=True, key="translate_table", on_select="rerun",
        selection_mode="single-row", height="content" if len(shown) <= 12 else 470, placeholder="",
    )  # fmt: skip
    if len(rows) > SHOWN:
        st.caption(t("The first {n:,} of {total:,} rows are shown; the files have them all.", n=SHOWN, total=len(rows)))
    picked = [at for at in event.selection.rows if at < len(shown)]
    return str(shown["text"].iloc[picked[0]]) if picked else None


def opening(ask: Asked, text: str | None) -> None:
    """The way from a picked row to the pages that show how its translation came about, by the same network."""
    if text is None:
        st.caption(t("Select a row to see how it was translated."), width="content")
        return
    text = sentence.tidy(text)
    if not text or len(text) > LONGEST or len(text.split()) > MOST_WORDS:
        st.caption(t("This sentence is too long for the other pages: they take {n} characters and {k} words.",
                     n=LONGEST, k=MOST_WORDS), width="content")  # fmt: skip
        return
    for name, (label, icon) in OPENS.items():
        label = t(label, name=plain(shorten(text, 30)))
        if translators.opens(name, ask.name) and st.button(label, icon=icon, key=f"translate_open_{name}"):
            sentence.replace(text)
            translators.want(ask.name)
            st.switch_page(f"pages/{name}.py", query_params={sentence.PARAM: text})


def downloads(ask: Asked, rows: pd.DataFrame) -> None:
    """All rows in the order shown, as files."""
    digits = [name for name in ("log_probability", "per_word", "bleu") if name in rows]
    taken = [ask.column] if ask.column else []
    named, digits = rows.rename(columns=HEADINGS), [HEADINGS.get(name, name) for name in digits]
    said = t("log_probability: natural logarithm of the probability of the whole translation. tokens: words and marks, "
             "or pieces of words. stopped_at_limit: no end came before the limit of words. bleu: of this line, "
             "smoothed by exp, effective order. equals_reference: the same words as the reference.")  # fmt: skip
    lists.downloads("translate", "translations", len(rows), lambda: lists.beside(named, ask.read, taken, digits), said)
