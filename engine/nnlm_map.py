"""The embeddings of a neural language model as a map: principal components, and what kind of token each point is."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from engine import pca
from engine.errors import N_
from engine.nnlm_model import NeuralModel
from engine.tagger import Tagger
from engine.vocabulary import BOS, SPECIALS, UNK, Vocabulary

VOWELS = frozenset("aeiouy")
CLASSES = (N_("vowel"), N_("consonant"), N_("capital"), N_("mark or digit"), N_("beginning of a text"))


class Map(NamedTuple):
    """points [token, component]; tokens and ids (`</s>` and `<unk>`, which are hardly ever read, are not among them);
    shares of the variance; nearest: for each token the place of the one whose embedding has the most similar direction.
    """

    points: Float[np.ndarray, "token component"]
    tokens: list[str]
    ids: list[int]
    shares: list[float]
    nearest: list[int]


def embedding_map(model: NeuralModel, most: int = 400) -> Map:
    """The first two principal components of the embeddings of the most frequent tokens, all scaled to length 1."""
    ids = [*range(UNK + 1, min(model.vocabulary.n, UNK + 1 + most)), BOS]
    states = model.net.C.weight[ids].detach().double().numpy()
    states /= np.linalg.norm(states, axis=1, keepdims=True).clip(1e-12)
    found, tokens = pca.fit(states), model.vocabulary.decode(ids)
    alike = states @ states.T - 3 * np.eye(len(ids))
    shares = [float(share) for share in found.explained]
    return Map(pca.project(found, states), tokens, ids, shares, alike.argmax(1).tolist())


class Letters(NamedTuple):
    """Of n letters: the share whose nearest neighbour is a vowel or a consonant as they are (and by chance), and how
    many of those that the map also holds in the other case have that as their nearest neighbour.
    """

    n: int
    alike: float
    chance: float
    twins: int
    n_twins: int


def letters(found: Map) -> Letters:
    """What the nearest neighbours of letters say of the embeddings, capitals or not."""
    places = [k for k, token in enumerate(found.tokens) if len(token) == 1 and token.isalpha()]
    sounds = [character_class(found.tokens[k].lower()) for k in places]
    other = [sound for sound, k in zip(sounds, places, strict=True)
             if sound == character_class(found.tokens[found.nearest[k]].lower())]  # fmt: skip
    both = [k for k in places if found.tokens[k].swapcase() in found.tokens]
    twins = [k for k in both if found.tokens[found.nearest[k]] == found.tokens[k].swapcase()]
    n, sizes = len(places), Counter(sounds)
    chance = sum(size * (size - 1) for size in sizes.values()) / max(n * (len(found.tokens) - 1), 1)
    return Letters(n, len(other) / max(n, 1), chance, len(twins), len(both))


def among_own(kinds: Sequence[str], nearest: Sequence[int]) -> tuple[float, float]:
    """The share of tokens whose nearest neighbour is of their own kind, and what it would be by chance."""
    codes = np.unique(np.asarray(kinds), return_inverse=True)[1]
    n, sizes = len(codes), np.bincount(codes)
    chance = float((sizes * (sizes - 1)).sum() / max(n * (n - 1), 1))
    return float((codes == codes[np.asarray(nearest)]).mean()), chance


def character_class(char: str) -> str:
    """One of CLASSES; a letter with an accent is what it is without it."""
    if char == SPECIALS[BOS]:
        return CLASSES[4]
    if not char.isalpha():
        return CLASSES[3]
    if char.isupper():
        return CLASSES[2]
    return CLASSES[0] if unicodedata.normalize("NFD", char)[0].lower() in VOWELS else CLASSES[1]


def tags(sentences: Sequence[Sequence[str]], vocabulary: Vocabulary, tagger: Tagger) -> dict[str, str]:
    """The tag that the tagger gives each word of the vocabulary most often in sentences."""
    found, _ = tagger.tags_only(sentences)
    words: Iterable[str] = (word for sentence in sentences for word in sentence)
    seen: dict[str, Counter] = {}
    for word, tag in zip(words, found.tolist(), strict=True):
        if word in vocabulary.index:
            seen.setdefault(word, Counter())[tagger.tags[tag]] += 1
    return {word: counter.most_common(1)[0][0] for word, counter in seen.items()}
