"""Heads: what those of a network do on a sentence, in words."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import xarray as xr

from engine.heads import SCORES, measured
from ui import runs_transformer
from ui.language import N_, t

TRANSLATOR, NAMES = "transformer", "names"
OF_LETTERS = {
    "previous": N_("the letter before"), "same": N_("the letter itself"), "next": N_("the letter after"),
    "first": N_("the first letter"), "last": N_("the last letter"),
}  # fmt: skip
EQUATION = r"\displaystyle\mathrm{Concat}(Z_1,\ldots,Z_n)\,W_O=\sum_{h=1}^n Z_hW_O^h"
SPECIAL = ("[CLS]", "[SEP]")
PRONOUNS = ("it", "he", "she", "they", "him", "her", "them")
SOURCES = ["engine/attention.py", "engine/heads.py", "engine/heads_explain.py", "engine/transformer_values.py",
           "engine/transformer_explain.py", "engine/bert.py", "engine/bert_trace.py",
           "engine/transformer_names.py"]  # fmt: skip
Heads = tuple[tuple[int, int], ...]


class Got(NamedTuple):
    """The network, whose heads, the text and its words, what a translator writes, all inner values.

    shown: the weights [layer, head, query, key or source] as they are drawn; over: what the heads' scores are means
    of, "sentence" (this one), "texts" or "held" (held-out sentences); order: the score by which the heads stand, or
    "place"; off: the heads that are taken out.
    """

    name: str
    view: str
    text: str
    words: tuple[str, ...]
    written: tuple[str, ...]
    trace: xr.Dataset
    shown: xr.DataArray
    over: str
    order: str = "place"
    off: Heads = ()

    @property
    def is_bert(self) -> bool:
        """Whether it is a pretrained encoder."""
        return self.name not in (TRANSLATOR, NAMES)

    @property
    def end(self) -> str:
        """What the variables of these heads have behind their names."""
        return "_c" if self.view == "cross" else ""

    @property
    def key(self) -> str:
        """The dim of what is looked at."""
        return "source" if self.view == "cross" else "key"

    @property
    def hides(self) -> bool:
        """Whether [CLS] and [SEP] are left out of the pictures."""
        return self.shown.sizes["query"] < self.trace.sizes["query"]


def names(view: str) -> list[str]:
    """The scores that there are; only cross-attention has a true alignment."""
    of_cross = ["aligned", "aer"]
    return of_cross * (view == "cross") + [name for name in SCORES if name not in of_cross]


def scores(got: Got) -> dict[str, np.ndarray]:
    """Each score [layer head], in the order of `names`."""
    found = measured(got.trace["weights"].values) if got.over == "sentence" else runs_transformer.head_scores(
        got.name, "texts" if got.over == "texts" else got.view)  # fmt: skip
    return {name: found[name] for name in names(got.view)}


def said(score: str, network: str) -> str:
    """A score in the session's words."""
    if network not in (TRANSLATOR, NAMES) and score in ("first", "last"):
        return {"first": "[CLS]", "last": "[SEP]"}[score]
    return t(OF_LETTERS[score] if network == NAMES and score in OF_LETTERS else SCORES[score])


def measured_part(got: Got) -> int:
    """The part of the page's prose that says what is measured."""
    return 3 if got.is_bert else 7 if got.name == NAMES else 2


def standing(got: Got, name: str) -> list[tuple[int, int]]:
    """The heads in the order of a score, the highest first; of an error rate the lowest."""
    table = np.nan_to_num(scores(got)[name]) * (1 if name == "aer" else -1)
    return [divmod(int(place), table.shape[1]) for place in np.argsort(table, None, "stable")]


