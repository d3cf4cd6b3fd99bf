"""Chain rule: the factors of a text for every n, and what is said of them in words."""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from engine.trace import Var, label
from engine.vocabulary import SPECIALS
from ui import chain_rule_runs, hmm_words
from ui.chain_rule_asked import ORDERS, Asked
from ui.language import lang, localise, t
from ui.page import plain

SHOWN = 24  # factors that are written out
END = SPECIALS[1]


def traces(ask: Asked, method: str | None = None) -> list[xr.Dataset]:
    """The factors of the text, a trace for each n, in the session's language."""
    return [localise(chain_rule_runs.chain(ask, ask.params(n, method))) for n in ORDERS]


def grid(found: Sequence[xr.Dataset], rows: Sequence[str], dim: str = "n") -> xr.Dataset:
    """Several traces of one text, one a row: p, how long an n-gram was found, and whether it is a shorter one."""
    p = np.stack([trace["p"].values for trace in found])
    long = np.stack([trace["longest"].values for trace in found])
    full = np.array([trace.sizes["order"] - 1 for trace in found])[:, None]
    dims = f"{dim} position"
    schema = {
        "p": Var(dims, r"P(w_i\mid\ldots)", t("each factor"), "prob"),
        "longest": Var(dims, r"k", t("length of the longest n-gram found"), "count"),
        "shorter": Var(dims, r"k<n", t("the n-gram was never counted"), "index"),
    }
    inner = {"p": p, "longest": long, "shorter": long < full}
    tokens = found[0]["position_label"].values
    axes = {dim: {"n": "n"}.get(dim, t("smoothing")), "position": t("token")}
    return label(inner, schema, {}, axes=axes, position=tokens, **{dim: list(rows)})


def total(trace: xr.Dataset) -> float:
    """log P of the whole text, with its end."""
    return float(trace["log_p"].values.sum())


def perplexity(trace: xr.Dataset) -> float:
    """Per token, `</s>` counted as one."""
    mean = -total(trace) / trace.sizes["position"]
    return math.exp(mean) if mean < 700 else math.inf


def _list(words: Sequence[str]) -> str:
    return ("、" if lang() == "zh" else ", ").join(words)


def visible(token: str) -> str:
    """A token as it is named in a sentence: blanks are seen."""
    return token.replace(" ", "␣")


def context(trace: xr.Dataset, at: int, n: int) -> str:
    """The last n − 1 tokens before a position, `<s>` where the text begins."""
    tokens = [visible(str(token)) for token in trace["position_label"].values[:at]]
    if n == 1:
        return ""
    padded = [SPECIALS[0]] * (n - 1) + tokens
    shown = padded[len(padded) - (n - 1) :]
    while shown[:2] == [SPECIALS[0]] * 2:  # one is enough to say that the text begins
        shown = shown[1:]
    between = "" if trace.attrs.get("unit", "character") == "character" else " "
    return between.join(shown)


def token(trace: xr.Dataset, at: int) -> str:
    """The token of a position in words: the end of the text is called so."""
    return visible(str(trace["position_label"].values[at]))


def weakest(trace: xr.Dataset) -> int:
    """The position of the smallest factor."""
    return int(trace["p"].values.argmin())


def _quoted(said: str) -> str:
    return t("“{text}”", text=said)


def finding(found: Sequence[xr.Dataset]) -> str:
    """Which n believes the text most, and where it hesitates most."""
    logs = [total(trace) for trace in found]
    if max(logs) == -math.inf:
        return t("P = 0 for every n: no n-gram model here can produce this text.")
    best = int(np.argmax(logs))
    trace, n = found[best], ORDERS[best]
    at = weakest(trace)
    p = float(trace["p"].values[at])
    return t(
        "n = {n} believes the text most: P = {P}, perplexity {perplexity:.1f}. The bottleneck is {token} {where}, "
        "p = {p}.",
        n=n, P=hmm_words.probability(logs[best], 3), perplexity=perplexity(trace), token=_quoted(token(trace, at)),
        where=_where(trace, at, n), p=hmm_words.signed(f"{p:.2g}"),
    )  # fmt: skip


def _where(trace: xr.Dataset, at: int, n: int) -> str:
    """After what a token stands, as far as a model of n-grams looks."""
    before = context(trace, at, n)
    if not before:
        return t("wherever it stands")
    return t("at the beginning") if before == SPECIALS[0] else t("after {context}", context=_quoted(before))


