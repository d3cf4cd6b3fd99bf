"""Search over any decoder, against enumeration of every word sequence."""

import itertools
import math

import pytest
import torch

from engine.errors import InputError
from engine.search import beam, beam_batch, greedy, greedy_batch, length_penalty, sample
from engine.search_rules import top
from engine.search_sample import cut_off

SOS, EOS = 0, 1


class Markov:
    """The next word depends on the last one and on the sentence: a table [sentence, word, word]."""

    def __init__(self, table):
        self.table, self.rows = table.log_softmax(-1), []

    def start(self):
        return (torch.arange(len(self.table)),)

    def advance(self, words, state):
        self.rows.append(len(words))
        return self.table[state[0], words], state


class Recurrent:
    """A tiny random recurrent network: every word before counts."""

    def __init__(self, n_words, seed, n=1, sharp=3.0):
        g = torch.Generator().manual_seed(seed)
        self.h = torch.randn(n, 5, generator=g, dtype=torch.float64)
        self.E = torch.randn(n_words, 5, generator=g, dtype=torch.float64)
        self.W = torch.randn(5, 5, generator=g, dtype=torch.float64)
        self.O = sharp * torch.randn(5, n_words, generator=g, dtype=torch.float64)

    def start(self):
        return self.h, torch.zeros(len(self.h), 1, dtype=torch.int64)

    def advance(self, words, state):
        h = torch.tanh(state[0] @ self.W + self.E[words])
        return (h @ self.O).log_softmax(1), (h, state[1] + 1)

    def only(self, i):
        one = object.__new__(Recurrent)
        one.h, one.E, one.W, one.O = self.h[[i]], self.E, self.W, self.O
        return one


def log_probs_of(decoder, words):
    """The log-probability of each word, one step after the other."""
    state, last, out = decoder.start(), SOS, []
    for word in words:
        answer, state = decoder.advance(torch.tensor([last]), state)
        out.append(answer[0, word].item())
        last = word
    return out


def every(decoder, n_words, limit, allowed=lambda words: True, alpha=0.0):
    """All sequences that end in <eos> or have `limit` words, the best first: (score, words)."""
    found = []
    for length in range(1, limit + 1):
        for words in itertools.product(range(n_words), repeat=length):
            if EOS in words[:-1] or (words[-1] != EOS and length < limit) or not allowed(words):
                continue
            found.append((sum(log_probs_of(decoder, words)) / ((5 + length) / 6) ** alpha, words))
    return sorted(found, key=lambda pair: (-pair[0], pair[1]))


def tables(seed, n=1, n_words=5):
    return Markov(2 * torch.randn(n, n_words, n_words, generator=torch.Generator().manual_seed(seed)).double())


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.5])
@pytest.mark.parametrize("make", [lambda: Recurrent(4, 3), lambda: tables(1, n_words=4)], ids=["recurrent", "markov"])
def test_a_full_beam_finds_the_best_of_all(make, alpha):
    found = beam(make(), 256, SOS, EOS, 4, n_best=20, length_penalty=alpha)
    truth = every(make(), 4, 4, alpha=alpha)[:20]
    assert [one.words for one in found] == [words for _, words in truth]
    assert [one.score for one in found] == pytest.approx([score for score, _ in truth])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_greedy_is_a_beam_of_width_one(seed, alpha):
    first = greedy(Recurrent(12, seed), SOS, EOS, 9)
    (second,) = beam(Recurrent(12, seed), 1, SOS, EOS, 9, length_penalty=alpha)
    assert second._replace(score=first.score) == first
    assert list(first.log_probs) == pytest.approx(log_probs_of(Recurrent(12, seed), first.words))
    assert first.log_prob == first.score == sum(first.log_probs)
    assert second.score == pytest.approx(first.log_prob / length_penalty(len(first.words), alpha))