def finding(got: Got) -> str:
    """The clearest head of the view."""
    found = scores(got)
    if got.view == "cross":
        layer, head = _best(-found["aer"])
        return t("Over {n} held-out sentences layer {layer}, head {head} aligns best: in {p:.0%} of the words its "
                 "largest weight lies on the true German word, alignment error rate {aer:.2f}; the worst head has "
                 "{worst:.2f}.", n=runs_transformer.HELD, layer=layer + 1, head=head + 1,
                 p=found["aligned"][layer, head], aer=found["aer"][layer, head],
                 worst=found["aer"].max())  # fmt: skip
    if got.is_bert:
        return _resting(got, found)
    name, (layer, head) = _clearest(found)
    told = {"layer": layer + 1, "head": head + 1, "p": found[name][layer, head], "where": said(name, got.name)}
    if got.name == NAMES:
        return t("Layer {layer}, head {head} is the clearest: {p:.0%} of its weight lies on {where}.", **told)
    return t("Layer {layer}, head {head} is the clearest: {p:.0%} of its weight lies on {where}, on average over {n} "
             "held-out sentences.", n=runs_transformer.HELD, **told)  # fmt: skip


def _resting(got: Got, found: dict[str, np.ndarray]) -> str:
    """How many heads rest on the marks, and the furthest look from the word that is asked about."""
    rest, looks = found["first"] + found["last"], furthest(got, word(got))
    n, text = int((rest > 0.5).sum()), ""
    if looks:
        far, words = looks[0], [str(word) for word in got.trace["query_label"].values]
        text = t("The furthest look from “{word}”: {p:.0%} of a head’s weight on “{other}”, {n} places away (layer "
                 "{layer}, head {head}).", word=words[word(got)], other=words[far.place], p=far.weight,
                 n=abs(far.place - word(got)), layer=far.layer + 1, head=far.head + 1)  # fmt: skip
    rested = t("{n} of {all} heads rest with more than half of their weight on [CLS] and [SEP].", n=n, all=rest.size)
    return " ".join(filter(None, (text, rested)))


def _clearest(found: dict[str, np.ndarray]) -> tuple[str, tuple[int, int]]:
    """The place on which a head puts most, and that head."""
    places = {name: table for name, table in found.items() if name in ("previous", "same", "next", "first", "last")}
    places = {name: table for name, table in places.items() if np.isfinite(table).any()}
    name = max(places, key=lambda each: np.nanmax(places[each]))
    return name, _best(places[name])


def _best(table: np.ndarray) -> tuple[int, int]:
    layer, head = np.unravel_index(int(np.nanargmax(table)), table.shape)
    return int(layer), int(head)


def telling(got: Got) -> tuple[int, int]:
    """The head that is shown first: layer and head, from 0."""
    found = scores(got)
    if got.view == "cross":
        return _best(-found["aer"])
    if got.is_bert:
        looks = furthest(got, word(got))
        return (looks[0].layer, looks[0].head) if looks else (0, 0)
    return _clearest(found)[1]


class Far(NamedTuple):
    """A look from a word to another one: which head, where to, how much; reach: weight times distance."""

    layer: int
    head: int
    place: int
    weight: float
    reach: float


def first_word(got: Got) -> int:
    """The place of a pronoun, else of the last word."""
    words = [str(word) for word in got.trace["query_label"].values]
    places = [k for k, each in enumerate(words) if each not in SPECIAL]
    return next((k for k in places if words[k] in PRONOUNS), places[-1])


def word(got: Got) -> int:
    """The place of the word that is asked about."""
    words = [str(word) for word in got.trace["query_label"].values]
    asked = st.query_params.get("word") or next(iter(st.session_state.get("heads_word", [])), "")
    fits = asked.isdecimal() and len(asked) < 4 and int(asked) < len(words) and words[int(asked)] not in SPECIAL
    return int(asked) if fits else first_word(got)


def furthest(got: Got, place: int) -> list[Far]:
    """To each other word the head that looks there most from `place`, the furthest reach first."""
    weights, words = got.trace["weights"].values[:, :, place], [str(word) for word in got.trace["query_label"].values]
    found = []
    for key, each in enumerate(words):
        if each not in SPECIAL and key != place:
            layer, head = _best(weights[:, :, key])
            weight = float(weights[layer, head, key])
            found.append(Far(layer, head, key, weight, weight * abs(key - place)))
    return sorted(found, key=lambda far: -far.reach)
