"""Training: how long our fast recipe takes to be as good as the lecture's loop is at its end.

Run: python -m benchmarks.train_names [--steps N]. The loop is the lecture's own, written again here: its class, its
`randomTrainingExample` and its `train`, 100,000 names, lr 0.005. Both train on ../shared/data/names/train.tsv and are
judged on dev.tsv by balanced accuracy with the prior divided out; without these files on data/names, one part in ten
held out. Seconds are processor time of one thread, our preparation of the data included, the judging left out of both.
"""

import argparse
import random
import string
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from engine.evaluate import apply_prior, log_probs, metrics
from engine.names import Names, align, read_names, split
from engine.records import TrainParams
from engine.training import Run

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data" / "names"
LETTERS = string.ascii_letters + " .,:;"
GRU = {"sampling": "language", "dropout": 0.0, "held_out": 0.0}
RUNS = (  # (what, parameters, at least so many times faster): the lecture's own network, Elman's, and a GRU
    ("fast, lecture's cell", TrainParams(model="lecture", recipe="fast", lr=0.008, steps=700, held_out=0.0), 25),
    ("fast, Elman's cell", TrainParams(model="elman", recipe="fast", lr=0.006, steps=1200, held_out=0.0), 0),
    ("fast, GRU", TrainParams(model="gru", recipe="fast", n_hidden=64, lr=0.02, steps=110, **GRU), 80),
)


class RNN(nn.Module):
    """The class on the slide."""

    def __init__(self, input_size: int, hidden_size: int, output_size: int):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.i2o = nn.Linear(input_size + hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, x: torch.Tensor, hidden: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """One letter."""
        combined = torch.cat((x, hidden), 1)
        return self.softmax(self.i2o(combined)), self.i2h(combined)


def line_to_tensor(line: str) -> torch.Tensor:
    """One-hot vectors of a name, [letter, 1, 57]."""
    tensor = torch.zeros(len(line), 1, len(LETTERS))
    for i, letter in enumerate(line):
        tensor[i][0][LETTERS.find(letter)] = 1
    return tensor


def read(rnn: RNN, line: torch.Tensor) -> torch.Tensor:
    """The output after the last letter."""
    hidden = torch.zeros(1, rnn.hidden_size)
    for i in range(line.size(0)):
        output, hidden = rnn(line[i], hidden)
    return output


def loop(names: Names, steps: int) -> RNN:
    """The lecture's training: a random language, a random name of it, one step."""
    lines = [[] for _ in names.languages]
    for text, label in zip(names.texts, names.labels.tolist(), strict=True):
        lines[label].append(text)
    draw, criterion = random.Random(0), nn.NLLLoss()
    rnn = RNN(len(LETTERS), 128, len(lines))
    for _ in range(steps):
        category = draw.randrange(len(lines))
        line = line_to_tensor(draw.choice(lines[category]))
        rnn.zero_grad()
        loss = criterion(read(rnn, line), torch.tensor([category]))
        loss.backward()
        for p in rnn.parameters():
            p.data.add_(p.grad.data, alpha=-0.005)
        loss.item()
    return rnn


def ours(names: Names, params: TrainParams) -> Run:
    """Our recipe without looks at held-out names."""
    run = Run(names, params.settled(), None, None)
    while run.progress < 1:
        run.step()
    return run


def parts() -> tuple[Names, Names]:
    """Names to train on and to judge by."""
    if (SHARED / "train.tsv").is_file():
        train = read_names(SHARED / "train.tsv")
        return train, align(read_names(SHARED / "dev.tsv"), train.languages)
    print("No ../shared/data/names: data/names instead.")
    return split(read_names(ROOT / "data" / "names"))


@torch.inference_mode()
def judge(judged: Names, rnn: RNN | Run) -> dict[str, float]:
    """Metrics with the prior divided out (the loop's own prior is flat)."""
    if isinstance(rnn, Run):
        return metrics(apply_prior(log_probs(rnn.net.eval(), judged.texts), rnn.rnn, "uniform"), judged.labels)
    scores = torch.cat([read(rnn, line_to_tensor(text)) for text in judged.texts])
    return metrics(scores.numpy().astype(np.float32), judged.labels)


def timed(work, *arguments) -> tuple[object, float]:
    """The result and its processor seconds."""
    begin = time.process_time()
    result = work(*arguments)
    return result, time.process_time() - begin


def main() -> int:
    """Print the table; exit status 1 if the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000, help="of the lecture's loop")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    names, judged = parts()
    for model in ("lecture", "gru"):  # first use of the library costs once
        ours(names, TrainParams(model=model, recipe="fast", steps=20, held_out=0.0))
    slow, seconds = timed(loop, names, options.steps)
    reached = judge(judged, slow)["balanced_accuracy"]
    print(f"{'recipe':22} {'seconds':>8} {'balanced accuracy':>18} {'ratio':>7} {'target':>7}")
    print(f"{'lecture, ' + format(options.steps, ',') + ' names':22} {seconds:8.1f} {reached:18.3f}")
    missed = 0
    for what, params, target in RUNS:
        run, took = timed(ours, names, params)
        score = judge(judged, run)["balanced_accuracy"]
        missed += bool(target) and (score < reached or seconds / took < target)
        print(f"{what:22} {took:8.2f} {score:18.3f} {seconds / took:6.0f}x {target or '–':>7}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
