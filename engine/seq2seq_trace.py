"""Every inner value of one translation: the sentence as it is read, then word after word as it is written."""

import copy
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from engine.cell import Cell, State
from engine.seq2seq import Seq2Seq, Seq2SeqParams
from engine.seq2seq_schema import AXES, GATES, schema
from engine.tokens import EOS, SOS, SPECIALS
from engine.trace import label
from engine.translation.files import Translator

TOP = 5  # of the likeliest words


@lru_cache(maxsize=8)
def _labels(vocabulary: tuple[str, ...]) -> np.ndarray:
    return np.asarray(vocabulary, dtype=str)


def _double(net: Seq2Seq) -> Seq2Seq:
    """The network in float64 without its embeddings, of which only a few rows are needed."""
    twin, twin_parts = copy.copy(net), {}
    for name, part in net.named_children():
        if not name.startswith("E_"):
            twin_parts[name] = copy.copy(part)
            twin_parts[name]._parameters = {at: w if w is None else w.double() for at, w in part._parameters.items()}
    twin._modules = twin_parts
    return twin


def _stacked(steps: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.cat([step[name] for step in steps]) for name in steps[0]}


def _advance(cell: Cell, inputs: Tensor, state: State) -> tuple[dict[str, Tensor], State]:
    """The gates of a step by name, the output as `h`, and the state after it; from W x + b."""
    step = cell.gates(inputs, state)._asdict()
    inner = {name: step[name] for name in GATES[cell.name]} | {"h": step.get("h", step.get("y"))}
    return inner, (inner["h"], inner["c"]) if "c" in inner else (inner["h"],)


def _read(cell: Cell, x: Tensor, state: State) -> tuple[dict[str, Tensor], State]:
    """The gates at every word, and the last state."""
    steps = []
    for inputs in cell.inputs(x).split(1):
        inner, state = _advance(cell, inputs, state)
        steps.append(inner)
    return _stacked(steps), state


def _read_backwards(cell: Cell, x: Tensor) -> tuple[dict[str, Tensor], State]:
    inner, state = _read(cell, x.flip(0), cell.start(1))
    return {name: value.flip(0) for name, value in inner.items()}, state


def _encode(net: Seq2Seq, x: Float[Tensor, "source feature"]) -> tuple[dict[str, Tensor], State]:
    """The encoder's variables, both directions side by side, and the decoder's first state."""
    order, encoder = torch.arange(len(x)), net.encoder
    inner, state = _read_backwards(encoder, x) if net.params.reversed else _read(encoder, x, encoder.start(1))
    inner["read_at"] = order.flip(0) if net.params.reversed else order
    if net.params.bidirectional:
        back, last = _read_backwards(net.encoder_back, x)
        inner |= {name: torch.cat([inner[name], back[name]], 1) for name in back}
        inner["read_back_at"] = order.flip(0)
        state = tuple(torch.cat(parts, 1) for parts in zip(state, last, strict=True))
    return inner, state


def _attend(
    net: Seq2Seq, s: Float[Tensor, "row unit"], keys: Tensor, h: Float[Tensor, "source unit"], given: Tensor
) -> dict[str, Tensor]:
    """Attention's variables as the states s ask; `given` [row, source]: weights, NaN where the network's own hold."""
    inner = {}
    if net.params.attention == "additive":
        inner["query"] = net.W_s(s)
        inner["energy"] = torch.tanh(inner["query"][:, None] + keys)
        scores = net.v(inner["energy"])[..., 0]
    else:
        scores = s @ keys.T
    exponentials = (scores - scores.amax(1, keepdim=True)).exp()
    norm = exponentials.sum(1)
    weights = torch.where(given.isnan(), exponentials / norm[:, None], given)
    weighed = weights[..., None] * h
    return inner | {
        "scores": scores, "exponentials": exponentials, "norm": norm, "weights": weights, "weighed": weighed,
        "context": weighed.sum(1),
    }  # fmt: skip


