"""The proof of every cell of `engine.everything_name`: terms, equation, and plain torch on the weights files."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from engine import everything_name, influence, weights
from engine.everything_name_code import BITS, program, together
from engine.explain import Explainer, Explanation, number, summed, terms, word


def _language(trace: xr.Dataset, language: int) -> str:
    return rf"\text{{{word(trace['language_label'].values[language])}}}"


def _one(trace: xr.Dataset, model: int, time: int, value: str) -> str:
    """The program of one model after a letter."""
    return program(trace.attrs["files"][model], trace.attrs["text"][: time + 1], value)


def _all(trace: xr.Dataset, time: int, value: str) -> str:
    """The program of all models after a letter."""
    return together(trace.attrs["files"], trace.attrs["text"][: time + 1], value)


def _named(trace: xr.Dataset, dim: str, values: Sequence[float]) -> list[tuple[str, float, float]]:
    return [
        (str(name), 1.0, float(value)) for name, value in zip(trace[f"{dim}_label"].values, values, strict=True)
    ]  # fmt: skip


def _unsorted(rows: list[tuple[str, float, float]]) -> pd.DataFrame:
    """The table of products in the order given: the place says which one it is."""
    table = pd.DataFrame(rows, columns=["term", "weight", "value"])
    return table.assign(product=table["weight"] * table["value"])


def _probability(name: str, trace: xr.Dataset, model: int, time: int, language: int) -> Explanation:
    """The score less the logarithm of the sum of all exponentials."""
    net = influence.double(weights.load_file(weights.ROOT / trace.attrs["files"][model]).net)
    scores = everything_name.scores(net, trace.attrs["text"][: time + 1])[-1]
    score, norm, value = scores[language].item(), scores.logsumexp(0).item(), float(trace[name][model, time, language])
    is_log = name == "log_probs"
    power, bare = ("{}", r"\log p") if is_log else ("e^{{{}}}", "p")
    body = power.format(f"{number(score)}-{number(norm)}")
    rule = power.format(r"o-\log\sum_je^{o_j}")
    who = rf"^{{\text{{{word(trace['model_label'].values[model])}}}}}"
    equation = rf"{bare}{who}_{{{time + 1}}}[{_language(trace, language)}]={rule}={body}={value:.5g}"
    table = terms([("o", 1.0, score), ("log Σ exp o", -1.0, norm)])
    line = f"print(o.{'log_softmax' if is_log else 'softmax'}(0)[{language}].item())"
    return Explanation(equation, table, value, _one(trace, model, time, line), "sum" if is_log else "exp")


def _best(trace: xr.Dataset, model: int, time: int) -> Explanation:
    value = float(trace["best"][model, time])
    table = _unsorted(_named(trace, "language", trace["probs"].values[model, time]))
    equation = rf"\arg\max_\ell p_{{{time + 1}}}[\ell]={value:.0f}\;({_language(trace, int(value))})"
    return Explanation(equation, table, value, _one(trace, model, time, "print(o.argmax().item())"), "argmax")


def _top(trace: xr.Dataset, model: int, time: int) -> Explanation:
    value, best = float(trace["top"][model, time]), int(trace["best"][model, time])
    rows = _unsorted(_named(trace, "language", trace["probs"].values[model, time]))
    table = rows.sort_values("product", ascending=False, ignore_index=True)
    equation = rf"\max_\ell p_{{{time + 1}}}[\ell]=p_{{{time + 1}}}[{_language(trace, best)}]={value:.5g}"
    line = "print(o.softmax(0).max().item())"
    return Explanation(equation, table, value, _one(trace, model, time, line), "max")


def _information(trace: xr.Dataset, p: np.ndarray) -> pd.DataFrame:
    """The products p · (−log₂ p) of a distribution."""
    surprise = -np.log2(np.where(p > 0, p, 1.0))
    names = trace["language_label"].values
    return terms([(str(names[k]), float(s), float(p[k])) for k, s in enumerate(surprise)])


def _entropy(trace: xr.Dataset, model: int, time: int) -> Explanation:
    value, table = float(trace["entropy"][model, time]), _information(trace, trace["probs"].values[model, time])
    equation = summed(rf"H(p_{{{time + 1}}})=\sum_\ell-p[\ell]\log_2p[\ell]", table, value)
    line = f"print(({BITS.format(p='o.softmax(0)')}).item())"
    return Explanation(equation, table, value, _one(trace, model, time, line))


def _votes(trace: xr.Dataset, time: int, language: int) -> Explanation:
    value, mine = float(trace["votes"][time, language]), trace["best"].values[:, time] == language
    table = terms(_named(trace, "model", mine))
    equation = rf"n_{{{time + 1}}}[{_language(trace, language)}]=\sum_m[\hat\ell^m=\ell]={value:.0f}"
    return Explanation(equation, table, value, _all(trace, time, f"print(votes[{language}].item())"))


def _share(trace: xr.Dataset, values: Sequence[float]) -> pd.DataFrame:
    """Each model's part of a mean."""
    return terms([(name, 1 / trace.sizes["model"], value) for name, _, value in _named(trace, "model", values)])


