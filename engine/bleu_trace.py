"""Every number between a candidate's n-grams and its BLEU: clipped counts, precisions, brevity penalty, product."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import xarray as xr

from engine import bleu
from engine.bleu import ORDER, Words
from engine.trace import Var, label

SCHEMA = {
    "length": Var("gram", "n", "words of the n-gram", "count"),
    "times": Var("gram", r"\mathrm{count}(g)", "times in the candidate", "count"),
    "ref_times": Var("reference gram", r"\mathrm{count}_k(g)", "times in the reference", "count"),
    "most": Var("gram", r"\max_k\mathrm{count}_k(g)", "most times in one reference", "count"),
    "clipped": Var("gram", r"\min(\mathrm{count}(g),\max_k\mathrm{count}_k(g))", "times it counts: clipped", "count"),
    "matched": Var("position order", r"[g_{i,n}]", "whether the n-gram that begins here counts", "prob"),
    "correct": Var("order", "m_n", "n-grams that count", "count"),
    "total": Var("order", "l_n", "n-grams of the candidate", "count"),
    "p": Var("order", "p_n", "precision", "prob"),
    "w": Var("order", "w_n", "weight of the order", "prob"),
    "ref_length": Var("reference", "r_k", "words of the reference", "count"),
    "c": Var("", "c", "words of the candidate", "count"),
    "r": Var("", "r", "words of the reference closest in length", "count"),
    "bp": Var("", r"\mathrm{BP}", "brevity penalty", "prob"),
    "log_factors": Var("factor", r"\log\mathrm{BP},\ w_n\log p_n", "logarithms of the factors", "log"),
    "factors": Var("factor", r"\mathrm{BP},\ p_n^{w_n}", "factors of BLEU", "prob"),
    "running": Var("factor", r"\mathrm{BP}\prod_{k\le n}p_k^{w_k}", "product so far", "prob"),
    "bleu": Var("", r"\mathrm{BLEU}", "BLEU", "prob"),
}
AXES = {"position": "word", "gram": "n-gram", "order": "n", "factor": "factor", "reference": "reference"}
LONGEST = 60  # characters of a label


def grams(words: Words, n: int) -> list[tuple[str, ...]]:
    """The n-grams of a line, one for each word that has n − 1 words after it."""
    return list(zip(*(words[k:] for k in range(n)), strict=False))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _counts(candidate: Words, references: Sequence[Words], order: int) -> tuple[list, dict[str, np.ndarray]]:
    """The distinct n-grams of the candidate, shorter ones first, and what is counted of them."""
    times = Counter(gram for n in range(1, order + 1) for gram in grams(candidate, n))
    there = [Counter(gram for n in range(1, order + 1) for gram in grams(each, n)) for each in references]
    found = {
        "length": np.array([len(gram) for gram in times], np.int64),
        "times": np.array(list(times.values()), np.int64),
        "ref_times": np.array([[each[gram] for gram in times] for each in there], np.int64).reshape(
            len(there), len(times)
        ),
    }
    found["most"] = found["ref_times"].max(0)
    found["clipped"] = np.minimum(found["times"], found["most"])
    return list(times), found


def _matched(candidate: Words, order: int, clipped: dict[tuple[str, ...], int]) -> np.ndarray:
    """[position, order]: 1 where the n-gram that begins here counts, 0 where not, NaN where none begins.

    Of an n-gram that is clipped the first ones count.
    """
    found, seen = np.full((len(candidate), order), np.nan), Counter()
    for n in range(1, order + 1):
        for at, gram in enumerate(grams(candidate, n)):
            seen[gram] += 1
            found[at, n - 1] = seen[gram] <= clipped[gram]
    return found


def _factors(scored: bleu.Bleu, order: int) -> dict[str, np.ndarray]:
    n, p = int(scored.n[0]), scored.precisions[0]
    w = np.where(np.arange(order) < n, 1 / n, 0.0)
    with np.errstate(divide="ignore"):
        logs = np.array([np.log(scored.bp[0]), *(w[k] * np.log(p[k]) if w[k] else 0.0 for k in range(order))])
    return {
        "p": p, "w": w, "bp": scored.bp[0], "log_factors": logs, "factors": np.exp(logs),
        "running": np.exp(logs).cumprod(), "bleu": scored.bleu[0],
    }  # fmt: skip


def trace(
    candidate: Words, references: Sequence[Words], order: int = ORDER, smoothing: str = "none",
    value: float | None = None, effective: bool = False,
) -> xr.Dataset:  # fmt: skip
    """All that makes BLEU of one candidate against its references, words in; the other arguments as in `bleu.bleu`.

    factor 0 is the brevity penalty, factor n the n-gram precision to the power w_n. Raises ValueError without a
    reference, for order < 1 or an unknown smoothing.
    """
    counted = bleu.statistics([candidate], [[each] for each in references], order)
    scored = bleu.bleu(counted, smoothing, value, effective)
    every, inner = _counts(candidate, references, order)
    inner["matched"] = _matched(candidate, order, dict(zip(every, inner["clipped"].tolist(), strict=True)))
    inner |= {
        "correct": counted.correct[0], "total": counted.total[0], "c": counted.c[0], "r": counted.r[0],
        "ref_length": np.array(list(map(len, references))), **_factors(scored, order),
    }  # fmt: skip
    attrs = {
        "module": "engine.bleu_explain", "candidate": tuple(candidate), "references": tuple(map(tuple, references)),
        "grams": tuple(every), "smoothing": smoothing, "effective": effective,
        "value": bleu.SMOOTHING[smoothing] if value is None else value,
    }  # fmt: skip
    orders = [str(n) for n in range(1, order + 1)]
    words = {
        "position": list(map(_short, candidate)), "gram": [_short(" ".join(gram)) for gram in every],
        "order": orders, "reference": [str(k + 1) for k in range(len(references))],
        "factor": ["BP", *(f"p{n}".translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")) for n in orders)],
    }  # fmt: skip
    return label(inner, SCHEMA, attrs, axes=AXES, **words)
