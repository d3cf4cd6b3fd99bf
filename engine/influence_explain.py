"""The proof of every cell of `engine.influence_trace`: terms, equation, and plain torch on one network's file."""

from functools import partial

import torch
import xarray as xr
from torch import Tensor

from engine import influence, influence_code, weights
from engine.classifier import Classifier, one_hot
from engine.explain import Explainer, Explanation, number, summed, terms, word
from engine.influence_code import LOG_P, PATH, SLOPE, STATE
from engine.rnn import LinearCell
from engine.softmax_explain import tex
from engine.text import ALPHABET, N_LETTERS, encode, pad_left
from engine.window import Window


def _net(trace: xr.Dataset, network: int) -> Classifier:
    return influence.double(weights.load_file(weights.ROOT / trace.attrs["files"][network]).net)


def _code(trace: xr.Dataset, network: int, time: int, value: str) -> str:
    """The program that reads the name up to a letter and ends with the given lines."""
    model, file = (trace.attrs[name][network] for name in ("models", "files"))
    return influence_code.program(model, file, trace.attrs["text"][: time + 1], value)


def _log_p(trace: xr.Dataset, network: int, time: int, x: str = "x") -> str:
    return LOG_P.format(x=x, language=trace.attrs["asked"][network][time])


def _asked(trace: xr.Dataset, network: int, time: int) -> tuple[int, str, str]:
    """The language asked for, the text read so far, the language in LaTeX."""
    language = trace.attrs["asked"][network][time]
    return language, trace.attrs["text"][: time + 1], rf"\text{{{word(trace['language_label'].item(language))}}}"


def _letter(trace: xr.Dataset, source: int) -> str:
    return rf"\mathtt{{{tex(trace.attrs['text'][source])}}}_{{{source + 1}}}"


def _unknown(symbol: str) -> Explanation:
    """A cell that has no number: a letter that is not read yet, a unit that the network does not have."""
    table = terms([("—", 1.0, float("nan"))])
    return Explanation(f"{symbol}=nan", table, float("nan"), 'print(float("nan"))')


def _probability(
    name: str, trace: xr.Dataset, network: int, time: int, language: int | None = None, zero: bool = False
) -> Explanation:
    """p or log p of a language: the score, less the logarithm of the sum of all exponentials."""
    asked, text, _ = _asked(trace, network, time)
    language = asked if language is None else language
    x = influence.prefixes(text)[-1:].clone()
    x[..., :N_LETTERS] *= not zero
    scores = _net(trace, network).read(x)[0]
    score, norm = scores[language].item(), scores.logsumexp(0).item()
    value, is_log = float(trace[name].values[network, time, *([language] if name == "probs" else [])]), name != "probs"
    table = terms([("o", 1.0, score), ("log Σ exp(o)", -1.0, norm)])
    power, bare = ("{}", r"\log p") if is_log else ("e^{{{}}}", "p")
    at = rf"{bare}_{{{time + 1}}}[\text{{{word(trace['language_label'].item(language))}}}]"
    body, rule = f"{number(score)}-{number(norm)}", r"o-\log\sum_j e^{o_j}"
    equation = rf"{at}={power.format(rule)}={power.format(body)}={value:.5g}"
    given = "0 * x" if zero else "x"
    line = f"print(read({given})[0].{'log_softmax' if is_log else 'softmax'}(0)[{language}].item())"
    return Explanation(equation, table, value, _code(trace, network, time, line), "sum" if is_log else "exp")


def _sums(net: Classifier, letters: Tensor, h: Tensor, unit: int) -> list[tuple[str, float, float]]:
    """What arrives at a unit of a network without gates, part by part."""
    if isinstance(net, Window):
        table, last = net.table(), letters.flip(0)[: net.k].tolist()
        rows = [(f"W_{d}·x[{ALPHABET[at]}]", table[d, at, unit].item(), 1.0) for d, at in enumerate(last)]
        return [("b", net.x2h.bias[unit].item(), 1.0), *rows]
    at = int(letters[-1])
    rows = [(f"W·h_t-1[{j}]", net.R[unit, j].item(), value) for j, value in enumerate(h.tolist())]
    return [("b", net.b[unit].item(), 1.0), (f"W·x[{ALPHABET[at]}]", net.W[unit, at].item(), 1.0), *rows]


