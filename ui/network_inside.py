"""One sentence inside jieba's network: the gates of its four GRUs, and the best path of tags with its posteriors."""

import numpy as np
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from charts.stepper import stepper
from charts.trellis import MOST_STATES, trellis
from engine import bigru_crf_bulk
from engine.similarity import similarity_order
from ui import hmm_words, hmm_work, page, runs_work
from ui.language import localise, prose, t
from ui.page import Figure

LEAST, FEWEST = 1e-3, 4  # posterior from which a tag is drawn, and how many are drawn in any case
READERS = {"1f": (0, 0), "1b": (0, 1), "2f": (1, 0), "2b": (1, 1)}  # in the link: layer and direction


def sentence(text: str) -> str:
    """The sentence that is looked into: the first with a Chinese character, or the one chosen."""
    inner = [middle for _, middle, _ in map(bigru_crf_bulk.parts, bigru_crf_bulk.sentences(text)) if middle]
    first = next((k for k, each in enumerate(inner) if bigru_crf_bulk.has_han(each)), 0)
    return inner[hmm_work.choose("sentence", t("Sentence"), inner, first)]


def tags(trace: xr.Dataset) -> list[str]:
    """The tag of each character on the best path."""
    names = trace["state_label"].values
    return [str(names[at]) for at in trace["path"].values]


def captions(trace: xr.Dataset) -> list[str]:
    """What stands under each character of the stepper: its tag and the posterior of it."""
    sure = np.take_along_axis(trace["gamma"].values, trace["path"].values[:, None], 1)[:, 0]
    return [f"{tag}\n{share:.0%}" for tag, share in zip(tags(trace), sure, strict=True)]


def reader() -> tuple[int, int]:
    """Which of the four GRUs is shown: (layer, direction); kept in the link."""
    options = {
        "1f": t("layer 1, forward"), "1b": t("layer 1, backward"), "2f": t("layer 2, forward"),
        "2b": t("layer 2, backward"),
    }  # fmt: skip
    return READERS[hmm_words.one_of("gru", t("GRU"), options, "1f")]


def ordered() -> bool:
    """Whether similar units stand side by side; kept in the link."""
    options = {"similar": t("Similar units together"), "index": t("Units by number")}
    return hmm_words.one_of("units", t("Order"), options, "similar") == "similar"


def gates(trace: xr.Dataset, layer: int, direction: int, similar: bool) -> tuple[str, list[Figure]]:
    """What the update gates do in words, and heat maps of u, r, the candidate and h over the characters."""
    one = trace[["u", "r", "c", "h"]].isel(layer=layer, direction=direction)
    open_at = one["u"].values.mean(1)
    most, least, chars = int(open_at.argmax()), int(open_at.argmin()), trace["time_label"].values
    said = t("On average the update gates are open to {share:.2f}.", share=float(open_at[0])) if len(chars) == 1 else t(
        "On average the update gates are open widest at {k} ({char}), {share:.2f}, and least at {j} ({other}), "
        "{low:.2f}.",
        k=most + 1, char=chars[most], share=float(open_at[most]), j=least + 1, other=chars[least],
        low=float(open_at[least]),
    )  # fmt: skip
    order = similarity_order(one["h"].values) if similar else list(range(one.sizes["unit"]))
    figures = []
    for name in one.data_vars:
        chart = matrix(one[name].isel(unit=order), "unit", "time", compact=True, domain=(-1.0, 1.0))
        figures.append(Figure(chart, f"network_{name}", said, page.title(trace[name]), trace))
    return said, figures


def matter(trace: xr.Dataset) -> list[int]:
    """The tags that are drawn: of the best path, and by posterior those that are likely somewhere."""
    likely = trace["gamma"].values.max(0)
    order = np.argsort(-likely, kind="stable")
    kept = set(trace["path"].values.tolist())
    for n, tag in enumerate(order.tolist()):
        if len(kept) < MOST_STATES and (likely[tag] >= LEAST or n < FEWEST):
            kept.add(tag)
    return sorted(kept)


