"""Decoding by a Transformer: seconds for one sentence by its length, with keys and values kept and without.

Run: python -m benchmarks.transformer_decoding. One thread, processor time, the shorter of a few runs; sizes of the
shipped translator, untrained, so that nothing ends a sentence. Kept, the time a word must not grow with the length
(by more than GROWTH from the shortest to the longest); without, every step computes all words again.
"""

import sys
import time
from collections.abc import Callable

import torch

from engine.tokens import SOS
from engine.transformer import Transformer, TransformerParams, initial
from engine.translation.decoding import decoder

LENGTHS, READ, AGAIN = (25, 50, 100, 200), 20, 4
GROWTH = 1.6  # of the time a word; attention to the words before is a small part of a step


def kept(net: Transformer, source: torch.Tensor, n: int) -> None:
    """n words, one a step, from cached keys."""
    writer = decoder(net, source)
    state, word = writer.start(), torch.tensor([SOS])
    for _ in range(n):
        logs, state = writer.advance(word, state)
        word = logs.argmax(1)


def anew(net: Transformer, source: torch.Tensor, n: int) -> None:
    """n words, each from a pass over all words before it."""
    words = torch.tensor([[SOS]])
    for _ in range(n):
        words = torch.cat([words, net(source, words)[:, -1:].argmax(2)], 1)


def seconds(write: Callable, *given: object) -> float:
    """The shortest processor time of a few runs."""
    found = []
    for _ in range(AGAIN):
        begin = time.process_time()
        write(*given)
        found.append(time.process_time() - begin)
    return min(found)


@torch.inference_mode()
def main() -> int:
    """Print the table; exit status 1 if the time a word grows."""
    torch.set_num_threads(1)
    net = initial(TransformerParams(1300, 750), 0).eval()
    source = torch.randint(4, 1300, (1, READ), generator=torch.Generator().manual_seed(0))
    kept(net, source, 5)
    print(f"{'words':>8} {'kept, ms a word':>16} {'anew, ms a word':>16}")
    rates = []
    for n in LENGTHS:
        rates.append(seconds(kept, net, source, n) / n)
        print(f"{n:8} {1e3 * rates[-1]:16.2f} {1e3 * seconds(anew, net, source, n) / n:16.2f}")
    growth = rates[-1] / rates[0]
    print(f"time a word, {LENGTHS[-1]} words against {LENGTHS[0]}: {growth:.2f} times (at most {GROWTH})")
    return int(growth > GROWTH)


if __name__ == "__main__":
    sys.exit(main())