def _mean(trace: xr.Dataset, time: int, language: int) -> Explanation:
    value, table = float(trace["mean"][time, language]), _share(trace, trace["probs"].values[:, time, language])
    symbol = rf"\bar p_{{{time + 1}}}[{_language(trace, language)}]=\frac1M\sum_mp^m"
    return Explanation(
        summed(symbol, table, value), table, value, _all(trace, time, f"print(mean[{language}].item())")
    )  # fmt: skip


def _majority(trace: xr.Dataset, time: int) -> Explanation:
    value = float(trace["majority"][time])
    table = _unsorted(_named(trace, "language", trace["votes"].values[time] + trace["mean"].values[time] / 2))
    equation = rf"\arg\max_\ell\left(n[\ell]+\tfrac12\bar p[\ell]\right)={value:.0f}\;({_language(trace, int(value))})"
    line = "print((votes + mean / 2).argmax().item())"
    return Explanation(equation, table, value, _all(trace, time, line), "argmax")


def _agreement(trace: xr.Dataset, time: int) -> Explanation:
    value, most = float(trace["agreement"][time]), int(trace["majority"][time])
    table = _share(trace, trace["best"].values[:, time] == most)
    n, M = int(trace["votes"][time, most]), trace.sizes["model"]
    equation = (
        rf"\frac{{\max_\ell n[\ell]}}{{M}}=\frac{{n[{_language(trace, most)}]}}{{M}}=\frac{{{n}}}{{{M}}}={value:.5g}"
    )
    return Explanation(equation, table, value, _all(trace, time, "print(votes.max().item() / len(p))"))


def _disagreement(trace: xr.Dataset, time: int) -> Explanation:
    value, mean = float(trace["disagreement"][time]), trace["mean"].values[time]
    whole = float(_information(trace, mean)["product"].sum())
    rows = [(f"H({name})", -1 / trace.sizes["model"], H) for name, _, H in
            _named(trace, "model", trace["entropy"].values[:, time])]  # fmt: skip
    table = terms([("H(p̄)", 1.0, whole), *rows])
    equation = summed(r"H(\bar p)-\frac1M\sum_mH(p^m)", table, value)
    line = f"print(({BITS.format(p='mean')} - ({BITS.format(p='p')}).mean()).item())"
    return Explanation(equation, table, value, _all(trace, time, line))


EXPLAIN: dict[str, Explainer] = {
    "log_probs": partial(_probability, "log_probs"), "probs": partial(_probability, "probs"), "best": _best,
    "top": _top, "entropy": _entropy, "votes": _votes, "mean": _mean, "majority": _majority,
    "agreement": _agreement, "disagreement": _disagreement,
}  # fmt: skip