def plain_beam(decoder, width, limit, alpha, n_best):
    """The rule of the module in lists, without stopping early: it goes on while a place is open."""
    places, results = [(0.0, ())], []
    for length in range(1, limit + 1):
        pool = [place for place in places if place[1][-1:] == (EOS,)]
        for _, words in places:
            if words[-1:] != (EOS,):
                logs = decoder_step(decoder, words)
                total = sum(log_probs_of(decoder, words))
                pool += [((total + x) / length_penalty(length, alpha), (*words, w)) for w, x in enumerate(logs)]
        pool.sort(key=lambda pair: -pair[0])
        places = pool[:width]
        results += [place for place in places if len(place[1]) == length and (place[1][-1] == EOS or length == limit)]
    return sorted(results, key=lambda pair: -pair[0])[:n_best]


def decoder_step(decoder, words):
    state, answer = decoder.start(), None
    for word in (SOS, *words):
        answer, state = decoder.advance(torch.tensor([word]), state)
    return answer[0].tolist()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("width", "alpha", "n_best"), [(3, 0.0, 1), (3, 1.0, 3), (8, 0.7, 4)])
def test_stopping_early_changes_nothing(seed, width, alpha, n_best):
    decoder = Recurrent(6, seed)
    found = beam(decoder, width, SOS, EOS, 6, n_best=n_best, length_penalty=alpha)
    truth = plain_beam(decoder, width, 6, alpha, n_best)
    assert [one.words for one in found] == [words for _, words in truth]
    assert [one.score for one in found] == pytest.approx([score for score, _ in truth])


def test_the_beam_stops_when_no_open_hypothesis_can_win():
    table = torch.full((1, 3, 3), -20.0).double()
    table[0, :, EOS] = 5
    decoder = Markov(table)
    (best,) = beam(decoder, 3, SOS, EOS, 50)
    assert best.words == (EOS,)
    assert len(decoder.rows) == 1


@pytest.mark.parametrize("alpha", [0.0, 0.8])
def test_a_batch_equals_one_by_one(alpha):
    many = Recurrent(9, 4, n=30, sharp=4.0)
    ones = [many.only(i) for i in range(30)]
    rules = {"banned": [0], "forced": {2: 5}}
    for limit, wishes in ((7, {}), (7, rules)):
        assert_equal(
            greedy_batch(many, 30, SOS, EOS, limit, **wishes), [greedy(one, SOS, EOS, limit, **wishes) for one in ones]
        )
        batch = beam_batch(many, 30, 4, SOS, EOS, limit, 3, alpha, **wishes)
        for found, one in zip(batch, ones, strict=True):
            assert_equal(found, beam(one, 4, SOS, EOS, limit, 3, alpha, **wishes))


@pytest.mark.parametrize("alpha", [0.0, 1.2])
def test_every_sentence_has_its_own_limit(alpha):
    many, limits = Recurrent(9, 4, n=30, sharp=4.0), [1 + k % 7 for k in range(30)]
    alone = [(many.only(k), limit) for k, limit in enumerate(limits)]
    assert_equal(greedy_batch(many, 30, SOS, EOS, limits), [greedy(one, SOS, EOS, limit) for one, limit in alone])
    for found, (one, limit) in zip(beam_batch(many, 30, 4, SOS, EOS, limits, 3, alpha), alone, strict=True):
        assert_equal(found, beam(one, 4, SOS, EOS, limit, 3, alpha))
        assert max(len(each.words) for each in found) <= limit
    for search in (greedy_batch, lambda *given: beam_batch(given[0], given[1], 2, *given[2:])):
        with pytest.raises(InputError, match="at least one word"):
            search(many, 30, SOS, EOS, [0, *limits[1:]])


def assert_equal(found, expected):
    assert [one.words for one in found] == [one.words for one in expected]
    assert [one.reason for one in found] == [one.reason for one in expected]
    assert [one.score for one in found] == pytest.approx([one.score for one in expected])