def _write(net: Seq2Seq, embedded: Tensor, h: Tensor, state: State, given: Tensor) -> dict[str, Tensor]:
    """The decoder's and attention's variables, one row a word fed."""
    keys = net.W_h(h) if net.params.attention == "additive" else h
    if net.params.attention != "additive":
        inner, _ = _read(net.decoder, embedded, state)
        looked = {} if net.params.attention == "none" else _attend(net, inner["h"], keys, h, given)
    else:
        looks, steps = [], []
        for fed, row in zip(embedded.split(1), given.split(1), strict=True):
            looks.append(_attend(net, state[0], keys, h, row))
            inputs = net.decoder.inputs(torch.cat([fed, looks[-1]["context"]], 1))
            step, state = _advance(net.decoder, inputs, state)
            steps.append(step)
        inner, looked = _stacked(steps), _stacked(looks) | {"keys": keys}
    readout = net.readout(inner["h"], looked.get("context"), embedded)
    return {"s" if name == "h" else f"{name}_s": value for name, value in inner.items()} | looked | {"readout": readout}


def _chances(logits: Float[Tensor, "target word"], written: Sequence[int], top: int) -> dict[str, Tensor]:
    """From scores to probabilities."""
    log_norm = logits.logsumexp(1)
    p = (logits - log_norm[:, None]).exp()
    best, places = p.topk(min(top, p.shape[1]), 1)
    return {
        "logits": logits, "log_norm": log_norm, "p": p, "p_eos": p[:, EOS], "top_p": best, "top_word": places,
        "p_word": logits[torch.arange(len(logits)), torch.tensor(written)] - log_norm,
    }  # fmt: skip


def _check(params: Seq2SeqParams, source: Sequence[str], target: Sequence[str], edits: Mapping) -> None:
    if not len(source) or not len(target):
        raise ValueError("a sentence and what is written need at least one word each")
    if edits and params.attention == "none":
        raise ValueError("there is no attention to edit")
    for step, edit in edits.items():
        if len(edit) != len(source) or not np.isfinite(edit).all():
            raise ValueError(f"step {step}: {len(edit)} weights for {len(source)} words, or not finite")


@torch.inference_mode()
def trace(
    translator: Translator, source: Sequence[str], target: Sequence[str],
    edits: Mapping[int, Sequence[float]] | None = None, top: int = TOP,
) -> xr.Dataset:  # fmt: skip
    """What the network computes, in float64, when it reads the tokens of `source` and writes those of `target`.

    target: the words produced, one a step, `<eos>` last if the sentence ends; at each step the word before is fed,
    `<sos>` first (attribute `fed`). A token outside of the vocabulary is computed as `<unk>` and labelled as it is
    written. edits: attention weights [source] that take the place of the network's own at a step (scores,
    exponentials and norm stay its own; steps beyond the last word are passed over). The attribute `top_words` holds
    the words of `top_word`.
    Raises ValueError without a word to read or to write, or for edits that do not fit.
    """
    params, edits = translator.params, dict(edits or {})
    _check(params, source, target, edits)
    read, written = translator.source.encode(source), translator.target.encode(target)
    fed, net = [SOS, *written[:-1]], _double(translator.net)
    x = translator.net.E_source(torch.tensor(read)).double()
    embedded = translator.net.E_target(torch.tensor(fed)).double()
    inner, state = _encode(net, x)
    start = dict(zip(("context_vector", "c_0"), (part[0] for part in state), strict=False))
    given = torch.full((len(fed), len(read)), torch.nan, dtype=torch.float64)
    for step in edits.keys() & set(range(len(fed))):
        given[step] = torch.tensor(edits[step])
    inner |= start | _write(net, embedded, inner["h"], state, given) | {"x": x, "embedded": embedded}
    inner |= _chances(net.out(inner["readout"]), written, top)
    if params.attention == "none":
        del inner["readout"]  # it is s
    words = translator.target.vocabulary
    attrs = {
        "module": "engine.seq2seq_explain", "params": params, "weights": translator.path, "read": tuple(read),
        "fed": (SPECIALS[SOS], *target[:-1]), "fed_words": tuple(fed), "written": tuple(written),
        "edits": {step: tuple(map(float, edit)) for step, edit in edits.items() if 0 <= step < len(target)},
        "top_words": tuple(tuple(words[place] for place in row) for row in inner["top_word"].tolist()),
    }  # fmt: skip
    ranks = [str(k + 1) for k in range(inner["top_p"].shape[1])]
    return label(
        inner, schema(params), attrs, axes=AXES,
        source=list(source), target=list(target), word=_labels(words), rank=ranks,
    )  # fmt: skip
