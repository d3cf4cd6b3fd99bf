"""Text as BERT reads it: pieces of words (WordPiece) between [CLS] and [SEP], by the model's own tokenizer.json.

Source: Y. Wu et al., "Google's neural machine translation system", 2016; by Hugging Face's tokenizers.
"""

from collections.abc import Sequence
from typing import NamedTuple

from engine.errors import InputError


class Coded(NamedTuple):
    """A text in pieces: ids, the pieces as they are called in the vocabulary, the word of the text that each belongs to
    (None: [CLS], [SEP]), and how many pieces the whole text has.
    """

    ids: list[int]
    tokens: list[str]
    words: list[int | None]
    n: int

    @property
    def is_cut(self) -> bool:
        """Whether the text goes on behind the last piece."""
        return self.n > len(self.ids)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read but the marks of beginning and end."""
        return all(word is None for word in self.words)


class Pieces:
    """A tokenizer.json; how long a text may be is nothing that the file decides here.

    Raises InputError where it is none, or names a piece that the network has no embedding of.
    """

    def __init__(self, text: str, n_words: int):
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_str(text)
            self._tokenizer.no_truncation()
            self._tokenizer.no_padding()
            ids = [*self._tokenizer.get_vocab(with_added_tokens=True).values(), *self._tokenizer.encode("a").ids]
        except Exception as error:  # the library raises nothing more particular
            raise InputError("The file {file} can't be read.", file="tokenizer.json") from error
        if not ids or max(ids) >= n_words:
            raise InputError("The tokenizer knows {n:,} pieces, the network has embeddings of {most:,}.",
                             n=max(ids, default=-1) + 1, most=n_words)  # fmt: skip

    def encode(self, texts: Sequence[str], most: int | None = None) -> list[Coded]:
        """Each text in pieces; of one with more than `most` the first ones and its [SEP]."""
        clean = [text.encode("utf-8", "replace").decode() for text in texts]
        return [_coded(found, most) for found in self._tokenizer.encode_batch(clean)]


def _coded(found: object, most: int | None) -> Coded:
    """What is kept of the library's result."""
    ids, tokens, words = found.ids, found.tokens, found.word_ids
    n = len(ids)
    if most is not None and n > most:
        end = next((k for k, special in enumerate(reversed(found.special_tokens_mask)) if not special), 0)
        kept = [*range(most - end), *range(n - end, n)]
        ids, tokens, words = ([part[at] for at in kept] for part in (ids, tokens, words))
    return Coded(ids, tokens, words, n)