def test_sentences_that_are_decided_leave_the_batch():
    table = torch.zeros(3, 3, 3).double()
    table[0, :, EOS] = 9  # ends at once
    table[1:, :, 2] = 9  # never ends
    decoder = Markov(table)
    found = greedy_batch(decoder, 3, SOS, EOS, 4)
    assert decoder.rows == [3, 2, 2, 2]
    assert [one.reason for one in found] == ["eos", "limit", "limit"]
    decoder.rows.clear()
    beam_batch(decoder, 3, 2, SOS, EOS, 4)
    assert decoder.rows == [3, 4, 4, 4]
    assert greedy_batch(decoder, 0, SOS, EOS, 4) == beam_batch(decoder, 0, 2, SOS, EOS, 4) == []


def every_search(decoder, limit, **rules):
    yield greedy(decoder, SOS, EOS, limit, **rules)
    yield from beam(decoder, 4, SOS, EOS, limit, n_best=2, length_penalty=0.5, **rules)
    yield sample(decoder, SOS, EOS, limit, seed=5, **rules)


def test_the_limit_cuts_and_says_so():
    for found in every_search(Recurrent(5, 0), 6, banned=[EOS, SOS]):
        assert (len(found.words), found.reason) == (6, "limit")
        assert found.content == found.words
        assert SOS not in found.words


def test_what_ends_says_so():
    table = torch.zeros(1, 3, 3).double()
    table[0, :, EOS] = 30
    found = greedy(Markov(table), SOS, EOS, 6, prefix=[2, 0])
    assert (found.words, found.content, found.reason) == ((2, 0, EOS), (2, 0), "eos")


@pytest.mark.parametrize("seed", range(4))
def test_every_hypothesis_obeys(seed):
    rules = {"prefix": [4, 2], "forced": {1: 3, 4: 2}, "banned": [2]}
    for found in every_search(Recurrent(5, seed), 6, **rules):
        assert found.words[:2] == (4, 3)
        assert len(found.words) > 4
        assert found.words[4] == 2
        assert 2 not in (*found.words[:4], *found.words[5:])
        assert list(found.log_probs) == pytest.approx(log_probs_of(Recurrent(5, seed), found.words))
    best = beam(Recurrent(5, seed), 1000, SOS, EOS, 5, **rules)[0]
    truth = every(
        Recurrent(5, seed), 5, 5,
        lambda words: len(words) == 5 and words[:2] == (4, 3) and words[4] == 2 and 2 not in words[:4],
    )  # fmt: skip
    assert best.words == truth[0][1]


def test_a_prefix_with_eos_ends_there():
    for found in every_search(Recurrent(5, 1), 6, prefix=[2, EOS, 3], forced={4: 2}):
        assert (found.words, found.reason) == ((2, EOS), "eos")


def test_a_prefix_beyond_the_limit_is_cut():
    for found in every_search(Recurrent(5, 1), 3, prefix=[2, 3, 4, 2]):
        assert (found.words, found.reason) == ((2, 3, 4), "limit")


@pytest.mark.parametrize("only", [EOS, 3])
def test_everything_but_one_word_banned(only):
    words = (EOS,) if only == EOS else (3, 3, 3)
    impossible = Markov(torch.zeros(1, 5, 5).double().index_fill(2, torch.tensor([only]), -torch.inf))
    for decoder in (Recurrent(5, 2), impossible):
        for found in every_search(decoder, 3, banned=[w for w in range(5) if w != only]):
            assert found.words == words
    assert found.log_prob == -math.inf


def test_width_beyond_the_vocabulary():
    assert [one.words for one in beam(Recurrent(3, 7), 50, SOS, EOS, 3, n_best=50)] == [
        words for _, words in every(Recurrent(3, 7), 3, 3)
    ]


def test_of_equal_words_the_lowest_id_wins():
    flat = Markov(torch.zeros(1, 4, 4).double())
    assert greedy(flat, SOS, EOS, 3).words == (0, 0, 0)
    assert [one.words for one in beam(flat, 8, SOS, EOS, 2, n_best=8, banned=[EOS])] == [
        (a, b) for a in (0, 2, 3) for b in (0, 2, 3)
    ][:8]


