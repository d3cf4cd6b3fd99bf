"""Decoding: the findings in words."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import xarray as xr

from engine.search import Hypothesis
from ui import decoding, runs_seq2seq
from ui.decoding import Asked, Found, log, sentence_of, share
from ui.language import t

WIDE = 20  # places of the beam that the page compares with
SAMPLES = 10
NAMES = 8  # words of a loop that are named


def reason(word: str) -> str:
    """Why a search stopped."""
    return "<eos>" if word == "eos" else t("limit")


def finding(ask: Asked, found: Found) -> str:
    """The translation and its log-probability."""
    said = t("“{words}”, log P = {log}.", words=sentence_of(ask, found.ids), log=log(found.log_prob))
    if found.reason == "limit":
        said += " " + t("It did not end: stopped by the limit, after {n} words.", n=len(found.ids))
    return said


def about(ask: Asked, found: Found) -> list[str]:
    """What the search has to say beyond its translation."""
    told = {"greedy": _greedy, "beam": _beam, "sampling": _sampling}[ask.kind](ask, found)
    return [line for line in told if line]


def doubt(found: Found) -> int:
    """The step at which the word taken was least likely."""
    return int(found.steps["taken"].values.argmin())


def wanted(found: Found) -> np.ndarray:
    """The steps at which `<eos>` was the likeliest word."""
    return np.flatnonzero(found.steps["p_eos"].values >= found.steps["p"].values.max(1))


def _greedy(ask: Asked, found: Found) -> list[str]:
    if ask.never:
        return []
    at, steps = doubt(found), found.steps
    words, p = steps.attrs["words"][at], steps["p"].values[at]
    here = str(steps["step_label"].values[at])
    other = next((k for k, word in enumerate(words) if word != here), None)
    least = {"k": at + 1, "word": here, "p": share(np.exp(steps["taken"].values[at]))}
    said = t("Least sure at word {k}: “{word}” {p}.", **least)
    if other is not None:
        next_ = {"other": words[other], "q": share(p[other])}
        said = t("Least sure at word {k}: “{word}” {p}, next to it “{other}” {q}.", **least, **next_)
    if ask.forced:
        return [said]
    best = runs_seq2seq.search_wide(ask.search, 5, 0.0)
    if best.words == found.ids or best.log_prob <= found.log_prob + 1e-6:
        return [said, t("A beam of width 5 finds nothing better.")]
    return [said, t("A beam of width 5 finds something better: “{words}”, log P = {log}.",
                    words=sentence_of(ask, best.words), log=log(best.log_prob))]  # fmt: skip


def parted(a: Sequence[int], b: Sequence[int]) -> int:
    """The first place at which two sequences differ."""
    return next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _word(ask: Asked, ids: Sequence[int], at: int) -> str:
    return ask.translator.target.vocabulary[ids[at]] if at < len(ids) else "—"


def _beam(ask: Asked, found: Found) -> list[str]:
    if ask.never:
        return []
    greedy = runs_seq2seq.search_greedy(ask.search)
    ids = tuple(greedy.attrs["chosen_ids"])
    return [_against(ask, found, ids, float(greedy["total"].values[-1])), _pruned(ask, found)]


def fork(ask: Asked, found: Found) -> int:
    """The step at which the beam's best leaves the greedy path, else the one it was least sure of; without an end the
    first at which it wanted to end.
    """
    if ask.never:
        steps = wanted(found)
        return int(steps[0]) if len(steps) else doubt(found)
    at = parted(runs_seq2seq.search_greedy(ask.search).attrs["chosen_ids"], found.ids)
    return at if at < len(found.ids) else doubt(found)


def _against(ask: Asked, found: Found, ids: tuple[int, ...], total: float) -> str:
    """The beam's best beside the greedy path."""
    if ask.width == 1:
        return t("A beam of width 1 is the greedy search.")
    if ids == found.ids:
        return t("Greedy finds the same sentence.")
    at = parted(ids, found.ids)
    words = {"greedy": _word(ask, ids, at), "beam": _word(ask, found.ids, at), "k": at + 1}
    logs = {"a": log(found.log_prob), "b": log(total)}
    if found.log_prob > total:
        said = t("The beam finds something better than greedy: log P {a} instead of {b}.", **logs)
    else:
        said = t("Greedy has the higher log P ({b}, the beam {a}); the beam ranks by the score.", **logs)
    return said + " " + t("They part at word {k}: greedy takes “{greedy}”, the beam goes by “{beam}”.", **words)


