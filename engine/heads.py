"""What heads do, measured: where their weights lie on average, what each adds to the stream, what is lost without it.

Sources: P. Michel, O. Levy and G. Neubig, "Are sixteen heads really better than one?", 2019 (heads taken out);
E. Voita et al., "Analyzing multi-head self-attention", 2019 (what heads look at); G. Kobayashi et al., "Attention is
not only a weight", 2020 (the length of what a head adds).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr

from engine import alignment, bleu
from engine.classifier import one_hot
from engine.errors import N_
from engine.grammar import Pair
from engine.pretrained import Bert
from engine.search import greedy_batch
from engine.softmax_explain import matrix
from engine.text import pad_left
from engine.tokens import EOS, SOS
from engine.trace import Var, label
from engine.transformer_block import NOTHING_OFF, Off, Surroundings
from engine.transformer_stack import causal
from engine.transformer_values import AXES
from engine.translation import batches, bulk
from engine.translation.decoding import CachedDecoder
from engine.translation.files import Translator
from engine.weights import Loaded

VIEWS = ("encoder", "decoder", "cross")  # whose heads
SCORES = {
    "previous": N_("the word before"), "same": N_("the word itself"), "next": N_("the word after"),
    "first": N_("the first place"), "last": N_("the last place"), "aligned": N_("the true translation"),
    "aer": N_("alignment error rate"), "sharp": N_("the largest weight"),
}  # fmt: skip
OUTPUT = {
    "part": Var("layer head query", r"\lVert Z_hW_O^h\rVert", "length of what a head adds to the stream"),
}


def measured(weights: np.ndarray, links: Sequence[tuple[int, int]] | None = None) -> dict[str, np.ndarray]:
    """Mean weight of each head [layer head] on the word before, itself, after, the first and the last place; `sharp`:
    the mean of the largest weight; with the true `links` (source, target) `aligned`: the share of linked places whose
    largest weight lies on a true one.

    weights [layer head query key]. What stands nowhere (the word before the first one) does not count.
    """
    n, m = weights.shape[2:]
    found = {"first": weights[..., 0].mean(2), "last": weights[..., m - 1].mean(2), "sharp": weights.max(3).mean(2)}
    for name, shift in (("previous", -1), ("same", 0), ("next", 1)):
        rows = [row for row in range(n) if 0 <= row + shift < m]
        cells = weights[:, :, rows, [row + shift for row in rows]]
        found[name] = cells.mean(2) if rows else np.full(weights.shape[:2], np.nan)
    if links:
        best, true = weights.argmax(3), set(links)
        places = sorted({target for _, target in links if target < n})
        hits = np.array([[[(int(head[t]), t) in true for t in places] for head in layer] for layer in best])
        found["aligned"] = hits.mean(2)
    return found


def averaged(every: Iterable[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The mean of each score over sentences, those left out in which it stands nowhere."""
    tables = list(every)
    return {name: np.nanmean([table[name] for table in tables if name in table], axis=0) for name in tables[0]}


@torch.inference_mode()
def attentions(translator: Translator, source: Sequence[int], target: Sequence[int], view: str) -> np.ndarray:
    """The weights [layer head query key] of a view while the words of `target` (`<eos>` last) are written."""
    net, read = translator.net, torch.tensor([list(source)])
    if view == "encoder":
        places = torch.arange(read.shape[1])[None]
        looks, _ = net.encoder.look(net.embed(read, places, "source"), Surroundings(turn=net.turn(places)))
        return torch.stack([look.looked.weights[0] for look in looks]).numpy()
    fed = torch.tensor([[SOS, *target[:-1]]])
    places = torch.arange(fed.shape[1])[None]
    around = Surroundings(causal(fed.shape[1]), net.turn(places), net.encode(read).h)
    looks, _ = net.decoder.look(net.embed(fed, places, "target"), around)
    parts = [look.looked if view == "decoder" else look.looked_c for look in looks]
    return torch.stack([part.weights[0] for part in parts]).numpy()


