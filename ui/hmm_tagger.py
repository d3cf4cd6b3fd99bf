"""Tag English, on the page At work: tags, confidences, the path that lost, what decided unknown words, the trellis."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from charts.trellis import trellis
from engine.errors import N_
from engine.tagger import Tagged, Trellis
from engine.tagger import Word as TaggedWord
from ui import hmm_words, hmm_work, page, runs_work
from ui.hmm_work import Lines, Part, Word
from ui.language import localise, prose, t
from ui.page import Figure, plain

MEANINGS = {
    "ADJ": N_("adjective"), "ADP": N_("preposition"), "ADV": N_("adverb"), "AUX": N_("auxiliary"),
    "CCONJ": N_("conjunction"), "DET": N_("determiner"), "INTJ": N_("interjection"), "NOUN": N_("noun"),
    "NUM": N_("number word"), "PART": N_("particle"), "PRON": N_("pronoun"), "PROPN": N_("proper noun"),
    "PUNCT": N_("punctuation"), "SCONJ": N_("subordinating conjunction"), "SYM": N_("sign"), "VERB": N_("verb"),
    "X": N_("other"),
}  # fmt: skip
TONES = {"NOUN": 0, "PROPN": 0, "PRON": 0, "VERB": 1, "AUX": 1, "ADJ": 2, "ADV": 2, "PUNCT": None, "SYM": 4, "X": 4}
FUNCTION_WORD = 3  # the tone of all other tags
VITERBI = 2  # place among the decoders
WRONG = {
    "The old man the boats.": N_("The tagger is wrong here: “the old” are people, and “man” is the verb. In the "
                                 "training text “man” is never one."),
}  # fmt: skip
FEW = 4  # tags of a suffix, and places of difference, that are named


def tone(tag: str) -> int | None:
    """The number of a tag's colour."""
    return TONES.get(tag, FUNCTION_WORD)


def _apart(found: Tagged) -> list[int]:
    """The places where the second-best path has another tag."""
    return [at for at, (word, tag) in enumerate(zip(found.words, found.second, strict=False)) if word.tag != tag]


def lines(found: Tagged, with_second: bool) -> list[Lines]:
    """What is drawn of a sentence: its words over their tags; where the second-best path differs, its tag too."""
    drawn, apart = [], set(_apart(found)) if with_second else ()
    for at, word in enumerate(found.words):
        best = Word((Part(word.word, word.tag, not word.known),), tone(word.tag))
        if at not in apart:
            drawn.append(Lines((("", (best,)),)))
            continue
        other = Word((Part(word.word, found.second[at]),), tone(found.second[at]))
        drawn.append(Lines(((t("best"), (best,)), (t("second"), (other,)))))
    return drawn


def finding(found: Tagged) -> str:
    """The second-best path, where it differs and by how much it lost."""
    apart, n = _apart(found), hmm_work.counted(sum(any(map(str.isalnum, word.word)) for word in found.words))
    if not apart and all(word.known for word in found.words):
        return t("{words}. In the training text each had this tag only, or nearly always; no other is tried.", words=n)
    if not apart:
        return t("{words}. One tag each is likely enough to be tried.", words=n)
    said = (f"{found.words[at].word} {found.words[at].tag} → {found.second[at]}" for at in apart[:FEW])
    where = t("; ").join(said) + (" …" if len(apart) > FEW else "")
    return t("{words}. The second-best path ({where}) is {times} times less likely.", words=n, where=where,
             times=_times(found.lost))  # fmt: skip


def _times(lost: float) -> str:
    factor = math.exp(min(lost, 600))
    return f"{factor:.2f}" if factor < 10 else f"{factor:,.0f}" if factor < 1e6 else f"{factor:.1e}"


def numbers(found: Tagged) -> str:
    """log P of the sentence and of its two best paths."""
    n, unknown = len(found.words), sum(not word.known for word in found.words)
    said = [
        t("log P(words) = {log_p}", log_p=hmm_words.logarithm(found.log_probability, 2)),
        t("{each} a word or mark", each=hmm_words.logarithm(found.log_probability / n, 2)),
        t("best path {log_p}", log_p=hmm_words.logarithm(found.log_joint, 2)),
    ]
    if found.second:
        said.append(t("second-best {lost} behind", lost=f"{found.lost:.2f}"))
    if unknown == 1:
        said.append(t("one word not seen in training (wavy line)"))
    elif unknown:
        said.append(t("{n:,} words not seen in training (wavy line)", n=unknown))
    return " · ".join(said)


def evidence(word: TaggedWord) -> str:
    """What decided an unknown word: the longest suffix that rare words have, its counts, the word's shape."""
    if word.known:
        return ""
    times = ", ".join(f"{tag} {n}" for tag, n in list(word.suffix_times.items())[:FEW]) or "0"
    said = t("-{suffix}: {times}; {shape}", suffix=word.suffix, times=times, shape=t(word.shape))
    return said + (t("; as “{word}”", word=word.lower) if word.lower else "")


