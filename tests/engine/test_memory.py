"""Memory tasks against their definitions, gradients against finite differences, kernels against autograd."""

import math

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained

from engine import memory_file, memory_trace, memory_training
from engine.cell import Cell
from engine.errors import InputError
from engine.memory import (
    BASELINE,
    CELLS,
    CLOSE,
    DISTRACTORS,
    LETTERS,
    NETWORKS,
    TASKS,
    TRANSFORMER,
    MemoryNet,
    MemoryParams,
    draw,
    initial,
    loss,
    right,
    scan,
)
from engine.memory_flow import example, flow, measure
from engine.memory_training import finished, points, train


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def stirred(cell: str, task: str, distance: int = 12, units: int = 6) -> MemoryNet:
    """A network with weights that are neither small nor special."""
    net = initial(MemoryParams(cell, task, distance, units))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(-0.5, 0.5, generator=seeded(3))
    return net


def signs(task: str, x: torch.Tensor) -> list[str]:
    return ["".join(TASKS[task].signs[at] for at in row.argmax(1).tolist()) for row in x]


def test_recall_is_a_letter_then_digits_then_the_question():
    x, target = draw("recall", 9, 200, seeded(0))
    assert x.shape == (200, 11, 14)
    assert (x.sum(2) == 1).all()
    assert (x[..., -1] == 0).all()
    texts = signs("recall", x)
    assert [text[0] for text in texts] == [LETTERS[at] for at in target[:, 0].tolist()]
    assert all(set(text[1:-1]) <= set(DISTRACTORS) and text[-1] == "?" for text in texts)
    assert {text[0] for text in texts} == set(LETTERS)


def test_copy_asks_for_three_letters_in_their_order():
    x, target = draw("copy", 7, 50, seeded(0))
    texts = signs("copy", x)
    assert [text[:3] for text in texts] == ["".join(LETTERS[at] for at in row) for row in target.tolist()]
    assert {text[3:] for text in texts} == {"·" * 7 + "???"}


def test_adding_marks_two_numbers_of_the_first_half():
    x, target = draw("adding", 30, 300, seeded(0))
    assert x.shape == (300, 30, 3)
    assert x[..., 0].min() >= 0
    assert x[..., 0].max() < 1
    marked = [(row[:, 1] == 1).nonzero()[:, 0].tolist() for row in x]
    assert all(len(places) == 2 and max(places) < 15 for places in marked)
    sums = [float(row[places, 0].sum()) for row, places in zip(x, marked, strict=True)]
    np.testing.assert_allclose(target[:, 0], sums, atol=1e-6)


def test_always_answering_1_has_the_baseline_error():
    _, target = draw("adding", 4, 200_000, seeded(1))
    ones = torch.ones(len(target), 1, 1)
    assert loss("adding", ones, target).item() == pytest.approx(BASELINE, rel=0.01)
    share = right("adding", ones, target).float().mean().item()
    assert share == pytest.approx(TASKS["adding"].chance, rel=0.02)
    assert pytest.approx(1 / 6) == BASELINE
    assert CLOSE == 0.08


@pytest.mark.parametrize("task", TASKS)
def test_the_same_generator_draws_the_same_sequences(task):
    first, second, other = (draw(task, 20, 5, seeded(seed)) for seed in (4, 4, 5))
    assert torch.equal(first.x, second.x)
    assert torch.equal(first.target, second.target)
    assert not torch.equal(first.x, other.x)


@pytest.mark.parametrize("cell", CELLS)
def test_the_compiled_recurrence_and_its_derivative_are_those_of_the_cell(cell):
    net = stirred(cell, "adding")
    x = draw("adding", 12, 3, seeded(0)).x
    weights = torch.randn(3, 12, 6, generator=seeded(1))
    parameters = list(net.cell.parameters())
    fast, slow = scan(net.cell, x), Cell.scan(net.cell, x)
    torch.testing.assert_close(fast, slow, atol=1e-5, rtol=1e-5)
    ours, theirs = (torch.autograd.grad((y * weights).sum(), parameters) for y in (fast, slow))
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


def test_gates_begin_open_for_about_the_distance():
    """σ(b_f) = u / (u + 1) with u from 1 to T - 1, the input gate as little as it forgets."""
    net = initial(MemoryParams("lstm-peephole", "recall", 100, 16))
    b_i, b_f = net.cell.b[16:32], net.cell.b[32:48]
    keeps = torch.sigmoid(b_f)
    assert torch.equal(b_i, -b_f)
    assert (net.cell.p == 0).all()
    assert keeps.min() >= 0.5
    assert keeps.max() <= 101 / 102
    assert keeps.median() > 0.9
    update = initial(MemoryParams("gru", "recall", 100, 16)).cell.b[16:32]
    assert (update >= 0).all()
    assert update.max() <= math.log(101)


