"""Generate: the pictures and tables."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from charts.links import links
from charts.matrix import matrix
from charts.offers import offers
from charts.stepper import stepper
from engine.letter_model import EOS, WORDS
from engine.letter_model_names import Mark
from engine.text import ALPHABET
from ui import generate, generate_said, lstm, page, runs_letters
from ui.generate import Asked, Found
from ui.language import t
from ui.page import Figure

END = "■"  # for `<eos>` in a small cell


def steps(got: Found) -> None:
    """The stepper over what was written."""
    words, p = [str(word) for word in got.steps["step_label"].values], np.exp(got.steps["taken"].values)
    forced = got.steps.attrs["forced"]
    captions = [f"{each:.0%}" + (f"\n{t('given')}" if k in forced else "") for k, each in enumerate(p)]
    index = lstm.cursor("t", len(words)) if "t" in st.query_params else generate_said.boldest(got) or 0
    chart = stepper(words, captions, "query", "t", index, strengths=p.tolist())
    page.steps(chart, t("The letters of the name with their probabilities"))


# ── one letter ──────────────────────────────────────────────────────────────────────────────────────────────────


def step(ask: Asked, got: Found, alt: str) -> None:
    """What comes next at the step, what is cut off, and what was drawn; a letter that is clicked is the beginning."""
    title = t("**What may come next**: click a letter to go on with it, a number to see how it is computed")
    chart = offers(got.steps, _words(ask), sorted(got.steps.attrs["forced"]), cursor="query")
    page.draw(chart, "generate_offers", alt, title, trace=got.steps, below=_going_on(got))


def _words(ask: Asked) -> dict[str, str]:
    return {
        "at": t("Letter {k}, after"), "start": t(ask.language), "word": t("letter"), "p": t("p at T"),
        "took": t("taken"), "taken": t("“{word}” was taken"), "go": t("Go on with “{word}”"), "forced": t("given"),
        "out": t("cut off"), "was_forced": t("“{word}” is given here."),
        "more": t("… more letters: {n}, together {mass}"), "inside": t("… more letters inside: {n}, together {mass}"),
        "hint": t("The letters follow the steps above; the dark one was taken."), "F": t("added up"),
        "draw": t("where u falls"), "q": t("drawn with"), "cutoff": t("cut off here"),
        "fell": t("u = {u} fell on “{word}”"), "keeps": t("letters inside: {n}, together {mass}"),
        "key_F": t("added up, F"), "key_top_p": t("top-p = {p}", p=f"{ask.top_p:g}"), "key_u": t("random number u"),
    }  # fmt: skip


def _going_on(got: Found) -> Callable[[dict | None], None]:
    """Take the letter that the browser named."""

    def below(_: dict | None) -> None:
        said = st.session_state.pop("generate_offers__said", None)
        if said is None:
            return
        at, _, word = said.partition(":")
        usable = at.isdecimal() and at.isascii() and len(at) < 4 and 1 <= int(at) <= got.steps.sizes["step"]
        if usable and word in ALPHABET and len(word) == 1 and int(at) <= generate.MOST_BEGINNING:
            begin = got.name[: int(at) - 1] + word
            if begin.strip():
                st.session_state["generate_begin"] = begin
                st.query_params.pop("t", None)
                st.rerun()

    return below


# ── attention, and the letters through the layers ───────────────────────────────────────────────────────────────


def heads(got: Found, alt: str) -> None:
    """Each layer's heads at the step: how much each looks at the language and the letters before."""
    weights = got.trace["weights"]
    past = weights.where(got.trace["mask"]).assign_attrs(weights.attrs)
    figures = [
        Figure(
            matrix(past.isel(layer=k), "head", "key", slider="query", show_slider=False), f"generate_layer_{k}", alt,
            t("**Layer {k}**: weights of its heads", k=k + 1), got.trace,
        )
        for k in range(weights.sizes["layer"])
    ]  # fmt: skip
    page.row(*figures)


