"""The proofs of position codes: angles, codes, products, rotations, turned queries, words in another order."""

from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr

from engine import transformer_code
from engine.explain import Explainer, Explanation, number, terms
from engine.transformer_proof import found

_ROUND = """n, d, base = {n}, {d}, {base}
omega = base ** (-torch.arange(0, d, 2).double() / d)
angle = torch.arange(n).double()[:, None] * omega
"""
_CODE = """code = torch.stack([angle.sin(), angle.cos()], -1).flatten(1)
"""
_LEARNED = """from safetensors.torch import load_file

code = load_file({weights!r})[{table!r}].double()[:{n}]
"""
_ROTATION = """k = {k}
blocks = [[[a.cos().item(), a.sin().item()], [-a.sin().item(), a.cos().item()]] for a in k * omega]
R = torch.block_diag(*torch.tensor(blocks, dtype=torch.float64))
rotated = code @ R.T
angle = (torch.arange(n).double()[:, None] + k) * omega
ahead = torch.stack([angle.sin(), angle.cos()], -1).flatten(1)
"""
_TURN_EACH = """

def at_each_place(x):
    a, b = x[0::2], x[1::2]
    pairs = [a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()]
    return torch.stack(pairs, -1).flatten(1)


turned_q, turned_k = at_each_place(q), at_each_place(k)
score = turned_q @ turned_k.T / d**0.5
"""
_SIGN = {"lowest": "min", "average": "mean", "highest": "max"}


def _program(trace: xr.Dataset, last: str) -> str:
    """A program that computes the quantities of a trace, and ends with `last`."""
    attrs, start = trace.attrs, "import torch\n\n"
    if attrs["kind"] == "learned":
        return "import torch\n" + _LEARNED.format(**attrs) + "dot = code @ code.T\n" + last
    if attrs["kind"] == "rotary":
        layer, head, query, key = attrs["at"]
        program = attrs["program"]
        lines = transformer_code.run(program, layer + 1)
        lines += f'q, k = found[{layer}]["Q_plain"][{head}, {query}], found[{layer}]["K_plain"][{head}, {key}]\n'
        return transformer_code.front(program, lines + _ROUND.format(**attrs) + _TURN_EACH + last)
    text = start + _ROUND.format(**attrs) + _CODE
    return text + (_ROTATION.format(**attrs) if attrs["kind"] == "rotation" else "dot = code @ code.T\n") + last


def _printed(trace: xr.Dataset, expression: str) -> str:
    return _program(trace, f"print({expression}.item())\n")


def _frequency(trace: xr.Dataset, pair: int) -> Explanation:
    value, base, d = float(trace["frequency"][pair]), trace.attrs["base"], trace.attrs["d"]
    table = terms([("b^(-2i/d)", 1.0, value)])
    equation = rf"\omega_{{{pair}}}={base:g}^{{-{2 * pair}/{d}}}={value:.5g}"
    return Explanation(equation, table, value, _printed(trace, f"omega[{pair}]"))


def _angle(trace: xr.Dataset, position: int, pair: int) -> Explanation:
    value, omega = float(trace["angle"][position, pair]), float(trace["frequency"][pair])
    table = terms([("p · ω", float(position), omega)])
    equation = rf"{position}\cdot{number(omega)}={value:.5g}"
    return Explanation(equation, table, value, _printed(trace, f"angle[{position}, {pair}]"))


def _code(trace: xr.Dataset, position: int, unit: int) -> Explanation:
    value, code = float(trace["code"][position, unit]), _printed(trace, f"code[{position}, {unit}]")
    name = rf"\mathrm{{PE}}({position})[{unit}]"
    if trace.attrs["kind"] == "learned":
        table = terms([("P_source", 1.0, value)])
        return Explanation(rf"{name}=P[{position},{unit}]={value:.5g}", table, value, code)
    return _wave(name, value, position, unit, trace, code)


def _wave(name: str, value: float, place: int, unit: int, trace: xr.Dataset, code: str) -> Explanation:
    wave, base, d = ("sin", "cos")[unit % 2], trace.attrs["base"], trace.attrs["d"]
    angle = place * base ** (-(unit - unit % 2) / d)
    equation = rf"{name}=\{wave}({place}\cdot{base:g}^{{-{unit - unit % 2}/{d}}})=\{wave}\,{number(angle)}={value:.5g}"
    return Explanation(equation, terms([(f"{wave}(p · ω)", 1.0, value)]), value, code)


