"""Text of one language as tokens and their indices: words as spaCy cuts them, or pieces of words (BPE).

BPE: R. Sennrich, B. Haddow and A. Birch, "Neural machine translation of rare words with subword units", 2016, by
Hugging Face's tokenizers; the same pieces may serve both languages.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from threading import Lock

from engine.errors import InputError

SPECIALS = ("<pad>", "<sos>", "<eos>", "<unk>")
PAD, SOS, EOS, UNK = range(len(SPECIALS))
LANGUAGES = ("de", "en", "fr")
OPEN, CLOSE = frozenset("([{„‚“‘"), frozenset(".,;:!?)]}”’'")  # no blank after the ones, before the others
GERMAN_CLOSE = frozenset("“‘")
EITHER = {'"': '"', "«": "«", "»": "«"}  # open and close in turn
JOINED = re.compile(r"['’]\w+|n['’]t|-\w.*")  # goes to the word before it
LONGEST = 5_000  # characters of a text
_ONE_AT_A_TIME = Lock()


@cache
def _spacy(language: str):
    import spacy

    return spacy.blank(language)


def words(texts: Sequence[str], language: str) -> list[list[str]]:
    """Each text as words and marks, white space dropped, as spaCy's rules for the language cut it."""
    nlp = _spacy(language)
    with _ONE_AT_A_TIME, nlp.memory_zone():
        return [[word.text for word in nlp.make_doc(text) if not word.is_space] for text in texts]


def _as_written(coded: object, text: str) -> list[str]:
    """The pieces of a text; one that is unknown as it is written."""
    spans = zip(coded.tokens, coded.offsets, strict=True)
    return [text[start:end] if piece == SPECIALS[UNK] and end > start else piece for piece, (start, end) in spans]


def _bonds(tokens: Sequence[str], language: str) -> Iterator[tuple[bool, bool]]:
    """Whether each token stands without a blank before it, and without one after it."""
    inside, german = set(), language == "de"
    for last, token, coming in zip(("", *tokens), tokens, (*tokens[1:], ""), strict=False):
        kind = None if language == "fr" and token in "«»" else EITHER.get(token)
        if kind:
            yield kind in inside, kind not in inside
            inside ^= {kind}
        elif token in "-/":  # of one word
            tight = last[-1:].isalnum() and coming[:1].isalnum()
            yield tight, tight
        else:
            closes = token[0] in CLOSE or (german and token[0] in GERMAN_CLOSE) or JOINED.fullmatch(token)
            elides = len(token) > 1 and token[-1] in "'’"
            yield bool(closes), elides or (token[-1] in OPEN and not closes)


@dataclass(frozen=True)
class Tokens:
    """How the texts of one language become indices and back; `vocabulary` begins with SPECIALS.

    kind: "words" or "bpe"; lower: whether capitals are made small first; bpe: the pieces, as the library's JSON.
    """

    language: str
    vocabulary: tuple[str, ...]
    kind: str = "words"
    lower: bool = False
    bpe: str = ""

    @cached_property
    def index(self) -> dict[str, int]:
        """Where each token stands in the vocabulary."""
        return {word: place for place, word in enumerate(self.vocabulary)}

    @cached_property
    def _pieces(self):
        from tokenizers import Tokenizer

        return Tokenizer.from_str(self.bpe)

    def cut(self, texts: Sequence[str]) -> list[list[str]]:
        """The tokens of each text; those outside of the vocabulary are kept as they are written."""
        if self.kind == "bpe":
            return [
                _as_written(coded, text)
                for coded, text in zip(self._pieces.encode_batch(list(texts)), texts, strict=True)
            ]
        return words([text.lower() for text in texts] if self.lower else texts, self.language)

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Indices; that of `<unk>` for a token outside of the vocabulary."""
        return [self.index.get(token, UNK) for token in tokens]

    def decode(self, indices: Iterable[int]) -> list[str]:
        """The tokens of indices."""
        return [self.vocabulary[place] for place in indices]

    def join(self, tokens: Sequence[str]) -> str:
        """The tokens as a text."""
        if self.kind == "bpe":
            return self._pieces.decoder.decode(list(tokens)).strip()
        text, bound = "", True
        for token, (before, after) in zip(tokens, _bonds(tokens, self.language), strict=True):
            text += token if before or bound else f" {token}"
            bound = after
        return text

    def near(self, word: str, n: int = 3) -> list[str]:
        """Words of the vocabulary that are spelled like this one, the most alike first."""
        known = self.vocabulary[len(SPECIALS) :]
        folded = {known_word.lower(): known_word for known_word in reversed(known)}
        return [folded[match] for match in difflib.get_close_matches(word.lower(), folded, n, 0.6)]


def by_words(cut: Iterable[Sequence[str]], language: str, least: int = 1, lower: bool = False) -> Tokens:
    """Words that occur at least so often, the most frequent first."""
    counts = Counter(word for sentence in cut for word in sentence)
    kept = sorted((word for word, n in counts.items() if n >= least), key=lambda word: (-counts[word], word))
    return Tokens(language, SPECIALS + tuple(word for word in kept if word not in SPECIALS), lower=lower)


def by_pieces(texts: Iterable[str], languages: Sequence[str], size: int, lower: bool = True) -> list[Tokens]:
    """The same `size` pieces for all languages, learned from their texts together.

    Raises InputError if the texts hold nothing.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    pieces = Tokenizer(models.BPE(unk_token=SPECIALS[UNK]))
    steps = [normalizers.NFKC(), *([normalizers.Lowercase()] if lower else [])]
    pieces.normalizer = normalizers.Sequence(steps)
    pieces.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation()])
    pieces.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=list(SPECIALS), show_progress=False, min_frequency=2)
    pieces.train_from_iterator(texts, trainer)
    vocabulary = tuple(sorted(pieces.get_vocab(), key=pieces.get_vocab().get))
    if len(vocabulary) <= len(SPECIALS):
        raise InputError("The sentences hold no words.")
    return [Tokens(language, vocabulary, "bpe", lower, pieces.to_str()) for language in languages]
