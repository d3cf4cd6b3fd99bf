"""Every inner value of a translation by a Transformer: its encoder, and its decoder while it writes given words."""

import copy
from collections.abc import Sequence
from dataclasses import replace

import torch
import xarray as xr
from torch import Tensor

from engine import transformer_code
from engine.tokens import EOS, SOS, SPECIALS
from engine.transformer import Transformer
from engine.transformer_block import NOTHING_OFF, Off, Surroundings
from engine.transformer_code import Program
from engine.transformer_stack import causal
from engine.transformer_values import TOP, chances, labelled, labels, values
from engine.translation.files import Translator


def _program(translator: Translator, side: str, words: Sequence[int], off: Off) -> Program:
    """What the proofs of one side need, the encoder's part of a decoder left out."""
    params, is_read = translator.params, side == "source"
    stack = params.stack(not is_read)
    table = "E_target.weight" if params.shared or not is_read else "E_source.weight"
    out = "E_target.weight" if params.tied else "out.weight"
    return Program(
        translator.path, stack, transformer_code.names("encoder" if is_read else "decoder", not is_read), "", off,
        positions=params.positions, causal=not is_read, out=(out, "out.bias"), table=table, read=tuple(words),
        scale=params.d_model**0.5, code_table=f"P_{side}.weight", eos=EOS,
    )  # fmt: skip


def _fronted(program: Program, labels: Sequence[str]) -> Program:
    return replace(program, front=transformer_code.embed(program, list(labels), program.stack.d_model))


def _embed(net: Transformer, words: Sequence[int], side: str) -> tuple[dict[str, Tensor], Tensor, Surroundings]:
    """`embedded` and `code` [query unit], what enters the first layer, and how positions turn queries and keys."""
    positions, word = torch.arange(len(words))[None], torch.tensor(words)[None]
    table = net.E_source if side == "source" else net.E_target
    inner = {"embedded": table(word)[0] * net.params.d_model**0.5}
    if (code := net.code(positions, side)) is not None:
        inner["code"] = code[0]
    return inner, net.embed(word, positions, side), Surroundings(turn=net.turn(positions))


def double(net: torch.nn.Module) -> torch.nn.Module:
    """A copy in float64."""
    return copy.deepcopy(net).double()


@torch.inference_mode()
def encoder(translator: Translator, source: Sequence[str], off: Off = NOTHING_OFF) -> xr.Dataset:
    """What the encoder computes, in float64, when it reads the tokens of `source`.

    off: heads and parts that are taken out. Raises ValueError without a word to read.
    """
    if not len(source):
        raise ValueError("a sentence needs at least one word")
    read = translator.source.encode(source)
    net = double(translator.net)
    inner, X, around = _embed(net, read, "source")
    inner |= values(net.encoder, X, around, off)
    program = _fronted(_program(translator, "source", read, off), source)
    return labelled(inner, net.encoder, program, source, attrs={"params": translator.params})


@torch.inference_mode()
def decoder(
    translator: Translator, source: Sequence[str], target: Sequence[str], off: tuple[Off, Off] = (NOTHING_OFF,) * 2,
    top: int = TOP,
) -> xr.Dataset:  # fmt: skip
    """What the decoder computes, in float64, when the encoder has read `source` and it writes the tokens of `target`.

    target: the words produced, one a place, `<eos>` last if the sentence ends; at each place the word before is fed,
    `<sos>` first (labels of `query` and attribute `fed`). off: of encoder and decoder. The attribute `top_words` holds
    the words of `top_word`, `target` those written. Raises ValueError without a word to read or to write.
    """
    if not len(source) or not len(target):
        raise ValueError("a sentence and what is written need at least one word each")
    read, written = translator.source.encode(source), translator.target.encode(target)
    fed, labels_fed, net = [SOS, *written[:-1]], (SPECIALS[SOS], *target[:-1]), double(translator.net)
    memory = net.encode(torch.tensor([read]), off=off[0]).h
    inner, X, around = _embed(net, fed, "target")
    around = around._replace(mask=causal(len(fed)), memory=memory)
    inner |= {"memory": memory[0]} | values(net.decoder, X, around, off[1])
    inner |= chances(net.out(inner["output"]), written, EOS, top)
    before = _fronted(_program(translator, "source", read, off[0]), source)
    program = _fronted(_program(translator, "target", fed, off[1]), labels_fed)
    program = replace(program, before=before, written=tuple(written))
    words = translator.target.vocabulary
    attrs = {
        "params": translator.params, "fed": labels_fed, "fed_words": tuple(fed), "written": tuple(written),
        "target": tuple(target), "read": tuple(read),
        "top_words": tuple(tuple(words[place] for place in row) for row in inner["top_word"].tolist()),
    }  # fmt: skip
    return labelled(inner, net.decoder, program, labels_fed, source, attrs=attrs, word=labels(words))
