"""The proof of every cell of a greedy search's and a sampling's trace; the decoder's log-probabilities are given."""

import math

import numpy as np
import xarray as xr

from engine.explain import Explainer, Explanation, word
from engine.hmm.code_text import result, table, tex
from engine.search_explain import claim, literal, plus
from engine.search_rules import LOWEST

_LATEX, _GE = (">", r"\le "), r"\ge "


def _word(trace: xr.Dataset, step: int, rank: int) -> str:
    return trace.attrs["words"][step][rank]


def _tex_word(trace: xr.Dataset, step: int, rank: int) -> str:
    return rf"\text{{{word(_word(trace, step, rank))}}}"


def _given(equation: str, text: str, value: float) -> Explanation:
    code = f"log_prob = {literal(value)}  # what the decoder gave at this step\nprint(log_prob)"
    return Explanation(f"{equation}={result(value)}", table([(text, 1.0, value)]), value, code)


def _explain_log_prob(trace: xr.Dataset, step: int, **at: int) -> Explanation:
    (rank,) = at.values()
    value = float(trace["log_prob"].values[step, rank])
    return _given(rf"\log P({_tex_word(trace, step, rank)}\mid\hat y_{{<{step + 1}}})", _word(trace, step, rank), value)


def _exponential(equation: str, text: str, log_prob: float, value: float) -> Explanation:
    rows = table([(f"log P({text})", 1.0, log_prob)])
    code = f"import math\n\nprint(math.exp({literal(log_prob)}))"
    return Explanation(rf"{equation}=e^{{{tex(log_prob)}}}={result(value)}", rows, value, code, "exp")


def _explain_p(trace: xr.Dataset, step: int, **at: int) -> Explanation:
    (rank,) = at.values()
    equation = rf"P({_tex_word(trace, step, rank)}\mid\hat y_{{<{step + 1}}})"
    log_prob = float(trace["log_prob"].values[step, rank])
    return _exponential(equation, _word(trace, step, rank), log_prob, float(trace["p"].values[step, rank]))


def _explain_p_eos(trace: xr.Dataset, step: int) -> Explanation:
    value = float(trace["p_eos"][step])
    with np.errstate(divide="ignore"):
        log_prob = float(np.log(value))
    return _exponential(rf"P(\mathrm{{eos}}\mid\hat y_{{<{step + 1}}})", "<eos>", log_prob, value)


def _explain_taken(trace: xr.Dataset, step: int) -> Explanation:
    label, value = str(trace["step_label"].values[step]), float(trace["taken"][step])
    return _given(rf"\log P(\text{{{word(label)}}}\mid\hat y_{{<{step + 1}}})", label, value)


def _explain_total(trace: xr.Dataset, step: int) -> Explanation:
    logs, value = trace["taken"].values[: step + 1].tolist(), float(trace["total"][step])
    labels = map(str, trace["step_label"].values[: step + 1])
    rows = table([(label, 1.0, x) for label, x in zip(labels, logs, strict=True)])
    equation = rf"\sum_{{t\le{step + 1}}}\log P(\hat y_t\mid\hat y_{{<t}})={plus(logs)}={result(value)}"
    return Explanation(equation, rows, value, f"log_probs = {literal(logs)}\nprint(sum(log_probs))")


def _explain_forced(trace: xr.Dataset, step: int) -> Explanation:
    ids, forced, value = trace.attrs["ids"][step], trace.attrs["forced"][step], float(trace["chosen"][step])
    label = str(trace["step_label"].values[step])
    code = f"ids, forced = {ids}, {forced}\nprint(ids.index(forced) if forced in ids else -1)"
    equation = rf"\hat y_{{{step + 1}}}:=\text{{{word(label)}}},\quad\hat r_{{{step + 1}}}={int(value)}"
    return Explanation(equation, claim(f"{label}: {int(value)}", value), value, code)


def _explain_likeliest(trace: xr.Dataset, step: int) -> Explanation:
    if step in trace.attrs["forced"]:
        return _explain_forced(trace, step)
    ids, banned, value = trace.attrs["ids"][step], trace.attrs["banned"][step], float(trace["chosen"][step])
    offered = zip(ids, trace["log_prob"].values[step], strict=True)
    logs = [-math.inf if id_ in banned else max(x, LOWEST) for id_, x in offered]
    rows = [(label, 1.0, float(x)) for label, x in zip(trace.attrs["words"][step], logs, strict=True)]
    code = f"ids, banned = {ids}, {[id_ for id_ in banned if id_ in ids]}\n"
    code += f"log_probs = {literal(trace['log_prob'].values[step])}\n"
    code += "allowed = [i for i, word in enumerate(ids) if word not in banned]\n"
    code += "print(max(allowed, key=lambda i: log_probs[i]))"
    equation = rf"\hat r_{{{step + 1}}}=\arg\max_y\log P(y\mid\hat y_{{<{step + 1}}})={int(value)}"
    return Explanation(equation, table(rows, largest_first=False), value, code, "argmax")