def _product(name: str, trace: xr.Dataset, position: int, other: int) -> Explanation:
    value = float(trace[name][position, other])
    first, second = ("code", "code") if name == "dot" else ("turned_q", "turned_k")
    scale = 1.0 if name == "dot" else trace.attrs["d"] ** -0.5
    a, b = trace[first].values[position], trace[second].values[other]
    rows = [(f"{first}[{position}, {u}] · {second}[{other}, {u}]", x * scale, y)
            for u, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True))]  # fmt: skip
    symbol = rf"\mathrm{{PE}}({position})\cdot\mathrm{{PE}}({other})"
    if name == "score":
        symbol = rf"R({position})q\cdot R({other})k/\sqrt{{{trace.attrs['d']}}}"
    return found(symbol, rows, value, _printed(trace, f"{name}[{position}, {other}]"))


def _apart(name: str, trace: xr.Dataset, offset: int) -> Explanation:
    pairs, k = "score" if "score" in trace else "dot", offset + 1 - trace.attrs["n"]
    line, value = np.diagonal(trace[pairs].values, k), float(trace[name][offset])
    code = _printed(trace, f"{pairs}.diagonal({k}).{_SIGN[name]}()")
    if name == "average":
        rows = [(f"p = {p + max(0, -k)}", 1 / len(line), x) for p, x in enumerate(line.tolist())]
        return found(rf"\tfrac1{{{len(line)}}}\sum_{{q-p={k}}}", rows, value, code)
    equation = rf"\{_SIGN[name]}_{{q-p={k}}}={value:.5g}"
    return Explanation(equation, terms([(_SIGN[name], 1.0, value)]), value, code)


def _rotation(trace: xr.Dataset, unit: int, other_unit: int) -> Explanation:
    value, k, d = float(trace["rotation"][unit, other_unit]), trace.attrs["k"], trace.attrs["d"]
    angle = k * trace.attrs["base"] ** (-(unit - unit % 2) / d)
    name, code = rf"R({k})[{unit},{other_unit}]", _printed(trace, f"R[{unit}, {other_unit}]")
    if unit // 2 != other_unit // 2:
        return Explanation(rf"{name}=0", terms([("0", 1.0, 0.0)]), value, code)
    wave = "cos" if unit == other_unit else "sin"
    sign = -1.0 if unit > other_unit else 1.0
    equation = (
        rf"{name}={'-' * (sign < 0)}\{wave}({k}\,\omega_{{{unit // 2}}})={'-' * (sign < 0)}\{wave}\,{number(angle)}"
    )
    return Explanation(rf"{equation}={value:.5g}", terms([(f"{wave}(k · ω)", sign, sign * value)]), value, code)


def _rotated(trace: xr.Dataset, position: int, unit: int) -> Explanation:
    value, k, first = float(trace["rotated"][position, unit]), trace.attrs["k"], unit - unit % 2
    code = _code_of(trace, position, first)
    row = trace["rotation"].values[unit, first : first + 2].tolist()
    rows = [(f"R[{unit}, {first + j}] · PE({position})[{first + j}]", row[j], code[j]) for j in range(2)]
    symbol = rf"(R({k})\,\mathrm{{PE}}({position}))[{unit}]"
    return found(symbol, rows, value, _printed(trace, f"rotated[{position}, {unit}]"))


def _code_of(trace: xr.Dataset, position: int, first: int) -> tuple[float, float]:
    angle = position * trace.attrs["base"] ** (-first / trace.attrs["d"])
    return float(np.sin(angle)), float(np.cos(angle))


def _ahead(trace: xr.Dataset, position: int, unit: int) -> Explanation:
    value, place = float(trace["ahead"][position, unit]), position + trace.attrs["k"]
    code = _printed(trace, f"ahead[{position}, {unit}]")
    return _wave(rf"\mathrm{{PE}}({place})[{unit}]", value, place, unit, trace, code)


def _difference(rows: list[tuple[str, float, float]], value: float, code: str) -> Explanation:
    (_, _, a), (_, _, b) = rows
    return Explanation(rf"{number(a)}-{number(b)}={value:.5g}", terms(rows), value, code)


