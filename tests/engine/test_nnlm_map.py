"""The map of embeddings: kinds of characters, nearest neighbours, tags by majority."""

import numpy as np
import pytest
import torch

from engine import nnlm_map
from engine.nnlm import NnlmParams, initial
from engine.nnlm_model import NeuralModel
from engine.vocabulary import vocabulary


@pytest.mark.parametrize(
    ("char", "kind"),
    [("a", 0), ("y", 0), ("é", 0), ("ß", 1), ("k", 1), ("K", 2), ("É", 2), ("-", 3), ("7", 3), ("<s>", 4)],
)  # fmt: skip
def test_characters_have_a_kind(char, kind):
    assert nnlm_map.character_class(char) == nnlm_map.CLASSES[kind]


def test_a_map_by_hand():
    """Four letters at known directions: a and A together, b and c together."""
    known = vocabulary(["aaaa", "AAA", "bb", "c"])
    net = initial(NnlmParams(n_words=known.n, n_embedding=2), 0)
    for token, at in {"a": (2.0, 0.1), "A": (9.0, 0.0), "b": (0.0, 3.0), "c": (0.1, 1.0), "<s>": (-1.0, -1.0)}.items():
        net.C.weight.data[known.words.index(token)] = torch.tensor(at)
    found = nnlm_map.embedding_map(NeuralModel(net, known, {}, ""))
    assert found.tokens == ["a", "A", "b", "c", "<s>"]
    assert found.nearest[:4] == [1, 0, 3, 2]
    rows = net.C.weight[found.ids].detach().double().numpy()
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    between = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    drawn = np.linalg.norm(found.points[:, None] - found.points[None], axis=2)
    assert drawn == pytest.approx(between, abs=1e-12)  # two numbers a token: nothing is lost
    assert sum(found.shares) == pytest.approx(1)
    letters = nnlm_map.letters(found)
    assert (letters.n, letters.alike, letters.twins, letters.n_twins) == (4, 1.0, 2, 2)
    assert letters.chance == pytest.approx((2 * 1 + 2 * 1) / (4 * 4))
    share, chance = nnlm_map.among_own(["v", "v", "k", "k", "-"], found.nearest)
    assert share == pytest.approx((4 + 0) / 5)
    assert chance == pytest.approx(4 / 20)


class Tagger:
    tags = ("DET", "NOUN", "VERB")

    def tags_only(self, sentences):
        return np.array([self.tags.index({"the": "DET", "run": "VERB"}.get(word, "NOUN"))
                         if at != 1 else 1 for words in sentences for at, word in enumerate(words)]), None  # fmt: skip


def test_a_word_has_the_tag_that_it_gets_most_often():
    sentences = [["the", "run"], ["we", "may", "run"], ["they", "do", "run", "odd"]]
    known = vocabulary([" ".join(words) for words in sentences[:2]], "word")
    found = nnlm_map.tags(sentences, known, Tagger())
    assert found == {"the": "DET", "run": "VERB", "we": "NOUN", "may": "NOUN"}
