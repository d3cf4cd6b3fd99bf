"""The proof of every cell of `engine.bayes_trace`: the counts are read from the weights file and smoothed in plain
Python, each language by itself.
"""

import numpy as np
import xarray as xr

from engine.bayes_tables import LETTERS
from engine.explain import Explainer, Explanation, number, summed, terms, word
from engine.vocabulary import EOS

CODE = '''from collections import Counter
from math import exp, log

from safetensors.numpy import load_file

counts = load_file("{weights}")  # grams: language, {order} letters; times: how often they stand there
prior = {prior}  # log P(language), in the order of the page; index: their places in the file
index = {index}
name = {name}  # {text}
n, D, V = {order}, {discount}, {v}


def tables(language):
    """c of each n-gram, N and T of each context, of orders 1 to n; below n, c counts the different letters in front."""
    mine = counts["grams"][:, 0] == language
    grams = dict(zip(map(tuple, counts["grams"][mine, 1:].tolist()), counts["times"][mine].tolist()))
    found = []
    for k in range(n, 0, -1):
        c = Counter(grams) if k == n else Counter(gram[1:] for gram in {{gram[n - k - 1:] for gram in grams}})
        N, T = Counter(), Counter()
        for gram, times in c.items():
            N[gram[:-1]] += times
            T[gram[:-1]] += 1
        found.insert(0, (c, N, T))
    return found


def log_p(language, t, found={{}}):
    """log P of letter t (from 1) after those before it; t = 0: the prior."""
    if t == 0:
        return prior[language]
    if language not in found:
        found[language] = tables(index[language])
    padded, p = tuple([0] * n + name[:t]), 1 / V
    for k, (c, N, T) in enumerate(found[language], 1):
        gram = padded[-k:]
        if N[gram[:-1]]:
            p = max(c[gram] - D, 0) / N[gram[:-1]] + D * T[gram[:-1]] / N[gram[:-1]] * p
    return log(p)


'''
POSTERIOR = """scores = [sum(log_p(language, t) for t in range({places})) for language in range({n})]
"""


def _code(trace: xr.Dataset, rest: str) -> str:
    symbols = [*LETTERS.encode(trace.attrs["text"]).tolist(), EOS]
    start = CODE.format(
        weights=trace.attrs["weights"], order=trace.attrs["order"], prior=trace.attrs["log_prior"], name=symbols,
        index=trace.attrs["index"], text=repr(trace.attrs["text"]), discount=trace.attrs["discount"], v=LETTERS.n_next,
    )  # fmt: skip
    return start + rest


def _languages(trace: xr.Dataset) -> list[str]:
    return [word(each) for each in trace["language_label"].values]


def _what(trace: xr.Dataset, place: int) -> str:
    """A letter and the context that the model sees, in LaTeX."""
    if place == 0:
        return ""
    letters = ["<s>"] * (trace.attrs["order"] - 1) + [*trace.attrs["text"], "</s>"]
    seen = letters[place - 1 : place + trace.attrs["order"] - 2]
    return rf"\text{{{word(letters[place + trace.attrs['order'] - 2])}}}\mid\text{{{word(' '.join(seen)) or '–'}}},\,"


def _log_p(trace: xr.Dataset, place: int, language: int) -> Explanation:
    value = float(trace["log_p"][place, language])
    name = _languages(trace)[language]
    equation = rf"\log P({_what(trace, place)}\text{{{name}}})=\log {number(np.exp(value))}={value:.5g}"
    table = terms([("P", 1.0, float(np.exp(value)))])
    return Explanation(equation, table, value, _code(trace, f"print(log_p({language}, {place}))\n"), how="log")


def _reference_code(trace: xr.Dataset, against: int, t: str) -> str:
    """An expression of what place t is compared with."""
    n = trace.sizes["language"]
    if against == 0:
        return f"sum(log_p(k, {t}) for k in range({n})) / {n}"
    return f"log_p({trace.attrs['runner_up']}, {t})" if against == 1 else f"expected({t})"


def _helpers(trace: xr.Dataset, against: int) -> str:
    if against < 2:
        return ""
    return f'''def together(t):
    """log P of the letters before place t, in all languages."""
    return log(sum(exp(sum(log_p(k, s) for s in range(t))) for k in range({trace.sizes["language"]}))) if t else 0.0


def expected(t):
    return together(t + 1) - together(t)


'''


def _reference(trace: xr.Dataset, against: int, place: int) -> Explanation:
    value, log_p = float(trace["reference"][against, place]), trace["log_p"].values
    names, n = _languages(trace), trace.sizes["language"]
    code = _code(trace, f"{_helpers(trace, against)}print({_reference_code(trace, against, str(place))})\n")
    if against == 0:
        table = terms([(name, 1 / n, float(p)) for name, p in zip(names, log_p[place], strict=True)])
        return Explanation(summed("r_t", table, value), table, value, code)
    if against == 1:
        table = terms([(names[trace.attrs["runner_up"]], 1.0, value)])
        return Explanation(rf"r_t={value:.5g}", table, value, code)
    before = trace["posterior"].values[place - 1] if place else np.ones(n)
    table = terms([(name, float(w), float(p)) for name, w, p in zip(names, before, np.exp(log_p[place]), strict=True)])
    return Explanation(summed("r_t", table, value, r"\log({})"), table, value, code, how="log")


def _evidence(trace: xr.Dataset, against: int, place: int, language: int) -> Explanation:
    value, own = float(trace["evidence"][against, place, language]), float(trace["log_p"][place, language])
    other = float(trace["reference"][against, place])
    table = terms([(_languages(trace)[language], 1.0, own), (str(trace["against_label"].values[against]), -1.0, other)])
    left = rf"\log P({_what(trace, place)}\text{{{_languages(trace)[language]}}})-r"
    code = f"print(log_p({language}, {place}) - ({_reference_code(trace, against, str(place))}))\n"
    return Explanation(
        rf"{left}={own:.4g}-{number(other)}={value:.5g}", table, value, _code(trace, _helpers(trace, against) + code)
    )


def _total(trace: xr.Dataset, against: int, language: int) -> Explanation:
    value, parts = float(trace["total"][against, language]), trace["evidence"].values[against, :, language]
    labels = [word(each) for each in trace["place_label"].values]
    table = terms([(name, 1.0, float(part)) for name, part in zip(labels, parts, strict=True)])
    code = f"print(sum(log_p({language}, t) - ({_reference_code(trace, against, 't')}) for t in range({len(parts)})))\n"
    return Explanation(
        summed(r"\sum_t", table, value), table, value, _code(trace, _helpers(trace, against) + code)
    )  # fmt: skip


def _posterior(trace: xr.Dataset, place: int, language: int) -> Explanation:
    value = float(trace["posterior"][place, language])
    sums = trace["log_p"].values[: place + 1].sum(0)
    whole = float(np.logaddexp.reduce(sums))
    table = terms([("log P(c, ℓ)", 1.0, float(sums[language])), ("log P(c)", -1.0, whole)])
    code = POSTERIOR.format(places=place + 1, n=trace.sizes["language"])
    code += f"print(exp(scores[{language}]) / sum(map(exp, scores)))\n"
    equation = rf"\exp({sums[language]:.4g}-{number(whole)})={value:.5g}"
    return Explanation(equation, table, value, _code(trace, code), how="exp")


EXPLAIN: dict[str, Explainer] = {
    "log_p": _log_p, "reference": _reference, "evidence": _evidence, "total": _total,
    "posterior": _posterior,
}  # fmt: skip