def _gated(net: Classifier, x: Tensor, unit: int) -> tuple[str, list[tuple[str, float, float]]]:
    """The last line of a GRU's or an LSTM's step and its products."""
    cell = net.layer1
    state = cell.start(1)
    for x_t in x.split(1):
        before, step = state, cell.step(x_t, state)
        state = (step.h,) if hasattr(step, "h") else (step.y, step.c)
    if hasattr(step, "h"):
        z, n, h = (part[0, unit].item() for part in (step.z, step.n, before[0]))
        return r"(1-z_t)n_t+z_th_{t-1}", [("(1 - z)·n", 1 - z, n), ("z·h_t-1", z, h)]
    return r"o_t\tanh(c_t)", [("o·tanh(c)", step.o[0, unit].item(), step.c[0, unit].tanh().item())]


def _explain_h(trace: xr.Dataset, network: int, time: int, unit: int) -> Explanation:
    value, symbol = float(trace["h"][network, time, unit]), rf"h_{{{time + 1}}}[{unit}]"
    if value != value:
        return _unknown(symbol)
    net, text = _net(trace, network), trace.attrs["text"][: time + 1]
    letters, how = torch.from_numpy(encode(text)), "sum"
    if isinstance(net, LinearCell | Window):
        previous = trace["h"].values[network, time - 1] if time else trace["h"].values[network, 0] * 0
        rows = _sums(net, letters, torch.from_numpy(previous[: net.n_hidden].copy()), unit)
        rule, how = (r"W_{hx}x_t+W_{hh}h_{t-1}+b", "sum" if net.name == "lecture" else "tanh")
        rule = r"\sum_dW_dx_{t-d}+b" if net.name == "window" else rule
    else:
        rule, rows = _gated(net, one_hot(pad_left([text]))[0, :, :-1], unit)
    wrap, table = r"\tanh\left({}\right)" if how == "tanh" else "{}", terms(rows)
    equation = summed(f"{symbol}={wrap.format(rule)}", table, value, wrap)
    return Explanation(equation, table, value, _code(trace, network, time, f"print(read(x)[1][{unit}].item())"), how)


def _explain_left_out(trace: xr.Dataset, network: int, time: int, source: int) -> Explanation:
    value = float(trace["left_out"][network, time, source])
    _, _, language = _asked(trace, network, time)
    symbol = rf"\log p[{language}]-\log p^{{\setminus {_letter(trace, source)}}}[{language}]"
    if source > time:
        return _unknown(symbol)
    whole = float(trace["log_prob"][network, time])
    table = terms([("log p", 1.0, whole), ("log p \\ k", -1.0, whole - value)])
    without = f"torch.cat([x[:{source}], x[{source + 1} :]])"
    line = f"print(({_log_p(trace, network, time)} - {_log_p(trace, network, time, without)}).item())"
    equation = f"{symbol}={number(whole)}-{number(whole - value)}={value:.5g}"
    return Explanation(equation, table, value, _code(trace, network, time, line))


def _explain_slope(name: str, trace: xr.Dataset, network: int, time: int, source: int) -> Explanation:
    """Gradient · input, which for a one-hot letter is one slope, or the length of the gradient."""
    value, is_length = float(trace[name][network, time, source]), name == "gradient"
    (_, text, language), place = _asked(trace, network, time), _letter(trace, source)
    bare = rf"\nabla_{{x_{{{source + 1}}}}}\log p[{language}]"
    symbol = rf"\lVert{bare}\rVert" if is_length else rf"{bare}\cdot x_{{{source + 1}}}"
    if source > time:
        return _unknown(symbol)
    asked = trace.attrs["asked"][network][: time + 1]
    slope = influence.gradient(_net(trace, network), text, [asked[-1]] * len(text))[-1, source]
    at = ALPHABET.index(text[source])
    log_p = _log_p(trace, network, time)
    out = f"slope[{source}].norm()" if is_length else f"(slope[{source}] @ x[{source}])"
    code = _code(trace, network, time, SLOPE.format(log_p=log_p, out=out))
    if is_length:
        return _length(symbol, [f"∂ x[{letter}]" for letter in ALPHABET], slope, value, code)
    table = terms([(f"∂ x[{ALPHABET[at]}]", slope[at].item(), 1.0)])
    equation = rf"{symbol}=\frac{{\partial\log p}}{{\partial x[{place}]}}\cdot1={value:.5g}"
    return Explanation(equation, table, value, code)