def zeros(found: Sequence[xr.Dataset]) -> str:
    """Why a product is 0, where it is: the first factor of the first such n."""
    n_zero = [n for n, trace in zip(ORDERS, found, strict=True) if total(trace) == -math.inf]
    if not n_zero:
        return ""
    trace, n = found[ORDERS.index(n_zero[0])], n_zero[0]
    at = int((trace["p"].values == 0).argmax())
    told = {"token": _quoted(token(trace, at)), "where": _where(trace, at, n)}
    if n == 1:
        why = t("{token} was never counted", **told)
    elif trace["context_count"].values[at, n] > 0:
        why = t("{token} was never seen {where}", **told)
    else:
        why = t("nothing was ever seen {where}", **told)
    told = t("n = {n}: {why}, so that factor is 0, and with it the whole product.", n=n, why=why)
    if n_zero[1:]:
        told += " " + t("So too for n = {which}.", which=_list([str(each) for each in n_zero[1:]]))
    return told + " " + t("Choose a smoothing: it leaves none at 0.")


def unknown(ask: Asked) -> str:
    """Tokens that the training text does not have."""
    words = set(chain_rule_runs.words(ask))
    strange = [_quoted(visible(each)) for each in dict.fromkeys(ask.tokens) if each not in words]
    if not strange:
        return ""
    return t("Not in the training text, and read as <unk>: {tokens}.", tokens=_list(strange))


def table(found: Sequence[xr.Dataset]) -> str:
    """A line for each n as a Markdown table: P, bits, perplexity, how many n-grams were found, the weakest factor."""
    head = ["n", "P", t("bits a token"), t("perplexity"), t("n-grams found"), t("bottleneck")]
    rows = [f"| {' | '.join(head)} |", "|---:|---:|---:|---:|---:|---|"]
    logs = [total(trace) for trace in found]
    for n, trace, log in zip(ORDERS, found, logs, strict=True):
        size, at = trace.sizes["position"], weakest(trace)
        full = int((trace["longest"].values == n).sum())
        mark = "**" if log == max(logs) and log > -math.inf else ""
        bits = hmm_words.logarithm(-log / size / math.log(2), 2) if log > -math.inf else "∞"
        spread = f"{perplexity(trace):,.1f}" if log > -math.inf else "∞"
        cells = (
            str(n), hmm_words.probability(log, 3), bits, spread, f"{full}\u00a0/\u00a0{size}",
            f"{factor(trace, at, n)}\u00a0=\u00a0{number(float(trace['p'].values[at]))}",
        )  # fmt: skip
        rows.append("| " + " | ".join(f"{mark}{cell}{mark}" for cell in cells[:-1]) + f" | {cells[-1]} |")
    return "\n".join(rows)


def factor(trace: xr.Dataset, at: int, n: int) -> str:
    """P(w | h) of a position in plain Markdown."""
    before = context(trace, at, n)
    inside = f"{token(trace, at)} |\u2060 {before}" if before else token(trace, at)
    return plain(f"P({inside})").replace(" ", "\u00a0")


def number(p: float) -> str:
    """A probability in a few letters: 0 only where it is 0."""
    if p == 0:
        return "0"
    if p >= 0.9995:
        return f"{p:.3g}"
    return f"{p:.3f}"[1:] if p >= 0.00095 else f"{p:.0e}".replace("e-0", "e-").replace("-", "−")


def product(trace: xr.Dataset, n: int) -> str:
    """What the product of one n comes to, and its factors written out."""
    p = trace["p"].values
    parts = [f"{factor(trace, at, n)}\u00a0=\u00a0**{number(float(p[at]))}**" for at in range(min(len(p), SHOWN))]
    rest = len(p) - len(parts)
    parts += [t("… {n} more factors", n=rest)] if rest > 0 else []
    P = hmm_words.probability(total(trace), 3)
    said = t("n = {n}: P({text}) = {P} is the product of", n=n, text=plain(trace.attrs["text"]), P=f"**{P}**")
    return f"{said}  \n{' · '.join(parts)}"


def compared(found: Sequence[xr.Dataset], names: Sequence[str], ask: Asked) -> str:
    """The factor on which the methods differ most, by each of them, and by which method the text is likeliest."""
    logs = np.log(np.stack([trace["p"].values for trace in found]).clip(min=1e-12))
    at = int((logs.max(0) - logs.min(0)).argmax())
    each = [f"{name} {number(float(trace['p'].values[at]))}" for name, trace in zip(names, found, strict=True)]
    said = t("{factor}: {each}.", factor=_spoken(found[0], at, ask.order), each=_list(each))
    whole = [total(trace) for trace in found]
    if max(whole) == -math.inf:
        return said
    best, P = names[int(np.argmax(whole))], hmm_words.probability(max(whole), 3)
    return said + " " + t("The whole text is likeliest with {method}: P = {P}.", method=best, P=P)


def _spoken(trace: xr.Dataset, at: int, n: int) -> str:
    before = context(trace, at, n)
    return f"P({token(trace, at)} | {before})" if before else f"P({token(trace, at)})"
