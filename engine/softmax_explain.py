"""What the proofs of all recurrent name classifiers share: rows of a matrix, scores to probabilities."""

from collections.abc import Callable
from functools import partial

import torch
import xarray as xr
from safetensors import safe_open
from torch import Tensor

from engine import weights
from engine.explain import Explainer, Explanation, number, summed, terms, word
from engine.text import ALPHABET

Code = Callable[[xr.Dataset, int, str], str]  # (trace, time, the last lines, which print) → a whole program


def matrix(trace: xr.Dataset, name: str) -> Tensor:
    """A tensor of the trace's weights file, in float64."""
    with safe_open(weights.ROOT / trace.attrs["weights"], "pt") as file:
        return file.get_tensor(name).double()


def tex(char: str) -> str:
    """A letter of the alphabet in LaTeX."""
    return r"\text{␣}" if char == " " else char


def letter_row(trace: xr.Dataset, weight: Tensor, time: int) -> tuple[str, float, float]:
    """The one product of a row of W with the one-hot letter that is not 0."""
    letter = ALPHABET.index(trace.attrs["text"][time])
    return f"W·x[{ALPHABET[letter]}]", weight[letter].item(), 1.0


def state_rows(trace: xr.Dataset, label: str, weight: Tensor, name: str, time: int) -> list[tuple[str, float, float]]:
    """The products of a row with all units of the variable `name`, called `label` and the unit."""
    return [(f"{label}[{j}]", weight[j].item(), float(v)) for j, v in enumerate(trace[name].values[time])]


def explain_x(code: Code, trace: xr.Dataset, time: int, symbol: int) -> Explanation:
    """A cell of the one-hot letter."""
    letter, value = trace.attrs["text"][time], float(trace["x"][time, symbol])
    equation = rf"x_{{{time + 1}}}[\mathtt{{{tex(ALPHABET[symbol])}}}]={value:.0f}"
    rows = terms([(f"{letter} = {ALPHABET[symbol]}", 1.0, value)])
    return Explanation(equation, rows, value, code(trace, time, f"print(x[{symbol}].item())"))


def _scores(trace: xr.Dataset, time: int, transform: Callable = lambda score: score) -> list[tuple]:
    names = trace["language_label"].values
    return [(str(names[j]), 1.0, transform(float(score))) for j, score in enumerate(trace["logits"].values[time])]


def explain_logits(
    code: Code, s: str, state: str, rule: str, trace: xr.Dataset, time: int, language: int
) -> Explanation:
    """A score read from the units of the variable `state`, with the layer `h2o`."""
    weight, bias = (matrix(trace, f"h2o.{part}")[language] for part in ("weight", "bias"))
    value = float(trace["logits"][time, language])
    table = terms([("b", bias.item(), 1.0), *state_rows(trace, f"W·{state}_t", weight, state, time)])
    at = rf"{s}_{{{time + 1}}}[\text{{{word(trace['language_label'].item(language))}}}]={rule}"
    return Explanation(summed(at, table, value), table, value, code(trace, time, f"print({s}[{language}].item())"))


def _maximum(code: Code, s: str, trace: xr.Dataset, time: int) -> Explanation:
    value = float(trace["maximum"][time])
    table = terms(_scores(trace, time)).sort_values("product", ascending=False, ignore_index=True)
    equation = rf"M_{{{time + 1}}}=\max_j {s}_{{{time + 1}}}[j]={value:.5g}"
    return Explanation(equation, table, value, code(trace, time, f"print({s}.max().item())"), "max")


def _shifted(code: Code, s: str, trace: xr.Dataset, time: int, language: int) -> Explanation:
    score, top = float(trace["logits"][time, language]), float(trace["maximum"][time])
    value = float(trace["shifted"][time, language])
    equation = rf"{s}-M={number(score)}-{number(top)}={value:.5g}"
    table = terms([(s, 1.0, score), ("M", -1.0, top)])
    return Explanation(equation, table, value, code(trace, time, f"print(({s} - {s}.max())[{language}].item())"))


def _log_norm(code: Code, s: str, trace: xr.Dataset, time: int) -> Explanation:
    value, top = float(trace["log_norm"][time]), float(trace["maximum"][time])
    table = terms(_scores(trace, time, lambda o: float(torch.tensor(o - top, dtype=torch.float64).exp())))
    equation = summed(rf"\log\sum_j e^{{{s}_j-M}}", table, value, r"\log\left({}\right)")
    line = f"print(({s} - {s}.max()).exp().sum().log().item())"
    return Explanation(equation, table, value, code(trace, time, line), "log")


def _log_probs(code: Code, s: str, trace: xr.Dataset, time: int, language: int, name: str = "log_probs") -> Explanation:
    parts = [float(trace[v][time]) for v in ("maximum", "log_norm")]
    score, value = float(trace["logits"][time, language]), float(trace[name][time, language])
    table = terms([(s, 1.0, score), ("M", -1.0, parts[0]), (f"log Σ exp({s} − M)", -1.0, parts[1])])
    body = rf"({number(score)}-{number(parts[0])})-{number(parts[1])}"
    is_log, bare = name == "log_probs", {"log_probs": r"\log p", "probs": "p"}[name]
    symbol = rf"{bare}_{{{time + 1}}}[\text{{{word(trace['language_label'].item(language))}}}]"
    rule, power = rf"({s}-M)-\log\sum_j e^{{{s}_j-M}}", "{}" if is_log else "e^{{{}}}"
    equation = f"{symbol}={power.format(rule)}={power.format(body)}={value:.5g}"
    expression = f"({s} - {s}.max() - ({s} - {s}.max()).exp().sum().log())[{language}]"
    line = f"print({expression}{'' if is_log else '.exp()'}.item())"
    return Explanation(equation, table, value, code(trace, time, line), "sum" if is_log else "exp")


def explainers(code: Code, score: str = "o") -> dict[str, Explainer]:
    """The explainers of `x` and of every variable of `engine.softmax_trace.chain` but the scores themselves.

    `code` makes the program that reads the name up to a letter and ends with the given lines; in it, and in the
    equations, the scores are called `score`.
    """
    chain = {
        "maximum": _maximum, "shifted": _shifted, "log_norm": _log_norm,
        "log_probs": _log_probs, "probs": partial(_log_probs, name="probs"),
    }  # fmt: skip
    return {"x": partial(explain_x, code)} | {name: partial(each, code, score) for name, each in chain.items()}
