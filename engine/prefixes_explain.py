"""The proof of every cell of `engine.prefixes`: terms, equation, and plain torch that reads the names again."""

from collections.abc import Sequence
from functools import lru_cache
from textwrap import indent

import numpy as np
import torch
import xarray as xr

from engine import cell_code, prefixes, weights
from engine.explain import Explainer, Explanation, number, summed, terms, word
from engine.prefixes import cut, others, readings

_CODE = """{head}

def read(text):
{loop}    return {h}, torch.softmax({o}, 0)

{value}"""


@lru_cache(maxsize=8)
def _loaded(path: str, size: int, changed: int) -> weights.Loaded:
    return weights.load_file(weights.ROOT / path)


def _network(trace: xr.Dataset) -> weights.Loaded:
    """The trace's network; a file that has changed since is read again."""
    found = (weights.ROOT / trace.attrs["weights"]).stat()
    return _loaded(trace.attrs["weights"], found.st_size, found.st_mtime_ns)


def _code(trace: xr.Dataset, value: str) -> str:
    kind = trace.attrs["model"]
    return _CODE.format(
        head=cell_code.head(kind, trace.attrs["weights"]), loop=indent(cell_code.loop(kind, "text"), "    "),
        h=cell_code.STATES[kind][0], o=cell_code.scores(kind), value=value,
    )  # fmt: skip


