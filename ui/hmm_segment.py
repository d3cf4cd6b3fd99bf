"""Segment Chinese, on the page At work: the HMM's words beside jieba's full cut, and the path through characters."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import numpy as np
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from charts.trellis import trellis
from engine import segment
from ui import hmm_words, hmm_work, page, runs_work
from ui.hmm_cut import Segmentation
from ui.hmm_work import Lines, Part, Word
from ui.language import localise, prose, t
from ui.page import Figure, plain

NAMED = 4  # places of difference that are named in a sentence
VITERBI = 2  # place among the decoders


def is_han(character: str) -> bool:
    """Whether a character goes through the model."""
    return segment.FIRST <= character <= segment.LAST


def states_of(word: str) -> str:
    """The states that a word stands for: S, or B M … E."""
    return "S" if len(word) == 1 else "B" + "M" * (len(word) - 2) + "E"


def ends(words: Sequence[str]) -> set[int]:
    """Where words end in the text."""
    return set(accumulate(map(len, words)))


def normalised_words(text: str, found: Segmentation) -> list[str]:
    """The words of the normalised HMM; what is not Han is cut as in the shipped one."""
    tags = iter(found.normalised_tags)
    after = dict.fromkeys((at + 1 for at, char in enumerate(text) if is_han(char)), "")
    after |= {at: next(tags) for at in after}
    edges = {at for at in ends(found.hmm) if at not in after or at == len(text) or not is_han(text[at])}
    cuts = sorted(edges | {at for at, tag in after.items() if tag in "ES"} | {0})
    return [text[a:b] for a, b in pairwise(cuts)]


def ways(text: str, found: Segmentation) -> Iterator[tuple[list[str], list[str], list[str], str]]:
    """Pieces of the text at whose ends all three cuts agree: words of HMM, jieba and normalised HMM; its states."""
    cuts = found.hmm, found.jieba, normalised_words(text, found)
    common = sorted(set.intersection(*map(ends, cuts)) | {0})
    queues = [iter(cut) for cut in cuts]
    tags = iter(found.normalised_tags)
    for a, b in pairwise(common):
        taken = [list(_take(queue, b - a)) for queue in queues]
        yield *taken, "".join(next(tags) for char in text[a:b] if is_han(char))


def _take(words: Iterator[str], length: int) -> Iterator[str]:
    while length > 0:
        word = next(words)
        length -= len(word)
        yield word


def lines(text: str, found: Segmentation) -> list[Lines]:
    """What is drawn: one line where all agree, else a line each."""
    drawn, tone = [], 0
    for hmm, jieba, normal, tags in ways(text, found):
        rows = [(t("HMM"), hmm, None)]
        if tags != "".join(states_of(word) for word in hmm if is_han(word[0])):
            rows.append((t("rows sum to 1"), normal, tags))
        if _differ(hmm, jieba):
            rows.append((t("full cut"), jieba, None))
        drawn.append(Lines(tuple((who, tuple(_words(words, tone, of))) for who, words, of in rows)))
        tone += sum(map(_is_word, hmm))
    return drawn


def _is_word(word: str) -> bool:
    return any(map(str.isalnum, word))


def _differ(hmm: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two cuts of a piece differ in what the model reads; marks alone are nothing to it."""
    return hmm != other and any(is_han(character) for word in hmm for character in word)


def _words(words: Sequence[str], tone: int, tags: str | None) -> Iterator[Word]:
    given = iter(tags or "")
    for word in words:
        if not _is_word(word):
            yield Word((Part(word),))
            continue
        if is_han(word[0]):
            states = [next(given) for _ in word] if tags else states_of(word)
            parts = [Part(char, state, not segment.is_known(char)) for char, state in zip(word, states, strict=False)]
        else:
            parts = [Part(word)]
        yield Word(tuple(parts), tone % hmm_work.TONES)
        tone += 1


def _pairs(pairs: Sequence[tuple[list[str], list[str]]]) -> str:
    """Differences in words: the one cut, an arrow, the other."""
    said = list(dict.fromkeys(f"{' | '.join(a)} → {' | '.join(b)}" for a, b in pairs))
    return t("; ").join(said[:NAMED]) + (" …" if len(said) > NAMED else "")


def finding(text: str, found: Segmentation) -> str:
    """How many words the HMM finds, and where jieba's full cut is another one."""
    if not found.blocks:
        return t("No Chinese character.")
    n = hmm_work.counted(sum(map(_is_word, found.hmm)))
    apart = [(hmm, jieba) for hmm, jieba, *_ in ways(text, found) if _differ(hmm, jieba)]
    if not apart:
        return t("{words}, the same with jieba's dictionary.", words=n)
    return t("{words}; with jieba's dictionary it would be {pairs}.", words=n, pairs=_pairs(apart))