def _tempered(trace: xr.Dataset, step: int) -> tuple[list[tuple[str, float]], float]:
    """The shown words that may be drawn with their log p, and the logarithm of the others' weights together."""
    banned, ids = set(trace.attrs["banned"][step]), trace.attrs["ids"][step]
    offered = zip(trace.attrs["words"][step], ids, trace["log_prob"].values[step], strict=True)
    words = [(label, max(float(x), LOWEST)) for label, id_, x in offered if id_ not in banned]
    others = trace.attrs["others"][step]
    return words, float(trace["log_z"][step]) + math.log(others) if others > 0 else -math.inf


def _explain_log_z(trace: xr.Dataset, step: int) -> Explanation:
    value, T = float(trace["log_z"][step]), trace.attrs["temperature"]
    words, others = _tempered(trace, step)
    rows, parts = [(label, 1 / T, x) for label, x in words], [f"e^{{{tex(x)}/{T:g}}}" for _, x in words[:3]]
    n = trace.attrs["n_words"] - trace.sizes["rank"]
    if others > -math.inf:
        rows.append((f"… + {n}", 1.0, others))
    if len(words) > 3 or others > -math.inf:
        parts.append(r"\ldots")
    code = f"import torch\n\nT = {T!r}\nlog_p = torch.tensor({literal([x for _, x in words])}, dtype=torch.float64)\n"
    code += f"others = {literal(others)}  # log of the other {n} words' p ** (1 / T) together\n"
    code += "print(torch.logaddexp((log_p / T).logsumexp(0), torch.tensor(others, dtype=torch.float64)).item())"
    equation = rf"\log Z_{{{step + 1}}}=\log\sum_y e^{{\log P(y)/T}}=\log\left({'+'.join(parts)}\right)={result(value)}"
    return Explanation(equation, table(rows), value, code, "logsumexp")


def _explain_p_tempered(trace: xr.Dataset, step: int, rank: int) -> Explanation:
    value, log_z = float(trace["p_tempered"].values[step, rank]), float(trace["log_z"][step])
    T = trace.attrs["temperature"]
    name, log_prob = _tex_word(trace, step, rank), float(trace["log_prob"].values[step, rank])
    id_, banned = trace.attrs["ids"][step][rank], trace.attrs["banned"][step]
    if id_ in banned:
        code = f"word, banned = {id_}, {banned}\nassert word in banned\nprint(0.0)"
        return Explanation(rf"\tilde p({name}):=0", claim(_word(trace, step, rank), 0.0), value, code)
    log_prob = max(log_prob, LOWEST)
    rows = table([("log p / T", 1 / T, log_prob), ("log Z", -1.0, log_z)])
    equation = rf"\tilde p({name})=e^{{\log P/T-\log Z}}=e^{{{tex(log_prob)}/{T:g}-{tex(log_z)}}}={result(value)}"
    code = f"import math\n\nlog_p, T, log_z = {literal(log_prob)}, {T!r}, {literal(log_z)}\n"
    return Explanation(equation, rows, value, code + "print(math.exp(log_p / T - log_z))", "exp")


def _top(trace: xr.Dataset, step: int, stop: int) -> list[tuple[str, float]]:
    """Words and tempered probabilities of the ranks below `stop` that are in the top k."""
    stop = min(stop, trace.attrs["top_k"] or stop)
    return list(zip(trace.attrs["words"][step][:stop], trace["p_tempered"].values[step, :stop].tolist(), strict=True))


def _mass(symbol: str, words: list[tuple[str, float]], others: float, value: float) -> Explanation:
    """A sum of probabilities; `others` is what the words that are not shown add."""
    rows = [(label, 1.0, p) for label, p in words] + ([("…", 1.0, others)] if others else [])
    code = f"p = {literal([p for _, p in words])}\nothers = {literal(others)}  # of the words not shown\n"
    equation = f"{symbol}={plus([p for *_, p in rows])}={result(value)}"
    return Explanation(equation, table(rows), value, code + "print(sum(p) + others)")


def _explain_top_k_mass(trace: xr.Dataset, step: int) -> Explanation:
    k = trace.attrs["top_k"]
    others = trace.attrs["others"][step] if k is None or k > trace.sizes["rank"] else 0.0
    words, value = _top(trace, step, trace.sizes["rank"]), float(trace["top_k_mass"][step])
    return _mass(rf"m_k=\sum_{{r\le {k or trace.attrs['n_words']}}}\tilde p_r", words, others, value)


def _explain_cumulative(trace: xr.Dataset, step: int, rank: int) -> Explanation:
    words, mass = _top(trace, step, rank + 1), float(trace["top_k_mass"][step])
    value, p = float(trace["cumulative"].values[step, rank]), [p for _, p in words]
    rows = table([(label, 1 / mass, x) for label, x in words])
    equation = (
        rf"F_k({rank + 1})=\tfrac1{{m_k}}\sum_{{r\le{rank + 1}}}\tilde p_r=({plus(p)})/{tex(mass)}={result(value)}"
    )
    return Explanation(equation, rows, value, f"p, mass = {literal(p)}, {literal(mass)}\nprint(sum(p) / mass)")


