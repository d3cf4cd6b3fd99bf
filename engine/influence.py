"""What of the past mattered for an answer: gradients, integrated gradients, and the answer without a letter.

Sources: M. Sundararajan, A. Taly and Q. Yan, "Axiomatic attribution for deep networks" (integrated gradients), 2017;
J. Li, W. Monroe and D. Jurafsky, "Understanding neural networks through representation erasure" (leaving one out),
2016. Every function takes a network in float64 (`double`), a folded text of T letters and the language asked for after
each letter; where a letter k stands after the letter t that is answered for, the result is NaN.
"""

import copy
from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from engine.cell import Cell
from engine.classifier import Classifier, one_hot
from engine.rnn import ElmanRNN, LectureRNN
from engine.stack import Stack
from engine.text import N_LETTERS, pad_left

Output = Literal["log_prob", "score", "loss"]
STEPS = 16  # nodes of the integral along the path from no letter to the letters
TOGETHER = 6  # prefixes that are padded to one length
MOST = 20_000  # letters that one pass reads: it keeps the memory of a long text's gradients in bounds


def double(net: Classifier) -> Classifier:
    """A copy in float64 whose numbers take no gradient."""
    return copy.deepcopy(net).double().requires_grad_(False)


def output(
    scores: Float[Tensor, "batch language"], languages: Sequence[int], kind: Output = "log_prob"
) -> Float[Tensor, "batch"]:
    """The log-probability or the score of one language each, or the loss −log p if that language were the truth."""
    chosen = (scores if kind == "score" else scores.log_softmax(1))[range(len(scores)), list(languages)]
    return -chosen if kind == "loss" else chosen


def prefixes(text: str) -> Float[Tensor, "time place 58"]:
    """The text cut after each letter, one-hot, the last column 1 on the padding at the left."""
    return one_hot(pad_left([text[: end + 1] for end in range(len(text))]))


def by_source(values: Float[Tensor, "time place *rest"]) -> Float[Tensor, "time source *rest"]:
    """Values at the places of left-padded prefixes, moved to the letters that stand there; NaN at letters ahead."""
    T = len(values)
    out = torch.full_like(values, torch.nan)
    t, k = torch.tril_indices(T, T)
    out[t, k] = values[t, T - 1 - t + k]
    return out


def _slopes(
    net: Classifier, x: Float[Tensor, "batch place 58"], languages: Sequence[int], kind: Output
) -> Float[Tensor, "batch place 57"]:
    x = x.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(output(net.read(x), languages, kind).sum(), x)
    return slopes[..., :N_LETTERS]


def gradient(
    net: Classifier, text: str, languages: Sequence[int], kind: Output = "log_prob"
) -> Float[Tensor, "time source 57"]:
    """∂ output_t / ∂ x_k: at the place of the letter itself it is gradient · input, for x_k is one-hot."""
    return by_source(_slopes(net, prefixes(text), languages, kind))


def _path(x: Float[Tensor, "time place 58"], alpha: Float[Tensor, "node"]) -> Float[Tensor, "node*time place 58"]:
    """The letters scaled by α, the padding as it is."""
    scale = torch.ones(len(alpha), 1, 1, x.shape[2], dtype=x.dtype)
    scale[..., :N_LETTERS] = alpha[:, None, None, None]
    return (scale * x).flatten(0, 1)


def nodes(steps: int) -> tuple[Float[Tensor, "node"], Float[Tensor, "node"]]:
    """Places α in 0…1 and weights of Gauss and Legendre's rule with that many steps; the weights add up to 1."""
    at, weight = np.polynomial.legendre.leggauss(steps)
    return torch.from_numpy((at + 1) / 2), torch.from_numpy(weight / 2)


def integrated(
    net: Classifier, text: str, languages: Sequence[int], kind: Output = "log_prob", steps: int = STEPS
) -> Float[Tensor, "time source"]:
    """x_k · ∫ ∂ output_t(α x) / ∂ x_k dα for α from 0 to 1; a row adds up to output_t(x) − `baseline`.

    The sum is exact as far as `steps` nodes follow the path; where a network is all but chaotic they miss some of it.
    """
    T, rows = len(text), []
    for start in range(0, T, TOGETHER):
        end = min(start + TOGETHER, T)
        values = _along(net, prefixes(text[:end])[start:], list(languages[start:end]), kind, steps)
        rows.append(nn.functional.pad(values, (T - end, 0)))
    return by_source(torch.cat(rows))


