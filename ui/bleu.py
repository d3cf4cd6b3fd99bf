"""BLEU, one sentence: what is said and drawn of two translations of it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.factors import factors
from charts.matrix import matrix
from charts.ngrams import Line, ngrams
from engine import bleu_trace
from ui import explanation, page
from ui.bleu_asked import NAMES, Asked, signs, wide
from ui.language import localise, t
from ui.page import Figure

ROWS = 1000  # n-grams in the table


def traces(ask: Asked) -> list[xr.Dataset]:
    """Every number of A and of B, in the session's language."""
    how = (ask.references, ask.order, ask.smoothing, None, ask.effective)
    return [localise(bleu_trace.trace(words, *how)) for words in ask.candidates]


def glossary() -> xr.Dataset:
    """A trace for the names of its variables."""
    return localise(bleu_trace.trace(["a"], [["a"]]))


# ── what is said ────────────────────────────────────────────────────────────────────────────────────────────────


def hundred(value: float) -> str:
    """A BLEU or a share of it as it is reported, 0 … 100."""
    return f"{100 * value:.1f}"


def _ratios(a: xr.Dataset, b: xr.Dataset) -> list[tuple[str, float, float]]:
    """(factor, that of A, that of B) where they differ."""
    names = a["factor_label"].values.tolist()
    pairs = zip(names, a["factors"].values.tolist(), b["factors"].values.tolist(), strict=True)
    return [(name, x, y) for name, x, y in pairs if not np.isclose(x, y)]


def finding(a: xr.Dataset, b: xr.Dataset) -> str:
    """BLEU of both, and which factor moved most."""
    scores = {"a": hundred(float(a["bleu"])), "b": hundred(float(b["bleu"]))}
    if a.attrs["candidate"] == b.attrs["candidate"]:
        return t("BLEU {a}. A and B are the same: change a word of B.", **scores)
    moved = _ratios(a, b)
    said = t("BLEU: A {a}, B {b}.", **scores)
    if not moved:
        return said + " " + t("No factor moved.")
    zero = next((name for name, x, y in moved if (x == 0) != (y == 0)), None)
    if zero is not None:
        told = t("{factor} is 0 in one of them, and so is the product.", factor=zero)
    else:
        name, x, y = max(moved, key=lambda each: abs(np.log(each[2]) - np.log(each[1])) if each[1] else 0.0)
        if not x:
            return said
        told = t("From A to B, {factor} moved most: it goes from {x:.3f} to {y:.3f}.", factor=name, x=x, y=y)
    still = "BP" not in [name for name, *_ in moved] and float(b["bp"]) == 1
    return f"{said} {told}" + (" " + t("BP is 1 in both.") if still else "")


def about(found: Sequence[xr.Dataset]) -> str:
    """Why a product is 0, where it is."""
    said = []
    for name, trace in zip(NAMES, found, strict=True):
        counts, total = trace["correct"].values, trace["total"].values
        if not len(trace["gram"]):
            said.append(t("{name} has no word.", name=name))
        elif not counts.any():
            said.append(t("No word of {name} stands in a reference.", name=name))
        elif float(trace["bleu"]) == 0 and (total == 0).any():
            said.append(t("{name} is shorter than {n} words: it has no such n-gram. The effective order leaves it out.",
                          name=name, n=int((total == 0).argmax()) + 1))  # fmt: skip
        elif float(trace["bleu"]) == 0:
            said.append(t("No {n}-gram of {name} matches, and one factor of 0 makes BLEU 0: that is what smoothing is "
                          "for.", name=name, n=int((counts == 0).argmax()) + 1))  # fmt: skip
    return " ".join(said)


def _tex(value: float) -> str:
    return f"{value:.3g}" if value else "0"


def formula(trace: xr.Dataset, name: str) -> str:
    """The slide's formula times 100 with the numbers of one translation, as LaTeX."""
    m, total, p, w = (trace[each].values for each in ("correct", "total", "p", "w"))
    plain = trace.attrs["smoothing"] == "none"
    parts = [
        rf"\tfrac{{{m[n]}}}{{{total[n]}}}" if plain and total[n] else _tex(p[n]) for n in range(len(p)) if w[n] > 0
    ]
    c, r, bp = int(trace["c"]), int(trace["r"]), float(trace["bp"])
    short = rf"e^{{1-\frac{{{r}}}{{{c}}}}}" if c and c <= r else _tex(bp)
    power = rf"^{{1/{len(parts)}}}" if len(parts) > 1 else ""
    product = r"\left(" + r"\cdot ".join(parts) + rf"\right){power}"
    return rf"\mathrm{{BLEU}}_{{{name}}}=100\cdot {short}\cdot{product}={hundred(float(trace['bleu']))}"


# ── what is drawn ───────────────────────────────────────────────────────────────────────────────────────────────