def _explain_kept(trace: xr.Dataset, step: int, rank: int) -> Explanation:
    k, top_p, value = trace.attrs["top_k"], trace.attrs["top_p"], float(trace["kept"].values[step, rank])
    before = float(trace["cumulative"].values[step, rank - 1]) if rank else 0.0
    p = float(trace["p_tempered"].values[step, rank])
    code = f"rank, k, top_p = {rank}, {k}, {top_p!r}  # the rank from 0; k = None cuts nothing\n"
    code += f"p, before = {literal(p)}, {literal(before)}  # before: the mass of all likelier words\n"
    code += "inside = rank == 0 or top_p == 1 or before < top_p\n"
    code += "print(float(p > 0 and (k is None or rank < k) and inside))"
    parts, texts = [], []
    if k is not None:
        parts.append(rf"{rank + 1}{_LATEX[rank < k]}{k}")
        texts.append(f"{rank + 1} {'≤' if rank < k else '>'} {k}")
    if top_p < 1:
        below = before < top_p
        parts.append(rf"F_k({rank})={tex(before)}{'<' if below else _GE}{top_p:g}")
        texts.append(f"{before:.4g} {'<' if below else '≥'} {top_p:g}")
    equation = r",\ ".join(parts or [rf"\tilde p={tex(p)}"]) + rf"\ \Rightarrow\ {int(value)}"
    return Explanation(equation, claim(", ".join(texts) or f"p = {p:.4g}", value), value, code)


def _explain_kept_mass(trace: xr.Dataset, step: int) -> Explanation:
    n = int(trace["kept"].values[step].sum())
    words = _top(trace, step, n)
    return _mass(
        r"m_p=\sum_{r\in V_p}\tilde p_r", words, trace.attrs["others_kept"][step], float(trace["kept_mass"][step])
    )


def _explain_p_final(trace: xr.Dataset, step: int, rank: int) -> Explanation:
    kept, p, value = (float(trace[name].values[step, rank]) for name in ("kept", "p_tempered", "p_final"))
    mass, name = float(trace["kept_mass"][step]), _tex_word(trace, step, rank)
    rows = table([(_word(trace, step, rank), kept / mass, p)])
    equation = rf"q({name})=\frac{{[y\in V_p]\,\tilde p}}{{m_p}}=\frac{{{int(kept)}\cdot{tex(p)}}}{{{tex(mass)}}}"
    code = f"kept, p, mass = {kept}, {literal(p)}, {literal(mass)}\nprint(kept * p / mass)"
    return Explanation(f"{equation}={result(value)}", rows, value, code)


def _explain_u(trace: xr.Dataset, step: int) -> Explanation:
    seed, value = trace.attrs["seed"], float(trace["u"][step])
    code = f"import torch\n\ngenerator = torch.Generator().manual_seed({seed})\nfor _ in range({step + 1}):\n"
    code += "    u = torch.rand((), generator=generator, dtype=torch.float64)\nprint(u.item())"
    rows = table([(f"seed {seed}", 1.0, value)])
    return Explanation(rf"u_{{{step + 1}}}\sim U(0,1)={result(value)}", rows, value, code)


def _explain_drawn(trace: xr.Dataset, step: int) -> Explanation:
    if step in trace.attrs["forced"]:
        return _explain_forced(trace, step)
    u, chosen = float(trace["u"][step]), int(trace["chosen"][step])
    q = trace["p_final"].values[step][trace["kept"].values[step] == 1]
    F = q.cumsum()
    rows = [(f"{_word(trace, step, r)}: {F[r]:.4g} {'≤' if r < chosen else '>'} {u:.4g}", 1.0, float(r < chosen))
            for r in range(chosen + 1)]  # fmt: skip
    code = f"u = {literal(u)}\nq = {literal(q[: chosen + 2])}  # likeliest first\ntotal = 0.0\n"
    code += "for rank, p in enumerate(q):\n    total += p\n    if u < total:\n        break\nprint(rank)"
    equation = rf"\hat r_{{{step + 1}}}=\#\{{r:\textstyle\sum_{{j\le r}}q_j\le u\}}=\#\{{r:F(r)\le{tex(u)}\}}={chosen}"
    return Explanation(equation, table(rows, largest_first=False), float(chosen), code)


def _explain_chosen(trace: xr.Dataset, step: int) -> Explanation:
    return (_explain_drawn if trace.attrs["search"] == "sample" else _explain_likeliest)(trace, step)


EXPLAIN: dict[str, Explainer] = {
    "log_prob": _explain_log_prob, "p": _explain_p, "p_eos": _explain_p_eos, "taken": _explain_taken,
    "total": _explain_total, "chosen": _explain_chosen, "log_z": _explain_log_z, "p_tempered": _explain_p_tempered,
    "top_k_mass": _explain_top_k_mass, "cumulative": _explain_cumulative, "kept": _explain_kept,
    "kept_mass": _explain_kept_mass, "p_final": _explain_p_final, "u": _explain_u,
}  # fmt: skip
