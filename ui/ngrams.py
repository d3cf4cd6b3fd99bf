"""n-grams: what the page says in words of what follows, of sparse counts, and of what the models write."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from engine.vocabulary import SPECIALS
from ui.chain_rule import visible
from ui.chain_rule_asked import SAID
from ui.language import lang, t
from ui.ngrams_asked import Asked
from ui.runs_ngrams import COPIED, Many, Written


def quoted(token: str) -> str:
    """A token in a sentence; the end of a text is called so."""
    return t("the end") if token == SPECIALS[1] else t("“{text}”", text=visible(token))


def finding(ask: Asked, found: xr.Dataset) -> str:
    """What most likely comes next, and how long an n-gram says so."""
    if not found.sizes["rank"]:
        return t("After “{text}” this model knows nothing: the context was never counted, and there is no smoothing.",
                 text=ask.begin)  # fmt: skip
    word, p, long = quoted(str(found["rank_label"].values[0])), float(found["p"][0]), int(found["longest"][0])
    told = {"word": word, "p": f"{p:.0%}" if p >= 0.1 else f"{p:.1%}", "n": ask.order, "k": long,
            "count": int(found["count"][0, long]), "text": ask.begin}  # fmt: skip
    if not ask.tokens:
        return t("A text begins most likely with {word}: {p}.", **told)
    if long == 0:
        return t("After “{text}” most likely comes {word}: {p}, though no n-gram with it was ever counted.", **told)
    if long < ask.order:
        return t(
            "After “{text}” most likely comes {word}: {p}. So says order {k}, for the {n}-gram was never counted.",
            **told,
        )
    return t("After “{text}” most likely comes {word}: {p}.", **told)


def unknown(ask: Asked, model) -> str:
    """Tokens of the beginning that the training text does not have."""
    strange = [quoted(each) for each in dict.fromkeys(ask.tokens) if each not in model.vocabulary.index]
    if not strange:
        return ""
    joined = ("、" if lang() == "zh" else ", ").join(strange)
    return t("Not in the training text, and read as <unk>: {tokens}.", tokens=joined)


def backed_off(ask: Asked, model) -> str:
    """Which context of the beginning was ever counted."""
    rows, tokens = model.contexts(ask.tokens), [*ask.tokens]
    known = max(k for k, row in enumerate(rows[: ask.order], 1) if row >= 0 and model.orders[k - 1].total[row] > 0)
    if known == ask.order or ask.order == 1:
        return ""
    if known == 1:
        return t("Nothing of this context was ever counted: the model falls back to single tokens.")
    short = (" " if ask.corpus.unit == "word" else "").join(map(visible, tokens[max(0, len(tokens) - known + 1) :]))
    return t("The whole context of {n} tokens was never counted: the model backs off to the last {k}, “{text}”.",
             n=ask.order - 1, k=known - 1, text=short or SPECIALS[0])  # fmt: skip


def way(tree: xr.Dataset) -> str:
    """The likeliest token after each, through the tree."""
    parent, p, others = (tree[name].values for name in ("parent", "p", "others"))
    node, tokens = 0, []
    while len(children := np.flatnonzero((parent == node) & (others == 0))):
        node = int(children[p[children].argmax()])
        tokens.append(visible(str(tree["node_label"].values[node])))
    joint = float(tree["joint"].values[node])
    return t("The likeliest way through the tree: {tokens}, together {p:.1%}.", tokens=" ".join(tokens), p=joint)


def _row(sparse: xr.Dataset, method: str) -> int:
    return sparse["method_label"].values.tolist().index(method)


def fitting(ask: Asked, sparse: xr.Dataset) -> str:
    """Where the held-out perplexity of the method is least, and what happens beyond it."""
    held, train = sparse["held"].values[_row(sparse, ask.method)], sparse["train"].values[_row(sparse, ask.method)]
    name = t(SAID[ask.method])
    if not np.isfinite(held).any():
        return t("{method}: infinite at every n, for the held-out part holds n-grams that were never counted, and each "
                 "of them gets probability 0. The training part alone looks ever better.", method=name)  # fmt: skip
    best, last = int(np.argmin(held)), len(held) - 1
    told = {"method": name, "n": best + 1, "held": held[best], "one": held[0], "train": train[last], "m": last + 1,
            "more": held[last]}  # fmt: skip
    if not np.isfinite(held[last]):
        return t("{method}: from n = {k} on the held-out perplexity is infinite, for n-grams never counted get "
                 "probability 0; on the training part it falls to {train:.1f} at n = {m}: overfitting in full.",
                 k=int(np.argmax(~np.isfinite(held))) + 1, **told)  # fmt: skip
    if best == last:
        return t("{method}: the held-out perplexity falls from {one:.1f} (n = 1) to {held:.1f} (n = {n}); on the "
                 "training part it falls to {train:.1f}: the gap is what was learned by heart.", **told)  # fmt: skip
    if best == 0:
        return t("{method}: best at n = 1, held-out perplexity {held:.1f}: the text is too short for longer contexts, "
                 "which are seldom seen twice (n = {m}: {more:.1f}).", **told)  # fmt: skip
    if train[last] > train[best]:
        return t("{method}: best at n = {n}, held-out perplexity {held:.1f}. Shorter n know too little (n = 1: "
                 "{one:.1f}); at longer ones the few counts drown in what is given to the unseen: at n = {m} it is "
                 "{more:.1f} held out, and {train:.1f} even on the training part.", **told)  # fmt: skip
    return t("{method}: best at n = {n}, held-out perplexity {held:.1f}. Shorter n know too little (n = 1: {one:.1f}), "
             "longer ones learn the training text by heart: at n = {m} it is {more:.1f} held out, {train:.1f} on the "
             "training part.", **told)  # fmt: skip


def against(sparse: xr.Dataset) -> str:
    """Kneser-Ney beside add-k, each at its best n, and which method is the best of all."""
    held, names = sparse["held"].values, sparse["method_label"].values.tolist()
    best = {name: (float(np.min(row)), int(np.argmin(row)) + 1) for name, row in zip(names, held, strict=True)}
    winner = min(best, key=lambda name: best[name][0])
    kn, add = best["kneser-ney"], best["add-k"]
    told = {"kn": kn[0], "n": kn[1], "add": add[0], "m": add[1], "last": len(held[0]), "rises": held[
        names.index("add-k"), -1]}  # fmt: skip
    if told["rises"] > 1.05 * add[0]:
        said = t("Each at its best n: Kneser–Ney {kn:.1f} (n = {n}), add-k {add:.1f} (n = {m}); from there add-k rises "
                 "to {rises:.1f} at n = {last}.", **told)  # fmt: skip
    else:
        said = t("Each at its best n: Kneser–Ney {kn:.1f} (n = {n}), add-k {add:.1f} (n = {m}).", **told)
    if winner != "kneser-ney" and math.isfinite(best[winner][0]):
        least, n = best[winner]
        said += " " + t("The best here is {method}: {held:.1f} (n = {n}).", method=t(SAID[winner]), held=least, n=n)
    return said


def sparse_said(sparse: xr.Dataset, n: int) -> str:
    """How many of the n-grams that could be there are, and how many held-out ones are new."""
    last = sparse.sizes["n"]
    said = t("{kinds:,} different {n}-grams were counted, {once:.0%} of them once; {unseen:.1%} of the held-out "
             "{n}-grams are new.", kinds=int(sparse["kinds"][n - 1]), n=n, once=float(sparse["once"][n - 1]),
             unseen=float(sparse["unseen"][n - 1]))  # fmt: skip
    if n == last:
        return said
    return said + " " + t("At n = {n}, {unseen:.0%} are new.", n=last, unseen=float(sparse["unseen"][last - 1]))


def share_known(texts: Sequence[Written]) -> float:
    """How many of the texts are copies of training texts."""
    return sum(each.known == "train" for each in texts) / max(len(texts), 1)


def writing(ask: Asked, texts: Mapping[int, Many]) -> str:
    """How much of what is written is copied, at small and at large n."""
    few, many = min(texts), max(texts)
    if ask.corpus.is_names:
        a, b, c = (share_known(texts[n].texts) for n in (few, 3, many))
        said = t("Copies of training names among {size}: n = {few}: {a:.0%}, n = {n}: {b:.0%}, n = {many}: {c:.0%}.",
                 size=len(texts[many].texts), few=few, many=many, n=3, a=a, b=b, c=c)  # fmt: skip
    else:
        a, b, c = (texts[n].seen for n in (few, 3, many))
        said = t("{k}-grams of what is written that stand in the training text: n = {few}: {a:.0%}, n = {n}: {b:.0%}, "
                 "n = {many}: {c:.0%}.", k=COPIED, few=few, many=many, n=3, a=a, b=b, c=c)  # fmt: skip
    if texts[many].seen < 0.5:
        return (
            said
            + " "
            + t("Smoothing hands on so much to shorter contexts that even a long one writes much that is new.")
        )
    return said + " " + t("The longer the context, the more a model repeats what it has read.")
