"""A network at work: the words and tags of jieba's network beside the HMM's cut, and what it never saw in training."""

import unicodedata
from collections.abc import Sequence
from itertools import accumulate, pairwise

import streamlit as st

from engine import bigru_crf, bigru_crf_bulk
from engine.bigru_crf import Word
from engine.errors import N_, InputError
from ui import hmm_work, runs_work
from ui.hmm_work import Lines, Part, Task
from ui.language import t
from ui.page import plain

NAMED = 5  # names and characters that are told one by one
TOLD, SIDE = 3, 12  # differences that the finding shows, and how many characters of either side
TEXT = Task(
    "network_text",
    N_("A Chinese text"),
    (
        "他毕业于北京大学，研究中文分词。",
        "小明硕士毕业于中国科学院计算所，后在日本京都大学深造。",
        "把手放在把手上",
        "结婚的和尚未结婚的",
        "春眠不觉晓，处处闻啼鸟。",
        "“你好！”他说：“再见？”",
        "2026年，李雷用Python写了3个程序。",
    ),
    N_("Type a text with at least one Chinese character."),
)
TAGS = {
    "n": N_("noun"), "f": N_("noun of direction"), "s": N_("noun of place"), "t": N_("noun of time"),
    "nr": N_("person's name"), "ns": N_("place name"), "nt": N_("name of an institution"), "nw": N_("title of a work"),
    "nz": N_("other proper noun"), "v": N_("verb"), "vd": N_("verb as adverb"), "vn": N_("verb as noun"),
    "a": N_("adjective"), "ad": N_("adjective as adverb"), "an": N_("adjective as noun"), "d": N_("adverb"),
    "m": N_("number with measure"), "q": N_("measure word"), "r": N_("pronoun"), "p": N_("preposition"),
    "c": N_("conjunction"), "u": N_("auxiliary particle"), "xc": N_("other function word"), "w": N_("punctuation"),
    "PER": N_("person"), "LOC": N_("location"), "ORG": N_("organisation"), "TIME": N_("date or time"),
    "O": N_("no tag"),
}  # fmt: skip
ENTITIES = ("PER", "LOC", "ORG", "TIME")


def check() -> None:
    """Stops the page with a message where the network is missing or damaged."""
    try:
        bigru_crf.shipped()
    except InputError as error:
        st.error(plain(t(error.template, **error.params)), icon=":material/error:")
        st.stop()


def is_chinese(text: str) -> bool:
    """Whether a Chinese character is in a text, also one that neither the network nor the HMM knows."""
    return any(char.isalnum() and "IDEOGRAPH" in unicodedata.name(char, "") for char in text)


def unchanged() -> bool:
    """Whether the network reads the text as it is; kept in the link."""
    return st.toggle(
        t("Hand the text over unchanged, as jieba does"), key="unchanged", bind="query-params",
        help=t("Otherwise marks and letters that training never saw are read in the form it saw: half-width, "
               "lower case."),
    )  # fmt: skip


# ── words and tags ────────────────────────────────────────────────────────────────────────────────────────────────


def ways(found: Sequence[Word], hmm: Sequence[str]) -> list[tuple[list[Word], list[str]]]:
    """Pieces of a text at whose ends both segmentations have a border: words of the network, words of the HMM."""
    own, other = (
        {border: k for k, border in enumerate([0, *accumulate(map(len, cut))])}
        for cut in ([word.text for word in found], hmm)
    )
    return [
        (list(found[own[begin] : own[end]]), list(hmm[other[begin] : other[end]]))
        for begin, end in pairwise(sorted(own.keys() & other.keys()))
    ]


def differ(found: Sequence[Word], hmm: Sequence[str]) -> bool:
    """Whether a piece with Chinese characters is cut otherwise."""
    texts = [word.text for word in found]
    return texts != list(hmm) and bigru_crf_bulk.has_han("".join(hmm))


def _is_word(text: str) -> bool:
    return any(map(str.isalnum, text))