def _length(symbol: str, names: list[str], slope: Tensor, value: float, code: str) -> Explanation:
    """A length as a sum: each component times its share of the direction."""
    rows = [(name, g / (value or 1.0), g) for name, g in zip(names, slope.tolist(), strict=True)]
    table = terms(rows)
    equation = rf"{symbol}=\sum_jg_j\frac{{g_j}}{{\lVert g\rVert}}={summed('', table, value).lstrip('=')}"
    return Explanation(equation, table, value, code)


def _explain_state(trace: xr.Dataset, network: int, time: int, source: int) -> Explanation:
    value = float(trace["state_gradient"][network, time, source])
    (_, text, language), net = _asked(trace, network, time), _net(trace, network)
    symbol = rf"\lVert\nabla_{{h_{{{source + 1}}}}}\log p[{language}]\rVert"
    if value != value:
        return _unknown(symbol)
    asked, (cell, _) = trace.attrs["asked"][network][time], influence.recurrent(net)
    slope = influence.state_gradient(net, text, [asked] * len(text))[-1, source]
    names = [f"∂ {state}[{j}]" for state in ("h", "c")[: cell.n_states] for j in range(cell.n_hidden)]
    log_p = _log_p(trace, network, time, f"x, {source}, d")
    line = STATE.format(n_states=cell.n_states, n=cell.n_hidden, log_p=log_p)
    return _length(symbol, names, slope, value, _code(trace, network, time, line))


def _explain_integrated(trace: xr.Dataset, network: int, time: int, source: int) -> Explanation:
    value = float(trace["integrated"][network, time, source])
    asked, text, language = _asked(trace, network, time)
    symbol = rf"x_{{{source + 1}}}\cdot\int_0^1\nabla\log p[{language}](\alpha x)\,d\alpha"
    if source > time:
        return _unknown(symbol)
    net, x = _net(trace, network), influence.prefixes(text)[-1:]
    rows = [
        (f"α = {at:.3f}", weight, influence.path_slopes(net, x, at, [asked])[0, source].item())
        for at, weight in zip(*(part.tolist() for part in influence.nodes(influence.STEPS)), strict=True)
    ]
    table = terms(rows)
    log_p = _log_p(trace, network, time, "part")
    line = PATH.format(steps=influence.STEPS, log_p=log_p, out=f"share[{source}]")
    return Explanation(summed(symbol, table, value), table, value, _code(trace, network, time, line))


def _explain_gap(trace: xr.Dataset, network: int, time: int) -> Explanation:
    value, text = float(trace["gap"][network, time]), trace.attrs["text"]
    rows = [(name, sign, float(trace[name][network, time])) for name, sign in (("log_prob", 1.0), ("baseline", -1.0))]
    rows += [(f"{text[k]} ({k + 1})", -1.0, float(trace["integrated"][network, time, k])) for k in range(time + 1)]
    ends = f"{_log_p(trace, network, time)} - {_log_p(trace, network, time, '0 * x')}"
    log_p = _log_p(trace, network, time, "part")
    line = PATH.format(steps=influence.STEPS, log_p=log_p, out=f"({ends} - share.sum())")
    equation = summed(r"\epsilon=\log p(x)-\log p(0)-\sum_k", terms(rows), value)
    return Explanation(equation, terms(rows), value, _code(trace, network, time, line))


EXPLAIN: dict[str, Explainer] = {
    "probs": partial(_probability, "probs"), "log_prob": partial(_probability, "log_prob"),
    "baseline": partial(_probability, "baseline", zero=True), "h": _explain_h, "left_out": _explain_left_out,
    "gradient_input": partial(_explain_slope, "gradient_input"), "gradient": partial(_explain_slope, "gradient"),
    "integrated": _explain_integrated, "state_gradient": _explain_state, "gap": _explain_gap,
}  # fmt: skip
