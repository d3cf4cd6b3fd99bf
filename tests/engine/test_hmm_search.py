"""Sequences on which decoders disagree, the probability that flips a path, plain products: against enumeration."""

from itertools import product

import numpy as np
import pytest
import torch

from engine import hmm
from engine.hmm import HMM, flips, json_files, search, underflow
from engine.hmm.flips import Cell

TABLES = ("weather", "clouds", "casino", "urns", "trellis", "letters", "tagger")


def random_model(seed: int, N: int = 3, M: int = 3) -> HMM:
    rng = np.random.default_rng(seed)
    rows = (rng.dirichlet(np.ones(size), n) for n, size in ((1, N), (N, N), (N, M)))
    pi, A, B = rows
    return HMM(tuple("abcdefgh"[:N]), tuple("uvwxyz"[:M]), pi[0], A, B)


def test_a_sequence_is_passed_over():
    model, found = json_files.preset("weather").model, []
    for seed in range(6):
        besides = found[-1].observations if found else ()
        found.append(search.disagreement(model, seed, besides=besides))
        assert found[-1].observations != besides
    first = search.disagreement(model, 3)
    assert search.disagreement(model, 3, besides=first.observations).n_paths == 3


@pytest.mark.parametrize("name", TABLES)
def test_the_decoders_really_disagree(name):
    model = json_files.preset(name).model
    found = search.disagreement(model, 1)
    O = torch.tensor(found.observations)
    paths = [decode(model, O) for decode in (hmm.greedy_decode, hmm.posterior_decode, hmm.viterbi)]
    assert len({tuple(path.states.tolist()) for path in paths}) == found.n_paths == 3
    assert paths[2].log_joint > max(paths[0].log_joint, paths[1].log_joint) + 1e-9
    assert 1 <= found.tried <= search.TRIES
    assert search.disagreement(model, 1) == found


@pytest.mark.parametrize("seed", range(3))
def test_many_sequences_at_once_are_decoded_as_one_by_one(seed):
    model = random_model(seed)
    O = search.sequences(model, 40, 6, np.random.default_rng(seed))
    expected = []
    for row in torch.as_tensor(O):
        paths = (decode(model, row).states for decode in (hmm.greedy_decode, hmm.posterior_decode, hmm.viterbi))
        expected.append(len({tuple(path.tolist()) for path in paths}))
    assert search.different(model, O).tolist() == expected


def test_sequences_follow_the_model():
    """Symbols are where the model can say them, and as often as it says."""
    model = HMM(("a", "b"), ("x", "y", "z"), [1.0, 0.0], [[0.0, 1.0], [1.0, 0.0]], [[1, 0, 0], [0, 0.25, 0.75]])
    O = search.sequences(model, 4000, 4, np.random.default_rng(0))
    assert (O[:, ::2] == 0).all()
    assert (O[:, 1::2] == 1).mean() == pytest.approx(0.25, abs=0.02)


def test_where_all_agree_nothing_is_found():
    model = HMM(("a", "b"), ("x", "y"), [0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]], [[1, 0], [0, 1]])
    assert search.disagreement(model, 0) is None


def enumerated(model: HMM, O: torch.Tensor, cell: Cell, value: float) -> list[tuple[float, tuple[int, ...]]]:
    """Every path with its log P(X, O) in the model with one probability changed, the best first."""
    tables = {"pi": model.pi.clone(), "A": model.A.clone(), "B": model.B.clone()}
    row = tables["pi"] if cell.table == "pi" else tables[cell.table][cell.row]
    others = 1 - row[cell.column]
    row *= (1 - value) / others
    row[cell.column] = value
    other = HMM(model.S, model.V, *tables.values())
    paths = product(range(len(model.S)), repeat=len(O))
    return sorted(((hmm.joint(other, torch.tensor(path), O), path) for path in paths), reverse=True)


CELLS = (Cell("pi", 0, 1), Cell("A", 0, 0), Cell("A", 2, 1), Cell("B", 1, 2))


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_leads_are_those_of_all_paths(cell):
    model, values = random_model(7), (0.0, 0.1, 0.5, 0.9)
    O = torch.tensor([0, 2, 1, 2, 0])
    found = flips.leads(model, O, cell, values)
    for k, value in enumerate(values):
        (best, path), (second, _), *_ = enumerated(model, O, cell, value)
        assert found.best[k] == pytest.approx(best, abs=1e-12)
        assert found.second[k] == pytest.approx(second, abs=1e-12)
        assert tuple(found.paths[k]) == path


@pytest.mark.parametrize("cell", CELLS, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_a_path_flips_where_two_are_equally_good(cell, seed):
    model, values = random_model(seed), tuple(k / 10 for k in range(11))
    O = torch.tensor([0, 2, 1, 1, 2, 0])
    for flip in flips.flips(model, O, cell, values, flips.leads(model, O, cell, values)):
        (best, _), (second, _), *_ = enumerated(model, O, cell, flip.value)
        assert best - second < 1e-9
        below, above = (enumerated(model, O, cell, flip.value + step)[0][1] for step in (-1e-6, 1e-6))
        assert (below, above) == (flip.before, flip.after)


def test_the_weather_flips_as_the_page_says():
    model, cell = json_files.preset("weather").model, Cell("A", 0, 0)
    O = hmm.observe(model, json_files.preset("weather").example)
    values = tuple(k / 40 for k in range(41))
    found = flips.flips(model, O, cell, values, flips.leads(model, O, cell, values))
    assert [round(flip.value, 3) for flip in found] == [0.45, 0.777]
    assert flips.current(model, cell) == pytest.approx(0.7)


@pytest.mark.parametrize("row", [[1.0, 0.0, 0.0], [0.2, 0.3, 0.5], [0.0, 1.0, 0.0]])
def test_a_varied_row_stays_a_distribution(row):
    made = flips.rows(torch.tensor(row, dtype=torch.float64), 0, (0.0, 0.4, 1.0))
    torch.testing.assert_close(made.sum(1), torch.ones(3, dtype=torch.float64))
    assert made[:, 0].tolist() == [0.0, 0.4, 1.0]


def test_scaled_products_are_log_likelihoods_and_plain_ones_end():
    model = json_files.preset("weather").model
    found = underflow.products(model, 1000, 0)
    O = hmm.generate(model, 1000, 0).observations
    for T in (1, 10, 400, 1000):
        assert found.scaled[T - 1] == pytest.approx(hmm.log_likelihood(model, O[:T]) / np.log(10), rel=1e-10)
    for name, tens in (("float64", -323.3), ("float32", -44.9)):
        end = len(found.plain[name])
        assert found.scaled[end - 1] > tens - 1.5  # the last one that is held; the next is not
        assert found.scaled[end + 1] < tens + 1.5
        half = end // 2
        np.testing.assert_allclose(found.plain[name][:half], found.scaled[:half], rtol=1e-5)


def test_a_certain_model_never_underflows():
    model = HMM(("a",), ("x",), [1.0], [[1.0]], [[1.0]])
    found = underflow.products(model, 50, 0)
    assert [len(values) for values in found.plain.values()] == [50, 50]