def _along(
    net: Classifier, x: Float[Tensor, "row place 58"], languages: list[int], kind: Output, steps: int
) -> Float[Tensor, "row place"]:
    """The letters' slopes times the letters, averaged along the path."""
    total, letters = x.new_zeros(x.shape[:2]), x[..., :N_LETTERS]
    size = max(1, MOST // total.numel())
    for alpha, weight in zip(*(part.split(size) for part in nodes(steps)), strict=True):
        slopes = _slopes(net, _path(x, alpha), languages * len(alpha), kind).view(len(alpha), *letters.shape)
        total += torch.einsum("ntkj,tkj,n->tk", slopes, letters, weight)
    return total


def path_slopes(
    net: Classifier, x: Float[Tensor, "row place 58"], alpha: float, languages: Sequence[int], kind: Output = "log_prob"
) -> Float[Tensor, "row place"]:
    """∂ output(α x) / ∂ x · x at each letter: what `integrated` averages."""
    at = torch.tensor([alpha], dtype=x.dtype)
    return (_slopes(net, _path(x, at), languages, kind) * x[..., :N_LETTERS]).sum(2)


def baseline(net: Classifier, text: str, languages: Sequence[int], kind: Output = "log_prob") -> Float[Tensor, "time"]:
    """The output after as many letters that are all zero, where the path of `integrated` begins."""
    return output(net.read(_path(prefixes(text), torch.zeros(1, dtype=torch.float64))), languages, kind)


def left_out(
    net: Classifier, text: str, languages: Sequence[int], kind: Output = "log_prob"
) -> Float[Tensor, "time source"]:
    """output_t of the text − output_t of the text without letter k."""
    T = len(text)
    scores = torch.empty(T, T, net.n_languages, dtype=torch.float64)  # [source, time, language]
    scores[:, 0] = net.nothing_read()
    if T > 1:
        without = one_hot(pad_left([text[:k] + text[k + 1 :] for k in range(T)]))
        scores[:, 1:] = readings(net, without)
    t, k = torch.tril_indices(T, T)
    whole, asked = output(net.read(prefixes(text)), languages, kind), torch.as_tensor(languages)[t]
    out = torch.full((T, T), torch.nan, dtype=torch.float64)
    out[t, k] = whole[t] - output(scores[k, t], asked.tolist(), kind)
    return out


def readings(net: Classifier, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch time language"]:
    """The scores after every letter of texts of one length."""
    if (parts := recurrent(net)) is None:
        return torch.stack([net.read(x[:, : end + 1]) for end in range(x.shape[1])], 1)
    cell, read_out = parts
    return read_out(cell.readable(x[..., :N_LETTERS], cell.scan(x)))


def recurrent(net: Classifier) -> tuple[Cell, nn.Linear] | None:
    """The cell and the read-out of a network of one layer in one direction; None for any other."""
    if isinstance(net, LectureRNN):
        return net, net.i2o
    if isinstance(net, ElmanRNN):
        return net, net.h2o
    plain = isinstance(net, Stack) and net.n_layers == 1 and not net.bidirectional and net.pool == "last"
    return (net.layer1, net.h2o) if plain else None


def state_gradient(
    net: Classifier, text: str, languages: Sequence[int], kind: Output = "log_prob"
) -> Float[Tensor, "time source state*unit"]:
    """∂ output_t / ∂ s_k, s_k what the cell hands on after letter k: h_k, or y_k and c_k of an LSTM.

    NaN throughout, for one unit, where the network is none of one layer in one direction.
    """
    T, parts = len(text), recurrent(net)
    if parts is None:
        return torch.full((T, T, 1), torch.nan, dtype=torch.float64)
    cell, read_out = parts
    x = prefixes(text)[-1:, :, :N_LETTERS].expand(T, -1, -1)  # one copy an answer
    added = x.new_zeros(T, cell.n_states, T, cell.n_hidden, requires_grad=True)
    state, out = cell.start(T), []
    for inputs, more in zip((x @ cell.W.T + cell.b).unbind(1), added, strict=True):
        state = tuple(part + d for part, d in zip(cell.advance(inputs, state), more, strict=True))
        out.append(state[0])
    scores = read_out(cell.readable(x, torch.stack(out, 1))[range(T), range(T)])
    (slopes,) = torch.autograd.grad(output(scores, languages, kind).sum(), added)
    slopes = slopes.permute(2, 0, 1, 3).flatten(2)
    return slopes.masked_fill(torch.ones(T, T).triu(1).bool()[..., None], torch.nan)
