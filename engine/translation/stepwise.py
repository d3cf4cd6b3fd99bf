"""One word a step from cached keys, and all words at once: the same numbers, and how much work each takes."""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr

from engine.errors import N_
from engine.tokens import EOS, SOS, SPECIALS
from engine.trace import Var, label
from engine.transformer_trace import double
from engine.translation import batches
from engine.translation.decoding import CachedDecoder
from engine.translation.files import Translator

AXES = {"query": N_("word written")}
SCHEMA = {
    "stepped": Var("query", r"\log p_t[y_t]", "log-probability of the word, one word a step", "log"),
    "parallel": Var("query", r"\log p_t[y_t]", "log-probability of the word, all words at once", "log"),
    "end": Var(
        "query", r"p_t[\langle\text{eos}\rangle]", "probability that the sentence ends here, one word a step", "prob"
    ),
    "gap": Var("query", r"\max_w|\Delta\ell_t[w]|", "largest difference of all log-probabilities of the step", "count"),
    "cached": Var("query", r"t", "positions that pass through the decoder so far, with cached keys", "count"),
    "anew": Var("query", r"\tfrac{t(t+1)}2", "positions so far if every step computes all words anew", "count"),
}  # fmt: skip


@torch.inference_mode()
def compare(translator: Translator, source: Sequence[str], target: Sequence[str]) -> xr.Dataset:
    """Both ways of computing the words of `target` (`<eos>` as it came), in float64.

    Raises ValueError without a word to read or to write.
    """
    if not len(source) or not len(target):
        raise ValueError("a sentence and what is written need at least one word each")
    net, written = double(translator.net), translator.target.encode(target)
    read, fed = batches.left([np.array(translator.source.encode(source), np.int64)]), [SOS, *written[:-1]]
    decoder, rows = CachedDecoder(net, read), []
    state = decoder.start()
    for word in fed:
        row, state = decoder.advance(torch.tensor([word]), state)
        rows.append(row[0])
    stepped, parallel = torch.stack(rows), net(read, torch.tensor([fed]))[0].log_softmax(-1)
    at, steps = torch.tensor(written)[:, None], torch.arange(1, len(fed) + 1)
    inner = {
        "stepped": stepped.gather(1, at)[:, 0], "parallel": parallel.gather(1, at)[:, 0], "end": stepped[:, EOS].exp(),
        "gap": (stepped - parallel).abs().amax(1), "cached": steps, "anew": steps * (steps + 1) // 2,
    }  # fmt: skip
    return label(inner, SCHEMA, {}, axes=AXES, query=(SPECIALS[SOS], *target[:-1]))