def lines(got: Found, alt: str) -> None:
    """The same as lines from each place to those it looks at, one colour a head, of one layer."""
    n = got.trace.sizes["layer"]
    options = {str(k): t("Layer {k}", k=k) for k in range(1, n + 1)}
    layer = int(lstm.buttons("generate_layer", t("Layer"), options, "1", "layer"))
    weights = got.trace["weights"].isel(layer=layer - 1)
    chart = links(weights, source="key", target="query", head="head", layout="rows")
    page.draw(chart, "generate_links", alt, t("**Who looks at whom**: a colour a head"), trace=got.trace)


def lens(got: Found, alt: str) -> None:
    """The likeliest letter after every layer, and at the step how the last one's favourites fare."""
    trace = got.trace
    texts = [[END if word == WORDS[EOS] else generate_said.shown(word) for word in row] for row in trace.attrs["best"]]
    best = matrix(trace["lens_best_p"], "depth", "query", texts=texts, show_values="always")
    title = t("**Likeliest letter** after each layer ({end}: `<eos>`); the colour is its probability", end=END)
    named = [[generate_said.shown(word) for word in row] for row in trace.attrs["top_words"]]
    fare = matrix(trace["lens_top_p"], "rank", "depth", slider="query", show_slider=False, named=named)
    page.row(
        Figure(best, "generate_lens", alt, title, trace),
        Figure(fare, "generate_fare", alt, t("**At this step**: the likeliest letters at last, layer by layer"), trace),
        widths=[3, 2],
    )  # fmt: skip


# ── many names ──────────────────────────────────────────────────────────────────────────────────────────────────


def dozen(ask: Asked) -> None:
    """Names of the next seeds, each looked up; a selected row is stepped through."""
    asked = tuple((ask.language, seed) for seed in range(_start(ask), _start(ask) + generate.DOZEN))
    names = runs_letters.invented(asked, ask.beginning, ask.choice)
    marks = [runs_letters.name_mark(each.text, ask.language) for each in names]
    rows = [
        {"seed": each.seed, "name": each.text or "∅", "known": generate_said.known(mark, ask.language),
         "nearest": mark.nearest, "edits": mark.distance, "log_p": each.log_prob}
        for each, mark in zip(names, marks, strict=True)
    ]  # fmt: skip
    said = generate_said.summary([(ask.language, *pair) for pair in zip(names, marks, strict=True)])
    st.markdown(t("**{n} names**: select one to see it drawn.", n=len(rows)) + " " + page.plain(said))
    place = _table(rows, "generate_dozen")
    if place is not None and names[place].seed != ask.seed and st.session_state.get("generate_row") != place:
        st.session_state["generate_draw"], st.session_state["generate_row"] = names[place].seed, place
        st.query_params.pop("t", None)
        st.rerun()
    if place is None:
        st.session_state.pop("generate_row", None)


def _start(ask: Asked) -> int:
    """The first seed of the dozen that holds the one asked for: selecting a row leaves the list as it is."""
    return ask.seed - ask.seed % generate.DOZEN


def compared(ask: Asked) -> None:
    """The same seed in every language."""
    languages = runs_letters.letters().params.languages
    names = runs_letters.invented(tuple((name, ask.seed) for name in languages), ask.beginning, ask.choice)
    known, rows = runs_letters.known_names(), []
    for language, each in zip(languages, names, strict=True):
        mark = Mark(known.languages(each.text), "", 0)
        rows.append({"language": t(language), "name": each.text or "∅", "known": generate_said.known(mark, language)})
    st.markdown(t("**The same random numbers in every language**, seed {seed}", seed=ask.seed))
    _table(rows, None)


def _table(rows: list[dict], key: str | None) -> int | None:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns = {
        "seed": number(t("seed"), format="%d", width="small"), "language": text(t("language")), "name": text(t("name")),
        "known": text(t("new?")), "nearest": text(t("nearest known")),
        "edits": number(t("edits"), format="%d"), "log_p": number("log P", format="%.2f"),
    }  # fmt: skip
    data = pd.DataFrame(rows)
    shown = {name: column for name, column in columns.items() if name in data}
    if key is None:
        st.dataframe(data, column_config=shown, hide_index=True, height="content")
        return None
    event = st.dataframe(
        data, column_config=shown, hide_index=True, height="content", key=key, on_select="rerun",
        selection_mode="single-row",
    )  # fmt: skip
    picked = event.selection.rows
    return picked[0] if picked and picked[0] < len(rows) else None
