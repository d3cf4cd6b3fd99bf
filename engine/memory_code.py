"""The text of small programs that repeat a number of a memory task from its weights file alone."""

from textwrap import indent

from engine import cell_code
from engine.memory import CLOSE, DISTRACTORS, LETTERS, TASKS, TRANSFORMER
from engine.memory_flow import EXAMPLE_SEED, GATES, N_TEST, TEST_SEED

_TRANSFORMER = """
def linear(x, name):
    return x @ P[name + ".weight"].T + P[name + ".bias"]

def norm(x, name):
    x = x - x.mean(-1, keepdim=True)
    return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * P[name + ".weight"] + P[name + ".bias"]

d, k, block = len(P["cell.E.weight"]), {k}, "cell.stack.blocks.0."
n_heads = 1 if d % 2 else 2
angle = torch.arange(x.shape[1]).double()[:, None] * 1e4 ** (-torch.arange(0, d + d % 2, 2).double() / (d + d % 2))
code = torch.stack([angle.sin(), angle.cos()], 2).flatten(1)[:, :d]
memories = (linear(x, "cell.E") * d**0.5 + code).unbind(1)  # what enters the block at each place
X = torch.stack(memories, 1)
read, X = norm(X, block + "norm_attention"), X[:, -k:]
Q, K, V = (linear(read, block + "attention.W_" + name).unflatten(2, (n_heads, -1)).transpose(1, 2) for name in "QKV")
weights = (Q[:, :, -k:] @ K.transpose(2, 3) / Q.shape[3] ** 0.5).softmax(3)
X = X + linear((weights @ V).transpose(1, 2).flatten(2), block + "attention.W_O")
X = X + linear(linear(norm(X, block + "norm_ffn"), block + "W_1").relu(), block + "W_2")
answers = linear(norm(X, "cell.stack.norm"), "h2o")
"""


def _weights(path: str, cell: str, distance: int, net: str) -> str:
    return (
        "import torch\nfrom safetensors.torch import load_file\n\n"
        f"file, prefix = load_file({path!r}), {f'{cell}.{distance}.{net}.'!r}\n"
        "P = {name.removeprefix(prefix): w.double() for name, w in file.items() if name.startswith(prefix)}\n"
        + ("" if cell == TRANSFORMER else cell_code.weights(cell, "cell."))
    )


def _sequences(task: str, distance: int, n: int, seed: int) -> str:
    text = f"\ng = torch.Generator().manual_seed({seed})\n"
    if task == "adding":
        return text + (
            f"numbers = torch.rand({n}, {distance}, generator=g)\n"
            f"places = torch.rand({n}, {distance // 2}, generator=g).argsort(1)[:, :2]\n"
            f"marks = torch.zeros({n}, {distance}).scatter_(1, places, 1.0)\n"
            "x, target = torch.stack([numbers, marks], 2).double(), (numbers * marks).sum(1, keepdim=True).double()\n"
        )
    k, signs = TASKS[task].n_answers, len(TASKS[task].signs)
    between = f"torch.full(({n}, {distance}), {len(LETTERS)})"
    if task == "recall":
        between = f"{len(LETTERS)} + torch.randint({len(DISTRACTORS)}, ({n}, {distance}), generator=g)"
    return text + (
        f"target = torch.randint({len(LETTERS)}, ({n}, {k}), generator=g)\n"
        f"between, ask = {between}, torch.full(({n}, {k}), {signs - 1})\n"
        f"x = torch.eye({signs})[torch.cat([target, between, ask], 1)].double()\n"
    )


def _read(task: str, cell: str) -> str:
    """The loop over the places, or the block that looks at all of them, and the answers."""
    if cell == TRANSFORMER:
        return _TRANSFORMER.format(k=TASKS[task].n_answers)
    states, k = cell_code.STATES[cell], TASKS[task].n_answers
    text = f"\n{cell_code.start(cell, 'len(x)')}outputs, memories, gates = [], [], []\n"
    text += "for a in (x @ W.T + b).unbind(1):\n" + indent(cell_code.step(cell, "a", rows=True), "    ")
    text += f"    outputs.append({states[0]})\n    memories.append({states[-1]})\n"
    if cell in GATES:
        text += f"    gates.append(torch.stack([{', '.join(GATES[cell])}])[:, 0])\n"
    features = f"torch.stack(outputs[-{k}:], 1)"
    if cell == "lecture":
        features = f"torch.cat([x[:, -{k}:], torch.stack(outputs[-{k + 1}:-1], 1)], 2)"
    return text + f'answers = {features} @ P["h2o.weight"].T + P["h2o.bias"]\n'


def _loss(task: str) -> str:
    if task == "adding":
        return "loss = (answers[..., 0] - target).square().mean()\n"
    return "loss = torch.nn.functional.cross_entropy(answers.flatten(0, 1), target.flatten())\n"


def tested(path: str, task: str, cell: str, distance: int, name: str) -> str:
    """Prints the share right (`accuracy`) or the mean loss (`loss`) of the test sequences."""
    right = f"(answers[..., 0] - target).abs() < {CLOSE}" if task == "adding" else "answers.argmax(2) == target"
    end = f"print(({right}).double().mean().item())\n" if name == "accuracy" else _loss(task) + "print(loss.item())\n"
    start = _weights(path, cell, distance, "trained") + _sequences(task, distance, N_TEST, TEST_SEED)
    return start + _read(task, cell) + end


def example(path: str, task: str, cell: str, distance: int, net: str, gradient: bool = False) -> str:
    """Reads the example step by step."""
    start = _weights(path, cell, distance, net)
    if gradient:
        start = start.replace("w.double() for", "w.double().requires_grad_() for")
    return start + _sequences(task, distance, 1, EXAMPLE_SEED) + _read(task, cell)


def gate(path: str, task: str, cell: str, distance: int, at: tuple[int, int]) -> str:
    """Prints the mean of gate number at[0] at place at[1]."""
    return example(path, task, cell, distance, "trained") + f"print(gates[{at[1]}][{at[0]}].mean().item())\n"


def output(path: str, task: str, cell: str, distance: int, at: tuple[int, int]) -> str:
    """Prints one output of one answer."""
    return example(path, task, cell, distance, "trained") + f"print(answers[0, {at[0]}, {at[1]}].item())\n"


def flow(path: str, task: str, cell: str, distance: int, net: str, step: int) -> str:
    """Prints log₁₀ of the gradient's norm at a place, relative to the last that is not 0."""
    return (
        example(path, task, cell, distance, net, gradient=True)
        + _loss(task)
        + (
            "found = torch.autograd.grad(loss, memories, allow_unused=True)\n"
            "norms = torch.stack([torch.zeros(()).double() if g is None else g.norm() for g in found])\n"
            f"ratio = norms[{step}] / norms[norms.nonzero()[-1, 0]]\n"
            "print(ratio.log10().item() if ratio > 0 else float('nan'))\n"
        )
    )
