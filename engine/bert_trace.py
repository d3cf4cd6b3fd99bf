"""Every inner value of BERT's encoder on one sentence."""

import copy

import torch
import xarray as xr
from torch import Tensor, nn

from engine import transformer_code
from engine.bert_tokens import Coded
from engine.pretrained import Bert
from engine.trace import Var
from engine.transformer_block import ALONE, NOTHING_OFF, Off
from engine.transformer_code import Program
from engine.transformer_values import labelled, values

_MORE = {
    "type_code": Var("query unit", r"S", "embedding of the sentence that a place belongs to, here the first one"),
    "summed": Var("query unit", r"E+PE+S", "sum of the three embeddings, before it is normalised"),
}
_FRONT = """words = {read}  # {tokens}
embedded = P[{E!r}][words]
code = P[{P!r}][: len(words)]
type_code = P[{T!r}][:1].expand_as(code)
summed = embedded + code + type_code
X = norm({norm!r}, summed)
mask = torch.ones(len(words), len(words), dtype=torch.bool)
"""


def double(part: nn.Module) -> nn.Module:
    """A copy in float64."""
    twin = copy.copy(part)
    twin._parameters = {name: weight.double() for name, weight in part._parameters.items()}
    twin._modules = {name: double(inner) for name, inner in part._modules.items()}
    return twin


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def spelled(bert: Bert) -> dict[str, str]:
    """The tensors that the file calls by their older names: name of today → name in the file."""
    kinds = {"gamma": "weight", "beta": "bias"}
    ends = {name: name.rpartition(".")[2] for name in bert.names.values()}
    return {f"{_stem(name)}.{kinds[end]}": name for name, end in ends.items() if end in kinds}


def _embed(bert: Bert, ids: list[int]) -> dict[str, Tensor]:
    """The embeddings of the places and their sum, in float64."""
    net, word = bert.net, torch.tensor(ids)
    inner = {
        "embedded": net.E.weight[word].double(), "code": net.P.weight[: len(ids)].double(),
        "type_code": net.T.weight[:1].double().expand(len(ids), -1),
    }  # fmt: skip
    return inner | {"summed": inner["embedded"] + inner["code"] + inner["type_code"]}


def program(bert: Bert, coded: Coded, off: Off = NOTHING_OFF) -> Program:
    """What the proofs need: where the tensors are, by the names of their own file."""
    names = bert.names
    E, P, T = (names[f"{table}.weight"] for table in "EPT")
    roles = {role: place for role, place in transformer_code.ROLES.items() if "cross" not in place}
    first = {role: _stem(names[f"encoder.blocks.0.{place}.weight"]) for role, place in roles.items()}
    tensors = {role: stem.replace(".layer.0.", ".layer.{}.") for role, stem in first.items()}
    front = _FRONT.format(read=coded.ids, tokens=coded.tokens, E=E, P=P, T=T, norm=_stem(names["norm.weight"]))
    return Program(
        bert.path, bert.params.stack, tensors, front, off, positions="learned", table=E, read=tuple(coded.ids),
        code_table=P,
    )  # fmt: skip


@torch.inference_mode()
def trace(bert: Bert, text: str | Coded, off: Off = NOTHING_OFF) -> xr.Dataset:
    """What the encoder computes, in float64, when it reads a text, or one in pieces already.

    off: heads and parts that are taken out. The attribute `words` says to which word of the text each place belongs,
    None for [CLS] and [SEP]. Raises ValueError for more places than the network has.
    """
    coded = bert.pieces.encode([text])[0] if isinstance(text, str) else text
    if not 0 < len(coded.ids) <= bert.params.n_positions:
        raise ValueError(f"{len(coded.ids)} places; there are 1…{bert.params.n_positions}")
    inner = _embed(bert, coded.ids)
    X, stack = double(bert.net.norm)(inner["summed"])[None], double(bert.net.encoder)
    attrs = {
        "module": "engine.bert_explain", "params": bert.params, "model": bert.name, "found": bert.found,
        "words": tuple(coded.words), "norm": _stem(bert.names["norm.weight"]), "spelled": spelled(bert),
    }  # fmt: skip
    inner |= values(stack, X, ALONE, off)
    return labelled(inner, stack, program(bert, coded, off), coded.tokens, more=_MORE, attrs=attrs)