def _miss(trace: xr.Dataset, position: int, unit: int) -> Explanation:
    rows = [("R(k) PE(p)", 1.0, float(trace["rotated"][position, unit])),
            ("PE(p + k)", -1.0, float(trace["ahead"][position, unit]))]  # fmt: skip
    code = _printed(trace, f"(rotated - ahead)[{position}, {unit}]")
    return _difference(rows, float(trace["miss"][position, unit]), code)


def _turned(name: str, trace: xr.Dataset, position: int, feature: int) -> Explanation:
    value, first = float(trace[name][position, feature]), feature - feature % 2
    x = trace[name].values[0, first : first + 2].tolist()  # at place 0 nothing is turned
    angle = float(trace["angle"][position, first // 2])
    weights = (np.cos(angle), -np.sin(angle)) if feature == first else (np.sin(angle), np.cos(angle))
    letter = name[-1]
    rows = [(f"R[{feature}, {first + j}] · {letter}[{first + j}]", float(weights[j]), x[j]) for j in range(2)]
    symbol = rf"(R({position})\,{letter})[{feature}]"
    return found(symbol, rows, value, _printed(trace, f"{name}[{position}, {feature}]"))


def _both(trace: xr.Dataset, positions: int, last: str) -> str:
    """A program that runs an encoder on the words in both orders, `z` and `moved` their outputs."""
    plain, other = trace.attrs["programs"][positions]
    again = transformer_code.output(other, f"moved = output[{list(trace.attrs['back'])}]  # word by word\n{last}")
    return transformer_code.output(plain, "z = output\n\n") + again


def _encoded(name: str, trace: xr.Dataset, positions: int, word: int, unit: int) -> Explanation:
    value = float(trace[name][positions, word, unit])
    code = _both(trace, positions, f"print({'z' if name == 'output' else 'moved'}[{word}, {unit}].item())\n")
    symbol = rf"{trace[name].attrs['symbol']}_{{{word + 1}}}[{unit}]"
    return Explanation(rf"{symbol}={value:.5g}", terms([(name, 1.0, value)]), value, code)


def _change(trace: xr.Dataset, positions: int, word: int, unit: int) -> Explanation:
    rows = [
        (name, sign, float(trace[name][positions, word, unit])) for name, sign in (("moved", 1.0), ("output", -1.0))
    ]
    code = _both(trace, positions, f"print((moved - z)[{word}, {unit}].item())\n")
    return _difference(rows, float(trace["change"][positions, word, unit]), code)


def _largest(trace: xr.Dataset, positions: int, word: int) -> Explanation:
    value = float(trace["largest"][positions, word])
    size = np.abs(trace["change"].values[positions, word]).tolist()
    rows = terms([(f"|change[{u}]|", 1.0, x) for u, x in enumerate(size)])
    if not len(rows) or rows["product"].max() < value:
        rows = terms([("max", 1.0, value)])
    code = _both(trace, positions, f"print((moved - z)[{word}].abs().max().item())\n")
    return Explanation(rf"\max_u\vert z^\pi[u]-z[u]\vert={value:.5g}", rows, value, code, "max")


def _cosine(trace: xr.Dataset, positions: int, word: int) -> Explanation:
    value = float(trace["cosine"][positions, word])
    a, b = (trace[name].values[positions, word] for name in ("output", "moved"))
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    rows = [(f"z[{u}] · z^π[{u}]", x / lengths, y) for u, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True))]
    line = f"print(torch.cosine_similarity(z[{word}], moved[{word}], 0).item())\n"
    return found(rf"\frac{{z\cdot z^\pi}}{{{number(lengths)}}}", rows, value, _both(trace, positions, line))


_TABLE: dict[str, Callable[..., Explanation]] = {
    "frequency": _frequency, "angle": _angle, "code": _code, "rotation": _rotation, "rotated": _rotated,
    "ahead": _ahead, "miss": _miss, "change": _change, "largest": _largest, "cosine": _cosine,
}  # fmt: skip
EXPLAIN: dict[str, Explainer] = _TABLE | {
    **{name: partial(_product, name) for name in ("dot", "score")},
    **{name: partial(_apart, name) for name in _SIGN},
    **{name: partial(_turned, name) for name in ("turned_q", "turned_k")},
    **{name: partial(_encoded, name) for name in ("output", "moved")},
}
