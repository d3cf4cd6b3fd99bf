"""The letters of names as observations: two hidden states that learn to tell vowels from consonants by themselves.

R. L. Cave and L. P. Neuwirth, "Hidden Markov models for English", 1980, did it with running text.
"""

import json
from collections.abc import Iterable, Sequence
from string import ascii_lowercase
from typing import NamedTuple

import torch
from jaxtyping import Integer
from torch import Tensor

from engine.hmm import json_files
from engine.hmm.learn import permuted, restarts
from engine.hmm.model import HMM

STATES = ("group 1", "group 2")
V = tuple(ascii_lowercase)
VOWELS = frozenset("aeiou")
EXAMPLE = "dostoevsky"


def sequences(texts: Sequence[str], n: int | None = None, seed: int = 0) -> list[Integer[Tensor, "time"]]:
    """The letters a–z of folded names as positions in V, names of two letters and more; `n` of them drawn by seed."""
    kept = [text for text in (_letters(text) for text in texts) if len(text) > 1]
    if n is not None and n < len(kept):
        order = torch.randperm(len(kept), generator=torch.Generator().manual_seed(seed))
        kept = [kept[at] for at in order[:n].tolist()]
    return [torch.tensor([ord(letter) - ord("a") for letter in text]) for text in kept]


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter in ascii_lowercase)


class Sorted(NamedTuple):
    """Which state emits the vowels, the letters that it is likelier to emit than the other states, how many of the
    `n` letters that any state emits lie on the right side.
    """

    state: int
    taken: tuple[str, ...]
    right: int
    n: int


def sort(model: HMM) -> Sorted:
    """How the states of a model of letters sort them, each letter by the likelier state; y counts as a consonant."""
    known = [at for at in range(len(V)) if model.B[:, at].sum() > 0]
    likelier = model.B.argmax(0)
    weight = model.B / model.B.sum(0).clamp(min=1e-300)
    state = int(weight[:, [V.index(letter) for letter in sorted(VOWELS)]].mean(1).argmax())
    taken = [V[at] for at in known if int(likelier[at]) == state]
    right = sum((V[at] in VOWELS) == (V[at] in taken) for at in known)
    return Sorted(state, tuple(taken), right, len(known))


def learn(texts: Sequence[str], seeds: Iterable[int] = range(20), iterations: int = 200) -> HMM:
    """The best of many Baum–Welch runs on the letters of names; the state that emits the vowels is the last."""
    runs = restarts(sequences(texts), STATES, V, seeds, tolerance=1e-3, iterations=iterations)
    best = max((iterations[-1] for _, iterations in runs), key=lambda last: last.log_likelihood).model
    order = (1, 0) if sort(best).state == 0 else (0, 1)
    found = permuted(best, order)
    return HMM(STATES, V, found.pi, found.A, found.B)


def dumps(model: HMM) -> str:
    """The file of the preset: the model and an example of an observed sequence."""
    return json_files.dumps(model, indent=1).removesuffix("\n}\n") + f',\n "example": {json.dumps(list(EXAMPLE))}\n}}\n'
