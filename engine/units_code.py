"""The code of the proofs about units: the cell in plain torch, all names of a folder, the spans or places meant."""

from textwrap import indent

import xarray as xr

from engine import cell_code

_IMPORTS = """import unicodedata
from pathlib import Path
import numpy as np
"""
_READ = """{head}

def read(texts):  # names of one length -> states [name, letter, unit]
    states = []
{start}    for letters in zip(*texts):
        x = torch.eye(57, dtype=torch.float64)[[alphabet.index(letter) for letter in letters]]
{step}        states.append({kept})
    return torch.stack(states, 1)
"""

_NAMES = """
def fold(raw):
    return "".join(letter for letter in unicodedata.normalize("NFD", raw) if letter in alphabet).strip()

lines = [(path.stem, line) for path in Path({folder!r}).glob("*.txt") for line in path.read_text("utf-8").split("\\n")]
names = sorted({{(language, fold(line)) for language, line in lines if fold(line)}})
states = {{}}
for size in {{len(text) for _, text in names}}:
    same = sorted({{text for _, text in names if len(text) == size}})
    states.update(zip(same, read(same).float()))  # rounded, as they are compared
"""

_SPANS = """
units, signs, size = {units}, torch.tensor({signs}), {size}
spans = []  # letters, language, how many of the units switch on over them
for language, text in names:
    if text == {text!r}:
        continue
    on = states[text][:, units] * signs >= {threshold}
    for begin in range(len(text) - size + 1):
        end = begin + size
        hit = on[begin:end].all(0)
        if {before} and begin:
            hit = hit & ~on[begin - 1]
        if {after} and end < len(text):
            hit = hit & ~on[end]
        spans.append((text[begin:end], language, int(hit.sum())))
"""

_CRITERIA = (
    ("spans", "letters == {letters!r}"),
    ("spans", "language == {language!r}"),
    ("[span for span in spans if span[0] != {letters!r}]", "language == {language!r}"),
)

_TALLY = """
pool = {pool}
M = len(pool)
K = sum({shares} for letters, language, together in pool)
n = sum(together >= {least} for letters, language, together in pool)
x = sum(together >= {least} and {shares} for letters, language, together in pool)
"""

_TAIL = """
from math import exp, lgamma
def log_choose(a, b):
    return lgamma(a + 1) - lgamma(b + 1) - lgamma(a - b + 1)
ks = range(max(x, n + K - M, 0), min(n, K) + 1)
print(sum(exp(log_choose(K, k) + log_choose(M - K, n - k) - log_choose(M, n)) for k in ks))"""

_PLACES = """
value = np.concatenate([states[text][:, {unit}].numpy() for _, text in names])
place = [(language, text[:end]) for language, text in names for end in range(1, len(text) + 1)]
tie = np.random.default_rng(0).permutation(len(place))  # the order of places with equal states
top = [place[i] for i in np.lexsort([tie, {minus}value])[:{n}]]
M, n = len(place), len(top)
"""


def read(trace: xr.Dataset) -> str:
    """The cell, and a function `read` of names of one length."""
    kind = trace.attrs["model"]
    return _READ.format(
        head=cell_code.head(kind, trace.attrs["weights"], _IMPORTS),
        start=indent(cell_code.start(kind, "len(texts)"), "    "),
        step=indent(cell_code.step(kind, rows=True), " " * 8),
        kept=cell_code.STATES[kind][-1 if trace.attrs["kept"] else 0],
    )  # fmt: skip


def names(trace: xr.Dataset) -> str:
    """The same and the states of all names."""
    return read(trace) + _NAMES.format(folder=trace.attrs["folder"])


def tally(trace: xr.Dataset, criterion: int, least: int = 1) -> str:
    """M, K, n and x of a criterion, matches having at least `least` units."""
    attrs, found = trace.attrs, trace["found"].values
    letters = attrs["text"][attrs["begin"] : attrs["end"]]
    words = {"letters": letters, "language": attrs["language"]}
    pool, shares = (part.format(**words) for part in _CRITERIA[criterion])
    chosen = list(attrs["chosen"])
    spans = _SPANS.format(
        units=chosen, signs=[float(found[unit]) for unit in chosen], size=len(letters), text=attrs["text"],
        threshold=attrs["threshold"], before=bool(attrs["before"]), after=bool(attrs["after"]),
    )  # fmt: skip
    return names(trace) + spans + _TALLY.format(pool=pool, shares=shares, least=least)


def tail() -> str:
    """P(X ≥ x) from M, K, n and x."""
    return _TAIL


def places(trace: xr.Dataset) -> str:
    """The language and the letters read at the n places where a unit is extreme, of M."""
    attrs = trace.attrs
    minus = "-" if attrs["sign"] > 0 else ""
    return names(trace) + _PLACES.format(unit=attrs["unit"], minus=minus, n=attrs["n"])
