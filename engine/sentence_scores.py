"""Many sentences scored by the tagger or by the segmenter: one row a text, for tables and files."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine import segment, sentences
from engine.tagger import Tagger

BATCH = 1000  # texts in work at a time


def tagged(texts: Sequence[str], tagger: Tagger) -> pd.DataFrame:
    """Columns tagged (word_TAG …), log_probability, per_word, words, unknown, of English texts in their order.

    log_probability sums log P(words) over the sentences of a text; it and per_word are nan where there is no word.
    Words are counted as the model reads them, punctuation included.
    """
    parts = [_tagged(texts[at : at + BATCH], tagger) for at in range(0, len(texts), BATCH)]
    return pd.concat(parts, ignore_index=True) if parts else _tagged([], tagger)


def _tagged(texts: Sequence[str], tagger: Tagger) -> pd.DataFrame:
    cut = sentences.words(texts)
    flat = [sentence for text in cut for sentence in text]
    batch = tagger.tag_many(flat)
    owner = np.repeat(np.arange(len(cut)), [len(text) for text in cut])
    of_word = np.repeat(owner, [len(sentence) for sentence in flat])
    tags = (tagger.tags[at] for at in batch.tag.tolist())
    shown = [" ".join(f"{word}_{next(tags)}" for sentence in text for word in sentence) for text in cut]
    n = np.bincount(of_word, minlength=len(cut))
    log_p = np.bincount(owner, batch.logs[:, 0], len(cut))
    unknown = np.bincount(of_word, ~batch.known, len(cut)).astype(np.int64)
    return _frame("tagged", shown, log_p, "per_word", "words", n, unknown)


def segmented(texts: Sequence[str]) -> pd.DataFrame:
    """Columns segmented (words parted by spaces), log_probability, per_character, characters, unknown.

    Characters are the Han characters that the model reads; unknown ones among them count as not observed. Without
    any, log_probability and per_character are nan.
    """
    scored = [segment.score(text) for text in texts]
    shown = [" ".join(word for word in one.words if not word.isspace()) for one in scored]
    log_p = np.array([one.log_probability for one in scored], np.float64)
    n = np.array([one.n_characters for one in scored], np.int64)
    return _frame("segmented", shown, log_p, "per_character", "characters", n, [one.n_unknown for one in scored])


def _frame(what: str, shown: list[str], log_p: np.ndarray, per: str, unit: str, n: np.ndarray, unknown) -> pd.DataFrame:
    log_p = np.where(n > 0, log_p, np.nan)
    share = log_p / np.maximum(n, 1)
    return pd.DataFrame({what: pd.Series(shown, dtype="str"), "log_probability": log_p, per: share, unit: n,
                         "unknown": np.asarray(unknown, np.int64)})  # fmt: skip
