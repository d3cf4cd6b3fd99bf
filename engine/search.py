"""Finding words with any decoder: greedy here, beam search and sampling from their own modules.

Hypotheses are rows. A search calls `decoder.advance(words, state)` for the rows that are still open and picks rows of
the state as they multiply, move and end, so that one search serves a recurrent decoder and a Transformer.
"""

from typing import Unpack

import torch

from engine.search_beam import beam, beam_batch
from engine.search_rules import (
    Decoder,
    Hypothesis,
    Limit,
    Rules,
    State,
    Wishes,
    hypothesis,
    length_penalty,
    limits,
    pick,
)
from engine.search_sample import sample

__all__ = [
    "Decoder", "Hypothesis", "Rules", "State", "beam", "beam_batch", "greedy", "greedy_batch", "length_penalty",
    "sample",
]  # fmt: skip


def greedy(decoder: Decoder, sos: int, eos: int, limit: int, **rules: Unpack[Rules]) -> Hypothesis:
    """The likeliest word at every step, of equal ones the lowest id, until `<eos>` or `limit` words."""
    return greedy_batch(decoder, 1, sos, eos, limit, **rules)[0]


@torch.inference_mode()
def greedy_batch(
    decoder: Decoder, n: int, sos: int, eos: int, limit: Limit, **rules: Unpack[Rules]
) -> list[Hypothesis]:
    """`greedy` for n sentences at once, each a row of the decoder; a sentence that ends leaves the batch.

    limit: for all, or of each sentence; what is forced must lie below the least.
    """
    most = torch.tensor(limits(limit, n), dtype=torch.int64)
    limit = max(most.tolist(), default=1)
    wishes = Wishes(eos, limit, **rules)
    state, words, open_rows = decoder.start(), torch.full((n,), sos), torch.arange(n)
    chosen, log_probs = torch.full((limit, n), -1), torch.zeros(limit, n, dtype=torch.float64)
    for step in range(limit):
        if not len(open_rows):
            break
        answer, state = decoder.advance(words, state)
        words = wishes.choices(answer, step).argmax(1)
        chosen[step, open_rows] = words
        log_probs[step, open_rows] = answer.gather(1, words[:, None])[:, 0].double()
        still = ((words != eos) & (most[open_rows] > step + 1)).nonzero()[:, 0]
        if len(still) < len(words):
            words, open_rows, state = words[still], open_rows[still], pick(state, still)
    lengths = (chosen >= 0).sum(0).tolist()
    found = zip(chosen.T.tolist(), log_probs.T.tolist(), lengths, strict=True)
    return [hypothesis(row[:length], logs[:length], eos) for row, logs, length in found]
