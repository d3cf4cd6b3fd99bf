"""Decoding: the pictures and tables."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.curves import curves
from charts.matrix import matrix
from charts.offers import offers
from charts.stepper import stepper
from charts.tree import tree
from ui import decoding_force, decoding_said, explanation, lstm, page
from ui.decoding import Asked, Found, score, sentence_of, share
from ui.encoder_decoder import reference
from ui.language import t
from ui.page import Figure

BUSY = 400  # nodes of a tree from which on a note helps


def steps(ask: Asked, found: Found) -> None:
    """The stepper over the words."""
    words, p = [str(word) for word in found.steps["step_label"].values], np.exp(found.steps["taken"].values)
    forced, first = dict(ask.forced), decoding_said.doubt(found)
    captions = [f"{each:.0%}" + (f"\n{t('forced')}" if k in forced else "") for k, each in enumerate(p)]
    if found.tree is not None or ask.never:
        first = decoding_said.fork(ask, found)
    index = lstm.cursor("step", len(words)) if "step" in st.query_params else first
    chart = stepper(words, captions, "step", "step", index, strengths=p.tolist())
    page.steps(chart, t("The words of the translation with their probabilities"))


# ── the tree and its results ────────────────────────────────────────────────────────────────────────────────────


def grown(ask: Asked, found: Found, alt: str) -> None:
    """The tree of the beam; a node that is picked is explained, and the search can go on from there."""
    nodes, last = found.tree.sizes["node"], found.steps.sizes["step"] - 1
    notes = t("{n} words were looked at.", n=nodes) if nodes > BUSY else None
    title = t("**The tree of the search**: score under each word kept; it grows with the steps above")
    chart = tree(found.tree, last=last, notes=notes)
    page.draw(chart, "decoding_tree", alt, title, trace=found.tree, below=_from_here(ask, found))


def _path(search: xr.Dataset, node: int) -> list[str]:
    """The words from the root to a node."""
    parents, labels, path = search["parent"].values, search["node_label"].values, []
    while node > 0:
        path.insert(0, str(labels[node]))
        node = int(parents[node])
    return path


def _from_here(ask: Asked, found: Found) -> Callable[[dict | None], None]:
    """The button that makes the way to a node the beginning."""

    def below(picked: dict | None) -> None:
        node = (picked or {}).get("position", {}).get("node")
        if not node or node >= found.tree.sizes["node"]:
            return
        words = _path(found.tree, node)
        shown = page.plain(" ".join(words))
        if st.button(t("Go on from here: {words}", words=shown), icon=":material/fork_right:", key="decoding_from"):
            decoding_force.force(dict(enumerate(words)), len(words) - 1)
            st.rerun()

    return below


def results(ask: Asked, found: Found) -> None:
    """The n best of a beam; a row that is selected is explained."""
    right, search = reference(ask), found.tree
    rows = []
    for each, leaf in zip(search.attrs["results"], search["leaf"].values.astype(int), strict=True):
        said = sentence_of(ask, each.words)
        rows.append({
            "translation": said, "log_prob": each.log_prob, "penalty": float(search["penalty"].values[leaf]),
            "score": each.score, "reason": decoding_said.reason(each.reason),
            "bleu": score(ask, each.words, right),
        })  # fmt: skip
    st.markdown(t("**The {n} best**, by log P over the length penalty", n=len(rows)))
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns = {
        "translation": text(t("translation"), width="large"), "log_prob": number("log P", format="%.4f"),
        "penalty": number(t("penalty"), format="%.4f"), "score": number(t("score"), format="%.4f"),
        "reason": text(t("stopped by")), "bleu": number("BLEU", format="%.1f"),
    }  # fmt: skip
    place = _table(rows, columns, "decoding_best", right is None)
    if place is not None:
        cell = {"variable": "score", "position": {"node": int(search["leaf"].values[place])}}
        explanation.panel(search, cell, "decoding_best")


def _table(rows: Sequence[dict], columns: dict, key: str, unknown: bool) -> int | None:
    """A table; the row that is selected."""
    data = pd.DataFrame(rows)
    if unknown:
        data = data.drop(columns="bleu")
    event = st.dataframe(
        data, column_config=columns, hide_index=True, key=key, on_select="rerun", selection_mode="single-row",
        height="content", placeholder="",
    )  # fmt: skip
    picked = event.selection.rows
    return picked[0] if picked and picked[0] < len(rows) else None


# ── one step ────────────────────────────────────────────────────────────────────────────────────────────────────


def step(ask: Asked, found: Found, alt: str) -> None:
    """What the step offers; a word that is clicked is forced there."""
    title = t("**What this step offers**: click a word to go on with it, a number to see how it is computed")
    forced = [step for step, _ in ask.forced]
    chart = offers(found.steps, _words_of_offers(ask), forced, rows=12 if ask.kind == "sampling" else 5)
    page.draw(chart, "decoding_offers", alt, title, trace=found.steps, below=_forcing(ask, found))


def _words_of_offers(ask: Asked) -> dict[str, str]:
    said = {
        "at": t("Word {k}, after"), "start": t("(the beginning)"), "word": t("word"), "p": t("probability"),
        "took": t("taken"), "taken": t("“{word}” was taken"), "go": t("Go on with “{word}”"), "forced": t("forced"),
        "out": t("cut off"), "was_forced": t("“{word}” is forced here."),
        "more": t("… {n} more words, together {mass}"), "inside": t("… {n} more words inside, together {mass}"),
        "hint": t("The words follow the steps above; the dark one was taken."), "F": "", "q": "", "draw": "",
    }  # fmt: skip
    if ask.kind != "sampling":
        return said
    return said | {
        "p": t("p at T"), "F": t("added up"), "draw": t("where u falls"), "q": t("drawn with"),
        "cutoff": t("cut off here"), "fell": t("u = {u} fell on “{word}”"),
        "keeps": t("{n} words are inside, together {mass}"), "key_F": t("added up, F"),
        "key_top_p": t("top-p = {p}", p=f"{ask.top_p:g}"), "key_u": t("random number u"),
    }  # fmt: skip


def _forcing(ask: Asked, found: Found) -> Callable[[dict | None], None]:
    """Take the word that the browser named."""

    def below(_: dict | None) -> None:
        said = st.session_state.pop("decoding_offers__said", None)
        if said is None:
            return
        at, _, word = said.partition(":")
        if not (at.isdecimal() and at.isascii() and len(at) < 4 and 1 <= int(at) <= found.steps.sizes["step"]):
            return
        if word not in ask.translator.target.index or word in decoding_force.NEVER:
            return
        step, before = int(at) - 1, dict(ask.forced)
        if found.tree is not None:  # a beam would change the words before as well
            before = dict(enumerate(map(str, found.steps["step_label"].values[:step])))
        decoding_force.one(before, step, word)
        st.rerun()

    return below


def sums(found: Found) -> None:
    """log P word by word and added up."""
    page.row(_strip(found, "taken"), _strip(found, "total"))


def _strip(found: Found, name: str) -> Figure:
    array = found.steps[name]
    alt = t("{what}: {values}", what=array.attrs["meaning"], values=", ".join(f"{x:.3g}" for x in array.values))
    return Figure(matrix(array, columns="step"), f"decoding_{name}", alt, page.title(array), found.steps)


def ending(found: Found) -> None:
    """The probability of the end, as a curve and as numbers."""
    left, right = st.columns([1, 1], gap="medium")
    with left:
        _curve(found)
    with right:
        page.row(_strip(found, "p_eos"))


def _curve(found: Found) -> None:
    p = found.steps["p_eos"].values
    data = pd.DataFrame({"x": range(1, len(p) + 1), "y": p, "run": "<eos>", "part": ""})
    chart = curves(data, t("word"), t("probability of <eos>"), form="%", legend="none", points=True, height=170)
    at = int(p.argmax())
    alt = t("The probability of the end is largest at word {k}: {p}.", k=at + 1, p=share(p[at]))
    page.draw(chart, "decoding_end", alt, t("**The probability of `<eos>`**, word by word"))


# ── beside the original, and many samples ───────────────────────────────────────────────────────────────────────


def compared(ask: Asked, found: Found, before: Found) -> None:
    """The original and what the wishes made of it, each with its numbers; a selected row is proved."""
    right, rows = reference(ask), []
    for name, each in ((t("original"), before), (t("now"), found)):
        rows.append({
            "name": name, "translation": sentence_of(ask, each.ids), "log_prob": each.log_prob,
            "change": each.log_prob - before.log_prob, "bleu": score(ask, each.ids, right),
            "reason": decoding_said.reason(each.reason),
        })  # fmt: skip
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns = {
        "name": text("", width="small"), "translation": text(t("translation"), width="large"),
        "log_prob": number("log P", format="%.4f"), "change": number(t("change"), format="%+.4f"),
        "bleu": number("BLEU", format="%.1f"), "reason": text(t("stopped by")),
    }  # fmt: skip
    place = _table(rows, columns, "decoding_compared", right is None)
    if place is not None:
        steps = (before, found)[place].steps
        cell = {"variable": "total", "position": {"step": steps.sizes["step"] - 1}}
        explanation.panel(steps, cell, "decoding_compared")


def variety(ask: Asked) -> None:
    """The sentences of the first seeds with how often they came; a selected row is stepped through."""
    seeds: dict = defaultdict(list)
    drawn = decoding_said.samples(ask)
    for seed, each in enumerate(drawn):
        seeds[each.words].append(seed)
    logs, right = {each.words: each.log_prob for each in drawn}, reference(ask)
    ranked = sorted(seeds, key=lambda words: (-len(seeds[words]), -logs[words]))
    rows = [
        {"times": len(seeds[words]), "translation": sentence_of(ask, words), "log_prob": logs[words],
         "seeds": ", ".join(map(str, seeds[words])), "bleu": score(ask, words, right)}
        for words in ranked
    ]  # fmt: skip
    st.markdown(t("**{n} seeds**: select a row to step through it", n=len(drawn)))
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns = {
        "times": number(t("times"), format="%d", width="small"), "translation": text(t("translation"), width="large"),
        "log_prob": number("log P", format="%.4f"), "seeds": text(t("seeds")), "bleu": number("BLEU", format="%.1f"),
    }  # fmt: skip
    place = _table(rows, columns, "decoding_variety", right is None)
    if place is not None and ask.seed != seeds[ranked[place]][0] and st.session_state.get("decoding_row") != place:
        st.session_state["decoding_seed"] = seeds[ranked[place]][0]
        st.session_state["decoding_row"] = place
        st.rerun()
    if place is None:
        st.session_state.pop("decoding_row", None)
