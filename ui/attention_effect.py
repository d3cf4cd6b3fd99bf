"""Attention, edited: what it does to the sentence, in words and in pictures beside the original."""

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from engine import bleu, tokens
from ui import attention_edits as edits_of
from ui import components, explanation, page, runs_seq2seq
from ui.attention_edit import Edited, described
from ui.attention_edits import MATRIX
from ui.encoder_decoder import EOS, Asked
from ui.hmm_words import logarithm
from ui.language import t
from ui.page import Figure, plain


def in_words(ask: Asked, written: Sequence[str]) -> list[str]:
    """What was written in words, without the end."""
    own, kept = ask.translator.target, [word for word in written if word != EOS]
    return kept if own.kind == "words" else tokens.words([own.join(kept)], own.language)[0]


def effect(found: Edited) -> str:
    """What the edits change, in words."""
    if not found.edits:
        return t(
            "Nothing is edited. Drag a weight of the framed matrix up or down, or choose a word and where it looks."
        )
    said = t("; ").join(described(found, step) for step in sorted(found.edits))
    opening = t("Example: {edits}.", edits=said) if found.is_example else t("Edited: {edits}.", edits=said)
    old, new = found.old, found.new.words
    if old == new:
        rest = t("The translation stays the same.")
    else:
        at = next(
            (k for k, both in enumerate(zip(old, new, strict=False)) if both[0] != both[1]), min(map(len, (old, new)))
        )
        rest = t("At word {k} it writes “{new}” instead of “{old}”.", k=at + 1, new=_at(new, at), old=_at(old, at))
    return f"{opening} {rest}"


def _at(words: Sequence[str], place: int) -> str:
    return words[place] if place < len(words) else "∅"


def logs(found: Edited, words: tuple[str, ...]) -> tuple[str, str]:
    """log P of the original or of the edited words, as it was and with the edits."""
    name, read, given = found.ask.name, found.ask.words, edits_of.given(found.edits)
    was, now = (float(trace["p_word"].sum()) for trace in (found.got.trace, found.trace))
    before = was if words == found.old else runs_seq2seq.log_prob(name, read, words)
    after = now if words == found.new.words else runs_seq2seq.log_prob(name, read, words, given)
    return logarithm(before, 2), logarithm(after, 2)


def marked(ask: Asked, one: Sequence[str], two: Sequence[str], colour: str) -> str:
    """The first text in Markdown, its words that the second has not marked."""
    join, changed = ask.translator.target.join, set()
    for what, start, end, *_ in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        changed |= set(range(start, end)) if what != "equal" else set()
    said, so_far = "", ""
    for place in range(len(one)):
        whole = join(one[: place + 1])
        piece, so_far = whole[len(so_far) :], whole
        blank, word = (" " if piece[:1] == " " else ""), plain(piece.strip())
        said += f"{blank}:{colour}-background[**{word}**]" if place in changed and word else f"{blank}{word}"
    return said or "∅"


def score(found: Edited, written: Sequence[str]) -> float:
    """BLEU against the grammar's translation, where it has none against the original, 0…100."""
    true = found.got.reference or in_words(found.ask, found.old)
    return 100 * bleu.sentence(in_words(found.ask, written), [true])


def table(found: Edited) -> str:
    """The original and the new words, each with what the other has not marked, how likely they are as attention was
    and as it is edited, and their BLEU; a Markdown table.
    """
    old, new = ([word for word in words if word != EOS] for words in (found.old, found.new.words))
    rows = [(t("**Original words:** {words}", words=marked(found.ask, old, new, "red")), found.old)]
    if found.new.words != found.old:
        rows.append((t("**New words:** {words}", words=marked(found.ask, new, old, "green")), found.new.words))
    against = t("BLEU against the grammar") if found.got.reference else t("BLEU against the original")
    both = [t("log P, attention as it was"), t("log P, attention edited")]
    lines = [f"| | {' | '.join([*both, against])} |", "|---|---:|---:|---:|"]
    for text, words in rows:
        lines.append(f"| {text} | {' | '.join(logs(found, words))} | {score(found, words):.1f} |")
    return "\n".join(lines)


# ── pictures ───────────────────────────────────────────────────────────────────────────────────────────────────


def matrices(found: Edited) -> None:
    """The original's weights beside the edited ones, which can be dragged."""
    new = found.trace["weights"]
    rows = np.zeros(new.shape, bool)
    rows[[step for step in found.edits if step < len(rows)]] = True
    outline = xr.DataArray(rows, dims=new.dims, attrs={"meaning": t("edited")})
    was = found.got.trace
    changed = matrix(new, "target", "source", outline=outline if found.edits else None, edit=True)
    alt = t("Attention weights, a row for each word written.")
    title = t("**Edited**: drag a cell up or down; by touch, tap it first, then drag it")
    figures = [
        Figure(matrix(was["weights"], "target", "source"), "attention_original", alt, t("**Original**"), was),
        Figure(changed, MATRIX, alt, title, found.trace),
    ]
    words = {**components.words(), "pick": t("Click: how it is computed")}
    for column, figure in zip(st.columns(2, gap="medium"), figures, strict=True):
        with column:
            st.markdown(figure.title)
            components.mount(figure.chart, figure.key, alt, words)
    page.menu(figures)
    for figure in figures:
        explanation.panel(figure.trace, st.session_state.get(f"{figure.key}__picked"), figure.key)


def here(found: Edited) -> None:
    """The likeliest words at the first edited step, as it was and edited."""
    step = min(found.edits, default=-1)
    both = (found.got.trace, found.trace)
    if not 0 <= step < min(trace.sizes["target"] for trace in both):
        return
    places = dict.fromkeys(np.concatenate([trace["top_word"].values[step].astype(int) for trace in both]).tolist())
    figures = []
    for name, trace, title in zip(("old", "new"), both, (t("**Original**"), t("**Edited**")), strict=True):
        chart = matrix(trace["p"].isel(target=step, word=list(places)), "word", marks="bar", compact=True)
        alt = t("Likeliest at word {k}: {word}, {p:.0%}.", k=step + 1, word=trace.attrs["top_words"][step][0],
                p=trace["top_p"].values[step, 0])  # fmt: skip
        title = t("{which}, the words at the edited step, word {k}", which=title, k=step + 1)
        figures.append(Figure(chart, f"attention_here_{name}", alt, title, trace))
    page.row(*figures)
