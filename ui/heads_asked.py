"""Heads: the controls, and the network's inner values for what they say."""

from collections.abc import Sequence

import streamlit as st
import xarray as xr

from ui import choices, page, pretrained, runs_seq2seq, runs_transformer, sentence
from ui import heads as about
from ui.encoder_decoder import EOS, EXAMPLES
from ui.heads import Got
from ui.language import N_, localise, t
from ui.names import box

ANIMAL = "The animal did not cross the street because it was too tired."  # the field's example
VIEWS = {"encoder": N_("encoder"), "decoder": N_("decoder, masked"), "cross": N_("cross-attention")}
OVERS = {"sentence": N_("this sentence"), "texts": N_("{n} held-out sentences")}
OF_NETWORK = ("view", "over", "order", "word", "off", "way", "layer", "head")  # parameters of the link
MOST = pretrained.MOST_TOKENS
LONGEST, LONG_WORD = 2_000, 30  # characters of a text, of a word


def asked() -> Got:
    """The controls, and what follows from them."""
    names = {about.TRANSLATOR: t("German → English"), about.NAMES: t("Name → language")}
    names |= {name: name for name in pretrained.available()}
    bar = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    name = choices.one("heads_network", names, _buttons(bar, t("Network")), about.TRANSLATOR, "network")
    _forget("heads_was", name, OF_NETWORK)
    if name == about.TRANSLATOR:
        choices.unused("over")
        words = {each: t(word) for each, word in VIEWS.items()}
        view = choices.one("heads_view", words, _buttons(bar, t("Whose heads")), "cross", "view")
        _forget("heads_whose", view, ("order",) if st.query_params.get("order") not in about.names(view) else ())
        return _translated(name, view)
    choices.unused("view")
    if name == about.NAMES:
        choices.unused("over")
        return _named()
    words = {each: t(word, n=runs_transformer.HELD_TEXTS) for each, word in OVERS.items()}
    over = choices.one("heads_over", words, _buttons(bar, t("What heads do, over")), "sentence", "over")
    return _read(name, over)


def _forget(slot: str, now: str, params: Sequence[str]) -> None:
    """Take out of the link what was chosen for another network or view, when that is left by hand."""
    if st.session_state.get(slot, now) != now:
        for param in params:
            st.query_params.pop(param, None)
    st.session_state[slot] = now


def _buttons(bar, label: str):
    def show(words: list, at: object, **given: object):
        return bar.segmented_control(label, words, default=at, required=True, **given)

    return show


def found(got: Got) -> Got:
    """The finding, and beside it the choice of the score by which the heads stand."""
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    left.markdown(f"#### {page.plain(about.finding(got))}")
    words = {"place": t("as they stand"), **{name: about.said(name, got.name) for name in about.names(got.view)}}
    order = choices.one("heads_order", words, choices.box(right, t("Order of the heads")), "place", "order")
    return got._replace(order=order)


def _translated(name: str, view: str) -> Got:
    own = runs_seq2seq.translator(name).source
    text = sentence.box(own.vocabulary if own.kind == "words" else (), EXAMPLES, t("German sentence"))
    words = tuple(sentence.words(text, own))
    sentence.say_unknown(words, own)
    if not words:
        st.info(t("The network sees no word in this."), icon=":material/keyboard:")
        st.stop()
    found = runs_seq2seq.greedy(name, text)
    written = (*found.tokens, *([EOS] if found.reason == "eos" else []))
    if view == "encoder":
        trace = localise(runs_transformer.encoder_trace(name, words))
    else:
        trace = localise(runs_transformer.decoder_trace(name, words, written))
    shown = trace["weights_c" if view == "cross" else "weights"]
    if view == "cross":  # a place looks for the word that it writes
        label = trace["query_label"]
        shown = shown.assign_coords(query_label=("query", list(written), label.attrs))
    return Got(name, view, text, words, written, trace, shown, "held")


def _named() -> Got:
    text = box(t("Name"))
    trace = localise(runs_transformer.names_trace("transformer", text))
    return Got(about.NAMES, "encoder", text, tuple(text), (), trace, trace["weights"], "sentence")


def _read(name: str, over: str) -> Got:
    text = st.text_input(
        t("English sentence"), ANIMAL, key="heads_text", bind="query-params", max_chars=LONGEST,
        persist_state="session",
    ).strip()  # fmt: skip
    bert = pretrained.ready(name)
    most = min(MOST, bert.params.n_positions)
    coded = bert.pieces.encode([text], most)[0]
    if coded.is_empty:
        st.info(t("Type an English sentence."), icon=":material/keyboard:")
        st.stop()
    if coded.is_cut:
        st.warning(t("The text has {n} pieces; the first {most} are shown.", n=coded.n, most=most))
        text = _first(bert, text, most)
    trace = localise(runs_transformer.bert_trace_of(name, text))
    return Got(name, "encoder", text, (), (), trace, _hidden(trace), over)


def _hidden(trace: xr.Dataset) -> xr.DataArray:
    """The weights that are drawn; without those of [CLS] and [SEP] where that is asked for, which is then explained."""
    shown = trace["weights"]
    if not st.toggle(t("Hide [CLS] and [SEP]"), key="special", bind="query-params"):
        return shown
    kept = [k for k, word in enumerate(trace["query_label"].values) if word not in about.SPECIAL]
    shown = shown.isel(query=kept, key=kept)
    rows = shown.values.sum(3)
    st.caption(t("Rows now sum to {mean:.2f} on average, the least to {least:.2f}: the rest lies on the two marks. It "
                 "is left out, not shared among the words; no weight shown is changed.", mean=rows.mean(),
                 least=rows.min()))  # fmt: skip
    return shown


def _first(bert, text: str, most: int) -> str:
    """The beginning of a text that is read whole; no word is cut, unless it is a long one."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if bert.pieces.encode([text[:middle]])[0].n <= most:
            low = middle
        else:
            high = middle - 1
    whole = text[:low].rpartition(" ")[0]
    return whole if low - len(whole) < LONG_WORD and whole else text[:low]
