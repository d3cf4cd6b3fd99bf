"""The kinds of networks that translate: what describes them, how they are built and drawn."""

from collections.abc import Callable
from dataclasses import fields
from typing import NamedTuple

from engine import seq2seq, transformer
from engine.seq2seq import Seq2Seq, Seq2SeqParams
from engine.transformer import Transformer, TransformerParams

Params = Seq2SeqParams | TransformerParams
Net = Seq2Seq | Transformer


class Kind(NamedTuple):
    """params: sizes and shape; net: built from them; initial: drawn by seed."""

    params: type[Params]
    net: type[Net]
    initial: Callable[[Params, int], Net]


RECURRENT = "recurrent"
KINDS = {
    RECURRENT: Kind(Seq2SeqParams, Seq2Seq, seq2seq.initial),
    "transformer": Kind(TransformerParams, Transformer, transformer.initial),
}


def build(params: Params) -> Net:
    """A network whose numbers are still to come."""
    return KINDS[params.kind].net(params)


def initial(params: Params, seed: int) -> Net:
    """An untrained network, drawn by seed."""
    return KINDS[params.kind].initial(params, seed)


def read(kind: str, raw: dict) -> Params:
    """Params from JSON. Raises ValueError, TypeError, KeyError or InputError unless every entry is of its kind."""
    made = KINDS[kind].params
    params = made(**raw)
    for field in fields(made):
        if type(getattr(params, field.name)) is not type(field.default):
            raise ValueError(f"{field.name} of another kind")
    return params


def again(params: Params) -> set[str]:
    """Names of tensors that are another one too."""
    return {name for name, is_again in (("out.weight", params.tied), ("E_source.weight", params.shared)) if is_again}


def variety(params: Params) -> str:
    """Kind and shape in a word, e.g. gru-attention-dot or transformer-rotary."""
    if params.kind != RECURRENT:
        return params.kind + ("" if params.positions == "sinusoidal" else f"-{params.positions}")
    return params.cell + {"none": "", "additive": "-attention", "dot": "-attention-dot"}[params.attention]