def over(translator: Translator, pairs: Sequence[Pair], view: str) -> dict[str, np.ndarray]:
    """What the heads of a view do on average over sentences, the true words written: see `measured`."""
    tables, links = [], []
    for pair in pairs:
        source = translator.source.encode(pair.source)
        weights = attentions(translator, source, [*translator.target.encode(pair.target), EOS], view)
        tables.append(measured(weights, pair.links if view == "cross" else None))
        links.append(agreements(weights, pair))
    return averaged(tables) | ({"aer": errors(links)} if view == "cross" else {})


def agreements(weights: np.ndarray, pair: Pair) -> list[list[alignment.Agreement]]:
    """How the largest weight of each word written agrees with a pair's true links, by layer and head; `<eos>` has no
    link and is left out.
    """
    rows = weights[:, :, : len(pair.target)]
    return [[alignment.agreement(alignment.links(head), pair.links) for head in layer] for layer in rows]


def errors(every: Sequence[list[list[alignment.Agreement]]]) -> np.ndarray:
    """The alignment error rate of each head [layer head] over sentences, their links added up."""
    layers, heads = len(every[0]), len(every[0][0])
    return np.array([[alignment.total(found[layer][head] for found in every).aer for head in range(heads)]
                     for layer in range(layers)])  # fmt: skip


@torch.inference_mode()
def over_texts(bert: Bert, texts: Sequence[str]) -> dict[str, np.ndarray]:
    """What the heads of a pretrained encoder do on average over texts: see `measured`; the last place is [SEP]."""
    coded = bert.pieces.encode(list(texts), bert.params.n_positions)
    looks = (bert.net.attentions(torch.tensor([each.ids])) for each in coded)
    return averaged(measured(torch.cat(list(look)).numpy()) for look in looks)


def parts(trace: xr.Dataset, end: str = "") -> xr.Dataset:
    """The length of what each head adds at each place; end: "_c" for cross-attention."""
    program, Z = trace.attrs["program"], torch.tensor(trace[f"Z{end}"].values)
    size, found = Z.shape[3], []
    for layer in range(len(Z)):
        W = matrix(trace, f"{program.tensors[f'W_O{end}'].format(layer)}.weight")
        found.append(torch.einsum("hqf,uhf->hqu", Z[layer], W.unflatten(1, (-1, size))).norm(dim=2))
    attrs = {"module": "engine.heads_explain", "program": program, "weights": program.weights, "end": end}
    labels = {dim: [str(each) for each in trace[f"{dim}_label"].values] for dim in ("layer", "head", "query")}
    return label({"part": torch.stack(found)}, OUTPUT, attrs, axes=AXES, **labels)


def summed(trace: xr.Dataset, end: str = "") -> float:
    """The largest difference between the heads' parts plus the bias, added up, and what attention adds."""
    program, Z, most = trace.attrs["program"], torch.tensor(trace[f"Z{end}"].values), 0.0
    for layer in range(len(Z)):
        at = program.tensors[f"W_O{end}"].format(layer)
        W = matrix(trace, f"{at}.weight").unflatten(1, (-1, Z.shape[3]))
        total = torch.einsum("hqf,uhf->hqu", Z[layer], W).sum(0) + matrix(trace, f"{at}.bias")
        most = max(most, float((total - torch.tensor(trace[f"attended{end}"].values[layer])).abs().max()))
    return most


def offs(view: str, heads: Sequence[tuple[int, int]]) -> tuple[Off, Off]:
    """Heads of a view as what is taken out of encoder and decoder."""
    off = Off(tuple(("cross" if view == "cross" else "self", layer, head) for layer, head in heads))
    return (off, NOTHING_OFF) if view == "encoder" else (NOTHING_OFF, off)


