"""Costs of layers against torch's own counter, paths against powers of the adjacency matrix, and measurements."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained
from torch.utils.flop_counter import FlopCounterMode

from engine import complexity, complexity_measure, complexity_trace
from engine.attention import MultiHead
from engine.complexity import LAYERS, Sizes, crossover, operations, pairs, reach, sequential
from engine.complexity_measure import MeasureParams, Point, measure, saved_bytes, slope
from engine.errors import InputError
from engine.gru import GRUCell
from engine.lstm import LSTMCell
from engine.rnn import TanhCell

SIZES = Sizes(9, 8, 5, 3)
WORDS = list("abcdefghi")


def counted(run) -> float:
    """Multiply-adds that torch counts."""
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops() / 2


@pytest.mark.parametrize(("layer", "kind"), [("rnn", TanhCell), ("gru", GRUCell), ("lstm", LSTMCell)])
def test_multiply_adds_of_recurrent_cells_are_those_that_torch_counts(layer, kind):
    cell, x = kind(8, 8), torch.randn(1, 9, 8)

    def run():
        state = cell.start(1)
        for word in x.unbind(1):
            state = cell.advance(cell.inputs(word), state)

    assert operations(layer, SIZES) == counted(run)


def test_multiply_adds_of_attention_and_convolution_are_those_that_torch_counts():
    heads, x = MultiHead(8, 2), torch.randn(1, 9, 8)
    assert operations("attention", SIZES) == counted(lambda: heads.look(x, x))
    kernel = torch.nn.Conv1d(8, 8, 5, padding=2)
    assert operations("cnn", SIZES) == counted(lambda: kernel(x.transpose(1, 2)))


@pytest.mark.parametrize(("n", "r"), [(9, 3), (2, 3), (5, 31), (40, 7)])
def test_restricted_attention_weighs_the_pairs_of_its_window(n, r):
    assert pairs(n, r) == sum(abs(i - j) <= r // 2 for i in range(n) for j in range(n))
    sizes = Sizes(n, 4, 3, r)
    assert operations("restricted", sizes) == 4 * n * 16 + 2 * pairs(n, r) * 4


def test_table_1_with_numbers():
    """n²d, nd², knd², rnd of Vaswani et al."""
    want = {"attention": 9**2 * 8, "lstm": 9 * 8**2, "cnn": 5 * 9 * 8**2, "restricted": 3 * 9 * 8}
    assert {layer: LAYERS[layer].term(SIZES) for layer in want} == want
    assert [sequential(layer, SIZES) for layer in ("attention", "rnn", "lstm", "cnn", "restricted")] == [1, 9, 9, 1, 1]


def by_powers(layer: str, n: int, hops) -> np.ndarray:
    """Steps from word to word as the first power of the adjacency that is not 0; `hops(depth)` are a step's offsets."""
    there, steps = np.eye(n, dtype=int), np.where(np.eye(n), 0.0, np.nan)
    for depth in range(2 * n):
        step = np.array([[int(j - i in hops(depth)) for j in range(n)] for i in range(n)])
        there = np.minimum(there @ step, 1)
        steps[(there > 0) & np.isnan(steps)] = depth + 1
    return steps


@pytest.mark.parametrize(
    ("layer", "hops"),
    [
        ("attention", lambda depth: range(-12, 13)),
        ("gru", lambda depth: (0, 1)),
        ("cnn", lambda depth: range(-2, 3)),
        ("cnn-dilated", lambda depth: [o * 3**depth for o in range(-2, 3)]),
        ("restricted", lambda depth: (-1, 0, 1)),
    ],
)
def test_paths_are_the_first_powers_of_the_adjacency(layer, hops):
    sizes = replace(SIZES, n=12)
    found = reach(layer, sizes, range(12))
    np.testing.assert_array_equal(found, by_powers(layer, 12, hops))
    assert complexity.longest(layer, sizes) == np.nanmax(found)


def test_every_word_is_reached_from_its_parent_in_its_last_step():
    sizes = replace(SIZES, n=12)
    for layer in ("attention", "rnn", "cnn", "cnn-dilated", "restricted"):
        for steps in reach(layer, sizes, (0, 5, 11)):
            for target, parent in enumerate(complexity.parents(layer, sizes, steps)):
                assert (parent is None) == (not steps[target] > 0)
                if parent is not None:
                    assert steps[parent] < steps[target]
                    assert target - parent in complexity.offsets(layer, int(steps[target]) - 1, sizes)


def test_a_recurrent_layer_never_carries_a_word_back():
    steps = reach("lstm", SIZES, range(9))
    assert np.isnan(steps[np.tril_indices(9, -1)]).all()
    assert steps[0].tolist() == list(range(9))


