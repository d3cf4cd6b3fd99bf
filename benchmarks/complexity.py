"""One layer of each kind over n words, beside the same layer of torch.nn: forward and backward, processor time.

Run: python -m benchmarks.complexity [--words N …]. One thread, one sequence, d = 64; the ratio is of one run. Our LSTM
and GRU are torch's kernels with a column for padding and their rows in our order; the RNN is our own loop.
"""

import argparse
import sys
from collections.abc import Callable

import torch
from torch import Tensor, nn

from engine.complexity_measure import MeasureParams, layers, point

D, HEADS, KERNEL = 64, 4, 3
TARGETS = {"attention": 1.2, "attention-weights": 1.2, "gru": 1.3, "lstm": 1.7}  # at most so many times torch's time


def peers() -> dict[str, tuple[nn.Module, Callable[[Tensor], Tensor]]]:
    """The layers of torch.nn."""
    rnn, gru, lstm = (kind(D, D, batch_first=True) for kind in (nn.RNN, nn.GRU, nn.LSTM))
    kernel, heads = nn.Conv1d(D, D, KERNEL, padding=KERNEL // 2), nn.MultiheadAttention(D, HEADS, batch_first=True)
    return {
        "rnn": (rnn, lambda x: rnn(x)[0]), "gru": (gru, lambda x: gru(x)[0]), "lstm": (lstm, lambda x: lstm(x)[0]),
        "cnn": (kernel, lambda x: kernel(x.transpose(1, 2)).transpose(1, 2)),
        "attention": (heads, lambda x: heads(x, x, x, need_weights=False)[0]),
        "attention-weights": (heads, lambda x: heads(x, x, x, average_attn_weights=False)[0]),
    }  # fmt: skip


def main() -> int:
    """Print one line a layer; the exit code is 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, nargs="+", default=[32, 128, 512])
    torch.set_num_threads(1)
    ours, theirs, missed = layers(MeasureParams(D, KERNEL, HEADS)), peers(), []
    for n in parser.parse_args().words:
        for name, net in ours.items():
            mine, other = point(name, n, *net, D), point(name, n, *theirs[name], D)
            ratio = mine.both / other.both
            sys.stdout.write(
                f"{n:>5} words  {name:<18} {1e3 * mine.both:8.2f} ms, torch.nn {1e3 * other.both:8.2f} ms, "
                f"ratio {ratio:.2f}; kept {mine.saved:,} and {other.saved:,} bytes\n"
            )
            missed += [name] * (ratio > TARGETS.get(name, float("inf")))
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
