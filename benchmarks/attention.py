"""Attention of many heads: with every weight kept beside torch.nn's, without weights beside torch's fused kernel.

Run: python -m benchmarks.attention [--rounds N]. d_model 384, 12 heads, one thread, the same matrices; ours and theirs
take turns in one process, the ratio is that of the medians of their processor times.
"""

import argparse
import sys
import time
from statistics import median

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from engine.attention import MultiHead

D_MODEL, N_HEADS = 384, 12
TRACED = {32: 1.2, 128: 1.2, 512: 1.5}  # length: ours / nn.MultiheadAttention with the weights of every head, at most
UNTRACED = 1.1  # ours / the same projections round scaled_dot_product_attention, at most


def peer(ours: MultiHead) -> nn.MultiheadAttention:
    """torch's attention with our matrices."""
    theirs = nn.MultiheadAttention(D_MODEL, N_HEADS, batch_first=True).eval()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.W_Q.weight, ours.W_K.weight, ours.W_V.weight]))
        theirs.in_proj_bias.copy_(torch.cat([ours.W_Q.bias, ours.W_K.bias, ours.W_V.bias]))
        theirs.out_proj.load_state_dict(ours.W_O.state_dict())
    return theirs


def fused(ours: MultiHead, x: torch.Tensor) -> torch.Tensor:
    """The projections and torch's kernel, written down as a textbook does."""
    n, time_, _ = x.shape
    Q, K, V = (W(x).view(n, time_, N_HEADS, -1).transpose(1, 2) for W in (ours.W_Q, ours.W_K, ours.W_V))
    Z = scaled_dot_product_attention(Q, K, V)
    return ours.W_O(Z.transpose(1, 2).reshape(n, time_, D_MODEL))


def in_turns(ours, theirs, rounds: int) -> tuple[float, float]:
    """Medians of both, after calls that do not count."""
    found: tuple[list[float], list[float]] = ([], [])
    for k in range(rounds + 3):
        for which, run in enumerate((ours, theirs)):
            begin = time.process_time()
            run()
            if k >= 3:
                found[which].append(time.process_time() - begin)
    return median(found[0]), median(found[1])


@torch.inference_mode()
def main() -> int:
    """Print the ratios; 1 if one is above its limit."""
    rounds = argparse.ArgumentParser()
    rounds.add_argument("--rounds", type=int, default=60)
    n, failed = rounds.parse_args().rounds, False
    torch.set_num_threads(1)
    torch.manual_seed(0)
    ours = MultiHead(D_MODEL, N_HEADS).eval()
    theirs = peer(ours)
    for length, most in TRACED.items():
        x = torch.randn(1, length, D_MODEL)
        a, b = in_turns(
            lambda x=x: ours.look(x, x),
            lambda x=x: theirs(x, x, x, need_weights=True, average_attn_weights=False), n,
        )  # fmt: skip
        c, d = in_turns(lambda x=x: ours(x, ours.keys(x)), lambda x=x: fused(ours, x), n)
        failed |= a / b > most or c / d > UNTRACED
        print(f"length {length}: traced {1e3 * a:.2f} ms, nn.MultiheadAttention {1e3 * b:.2f} ms, ratio {a / b:.2f} "
              f"(at most {most}); untraced {1e3 * c:.2f} ms, fused kernel {1e3 * d:.2f} ms, ratio {c / d:.2f} "
              f"(at most {UNTRACED})")  # fmt: skip
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
