"""After k wrong words: the measurement against a slow walk through the network, word by word."""

import numpy as np
import pytest
import torch

from engine.seq2seq import EOS, PAD, SOS, UNK, Seq2SeqParams, initial
from engine.tokens import SPECIALS, Tokens
from engine.translation.exposure import FROM, measure
from engine.translation.files import Translator

LETTERS = Tokens("de", (*SPECIALS, *"abcdefgh"))
RNG = np.random.default_rng(0)
SOURCES = [list(RNG.choice(list("abcdefgh"), 4 + k % 5)) for k in range(12)]
TARGETS = [list(RNG.choice(list("abcdefgh"), 6 + k % 6)) for k in range(12)]


def translator(attention: str) -> Translator:
    params = Seq2SeqParams(attention, "gru", 12, 12, 5, 6, reversed=True)
    return Translator(initial(params, 3).eval(), params, LETTERS, LETTERS, {}, "")


def walk(used: Translator, source: list[str], target: list[str], k: int, after: int) -> list[bool]:
    """Whether each of the `after` words behind k wrong ones is guessed."""
    net, answers = used.net, [*used.target.encode(target), EOS]
    encoded = net.encode(torch.tensor([used.source.encode(source)]))
    state, fed, right = encoded.state, SOS, []
    for t, answer in enumerate(answers):
        step = net.step(net.E_target(torch.tensor([fed])), state, encoded)
        state, best = step.state, step.logits[0].argsort(descending=True).tolist()
        right.append(best[0] == answer)
        wrong = next(word for word in best if word not in (answer, PAD, EOS, UNK))
        fed = wrong if FROM <= t < FROM + k else answer
    return right[FROM + k : FROM + k + after]


@pytest.mark.parametrize("attention", ["none", "additive", "dot"])
def test_counts_are_those_of_a_slow_walk(attention):
    used = translator(attention)
    found = measure(used, SOURCES, TARGETS, most=2, after=3)
    long_enough = [(s, t) for s, t in zip(SOURCES, TARGETS, strict=True) if len(t) >= FROM + 2 + 3]
    assert 3 < found.attrs["n_pairs"] == len(long_enough) < len(SOURCES)
    for k in range(3):
        rights = np.array([walk(used, s, t, k, 3) for s, t in long_enough])
        np.testing.assert_array_equal(found["right"].values[k], rights.sum(0))
    np.testing.assert_allclose(found["accuracy"].values, found["right"].values / len(long_enough))


def test_too_short_sentences_give_nothing():
    found = measure(translator("none"), SOURCES, [words[:2] for words in TARGETS], most=2, after=3)
    assert found.attrs["n_pairs"] == 0
    assert not found["accuracy"].values.any()
