"""The proof of what an n-gram model expects and of how sparse its counts are."""

import math

import xarray as xr

from engine.explain import Explanation, explain, number, terms
from engine.ngram_trace import chain

# ── what comes next ─────────────────────────────────────────────────────────────────────────────────────────────


def _next(name: str):
    def explained(trace: xr.Dataset, rank: int, **order: int) -> Explanation:
        return explain(trace.attrs["chains"][rank], name, position=trace.attrs["at"], **order)

    return explained


# ── the tree ────────────────────────────────────────────────────────────────────────────────────────────────────


def _told(trace: xr.Dataset, name: str, node: int) -> Explanation:
    """A number of the drawing itself."""
    value = float(trace[name][node])
    return Explanation(rf"{trace[name].attrs['symbol']}={value:.5g}", terms([(name, 1.0, value)]), value,
                       f"print({value!r})\n")  # fmt: skip


def _plain(name: str):
    return lambda trace, node: _told(trace, name, node)


def _siblings(trace: xr.Dataset, node: int) -> list[int]:
    parents = trace["parent"].values
    return [at for at in range(len(parents)) if parents[at] == parents[node] and at != node]


def _rest(trace: xr.Dataset, node: int) -> Explanation:
    """What is left for all tokens that have no node of their own."""
    p, words = trace["p"].values, trace["node_label"].values
    others = [(str(words[at]), -1.0, float(p[at])) for at in _siblings(trace, node)]
    whole = float(p[node]) + sum(value for *_, value in others)
    table = terms([("1", 1.0, whole), *others])
    body = "".join(f"-{number(value)}" for *_, value in others)
    code = f"print({whole!r} - sum({[value for *_, value in others]}))\n"
    return Explanation(rf"P(\ldots\mid h)={whole:.4g}{body}={p[node]:.5g}", table, float(p[node]), code)


def _node(name: str):
    """P and the counts of a node are those of the chain rule's factor with which its text ends."""

    def explained(trace: xr.Dataset, node: int) -> Explanation:
        if trace["others"][node]:
            return _rest(trace, node) if name == "p" else _told(trace, name, node)
        if trace["parent"][node] < 0:
            return _told(trace, name, node)
        path, model = trace.attrs["paths"][node], trace.attrs["model"]
        between = "" if model.vocabulary.unit == "character" else " "
        text = between.join(path[:-1] if trace["node_label"][node] == "</s>" else path)
        factors, place = chain(model, text, trace.attrs["source"]), {"position": len(path) - 1}
        if name == "count":
            place["order"] = model.params.order
        return explain(factors, name, **place)

    return explained


def _joint(trace: xr.Dataset, node: int) -> Explanation:
    parents, p, words = trace["parent"].values, trace["p"].values, trace["node_label"].values
    way, at = [], node
    while parents[at] >= 0:
        way.insert(0, at)
        at = int(parents[at])
    table = terms([(f"P({words[k]} | …)", 1.0, float(p[k])) for k in way] or [("1", 1.0, 1.0)])
    value = float(trace["joint"][node])
    body = r"\cdot ".join(number(v) for v in table["value"])
    code = f"import math\n\nprint(math.prod({[float(p[k]) for k in way]}))\n"
    return Explanation(rf"{trace['joint'].attrs['symbol']}={body}={value:.5g}", table, value, code, how="product")


# ── sparsity ────────────────────────────────────────────────────────────────────────────────────────────────────


def _kinds(trace: xr.Dataset, n: int) -> Explanation:
    one, two, three, more = trace.attrs["of_counts"][n]
    value = float(trace["kinds"][n])
    table = terms([("1×", 1.0, one), ("2×", 1.0, two), ("3×", 1.0, three), ("≥ 4×", 1.0, more)])
    code = f"seen = {{1: {one}, 2: {two}, 3: {three}, 4: {more}}}  # how many n-grams so often (4: or more)\n"
    return Explanation(rf"K_{{{n + 1}}}={one}+{two}+{three}+{more}={value:.0f}", table, value,
                       code + "print(sum(seen.values()))\n")  # fmt: skip


