"""What does a unit know?, one unit: the places of the data where it is most extreme."""

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.marks import pairs
from charts.matrix import matrix
from ui import choices, page, runs_rnn
from ui.language import localise, t
from ui.page import Figure
from ui.units import Asked, arrow, chosen
from ui.units_words import few, times

PLACES = 100  # that are looked at
SHOWN = 14  # of them, one by one
LANGUAGES = 8  # shown of the places


def picked(ask: Asked, trace: xr.Dataset) -> tuple[int, int]:
    """The choice of a unit, and of which end of its values."""
    signs, first = trace["found"].values, chosen(trace)
    every = [*first, *(unit for unit in range(len(signs)) if unit not in first)]
    left, right = st.columns([2, 5], vertical_alignment="bottom")
    options = {str(unit): _called(unit, signs[unit]) for unit in every}
    unit = int(choices.one(f"units_unit_{first[0]}_{len(signs)}", options, choices.box(left, t("Unit")), str(first[0]),
                           link="unit"))  # fmt: skip
    ends = {"largest": t("where it is largest"), "smallest": t("where it is smallest")}

    def show(words: list, at: str, **given: object) -> str:
        return right.segmented_control(
            t("Places"), words, default=at, required=True, label_visibility="collapsed", **given
        )

    natural = "smallest" if signs[unit] < 0 else "largest"
    return unit, -1 if choices.one(f"units_end_{natural}", ends, show, natural, link="end") == "smallest" else 1


def _called(unit: int, sign: float) -> str:
    return f"{t('unit {unit}', unit=unit)} {arrow(sign)}".strip()


def contexts(ask: Asked, unit: int, sign: int) -> xr.Dataset:
    """The places in the session's language."""
    return localise(runs_rnn.unit_contexts(ask.model, ask.kept, unit, sign, PLACES).trace)


def finding(trace: xr.Dataset, unit: int, sign: int) -> str:
    """The language and the ending that stand out."""
    counts = trace["count"].values
    best = int(counts.argmax())
    numbers = {
        "n": PLACES, "unit": unit, "x": int(counts[best]), "language": trace["language_label"].values[best],
        "expected": few(float(trace["expected"].values[best])), "times": times(float(trace["lift"].values[best])),
    }  # fmt: skip
    if sign > 0:
        said = t("Of the {n} places where unit {unit} is largest, {x} are in {language} names; by chance {expected}: "
                 "{times}.", **numbers)  # fmt: skip
    else:
        said = t("Of the {n} places where unit {unit} is smallest, {x} are in {language} names; by chance {expected}: "
                 "{times}.", **numbers)  # fmt: skip
    if not trace.sizes["gram"]:
        return said
    return said + " " + t(
        "What stands out most just there: “{letters}”, {x} times; by chance {expected}.",
        letters=trace["gram_label"].values[0], x=int(trace["gram_count"].values[0]),
        expected=few(float(trace["gram_expected"].values[0])),
    )  # fmt: skip


def places(trace: xr.Dataset, said: str) -> Figure:
    """The most extreme places: what had been read there, and the unit's state."""
    array = trace["value"].isel(context=slice(0, SHOWN))
    low, high = min(0.0, float(array.values.min())), max(0.0, float(array.values.max()))
    chart = matrix(array, "context", marks="bar", domain=(low, high if high > low else low + 1.0))
    return Figure(chart, "units_places", said, page.title(array), trace)


def languages(trace: xr.Dataset, said: str) -> Figure:
    """The languages of the places beside those of all letters, the most frequent ones of either."""
    counts, base = trace["count"].values, trace["base"].values
    order = (t("these places"), t("all letters"))
    by_size = np.argsort(-np.maximum(counts / PLACES, base / base.sum()), kind="stable")[:LANGUAGES]
    rows = [
        {"label": str(trace["language_label"].values[k]), "series": order[s], "value": float(each[k] / each.sum()),
         "size": float(counts[k] / PLACES)}
        for k in by_size for s, each in enumerate((counts, base))
    ]  # fmt: skip
    words = {"label": t("language"), "series": t("letters of"), "size": t("share of these places")}
    return Figure(
        pairs(pd.DataFrame(rows), t("share"), words, order=order), "units_languages", said, t("**Their languages**")
    )


def endings(trace: xr.Dataset, said: str) -> list[Figure]:
    """The typical n-grams: how often, and how many times as often as anywhere."""
    if not trace.sizes["gram"]:
        return []
    return [_ending(trace, name, said) for name in ("gram_count", "gram_expected", "gram_lift")]


def _ending(trace: xr.Dataset, name: str, said: str) -> Figure:
    chart = matrix(trace[name], "gram", marks="bar", domain=(0.0, float(trace[name].values.max()) or 1.0))
    return Figure(chart, f"units_{name}", said, page.title(trace[name]), trace)
