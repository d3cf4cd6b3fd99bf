"""Heads: the pictures of all heads, of one, of the lines between words; what each does and adds."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.heads import heads
from charts.links import links
from charts.matrix import matrix
from ui import choices, page, runs_transformer
from ui import heads as about
from ui.language import localise, t
from ui.page import Figure

MANY = 120_000  # weights; of more one layer at a time goes to the browser
TOP = 5
MOST_ROWS = 16  # of a table that is shown whole


class Parts(NamedTuple):
    """What is drawn: weights of the small maps, of the large picture and the lines, where the cursors stand.

    Of a long text all are those of one layer, and the large picture and the lines have no dim `layer`.
    """

    small: xr.DataArray
    large: xr.DataArray
    cursors: dict[str, dict]

    @property
    def is_whole(self) -> bool:
        """Whether all layers are there."""
        return "layer" in self.large.dims


def _cursor(got: about.Got, dim: str, first: int) -> dict:
    asked, size = st.query_params.get(dim, ""), got.trace.sizes[dim]
    if asked and not (asked.isdecimal() and len(asked) < 4 and int(asked) < size):
        st.warning(t("The link asks for {param}={value}, which does not exist here; it is left out.", param=dim,
                     value=page.plain(asked[:20])))  # fmt: skip
        del st.query_params[dim]
        asked = ""
    return {"param": dim, "index": int(asked) if asked else first}


def parts(got: about.Got) -> Parts:
    """What goes to the browser: everything, or of a long text one layer."""
    layer, head = about.telling(got)
    head_at = _cursor(got, "head", head)
    if got.shown.size <= MANY:
        return Parts(got.shown, got.shown, {"layer": _cursor(got, "layer", layer), "head": head_at})
    layers = {str(k): str(k + 1) for k in range(got.shown.sizes["layer"])}

    def show(options: list, at: object, **given: object):
        return st.segmented_control(t("Layer"), options, default=at, required=True, **given)

    st.caption(t("The text is long: the pictures show one layer at a time."))
    at = int(choices.one("heads_layer", layers, show, str(layer), "layer"))
    return Parts(got.shown.isel(layer=[at]), got.shown.isel(layer=at),
                 {"layer": {"param": "layer", "index": at}, "head": head_at})  # fmt: skip


def grid(got: about.Got, seen: Parts) -> None:
    """All heads, and the one that is chosen."""
    drawn, said = set(map(int, seen.small["layer"].values)), about.finding(got)
    standing, captions = None, ()
    if got.order != "place":
        table = about.scores(got)[got.order]
        standing = [at for at in about.standing(got, got.order) if at[0] in drawn]
        captions = [f"{table[at]:.2f}" for at in standing]
    chart = heads(seen.small, order=standing, captions=captions, off=got.off, cursors=seen.cursors)
    title = t("**All {n} heads**: layer·head", n=len(drawn) * got.shown.sizes["head"])
    sliders = ("layer", "head") if seen.is_whole else ("head",)
    large = matrix(seen.large, "query", got.key, slider=sliders, show_slider=False, compact=True,
                   cursors={dim: seen.cursors[dim] for dim in sliders})  # fmt: skip
    page.row(
        Figure(chart, "heads_all", said, title),
        Figure(large, "heads_one", said, t("**The chosen head**"), got.trace),
        widths=[1, 1] if len(drawn) < 5 else [3, 2],
    )


def lines(got: about.Got, seen: Parts) -> None:
    """Words to words, a colour a head."""
    slider = "layer" if seen.is_whole else None
    chart = links(seen.large, source=got.key, target="query", head="head", slider=slider,
                  heads=[seen.cursors["head"]["index"]], layout="columns")  # fmt: skip
    title = t("**From layer k to layer k+1**: left what is looked at, right who looks; choose heads by their chips")
    if got.view == "cross":
        title = t("**From the words read to the words written**: choose heads by their chips")
    page.draw(chart, "heads_lines", about.finding(got), title, trace=got.trace)


def sought(got: about.Got) -> None:
    """A word, and which head looks from it furthest and most to each other word."""
    words = [str(word) for word in got.trace["query_label"].values]
    names = {str(k): f"{word} ({k})" for k, word in enumerate(words) if word not in about.SPECIAL}

    def show(options: list, at: object, **given: object):
        return st.selectbox(t("From which word?"), options, options.index(at), width=320, **given)

    place = int(choices.one("heads_word", names, show, str(about.first_word(got)), "word"))
    found = about.furthest(got, place)[:TOP]
    if not found:
        return
    table = pd.DataFrame([
        {t("looks at"): words[each.place], t("weight"): each.weight, t("places away"): abs(each.place - place),
         t("weight × distance"): each.reach, t("layer"): each.layer + 1, t("head"): each.head + 1}
        for each in found
    ])  # fmt: skip
    formats = {t("weight"): "%.3f", t("weight × distance"): "%.2f"}
    columns = {name: st.column_config.NumberColumn(format=form) for name, form in formats.items()}
    st.dataframe(table, hide_index=True, column_config=columns, width="content")


def does(got: about.Got) -> None:
    """The measured scores of all heads."""
    tables = about.scores(got)
    words = {name: about.said(name, got.name) for name in tables}
    rows = [
        {t("head"): f"{layer + 1}·{head + 1}"} | {words[name]: tables[name][layer, head] for name in tables}
        for layer in range(got.trace.sizes["layer"]) for head in range(got.trace.sizes["head"])
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    bars = {word: st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
            for word in words.values()}  # fmt: skip
    st.dataframe(table, hide_index=True, column_config=bars, height="content" if len(rows) <= MOST_ROWS else 460)


def adds(got: about.Got) -> None:
    """How much each head adds to the stream."""
    parts, gap = runs_transformer.head_parts(got.name, got.text, got.view, got.written, got.trace)
    found = localise(parts)
    share = found["part"].values.mean(2)
    layer, head = np.unravel_index(int(share.argmax()), share.shape)
    said = t("Added up, the heads and the bias give what attention adds to the stream: largest difference {gap:.0e}. "
             "Most is added by layer {layer}, head {head}.", gap=gap, layer=layer + 1, head=head + 1)  # fmt: skip
    st.markdown(f"**{page.plain(said)}**")
    array = found["part"]
    chart = matrix(array, "head", "query", slider="layer", show_slider=False, compact=True)
    page.draw(chart, "heads_part", said, page.title(array), trace=found)