def words(ask: Asked, found: Sequence[xr.Dataset], alt: str) -> Figure:
    """Both translations over the references, matched n-grams underlined; a picked one is explained below."""
    lines = [Line(name, trace.attrs["candidate"], trace["matched"].values)
             for name, trace in zip(NAMES, found, strict=True)]  # fmt: skip
    lines += [Line(t("Ref. {k}", k=k + 1), each) for k, each in enumerate(ask.references)]
    said = {
        "all": t("all orders"), "order": t("n = {n}"), "counts": t("counted"), "not": t("does not count"),
        "hint": t("Point at a word of A or B: its longest match, wherever it stands. Click: how it is counted."),
        "more": t("… {n} more"), "empty": t("no word"),
    }  # fmt: skip

    def below(picked: dict | None) -> None:
        place = dict((picked or {}).get("position", {}))
        line = place.pop("line", -1)
        if 0 <= line < len(found):
            explanation.panel(found[line], {"variable": "matched", "position": place}, "bleu_words")

    return Figure(ngrams(lines, said), "bleu_words", alt, below=below)


def way(found: Sequence[xr.Dataset], alt: str) -> Figure:
    """The factors of A and B on one logarithmic axis."""
    named = [signs(int((trace["w"].values > 0).sum()), trace.sizes["order"]) for trace in found]
    rows = pd.concat([
        pd.DataFrame({"factor": names, "series": name, "value": trace["factors"].values})
        for name, names, trace in zip(NAMES, named, found, strict=True)
    ])  # fmt: skip
    called = {"factor": t("factor"), "series": t("translation"), "value": t("value")}
    chart = factors(rows, t("product so far × 100, logarithmic"), "BLEU", called, order=NAMES,
                    nothing=t("a factor of 0 takes everything"), size=wide(14))  # fmt: skip
    return Figure(chart, "bleu_factors", alt, t("**Factor by factor**: from 100 down to BLEU"))


def numbers(found: Sequence[xr.Dataset]) -> list[Figure]:
    """Precisions and factors of A and B on the same scale; every one to be picked."""
    figures = []
    for variable, dim in (("p", "order"), ("factors", "factor")):
        for name, trace in zip(NAMES, found, strict=True):
            array = trace[variable]
            said = t("{name}: {what}: {values}", name=name, what=array.attrs["meaning"],
                     values=", ".join(f"{value:.3g}" for value in array.values))  # fmt: skip
            chart = matrix(array, dim, marks="bar")
            figures.append(Figure(chart, f"bleu_{variable}_{name}", said, f"**{name}** · {page.title(array)}", trace))
    return figures


def counts(found: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Every n-gram of A or B: times in each, most times in a reference, times it counts; what does not count first."""
    rows = {}
    for name, trace in zip(NAMES, found, strict=True):
        columns = (trace[each].values.tolist() for each in ("gram_label", "length", "times", "most", "clipped"))
        for gram, length, times, most, clipped in zip(*columns, strict=True):
            row = rows.setdefault(gram, {"length": length, "gram": gram, "most": most})
            row |= {f"times_{name}": times, f"clipped_{name}": clipped}
    order = ["length", "gram", "times_A", "times_B", "most", "clipped_A", "clipped_B"]
    every = [{column: row.get(column, 0) for column in order} for row in rows.values()]
    every.sort(key=lambda row: (row["length"], sum(row[f"clipped_{name}"] - row[f"times_{name}"] for name in NAMES)))
    return pd.DataFrame(every, columns=order)


def table(found: Sequence[xr.Dataset]) -> None:
    """The clipped counts; a row that is selected is explained for the translation that has it."""
    rows, number = counts(found), st.column_config.NumberColumn
    columns = {
        "length": number("n", format="%d", width=40), "gram": st.column_config.TextColumn(t("n-gram"), width=260),
        "most": number(t("most in a reference"), format="%d"),
        **{f"times_{name}": number(t("times in {name}", name=name), format="%d") for name in NAMES},
        **{f"clipped_{name}": number(t("counts in {name}", name=name), format="%d") for name in NAMES},
    }  # fmt: skip
    shown = rows.head(ROWS)
    event = st.dataframe(
        shown, column_config=columns, hide_index=True, key="bleu_counts", on_select="rerun",
        selection_mode="single-row", height=300 if len(shown) > 7 else "content", placeholder="",
    )  # fmt: skip
    if len(rows) > ROWS:
        st.caption(t("The first {n:,} of {total:,} rows are shown; the files have them all.", n=ROWS, total=len(rows)))
    picked = event.selection.rows
    if not picked or picked[0] >= len(shown):
        st.caption(t("Select a row to see how it is counted."))
        return
    for name, trace in zip(NAMES, found, strict=True):
        places = np.flatnonzero(trace["gram_label"].values == shown["gram"].iloc[picked[0]])
        if len(places):
            cell = {"variable": "clipped", "position": {"gram": int(places[0])}}
            st.markdown(f"**{name}**")
            explanation.panel(trace, cell, f"bleu_counts_{name}")
