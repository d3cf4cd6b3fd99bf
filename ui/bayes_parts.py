"""Bayes: its figures: what every letter says for every language, the answer after it, the counts behind a cell."""

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from charts.stepper import stepper
from ui import bayes, page, runs_bayes, runs_everything
from ui.language import lang, localise, t
from ui.page import Figure

MOST = 6.0  # e^6 is 400 times: the scale of colours ends there
OTHER = "gru"
LISTED = 10


def steps(trace: xr.Dataset, said: str) -> None:
    """The prior, the letters and the end, under each the answer."""
    places = trace["place_label"].values
    at = page.cursor("t", len(places))
    chart = stepper(places, bayes.captions(trace), "place", index=at, flips=bayes.flips(trace), hover=True)
    page.steps(chart, said)


def shares(trace: xr.Dataset, against: int, said: str) -> None:
    """What every letter says for every language, and beside it the answer at the cursor."""
    array = trace["evidence"].isel(against=against)
    most = min(MOST, float(np.abs(array.values).max()) or 1.0)
    chart = matrix(array, "language", "place", domain=(-most, most), show_values="never")
    whole = Figure(chart, "bayes_evidence", said, page.title(array), trace, _below(trace))
    page.row(whole, page.at(trace, "posterior", "place", said, "bayes", marks="bar"), widths=[3, 2])


def sums(trace: xr.Dataset, against: int, said: str) -> None:
    """The probabilities themselves, and the sums of the shares."""
    total = trace["total"].isel(against=against)
    bars = matrix(total, "language", marks="bar")
    letters = matrix(trace["log_p"], "language", "place", show_values="never")
    page.row(
        Figure(letters, "bayes_log_p", said, page.title(trace["log_p"]), trace, _below(trace)),
        Figure(bars, "bayes_total", said, page.title(total), trace), widths=[3, 2],
    )  # fmt: skip


def hidden(name: str) -> None:
    """The answers of one hidden Markov model a language after each letter, under the natural prior."""
    trace = localise(runs_everything.everything(name))
    model = trace["model_label"].values.tolist().index("hmm")
    array = trace["probs"].isel(model=model)
    last = array.values[-1]
    said = t("One hidden Markov model a language answers {language}, {p:.0%}.",
             language=trace["language_label"].values[int(last.argmax())], p=float(last.max()))  # fmt: skip
    st.markdown(f"**{page.plain(said)}**")
    page.row(Figure(matrix(array, "language", "time", show_values="never"), "bayes_hmm", said,
                    t("**By hidden Markov models**, after each letter"), trace))  # fmt: skip


def _below(trace: xr.Dataset):
    """For under a matrix: the counts by order of the picked letter in the picked language."""

    def below(picked: dict | None) -> None:
        place = (picked or {}).get("position", {})
        if (
            0 < place.get("place", 0) < trace.sizes["place"]
            and 0 <= place.get("language", -1) < trace.sizes["language"]
        ):
            _counts(trace, place["language"], place["place"])

    return below


def _counts(trace: xr.Dataset, language: int, place: int) -> None:
    """What each order has counted, and what it adds."""
    index, word = trace.attrs["index"][language], trace["language_label"].values[language]
    found = runs_bayes.behind(trace.attrs["text"], index).isel(position=place - 1)
    tokens = ["<s>"] * trace.attrs["order"] + [*trace.attrs["text"], "</s>"]
    end = trace.attrs["order"] + place
    rows = []
    for k in range(found.sizes["order"] - 1, -1, -1):
        gram = "".join(tokens[end - k : end]) if k else "–"
        values = {name: float(found[name][k]) for name in ("count", "context_count", "kinds", "alpha", "weight")}
        rows.append({"order": k, "gram": gram.replace(" ", "␣"), **values, "share": float(found["contribution"][k])})
    table = pd.DataFrame(rows)
    table.loc[table["order"] == 0, ["count", "context_count", "kinds"]] = np.nan
    said = t("Counted in {n:,} {language} names, the longest n-gram first; the last column sums to {p:.4g}:",
             n=runs_bayes.n_names(index), language=word, p=float(found["p"]))  # fmt: skip
    st.markdown(page.plain(said))
    number = st.column_config.NumberColumn
    st.dataframe(table, hide_index=True, height="content", key=f"bayes_counts_{lang()}", placeholder="", column_config={
        "order": number("n", format="%d"), "gram": t("n-gram"), "count": number("c", format="%d"),
        "context_count": number("N", format="%d"), "kinds": number("T", format="%d"),
        "alpha": number("α", format="%.4f"), "weight": number(t("weight"), format="%.4f"),
        "share": number(t("α · weight"), format="%.5f"),
    })  # fmt: skip


def differing(prior: str) -> None:
    """Held-out names that one of two models finds and the other does not; a click reads one here."""
    columns = st.columns(2, gap="large")
    titles = (t("**Right by the `{network}`, wrong by n-grams**", network=OTHER),
              t("**Right by n-grams, wrong by the `{network}`**", network=OTHER))  # fmt: skip
    tables = runs_bayes.differing(OTHER, prior, LISTED)
    for place, (column, title, names) in enumerate(zip(columns, titles, tables, strict=True)):
        with column:
            st.markdown(title)
            _listed(names, f"bayes_differing_{place}")


def _listed(names: pd.DataFrame, key: str) -> None:
    """A table of names, one of which can be picked."""
    shown = names.assign(**{column: names[column].map(t) for column in ("language", "ngram", "other")})
    words = {"name": t("name"), "language": t("language"), "ngram": "ngram", "other": OTHER}

    def picked() -> None:
        rows = st.session_state[f"{key}_{lang()}"]["selection"]["rows"]
        if rows and rows[0] < len(names):
            st.session_state["name"] = str(names["name"].iloc[rows[0]])

    st.dataframe(
        shown, hide_index=True, height="content", key=f"{key}_{lang()}", on_select=picked,
        selection_mode="single-row", column_config=words,
    )  # fmt: skip
