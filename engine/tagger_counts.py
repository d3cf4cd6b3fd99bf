"""What a tagger is made of: counts of words in states and of three states in a row, and how text is cut into states.

A state is finer than a tag: (UPOS, XPOS, word). XPOS stands where the pair is frequent; the word stands where it is
frequent and has several tags (that, to, have), which makes it a state of its own (a lexicalised HMM). The tag of a
state is its UPOS. Sources: T. Brants, "TnT: a statistical part-of-speech tagger", 2000; F. Pla and A. Molina,
"Improving part-of-speech tagging using lexicalized HMMs", 2004.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import count as numbers
from typing import BinaryIO, NamedTuple

import numpy as np
from jaxtyping import Integer

from engine.errors import InputError
from engine.readers.base import shorten

State = tuple[str, str, str]  # UPOS, XPOS or "", lower-case word or ""
Token = tuple[str, str, str]  # word, UPOS, XPOS or ""

PAIR_TIMES, MOST_PAIRS = 10, 300  # how often a pair of UPOS and XPOS occurs that is a state, and how many there are
WORD_TIMES, MOST_WORDS = 200, 200  # the same for words that are states
TAG_TIMES, TAG_SHARE = 3, 0.01  # how often, and in what share of its occurrences, a word has a tag that counts
MAX_TAGS, LONGEST_TAG, LONGEST_WORD, LONGEST_LINE = 100, 20, 200, 1000


class Counts(NamedTuple):
    """States; words; times of (word, state); times of (class of the state before the last, last state, state).

    A class is a distinct (UPOS, XPOS) of the states, in their order. Two boundaries stand before a sentence and one
    behind it: class number len(classes), state number len(states).
    """

    states: tuple[State, ...]
    words: tuple[str, ...]
    lexicon: Integer[np.ndarray, "entry 3"]
    trigrams: Integer[np.ndarray, "entry 4"]

    @property
    def classes(self) -> list[tuple[str, str]]:
        """The distinct pairs of UPOS and XPOS."""
        return list(dict.fromkeys(state[:2] for state in self.states))

    @property
    def class_of(self) -> Integer[np.ndarray, "state"]:
        """The class of every state, the boundary's at the end."""
        at = {pair: place for place, pair in enumerate(self.classes)}
        return np.array([*(at[state[:2]] for state in self.states), len(at)])


def _choices(sentences: Sequence[Sequence[Token]]) -> tuple[set, set]:
    """The frequent pairs, and the words that are states."""
    pairs = Counter(token[1:] for sentence in sentences for token in sentence)
    tags: dict[str, Counter] = defaultdict(Counter)
    for sentence in sentences:
        for word, upos, _ in sentence:
            tags[word.lower()][upos] += 1
    times = Counter({word: tags_of.total() for word, tags_of in tags.items() if _has_several(tags_of)})
    frequent = {pair for pair, n in pairs.most_common(MOST_PAIRS) if n >= PAIR_TIMES}
    return frequent, {word for word, n in times.most_common(MOST_WORDS) if n >= WORD_TIMES}


def _has_several(tags: Counter) -> bool:
    least = max(TAG_TIMES, TAG_SHARE * tags.total())
    return sum(n >= least for n in tags.values()) > 1


def count(sentences: Sequence[Sequence[Token]]) -> Counts:
    """The counts of tagged sentences. Raises InputError where there are none, or more tags than a tagger may have."""
    if not any(sentences):
        raise InputError("There is no tagged sentence to count.")
    pairs, words = _choices(sentences)

    def state(token: Token) -> State:
        word, upos, xpos = token
        return upos, xpos if (upos, xpos) in pairs else "", word.lower() if word.lower() in words else ""

    paths = [[state(token) for token in sentence] for sentence in sentences if sentence]
    states = tuple(sorted({state for path in paths for state in path}))
    if len({upos for upos, _, _ in states}) > MAX_TAGS:
        raise InputError("There are more than {limit} different tags.", limit=MAX_TAGS)
    vocabulary = tuple(sorted({word for sentence in sentences for word, _, _ in sentence}))
    empty = Counts(states, vocabulary, np.empty((0, 3), np.int64), np.empty((0, 4), np.int64))
    lexicon, trigrams = _count(sentences, paths, empty)
    return empty._replace(lexicon=_rows(lexicon), trigrams=_rows(trigrams))


def _count(sentences: Sequence, paths: Sequence, empty: Counts) -> tuple[Counter, Counter]:
    place, word_place = ({name: at for at, name in enumerate(names)} for names in (empty.states, empty.words))
    class_of, edge = empty.class_of.tolist(), len(empty.states)
    lexicon, trigrams = Counter(), Counter()
    for sentence, path in zip(filter(None, sentences), paths, strict=True):
        at = [place[state] for state in path]
        lexicon.update((word_place[token[0]], state) for token, state in zip(sentence, at, strict=True))
        at = [edge, edge, *at, edge]
        trigrams.update((class_of[a], b, c) for a, b, c in zip(at, at[1:], at[2:], strict=False))
    return lexicon, trigrams


def _rows(times: Counter) -> np.ndarray:
    return np.array(sorted((*key, n) for key, n in times.items()), np.int64)


def read_tagged(source: BinaryIO, file: str) -> Iterator[list[Token]]:
    """The sentences of lines word TAB UPOS [TAB XPOS], a blank line after each; one sentence in memory at a time.

    Raises InputError with file and line for a row that is none: a corpus with holes would teach false neighbours.
    """
    sentence: list[Token] = []
    for number in numbers(1):
        line = source.readline(LONGEST_LINE + 1)
        if not line:
            break
        token = _token(line, number, file)
        if token:
            sentence.append(token)
        elif sentence:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _token(line: bytes, number: int, file: str) -> Token | None:
    def wrong(reason: str) -> InputError:
        return InputError("{file}, line {line}: {reason}", file=shorten(file), line=number, reason=reason)

    if len(line) > LONGEST_LINE:
        raise wrong(f"The line is longer than {LONGEST_LINE} bytes.")
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise wrong("This is not UTF-8 text.") from error
    if not text.strip():
        return None
    cells = [cell.strip() for cell in text.split("\t")]
    if not 2 <= len(cells) <= 3:
        raise wrong(f"A row is a word, its tag and perhaps a finer tag, parted by tabs; here are {len(cells)} cells.")
    word, upos, xpos = (*cells, "")[:3]
    if not word or len(word) > LONGEST_WORD:
        raise wrong("The word is empty." if not word else f"The word is longer than {LONGEST_WORD} characters.")
    if not is_tag(upos) or not (xpos == "" or is_tag(xpos)):
        raise wrong(f"A tag is one printable word of at most {LONGEST_TAG} characters.")
    return word, upos, xpos


def is_tag(text: object) -> bool:
    """Whether a text can be the name of a tag."""
    return isinstance(text, str) and 0 < len(text) <= LONGEST_TAG and text.isprintable() and " " not in text
