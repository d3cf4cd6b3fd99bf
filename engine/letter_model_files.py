"""Models of letters as safetensors files: tensors, sizes and languages as metadata, a card."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from engine import weights
from engine.errors import N_, InputError
from engine.letter_model import EOS, LONGEST, WORDS, LetterModel, LetterModelParams

SHIPPED = "letters-transformer"
KEY = "letter model"  # of the metadata
MOST_LAYERS, MOST_UNITS = 12, 512
UNREADABLE = N_("The weights file does not say which model of letters it holds (no readable `letter model`).")


class Letters(NamedTuple):
    """A model of letters, ready to use; `path` as `explain` names it, `card` what is known of its training."""

    net: LetterModel
    params: LetterModelParams
    card: dict
    path: str


def dumps(net: LetterModel, card: dict) -> bytes:
    """The bytes of a weights file; the same network gives the same bytes."""
    entries = {KEY: json.dumps(asdict(net.params), ensure_ascii=False), "card": json.dumps(card, ensure_ascii=False)}
    return weights.in_order(save({name: tensor.contiguous() for name, tensor in net.state_dict().items()}, entries))


def _params(meta: dict) -> LetterModelParams:
    try:
        raw = json.loads(meta[KEY])
        languages = raw.pop("languages")
        if type(languages) is not list or not all(type(name) is str for name in languages) or not languages:
            raise ValueError("languages that are none")
        sizes = [raw[name] for name in ("d_model", "n_heads", "n_layers", "d_ff")]
        if not all(type(size) is int for size in sizes) or not all(type(raw[k]) is str for k in ("norm", "activation")):
            raise ValueError("sizes that are none")
        params = LetterModelParams(tuple(languages), **raw)
    except InputError as error:
        raise InputError("The sizes in the weights file are out of range.") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise InputError(UNREADABLE) from error
    if params.n_layers > MOST_LAYERS or params.d_model > MOST_UNITS:
        raise InputError("The sizes in the weights file are out of range.")
    return params


def empty(params: LetterModelParams) -> LetterModel:
    """A network with no numbers yet, in no memory. Raises InputError if it would have too many."""
    with torch.device("meta"):
        net = LetterModel(params)
    n = sum(p.numel() for p in net.parameters())
    if n > weights.MAX_NUMBERS:
        raise InputError("The network has {n:,} numbers; {most:,} are the limit.", n=n, most=weights.MAX_NUMBERS)
    return net


def loads(blob: bytes, path: str) -> Letters:
    """A model of letters from the bytes of a weights file, every tensor checked for name, shape and finite numbers."""
    meta = weights.metadata(blob)
    params = _params(meta)
    empty(params)
    net = LetterModel(params)
    try:
        tensors = load(blob)
        if not all(tensor.is_floating_point() for tensor in tensors.values()):
            raise ValueError("not floating-point numbers")
        net.load_state_dict(tensors)
    except (SafetensorError, RuntimeError, ValueError) as error:
        raise InputError("The tensors in the weights file do not fit the network it names.") from error
    net = net.float().eval().requires_grad_(False)
    probe = net(torch.tensor([[len(WORDS), *(k % EOS for k in range(LONGEST))]]))
    if not all(math.isfinite(tensor.abs().sum().item()) for tensor in (*net.state_dict().values(), probe)):
        raise InputError("The weights file holds numbers that are not finite, or that grow beyond all bounds.")
    return Letters(net, params, weights.read_card(meta), path)


def load_file(path: Path | str) -> Letters:
    """A model of letters from a weights file."""
    return loads(weights.read_file(path), str(path))


def load_shipped(name: str = SHIPPED) -> Letters:
    """The shipped model, its file checked against the hash on its card."""
    blob, card, path = weights.read_shipped(name)
    return loads(blob, path)._replace(card=card)
