"""Neural language models: the figures of the page."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st
import xarray as xr

from charts.marks import bars
from charts.matrix import matrix
from charts.scatter import scatter
from charts.stepper import stepper
from engine import nnlm_map
from engine.trace import Var, label
from ui import chain_rule, explanation, neural, page, runs_nnlm
from ui.hmm_tagger import MEANINGS
from ui.language import prose, t
from ui.neural import Reading, Row
from ui.neural_asked import NEW, Asked
from ui.page import Figure

WIDE = 16  # columns up to which numbers stand in the cells
UNITS = 16  # numbers a line of the hidden layer
LABELLED = 90  # points of a map of words that bear their word where there is room
STATES = {"lecture": "h", "elman": "h", "gru": "h", "lstm": "y", "lstm-peephole": "y"}
OTHER = "X"
COARSE = {"PROPN": "NOUN", "AUX": "VERB"}
TAGS = ("NOUN", "VERB", "ADJ", "ADV", "PRON", OTHER)  # that have a colour of their own
A_ROW = 4  # models beside each other


def steps(found: Sequence[Reading], said: str) -> None:
    """The tokens, under each the largest probability that a model gives it, and which model that is."""
    tokens, captions = neural.tokens(found[0].trace), []
    for at in range(len(tokens)):
        p = [float(each.trace["p"].values[at]) for each in found]
        captions.append(chain_rule.number(max(p)))
    linked = not st.session_state.pop(NEW, False) and "t" in st.query_params
    at = page.cursor("t", len(tokens)) if linked else neural.parting(found)
    page.steps(stepper(tokens, captions, "position", index=at), said)


def _opens(found: Sequence[Reading], key: str) -> Callable[[dict | None], None]:
    """For below the matrix of all models: the picked factor is explained by the trace of its row."""

    def below(picked: dict | None) -> None:
        place = dict((picked or {}).get("position", {}))
        row = place.pop("model", -1)
        if 0 <= row < len(found):
            explanation.panel(found[row].trace, {"variable": "p", "position": place}, key)

    return below


def factors(found: Sequence[Reading], said: str) -> None:
    """p of each token by every model, on one scale."""
    whole = neural.grid(found)
    texts = [[chain_rule.number(float(p)) for p in row] for row in whole["p"].values]
    values = "auto" if whole.sizes["position"] <= WIDE else "never"
    chart = matrix(whole["p"], "model", "position", texts=texts, show_values=values)
    below = _opens(found, "lm_p")
    page.row(Figure(chart, "lm_p", said, page.title(whole["p"]), found[0].trace, below))


def expected(found: Sequence[Reading], ask: Asked, said: str) -> None:
    """What each model expects at the cursor."""
    figures = [_expected(each, ask, place) for place, each in enumerate(found)]
    half = len(figures) if len(figures) <= A_ROW else -(-len(figures) // 2)
    for start in range(0, len(figures), half):
        page.row(*figures[start : start + half])


def _expected(reading: Reading, ask: Asked, place: int) -> Figure:
    values, names = neural.expected(reading, ask)
    schema = {"top_p": Var("position rank", r"P(w_r\mid\ldots)", reading.name, "prob")}
    axes = {"position": t("token"), "rank": t("rank")}
    whole = label({"top_p": values}, schema, {}, axes=axes, position=neural.tokens(reading.trace))
    chart = matrix(whole["top_p"], "rank", slider="position", show_slider=False, marks="bar", named=names)
    alt = t("The likeliest tokens at the cursor; the one that stands in the text is marked.")
    trace = reading.trace if reading.at else None
    return Figure(chart, f"lm_expected_{place}", alt, f"**{page.plain(reading.name)}**", trace)


def held_out(ask: Asked, rows: Sequence[Row], said: str) -> None:
    """All models on held-out text: bars and the table."""
    per = neural.per(ask.of.unit)
    data = pd.DataFrame({"label": [row.name for row in rows], "value": [row.judged.bits for row in rows]})
    left, right = st.columns(2, gap="medium")
    with left:
        page.draw(bars(data, per, "label", form=".2f"), "lm_held", said, t("**Held-out text**: fewer bits are better"))
    with right:
        st.markdown(_table(rows, per))
    n = f"{rows[0].judged.n:,}"
    st.caption(t("{n} tokens of the held-out part, the ends of the texts among them.", n=n))


def _table(rows: Sequence[Row], per: str) -> str:
    lines = [f"| {t('model')} | {per} | {t('perplexity')} | {t('numbers')} |", "|---|---:|---:|---:|"]
    best = min(row.judged.bits for row in rows)
    for row in rows:
        mark = "**" if row.judged.bits == best else ""
        cells = [page.plain(row.name), f"{row.judged.bits:.3f}", f"{row.judged.perplexity:,.2f}"]
        numbers = f"{row.numbers:,}" if row.numbers else "—"
        lines.append("| " + " | ".join(f"{mark}{cell}{mark}" for cell in cells) + f" | {numbers} |")
    return "\n".join(lines)


def inside(reading: Reading) -> None:
    """What a network computes at the cursor: embeddings, then the hidden layer or the state."""
    trace, key = reading.trace, f"lm_in_{reading.params.model}{'_live' * reading.live}"
    st.markdown(f"**{page.plain(reading.name)}**")
    alt = t("{n} hidden units at the current token.", n=trace.sizes["unit"])
    if reading.params.model == "window":
        array = trace["embedded"]
        chart = matrix(array, "distance", "feature", slider="position", show_slider=False)
        hidden = page.at(trace, "hidden", "position", alt, key, wrap=UNITS)
    else:
        array = trace["embedded"]
        chart = matrix(array, "feature", slider="position", show_slider=False, wrap=UNITS)
        hidden = page.at(trace, STATES[reading.params.cell], "position", alt, key, wrap=UNITS)
    embedded = Figure(
        chart, f"{key}_embedded", t("What the network reads at the current token."), page.title(array), trace
    )
    page.row(embedded, hidden)


def maps(found: Sequence[Reading], ask: Asked) -> None:
    """The embeddings of each network in the plane of their principal components."""
    shown = [each for each in found if each.at]
    for start in range(0, len(shown), 2):
        figures = [_map(each, ask, start + place) for place, each in enumerate(shown[start : start + 2])]
        page.row(*figures)


def _map(reading: Reading, ask: Asked, place: int) -> Figure:
    found = runs_nnlm.embedding_map(reading.at)
    kinds, order = _kinds(found.tokens, ask)
    names = [neural.visible(token) for token in found.tokens]
    data = pd.DataFrame({"x": found.points[:, 0], "y": found.points[:, 1], "mark": names, "label": kinds})
    if order:
        data["group"] = kinds
    said = _alike(found, kinds, ask)
    axes = tuple(t("component {k}: {share:.0%} of the variance", k=k, share=share)
                 for k, share in enumerate(found.shares, 1))  # fmt: skip
    marked = len(data) if ask.of.unit == "character" else LABELLED
    chart = scatter(data, axes, {"mark": t("token"), "label": t("kind")}, marked=marked, order=order)
    return Figure(chart, f"lm_map_{place}", said, f"**{page.plain(reading.name)}**: {page.plain(said)}")


def _alike(found: nnlm_map.Map, kinds: Sequence[str], ask: Asked) -> str:
    """What the nearest neighbours of the embeddings say."""
    if ask.of.unit == "character":
        letters = nnlm_map.letters(found)
        said = t("{alike:.0%} of the letters have a nearest neighbour that is a vowel or a consonant as they are; by "
                 "chance it would be {chance:.0%}.", alike=letters.alike, chance=letters.chance)  # fmt: skip
        if not letters.twins:
            return said
        return neural.joined(said, t("For {k} of {n} it is the same letter, small or capital.", k=letters.twins,
                                     n=letters.n_twins))  # fmt: skip
    if not any(kinds):
        return t("{n} embeddings; tokens that are used alike lie close together.", n=len(kinds))
    own, chance = nnlm_map.among_own(kinds, found.nearest)
    return t("{own:.0%} of the tokens have their nearest neighbour among their own kind; by chance it would be "
             "{chance:.0%}.", own=own, chance=chance)  # fmt: skip


def _kinds(tokens: Sequence[str], ask: Asked) -> tuple[list[str], list[str]]:
    """Of characters their class; of English words the tag that the tagger gives them most often; else nothing. And
    the kinds in the order of their colours.
    """
    if ask.of.unit == "character":
        found, order = [nnlm_map.character_class(token) for token in tokens], nnlm_map.CLASSES
    elif ask.of.key == "grammar:en":
        tags = runs_nnlm.tags(ask.of.key)
        tagged = (COARSE.get(tags.get(token, OTHER), tags.get(token, OTHER)) for token in tokens)
        found, order = [MEANINGS[tag if tag in TAGS else OTHER] for tag in tagged], [MEANINGS[tag] for tag in TAGS]
    else:
        return [""] * len(tokens), []
    return list(map(t, found)), [t(each) for each in order if each in found]


def example(found: Sequence[Reading]) -> xr.Dataset:
    """The trace of the glossary."""
    return found[1].trace if len(found) > 1 else found[0].trace


def nothing_shipped(found: Sequence[Reading]) -> None:
    """Said where a text has no network yet."""
    if len(found) == 1:
        st.info(prose("neural", 1), icon=":material/model_training:")