def _pruned(ask: Asked, found: Found) -> str:
    """What a wider beam finds that this one threw away, and where."""
    best = runs_seq2seq.search_wide(ask.search, WIDE, ask.alpha)
    won = found.tree.attrs["results"][0]
    if best.score <= won.score + 1e-6:
        return t("A beam of width {n} finds nothing better.", n=WIDE)
    at = lost(found.tree, best)
    said = t("Pruned, and it would have won: “{words}”, score {score} instead of {won} (found with width {n}).",
             words=sentence_of(ask, best.words), score=log(best.score), won=log(won.score), n=WIDE)  # fmt: skip
    if at is None:
        return said
    return said + " " + t("It fell out of this beam at word {k}, “{word}”.", k=at + 1, word=_word(ask, best.words, at))


def lost(tree: xr.Dataset, best: Hypothesis) -> int | None:
    """The place of the word at which a hypothesis fell out of the beam; None: it did not."""
    children = {}
    columns = zip(tree["parent"].values.tolist(), tree.attrs["ids"], tree["kept"].values.tolist(), strict=True)
    for node, (parent, word, kept) in enumerate(columns):
        if kept:
            children[int(parent), word] = node
    node = 0
    for at, word in enumerate(best.words):
        if (node, word) not in children:
            return at
        node = children[node, word]
    return None


def samples(ask: Asked) -> list[Hypothesis]:
    """The sentences of the first seeds."""
    return runs_seq2seq.search_samples(ask.search, ask.temperature, ask.top_k, ask.top_p, SAMPLES)


def _sampling(ask: Asked, found: Found) -> list[str]:
    greedy = runs_seq2seq.search_greedy(ask.search)
    ids = tuple(greedy.attrs["chosen_ids"])
    said = t("Greedy finds the same sentence.") if ids == found.ids else t(
        "Greedy would write “{words}”, log P = {log}.", words=sentence_of(ask, ids), log=log(greedy["total"].values[-1])
    )  # fmt: skip
    if ask.never:
        return [said]
    drawn = Counter(each.words for each in samples(ask))
    if len(drawn) == 1:
        return [said, t("All {n} seeds give one and the same sentence.", n=SAMPLES)]
    told = t("{n} seeds give {m} different sentences; greedy's is {k} of them.", n=SAMPLES, m=len(drawn), k=drawn[ids])
    return [said, told]


# ── what if it never says <eos> ─────────────────────────────────────────────────────────────────────────────────


def loop(words: Sequence[int]) -> tuple[int, int] | None:
    """(start, period) of what the words repeat up to their end, at least twice; the shortest period counts."""
    n = len(words)
    for period in range(1, n // 2 + 1):
        start = n - period
        while start and words[start - 1] == words[start - 1 + period]:
            start -= 1
        if n - start >= max(2 * period, 4):
            return start, period
    return None


def endless(ask: Asked, found: Found) -> str:
    """What came out of the ban: when the model wanted to end, and what it repeats."""
    p, ids, steps = found.steps["p_eos"].values, found.ids, wanted(found)
    if len(steps):
        first = t("<eos> is banned. The model wanted it at {n} of {all} steps, first at word {k}: probability {p}.",
                  n=len(steps), all=len(p), k=int(steps[0]) + 1, p=share(p[steps[0]]))  # fmt: skip
    else:
        first = t("<eos> is banned. At no step was it the likeliest word; its probability is at most {p}, at word {k}.",
                  p=share(p.max()), k=int(p.argmax()) + 1)  # fmt: skip
    repeated = loop(ids)
    if repeated is None:
        return f"{first} {t('No loop: what it writes does not repeat up to the limit.')}"
    start, period = repeated
    said = decoding.written(ask, ids[start : start + period])
    shown = " ".join(said[:NAMES]) + (" …" if len(said) > NAMES else "")
    told = t("From word {k} on it goes round: “{words}”, a loop of {n} words until the limit.", k=start + 1,
             words=shown, n=period)  # fmt: skip
    if period == 1:
        told = t("From word {k} on it writes “{words}” again and again until the limit.", k=start + 1, words=shown)
    return f"{first} {told}"