def by_hand(net: MemoryNet, x: torch.Tensor, target: torch.Tensor, push: tuple[int, int, float]) -> float:
    """The loss of one sequence, the memory pushed at a place: equations of Elman's net and of the peephole LSTM."""
    cell, (place, unit, size) = net.cell, push
    H = cell.n_hidden
    h, c, hs = torch.zeros(H).double(), torch.zeros(H).double(), [torch.zeros(H).double()]
    nudge = torch.zeros(H).double()
    nudge[unit] = size
    for t, x_t in enumerate(x):
        sums = cell.W @ x_t + cell.R @ h + cell.b
        if cell.name == "elman":
            h = torch.tanh(sums) + nudge * (t == place)
        else:
            p_i, p_f, p_o = cell.p.chunk(3)
            z, i, f, o = sums.chunk(4)
            i, f = torch.sigmoid(i + p_i * c), torch.sigmoid(f + p_f * c)
            c = torch.tanh(z) * i + c * f + nudge * (t == place)
            h = torch.tanh(c) * torch.sigmoid(o + p_o * c)
        hs.append(h)
    answer = net.h2o.weight @ h + net.h2o.bias
    return float(-torch.log_softmax(answer, 0)[target[0]])


@pytest.mark.parametrize("cell", ["elman", "lstm-peephole"])
def test_gradient_norms_are_finite_differences_of_the_loss(cell):
    net, batch = stirred(cell, "recall"), example("recall", 12)
    found = flow(net, batch)
    double = stirred(cell, "recall").double()
    x, e = batch.x[0, :, :-1].double(), 1e-6
    with torch.no_grad():
        for place in (0, 5, 12):
            slopes = [
                (
                    by_hand(double, x, batch.target[0], (place, unit, e))
                    - by_hand(double, x, batch.target[0], (place, unit, -e))
                )
                / (2 * e)
                for unit in range(6)
            ]
            assert found.norms[place] == pytest.approx(np.linalg.norm(slopes), rel=1e-5, abs=1e-10)


def test_the_linear_cell_multiplies_the_gradient_by_its_matrix_at_every_step():
    net, batch = stirred("lecture", "recall"), example("recall", 12)
    g, R = flow(net, batch).gradient, net.cell.R.detach().double().numpy()
    assert not g[-1].any()  # the answer is read from the state before the last
    np.testing.assert_allclose(g[:-2], g[1:-1] @ R, rtol=1e-9)


def whole_block(net: MemoryNet, x: torch.Tensor) -> torch.Tensor:
    """The answers of torch.nn's encoder layer with the block's weights, every place looking at every place."""
    reader, block = net.cell, net.cell.stack.blocks[0]
    layer = torch.nn.TransformerEncoderLayer(6, 2, 12, 0.0, batch_first=True, norm_first=True)
    names = {"norm1": block.norm_attention, "norm2": block.norm_ffn, "linear1": block.W_1, "linear2": block.W_2,
             "self_attn.out_proj": block.attention.W_O}  # fmt: skip
    weights = {f"{name}.{kind}": getattr(part, kind) for name, part in names.items() for kind in ("weight", "bias")}
    for kind in ("weight", "bias"):
        parts = (block.attention.W_Q, block.attention.W_K, block.attention.W_V)
        weights[f"self_attn.in_proj_{kind}"] = torch.cat([getattr(part, kind) for part in parts])
    layer.load_state_dict(weights)
    code = [[(math.sin, math.cos)[j % 2](p * 1e4 ** (-(j - j % 2) / 6)) for j in range(6)] for p in range(x.shape[1])]
    X = layer(6**0.5 * reader.E(x) + torch.tensor(code))
    X = torch.nn.functional.layer_norm(X, (6,), reader.stack.norm.weight, reader.stack.norm.bias)
    return net.h2o(X[:, -net.n_answers :])


@pytest.mark.parametrize("task", TASKS)
def test_the_last_places_of_the_transformer_are_those_of_the_whole_block(task):
    net = stirred(TRANSFORMER, task)
    x = draw(task, 12, 3, seeded(0)).x
    torch.testing.assert_close(net(x), whole_block(net, x[..., :-1]), atol=1e-5, rtol=1e-5)


def test_the_transformers_gradient_is_that_by_what_enters_its_block():
    net, batch, e = stirred(TRANSFORMER, "recall"), example("recall", 12), 1e-6
    found, double = flow(net, batch), stirred(TRANSFORMER, "recall").double()
    X = double.cell.enter(batch.x[..., :-1].double()).detach()

    @torch.no_grad()
    def value(place: int, unit: int, push: float) -> float:
        moved = X.clone()
        moved[0, place, unit] += push
        return float(loss("recall", double.h2o(double.cell.leave(moved, 1)), batch.target))

    for place in (0, 7, 13):
        slopes = [(value(place, unit, e) - value(place, unit, -e)) / (2 * e) for unit in range(6)]
        assert found.norms[place] == pytest.approx(np.linalg.norm(slopes), rel=1e-5, abs=1e-10)


def test_the_transformer_learns_to_copy_within_few_steps():
    *_, last = train(MemoryParams(TRANSFORMER, "copy", 10))
    assert last.accuracy >= 0.99
    assert last.step <= 300


