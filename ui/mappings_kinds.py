"""In short, the fourth panel: the kinds of sequence mapping, each by a model of the app, as boxes and arrows."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import streamlit as st

from charts.mapping import Arrow, Box, mapping
from ui import hmm_generate, hmm_segment, page, runs, runs_hmm, runs_rnn, runs_work
from ui.hmm_work import readable
from ui.language import localise, prose, t
from ui.mappings import Asked
from ui.page import Figure, plain

GENERATED, WEATHER = 6, "preset:weather"
MOST_SEED = 999
MOST_LETTERS, MOST_WORDS, MOST_CHARACTERS = 12, 10, 12  # rows of a picture
TYPED = 60  # characters that the boxes take
ENGLISH, CHINESE = "They can fish.", "他毕业于北京大学"


def _chain(first: int, n: int) -> list[Arrow]:
    """Arrows from each of n boxes, the first at this place, to the next."""
    return [Arrow(*both) for both in pairwise(range(first, first + n))]


def _across(a: int, b: int, n: int) -> list[Arrow]:
    """Arrows from n boxes at `a` … to those at `b` …"""
    return [Arrow(a + at, b + at) for at in range(n)]


def _columns(middle: str) -> tuple[str, str, str]:
    return t("in"), middle, t("out")


def _draw(key: str, boxes: Sequence[Box], arrows: Sequence[Arrow], middle: str, said: str) -> None:
    page.row(Figure(mapping(boxes, arrows, _columns(middle)), key, said, f"**{plain(said)}**"))


def one_to_many() -> None:
    """A seed in, a sequence of weather out."""
    st.markdown(t("##### One → many"))
    seed = st.number_input(t("Seed"), 0, MOST_SEED, 7, key="map_seed", bind="query-params", width=170)
    seed = int(seed or 0)
    trace = localise(runs_hmm.sample(WEATHER, GENERATED, seed))
    symbols, states = hmm_generate.labels(trace)
    chances = [
        trace[f"p_{dim}"].values[range(GENERATED), trace[drawn].values]
        for dim, drawn in (("state", "X"), ("symbol", "O"))
    ]
    boxes = [Box("in", 0, t("seed {n}", n=seed))]
    boxes += [Box("state", at, word, f"{p:.0%}") for at, (word, p) in enumerate(zip(states, chances[0], strict=True))]
    boxes += [Box("out", at, word, f"{p:.0%}") for at, (word, p) in enumerate(zip(symbols, chances[1], strict=True))]
    arrows = [Arrow(0, 1), *_chain(1, GENERATED), *_across(1, 1 + GENERATED, GENERATED)]
    said = t("One number → {n} observations: {sequence}.", n=GENERATED, sequence=" ".join(symbols))
    _draw("map_one_many", boxes, arrows, t("hidden state"), said)
    st.page_link(
        "pages/hmm_generate.py", label=t("Generate"), icon=":material/casino:", query_params={"gen_seed": str(seed)}
    )


def _rows(size: int, most: int) -> list[int | None]:
    """The places that are drawn, None for those left out."""
    if size <= most:
        return list(range(size))
    front = most // 2
    return [*range(front), None, *range(size - (most - front - 1), size)]


def many_to_one(asked: Asked) -> None:
    """The letters of the name in, one language out."""
    st.markdown(t("##### Many → one"))
    trace = runs_rnn.prefix_pair(asked.model, asked.name, asked.name)
    sizes, probs = np.abs(trace["first"].values).mean(1), trace["first_probs"].values[-1]
    language = t(runs.network(asked.model).params.languages[int(probs.argmax())])
    rows = _rows(len(asked.name), MOST_LETTERS)
    n = len(rows)
    boxes = [Box("in", at, "…" if k is None else asked.name[k].replace(" ", "␣")) for at, k in enumerate(rows)]
    boxes += [
        Box("state", at, "…") if k is None else Box("state", at, f"h{k + 1}", f"{sizes[k]:.2f}")
        for at, k in enumerate(rows)
    ]
    boxes.append(Box("out", n - 1, language, f"{probs.max():.0%}"))
    arrows = [*_across(0, n, n), *_chain(n, n), Arrow(2 * n - 1, 2 * n)]
    said = (t("One letter → one language: {language}.", language=language) if len(asked.name) == 1 else
            t("{n} letters → one language: {language}.", n=len(asked.name), language=language))  # fmt: skip
    _draw("map_many_one", boxes, arrows, t("state, mean |h|"), said)
    st.page_link("pages/step.py", label=t("Step through"), icon=":material/footprint:")


def _typed(key: str, label: str, first: str) -> str:
    raw = st.text_input(label, first, key=key, max_chars=TYPED, bind="query-params", live=True, autocomplete="off")
    return readable(raw or "", TYPED)


def aligned() -> None:
    """Words in, one tag a word out."""
    st.markdown(t("##### Many → many, one for one"))
    text = _typed("map_english", t("An English text"), ENGLISH)
    sentences = runs_work.english(text) if text else []
    if not sentences:
        st.info(t("Type a text with at least one word."), icon=":material/keyboard:")
        return
    found = runs_work.tagged(tuple(sentences[0][:MOST_WORDS])).words
    n = len(found)
    before = ["–", *(word.tag for word in found[:-1])]
    boxes = [Box("in", at, word.word) for at, word in enumerate(found)]
    boxes += [Box("state", at, f"{last} {word.tag}") for at, (last, word) in enumerate(zip(before, found, strict=True))]
    boxes += [Box("out", at, word.tag, f"{word.confidence:.0%}") for at, word in enumerate(found)]
    arrows = [*_across(0, n, n), *_chain(n, n), *_across(n, 2 * n, n)]
    said = (t("One word → one tag: {tags}.", tags=found[0].tag) if n == 1 else
            t("{n} words → {n} tags: {tags}.", n=n, tags=" ".join(word.tag for word in found)))  # fmt: skip
    _draw("map_aligned", boxes, arrows, t("last two tags"), said)
    st.page_link("pages/hmm_work.py", label=t("At work"), icon=":material/work:",
                 query_params={"work": "tag", "english": text})  # fmt: skip


def _shown(words: Sequence[str]) -> list[str]:
    """The first words that have room."""
    kept: list[str] = []
    for word in words:
        if sum(map(len, kept)) + len(word) > MOST_CHARACTERS:
            break
        kept.append(word)
    return kept or [words[0][:MOST_CHARACTERS]]


def unaligned() -> None:
    """Characters in, words out, of which there are fewer."""
    st.markdown(t("##### Many → many, of another number"))
    text = "".join(_typed("map_chinese", t("A Chinese text"), CHINESE).split())
    words = runs_work.segmentation(text).hmm if text else []
    if not words:
        st.info(t("Type a text with at least one Chinese character."), icon=":material/keyboard:")
        return
    words = _shown(words)
    characters = "".join(words)
    states = "".join(hmm_segment.states_of(word) if hmm_segment.is_han(word[0]) else "–" * len(word) for word in words)
    n, at = len(characters), 0
    boxes = [Box("in", row, char) for row, char in enumerate(characters)]
    boxes += [Box("state", row, state) for row, state in enumerate(states)]
    arrows = [*_across(0, n, n), *_chain(n, n)]
    for place, word in enumerate(words):
        boxes.append(Box("out", at + (len(word) - 1) / 2, word, rows=len(word)))
        arrows += [Arrow(n + at + inside, 2 * n + place) for inside in range(len(word))]
        at += len(word)
    given = {"n": n, "m": len(words), "words": " | ".join(words)}
    if n == 1:
        said = t("One character → one word: {words}.", **given)
    elif len(words) == 1:
        said = t("{n} characters → one word: {words}.", **given)
    else:
        said = t("{n} characters → {m} words: {words}.", **given)
    _draw("map_unaligned", boxes, arrows, t("place in the word"), said)
    st.page_link("pages/hmm_work.py", label=t("At work"), icon=":material/work:",
                 query_params={"work": "segment", "chinese": text})  # fmt: skip


@st.fragment
def panel(asked: Asked) -> None:
    """The panel: the kinds of sequence mapping."""
    st.subheader(t("4 · The kinds of sequence mapping"), anchor=False)
    st.markdown(prose("mappings", 5))
    for kinds in ((lambda: many_to_one(asked), one_to_many), (aligned, unaligned)):
        for column, kind in zip(st.columns(2, gap="large"), kinds, strict=True):
            with column:
                kind()
