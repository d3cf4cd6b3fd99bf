"""BLEU is sacrebleu's: words, counts, factors and scores, of sentences and corpora, in every smoothing."""

import logging
import math

import numpy as np
import pytest
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_char import TokenizerChar

from engine import bleu, bleu_words
from engine.bleu_trace import trace

logging.getLogger("sacrebleu").setLevel(logging.ERROR)
WORDS = ["a", "b", "c", "d", "e", ".", ",", "the", "it's", "3,5", "x-y"]
SIGNS = "ab19 .,-'\"&;<>!?()[]{}|~`@#$%^*_+=:/\\äß中\u3000\n\t\r\u2028\u0085é🙂"


def line(random: np.random.Generator) -> str:
    few = WORDS[: random.choice([2, 5, 11])]
    return " ".join(random.choice(few, random.choice([0, 1, 2, 3, 5, 9, 15])))


def case(seed: int):
    """Some lines, references that are often the candidate itself, and how they are scored."""
    random = np.random.default_rng(seed)
    smoothing = str(random.choice(list(bleu.SMOOTHING)))
    value = float(random.choice([0.3, 2.0])) if smoothing in ("floor", "add-k") and random.random() < 0.5 else None
    n_lines, n_references = int(random.choice([1, 1, 3, 6])), int(random.choice([1, 1, 2, 3]))
    candidates = [line(random) for _ in range(n_lines)]
    references = [
        [candidates[k] if random.random() < 0.4 else line(random) for k in range(n_lines)] for _ in range(n_references)
    ]
    return candidates, references, int(random.choice([1, 2, 3, 4, 4, 5, 6])), smoothing, value, random.random() < 0.5


def words(lines):
    return bleu_words.cut(lines, "none")


def test_1200_random_and_edge_cases_equal_sacrebleu():
    worst = 0.0
    for seed in range(1200):
        candidates, references, order, smoothing, value, effective = case(seed)
        peer = BLEU(smooth_method=smoothing, smooth_value=value, effective_order=effective, max_ngram_order=order,
                    tokenize="none", force=True)  # fmt: skip
        found = bleu.statistics(words(candidates), list(map(words, references)), order)
        whole, each = (bleu.bleu(part, smoothing, value, effective) for part in (found.summed(), found))
        wanted = peer.corpus_score(candidates, references)
        assert (wanted.sys_len, wanted.ref_len) == (found.c.sum(), found.r.sum())
        gaps = [wanted.score - 100 * whole.bleu[0], wanted.bp - whole.bp[0]]
        gaps += (np.array(wanted.precisions) - 100 * whole.precisions[0]).tolist()
        for at, candidate in enumerate(candidates):
            one = peer.sentence_score(candidate, [reference[at] for reference in references])
            gaps.append(one.score - 100 * each.bleu[at])
        worst = max(worst, *map(abs, gaps))
    assert worst <= 1e-9


def test_the_trace_is_the_same_bleu():
    for seed in range(60):
        candidates, references, order, smoothing, value, effective = case(seed)
        given = words(candidates)[0], [words(each)[0] for each in references]
        data = trace(*given, order, smoothing, value, effective)
        found = bleu.bleu(
            bleu.statistics([given[0]], [[each] for each in given[1]], order), smoothing, value, effective
        )
        assert float(data["bleu"]) == pytest.approx(found.bleu[0], abs=1e-14)
        assert data["running"].values[-1] == pytest.approx(found.bleu[0], abs=1e-14)
        assert np.exp(data["log_factors"].values.sum()) == pytest.approx(found.bleu[0], abs=1e-14)
        assert np.nansum(data["matched"], 0).tolist() == data["correct"].values.tolist()
        for n in range(order):
            of = data["length"].values == n + 1
            assert data["clipped"].values[of].sum() == data["correct"].values[n]
            assert data["times"].values[of].sum() == data["total"].values[n]


@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize(("tokenize", "peer"), [("13a", Tokenizer13a()), ("char", TokenizerChar())])
def test_words_are_cut_as_sacrebleu_cuts_them(tokenize, peer, lower):
    random = np.random.default_rng(1)
    extra = ["&quot;", "&amp;lt;", "<skipped>", "-\n1", "1.5", "1,000.", "&lt;x&gt;", "3-4", "U.S.", ""]
    for _ in range(3000):
        text = "".join(random.choice(list(SIGNS), random.integers(14))) + random.choice(extra)
        wanted = peer((text.lower() if lower else text).rstrip()).split()
        assert bleu_words.cut([text], tokenize, lower)[0] == wanted, repr(text)


def test_the_papers_example_is_clipped():
    """The seven times "the" of Papineni et al.: 2 of 7 count."""
    data = trace(
        ["the"] * 7, [["the", "cat", "is", "on", "the", "mat"], ["there", "is", "a", "cat", "on", "the", "mat"]]
    )
    assert data["times"].values[0] == 7
    assert data["ref_times"].values[:, 0].tolist() == [2, 1]
    assert data["clipped"].values[0] == 2
    assert data["p"].values[0] == pytest.approx(2 / 7)
    assert data["matched"].values[:, 0].tolist() == [1, 1, 0, 0, 0, 0, 0]
    assert float(data["bleu"]) == 0


@pytest.mark.parametrize(("c", "r", "bp"), [(5, 5, 1.0), (4, 5, math.exp(1 - 5 / 4)), (6, 5, 1.0), (0, 5, 0.0)])
def test_the_slides_cases_of_the_brevity_penalty(c, r, bp):
    assert float(trace(["a"] * c, [["a"] * r])["bp"]) == pytest.approx(bp)


def test_the_closest_reference_and_of_two_the_shorter():
    found = bleu.statistics([["a"] * 5] * 2, [[["b"] * 7, ["b"] * 9], [["b"] * 3, ["b"] * 6]])
    assert found.r.tolist() == [3, 6]


def test_sentence_and_corpus_by_hand():
    candidate, reference = ["a", "b", "c", "d"], ["a", "b", "x", "d"]
    by_hand = ((3 / 4) * (1 / 3)) ** 0.5
    assert bleu.corpus([candidate], [[reference]], order=2) == pytest.approx(by_hand)
    assert bleu.sentence(candidate, [reference], 2) == pytest.approx(by_hand)
    assert bleu.corpus([], [[]]) == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: bleu.statistics([["a"]], []), "1 candidates"),
        (lambda: bleu.statistics([["a"]], [[["a"]], []]), "lines"),
        (lambda: bleu.statistics([["a"]], [[["a"]]], 0), "1 candidates"),
        (lambda: bleu.bleu(bleu.statistics([["a"]], [[["a"]]]), "laplace"), "laplace"),
        (lambda: bleu_words.cut(["a"], "intl"), "intl"),
    ],
    ids=["no references", "other lines", "no order", "smoothing", "words"],
)
def test_what_cannot_be_scored_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        wrong()