def _last(trace: xr.Dataset, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """State and probabilities at the end of each text, all of one length or read alone."""
    found = [prefixes.read(_network(trace).net, [text]) for text in texts]
    states = torch.cat([each.states[:, -1] for each in found]).numpy()
    return states, torch.cat([each.scores[:, -1].softmax(1) for each in found]).numpy()


def _label(trace: xr.Dataset, language: int) -> str:
    return word(trace["language_label"].values[language])


def _prefixes(trace: xr.Dataset, time: int) -> tuple[str, str]:
    return trace.attrs["first"][: time + 1], trace.attrs["second"][: time + 1]


def _state(which: int) -> Explainer:
    mark = "'" * which

    def explain(trace: xr.Dataset, time: int, unit: int) -> Explanation:
        name, text = ("first", "second")[which], _prefixes(trace, time)[which]
        value = float(trace[name][time, unit])
        equation = rf"h{mark}_{{{time + 1}}}[{unit}]=f(\text{{{word(text)}}})={value:.5g}"
        code = _code(trace, f"h, p = read({text!r})\nprint(h[{unit}].item())")
        return Explanation(equation, terms([(f"h{mark}[{unit}]", 1.0, value)]), value, code)

    return explain


def _probs(which: int) -> Explainer:
    def explain(trace: xr.Dataset, time: int, language: int) -> Explanation:
        text = _prefixes(trace, time)[which]
        value = float(trace[("first_probs", "second_probs")[which]][time, language])
        return _softmax(trace, text, language, value)

    return explain


def _softmax(trace: xr.Dataset, text: str, language: int, value: float) -> Explanation:
    """A probability as e to score minus the logarithm of the sum."""
    scores = prefixes.read(_network(trace).net, [text]).scores[0, -1]
    rows = [(f"o[{_label(trace, language)}]", 1.0, scores[language].item()),
            ("log Σ exp o", -1.0, scores.logsumexp(0).item())]  # fmt: skip
    equation = (
        rf"p[\text{{{_label(trace, language)}}}\mid\text{{{word(text)}}}]"
        rf"=e^{{{number(rows[0][2])}-{number(rows[1][2])}}}={value:.5g}"
    )
    code = _code(trace, f"h, p = read({text!r})\nprint(p[{language}].item())")
    return Explanation(equation, terms(rows), value, code, "exp")


def _difference(trace: xr.Dataset, time: int, unit: int) -> Explanation:
    h, other = float(trace["first"][time, unit]), float(trace["second"][time, unit])
    value = float(trace["difference"][time, unit])
    equation = rf"h_{{{time + 1}}}[{unit}]-h'_{{{time + 1}}}[{unit}]={number(h)}-{number(other)}={value:.5g}"
    first, second = _prefixes(trace, time)
    code = _code(trace, f"h, other = read({first!r})[0], read({second!r})[0]\nprint((h - other)[{unit}].item())")
    return Explanation(equation, terms([("h", 1.0, h), ("h'", -1.0, other)]), value, code)


def _distance(trace: xr.Dataset, time: int) -> Explanation:
    gaps, value = abs(trace["difference"].values[time]), float(trace["distance"][time])
    table = terms([(f"|h-h'|[{unit}]", 1 / len(gaps), float(gap)) for unit, gap in enumerate(gaps)])
    first, second = _prefixes(trace, time)
    code = _code(trace, f"h, other = read({first!r})[0], read({second!r})[0]\nprint((h - other).abs().mean().item())")
    return Explanation(summed(rf"\frac1n\sum_u|h_{{{time + 1}}}-h'_{{{time + 1}}}|", table, value), table, value, code)


def _apart(trace: xr.Dataset, time: int) -> Explanation:
    gaps = abs(trace["first_probs"].values[time] - trace["second_probs"].values[time])
    table = terms([(_label(trace, at), 0.5, float(gap)) for at, gap in enumerate(gaps)])
    first, second = _prefixes(trace, time)
    value = float(trace["apart"][time])
    code = _code(
        trace, f"p, other = read({first!r})[1], read({second!r})[1]\nprint((p - other).abs().sum().item() / 2)"
    )
    return Explanation(summed(rf"\frac12\sum_l|p_{{{time + 1}}}-p'_{{{time + 1}}}|", table, value), table, value, code)


def _swapped(trace: xr.Dataset, changed: int, time: int) -> tuple[str, str, str]:
    """(text up to the step, the letters to put in, the start of a code that makes the changed texts)."""
    text = trace.attrs["text"]
    kind = others(text[changed])
    code = f"text, k = {text[: time + 1]!r}, {changed}\n"
    code += f"texts = [(text[:k] + other + text[k + 1:])[:len(text)] for other in {kind!r}]\n"
    return text[: time + 1], kind, code


def _explain_change(trace: xr.Dataset, changed: int, time: int, name: str) -> Explanation:
    text, kind, code = _swapped(trace, changed, time)
    states, probs = _last(trace, [text, *((text[:changed] + each + text[changed + 1 :])[: time + 1] for each in kind)])
    if name == "reach":
        amounts = abs(states[1:] - states[0]).mean(1)
        code += "values = [(read(each)[0] - read(text)[0]).abs().mean() for each in texts]"
        symbol = rf"\bar d_{{{changed + 1},{time + 1}}}"
    else:
        amounts = (probs[1:].argmax(1) != probs[0].argmax()).astype(float)
        code += "values = [(read(each)[1].argmax() != read(text)[1].argmax()).double() for each in texts]"
        symbol = rf"q_{{{changed + 1},{time + 1}}}"
    table = terms([(f"{trace.attrs['text'][changed]} → {each}", 1 / len(kind), float(amount))
                   for each, amount in zip(kind, amounts, strict=True)])  # fmt: skip
    value = float(trace[name][changed, time])
    code = _code(trace, f"{code}\nprint(torch.stack(values).mean().item())")
    return Explanation(summed(symbol, table, value), table, value, code)


def _reach(trace: xr.Dataset, changed: int, time: int) -> Explanation:
    return _explain_change(trace, changed, time, "reach")


def _turned(trace: xr.Dataset, changed: int, time: int) -> Explanation:
    return _explain_change(trace, changed, time, "turned")


def _answer(trace: xr.Dataset, piece: int, reading: int, language: int) -> Explanation:
    text, k = trace.attrs["text"], trace.attrs["k"]
    found = cut(text)[piece]
    value = float(trace["answer"][piece, reading, language])
    return _softmax(trace, readings(text, found, found.end, k)[reading], language, value)


def _gap(trace: xr.Dataset, reading: int, time: int) -> Explanation:
    text, last = trace.attrs["text"], cut(trace.attrs["text"])[-1]
    read = readings(text, last, last.start + time + 1, trace.attrs["k"])
    states, _ = _last(trace, [read[reading], read[0]])
    gaps, value = abs(states[0] - states[1]), float(trace["gap"][reading, time])
    table = terms([(f"|h-h reset|[{unit}]", 1 / len(gaps), float(gap)) for unit, gap in enumerate(gaps)])
    code = _code(
        trace, f"h, reset = read({read[reading]!r})[0], read({read[0]!r})[0]\nprint((h - reset).abs().mean().item())"
    )
    return Explanation(summed(rf"\frac1n\sum_u|h_{{{time + 1}}}-h^{{reset}}_{{{time + 1}}}|", table, value), table,
                       value, code)  # fmt: skip


EXPLAIN: dict[str, Explainer] = {
    "first": _state(0), "second": _state(1), "difference": _difference, "distance": _distance,
    "first_probs": _probs(0), "second_probs": _probs(1), "apart": _apart, "reach": _reach, "turned": _turned,
    "answer": _answer, "gap": _gap,
}  # fmt: skip
