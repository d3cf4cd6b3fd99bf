"""One vector for all: context vectors of many sentences as points, the user's own on its way, and what moves them."""

import pandas as pd
import streamlit as st

from charts.marks import bars
from charts.plane import plane
from charts.stepper import stepper
from engine.translation.bottleneck import CHANGES, Cloud
from ui import encoder_decoder, lstm, page, runs_seq2seq, sentence
from ui.encoder_decoder import UNK
from ui.language import N_, t
from ui.page import Figure

OTHERS = N_("other sentences")


def points(cloud: Cloud) -> pd.DataFrame:
    """The points with their groups in the session's language, the changes first among the groups."""
    groups = list(dict.fromkeys([*CHANGES, *(group for group in cloud.points["group"] if group), ""]))
    said = [t(group or OTHERS) for group in groups]
    column = cloud.points["group"].map(dict(zip(groups, said, strict=True)))
    return cloud.points.assign(group=pd.Categorical(column, list(dict.fromkeys(said))))


def typed(name: str) -> tuple[str, ...]:
    """The user's sentence as the network cuts it; stops the page where there is none."""
    own = runs_seq2seq.translator(name).source
    vocabulary = own.vocabulary if own.kind == "words" else ()
    text = sentence.box(vocabulary, encoder_decoder.EXAMPLES, t("German sentence"))
    words = sentence.words(text, own)
    sentence.say_unknown(words, own)
    if not words:
        st.info(t("The network sees no word in this."), icon=":material/keyboard:")
        st.stop()
    return tuple(words)


def _read(name: str, words: tuple[str, ...]) -> list[str]:
    """The words in the order in which the network reads them; both where it reads both ways."""
    found = runs_seq2seq.translator(name)
    seen = [word if word in found.source.index else UNK for word in words]
    if found.params.bidirectional:
        return [f"{a} · {b}" for a, b in zip(seen, seen[::-1], strict=True)]
    return seen[::-1] if found.params.reversed else seen


def steps(name: str, words: tuple[str, ...]) -> list[str]:
    """The stepper over what is read; returns its labels."""
    labels = _read(name, words)
    chart = stepper(labels, dim="read", param="read", index=lstm.cursor("read", len(labels)), hover=True)
    page.steps(chart, t("The order in which the encoder reads the words"))
    return labels


def figures(name: str, words: tuple[str, ...], labels: list[str]) -> tuple[str, list[Figure]]:
    """What moves the vector most, in words; the map with the sentence's way, and how far each change moves a vector."""
    cloud = runs_seq2seq.vectors(name)
    way = pd.DataFrame(runs_seq2seq.way_of(name, words), columns=["x", "y"]).assign(label=labels)
    axes = tuple(
        t("component {k}: {share:.0%} of the variance", k=k, share=share)
        for k, share in enumerate(cloud.plane.explained, 1)
    )
    told, mean = moves(cloud)
    cloudy = plane(points(cloud), way, "read", axes=axes, focus=t(CHANGES[1]))
    per_cent = mean.assign(value=100 * mean["value"])
    far = bars(per_cent, t("% of that distance"), t("change"), form=".0f", height_a_bar=34)
    how = t("**How far a change moves the vector**, against the mean distance between two sentences")
    return told, [
        Figure(cloudy, "bottleneck_plane", told, t("**Context vectors** in two dimensions, and the way to yours")),
        Figure(far, "bottleneck_moved", told, how),
    ]


def moves(cloud: Cloud) -> tuple[str, pd.DataFrame]:
    """The changes by how far they move a vector: in words, and as a table of label and value."""
    mean = pd.DataFrame({"label": [t(change) for change in CHANGES], "value": cloud.moved.mean(0)})
    by_size = mean.sort_values("value", ascending=False)
    most, least = by_size.iloc[0], by_size.iloc[-1]
    said = t(
        "“{most}” moves the vector most, by {a:.0%} of the distance between two sentences, “{least}” least by {b:.0%}.",
        most=most["label"], least=least["label"], a=most["value"], b=least["value"],
    )  # fmt: skip
    return said, mean