def test_top_orders_ties_by_place():
    g = torch.Generator().manual_seed(0)
    values = torch.randint(4, (200, 60), generator=g).double()
    values[:50, ::7] = -torch.inf
    value, place = top(values, 9)
    expected, places = values.sort(dim=1, descending=True, stable=True)
    assert value.equal(expected[:, :9])
    assert place.equal(places[:, :9])
    assert top(values[:, :3], 9)[0].shape == (200, 3)


@pytest.mark.parametrize(
    ("search", "rules"),
    [
        (greedy, {"banned": range(5)}), (greedy, {"banned": [7]}), (greedy, {"prefix": [-1]}), (beam, {"width": 0}),
        (beam, {"n_best": 3}), (beam, {"length_penalty": -1}), (sample, {"temperature": 0}), (sample, {"top_k": 0}),
        (sample, {"top_p": 0}), (sample, {"top_p": 1.1}), (greedy, {"limit": 0}),
        (sample, {"temperature": math.nan}),
    ],
)  # fmt: skip
def test_wishes_that_cannot_be(search, rules):
    given = {"sos": SOS, "eos": EOS, "limit": 3} | ({"width": 2} if search is beam else {}) | rules
    with pytest.raises(InputError):
        search(Recurrent(5, 0), **given)


def test_sampling_from_one_word_is_greedy():
    for seed in range(5):
        expected = greedy(Recurrent(12, seed), SOS, EOS, 9)
        for cut in ({"top_k": 1}, {"temperature": 1e-6}, {"top_p": 1e-9}):
            assert sample(Recurrent(12, seed), SOS, EOS, 9, seed=seed, **cut) == expected


def test_seeds_repeat_and_differ():
    def draw(seed, **rules):
        return sample(Recurrent(30, 1, sharp=0.3), SOS, EOS, 12, seed=seed, **rules).words

    assert draw(3) == draw(3)
    assert len({draw(seed) for seed in range(10)}) == 10
    # a forced word that would have been drawn anyway changes nothing after it
    assert draw(3, prefix=draw(3)[:4]) == draw(3)


def test_samples_follow_the_distribution():
    decoder, n = Markov(torch.tensor([[[0.0, -9.0, 1.0, 2.0, 0.5]]]).double().expand(1, 5, 5)), 1500
    logits = torch.tensor([0.0, -9.0, 1.0, 2.0, 0.5]).double()
    words = torch.tensor([
        sample(decoder, SOS, EOS, 1, temperature=2, top_k=3, top_p=0.7, seed=s).words[0] for s in range(n)
    ])  # fmt: skip
    tempered = (logits / 2).softmax(0)[[3, 2, 4]]
    assert (tempered / tempered.sum())[0] < 0.7  # so the nucleus is two words
    expected = torch.zeros(5).double()
    expected[[3, 2]] = tempered[:2] / tempered[:2].sum()
    share = words.bincount(minlength=5) / n
    assert share.sub(expected).abs().max() < 4 * 0.5 / n**0.5
    assert share[[0, 1, 4]].sum() == 0


@pytest.mark.parametrize("top_p", [0.05, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("top_k", [None, 1, 4, 99])
def test_the_nucleus_is_the_smallest_set_with_the_mass(top_p, top_k):
    logs = torch.randn(9, generator=torch.Generator().manual_seed(2)).double().log_softmax(0)
    cut = cut_off(logs, logs, 1.7, top_k, top_p)
    p = sorted(((logs / 1.7).exp() / (logs / 1.7).exp().sum()).tolist(), reverse=True)[:top_k]
    share = [x / sum(p) for x in p]
    size = next(n for n in range(1, 10) if n == len(share) or sum(share[:n]) >= top_p)
    assert cut.kept.tolist() == [rank < size for rank in range(9)]
    assert cut.p_final[:size].tolist() == pytest.approx([x / sum(p[:size]) for x in p[:size]])
    assert cut.p_final.sum().item() == pytest.approx(1)


def test_exactly_the_mass_is_enough():
    logs = torch.tensor([0.5, 0.25, 0.25]).double().log()
    assert cut_off(logs, logs, top_p=0.5).kept.sum() == 1
    assert cut_off(logs, logs, top_k=2).kept.tolist() == [True, True, False]