def _once(trace: xr.Dataset, n: int) -> Explanation:
    one, whole = trace.attrs["of_counts"][n][0], int(trace["kinds"][n])
    value = float(trace["once"][n])
    table = terms([("1 / K", one, 1 / whole)])
    return Explanation(rf"\frac{{{one}}}{{{whole}}}={value:.5g}", table, value, f"print({one} / {whole})\n")


def _unseen(trace: xr.Dataset, n: int) -> Explanation:
    new, whole = trace.attrs["n_unseen"][n], trace.attrs["n_held"]
    value = float(trace["unseen"][n])
    table = terms([("1 / N", new, 1 / whole)])
    return Explanation(rf"u_{{{n + 1}}}=\frac{{{new}}}{{{whole}}}={value:.5g}", table, value,
                       f"print({new} / {whole})\n")  # fmt: skip


def _share(trace: xr.Dataset, n: int, found: int) -> Explanation:
    value, whole = float(trace["share"][n, found]), trace.attrs["n_held"]
    table = terms([("1 / N", round(value * whole), 1 / whole)])
    equation = rf"s_{{{n + 1}}}({found})=\frac{{{value * whole:.0f}}}{{{whole}}}={value:.5g}"
    return Explanation(equation, table, value, f"print({round(value * whole)} / {whole})\n")


def _nats(trace: xr.Dataset, method: int, n: int, found: int) -> Explanation:
    value, many = float(trace["nats"][method, n, found]), round(float(trace["share"][n, found]) * trace.attrs["n_held"])
    whole = value * many if many else 0.0
    table = terms([("1 / N", whole, 1 / max(many, 1))])
    code = f'total, n = float("{whole}"), {many}\nprint(total / max(n, 1))\n'
    return Explanation(rf"\frac{{{number(whole)}}}{{{many}}}={value:.5g}", table, value, code)


def _perplexity(trace: xr.Dataset, method: int, n: int) -> Explanation:
    """e to the mean of −log P, the tokens grouped by how long an n-gram was found for them."""
    share, nats = trace["share"].values[n, : n + 2], trace["nats"].values[method, n, : n + 2]
    table = terms([(f"k = {k}", s, v) for k, (s, v) in enumerate(zip(share.tolist(), nats.tolist(), strict=True))])
    value = float(trace["held"][method, n])
    body = "+".join(rf"{s:.3g}\cdot{number(v)}" for s, v in zip(share, nats, strict=True) if s)
    code = (
        "import math\n\ninf = math.inf\n"
        f"share = {share.tolist()}  # of the tokens, by the length of the longest n-gram found\n"
        f"nats = {nats.tolist()}  # mean of -log P over these\n"
        "print(math.exp(sum(s * v for s, v in zip(share, nats))))\n"
    )
    return Explanation(rf"e^{{{body}}}={value:.5g}", table, value, code, how="exp")


def _train(trace: xr.Dataset, method: int, n: int) -> Explanation:
    value = float(trace["train"][method, n])
    nats = math.log(value) if value < math.inf else math.inf
    note = f"# of -log P over {trace.attrs['n_train']} tokens"
    code = f'import math\n\nmean = float("{nats!r}")  {note}\nprint(math.exp(mean))\n'
    return Explanation(rf"e^{{{nats:.5g}}}={value:.5g}", terms([("−log P", 1.0, nats)]), value, code, how="exp")


_OF = {
    "rank": {name: _next(name) for name in ("p", "count", "contribution", "longest")},
    "node": {name: _node(name) for name in ("p", "count", "longest")}
    | {"joint": _joint} | {name: _plain(name) for name in ("parent", "depth", "others")},
    "n": {"kinds": _kinds, "once": _once, "unseen": _unseen, "share": _share, "nats": _nats, "held": _perplexity,
          "train": _train},
}  # fmt: skip


def _of(name: str):
    """Three traces share names; which one it is tells its first dim."""

    def explained(trace: xr.Dataset, **position: int) -> Explanation:
        dim = next(dim for dim in _OF if dim in trace.sizes)
        return _OF[dim][name](trace, **position)

    return explained


EXPLAIN = {name: _of(name) for table in _OF.values() for name in table}
