"""Positional encoding: the words of a sentence in another order, through encoders and translators with and without."""

from typing import NamedTuple

import pandas as pd
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from charts.stepper import stepper
from engine.positional_trace import reordered
from ui import choices, lstm, page, runs_seq2seq, runs_transformer, sentence
from ui.encoder_decoder import EXAMPLES
from ui.language import N_, localise, prose, t
from ui.page import Figure
from ui.positions import KINDS, TRANSLATORS, shipped

ORDERS = {"drawn": N_("drawn by seed"), "reverse": N_("back to front")}
MOST_SEEDS = 99
SMALL = 1e-6  # outputs that differ by less are the same


class Got(NamedTuple):
    """The words, their order, the kinds with a translator, and what their encoders make of both orders."""

    words: tuple[str, ...]
    order: tuple[int, ...]
    kinds: dict[str, str]
    trace: xr.Dataset

    @property
    def other(self) -> tuple[str, ...]:
        """The words in the other order."""
        return tuple(self.words[at] for at in self.order)


def asked() -> Got:
    """The sentence and the other order."""
    own = runs_seq2seq.translator(TRANSLATORS["sinusoidal"]).source
    text = sentence.box(own.vocabulary if own.kind == "words" else (), EXAMPLES, t("German sentence"))
    words = tuple(sentence.words(text, own))
    sentence.say_unknown(words, own)
    if not words:
        st.info(t("The network sees no word in this."), icon=":material/keyboard:")
        st.stop()
    if st.session_state.get("positions_of", text) != text and "pos_query" in st.session_state:
        st.session_state["positions_of"] = text
        st.rerun()  # the queries above are of this sentence's words
    st.session_state["positions_of"] = text
    order = _order(len(words))
    kinds = shipped()
    return Got(words, order, kinds, localise(runs_transformer.shuffled(tuple(kinds.items()), words, order)))


def _order(n: int) -> tuple[int, ...]:
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")

    def show(words: list, at: object, **given: object) -> str:
        return left.segmented_control(t("Order"), words, default=at, required=True, **given)

    way = choices.one("positions_order", {key: t(said) for key, said in ORDERS.items()}, show, "drawn", "order")
    seed = None
    if way == "drawn":
        seed = right.slider(t("seed"), 0, MOST_SEEDS, 0, key="pos_seed", bind="query-params")
    return reordered(n, seed)


def finding(got: Got) -> str:
    """How far the outputs of the same words are apart, without and with positions."""
    largest = dict(zip(got.kinds, got.trace["largest"].values.max(1), strict=True))
    cosine = dict(zip(got.kinds, got.trace["cosine"].values.mean(1), strict=True))
    if len(got.words) == 1:
        return t("One word has one order only: write a sentence of two words or more.")
    with_ = t("With {kind} positions it does: the two vectors of a word have a cosine of {cosine:.2f} on average.",
              kind=t(KINDS["sinusoidal"]), cosine=cosine["sinusoidal"])  # fmt: skip
    if "none" not in got.kinds:
        return t("Does the order reach the encoder? {rest}", rest=with_)
    assert largest["none"] < SMALL
    return t(
        "Without positions the order does not reach the encoder: the same {n} vectors come out, permuted; the largest "
        "difference in any unit is {gap:.0e}. {rest}", n=len(got.words), gap=largest["none"], rest=with_,
    )  # fmt: skip


def compared(got: Got) -> None:
    """Cosine and largest difference, word by word and kind by kind."""
    cosine, largest = got.trace["cosine"], got.trace["largest"]
    texts = [["≈0" if value < SMALL else f"{value:.2f}" for value in row] for row in largest.values.tolist()]
    said = t("Cosine between the outputs of a word in both orders, by kind of positions.")
    page.draw(matrix(cosine, "positions", "word", show_values="always", domain=(-1, 1)), "pos_cosine", said,
              page.title(cosine), trace=got.trace)  # fmt: skip
    said = t("Largest difference between the two outputs, by word and kind of positions.")
    page.draw(matrix(largest, "positions", "word", texts=texts, show_values="always"), "pos_largest", said,
              page.title(largest), trace=got.trace)  # fmt: skip


def outputs(got: Got) -> None:
    """The vectors themselves; the kind is chosen in the browser."""
    st.markdown(prose("positions", 3))
    labels = [str(label) for label in got.trace["positions_label"].values]
    page.steps(stepper(labels, (), "positions", "encoder", lstm.cursor("encoder", len(labels))), t("Positions"))
    most = max(float(abs(got.trace[name].values).max()) for name in ("output", "moved"))
    page.row(*(_vectors(got, name, most) for name in ("output", "moved", "change")))


def _vectors(got: Got, name: str, most: float) -> Figure:
    array = got.trace[name]
    chart = matrix(array, "word", "unit", slider="positions", show_slider=False, compact=True, show_values="never",
                   domain=(-most, most))  # fmt: skip
    return Figure(chart, f"pos_{name}", array.attrs["meaning"], page.title(array), got.trace)


def translations(got: Got) -> None:
    """What each translator writes for both orders."""
    rows, same, heads = [], [], (t("positions"), t("the sentence"), t("the same words, other order"))
    for kind, name in got.kinds.items():
        target = runs_seq2seq.translator(name).target
        both = [target.join(runs_transformer.of_tokens(name, words).tokens) or "∅" for words in (got.words, got.other)]
        rows.append(
            {t("positions"): t(KINDS[kind]), t("the sentence"): both[0], t("the same words, other order"): both[1]}
        )
        same += [kind] * (both[0] == both[1])
    sides = [page.plain(" ".join(words)) for words in (got.words, got.other)]
    st.markdown(t("The sentence: **{sentence}**  \nThe same words: **{other}**", sentence=sides[0], other=sides[1]))
    if "none" in same:
        st.markdown(t("The translator without positions writes the same for both, word for word: its decoder is handed "
                      "the same vectors, and attention has no order of its own."))  # fmt: skip
    st.table(pd.DataFrame(rows).set_index(heads[0]))
