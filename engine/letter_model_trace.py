"""Every inner value of the model of letters as it reads a name, and what each layer would already write.

The logit lens scores the letters from the stream after every layer as the network scores them after the last:
nostalgebraist, "Interpreting GPT: the logit lens", 2020.
"""

import copy

import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from engine import transformer_code
from engine.errors import N_
from engine.letter_model import EOS, WORDS, LetterModel, read
from engine.letter_model_files import Letters
from engine.text import encode
from engine.trace import Var
from engine.transformer_block import Surroundings
from engine.transformer_code import Program
from engine.transformer_stack import causal
from engine.transformer_values import chances, labelled, values

TOP = 8  # of the likeliest letters
DEPTH = N_("layers passed")
SCHEMA = {
    "lens": Var("depth query word", r"\ell^{(k)}_t", "score of each letter, read off the stream after k layers"),
    "lens_norm": Var(
        "depth query", r"\log\sum_w e^{\ell^{(k)}_t[w]}", "logarithm of the sum of the exponentials after k layers"
    ),
    "lens_p": Var("depth query word", r"p^{(k)}_t", "probability of each letter after k layers", "prob"),
    "lens_best": Var("depth query", r"\hat w^{(k)}_t", "likeliest letter after k layers, by its number", "index"),
    "lens_best_p": Var("depth query", r"\max_w p^{(k)}_t[w]", "probability of the likeliest letter after k layers",
                       "prob"),
    "lens_top_p": Var("depth query rank", r"p^{(k)}_t[w_r]", "probability after k layers of what is likeliest at last",
                      "prob"),
}  # fmt: skip


def program(letters: Letters, fed: tuple[int, ...], labels: list[str], written: tuple[int, ...]) -> Program:
    """What the proofs of a reading need."""
    params = letters.params
    found = Program(
        letters.path, params.stack, transformer_code.names("stack", False), "", positions="sinusoidal", causal=True,
        table="E.weight", read=fed, scale=params.d_model**0.5, written=written, eos=EOS,
    )  # fmt: skip
    front = transformer_code.embed(found, labels, params.d_model)
    return Program(**(found.__dict__ | {"front": front}))


def lens(
    net: LetterModel, X: Float[Tensor, "layer query unit"], X_out: Float[Tensor, "layer query unit"]
) -> dict[str, Tensor]:
    """The variables of SCHEMA but the last, from the streams that enter and leave the layers."""
    logits = net.out(net.stack.end(torch.cat([X[:1], X_out])))
    norm = logits.logsumexp(2)
    p = (logits - norm[..., None]).exp()
    best_p, best = p.max(2)
    return {"lens": logits, "lens_norm": norm, "lens_p": p, "lens_best": best, "lens_best_p": best_p}


@torch.inference_mode()
def trace(letters: Letters, language: str, text: str, ended: bool = True, top: int = TOP) -> xr.Dataset:
    """What the network computes, in float64, when it is told a language and writes the folded name `text`.

    Places (`query`): the language, then the letters; of each what comes next is scored. ended: whether `<eos>` was
    written; else the last letter is the last thing written. Attributes: `language`, `text`, `written` (numbers),
    `top_words` (words of `top_word`), `best` (words of `lens_best`). Raises InputError for an unknown language and
    ValueError where nothing is written.
    """
    written = (*encode(text).tolist(), *([EOS] if ended else []))
    if not written:
        raise ValueError("nothing is written")
    fed = tuple(read(letters.params, language, text)[: len(written)])
    labels, net = [language, *text][: len(fed)], copy.deepcopy(letters.net).double()
    X = net.embed(torch.tensor([fed]), torch.arange(len(fed)))
    embedded = net.E(torch.tensor(fed)) * letters.params.d_model**0.5
    inner = {"embedded": embedded, "code": X[0] - embedded}
    inner |= values(net.stack, X, Surroundings(causal(len(fed))))
    inner |= chances(net.out(inner["output"]), written, EOS, top)
    inner |= lens(net, inner["X"], inner["X_out"])
    places = inner["top_word"].expand(len(inner["lens_p"]), -1, -1)
    inner["lens_top_p"] = inner["lens_p"].gather(2, places)
    attrs = {
        "module": "engine.letter_model_explain", "params": letters.params, "language": language, "text": text,
        "written": written, "top_words": _words(inner["top_word"]), "best": _words(inner["lens_best"]),
    }  # fmt: skip
    found = labelled(
        inner, net.stack, program(letters, fed, labels, written), labels, more=SCHEMA, attrs=attrs, word=WORDS,
        depth=[str(k) for k in range(letters.params.n_layers + 1)],
    )  # fmt: skip
    found["depth"].attrs["word"] = DEPTH
    return found


def _words(numbers: Tensor) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(WORDS[word] for word in row) for row in numbers.tolist())
