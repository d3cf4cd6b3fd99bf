"""What does a unit know?, the matches: other names where the same units switch on, and what chance would give."""

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.marks import pairs
from charts.matrix import matrix
from engine.units_chance import DRAWS
from engine.units_trace import Matches
from ui import runs_rnn
from ui.language import t
from ui.page import Figure, plain
from ui.units import Asked
from ui.units_words import chance

LISTED = 8  # matches beside the heat map


def shares(ask: Asked, matches: Matches, trace: xr.Dataset) -> list[str]:
    """What the matches share with the span, each with what chance would give."""
    m = matches.least - 1
    language, known = runs_rnn.reference(ask.model, ask.span.text)
    units = {"m": matches.least, "k": len(trace.attrs["chosen"]), "n": matches.n}
    every = t("All {k} units switch on together over {n:,} spans of the same length in other names.", **units)
    some = t("{m} or more of {k} units switch on together over {n:,} spans of the same length in other names.", **units)
    said = [every if matches.least == units["k"] else some]
    if not matches.n:
        return said
    words = {"language": t(language), "letters": ask.span.letters}
    said.append(chance(trace, m, 0, t("have the same letters “{letters}”", **words)))
    said.append(chance(trace, m, 1, t("are {language}, its language in the data", **words) if known else
                       t("are {language}, the network's answer to the name", **words)))  # fmt: skip
    if trace["drawn"].values[m, 2]:
        said.append(chance(trace, m, 2, t("of those with other letters are {language}", **words)))
    return said


def _marked(text: str, begin: int, end: int) -> str:
    """A text in Markdown with its letters begin … end in bold; spaces at the ends of bold letters switch it off."""
    span = text[begin:end]
    head, core, tail = text[:begin], span.strip(), text[end:]
    if not (core and core[0].isalpha() and core[-1].isalpha()):
        return f"{plain(head)}:blue[{plain(span)}]{plain(tail)}"
    before, after = span[: span.index(core)], span[span.index(core) + len(core) :]
    return f"{plain(head + before)}:blue[**{plain(core)}**]{plain(after + tail)}"


def listed(ask: Asked, matches: Matches) -> str:
    """The best matches as a Markdown table, the span marked."""
    size = ask.span.end - ask.span.begin
    rows = [f"| {t('name')} | {t('language')} | {t('units')} |", "|---|---|---:|"]
    for row in matches.table.head(LISTED).itertuples():
        rows.append(f"| {_marked(row.text, row.begin, row.begin + size)} | {t(row.language)} | {row.units} |")
    return "\n".join(rows)


def rest(matches: Matches) -> None:
    """All listed matches as a table."""
    said = {"n": len(matches.table), "all": matches.n}
    all_of_them = len(matches.table) == matches.n
    with st.expander(t("All {n:,} matches", **said) if all_of_them else t("The first {n} of {all:,} matches", **said)):
        table = matches.table.assign(language=matches.table["language"].map(t), begin=matches.table["begin"] + 1)
        called = {"text": t("name"), "language": t("language"), "begin": t("from letter"), "units": t("units")}
        st.dataframe(table.rename(columns=called), hide_index=True, height=320)


def by_chance(matches: Matches, trace: xr.Dataset, alt: str) -> Figure:
    """The shares among the matches beside those among random spans."""
    m, order = matches.least - 1, (t("matches"), t("by chance"))
    drawn = trace["drawn"].values[m]
    rows = [
        {"label": str(label), "series": order[k], "value": float(trace[name].values[m, c] / drawn[c]), "size": -c}
        for c, label in enumerate(trace["criterion_label"].values)
        if trace["drawn"].values[m, c]
        for k, name in enumerate(("shared", "expected"))
    ]
    words = {"label": t("what is shared"), "series": t("spans"), "size": t("order")}
    chart = pairs(pd.DataFrame(rows), t("share of the spans"), words, order=order)
    return Figure(chart, "units_chance", alt, t("**Shared with the span**"))


def bars(trace: xr.Dataset) -> list[Figure]:
    """How matches and lift depend on the number of units together; each bar with its proof."""
    alt = t("By the number of units that must switch on together.")
    count = trace["matches"]
    title = t("**Spans**") + f" ${count.attrs['symbol']}$"
    figures = [Figure(matrix(count, "least", marks="bar"), "units_matches", alt, title, trace)]
    for c, label in enumerate(trace["criterion_label"].values):
        lift = trace["lift"].isel(criterion=c)
        most = float(np.nan_to_num(lift.values).max()) or 1.0
        title = t("**{shared}**, times as many as by chance", shared=f"{label[:1].upper()}{label[1:]}")
        chart = matrix(lift, "least", marks="bar", domain=(0.0, most))
        figures.append(Figure(chart, f"units_lift_{c}", f"{label}. {alt}", title, trace))
    return figures


def summary(trace: xr.Dataset, matches: Matches) -> str:
    """The random draws in words."""
    m = matches.least - 1
    most, x = (int(trace[name].values[m, 0]) for name in ("most", "shared"))
    return t("In {draws:,} random draws of {n:,} spans the most with the same letters were {most}; here there are {x}.",
             draws=DRAWS, n=matches.n, most=most, x=x)  # fmt: skip
