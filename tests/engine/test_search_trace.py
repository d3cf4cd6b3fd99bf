"""The traces of the searches: the same results as the searches, and a proof of every cell."""

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained

from engine.search import beam, greedy, sample
from engine.search_trace import beam_trace, greedy_trace, sample_trace

SOS, EOS = 0, 1
WORDS = ["<sos>", "<eos>", *"abcdefghij"]


class Net:
    """A random recurrent decoder of len(WORDS) words."""

    def __init__(self, seed, sharp=2.0):
        g = torch.Generator().manual_seed(seed)
        self.h, self.W = torch.randn(1, 6, generator=g), torch.randn(6, 6, generator=g)
        self.E, self.O = torch.randn(12, 6, generator=g), sharp * torch.randn(6, 12, generator=g)

    def start(self):
        return (self.h,)

    def advance(self, words, state):
        h = torch.tanh(state[0] @ self.W + self.E[words])
        return (h @ self.O).log_softmax(1), (h,)


RULES = [{}, {"banned": [SOS, EOS, 4]}, {"prefix": [3, 2], "forced": {4: 7}, "banned": [7]}, {"prefix": [2, EOS]}]
BEAMS = [
    {"width": 3, "n_best": 2, "length_penalty": 0.8}, {"width": 1, "shown": 2}, {"width": 4, "shown": 1, "n_best": 4},
    {"width": 20, "n_best": 5, "length_penalty": 2.0, "shown": 3},
]  # fmt: skip
SAMPLES = [
    {}, {"temperature": 0.5, "top_k": 4, "shown": 3}, {"temperature": 3.0, "top_p": 0.8, "shown": 4},
    {"top_k": 30, "top_p": 0.4}, {"temperature": 2.0, "shown": 2, "seed": 5},
]  # fmt: skip


def beams():
    pairs = [(BEAMS[0], rules) for rules in RULES] + [
        (wishes, RULES[number % 3]) for number, wishes in enumerate(BEAMS)
    ]
    return [
        beam_trace(Net(seed), WORDS, sos=SOS, eos=EOS, limit=6, **wishes, **rules)
        for seed, (wishes, rules) in enumerate(pairs)
    ]


def samples():
    pairs = [(SAMPLES[1], RULES[3])] + [(cut, RULES[number % 3]) for number, cut in enumerate(SAMPLES)]
    return [sample_trace(Net(2), WORDS, SOS, EOS, 6, **cut, **rules) for cut, rules in pairs]


def greedies():
    return [greedy_trace(Net(3), WORDS, SOS, EOS, 6, shown=shown, **rules) for shown in (3, 40) for rules in RULES]


@pytest.mark.parametrize("make", [beams, samples, greedies])
def test_every_cell_is_proved(make, tmp_path):
    cases = explained(make(), draws=1)
    check_code(cases, tmp_path, rel=1e-9, abs=1e-9)
    check_terms(cases, rel=1e-6, abs=1e-9)


class Impossible(Net):
    """A decoder that gives <eos> and "b" the probability 0."""

    def advance(self, words, state):
        log_probs, state = super().advance(words, state)
        return log_probs.index_fill(1, torch.tensor([EOS, 3]), -torch.inf), state


