"""Translators as safetensors files: tensors; sizes, vocabularies and how the text is cut as metadata; a card."""

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
from engine.tokens import EOS, LANGUAGES, SOS, SPECIALS, Tokens, by_pieces
from engine.translation import kinds
from engine.translation.kinds import RECURRENT, Net, Params

SHIPPED = {  # name in a link → file
    "lstm": "translate-lstm", "gru": "translate-gru", "gru-attention": "translate-gru-attention",
    "gru-attention-dot": "translate-gru-attention-dot",
} | {f"transformer{kind}": f"translate-transformer{kind}" for kind in ("", "-learned", "-rotary", "-none")}  # fmt: skip
OTHER_WAY = {name: f"translate-en-de-{name}" for name in ("gru", "gru-attention", "transformer")}  # English to German
MOST_WORDS, LONGEST_WORD = 30_000, 100
MOST_TEXT = 950_000  # bytes of vocabularies and card, as they stand in the header of the file
UNREADABLE = N_("The weights file does not say which translator it holds (no readable `translator`).")


class Translator(NamedTuple):
    """A network that translates, ready to use; `path` as `explain` names it, `card` what is known of its training."""

    net: Net
    params: Params
    source: Tokens
    target: Tokens
    card: dict
    path: str


def dumps(net: Net, source: Tokens, target: Tokens, card: dict) -> bytes:
    """The bytes of a weights file; the same network gives the same bytes. A tied matrix is stored once.

    Raises InputError for vocabularies that are too large for a file.
    """
    sides = [_known(source), _known(target)]
    if source.bpe and source.bpe == target.bpe:
        sides[1] = {"language": target.language, "shared": True}
    about = {} if net.params.kind == RECURRENT else {"kind": net.params.kind}  # the first files do not name it
    about |= {"params": asdict(net.params), "source": sides[0], "target": sides[1]}
    entries = {"translator": json.dumps(about, ensure_ascii=False), "card": json.dumps(card, ensure_ascii=False)}
    if len(json.dumps(entries).encode()) > MOST_TEXT:
        raise InputError("The vocabularies are too large for a weights file: take fewer words, or pieces of words.")
    again = kinds.again(net.params)
    tensors = {name: tensor.contiguous() for name, tensor in net.state_dict().items() if name not in again}
    return weights.in_order(save(tensors, entries))


def _known(side: Tokens) -> dict:
    """A side as JSON; the vocabulary of pieces follows from the pieces."""
    return asdict(side) | ({"vocabulary": []} if side.kind == "bpe" else {})


def _tokens(raw: dict) -> Tokens:
    kind, lower, bpe = str(raw["kind"]), raw["lower"] is True, str(raw["bpe"])
    words = _pieces(bpe, lower) if kind == "bpe" else tuple(map(str, raw["vocabulary"]))
    found = Tokens(str(raw["language"]), words, kind, lower, bpe)
    fits = words[: len(SPECIALS)] == SPECIALS and len(set(words)) == len(words) <= MOST_WORDS
    fits &= all(0 < len(word) <= LONGEST_WORD for word in words) and found.language in LANGUAGES
    fits &= kind == "bpe" or (kind == "words" and not bpe)
    if not fits:
        raise ValueError("a vocabulary that cannot be used")
    if kind == "bpe":
        found.cut(["a b"])  # the library reads its JSON
    return found


def _pieces(bpe: str, lower: bool) -> tuple[str, ...]:
    """The vocabulary of pieces; raises ValueError unless text is cut into them just as engine.tokens does."""
    given, own = json.loads(bpe), json.loads(by_pieces(["a b"], ["de"], 100, lower)[0].bpe)
    vocabulary, merges = given["model"].pop("vocab"), given["model"].pop("merges")
    del own["model"]["vocab"], own["model"]["merges"]
    if given != own or type(vocabulary) is not dict or type(merges) is not list:
        raise ValueError("pieces made in another way")
    if sorted(vocabulary.values()) != list(range(len(vocabulary))):
        raise ValueError("pieces without a number of their own")
    return tuple(sorted(vocabulary, key=vocabulary.get))


def _about(meta: dict) -> tuple[Params, Tokens, Tokens]:
    try:
        raw = json.loads(meta["translator"])
        if raw["target"].get("shared"):
            raw["target"] = raw["source"] | {"language": raw["target"]["language"]}
        params = kinds.read(raw.get("kind", RECURRENT), raw["params"])
        sides = _tokens(raw["source"]), _tokens(raw["target"])
        if [params.n_source, params.n_target] != [len(side.vocabulary) for side in sides]:
            raise ValueError("sizes that do not fit")
    except InputError:
        raise
    except Exception as error:  # the pieces' library raises plain exceptions for a JSON that is not its own
        raise InputError(UNREADABLE) from error
    return params, *sides


def empty(params: Params) -> Net:
    """A network with no numbers yet, in no memory. Raises InputError if it would have too many."""
    with torch.device("meta"):
        net = kinds.build(params)
    n = sum(p.numel() for p in net.parameters())
    if n > weights.MAX_NUMBERS:
        raise InputError("The network has {n:,} numbers; {most:,} are the limit.", n=n, most=weights.MAX_NUMBERS)
    return net


def loads(blob: bytes, path: str) -> Translator:
    """A translator from the bytes of a weights file, every tensor checked for name, shape and finite numbers."""
    meta = weights.metadata(blob)
    params, source, target = _about(meta)
    empty(params)
    net = kinds.build(params)
    try:
        tensors = load(blob)
        if not all(tensor.is_floating_point() for tensor in tensors.values()):
            raise ValueError("not floating-point numbers")
        missing, unknown = net.load_state_dict(tensors, strict=False)
        if set(missing) != kinds.again(params) or unknown:
            raise ValueError("other tensors")
    except (SafetensorError, RuntimeError, ValueError) as error:
        raise InputError("The tensors in the weights file do not fit the network it names.") from error
    net = net.float().eval().requires_grad_(False)
    probe = net(torch.tensor([[EOS, len(SPECIALS) - 1]]), torch.tensor([[SOS, EOS]]))
    if not all(math.isfinite(tensor.abs().sum().item()) for tensor in (*net.state_dict().values(), probe)):
        raise InputError("The weights file holds numbers that are not finite, or that grow beyond all bounds.")
    return Translator(net, params, source, target, weights.read_card(meta), path)


def load_file(path: Path | str) -> Translator:
    """A translator from a weights file."""
    return loads(weights.read_file(path), str(path))


def load_shipped(name: str) -> Translator:
    """A shipped translator, a key of SHIPPED, its file checked against the hash on its card."""
    return _shipped(SHIPPED[name])


def load_other_way(name: str) -> Translator:
    """The same of one from English to German, a key of OTHER_WAY."""
    return _shipped(OTHER_WAY[name])


def _shipped(file: str) -> Translator:
    blob, card, path = weights.read_shipped(file)
    return loads(blob, path)._replace(card=card)