def test_some_networks_can_be_trained_again_and_the_others_stay(tmp_path, monkeypatch):
    small = [MemoryParams(cell, "recall", 8, 4, steps=10) for cell in ("gru", TRANSFORMER)]
    monkeypatch.setattr(memory_training, "points", lambda: small)
    memory_training.ship(tmp_path)
    before = memory_file.loads((tmp_path / "recall.safetensors").read_bytes())
    monkeypatch.setattr(
        memory_training, "points", lambda: [small[0], MemoryParams(TRANSFORMER, "recall", 8, 4, steps=20)]
    )
    memory_training.ship(tmp_path, [TRANSFORMER])
    after = memory_file.loads((tmp_path / "recall.safetensors").read_bytes())
    assert after[0].figures == before[0].figures
    assert [run.figures["steps"] for run in after] == [10, 20]


def test_training_is_the_same_every_time_and_can_be_stopped():
    params = MemoryParams("elman", "adding", 8, 4, steps=60)
    first, second = ([(r.step, r.loss, r.gradient, r.accuracy) for r in train(params)] for _ in range(2))
    assert first == second
    assert first[-1][0] == 60
    assert [row[0] for row in first] == [10, 20, 30, 40, 50, 60]
    assert [row[3] is None for row in first[:5]] == [
        1,
        1,
        1,
        1,
        0,
    ]
    stopped = list(train(params, stop=lambda: True))
    assert [record.step for record in stopped] == [1]
    assert stopped[0].progress < 1
    short = list(train(MemoryParams("elman", "adding", 8, 4, seconds=0.0)))
    assert short[-1].step == 1
    assert short[-1].progress == 1


def test_a_gru_learns_to_recall_and_stops_there():
    *_, last = train(MemoryParams("gru", "recall", 10))
    assert last.accuracy >= 0.99
    assert last.step < 400
    assert last.progress == 1


@pytest.mark.parametrize("wrong", [{"cell": "rnn"}, {"task": "sort"}, {"distance": 3}, {"n_hidden": 64}, {"steps": 0}])
def test_parameters_out_of_range_are_refused(wrong):
    with pytest.raises(InputError):
        next(train(MemoryParams(**wrong)))


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A file with a short run of every cell on a task."""
    folder = tmp_path_factory.mktemp("memory")
    paths = {}
    for task in TASKS:
        runs = []
        for cell in NETWORKS:
            params = MemoryParams(cell, task, 20, 6)
            curve = [(10, 2.0, 0.5, None), (20, 1.0, math.nan, 0.25)]
            runs.append(
                measure(params, initial(params), stirred(cell, task, 20, 6), curve, {"steps": 20, "sequences": 640})
            )
        paths[task] = folder / f"{task}.safetensors"
        paths[task].write_bytes(memory_file.dumps(runs))
    return paths


def test_a_file_gives_its_runs_back(stored):
    runs = memory_file.loads(stored["recall"].read_bytes())
    assert [run.params.cell for run in runs] == list(NETWORKS)
    assert runs[0].curve == [(10, 2.0, 0.5, None), (20, 1.0, None, 0.25)]
    net = stirred("gru", "recall", 20, 6)
    for name, tensor in runs[2].trained.state_dict().items():
        assert torch.equal(tensor, net.state_dict()[name])
    np.testing.assert_array_equal(runs[2].norms[0], flow(net, example("recall", 20)).norms)
    with pytest.raises(InputError):
        memory_file.loads(b"no such file")


def test_every_number_is_proved_by_code_that_runs_alone(stored, tmp_path):
    traces = []
    for task, path in stored.items():
        runs = memory_file.loads(path.read_bytes())
        traces.append(memory_trace.flows(runs, str(path)))
        traces += [memory_trace.inside(run, str(path)) for run in runs[2:5]]
        if task != "copy":
            traces.append(memory_trace.overview(task, runs, str(path)))
    cases = explained(traces, draws=1)
    check_code(cases, tmp_path, rel=1e-7, abs=1e-9)
    check_terms([case for case in cases if not math.isnan(case[1])], rel=1e-6, abs=1e-9)


def test_finished_runs_say_what_they_did():
    params = MemoryParams("gru", "adding", 8, 4, steps=20)
    run = finished(params, list(train(params)))
    assert run.figures["sequences"] == 640
    assert run.gates.shape == (2, 8)
    assert run.norms.shape == (2, 8)
    assert memory_trace.curve(run)["accuracy"][-1][0] == 640


def test_the_stored_runs_are_all_there_and_say_what_the_page_says():
    """Every point has its run; on adding over 100 steps Elman's net stays at the baseline, the LSTM solves it."""
    for task in TASKS:
        want = {(p.cell, p.distance) for p in points() if p.task == task}
        assert {(run.params.cell, run.params.distance) for run in memory_file.shipped(task)} == want
    adding = {run.params.cell: run.figures for run in memory_file.shipped("adding") if run.params.distance == 100}
    assert adding["elman"]["accuracy"] < 0.3
    assert adding["elman"]["loss"] > 0.8 * BASELINE
    assert adding["lstm"]["accuracy"] > 0.95
    assert adding["lstm"]["loss"] < 0.01 * BASELINE * 2
