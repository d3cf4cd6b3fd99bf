"""The programs that prove `engine.everything_name`: every kind of classifier in plain torch, its scores called `o`."""

from engine import (
    cell_code,
    everything_name_counts,
    influence_code,
    transformer_code,
    transformer_names_trace,
    weights,
)
from engine.bayes import DISCOUNT
from engine.classifier import ClassifierParams
from engine.everything_name import LN_2
from engine.text import N_LETTERS
from engine.transformer_block import NOTHING_OFF

_TRANSFORMER = """mean, largest = output.mean(0), output.amax(0)
o = P["out.weight"] @ torch.cat([mean, largest]) + P["out.bias"]
"""
_COMBINED = """{load}text = {text!r}
x = torch.eye(57).double()[[alphabet.index(letter) for letter in text]]


def gru(at, x):
    W, R, b, b_u = (P[at + name] for name in ("W", "R", "b", "b_u"))
    states, h = [], torch.zeros(R.shape[1]).double()
    for x_t in x:
        (r_x, z_x, n_x), (r_h, z_h, n_h) = (W @ x_t + b).chunk(3), (R @ h).chunk(3)
        r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
        h = (1 - z) * torch.tanh(n_x + r * (n_h + b_u)) + z * h
        states.append(h)
    return torch.stack(states)


def lstm(at, x):
    W, R, b = (P[at + name] for name in ("W", "R", "b"))
    states, y = [], torch.zeros(R.shape[1]).double()
    c = y
    for x_t in x:
        z, i, f, o = (W @ x_t + b + R @ y).chunk(4)
        c = torch.tanh(z) * torch.sigmoid(i) + c * torch.sigmoid(f)
        y = torch.tanh(c) * torch.sigmoid(o)
        states.append(y)
    return torch.stack(states)


def read(at, cell, pool, both):
    sides = [cell(f"{{at}}layer1.", x)] + [cell(f"{{at}}layer1_back.", x.flip(0))] * both
    summary = torch.cat([side.amax(0) if pool == "max" else side[-1] for side in sides])
    return P[f"{{at}}h2o.weight"] @ summary + P[f"{{at}}h2o.bias"]


def trigram(at):  # log p of every three letters in each language, upper and lower case alike, and the log prior
    codes = [alphabet.index(letter) for letter in text]
    codes = [31, 31, *(code % 26 if code < 52 else code - 26 for code in codes), 31]
    places = [(a * 32 + b) * 32 + c for a, b, c in zip(codes, codes[1:], codes[2:])]
    return 0.7 * P[f"{{at}}table"][:, places].sum(1) + P[f"{{at}}prior"]


o = ({members}) / {total}
"""
_ALL = """p = torch.stack(answers)  # a row for each model
mean, votes = p.mean(0), torch.bincount(p.argmax(1), minlength=p.shape[1])
"""
BITS = f"torch.special.entr({{p}}).sum(-1) / {LN_2}"


def _combined(params: ClassifierParams, file: str, text: str) -> str:
    parts = []
    for k, member in enumerate(params.members):
        at = f"members.{k}."
        call = f'read("{at}", {member.model}, "{member.pool}", {int(member.bidirectional)})'
        call = f'trigram("{at}")' if member.model == "trigram" else call
        parts.append(f"{member.weight} * {call}.log_softmax(0)")
    total = sum(member.weight for member in params.members)
    return _COMBINED.format(load=cell_code.load(file), text=text, members="\n    + ".join(parts), total=total)


def program(file: str, text: str, value: str) -> str:
    """A program that reads a text with the classifier of a file, has its scores as `o`, and ends with `value`."""
    loaded = weights.load_file(weights.ROOT / file)
    model = loaded.params.model
    if model == "combined":
        return _combined(loaded.params, file, text) + value
    if model == "transformer":
        spelled = transformer_names_trace.program(loaded.net, text, file, NOTHING_OFF)
        return transformer_code.output(spelled, _TRANSFORMER + value)
    if model == "ngram":
        return everything_name_counts.ngram(loaded.params, DISCOUNT, file, text) + value
    if model == "hmm":
        return everything_name_counts.hmm(file, text, N_LETTERS) + value
    return influence_code.program(model, file, text, f"o = read(x)[0]\n{value}")


def together(files: list[str], text: str, value: str) -> str:
    """A program that reads a text with every classifier: probabilities `p`, a row each, `mean` and `votes`."""
    each = [program(file, text, "answers.append(o.softmax(0))\n") for file in files]
    return "\n".join(["answers = []", *each]) + _ALL + value
