"""The programs of the classifiers made of counts, in plain torch: n-grams with Bayes' rule, HMMs of letters."""

from engine import cell_code
from engine.bayes_tables import LETTERS
from engine.classifier import ClassifierParams

_NGRAM = """{load}text = {text!r}
grams, times = P["grams"], P["times"]  # language and n symbols a row: 0 before a name, 1 its end, 3… the letters
n, D, V = {order}, {discount}, {v}
symbols = [0.0] * (n - 1) + [3.0 + alphabet.index(letter) for letter in text] + [1.0]
o = P["prior"].clone()
for language in range(len(o)):
    mine = grams[:, 0] == language
    rows, tables = grams[mine, 1:], []
    for k in range(1, n):  # in shorter contexts: after how many different symbols
        longer = torch.unique(rows[:, n - k - 1 :], dim=0)
        tables.append(torch.unique(longer[:, 1:], dim=0, return_counts=True))
    tables.append((rows, times[mine]))
    for end in range(n, len(symbols) + 1):
        p = torch.tensor(1 / V, dtype=torch.float64)
        for k, (gram, count) in enumerate(tables, 1):
            asked = torch.tensor(symbols[end - k : end]).double()
            after = (gram[:, :-1] == asked[:-1]).all(1)
            N, T = count[after].sum().double(), after.sum().double()
            if N > 0:
                c = count[after & (gram[:, -1] == asked[-1])].sum().double()
                p = (c - D).clamp(min=0) / N + D * T / N * p
        o[language] += p.log()
"""
_HMM = """{load}pi, A, B, o = (P[name] for name in ("pi", "A", "B", "prior"))  # a model for each language
ahead = pi
for letter in {text!r}:
    alpha = ahead * B[:, :, alphabet.index(letter)]
    o = o + alpha.sum(1).log()
    ahead = torch.einsum("ls,lsj->lj", alpha / alpha.sum(1, keepdim=True), A)
o = o + (ahead * B[:, :, {end}]).sum(1).log()
"""


def ngram(params: ClassifierParams, discount: float, file: str, text: str) -> str:
    """A program whose `o` are log P(name | language) + log P(language), of n-grams smoothed by Kneser and Ney."""
    if params.method != "kneser-ney":
        raise ValueError(f"{params.method}: only models of Kneser and Ney are proved")
    return _NGRAM.format(
        load=cell_code.load(file), text=text, order=params.order, discount=discount, v=LETTERS.n_next,
    )  # fmt: skip


def hmm(file: str, text: str, end: int) -> str:
    """The same of HMMs: the forward algorithm, scaled at every letter; `end`: the symbol of a name's end."""
    return _HMM.format(load=cell_code.load(file), text=text, end=end)
