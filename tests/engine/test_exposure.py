"""After k wrong words: the measurement against a slow walk through the network, word by word."""

import numpy as np
import pytest
import torch

from engine import transformer
from engine.seq2seq import Seq2SeqParams, initial
from engine.tokens import EOS, PAD, SOS, SPECIALS, UNK, Tokens, by_pieces
from engine.transformer import TransformerParams
from engine.translation.data import Parallel
from engine.translation.exposure import FROM, measure
from engine.translation.files import Translator

LETTERS = Tokens("de", (*SPECIALS, *"abcdefgh"))
RNG = np.random.default_rng(0)
SOURCES = [list(RNG.choice(list("abcdefgh"), 4 + k % 5)) for k in range(12)]
TARGETS = [list(RNG.choice(list("abcdefgh"), 6 + k % 6)) for k in range(12)]


def translator(attention: str, tokens: Tokens = LETTERS) -> Translator:
    size = len(tokens.vocabulary)
    if attention == "transformer":
        params = TransformerParams(size, size, 8, 2, 2, 12)
        return Translator(transformer.initial(params, 3).eval(), params, tokens, tokens, {}, "")
    params = Seq2SeqParams(attention, "gru", size, size, 5, 6, reversed=True)
    return Translator(initial(params, 3).eval(), params, tokens, tokens, {}, "")


def pairs(sources: list[list[str]] = SOURCES, targets: list[list[str]] = TARGETS) -> Parallel:
    return Parallel([" ".join(each) for each in sources], [" ".join(each) for each in targets], cut=True)


def walk(used: Translator, source: list[str], target: list[str], k: int, after: int) -> list[bool]:
    """Whether each of the `after` words behind k wrong ones is guessed."""
    net, answers = used.net, [*used.target.encode(target), EOS]
    if used.params.kind == "transformer":
        return walk_anew(used, source, answers, k, after)
    encoded = net.encode(torch.tensor([used.source.encode(source)]))
    state, fed, right = encoded.state, SOS, []
    for t, answer in enumerate(answers):
        step = net.step(net.E_target(torch.tensor([fed])), state, encoded)
        state, best = step.state, step.logits[0].argsort(descending=True).tolist()
        right.append(best[0] == answer)
        wrong = next(word for word in best if word not in (answer, PAD, EOS, UNK))
        fed = wrong if FROM <= t < FROM + k else answer
    return right[FROM + k : FROM + k + after]


def walk_anew(used: Translator, source: list[str], answers: list[int], k: int, after: int) -> list[bool]:
    """The same of a Transformer that computes all words again at every step."""
    read, fed, right = torch.tensor([used.source.encode(source)]), [SOS], []
    for t, answer in enumerate(answers):
        best = used.net(read, torch.tensor([fed]))[0, -1].argsort(descending=True).tolist()
        right.append(best[0] == answer)
        wrong = next(word for word in best if word not in (answer, PAD, EOS, UNK))
        fed.append(wrong if FROM <= t < FROM + k else answer)
    return right[FROM + k : FROM + k + after]


@pytest.mark.parametrize("attention", ["none", "additive", "dot", "transformer"])
def test_counts_are_those_of_a_slow_walk(attention):
    used = translator(attention)
    found = measure(used, pairs(), most=2, after=3)
    long_enough = [(s, t) for s, t in zip(SOURCES, TARGETS, strict=True) if len(t) >= FROM + 2 + 3]
    assert 3 < found.attrs["n_pairs"] == len(long_enough) < len(SOURCES)
    for k in range(3):
        rights = np.array([walk(used, s, t, k, 3) for s, t in long_enough])
        np.testing.assert_array_equal(found["right"].values[k], rights.sum(0))
    np.testing.assert_allclose(found["accuracy"].values, found["right"].values / len(long_enough))


def test_a_network_without_capitals_reads_small_letters():
    small = Tokens("de", LETTERS.vocabulary, lower=True)
    capitals = Parallel(*([text.upper() for text in side] for side in pairs()[:2]), cut=True)
    found, expected = (measure(translator("dot", small), each, 2, 3) for each in (capitals, pairs()))
    assert found.attrs["n_pairs"] > 3
    assert found.identical(expected)


def test_a_network_of_pieces_reads_its_pieces():
    used = translator("dot", by_pieces([*pairs().source, *pairs().target], ["de"], 100)[0])
    cut = [used.source.cut(texts) for texts in pairs()[:2]]
    assert {len(a) == len(b) for a, b in zip(cut[1], TARGETS, strict=True)} == {True}  # a letter is a piece
    found = measure(used, pairs(), most=1, after=3)
    long_enough = [each for each in zip(*cut, strict=True) if len(each[1]) >= FROM + 1 + 3]
    assert found.attrs["n_pairs"] == len(long_enough) > 3
    for k in range(2):
        rights = np.array([walk(used, *each, k, 3) for each in long_enough])
        np.testing.assert_array_equal(found["right"].values[k], rights.sum(0))
    assert 3 not in used.source.encode([piece for each in cut[0] for piece in each])


def test_too_short_sentences_give_nothing():
    found = measure(translator("none"), pairs(targets=[words[:2] for words in TARGETS]), most=2, after=3)
    assert found.attrs["n_pairs"] == 0
    assert not found["accuracy"].values.any()