@torch.inference_mode()
def changes(translator: Translator, source: Sequence[str], target: Sequence[str], view: str) -> np.ndarray:
    """By how much log P(target | source) changes without each single head of a view, [layer head].

    target: the tokens written, `<eos>` as it came.
    """
    read = torch.tensor([translator.source.encode(source)])
    written = torch.tensor(translator.target.encode(target))
    fed = torch.cat([torch.tensor([SOS]), written[:-1]])[None]

    def log_prob(off: tuple[Off, Off]) -> float:
        logs = translator.net(read, fed, off=off)[0].log_softmax(-1)
        return float(logs[torch.arange(len(written)), written].double().sum())

    whole, params = log_prob((NOTHING_OFF, NOTHING_OFF)), translator.params
    return np.array([[log_prob(offs(view, [(layer, head)])) - whole for head in range(params.n_heads)]
                     for layer in range(params.n_layers)])  # fmt: skip


def _vector(bert: Bert, ids: torch.Tensor, off: Sequence[tuple[int, int]]) -> torch.Tensor:
    return bert.net(ids, off=offs("encoder", off)[0])[0].double().mean(0)


@torch.inference_mode()
def moved(bert: Bert, text: str, every: Sequence[Sequence[tuple[int, int]]]) -> list[float]:
    """1 − the cosine between a text's vector (the mean of the outputs) with all heads and without those of each set."""
    ids = torch.tensor([bert.pieces.encode([text])[0].ids])
    whole = _vector(bert, ids, ())
    return [float(1 - torch.cosine_similarity(whole, _vector(bert, ids, off), dim=0)) for off in every]


def moves(bert: Bert, text: str) -> np.ndarray:
    """How far a text's vector moves without each single head, [layer head]: see `moved`."""
    layers, heads = bert.params.n_layers, bert.params.n_heads
    each = [[(layer, head)] for layer in range(layers) for head in range(heads)]
    return np.array(moved(bert, text, each)).reshape(layers, heads)


@torch.inference_mode()
def answers(loaded: Loaded, text: str, every: Sequence[Sequence[tuple[int, int]]]) -> np.ndarray:
    """The log-probabilities [set language] that the Transformer for names gives a folded name without the heads of each
    set.
    """
    letters = one_hot(pad_left([text])).to(loaded.net.out.weight.dtype)
    scores = [loaded.net.read(letters, off=offs("encoder", off)[0]) for off in every]
    return torch.cat(scores).double().log_softmax(1).numpy()


class Pruned(NamedTuple):
    """BLEU (0…100) without each single head, [layer head]; the heads in the order in which they are taken out, and
    BLEU without the first 0, 1, 2 … of them.
    """

    single: np.ndarray
    order: tuple[tuple[int, int], ...]
    less: tuple[float, ...]


def pruned(translator: Translator, pairs: Sequence[Pair], view: str) -> Pruned:
    """The heads of a view taken out one after the other, first those whose own loss costs the least BLEU."""
    layers, heads = range(translator.params.n_layers), range(translator.params.n_heads)

    def score(off: Sequence[tuple[int, int]]) -> float:
        return bleu_without(translator, pairs, offs(view, off))

    single = np.array([[score([(layer, head)]) for head in heads] for layer in layers])
    order = tuple(sorted(((layer, head) for layer in layers for head in heads), key=lambda at: -single[at]))
    rest = [score(order[:n]) for n in range(2, len(order) + 1)]
    return Pruned(single, order, (score(()), float(single[order[0]]), *rest))


@torch.inference_mode()
def bleu_without(translator: Translator, pairs: Sequence[Pair], off: tuple[Off, Off]) -> float:
    """BLEU (0…100) of the greedy translations of sentences with heads or parts taken out."""
    coded = [np.array(translator.source.encode(pair.source), np.int64) for pair in pairs]
    said: list[list[str]] = [[]] * len(pairs)
    for places in bulk.like_lengths([len(each) for each in coded]):
        rows = [coded[place] for place in places]
        writer = CachedDecoder(translator.net, batches.left(rows), off)
        limits = [bulk.most(len(row)) for row in rows]
        for place, found in zip(places, greedy_batch(writer, len(rows), SOS, EOS, limits), strict=True):
            said[place] = translator.target.decode(found.content)
    return 100 * bleu.corpus(said, [[list(pair.target) for pair in pairs]])