def _back(trace: xr.Dataset, kept: list[int]) -> xr.DataArray:
    """Where the best way into a drawn tag comes from, as a place among the drawn ones."""
    arriving = trace["log_candidate"].values[:, kept][:, :, kept].argmax(1)
    places = {tag: at for at, tag in enumerate(kept)}
    psi = trace["psi"].isel(next_state=kept)
    winner = [[places.get(tag, other) for tag, other in zip(*rows, strict=True)]
              for rows in zip(psi.values.tolist(), arriving.tolist(), strict=True)]  # fmt: skip
    return psi.copy(data=np.array(winner, np.int64).reshape(psi.shape))


def doubt(trace: xr.Dataset) -> str:
    """How likely the best path is, and the character whose tag is least sure, with the tag that comes next."""
    share, names = hmm_words.probability(float(trace["path_log"]), 3), trace["state_label"].values
    sure = np.take_along_axis(trace["gamma"].values, trace["path"].values[:, None], 1)[:, 0]
    at = int(sure.argmin())
    tag, row = int(trace["path"][at]), trace["gamma"].values[at]
    other = next(int(rival) for rival in np.argsort(-row, kind="stable") if rival != tag)
    return t(
        "P(best path | sentence) = {p}. Least sure is {k} ({char}): {tag} {share:.0%}, {other} {rest:.0%}.",
        p=share, k=at + 1, char=trace["time_label"].values[at], tag=names[tag], share=float(row[tag]),
        other=names[other], rest=float(row[other]),
    )  # fmt: skip


def walk(trace: xr.Dataset) -> None:
    """Viterbi over the tags that matter, and how sure the network is of them."""
    kept = matter(trace)
    few = trace.isel(state=kept, next_state=kept)
    places = np.array([kept.index(tag) for tag in trace["path"].values.tolist()])
    path = xr.DataArray(places[None], dims=("decoder", "time"), attrs=trace["path"].attrs,
                        coords={"decoder_label": ("decoder", np.array([t("best path")]))})  # fmt: skip
    said = doubt(trace)
    st.markdown(f"**{page.plain(said)}**")
    st.caption(t("{n} of {N} tags are drawn: those on the best path and, up to {most} in all, the {few} likeliest and "
                 "any whose posterior reaches {least:g} somewhere. A way from a tag that is not drawn has no line.",
                 n=len(kept), N=trace.sizes["state"], most=MOST_STATES, least=LEAST, few=FEWEST))  # fmt: skip
    hmm_words.too_large(few)
    chart = trellis(
        few["log_delta"], arcs=few["log_candidate"] if trace.sizes["step"] else None, back=_back(trace, kept),
        paths=path, pi=few["pi"], emission=few["b"], trace_back=True, observations=trace["time_label"].values,
        index=page.cursor("k", few["log_delta"].size + trace.sizes["time"]),
    )  # fmt: skip
    page.draw(chart, "network_trellis", said, trace=trace)
    st.markdown(prose("network_work", 2))
    sure = matrix(few["gamma"], "state", "time", highlight="column_max")
    most = float(trace["A"].values.max())  # what must not follow has a score far below -most
    after = matrix(few["A"], "state", "next_state", domain=(-most, most))
    page.row(
        Figure(sure, "network_gamma", t("How sure the network is of each tag."), page.title(trace["gamma"]), trace),
        Figure(after, "network_A", t("Which tag the CRF likes after which."), page.title(trace["A"]), trace),
        widths=[3, 2],
    )


def inside(text: str, folded: bool) -> None:
    """The sentence character by character: gates, then the path."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader(t("Inside, character by character"), anchor=False, width="content")
        one = sentence(text)
    trace = localise(runs_work.network_trace(one, folded))
    page.steps(stepper(list(one), captions(trace), index=page.cursor("t", len(one))), t("Characters and their tags."))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        layer, direction = reader()
        similar = ordered()
    said, figures = gates(trace, layer, direction, similar)
    if len(one) > 1:  # of a single character no gate is open wider than another
        st.markdown(f"**{page.plain(said)}**")
    page.row(*figures[:2])
    page.row(*figures[2:])
    st.markdown(prose("network_work", 1))
    st.subheader(t("The path through the tags"), anchor=False)
    walk(trace)
