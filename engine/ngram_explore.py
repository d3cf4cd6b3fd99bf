"""What an n-gram model has seen and what it makes of it: a tree of what follows what, what comes next by order, how
sparse its counts get as n grows, and texts that it writes.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from engine.errors import N_, InputError
from engine.ngram import METHODS, Found, NGram, NGramParams, fit
from engine.ngram_counts import Counts, find, locate
from engine.ngram_trace import chain
from engine.trace import Var, label
from engine.vocabulary import BOS, EOS, SPECIALS, UNK

MODULE = "engine.ngram_explore_explain"
AXES = {"node": N_("token"), "rank": N_("rank"), "order": N_("n-gram order"), "method": N_("smoothing"), "n": N_("n"),
        "found": N_("length found")}  # fmt: skip
REST = "…"
WIDTH, DEPTH, LEAST = 8, 4, 0.025  # of a tree: children, tokens from the root on, probability of a node that is drawn
TREE = {
    "parent": Var("node", r"\mathrm{pa}", "node that the token follows, −1 for the root", "index"),
    "depth": Var("node", r"d", "tokens after the context", "count"),
    "count": Var("node", r"c(h\,w)", "how often the n-gram was counted", "count"),
    "longest": Var("node", r"k^*", "longest n-gram that was counted", "index"),
    "p": Var("node", r"P(w\mid h)", "probability of the token after what stands before it", "prob"),
    "joint": Var("node", r"\prod_t P(w_t\mid h_t)", "probability of all tokens up to here", "prob"),
    "others": Var("node", r"|\ldots|", "tokens that one node stands for, 0 for a token of its own", "count"),
}
NEXT = {
    "p": Var("rank", r"P(w\mid h)", "probability of what comes next", "prob"),
    "count": Var("rank order", r"c_k(h\,w)", "how often the n-gram was counted", "count"),
    "contribution": Var("rank order", r"\alpha_k\prod_{j>k}\beta_j", "what each order adds to the probability", "prob"),
    "longest": Var("rank", r"k^*", "longest n-gram that was counted", "index"),
}
SPARSE = {
    "kinds": Var("n", r"K_n", "different n-grams of the training part", "count"),
    "once": Var("n", r"K_n(1)/K_n", "share of them that were seen once", "prob"),
    "unseen": Var("n", r"u_n", "share of held-out n-grams that were never seen", "prob"),
    "share": Var("n found", r"s_n(k)", "share of held-out tokens whose longest n-gram found has k tokens", "prob"),
    "nats": Var("method n found", r"\ell_n(k)", "mean of −log P over these tokens"),
    "held": Var("method n", r"\mathrm{PP}_{\mathrm{held}}", "perplexity on the held-out part"),
    "train": Var("method n", r"\mathrm{PP}_{\mathrm{train}}", "perplexity on the training part"),
}


def text_of(model: NGram, tokens: Sequence[str]) -> str:
    """Tokens as a text that is cut into the same tokens."""
    return ("" if model.vocabulary.unit == "character" else " ").join(tokens)


# ── what follows what ───────────────────────────────────────────────────────────────────────────────────────────


class _Node(NamedTuple):
    parent: int
    tokens: tuple[str, ...]
    word: str
    count: int
    longest: int
    p: float
    joint: float
    others: int = 0


def _seen(model: NGram, rows: Sequence[int], word: int) -> tuple[int, int]:
    """How often the n-gram of the longest context and the word was counted, and how long the longest counted one is."""
    longest, count = 0, 0
    for k, (table, row) in enumerate(zip(model.counts.tables, rows, strict=False), 1):
        at = int(find(table, model.vocabulary.n, np.array(row), np.array(word)))
        count = int(table.count[at]) if at >= 0 else 0
        longest = k if count else longest
    return count, longest


def _children(model: NGram, parent: int, node: _Node) -> list[_Node]:
    """The likeliest tokens after a node, largest first, and one node for all others."""
    after, rows, words = model.next(node.tokens), model.contexts(node.tokens), model.vocabulary.words
    best = np.argsort(-after, kind="stable")[:WIDTH]
    best = [word for word in best.tolist() if after[word] * node.joint >= LEAST and word != UNK]
    found = [
        _Node(parent, (*node.tokens, words[word]), words[word], *_seen(model, rows, word), float(after[word]),
              node.joint * float(after[word]))
        for word in best
    ]  # fmt: skip
    rest, n = float(after.sum()) - sum(child.p for child in found), int((after > 0).sum()) - len(found)
    if n > 0 and found:
        found.append(_Node(parent, node.tokens, REST, 0, 0, rest, node.joint * rest, n))
    return found


def tree(model: NGram, tokens: Sequence[str], source: str = "") -> xr.Dataset:
    """What follows these first tokens of a text, and what follows that: nodes breadth first, the root is the context.

    A node is drawn from a probability (from the root on) of LEAST on; what is below is one node `…`. The label of the
    root is the text of the tokens, or `<s>`. Attributes: paths (the tokens up to each node), model.
    """
    tokens = tuple(tokens)
    nodes = [_Node(-1, tokens, text_of(model, tokens) if tokens else SPECIALS[BOS], 0, 0, 1.0, 1.0)]
    depth, level = [0], [0]
    for d in range(1, DEPTH + 1):
        grown = []
        for at in level:
            if nodes[at].others or nodes[at].word == SPECIALS[EOS]:
                continue
            children = _children(model, at, nodes[at])
            grown += range(len(nodes), len(nodes) + len(children))
            nodes += children
            depth += [d] * len(children)
        level = grown
    values = {name: [getattr(node, name) for node in nodes] for name in TREE if name != "depth"}
    attrs = {"module": MODULE, "source": source, "model": model, "paths": [node.tokens for node in nodes]}
    return label(values | {"depth": depth}, TREE, attrs, axes=AXES, node=[node.word for node in nodes])


# ── what comes next, by order ───────────────────────────────────────────────────────────────────────────────────


def follow(model: NGram, tokens: Sequence[str], most: int = 10, source: str = "") -> xr.Dataset:
    """The likeliest next tokens after the first tokens of a text, and what each order contributes to them.

    Attributes: chains (the factors of the text that ends with each of them), at (the place of that factor).
    """
    after, words, at = model.next(tokens), model.vocabulary.words, len(tokens)
    best = [k for k in np.argsort(-after, kind="stable")[: most + 1].tolist() if k != UNK and after[k] > 0][:most]
    chains = [chain(model, text_of(model, [*tokens, *([] if k == EOS else [words[k]])]), source) for k in best]
    orders = [str(k) for k in range(model.params.order + 1)]
    values = {name: np.array([each[name].values[at] for each in chains]) for name in NEXT}
    if not best:
        values = {"p": np.zeros(0), "longest": np.zeros(0)}
        values |= {name: np.zeros((0, len(orders))) for name in ("count", "contribution")}
    attrs = {"module": MODULE, "source": source, "chains": chains, "at": at}
    return label(values, NEXT, attrs, axes=AXES, rank=[words[k] for k in best], order=orders)


# ── sparsity, under- and overfitting ────────────────────────────────────────────────────────────────────────────


def sample(texts: Sequence[str], characters: int) -> list[str]:
    """Texts at even distances, of about so many characters together; all of them where there are not more."""
    size = sum(map(len, texts))
    return list(texts[:: max(1, -(-size // characters))])


def sparsity(
    counts: Counts, train: Sequence[str], held: Sequence[str], methods: Sequence[str] = METHODS, k: float = 0.1
) -> xr.Dataset:
    """Orders 1 … that of the counts: n-grams seen and not seen, and the perplexity of both parts by every method."""
    orders = range(1, counts.order + 1)
    found = Found(*locate(counts, counts.vocabulary.code(held), counts.order))
    learned = Found(*locate(counts, counts.vocabulary.code(train), counts.order))
    seen = np.array([np.where(rows >= 0, table.count[rows], 0) > 0
                     for table, rows in zip(counts.tables, found.grams, strict=True)])  # fmt: skip
    length = np.maximum.accumulate(np.where(seen, np.arange(1, counts.order + 1)[:, None], 0), 0)
    kinds = [table.count[table.count > 0] for table in counts.tables]
    values = {
        "kinds": [len(each) for each in kinds], "once": [float((each == 1).mean()) for each in kinds],
        "unseen": 1 - seen.mean(1),
        "share": [[float((length[n - 1] == j).mean()) for j in range(counts.order + 1)] for n in orders],
        "nats": np.zeros((len(methods), counts.order, counts.order + 1)),
        "held": np.zeros((len(methods), counts.order)), "train": np.zeros((len(methods), counts.order)),
    }  # fmt: skip
    for row, method in enumerate(methods):
        for n in orders:
            model = fit(counts, NGramParams(n, method, k))
            values["nats"][row, n - 1], values["held"][row, n - 1] = _judged(model, found, length[n - 1])
            values["train"][row, n - 1] = _judged(model, learned)[1]
    of = [np.bincount(np.minimum(each, 4), minlength=5)[1:].tolist() for each in kinds]
    attrs = {"module": MODULE, "n_held": len(found.grams[0]), "n_train": len(learned.grams[0]), "of_counts": of,
             "n_unseen": (~seen).sum(1).tolist()}  # fmt: skip
    names = [str(n) for n in orders]
    return label(values, SPARSE, attrs, axes=AXES, n=names, method=list(methods), found=["0", *names])


def _judged(model: NGram, found: Found, length: np.ndarray | None = None) -> tuple[np.ndarray, float]:
    """Mean of −log p of the tokens by the length of the longest n-gram found (0 where there are none); perplexity."""
    n = model.params.order
    with np.errstate(divide="ignore"):
        nats = -np.log(model.probabilities(Found(found.contexts[:n], found.grams[:n])))
    means = np.zeros(model.counts.order + 1)
    if length is not None:
        for j in np.unique(length):
            means[j] = nats[length == j].mean()
    return means, float(np.exp(nats.mean()))


# ── texts that a model writes ───────────────────────────────────────────────────────────────────────────────────


def write(model: NGram, seed: int, temperature: float = 1.0, limit: int = 60, begin: Sequence[str] = ()) -> list[str]:
    """The tokens of one text, drawn one by one until `</s>` (not among them) or the limit; `<unk>` is never drawn.

    temperature: p is taken to the power of 1 / T. Raises InputError for one that is not above 0.
    """
    return writer(model, temperature, limit, begin)(seed)


def writer(
    model: NGram, temperature: float = 1.0, limit: int = 60, begin: Sequence[str] = ()
) -> Callable[[int], list[str]]:
    """As `write`, for many seeds: what follows a context is worked out once."""
    if not temperature > 0:
        raise InputError(N_("The temperature is a number above 0."))
    known: dict[tuple[str, ...], np.ndarray] = {}
    words, reach = model.vocabulary.words, model.params.order - 1

    def cumulated(tokens: list[str]) -> np.ndarray:
        key = tuple(tokens[-reach:] if reach else [])
        key = ("", *key) if len(tokens) < reach else key  # a text that begins here is another context
        if key not in known:
            p = model.next(tokens)
            p[UNK] = 0
            with np.errstate(divide="ignore"):
                known[key] = np.exp(np.log(p / p.max()) / temperature).cumsum() if p.max() > 0 else np.zeros(0)
        return known[key]

    def one(seed: int) -> list[str]:
        random, tokens = np.random.default_rng(seed), list(begin)
        while len(tokens) < limit:
            mass = cumulated(tokens)
            if not len(mass):
                break
            word = int(np.searchsorted(mass, random.random() * mass[-1], side="right"))
            if word == EOS:
                break
            tokens.append(words[word])
        return tokens

    return one


def share_seen(counts: Counts, texts: Sequence[Sequence[str]], k: int) -> float:
    """Of the k-grams in texts (lists of tokens, without their ends): the share that was counted; 0 of none."""
    n_seen = n_all = 0
    for tokens in texts:
        ids, rows = counts.vocabulary.encode(tokens), np.zeros(len(tokens), np.int64)
        for j, table in enumerate(counts.tables[:k]):
            rows = find(table, counts.vocabulary.n, rows[: len(ids) - j], ids[j:]) if len(ids) > j else rows[:0]
        n_all += len(rows)
        n_seen += int((rows >= 0).sum())
    return n_seen / max(n_all, 1)