def test_attention_costs_more_than_an_lstm_from_a_length_on():
    """4nd² + 2n²d > 8nd² where n > 2d; more than Elman's 2nd² always, than a GRU's 6nd² where n > d."""
    assert crossover("attention", "lstm", Sizes(d=32)) == 65
    assert crossover("attention", "gru", Sizes(d=32)) == 33
    assert crossover("attention", "rnn", Sizes(d=32)) == 2
    assert crossover("attention", "lstm", Sizes(d=1024)) == 2049
    assert crossover("rnn", "attention", Sizes(d=32)) is None


@pytest.mark.parametrize("wrong", [{"n": 1}, {"d": 2}, {"k": 4}, {"r": 257}, {"n": 5000}])
def test_sizes_out_of_range_are_refused(wrong):
    with pytest.raises(InputError):
        complexity_trace.costs(Sizes(**wrong))
    with pytest.raises(InputError):
        complexity_trace.paths(Sizes(), ["one"])


def test_every_cost_is_proved_by_code_that_runs_alone(tmp_path):
    traces = [complexity_trace.costs(SIZES, (16, 40)), complexity_trace.paths(SIZES, WORDS)]
    cases = explained(traces, draws=6)
    check_code(cases, tmp_path, rel=0, abs=0)
    check_terms([case for case in cases if not math.isnan(case[1])], rel=0, abs=0)


def test_bytes_kept_are_those_of_the_inputs_and_the_squares():
    """Conv1d keeps its input; attention with weights keeps n² numbers a head that the fused kernel does not."""
    params = MeasureParams(d=16, k=3, n_heads=2)
    nets, n = complexity_measure.layers(params), 64
    x = torch.randn(1, n, 16, requires_grad=True)
    kept = {name: saved_bytes(*net, x) for name, net in nets.items()}
    assert kept["cnn"] == 4 * n * 16
    assert kept["attention-weights"] - kept["attention"] > 0
    double = torch.randn(1, 2 * n, 16, requires_grad=True)
    twice = {name: saved_bytes(*net, double) for name, net in nets.items()}
    assert twice["attention"] == pytest.approx(2 * kept["attention"], rel=0.02)
    squares = 4 * 2 * n**2  # float32, two heads
    assert twice["attention-weights"] - 2 * kept["attention-weights"] == pytest.approx(2 * squares, rel=0.05)


def test_measured_layers_are_the_layers(monkeypatch):
    """The same numbers by the fast way and with weights; the RNN is the equation written out."""
    nets = complexity_measure.layers(MeasureParams(d=8, n_heads=2))
    x = torch.randn(1, 5, 8)
    with torch.no_grad():
        made = {name: run(x) for name, (_, run) in nets.items()}
        torch.testing.assert_close(made["attention"], made["attention-weights"])
        cell, h = nets["rnn"][0], torch.zeros(8)
        for t in range(5):
            h = torch.tanh(cell.W @ x[0, t] + cell.R @ h + cell.b)
            torch.testing.assert_close(made["rnn"][0, t], h)
    assert {each.shape for each in made.values()} == {x.shape}


def test_a_measurement_grows_can_be_stopped_and_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(complexity_measure, "ENOUGH", 0.0)
    params = MeasureParams(d=8, n_heads=2, longest=32)
    records = list(measure(params))
    assert records[-1][0] == 1
    assert [(each.n, each.layer) for _, _, each in records[:2]] == [(16, "rnn"), (16, "gru")]
    assert len(records) == 12
    assert all(0 < each.forward < each.both * 2 for _, _, each in records)
    assert list(measure(params, lambda: True)) == []
    assert len(list(measure(replace(params, seconds=0.0)))) == 1
    complexity_measure.ship(tmp_path / "measured.json", params)
    about, points = complexity_measure.read(tmp_path / "measured.json")
    assert about["cores"] >= 1
    assert points[0] == Point("rnn", 16, points[0].forward, points[0].both, records[0][2].saved)
    assert complexity_measure.read(tmp_path / "none.json") == ({}, [])


def test_the_slope_is_the_exponent():
    lengths = [2, 4, 8, 16, 32]
    assert slope(lengths, [3 * n**2 for n in lengths]) == pytest.approx(2)
    assert slope(lengths, [100.0, 8, 16, 32, 64]) == pytest.approx(1)  # only the largest lengths count
    assert math.isnan(slope([16], [1.0]))
    assert math.isnan(slope(lengths, [0.0] * 5))


def test_a_measurement_is_shipped():
    about, points = complexity_measure.read()
    assert {"date", "cores", "torch", "processor", "params"} <= set(about)
    assert {each.n for each in points} == set(complexity_measure.LENGTHS)
    largest = {each.layer: each.saved for each in points if each.n == max(complexity_measure.LENGTHS)}
    assert largest["attention-weights"] > 10 * largest["attention"]