def lines(pieces: Sequence[tuple[list[Word], list[str]]], read: str) -> list[Lines]:
    """What is drawn: one line where both agree, else one each; `read`: the text as the network reads it."""
    drawn, tone, at = [], 0, 0
    for found, hmm in pieces:
        own = []
        for word in found:
            own.append(_word(word, read[at : at + len(word.text)], tone % hmm_work.TONES))
            at, tone = at + len(word.text), tone + _is_word(word.text)
        rows = [(t("network"), tuple(own))]
        if differ(found, hmm):
            tones = [(tone + k) % hmm_work.TONES if _is_word(word) else None for k, word in enumerate(hmm)]
            other = (hmm_work.Word((Part(word),), of) for word, of in zip(hmm, tones, strict=True))
            rows.append((t("HMM"), tuple(other)))
        drawn.append(Lines(tuple(rows)))
    return drawn


def _word(word: Word, read: str, tone: int) -> hmm_work.Word:
    if not word.tag:
        return hmm_work.Word((Part(word.text),))
    network = bigru_crf.shipped()
    unseen = not all(bigru_crf.is_trained(network, char) and char in network.places for char in read)
    return hmm_work.Word((Part(word.text, word.tag, unseen),), tone if _is_word(word.text) else None)


def finding(pieces: Sequence[tuple[list[Word], list[str]]]) -> str:
    """How many words the network finds, and what the HMM makes of the places where it cuts otherwise."""
    n = hmm_work.counted(sum(_is_word(word.text) for found, _ in pieces for word in found))
    apart = [f"{_side(hmm)} → {_side([w.text for w in found])}" for found, hmm in pieces if differ(found, hmm)]
    if not apart:
        return t("{words}. The HMM cuts the text in the same way.", words=n)
    told = t("; ").join(list(dict.fromkeys(apart))[:TOLD]) + (" …" if len(set(apart)) > TOLD else "")
    if len(apart) == 1:
        return t("{words}; the HMM cuts otherwise in one place (HMM → network): {pairs}", words=n, pairs=told)
    return t("{words}; the HMM cuts otherwise in {k:,} places (HMM → network): {pairs}", words=n, k=len(apart),
             pairs=told)  # fmt: skip


def _side(words: Sequence[str]) -> str:
    """One side of a difference, its words with bars between them; of a long one the first characters."""
    begins = accumulate(map(len, words[:-1]), initial=0)
    cut = [word[: max(0, SIDE - begin)] for word, begin in zip(words, begins, strict=True)]
    return " | ".join(filter(None, cut)) + ("…" if sum(map(len, words)) > SIDE else "")


def _about(found: Sequence[Word], text: str, read: str) -> list[str]:
    """Names, what the tags mean, and what happened to characters that training never saw."""
    said = []
    named = [t("{word} ({kind})", word=word.text, kind=t(TAGS[word.tag])) for word in found if word.tag in ENTITIES]
    if named:
        told = t(", ").join(list(dict.fromkeys(named))[:NAMED]) + (" …" if len(set(named)) > NAMED else "")
        said.append(t("Names and times: {names}.", names=told))
    seen = dict.fromkeys(word.tag for word in found if word.tag)
    said.append(" · ".join(f"{tag}\u00a0{t(TAGS.get(tag, tag))}" for tag in seen))
    return [*said, *_unseen(text, read)]


def _unseen(text: str, read: str) -> list[str]:
    network, said = bigru_crf.shipped(), []
    pairs = dict.fromkeys(f"{a} → {b}" for a, b in zip(text, read, strict=True) if a != b)
    if pairs:
        told = " · ".join(list(pairs)[:NAMED]) + (" …" if len(pairs) > NAMED else "")
        said.append(t("Read in the form that training saw: {pairs}", pairs=told))
    for words, chars in (
        (N_("Never seen in training, their embeddings are still random numbers: {characters}"),
         [c for c in read if not bigru_crf.is_trained(network, c)]),
        (N_("Not in the dictionary, where all such characters share one embedding: {characters}"),
         [c for c in read if c not in network.places and not c.isspace()]),
    ):  # fmt: skip
        each = list(dict.fromkeys(chars))
        if each:
            said.append(t(words, characters=" ".join(each[:20]) + (" …" if len(each) > 20 else "")))
    return said


def words(text: str, folded: bool) -> None:
    """The answer: finding, words with their tags beside the HMM's, names, what was never seen."""
    found, hmm = runs_work.network_words(text, folded)
    read = bigru_crf.fold(bigru_crf.shipped(), text) if folded else text
    pieces = ways(found, hmm)
    said = finding(pieces)
    st.markdown(f"#### {plain(said)}")
    hmm_work.draw(lines(pieces, read), "zh", said)
    st.caption("  \n".join(plain(each) for each in _about(found, text, read) if each))
