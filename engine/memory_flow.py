"""What is measured on a network of a memory task: share right, the gradient that reaches every earlier state, gates.

Everything is computed step by step in float64, so that the code of an explanation can repeat it.
"""

import copy
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from engine.memory import Batch, MemoryNet, MemoryParams, draw, loss, right
from engine.memory_file import Run
from engine.memory_transformer import TransformerReader

GATES = {"gru": ("r", "z"), "lstm": ("i", "f", "o"), "lstm-peephole": ("i", "f", "o")}
TEST_SEED, N_TEST = 1, 500
EXAMPLE_SEED = 2


class Flow(NamedTuple):
    """One sequence read step by step: gates [gate, time] as means over the units, units [gate, time, unit],
    gradient [time, unit] of the loss by each memory, features [answer, feature] that are read out, answers [answer,
    output].
    """

    units: Float[np.ndarray, "gate time unit"]
    gradient: Float[np.ndarray, "time unit"]
    features: Float[np.ndarray, "answer feature"]
    answers: Float[np.ndarray, "answer output"]

    @property
    def norms(self) -> Float[np.ndarray, "time"]:
        """‖∂ℓ/∂m_t‖."""
        return np.sqrt((self.gradient**2).sum(1))


def example(task: str, distance: int) -> Batch:
    """The sequence on which gates and gradients are shown."""
    return draw(task, distance, 1, torch.Generator().manual_seed(EXAMPLE_SEED))


class Reading(NamedTuple):
    """What a pass step by step leaves: gates [gate, unit] of one sequence, outputs and memories [n, unit] at each
    place, features that are read out [n, answer, feature].
    """

    gates: list[Tensor]
    outputs: list[Tensor]
    memories: list[Tensor]
    features: Tensor


def read(net: MemoryNet, x: Float[Tensor, "n time input"]) -> Reading:
    """Sequences step by step; the memory is h of a cell with one state, c of an LSTM, and what enters the block at a
    place of the Transformer, which has no state.
    """
    if isinstance(net.cell, TransformerReader):
        memories = list(net.cell.enter(x).unbind(1))
        return Reading([], [], memories, net.cell.leave(torch.stack(memories, 1), net.n_answers))
    cell, state, out = net.cell, net.cell.start(len(x)), Reading([], [], [], x)
    for inputs in cell.inputs(x).unbind(1):
        if cell.name in GATES:
            step = cell.gates(inputs, state)
            state = (step.y, step.c) if cell.n_states == 2 else (step.h,)
            out.gates.append(torch.cat([getattr(step, name)[:1] for name in GATES[cell.name]]).detach())
        else:
            state = cell.advance(inputs, state)
        out.memories.append(state[-1])
        out.outputs.append(state[0])
    features = cell.readable(x, torch.stack(out.outputs, 1))[:, -net.n_answers :]
    return out._replace(features=features)


def flow(net: MemoryNet, batch: Batch) -> Flow:
    """One sequence through a network, and its loss back."""
    net = copy.deepcopy(net).double().requires_grad_(True)
    x = batch.x[..., :-1].double()
    done = read(net, x)
    answers = net.h2o(done.features)
    target = batch.target.double() if net.task == "adding" else batch.target
    found = torch.autograd.grad(loss(net.task, answers, target), done.memories, allow_unused=True)
    gradient = [torch.zeros_like(m) if g is None else g for g, m in zip(found, done.memories, strict=True)]
    units = torch.stack(done.gates, 1) if done.gates else x.new_zeros(0, x.shape[1], net.cell.n_hidden)
    parts = units, torch.cat(gradient), done.features[0].detach(), answers[0].detach()
    return Flow(*(part.numpy() for part in parts))


@torch.no_grad()
def answers(net: MemoryNet, batch: Batch) -> Float[np.ndarray, "answer output"]:
    """What a network answers to one sequence."""
    net = copy.deepcopy(net).double()
    return net.h2o(read(net, batch.x[..., :-1].double()).features)[0].numpy()


def reference(norms: Sequence[float]) -> int:
    """The last place whose norm is not 0: what the others are compared with. (The lecture's cell reads its answer
    from the state before the last.)
    """
    return int(np.flatnonzero(norms)[-1]) if np.any(norms) else len(norms) - 1


@torch.no_grad()
def tested(net: MemoryNet, params: MemoryParams) -> tuple[float, float]:
    """(share right, mean loss) of sequences that it has never seen."""
    net = copy.deepcopy(net).double()
    x, target = draw(params.task, params.distance, N_TEST, torch.Generator().manual_seed(TEST_SEED))
    x, target = x.double(), target.double() if params.task == "adding" else target
    answers = net.h2o(read(net, x[..., :-1]).features)
    return right(params.task, answers, target).double().mean().item(), loss(params.task, answers, target).item()


def measure(
    params: MemoryParams, untrained: MemoryNet, trained: MemoryNet, curve: list, figures: dict
) -> Run:  # fmt: skip
    """A run with all that its page shows of it; figures gets `accuracy` and `loss`."""
    batch = example(params.task, params.distance)
    before, after = flow(untrained, batch), flow(trained, batch)
    accuracy, mean = tested(trained, params)
    mean = mean if math.isfinite(mean) else None
    return Run(
        params, figures | {"accuracy": accuracy, "loss": mean}, curve, untrained, trained,
        np.stack([after.norms, before.norms]), after.units.mean(2),
    )  # fmt: skip