def numbers(found: Segmentation) -> str:
    """log P of the text and what it is made of."""
    scored = found.scored
    said = [t("log P(O) = {log_p}", log_p=hmm_words.logarithm(scored.log_probability, 2))]
    if scored.n_characters == 1:
        said.append(t("one Chinese character"))
    else:
        each = hmm_words.logarithm(scored.log_probability / scored.n_characters, 2)
        said.append(t("{n:,} Chinese characters, {each} a character", n=scored.n_characters, each=each))
    if scored.n_unknown:
        said.append(t("{n:,} not in the model (wavy line)", n=scored.n_unknown))
    return " · ".join(said)


def normalised(text: str, found: Segmentation) -> str:
    """Whether rows that sum to 1 give another path for this text."""
    n = sum(a != b for a, b in zip(found.tags, found.normalised_tags, strict=True))
    if not n:
        return t("As shipped, the emission rows sum to 1.15 to 1.35 and the last state is E or S. With rows that sum "
                 "to 1 and any last state this text gets the same states.")  # fmt: skip
    apart = [(hmm, normal) for hmm, _, normal, _ in ways(text, found) if hmm != normal]
    said = t("As shipped, the emission rows sum to 1.15 to 1.35 and the last state is E or S. With rows that sum to 1 "
             "and any last state {n} characters here get another state", n=n)  # fmt: skip
    return said + (t(": {pairs}.", pairs=_pairs(apart)) if apart else t("; the words stay."))


def words(text: str) -> Segmentation:
    """The answer: finding, words with their states, log P."""
    found = runs_work.segmentation(text)
    said = finding(text, found)
    st.markdown(f"#### {plain(said)}")
    hmm_work.draw(lines(text, found), "zh", said)
    if found.blocks:
        st.caption(plain(numbers(found)) + "  \n" + plain(normalised(text, found)))
    return found


def _block(found: Segmentation) -> int:
    """The run of characters that is walked through: at first one where the cuts differ, else the longest."""
    apart, at = [], 0
    for block in found.blocks:
        same = found.tags[at : at + len(block)] == found.normalised_tags[at : at + len(block)]
        apart.append((not same, len(block)))
        at += len(block)
    first = max(range(len(apart)), key=apart.__getitem__)
    return hmm_work.choose("block", t("Characters"), found.blocks, first)


def _paths(trace: xr.Dataset, tags: str) -> xr.DataArray:
    """The best path, and the shipped numbers' where it is another one."""
    rows, names = [trace["path"].values[VITERBI]], [t("best path")]
    shipped = np.array([segment.STATES.index(tag) for tag in tags])
    if (shipped != rows[0]).any():
        rows.append(shipped)
        names.append(t("as shipped"))
    label = ("decoder", np.asarray(names, dtype=str))
    return xr.DataArray(
        np.stack(rows), dims=("decoder", "time"), coords={"decoder_label": label}, attrs=trace["path"].attrs
    )


def walk(found: Segmentation) -> None:
    """The trellis over one run of characters, and the posteriors and tables it comes from."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader(t("The path through the characters"), anchor=False, width="content")
        at = _block(found)
    trace = localise(runs_work.segment_trace(found.blocks[at]))
    before = sum(map(len, found.blocks[:at]))
    tags = found.tags[before : before + len(found.blocks[at])]
    hmm_words.too_large(trace)
    dead = hmm_words.dead_end(trace)
    if dead is not None:
        hmm_words.say_impossible(trace, dead)
    states = "".join(segment.STATES[state] for state in trace["path"].values[VITERBI])
    said = t("Best path {states}.", states=states[:60])
    moves = trace["log_delta"].size + trace.sizes["time"] * (dead is None)
    chart = trellis(
        trace["log_delta"], arcs=trace["log_candidate"] if trace.sizes["step"] else None, back=trace["psi"],
        paths=_paths(trace, tags) if dead is None else None, pi=trace["pi"], emission=trace["b"],
        trace_back=dead is None, observations=trace["time_label"].values, index=page.cursor("k", moves),
    )  # fmt: skip
    page.draw(chart, "segment_trellis", said, trace=trace)
    st.markdown(prose("hmm_work", 1))
    tables(trace)


def tables(trace: xr.Dataset) -> None:
    """Posterior of each state, and the transitions."""
    said = t("How sure the model is of each state.")
    sure = page.whole(trace, "gamma", said, "segment_gamma", highlight="column_max")
    steps = Figure(matrix(trace["A"], "state", "next_state"), "segment_A", t("Which state follows which."),
                   page.title(trace["A"]), trace)  # fmt: skip
    page.row(sure, steps, widths=[5, 3])


def show(text: str) -> None:
    """The whole tab for one text."""
    found = words(text)
    if found.blocks:
        walk(found)
    else:
        st.info(t(hmm_work.SEGMENT.empty), icon=":material/keyboard:")
