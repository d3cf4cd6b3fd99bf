"""One vector for a whole sentence: how well translators do by length, which words they lose, how vectors lie.

BLEU's uncertainty: B. Efron's bootstrap over sentences, as P. Koehn, "Statistical significance tests for machine
translation evaluation", 2004.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
import xarray as xr
from jaxtyping import Float

from engine import bleu, pca
from engine.errors import N_
from engine.grammar import clauses, related
from engine.grammar.lexicon import VERBS
from engine.grammar.pairs import pair
from engine.grammar.tree import Clause, Pair, Sentence, Unsayable
from engine.seq2seq import Seq2Seq
from engine.tokens import Tokens, words
from engine.translation import batches, bulk
from engine.translation.data import Parallel, reserved, take
from engine.translation.judging import LENGTHS
from engine.translation.kinds import Net

MEASURED = 1_500  # pairs
DRAWS = 1_000  # of the bootstrap
LONG = 12  # words from which a sentence counts as long
FIFTHS = 5
CHANGES = (N_("same words, other order"), N_("negated"), N_("other tense"), N_("other subject"))


def held_out() -> Parallel:
    """The first MEASURED of the grammar's pairs that no training on the grammar learns from."""
    held = reserved()
    return take(held, range(min(MEASURED, len(held.source))))


def translated(net: Net, source: Tokens, target: Tokens, held: Parallel) -> list[list[str]]:
    """What the network makes of the sources, in the words of the grammar."""
    found = [each.tokens for each in bulk.translate(net, source, target, held.source, is_cut=True)]
    return found if target.kind == "words" else words([target.join(each) for each in found], target.language)


def references(held: Parallel, target: Tokens) -> list[list[str]]:
    """The true translations, in small letters if the network knows no capitals."""
    return [(text.lower() if target.lower else text).split() for text in held.target]


def _interval(values: np.ndarray) -> tuple[float, float]:
    return tuple(np.percentile(values, (2.5, 97.5)).tolist())


def by_length(
    said: Sequence[Sequence[str]], true: Sequence[Sequence[str]], sizes: Sequence[int], seed: int = 0
) -> pd.DataFrame:  # fmt: skip
    """A row for each class of source lengths: from, to (None: no end), words (their mean), n, bleu (0…100), exact
    (0…1), each with low and high, the ends of the 95 % interval of a bootstrap over the sentences.
    """
    sizes, rows, random = np.asarray(sizes), [], np.random.default_rng(seed)
    found = bleu.statistics(said, [true])
    right = np.array([list(a) == list(b) for a, b in zip(said, true, strict=True)])
    for low, high in zip(LENGTHS, (*LENGTHS[1:], None), strict=True):
        at = np.flatnonzero((sizes >= low) & (sizes < (high or np.inf)))
        if not len(at):
            continue
        part = bleu.Statistics(*(each[at] for each in found))
        draws = random.multinomial(len(at), np.full(len(at), 1 / len(at)), DRAWS)
        scores = 100 * bleu.bleu(bleu.Statistics(*(draws @ each for each in part))).bleu
        shares = draws @ right[at] / len(at)
        rows.append({
            "from": low, "to": high and high - 1, "words": float(sizes[at].mean()), "n": len(at),
            "bleu": 100 * float(bleu.bleu(part.summed()).bleu[0]),
            **dict(zip(("bleu_low", "bleu_high"), _interval(scores), strict=True)),
            "exact": float(right[at].mean()),
            **dict(zip(("exact_low", "exact_high"), _interval(shares), strict=True)),
        })  # fmt: skip
    return pd.DataFrame(rows)


def survives(said: Sequence[str], true: Sequence[str]) -> list[bool]:
    """Of each word of the true translation whether the network says it anywhere, each as often as it says it."""
    left, found = Counter(said), []
    for word in true:
        found.append(left[word] > 0)
        left[word] -= 1
    return found


def lost(
    said: Sequence[Sequence[str]], true: Sequence[Sequence[str]], held: Parallel, least: int = LONG
) -> pd.DataFrame:  # fmt: skip
    """For each fifth of the source sentences of at least so many words: n words (marks left out) and the share of
    those whose true translation is missing, `lost`, with low and high (bootstrap over the sentences).
    """
    counts = []
    for words_said, words_true, source, links in zip(said, true, held.source, held.links, strict=True):
        cut, row = source.split(), np.zeros((2, FIFTHS))
        there = survives(words_said, words_true)
        for i, j in links if len(cut) >= least else ():
            if cut[i][0].isalpha():
                row[:, FIFTHS * i // len(cut)] += 1, not there[j]
        counts.append(row)
    counts = [row for row in counts if row.any()] or [np.zeros((2, FIFTHS))]
    counts = np.array(counts)
    n, missing = counts.sum(0)
    draws = np.random.default_rng(0).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), DRAWS)
    drawn = np.einsum("dn,nkf->kdf", draws, counts)
    with np.errstate(invalid="ignore"):
        low, high = np.percentile(drawn[1] / drawn[0], (2.5, 97.5), axis=0)
        share = missing / n
    return pd.DataFrame({"fifth": range(FIFTHS), "n": n.astype(int), "lost": share, "low": low, "high": high})


