"""The proof of what each layer of the model of letters would already write; all else as in every Transformer."""

import numpy as np
import xarray as xr

from engine import transformer_code, transformer_explain
from engine.explain import Explainer, Explanation, number, terms
from engine.transformer_proof import found, label_of, products, tensor


def _code(trace: xr.Dataset, depth: int, query: int, last: str) -> str:
    """A program that runs the layers up to a depth and scores the letters from there."""
    program = trace.attrs["program"]
    weight, bias = program.out
    lines = transformer_code.run(program, depth)
    if program.stack.norm == "before":
        lines += f"X = norm({program.tensors['norm']!r}, X)  # as after the last layer\n"
    lines += f"logits = P[{weight!r}] @ X[{query}] + P[{bias!r}]\n"
    return transformer_code.front(program, lines + last)


def _read_off(trace: xr.Dataset, depth: int, query: int) -> np.ndarray:
    """The stream at a depth as the letters are scored from it."""
    x = (trace["X_out"].values[depth - 1] if depth else trace["X"].values[0])[query]
    if trace.attrs["stack"].norm == "after":
        return x
    at, x = trace.attrs["program"].tensors["norm"], x - x.mean()
    gain, bias = (tensor(trace, f"{at}.{part}").numpy() for part in ("weight", "bias"))
    return x / np.sqrt((x**2).mean() + trace.attrs["stack"].eps) * gain + bias


def _symbol(trace: xr.Dataset, depth: int, query: int, word: int, letter: str = r"\ell") -> str:
    return rf"{letter}^{{({depth})}}_{{{query + 1}}}[{label_of(trace, 'word', word)}]"


def _explain_lens(trace: xr.Dataset, depth: int, query: int, word: int) -> Explanation:
    weight, bias = (tensor(trace, name)[word] for name in trace.attrs["program"].out)
    rows = [("b", bias.item(), 1.0), *products("W·x", weight, _read_off(trace, depth, query))]
    code = _code(trace, depth, query, f"print(logits[{word}].item())\n")
    return found(_symbol(trace, depth, query, word), rows, float(trace["lens"][depth, query, word]), code)


def _explain_lens_norm(trace: xr.Dataset, depth: int, query: int) -> Explanation:
    logits, labels = trace["lens"].values[depth, query], trace["word_label"].values
    value, order = float(trace["lens_norm"][depth, query]), np.argsort(-logits, kind="stable")
    table = terms([(str(labels[k]), 1.0, float(logits[k])) for k in order])
    body = "+".join(rf"e^{{{number(logits[k])}}}" for k in order[:3]) + r"+\ldots"
    equation = rf"\log\sum_w e^{{\ell^{{({depth})}}_{{{query + 1}}}[w]}}=\log\left({body}\right)={value:.5g}"
    code = _code(trace, depth, query, "print(logits.logsumexp(0).item())\n")
    return Explanation(equation, table, value, code, "logsumexp")


def _chance(trace: xr.Dataset, depth: int, query: int, word: int, value: float) -> Explanation:
    score, norm = float(trace["lens"][depth, query, word]), float(trace["lens_norm"][depth, query])
    body = rf"e^{{{number(score)}-{number(norm)}}}"
    equation = f"{_symbol(trace, depth, query, word, 'p')}=e^{{\\ell-\\log\\sum_w e^{{\\ell[w]}}}}={body}={value:.5g}"
    code = _code(trace, depth, query, f"print(logits.softmax(0)[{word}].item())\n")
    return Explanation(equation, terms([("ℓ", 1.0, score), ("log Σ exp ℓ", -1.0, norm)]), value, code, "exp")


def _explain_lens_p(trace: xr.Dataset, depth: int, query: int, word: int) -> Explanation:
    return _chance(trace, depth, query, word, float(trace["lens_p"][depth, query, word]))


def _explain_lens_best(trace: xr.Dataset, depth: int, query: int) -> Explanation:
    value, p = float(trace["lens_best"][depth, query]), trace["lens_p"].values[depth, query]
    rows = terms([(str(trace["word_label"].values[int(value)]), 1.0, value)])
    equation = rf"\arg\max_w p^{{({depth})}}_{{{query + 1}}}[w]={label_of(trace, 'word', int(value))}={value:.0f}"
    code = _code(trace, depth, query, f"print(logits.argmax().item())  # its probability is {p.max():.4g}\n")
    return Explanation(equation, rows, value, code)


def _explain_lens_best_p(trace: xr.Dataset, depth: int, query: int) -> Explanation:
    word = int(trace["lens_best"][depth, query])
    return _chance(trace, depth, query, word, float(trace["lens_best_p"][depth, query]))


def _explain_lens_top_p(trace: xr.Dataset, depth: int, query: int, rank: int) -> Explanation:
    word = int(trace["top_word"][query, rank])
    return _chance(trace, depth, query, word, float(trace["lens_top_p"][depth, query, rank]))


EXPLAIN: dict[str, Explainer] = transformer_explain.EXPLAIN | {
    "lens": _explain_lens, "lens_norm": _explain_lens_norm, "lens_p": _explain_lens_p, "lens_best": _explain_lens_best,
    "lens_best_p": _explain_lens_best_p, "lens_top_p": _explain_lens_top_p,
}  # fmt: skip
