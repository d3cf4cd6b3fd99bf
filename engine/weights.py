"""Trained networks as safetensors files: tensors, the sizes as metadata, a card with hash beside the shipped ones."""

import hashlib
import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from engine.bayes import METHODS
from engine.classifier import KINDS, MEMBERS, Classifier, ClassifierParams, build
from engine.errors import InputError
from engine.ngram import LONGEST
from engine.text import N_LETTERS
from engine.transformer_names import N_HEADS

SHIPPED = Path("assets/models")
ROOT = Path(__file__).resolve().parent.parent
MAX_HIDDEN, MAX_LAYERS, MAX_WINDOW, MAX_MEMBERS, MAX_LANGUAGES, LONGEST_NAME = 1024, 4, 20, 8, 64, 40
MAX_NUMBERS = 5_000_000
PROBE = torch.arange(100)[None] % N_LETTERS  # a name of 100 letters that a usable network gives finite scores


class Loaded(NamedTuple):
    """A network ready to use; `path` as `explain` names it, `card` what is known of its training."""

    net: Classifier
    params: ClassifierParams
    card: dict
    path: str


def dumps(net: Classifier, params: ClassifierParams, card: dict) -> bytes:
    """The bytes of a weights file; the same network gives the same bytes."""
    entries = {"params": json.dumps(asdict(params)), "card": json.dumps(card)}
    return in_order(save({name: tensor.contiguous() for name, tensor in net.state_dict().items()}, entries))