@torch.inference_mode()
def contexts(net: Seq2Seq, source: Tokens, sentences: Sequence[Sequence[str]]) -> Float[np.ndarray, "n number"]:
    """All that passes from encoder to decoder without attention: the last state, in an LSTM with the cell behind it.

    sentences: in words of the grammar; the network reads them as its own tokens. Raises ValueError for one without any.
    """
    cut = batches.cut([" ".join(each) for each in sentences], source, is_cut=True)
    if not all(cut):
        raise ValueError("a sentence without a word")
    coded, found = [np.array(source.encode(each), np.int64) for each in cut], {}
    for places in bulk.like_lengths([len(each) for each in coded]):
        state = torch.cat(net.encode(batches.left([coded[k] for k in places])).state, 1).double().numpy()
        found.update(zip(places, state, strict=True))
    return np.array([found[place] for place in range(len(coded))])


def on_the_way(trace: xr.Dataset) -> Float[np.ndarray, "step number"]:
    """The same numbers after every step of reading; the last row is what is handed over."""
    orders = [trace[name].values for name in ("read_at", "read_back_at") if name in trace]
    parts = []
    for name in ("h", "c") if "c_0" in trace else ("h",):
        for order, block in zip(orders, np.split(trace[name].values, len(orders), axis=1), strict=True):
            parts.append(block[np.argsort(order)])
    return np.concatenate(parts, 1)


def variants(n: int, seed: int = 0) -> list[tuple[Pair, ...]]:
    """n simple sentences of the grammar, each followed by one of each of CHANGES."""
    random, found = Random(seed), {}
    while len(found) < n:
        trees = _changed(random, clauses.action(random, clauses.person(random, 0.5), settled=True, plain=True))
        try:
            row = tuple(pair(Sentence(tree)) for tree in trees)
        except Unsayable:
            continue
        if len({each.source for each in row}) == len(CHANGES) + 1:
            found.setdefault(row[0].source, row)
    return list(found.values())


def _changed(random: Random, clause: Clause) -> list[Clause]:
    """The clause as it is today, then with "heute" in front, negated, in the perfect, and with another subject; fewer
    than that if it cannot be said so.
    """
    verb, other = VERBS[clause.verb], clauses.person(random, 0.5)
    if verb.stative or "tenses" in verb.notes or "place" in verb.notes or (clause.acc and clause.acc.det == "a"):
        return []
    base = Clause(clause.verb, clause.subject, time="heute", acc=clause.acc, dat=clause.dat, obj=clause.obj)
    if "a" in (clause.subject.det, other.det) or other.head == clause.subject.head:
        return []
    return [
        base, base._replace(front="time"), clauses.negated(base), base._replace(tense="perfect"),
        base._replace(subject=other),
    ]  # fmt: skip


class Cloud(NamedTuple):
    """Sentences as points: plane (of `others`), points (columns x, y, group, label), moved [sentence, change].

    group: "" for sentences drawn at random, else one of the grammar's groups of related sentences or of CHANGES.
    """

    plane: pca.PCA
    points: pd.DataFrame
    moved: Float[np.ndarray, "sentence change"]


def cloud(net: Seq2Seq, source: Tokens, held: Parallel, n: int = 400, n_changed: int = 80) -> Cloud:
    """The context vectors of n held-out sentences, which give the plane; of n_changed and their changes; of groups."""
    rows = [("", text.split()) for text in held.source[:n]]
    n = len(rows)
    changed = variants(n_changed)
    rows += [(group, each.source) for row in changed for group, each in zip(("", *CHANGES), row, strict=True)]
    rows += [(group, each.source) for group, pairs in related() for each in pairs]
    found = contexts(net, source, [cut for _, cut in rows])
    plane = pca.fit(found[:n])
    points = pd.DataFrame(pca.project(plane, found), columns=["x", "y"])
    points["group"], points["label"] = [group for group, _ in rows], [" ".join(cut) for _, cut in rows]
    size = len(CHANGES) + 1
    return Cloud(plane, points, moved(found[n : n + size * len(changed)].reshape(len(changed), size, -1)))


def moved(vectors: Float[np.ndarray, "sentence change number"]) -> Float[np.ndarray, "sentence change"]:
    """How far each change (the first is none) moves the vector of its sentence, as a share of the mean distance
    between two of the unchanged sentences.
    """
    return np.linalg.norm(vectors[:, 1:] - vectors[:, :1], axis=-1) / typical_distance(vectors[:, 0])


def typical_distance(vectors: Float[np.ndarray, "n number"]) -> float:
    """Mean distance between two different ones of the vectors."""
    n = len(vectors)
    square = (vectors**2).sum(1)
    distance = np.sqrt(np.maximum(square[:, None] + square - 2 * vectors @ vectors.T, 0))
    np.fill_diagonal(distance, 0)
    return float(distance.sum() / (n * (n - 1)))