def test_words_of_probability_zero_are_proved(tmp_path):
    most = [0, 2, *range(4, 12)]
    traces = [
        beam_trace(Impossible(0), WORDS, 4, SOS, EOS, 3, banned=most),
        beam_trace(Impossible(0), WORDS, 4, SOS, EOS, 3, forced={1: 3}),
        greedy_trace(Impossible(0), WORDS, SOS, EOS, 3, banned=most),
        sample_trace(Impossible(0), WORDS, SOS, EOS, 3, banned=most),
        sample_trace(Impossible(0), WORDS, SOS, EOS, 3, top_k=4, top_p=0.9, forced={0: 3}),
    ]
    cases = explained(traces, draws=1)
    check_code(cases, tmp_path, rel=1e-9, abs=1e-9)
    check_terms(cases, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("number", range(len(BEAMS)))
def test_the_tree_is_the_search(number, rules):
    wishes = {"sos": SOS, "eos": EOS, "limit": 6} | BEAMS[number] | rules
    tree = beam_trace(Net(number), WORDS, **wishes)
    wishes.pop("shown", None)
    found = beam(Net(number), **wishes)
    assert tree.attrs["results"] == found
    assert tree["score"].values[tree["leaf"].values].tolist() == pytest.approx([one.score for one in found])
    path, node = [], int(tree["leaf"][0])
    while node > 0:
        assert tree["best"].values[node] == 1
        path.insert(0, tree.attrs["ids"][node])
        node = int(tree["parent"][node])
    assert tuple(path) == found[0].words
    assert tree["best"].sum() == len(path) + 1
    assert tree.attrs["reason"] == found[0].reason


def test_the_tree_holds_what_was_looked_at():
    width, shown = 3, 4
    tree = beam_trace(Net(0), WORDS, width, SOS, EOS, 5, shown=shown, banned=[5])
    parent, depth, total, kept, finished = (
        tree[name].values for name in ("parent", "depth", "total", "kept", "finished")
    )
    assert (parent[1:] < np.arange(1, len(parent))).all()
    assert (depth[1:] == depth[parent[1:]] + 1).all()
    assert total[1:] == pytest.approx(total[parent[1:]] + tree["log_prob"].values[1:])
    assert (kept[parent[1:]] == 1).all()
    assert (finished[parent[1:]] == 0).all()
    assert 5 not in tree.attrs["ids"]
    for d in range(1, depth.max() + 1):
        assert kept[depth == d].sum() <= width
    per_parent = np.bincount(parent[1:])
    assert set(per_parent[per_parent > 0]) == {shown}  # width <= shown, so that all the kept are among them
    assert len(tree["node_label"]) == len(parent)


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("cut", SAMPLES)
def test_the_draws_are_the_sample(cut, rules):
    trace = sample_trace(Net(2), WORDS, SOS, EOS, 6, **cut, **rules)
    cut = {name: value for name, value in cut.items() if name != "shown"}
    found = sample(Net(2), SOS, EOS, 6, **cut, **rules)
    assert tuple(trace.attrs["chosen_ids"]) == found.words
    assert trace["taken"].values.tolist() == pytest.approx(list(found.log_probs))
    assert trace["total"].values[-1] == pytest.approx(found.log_prob)
    for step, word in enumerate(found.words):
        rank = int(trace["chosen"][step])
        assert rank == -1 or trace.attrs["ids"][step][rank] == word
        if step not in trace.attrs["forced"]:
            assert trace["kept"].values[step, rank] == 1
    whole = sample_trace(Net(2), WORDS, SOS, EOS, 6, shown=99, **cut, **rules)
    assert whole["p"].sum("rank").values == pytest.approx(1)
    assert whole["p_final"].sum("rank").values == pytest.approx(1)
    assert whole["p_eos"].values == pytest.approx(
        [whole["p"].values[t, row.index(EOS)] for t, row in enumerate(whole.attrs["ids"])]
    )


@pytest.mark.parametrize("rules", RULES)
def test_the_steps_are_the_greedy_search(rules):
    trace, found = greedy_trace(Net(3), WORDS, SOS, EOS, 6, shown=3, **rules), greedy(Net(3), SOS, EOS, 6, **rules)
    assert tuple(trace.attrs["chosen_ids"]) == found.words
    assert trace.attrs["reason"] == found.reason
    assert trace["total"].values[-1] == pytest.approx(found.log_prob)
    chosen = zip(trace["chosen"].values.tolist(), trace.attrs["ids"], strict=True)
    assert tuple(ids[place] for place, ids in chosen) == found.words
    # any search's words, forced, are the steps of that search
    other = sample(Net(3), SOS, EOS, 6, seed=1)
    again = greedy_trace(Net(3), WORDS, SOS, EOS, len(other.words), prefix=other.words)
    assert again["taken"].values == pytest.approx(other.log_probs)
