"""Attention: additive beside dot product, and what one vector without attention makes of the same sentence."""

import streamlit as st

from charts.matrix import matrix
from engine import bleu
from ui import attention as about
from ui import encoder_decoder, page, runs_seq2seq
from ui.attention_parts import SCORES
from ui.encoder_decoder import Answer, Asked
from ui.language import N_, t
from ui.page import Figure, plain

CALLED = {"additive": N_("additive (Bahdanau)"), "dot": N_("dot product (Luong)")}
WITHOUT = ("gru", "lstm")


def both(ask: Asked, got: Answer) -> None:
    """The network asked for and the shipped one with the other score, side by side, additive first."""
    kind = ask.translator.params.attention
    beside = about.other(ask, about.KINDS[1] if kind == "additive" else about.KINDS[0])
    if beside is None:
        st.caption(t("This network translates between other languages than the shipped ones."))
        return
    pairs = [(ask, got), (beside, encoder_decoder.answer(beside))]
    pairs = pairs if kind == "additive" else pairs[::-1]
    st.markdown(f"**{plain(_compared(pairs))}**")
    page.row(*(_figure(*each) for each in pairs))


def _compared(pairs: list[tuple[Asked, Answer]]) -> str:
    """Both translations and both error rates against each other, in words."""
    (one, a), (two, b) = pairs
    same = a.found.tokens == b.found.tokens
    said = t("Both write the same translation.") if same else t("They write different translations.")
    wide = [float(about.looks(got.trace).spread.mean()) for _, got in pairs]
    said += " " + t("Attention is spread over {a:.1f} words on average (additive) and {b:.1f} (dot product).",
                    a=wide[0], b=wide[1])  # fmt: skip
    known = [about.pair(each) for each in (one, two)]
    if None not in known:
        rates = [about.agreement(each, its).aer for each, its in zip((one, two), known, strict=True)]
        said += " " + t(
            "Alignment error rate, each made to write the grammar's translation: {a:.2f} (additive) and {b:.2f} "
            "(dot product).", a=rates[0], b=rates[1],
        )  # fmt: skip
    return said


def _figure(ask: Asked, got: Answer) -> Figure:
    kind = ask.translator.params.attention
    text = ask.translator.target.join(got.found.tokens) or "∅"
    title = f"**{t(CALLED[kind])}** `{ask.name}`\n\n${SCORES[kind]}$\n\n{plain(text)}"
    chart = matrix(
        got.trace["weights"], "target", "source", outline=about.truth(ask, got.trace, about.pair(ask)), compact=True
    )
    return Figure(chart, f"attention_beside_{kind}", about.focus(got.trace), title, got.trace)


def without(ask: Asked) -> None:
    """The translations of the networks that have one vector only, a line each."""
    lines = [_line(each) for name in WITHOUT if (each := about.other(ask, name))]
    if not lines:
        return
    st.markdown(t("**Without attention**, all of the sentence in one vector:"))
    st.markdown("\n".join([*lines, _line(ask)]))
    st.page_link("pages/bottleneck.py", label=t("More sentences, longer ones: One vector for all"),
                 icon=":material/compress:")  # fmt: skip


def _line(ask: Asked) -> str:
    found, right = runs_seq2seq.greedy(ask.name, ask.text), encoder_decoder.reference(ask)
    text = plain(ask.translator.target.join(found.tokens) or "∅")
    if right is None:
        return f"* `{ask.name}` {text}"
    said = encoder_decoder.said(ask, found)
    mark = "✓" if list(said) == list(right) else "✗"
    return f"* {mark} `{ask.name}` {text} ({t('BLEU')} {100 * bleu.sentence(said, [right]):.1f})"
