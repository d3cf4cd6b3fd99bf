"""Names that a model of letters invents, and whether they are invented: each is looked up among the known ones.

Edit distance: V. Levenshtein, "Binary codes capable of correcting deletions, insertions and reversals", 1966.
"""

import difflib
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor

from engine.letter_model import EOS, WORDS, Decoder, LetterModel
from engine.names import Names
from engine.search_rules import Wishes, pick
from engine.search_sample import cut_off
from engine.text import ALPHABET, encode, encode_many

LIMIT = 40  # letters of a name that is invented


class Invented(NamedTuple):
    """A name with the seed that gives it; log_prob: of its letters and `<eos>` that were not given, in nats; ended:
    whether `<eos>` came before the limit.
    """

    text: str
    seed: int
    log_prob: float
    ended: bool


@torch.inference_mode()
def invent(
    net: LetterModel, asked: Sequence[tuple[str, int]], temperature: float = 1.0, top_k: int | None = None,
    top_p: float = 1.0, beginning: str = "", limit: int = LIMIT,
) -> list[Invented]:  # fmt: skip
    """A name for each (language, seed), all at once, as `engine.search.sample` draws it alone.

    beginning: folded letters that each begins with. Raises InputError for an unknown language, or as `cut_off` does.
    """
    wishes = Wishes(EOS, limit, prefix=encode(beginning).tolist())
    decoder, draws = Decoder(net, len(asked)), [torch.Generator().manual_seed(seed) for _, seed in asked]
    words, state = torch.tensor([net.params.word(language) for language, _ in asked]), decoder.start()
    found, logs, rows = [[] for _ in asked], [0.0] * len(asked), list(range(len(asked)))
    for step in range(limit if rows else 0):
        answer, state = decoder.advance(words, state)
        u = torch.stack([torch.rand((), generator=draws[row], dtype=torch.float64) for row in rows])
        if step in wishes.forced:
            words = torch.full_like(words, wishes.forced[step])
        else:
            words = _drawn(wishes.choices(answer, step), u, temperature, top_k, top_p)
        log_p = answer.gather(1, words[:, None])[:, 0].tolist()
        for row, word, log in zip(rows, words.tolist(), log_p, strict=True):
            found[row].append(word)
            logs[row] += 0.0 if step in wishes.forced else log
        still = (words != EOS).nonzero()[:, 0]
        rows, words, state = [rows[k] for k in still.tolist()], words[still], pick(state, still)
        if not rows:
            break
    parts = zip(found, asked, logs, strict=True)
    return [_invented(words, seed, log) for words, (_, seed), log in parts]


def _drawn(
    choices: Float[Tensor, "row word"], u: Float[Tensor, "row"], temperature: float, top_k: int | None, top_p: float
) -> Integer[Tensor, "row"]:
    """The word that each row's random number falls on, as `engine.search_sample` draws one row."""
    cut_off(choices[0], choices[0], temperature, top_k, top_p)  # checks the numbers
    choice, word = choices.double().sort(dim=1, descending=True, stable=True)
    p = (choice / temperature).softmax(1)
    inside = torch.where(torch.arange(p.shape[1]) < (top_k or p.shape[1]), p, 0.0)
    kept = inside > 0
    if top_p < 1:
        cumulative = inside.cumsum(1) / inside.sum(1, keepdim=True)
        kept[:, 1:] &= cumulative[:, :-1] < top_p
    final = torch.where(kept, p, 0.0)
    final = (final / final.sum(1, keepdim=True)).cumsum(1)
    rank = torch.minimum((final <= u[:, None]).sum(1), kept.sum(1) - 1)
    return word.gather(1, rank[:, None])[:, 0]


def _invented(words: list[int], seed: int, log_prob: float) -> Invented:
    ended = words[-1] == EOS
    return Invented("".join(WORDS[word] for word in (words[:-1] if ended else words)), seed, log_prob, ended)


class Mark(NamedTuple):
    """What is known of a name: the languages that have it (none: it is new), and the nearest known name of its
    language with its edit distance (0 where the language has it).
    """

    languages: tuple[str, ...]
    nearest: str
    distance: int


class Known:
    """Names to compare with: those that a network was trained on."""

    def __init__(self, names: Names):
        self.names = names
        self.texts = {
            language: sorted({names.texts[i] for i in np.flatnonzero(names.labels == k)})
            for k, language in enumerate(names.languages)
        }

    @cached_property
    def _padded(self) -> dict[str, np.ndarray]:
        return {language: _padded(texts) for language, texts in self.texts.items()}

    @cached_property
    def _languages(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for language, texts in self.texts.items():
            for text in texts:
                found.setdefault(text, []).append(language)
        return {text: tuple(languages) for text, languages in found.items()}

    def languages(self, text: str) -> tuple[str, ...]:
        """The languages that have the name, in alphabetical order."""
        return self._languages.get(text, ())

    def mark(self, text: str, language: str) -> Mark:
        """What is known of a name that was invented for a language.

        Of several nearest names the one that is most alike by `difflib`, then the first in the alphabet.
        """
        texts, owners = self.texts[language], self.languages(text)
        if language in owners:
            return Mark(owners, text, 0)
        if not texts:
            return Mark(owners, "", len(text))
        far = distances(text, self._padded[language])
        near = [texts[k] for k in np.flatnonzero(far == far.min())]
        alike = difflib.SequenceMatcher(autojunk=False)
        alike.set_seq2(text)
        return Mark(owners, max(near, key=lambda other: _ratio(alike, other)), int(far.min()))


def _ratio(alike: difflib.SequenceMatcher, other: str) -> float:
    alike.set_seq1(other)
    return alike.ratio()


def _padded(texts: Sequence[str]) -> Integer[np.ndarray, "name letter"]:
    """Letters as numbers, -1 after the end."""
    letters, lengths = encode_many(texts)
    inside = np.arange(int(lengths.max(initial=0))) < lengths[:, None]
    found = np.full(inside.shape, -1, np.int16)
    found[inside] = letters
    return found


def distances(text: str, others: Integer[np.ndarray, "name letter"]) -> Integer[np.ndarray, "name"]:
    """Edit distance (insert, delete, replace, 1 each) of a text to each of the names, all names at once."""
    n, width = others.shape
    row = [np.full(n, j, np.int16) for j in range(width + 1)]
    for i, letter in enumerate(text, 1):
        code, before, row = ALPHABET.find(letter), row, [np.full(n, i, np.int16)]
        for j in range(width):
            replaced = before[j] + (others[:, j] != code)
            row.append(np.minimum(np.minimum(before[j + 1], row[j]) + 1, replaced))
    return np.stack(row)[(others >= 0).sum(1), np.arange(n)]


class Copies(NamedTuple):
    """Of n names the shares that are copies: of a known name of their language, or only of another language."""

    n: int
    own: float
    other: float


def copies(net: LetterModel, known: Known, n: int, seed: int = 0) -> Copies:
    """How many of n invented names are copies, as many of each language as divides evenly, temperature 1."""
    languages = net.params.languages
    sizes = np.diff(np.linspace(0, n, len(languages) + 1).round().astype(int))
    owners = [
        (language, known.languages(each.text))
        for language, size in zip(languages, sizes, strict=True) if size
        for each in invent(net, [(language, seed + k) for k in range(size)])
    ]  # fmt: skip
    own = sum(language in found for language, found in owners)
    other = sum(bool(found) and language not in found for language, found in owners)
    return Copies(len(owners), own / len(owners), other / len(owners))
