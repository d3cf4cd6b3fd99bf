"""Attention edited by hand: what is written then, how likely it is, and what each word read alone would bring."""

import copy

import numpy as np
import pytest
import torch

from engine.seq2seq import Seq2SeqParams, initial
from engine.seq2seq_trace import trace
from engine.tokens import EOS, SOS, SPECIALS, Tokens
from engine.translation.files import Translator
from engine.translation.intervention import alone, log_prob, rewrite

WORDS = Tokens("de", (*SPECIALS, *"abcdefgh"))
KINDS = [
    Seq2SeqParams(attention, cell, 12, 12, 5, 6, bidirectional=True, reversed=False)
    for cell in ("gru", "lstm")
    for attention in ("additive", "dot")
]
SOURCE, WRITTEN = ["b", "unknown", "c", "b", "e"], ["d", "a", "d", "h", "f", "<eos>"]
EDIT, OTHER = (0.0, 0.25, 0.75, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0, 0.0)


def name(params: Seq2SeqParams) -> str:
    return f"{params.cell}-{params.attention}"


def translator(params: Seq2SeqParams) -> Translator:
    net = initial(params, 3).eval()
    net.out.bias.data[:4] = torch.tensor([-9.0, -9.0, -0.5, -9.0])  # neither <pad>, <sos> nor <unk> is likely
    return Translator(net, params, WORDS, WORDS, {}, "")


def by_hand(used: Translator, edits: dict, prefix: list[int], n: int) -> list[int]:
    """Greedy, written out: a given beginning, then the likeliest word."""
    net = copy.deepcopy(used.net).double()
    encoded = net.encode(torch.tensor([WORDS.encode(SOURCE)]))
    state, word, found = encoded.state, SOS, []
    with torch.inference_mode():
        for step in range(n):
            given = torch.tensor([edits[step]], dtype=torch.float64) if step in edits else None
            out = net.step(net.E_target(torch.tensor([word])), state, encoded, given)
            state, word = out.state, prefix[step] if step < len(prefix) else int(out.logits.argmax())
            found.append(word)
            if word == EOS:
                break
    return found


@pytest.mark.parametrize("params", KINDS, ids=name)
@pytest.mark.parametrize("edits", [{2: EDIT}, {1: OTHER, 3: EDIT}, {0: EDIT}, {}], ids=["one", "two", "first", "none"])
def test_the_beginning_stays_and_the_rest_is_the_likeliest_under_the_edits(params, edits):
    used = translator(params)
    kept = min([*edits, len(WRITTEN)])
    new = rewrite(used, SOURCE, WRITTEN, edits)
    ids = by_hand(used, edits, WORDS.encode(WRITTEN[:kept]), 2 * len(SOURCE) + 10)
    assert WORDS.encode(new.words) == ids
    assert new.kept == kept
    assert list(new.words[:kept]) == WRITTEN[:kept]
    assert new.reason == ("eos" if ids[-1] == EOS else "limit")
    total = float(trace(used, SOURCE, new.words, edits)["p_word"].sum())
    assert new.log_prob == pytest.approx(total, abs=1e-4)


@pytest.mark.parametrize("params", KINDS, ids=name)
def test_an_edit_has_an_effect_only_from_its_step_on(params):
    used = translator(params)
    was, now = (trace(used, SOURCE, WRITTEN, edits) for edits in ({}, {3: OTHER}))
    np.testing.assert_array_equal(now["logits"].values[:3], was["logits"].values[:3])
    assert np.abs(now["logits"].values[3] - was["logits"].values[3]).max() > 1e-3
    np.testing.assert_array_equal(now["weights"].values[3], OTHER)


@pytest.mark.parametrize("params", KINDS, ids=name)
@pytest.mark.parametrize("edits", [{}, {1: EDIT, 4: OTHER}], ids=["none", "two"])
def test_log_probabilities_are_those_of_the_trace(params, edits):
    used = translator(params)
    expected = float(trace(used, SOURCE, WRITTEN, edits)["p_word"].sum())
    assert log_prob(used, SOURCE, WRITTEN, edits) == pytest.approx(expected, abs=1e-4)


def test_nothing_edited_gives_back_what_was_written():
    used = translator(KINDS[0])
    first = rewrite(used, SOURCE, (), {})
    assert rewrite(used, SOURCE, first.words, {}).words == first.words
    own = trace(used, SOURCE, first.words)["weights"].values
    assert rewrite(used, SOURCE, first.words, {1: own[1], 2: own[2]}).words == first.words


@pytest.mark.parametrize("params", KINDS, ids=name)
@pytest.mark.parametrize("at_once", [1, 4_000])
def test_what_each_word_alone_would_bring(params, at_once, monkeypatch):
    """Against a trace for each word read and each step, its attention on that word."""
    monkeypatch.setattr("engine.translation.intervention.AT_ONCE", at_once)
    used, ids = translator(params), WORDS.encode(WRITTEN)
    found = alone(used, SOURCE, WRITTEN)
    assert found.p.shape == (len(WRITTEN), len(SOURCE))
    for step, word in enumerate(ids):
        for place in range(len(SOURCE)):
            p = trace(used, SOURCE, WRITTEN, {step: np.eye(len(SOURCE))[place]})["p"].values[step]
            assert found.word[step, place] == p.argmax()
            assert found.p[step, place] == pytest.approx(p.max(), abs=1e-5)
            assert found.own[step, place] == pytest.approx(p[word], abs=1e-5)


def test_a_limit_ends_a_sentence_that_never_ends():
    used = translator(KINDS[0])
    used.net.out.bias.data[EOS] = -50.0
    new = rewrite(used, SOURCE, ("d", "a"), {1: EDIT}, limit=4)
    assert (len(new.words), new.words[0], new.reason, new.kept) == (4, "d", "limit", 1)
    assert len(rewrite(used, SOURCE, WRITTEN[:-1], {4: EDIT}, limit=3).words) == 5  # what is kept is never cut


def test_edits_that_do_not_fit_are_refused():
    used, plain = translator(KINDS[0]), Seq2SeqParams("none", "gru", 12, 12, 5, 6)
    with pytest.raises(ValueError, match="3 weights for 5 words"):
        rewrite(used, SOURCE, WRITTEN, {1: (1.0, 0.0, 0.0)})
    with pytest.raises(ValueError, match="not finite"):
        log_prob(used, SOURCE, WRITTEN, {1: (np.nan, 0.0, 0.0, 0.0, 1.0)})
    with pytest.raises(ValueError, match="no attention"):
        rewrite(Translator(initial(plain, 0), plain, WORDS, WORDS, {}, ""), SOURCE, WRITTEN, {1: EDIT})
    with pytest.raises(ValueError, match="at least one word"):
        rewrite(used, (), WRITTEN, {})
