"""Neural language models as safetensors files: tensors, sizes and vocabulary as metadata, a card."""

import json
import math
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from engine import weights
from engine.errors import N_, InputError
from engine.nnlm import Network, NnlmParams, build
from engine.nnlm_model import NeuralModel
from engine.vocabulary import SPECIALS, UNITS, Vocabulary

SHIPPED = ("lm-names-window", "lm-names-gru", "lm-grammar-window", "lm-grammar-gru")
KEY = "neural language model"  # of the metadata
MOST_WORDS, LONGEST_WORD = 50_000, 400
UNREADABLE = N_("The weights file does not say which language model it holds (no readable `neural language model`).")
OUT_OF_RANGE = N_("The sizes in the weights file are out of range.")


def dumps(net: Network, vocabulary: Vocabulary, card: dict) -> bytes:
    """The bytes of a weights file; the same network gives the same bytes."""
    sizes = {**asdict(net.params), "unit": vocabulary.unit, "words": vocabulary.words}
    entries = {KEY: json.dumps(sizes, ensure_ascii=False), "card": json.dumps(card, ensure_ascii=False)}
    return weights.in_order(save({name: tensor.contiguous() for name, tensor in net.state_dict().items()}, entries))


def is_one(blob: bytes) -> bool:
    """Whether these are the bytes of a neural language model."""
    try:
        return KEY in weights.metadata(blob)
    except InputError:
        return False


def _vocabulary(words: object, unit: object) -> Vocabulary:
    if type(words) is not list or not all(type(word) is str and len(word) <= LONGEST_WORD for word in words):
        raise ValueError("words that are none")
    if unit not in UNITS or tuple(words[: len(SPECIALS)]) != SPECIALS or len(set(words)) != len(words):
        raise ValueError("no vocabulary")
    if unit == "character" and not all(len(word) == 1 for word in words[len(SPECIALS) :]):
        raise ValueError("characters that are none")
    return Vocabulary(tuple(words), unit)


def _read(meta: dict) -> tuple[NnlmParams, Vocabulary]:
    try:
        raw = json.loads(meta[KEY])
        vocabulary = _vocabulary(raw.pop("words"), raw.pop("unit"))
        sizes = [raw[name] for name in ("n_words", "n_embedding", "n_hidden", "window")]
        if not all(type(size) is int for size in sizes) or not all(type(raw[k]) is str for k in ("model", "cell")):
            raise ValueError("sizes that are none")
        params = NnlmParams(**raw)
    except InputError as error:
        raise InputError(OUT_OF_RANGE) from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise InputError(UNREADABLE) from error
    if params.n_words != vocabulary.n or vocabulary.n > MOST_WORDS:
        raise InputError(OUT_OF_RANGE)
    return params, vocabulary


def empty(params: NnlmParams) -> Network:
    """A network with no numbers yet, in no memory. Raises InputError if it would have too many."""
    with torch.device("meta"):
        net = build(params)
    n = sum(p.numel() for p in net.parameters())
    if n > weights.MAX_NUMBERS:
        raise InputError("The network has {n:,} numbers; {most:,} are the limit.", n=n, most=weights.MAX_NUMBERS)
    return net


@torch.inference_mode()
def loads(blob: bytes, path: str) -> NeuralModel:
    """A model from the bytes of a weights file, every tensor checked for name, shape and finite numbers."""
    meta = weights.metadata(blob)
    params, vocabulary = _read(meta)
    empty(params)
    net = build(params)
    try:
        tensors = load(blob)
        if not all(tensor.is_floating_point() for tensor in tensors.values()):
            raise ValueError("not floating-point numbers")
        net.load_state_dict(tensors)
    except (SafetensorError, RuntimeError, ValueError) as error:
        raise InputError("The tensors in the weights file do not fit the network it names.") from error
    net = net.float().eval().requires_grad_(False)
    probe = net(torch.arange(100)[None] % vocabulary.n)[..., 1:]
    if not all(math.isfinite(tensor.abs().sum().item()) for tensor in (*net.state_dict().values(), probe)):
        raise InputError("The weights file holds numbers that are not finite, or that grow beyond all bounds.")
    return NeuralModel(net, vocabulary, weights.read_card(meta), path)


def load_file(path: Path | str) -> NeuralModel:
    """A model from a weights file."""
    return loads(weights.read_file(path), str(path))


def load_shipped(name: str) -> NeuralModel:
    """A shipped model, its file checked against the hash on its card."""
    blob, card, path = weights.read_shipped(name)
    model = loads(blob, path)
    return NeuralModel(model.net, model.vocabulary, card, model.path)