def in_order(blob: bytes) -> bytes:
    """The same file with the keys of its header in order: the library leaves them in a random one."""
    size = int.from_bytes(blob[:8], "little")
    header = json.dumps(json.loads(blob[8 : 8 + size]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + blob[8 + size :]


def sha256(blob: bytes) -> str:
    """Hexadecimal digest of a file's bytes."""
    return hashlib.sha256(blob).hexdigest()


def metadata(blob: bytes) -> dict:
    """The text entries in the header of a safetensors file; raises InputError if it is none."""
    size = int.from_bytes(blob[:8], "little")
    if len(blob) < 9 or size > min(len(blob), 1_000_000):
        raise InputError("This is not a safetensors file.")
    try:
        return json.loads(blob[8 : 8 + size]).get("__metadata__", {})
    except (ValueError, AttributeError, RecursionError) as error:
        raise InputError("This is not a safetensors file.") from error


def parse(raw: dict) -> ClassifierParams:
    """Parameters from a JSON object; raises KeyError, TypeError or ValueError on one that is none."""
    params = ClassifierParams(**raw)
    if not all(type(word) is str for word in _words(params)):
        raise TypeError("model, sampling, pool and method are words")
    members = tuple(parse(member) for member in params.members)
    languages, counts = tuple(map(str, params.languages)), tuple(map(int, params.counts))
    return replace(params, languages=languages, counts=counts, members=members)


def _words(params: ClassifierParams) -> tuple[str, ...]:
    return params.model, params.sampling, params.pool, params.method


def _fit(params: ClassifierParams) -> bool:
    """Whether the sizes beside the languages are in range."""
    whole = (params.n_hidden, params.n_layers, params.window, params.order)
    if not all(type(size) is int for size in whole) or type(params.bidirectional) is not bool:
        return False
    most = MAX_HIDDEN * MAX_MEMBERS if params.model == "combined" else MAX_HIDDEN
    sizes_fit = 1 <= params.n_hidden <= most and 1 <= params.n_layers <= MAX_LAYERS and 1 <= params.window <= MAX_WINDOW
    sizes_fit &= params.model != "ngram"
    sizes_fit |= params.model in ("trigram", "ngram") and (params.n_hidden, params.n_layers, params.window) == (0, 1, 5)
    sizes_fit &= 1 <= params.order <= LONGEST and params.method in METHODS
    sizes_fit &= params.model != "transformer" or not params.n_hidden % N_HEADS
    weight_fits = type(params.weight) in (int, float) and 0 < params.weight <= 100
    return sizes_fit and weight_fits and params.pool in ("last", "max") and _members_fit(params)


def _members_fit(params: ClassifierParams) -> bool:
    if params.model != "combined":
        return not params.members
    if sum(member.n_hidden for member in params.members) != params.n_hidden:
        return False
    same = {(member.languages, member.counts, member.sampling) for member in params.members}
    kinds = all(member.model in MEMBERS and _fit(member) for member in params.members)
    return kinds and same == {(params.languages, params.counts, params.sampling)} and len(params.members) <= MAX_MEMBERS


def _params(meta: dict) -> ClassifierParams:
    try:
        params = parse(json.loads(meta["params"]))
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InputError("The weights file does not say which network it holds (no readable `params`).") from error
    if str(params.model) not in KINDS:
        raise InputError("The weights file holds a network of an unknown kind: {model}.", model=str(params.model)[:40])
    if params.sampling not in ("name", "language"):
        raise InputError("The weights file does not say which network it holds (no readable `params`).")
    names, sizes = params.languages, params.counts
    languages_fit = len(set(names)) == len(names) and all(1 <= len(name) <= LONGEST_NAME for name in names)
    counts_fit = len(sizes) == len(names) and all(0 <= size < 2**53 for size in sizes)
    sizes_fit = languages_fit and counts_fit and 1 <= len(names) <= MAX_LANGUAGES
    if not sizes_fit or not _fit(params):
        raise InputError("The sizes in the weights file are out of range.")
    return params


def check_size(net: Classifier) -> None:
    """Raise InputError for a network with too many numbers."""
    n = sum({tensor.data_ptr(): tensor.numel() for tensor in net.state_dict().values()}.values())
    if n > MAX_NUMBERS:
        raise InputError("The network has {n:,} numbers; {most:,} are the limit.", n=n, most=MAX_NUMBERS)


def _check_types(net: Classifier, tensors: dict[str, torch.Tensor]) -> None:
    """Raise ValueError unless weights are floating-point numbers and counts (of `engine.bayes`) whole ones."""
    whole = {name for name, tensor in net.state_dict().items() if not tensor.is_floating_point()}
    for name, tensor in tensors.items():
        if (name in whole) == tensor.is_floating_point() or tensor.is_complex():
            raise ValueError("not the numbers that were expected")


def loads(blob: bytes, path: str) -> Loaded:
    """A network from the bytes of a weights file, every tensor checked for name, shape and finite numbers."""
    meta = metadata(blob)
    params = _params(meta)
    net = build(params)
    check_size(net)
    try:
        tensors = load(blob)
        _check_types(net, tensors)
        net.load_state_dict(tensors)
    except (SafetensorError, RuntimeError, ValueError) as error:
        raise InputError("The tensors in the weights file do not fit the network it names.") from error
    net = net.float().eval().requires_grad_(False)
    if not all(math.isfinite(tensor.abs().sum().item()) for tensor in (*net.state_dict().values(), net(PROBE))):
        raise InputError("The weights file holds numbers that are not finite, or that grow beyond all bounds.")
    return Loaded(net, params, read_card(meta), path)


def read_card(meta: dict) -> dict:
    """What the metadata of a weights file say of its training; empty where they say nothing."""
    try:
        card = json.loads(meta.get("card", "{}"))
    except (ValueError, RecursionError):
        return {}
    return card if isinstance(card, dict) else {}


def read_file(path: Path | str) -> bytes:
    """The bytes of a weights file."""
    path = Path(path)
    if not path.is_file():
        raise InputError("There is no weights file {path}.", path=str(path))
    return path.read_bytes()


def load_file(path: Path | str) -> Loaded:
    """A network from a weights file."""
    return loads(read_file(path), str(path))


def shipped() -> list[str]:
    """The name classifiers in assets/models, e.g. `names-elman`."""
    return sorted(path.stem for path in (ROOT / SHIPPED).glob("names-*.safetensors"))


def read_shipped(name: str) -> tuple[bytes, dict, str]:
    """(bytes, card, path from the project's folder) of a file in assets/models, checked against the card's hash."""
    path = ROOT / SHIPPED / f"{name}.safetensors"
    blob, card = path.read_bytes(), json.loads(path.with_suffix(".json").read_text("utf-8"))
    if sha256(blob) != card["sha256"]:
        raise InputError("The file {name} in assets/models is not the one its card describes.", name=path.name)
    return blob, card, (SHIPPED / path.name).as_posix()


def load_shipped(name: str) -> Loaded:
    """A shipped network, its file checked against the hash on its card."""
    blob, card, path = read_shipped(name)
    return loads(blob, path)._replace(card=card)