def table(found: Tagged) -> None:
    """One row a word: tag, confidence, second tag, what decided if the word is unknown."""
    rows = pd.DataFrame({
        "word": [word.word for word in found.words],
        "tag": [word.tag for word in found.words],
        "meaning": [t(MEANINGS.get(word.tag, "")) for word in found.words],
        "confidence": [100 * word.confidence for word in found.words],
        "next": [word.next_tag for word in found.words],
        "p": [100 * word.next_confidence for word in found.words],
        "unknown": [evidence(word) for word in found.words],
    })  # fmt: skip
    config = st.column_config
    columns = {
        "word": config.TextColumn(t("word"), width=120),
        "tag": config.TextColumn(t("tag"), width=70),
        "meaning": config.TextColumn(t("meaning"), width=130),
        "confidence": config.ProgressColumn(
            t("tagger's confidence"), min_value=0, max_value=100, format="%.1f%%", width=150
        ),
        "next": config.TextColumn(t("second"), width=70),
        "p": config.NumberColumn("p", format="%.1f%%", width=70),
        "unknown": config.TextColumn(t("not seen: the suffix that decided"), width=320),
    }
    if all(word.known for word in found.words):
        del rows["unknown"]
    height = "content" if len(rows) <= 14 else 520
    st.dataframe(rows, column_config=columns, hide_index=True, key="tag_table", height=height, placeholder="")


def _paths(trace: xr.Dataset, found: Tagged) -> xr.DataArray:
    """The trellis's own best path, the tagger's where it is another one, and the tagger's second-best."""
    place = {str(name): at for at, name in enumerate(trace["state_label"].values)}
    own = trace["path"].values[VITERBI].tolist()
    tagger = [place.get(word.tag, -1) for word in found.words]
    second = [place.get(tag, -1) for tag in found.second]
    rows = {t("best path of this trellis"): own}
    rows |= {t("tagger"): tagger} if tagger != own else {}
    rows |= {t("tagger, second-best"): second} if second and second != own else {}
    label = ("decoder", np.asarray(list(rows), dtype=str))
    return xr.DataArray(
        np.array(list(rows.values())), dims=("decoder", "time"), coords={"decoder_label": label},
        attrs=trace["path"].attrs,
    )  # fmt: skip


def _about(drawn: Trellis, found: Tagged) -> str:
    said = t("Another model: an HMM over {n} tags, from the same counts, that looks back one tag and rules nothing "
             "out. Its posteriors are not the tagger's confidences above.", n=len(drawn.model.S))  # fmt: skip
    if not drawn.differs:
        return said + " " + t("Its best path has the tagger's tags.")
    words = t(", ").join(found.words[at].word for at in drawn.differs[:FEW])
    return said + " " + t("At {words} the tagger, which looks back two tags and knows more states, decides otherwise.",
                          words=plain(words))  # fmt: skip


def walk(words: tuple[str, ...], found: Tagged) -> None:
    """The trellis over the sentence, posteriors and transitions."""
    st.subheader(t("The path through the words"), anchor=False)
    trace, drawn = runs_work.tagged_trace(words)
    trace = localise(trace)
    st.caption(_about(drawn, found))
    hmm_words.too_large(trace)
    dead = hmm_words.dead_end(trace)
    if dead is not None:
        hmm_words.say_impossible(trace, dead)
    moves = trace["log_delta"].size + trace.sizes["time"] * (dead is None)
    chart = trellis(
        trace["log_delta"], arcs=trace["log_candidate"] if trace.sizes["step"] else None, back=trace["psi"],
        paths=_paths(trace, found) if dead is None else None, pi=trace["pi"], emission=trace["b"],
        trace_back=dead is None, observations=trace["time_label"].values, index=page.cursor("k", moves),
    )  # fmt: skip
    page.draw(chart, "tag_trellis", t("Best path {states}.", states=" ".join(drawn.path[:20])), trace=trace)
    st.markdown(prose("hmm_work", 2))
    said = t("How sure the trellis's model is of each tag.")
    sure = page.whole(trace, "gamma", said, "tag_gamma", highlight="column_max")
    steps = Figure(matrix(trace["A"], "state", "next_state"), "tag_A", t("Which state follows which."),
                   page.title(trace["A"]), trace)  # fmt: skip
    page.row(sure, steps, widths=[3, 2])


def _sentence(sentences: Sequence[Sequence[str]]) -> int:
    return hmm_work.choose("sentence", t("Sentence"), [" ".join(words) for words in sentences], 0)


def show(text: str) -> None:
    """The whole tab for one text."""
    sentences = runs_work.english(text)
    if not sentences:
        hmm_work.invite(hmm_work.TAG)
        return
    at = _sentence(sentences)
    tagged = [runs_work.tagged(tuple(words)) for words in sentences]
    said = finding(tagged[at])
    st.markdown(f"#### {plain(said)}")
    drawn = [line for n, found in enumerate(tagged) for line in lines(found, n == at)]
    hmm_work.draw(drawn, "en", said)
    if text in WRONG:
        st.caption(t(WRONG[text]))
    st.caption(plain(numbers(tagged[at])))
    table(tagged[at])
    walk(tuple(sentences[at]), tagged[at])
