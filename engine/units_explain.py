"""The proof of every cell of the traces about units: states from the cell's equation, counts and chances as sums."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import torch
import xarray as xr

from engine import units, units_chance, units_code, weights
from engine.classifier import one_hot
from engine.explain import Explainer, Explanation, number, terms, word
from engine.text import pad_left
from engine.units_trace import SEED


def _listed(rows: list[tuple[str, float, float]]) -> pd.DataFrame:
    """All rows in their order, zeros too."""
    table = pd.DataFrame(rows, columns=["term", "weight", "value"])
    return table.assign(product=table["weight"] * table["value"])


def _shown(symbol: str, rule: str, value: float) -> str:
    return f"{symbol}={rule}={value:.6g}" if rule else f"{symbol}={value:.6g}"


@torch.inference_mode()
def _products(trace: xr.Dataset, text: str, unit: int) -> tuple[list[tuple[str, float, float]], str, str]:
    """(the products behind a unit's state after the text, the equation, a key of `HOW`)."""
    cell = units.cell(weights.load_file(weights.ROOT / trace.attrs["weights"]).net).double()
    x = one_hot(pad_left([text]))[0, :, :-1]
    state = before = cell.start(1)
    for letter in x:
        before, state = state, cell.advance(cell.inputs(letter[None]), state)
    if trace.attrs["model"] in ("lecture", "elman"):
        row, h = cell.R[unit].tolist(), before[0][0].tolist()
        rows = [("b", cell.b[unit].item(), 1.0), (f"W·x[{text[-1]}]", (cell.W[unit] @ x[-1]).item(), 1.0)]
        rows += [(f"R·h_t-1[{j}]", weight, value) for j, (weight, value) in enumerate(zip(row, h, strict=True))]
        squashed = trace.attrs["model"] == "elman"
        rule = r"\tanh(W_hx_t+R_hh_{t-1}+b)" if squashed else r"W_hx_t+R_hh_{t-1}+b"
        return rows, rule, "tanh" if squashed else "sum"
    step = cell.step(x[-1:], before)
    at = {name: value[0, unit].item() for name, value in step._asdict().items()}
    if trace.attrs["model"] == "gru":
        rows = [("(1 − z)·n", 1 - at["z"], at["n"]), ("z·h_t-1", at["z"], before[0][0, unit].item())]
        return rows, _numbers(r"(1-z)\,n+z\,h_{t-1}", rows), "sum"
    if trace.attrs["kept"]:
        rows = [("z·i", at["z"], at["i"]), ("c_t-1·f", before[1][0, unit].item(), at["f"])]
        return rows, _numbers(r"z\,i+c_{t-1}f", rows), "sum"
    rows = [("o·tanh(c)", at["o"], float(np.tanh(at["c"])))]
    return rows, _numbers(r"o\,\tanh(c)", rows), "sum"


def _numbers(rule: str, rows: list[tuple[str, float, float]]) -> str:
    return f"{rule}=" + "+".join(rf"{number(weight)}\cdot{number(value)}" for _, weight, value in rows)


def _state(trace: xr.Dataset, text: str, unit: int, value: float) -> Explanation:
    rows, rule, how = _products(trace, text, unit)
    code = units_code.read(trace) + f"\nprint(read([{text!r}])[0, -1, {unit}].item())"
    return Explanation(_shown(rf"s_{{{len(text)}}}[{unit}]", rule, value), terms(rows), value, code, how)


def _explain_state(trace: xr.Dataset, time: int, unit: int) -> Explanation:
    return _state(trace, trace.attrs["text"][: time + 1], unit, float(trace["state"][time, unit]))


def _explain_value(trace: xr.Dataset, context: int) -> Explanation:
    text = str(trace["context_label"].values[context])
    return _state(trace, text, trace.attrs["unit"], float(trace["value"][context]))


def _explain_found(trace: xr.Dataset, unit: int) -> Explanation:
    attrs, values = trace.attrs, trace["state"].values[:, unit].astype(np.float32)
    begin, end, level, text = (attrs[name] for name in ("begin", "end", "threshold", "text"))
    value = float(trace["found"][unit])
    sign = value or float(np.sign(values[begin]))
    on = (sign * values >= np.float32(level)).astype(float)
    rows = [("sign", sign, 1.0)] + [(f"{text[t]}: on", on[t], 1.0) for t in range(begin, end)]
    if attrs["before"] and begin:
        rows.append((f"{text[begin - 1]}: off", 1.0 - on[begin - 1], 1.0))
    if attrs["after"] and end < len(text):
        rows.append((f"{text[end]}: off", 1.0 - on[end], 1.0))
    conditions = [f"all(on[{begin}:{end}])", f"not on[{begin - 1}]" if attrs["before"] and begin else "",
                  f"not on[{end}]" if attrs["after"] and end < len(text) else ""]  # fmt: skip
    code = units_code.read(trace) + (
        f"\non = ({sign} * read([{text!r}])[0, :, {unit}].float() >= {level}).tolist()"
        f"\nprint({sign:.0f} * ({' and '.join(filter(None, conditions))}))"
    )
    rule = "".join(f"{number(weight)}\\cdot" for _, weight, _ in rows).removesuffix("\\cdot")
    return Explanation(_shown(rf"\sigma[{unit}]", rule, value + 0.0), _listed(rows), value, code, "product")


def _explain_rise(trace: xr.Dataset, unit: int) -> Explanation:
    attrs, values, value = trace.attrs, trace["state"].values[:, unit], float(trace["rise"][unit])
    begin, end = attrs["begin"], attrs["end"]
    rows = [(f"s_{t + 1}", 1 / (end - begin), float(values[t])) for t in range(begin, end)]
    rows += [(f"s_{begin}", -1.0, float(values[begin - 1]))] if begin else []
    before = f" - s[{begin - 1}]" if begin else ""
    code = units_code.read(trace) + (
        f"\ns = read([{attrs['text']!r}])[0, :, {unit}]\nprint((s[{begin}:{end}].mean(){before}).item())"
    )
    rule = r"\tfrac{1}{b-a}\sum_{t=a}^{b-1}s_t-s_{a-1}"
    return Explanation(_shown(rf"\Delta[{unit}]", rule, value), terms(rows), value, code)


def _explain_matches(trace: xr.Dataset, least: int) -> Explanation:
    value, matches = float(trace["matches"][least]), np.append(trace["matches"].values, 0)
    exactly = matches[:-1] - matches[1:]
    rows = [(f"{m + 1}", 1.0, float(exactly[m])) for m in range(least, len(exactly))]
    code = units_code.tally(trace, 0, least + 1) + "print(n)"
    return Explanation(_shown(f"n_{{{least + 1}}}", "", value), terms(rows), value, code)


_LETTER = {"population": "M", "marked": "K", "drawn": "n", "shared": "x"}


def _explain_criterion(trace: xr.Dataset, criterion: int, name: str) -> Explanation:
    value = float(trace[name][criterion])
    symbol = _LETTER[name]
    code = units_code.tally(trace, criterion) + f"print({symbol})"
    return Explanation(_shown(symbol, "", value), terms([(symbol, 1.0, value)]), value, code)


def _known(trace: xr.Dataset, least: int, criterion: int) -> dict[str, int]:
    """M, K, n, x of a cell."""
    known = {"M": trace["population"][criterion], "K": trace["marked"][criterion]}
    known |= {"n": trace["drawn"][least, criterion], "x": trace["shared"][least, criterion]}
    return {symbol: int(value) for symbol, value in known.items()}


def _explain_tally(trace: xr.Dataset, least: int, criterion: int, name: str) -> Explanation:
    value, symbol = float(trace[name][least, criterion]), _LETTER[name]
    code = units_code.tally(trace, criterion, least + 1) + f"print({symbol})"
    return Explanation(_shown(symbol, "", value), terms([(symbol, 1.0, value)]), value, code)


def _explain_expected(trace: xr.Dataset, least: int, criterion: int) -> Explanation:
    at, value = _known(trace, least, criterion), float(trace["expected"][least, criterion])
    code = units_code.tally(trace, criterion, least + 1) + "print(n * K / M if M else 0.0)"
    return _quotient("nK/M", {"n": at["n"], "K": at["K"]}, {"M": at["M"]}, value, code)


def _explain_lift(trace: xr.Dataset, least: int, criterion: int) -> Explanation:
    at, value = _known(trace, least, criterion), float(trace["lift"][least, criterion])
    code = units_code.tally(trace, criterion, least + 1) + 'print(x * M / (n * K) if n * K else float("nan"))'
    return _quotient(r"\frac{xM}{nK}", {"x": at["x"], "M": at["M"]}, {"n": at["n"], "K": at["K"]}, value, code)


def _quotient(
    symbol: str, above: Mapping[str, float], below: Mapping[str, float], value: float, code: str
) -> Explanation:
    """A product of numbers divided by others."""
    with np.errstate(divide="ignore"):
        rows = [(name, 1.0, float(number)) for name, number in above.items()]
        rows += [(f"1/{name}", 1.0, float(np.divide(1.0, number))) for name, number in below.items()]
    numbers = r"\cdot ".join(f"{number:g}" for number in above.values())
    rule = rf"\frac{{{numbers}}}{{{' '.join(f'{number:g}' for number in below.values())}}}"
    table = _listed(rows if np.isfinite([row[2] for row in rows]).all() else [("0/0", 1.0, value)])
    return Explanation(_shown(symbol, rule, value), table, value, code, "product")


def _explain_p(trace: xr.Dataset, least: int, criterion: int) -> Explanation:
    at, value = _known(trace, least, criterion), float(trace["p"][least, criterion])
    ks, probs = units_chance.tail_terms(at["x"], at["n"], at["K"], at["M"])
    rows = [(f"P(X = {k})", 1.0, float(prob)) for k, prob in zip(ks, probs, strict=True)] or [("0", 1.0, 0.0)]
    rule = r"\sum_{k\ge x}\binom{K}{k}\binom{M-K}{n-k}\Big/\binom{M}{n}"
    code = units_code.tally(trace, criterion, least + 1) + units_code.tail()
    return Explanation(_shown(r"P(X\ge x)", rule, value), terms(rows), value, code)


def _explain_most(trace: xr.Dataset, least: int, criterion: int) -> Explanation:
    at, value = _known(trace, least, criterion), float(trace["most"][least, criterion])
    found, often = np.unique(
        units_chance.drawn(at["M"], at["K"], at["n"], (SEED, least, criterion)), return_counts=True
    )
    rows = [(f"{n}×", 1.0, float(k)) for k, n in zip(found, often, strict=True)]
    draw = f"np.random.default_rng({(SEED, least, criterion)}).hypergeometric(K, M - K, n, {units_chance.DRAWS})"
    code = units_code.tally(trace, criterion, least + 1) + f"print({draw}.max())"
    return Explanation(_shown(r"\max X", "", value), _listed(rows), value, code, "max")


def _explain_language(trace: xr.Dataset, language: int, least: int = -1) -> Explanation:
    """Spans in a language: all of them, or with `least` those where the units switch on."""
    name, symbol = ("language_base", "K_l") if least < 0 else ("language_count", "x_l")
    value = float(trace[name][language] if least < 0 else trace[name][least, language])
    said = _spoken(trace, language)
    condition = f"span[1] == {said!r} and span[2] >= {least + 1}"
    code = units_code.tally(trace, 0) + f"print(sum({condition} for span in spans))"
    return Explanation(_shown(rf"{symbol}[\text{{{word(said)}}}]", "", value), terms([(said, 1.0, value)]), value, code)


def _spoken(trace: xr.Dataset, language: int) -> str:
    """A language as the names' files call it, whatever the trace shows."""
    return trace.attrs["languages"][language]


def _place(trace: xr.Dataset, name: str, condition: str, row: str, at: dict[str, int]) -> Explanation:
    """A count, an expectation or a lift of the places where a unit is extreme."""
    prefix = "gram_" if name.startswith("gram_") else ""
    x, K = (int(trace[f"{prefix}{each}"].isel(at)) for each in ("count", "base"))
    n, M, value = trace.attrs["n"], trace.attrs["places"], float(trace[name].isel(at))
    code = units_code.places(trace)
    code += f"x, K = (sum({condition} for language, text in each) for each in (top, place))\n"
    if name.endswith("expected"):
        return _quotient("nK/M", {"n": n, "K": K}, {"M": M}, value, code + "print(n * K / M)")
    if name.endswith("lift"):
        up, down = {"x": x, "M": M}, {"n": n, "K": K}
        return _quotient(r"\frac{xM}{nK}", up, down, value, code + "print(x * M / (n * K))")
    symbol = "K" if name.endswith("base") else "x"
    return Explanation(_shown(symbol, "", value), terms([(row, 1.0, value)]), value, code + f"print({symbol})")


def _explain_place(trace: xr.Dataset, language: int, name: str) -> Explanation:
    said = _spoken(trace, language)
    return _place(trace, name, f"language == {said!r}", said, {"language": language})


def _explain_gram(trace: xr.Dataset, gram: int, name: str) -> Explanation:
    letters = str(trace["gram_label"].values[gram])
    return _place(trace, name, f'("^" + text).endswith({letters!r})', letters, {"gram": gram})


EXPLAIN: dict[str, Explainer] = {
    "state": _explain_state, "found": _explain_found, "rise": _explain_rise, "matches": _explain_matches,
    "expected": lambda trace, **at: (_explain_expected if "least" in at else _expected_place)(trace, **at),
    "lift": lambda trace, **at: (_explain_lift if "least" in at else _lift_place)(trace, **at),
    "p": _explain_p, "most": _explain_most, "language_count": _explain_language, "language_base": _explain_language,
    "value": _explain_value,
    **{name: partial(_explain_criterion, name=name) for name in ("population", "marked")},
    **{name: partial(_explain_tally, name=name) for name in ("drawn", "shared")},
    **{name: partial(_explain_place, name=name) for name in ("count", "base")},
    **{f"gram_{name}": partial(_explain_gram, name=f"gram_{name}") for name in ("count", "base", "expected", "lift")},
}  # fmt: skip
_expected_place, _lift_place = (partial(_explain_place, name=name) for name in ("expected", "lift"))
