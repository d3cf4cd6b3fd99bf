"""The words of one translation with their probabilities, of whichever kind of network wrote them."""

from collections.abc import Mapping, Sequence
from functools import partial

import xarray as xr

from engine import seq2seq_trace, transformer_trace, transformer_words_explain
from engine.explain import Explainer, Explanation
from engine.seq2seq_schema import AXES
from engine.translation.files import Translator
from engine.translation.kinds import RECURRENT

WORDS = ("logits", "log_norm", "p", "p_word", "p_eos", "top_p", "top_word")


def trace(
    translator: Translator, source: Sequence[str], target: Sequence[str],
    edits: Mapping[int, Sequence[float]] | None = None,
) -> xr.Dataset:  # fmt: skip
    """What the decoder makes of the tokens of `target`, in float64, when `source` was read: WORDS, with the dims
    target, word and rank, and the attributes `fed` and `top_words`; of a recurrent network all else too, see
    engine.seq2seq_trace.

    edits: attention weights in place of the network's own. Raises ValueError without a word to read or to write, or
    for edits that do not fit.
    """
    if translator.params.kind == RECURRENT:
        return seq2seq_trace.trace(translator, source, target, edits)
    if edits:
        raise ValueError("there is no attention to edit")
    return _words(transformer_trace.decoder(translator, source, target))


def _words(whole: xr.Dataset) -> xr.Dataset:
    """The words' part of a Transformer's trace; the place `query` of its decoder is that of the word it writes."""
    found = whole[list(WORDS)].drop_vars("query_label").rename(query="target")
    place, labels = found["target"].assign_attrs(word=AXES["target"]), whole["query_label"]
    found = found.assign_coords(target=place, target_label=("target", list(whole.attrs["target"]), labels.attrs))
    return found.assign_attrs(whole.attrs, module="engine.translation.tracing", output=whole["output"].variable)


def _explain(name: str, trace: xr.Dataset, target: int, **position: int) -> Explanation:
    whole = trace.rename(target="query", target_label="query_label").assign(output=trace.attrs["output"])
    return transformer_words_explain.EXPLAIN[name](whole, query=target, **position)


EXPLAIN: dict[str, Explainer] = {name: partial(_explain, name) for name in WORDS}
