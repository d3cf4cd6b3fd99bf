"""One block: parts taken out, what the network writes then, and what it thinks of its old answer."""

import math

import numpy as np
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from ui import choices, page, runs_seq2seq, runs_transformer
from ui.block import NETWORK, PARTS, SIDES, Got
from ui.encoder_decoder import EOS
from ui.language import prose, t

Part = tuple[str, int, str]


def _parts() -> list[Part]:
    layers = range(runs_seq2seq.translator(NETWORK).params.n_layers)
    return [
        (side, layer, part) for side in SIDES for layer in layers
        for part in PARTS if part != "cross" or side == "decoder"
    ]  # fmt: skip


def _word(part: Part) -> str:
    """A part in the link: encoder-1-ffn."""
    return f"{part[0]}-{part[1] + 1}-{part[2]}"


def _name(part: Part) -> str:
    return t("{side} {k}: {part}", side=t(SIDES[part[0]]), k=part[1] + 1, part=t(PARTS[part[2]]))


def _old(got: Got) -> float:
    return runs_transformer.without(NETWORK, got.ask.words, got.written, ()).log_prob


def table(got: Got) -> xr.DataArray:
    """By how much the old answer's log-probability changes if one part is missing, [place, part]."""
    parts, rows = _parts(), [(side, layer) for side in SIDES for layer in sorted({part[1] for part in _parts()})]
    cells = np.full((len(rows), len(PARTS)), np.nan)
    for part in parts:
        found = runs_transformer.without(NETWORK, got.ask.words, got.written, (part,))
        cells[rows.index(part[:2]), list(PARTS).index(part[2])] = found.log_prob - _old(got)
    coords = {
        "place": ("place", range(len(rows)), {"word": t("layer")}),
        "place_label": ("place", [f"{t(SIDES[side])} {layer + 1}" for side, layer in rows]),
        "part": ("part", range(len(PARTS)), {"word": t("part of the layer")}),
        "part_label": ("part", [t(word) for word in PARTS.values()]),
    }  # fmt: skip
    attrs = {"name": "change", "kind": "signed", "symbol": r"\Delta\log P",
             "meaning": t("change of the answer’s log-probability without the part")}  # fmt: skip
    return xr.DataArray(cells, coords, ("place", "part"), attrs=attrs)


def show(got: Got) -> None:
    """The table of all single parts, and those that are chosen together."""
    st.markdown(prose("block", 4))
    found = table(got)
    worst = np.unravel_index(int(np.nanargmin(found.values)), found.shape)
    said = t("Dearest is the {part} of {layer}: without it, the answer’s log-probability falls by {n:.1f} to "
             "{log:.1f}.", part=found["part_label"].values[worst[1]], layer=found["place_label"].values[worst[0]],
             n=-found.values[worst], log=_old(got) + found.values[worst])  # fmt: skip
    st.markdown(f"**{page.plain(said)}**")
    page.draw(matrix(found, "place", "part", show_values="always"), "block_without", said, page.title(found))
    chosen = _chosen()
    if not chosen:
        st.caption(t("Choose parts above to have the sentence translated without them."))
        return
    _outcome(got, chosen)


def _chosen() -> tuple[Part, ...]:
    options = {_word(part): part for part in _parts()}

    def draw(words: list, at: list, **given: object) -> list:
        return st.multiselect(t("Taken out"), words, at, placeholder=t("Choose parts"), **given)

    names = {word: _name(part) for word, part in options.items()}
    words = choices.several("block_out", names, draw, "out")
    return tuple(options[word] for word in words)


def _outcome(got: Got, chosen: tuple[Part, ...]) -> None:
    """What is written without the parts."""
    found, own = runs_transformer.without(NETWORK, got.ask.words, got.written, chosen), got.ask.translator.target
    text = page.plain(own.join([word for word in found.words if word != EOS]) or "∅")
    old = page.plain(own.join([word for word in got.written if word != EOS]) or "∅")
    change = found.log_prob - _old(got)
    p = math.exp(found.log_prob) if found.log_prob > -700 else 0.0
    if found.words == got.written:
        said = t("Without {parts} it still writes: {text}", parts=", ".join(map(_name, chosen)), text=text)
    else:
        said = t("Without {parts} it writes: {text} (before: {old})", parts=", ".join(map(_name, chosen)), text=text,
                 old=old)  # fmt: skip
    st.markdown(f"**{said}**")
    st.markdown(t("The old answer now has probability {p:.2g}: its log-probability changes by {change:+.2f}.", p=p,
                  change=change))  # fmt: skip
    if found.reason != "eos":
        st.markdown(t("It never said {eos} and was stopped after {n} words.", eos="`<eos>`", n=len(found.words)))
