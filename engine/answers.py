"""The likeliest languages of many names: parts joined, rows chosen and ordered, languages counted."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer

ORDERS = ("file", "sure", "unsure", "name")


class Answers(NamedTuple):
    """Names (columns `file, line, name, text`) with their likeliest languages, likeliest first."""

    names: pd.DataFrame
    index: Integer[np.ndarray, "n k"]  # into languages
    probs: Float[np.ndarray, "n k"]
    languages: tuple[str, ...]


def join(names: pd.DataFrame, parts: Sequence[tuple[np.ndarray, np.ndarray]], languages: tuple[str, ...]) -> Answers:
    """Answers from (index, probabilities) of consecutive parts of the names."""
    index, probs = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Answers(names, index, probs, languages)


def take(answers: Answers, rows: np.ndarray | slice) -> Answers:
    """Some rows: a slice, positions or a mask."""
    rows = np.flatnonzero(rows) if isinstance(rows, np.ndarray) and rows.dtype == bool else rows
    return Answers(answers.names.iloc[rows], answers.index[rows], answers.probs[rows], answers.languages)


def choose(answers: Answers, sought: str = "", languages: Collection[str] = (), least: float = 0.0) -> Answers:
    """Rows whose name or folded name holds `sought`, whose first language is among `languages`, at least so certain.

    An empty `sought` or `languages` leaves all.
    """
    mask = answers.probs[:, 0] >= least
    if languages:
        wanted = [at for at, language in enumerate(answers.languages) if language in languages]
        mask &= np.isin(answers.index[:, 0], wanted)
    if sought := sought.strip():
        hits = (answers.names[column].str.contains(sought, case=False, regex=False) for column in ("name", "text"))
        mask &= np.logical_or.reduce([hit.to_numpy(bool) for hit in hits])
    return take(answers, mask)


def order(answers: Answers, by: str) -> Answers:
    """Rows as in the `file`, `sure` or `unsure` ones first, or by folded `name`."""
    if by == "name":
        return take(answers, np.argsort(answers.names["text"].str.casefold().to_numpy(object), kind="stable"))
    if by in ("sure", "unsure"):
        return take(answers, np.argsort(answers.probs[:, 0] * (-1 if by == "sure" else 1), kind="stable"))
    return answers


def counts(answers: Answers) -> pd.DataFrame:
    """Columns `label, value`: names by their likeliest language, most first, languages without names left out."""
    found = np.bincount(answers.index[:, 0], minlength=len(answers.languages))
    table = pd.DataFrame({"label": answers.languages, "value": found})
    return table[found > 0].sort_values("value", ascending=False, kind="stable", ignore_index=True)


def frame(answers: Answers, words: Sequence[str]) -> pd.DataFrame:
    """One row a name for the eye: `words` are the languages' names; columns that say nothing are left out."""
    names, columns = answers.names, {"name": answers.names["name"].to_numpy(object)}
    for rank in range(answers.index.shape[1]):
        columns[f"language_{rank + 1}"] = pd.Categorical.from_codes(answers.index[:, rank], pd.Index(words))
        columns[f"probability_{rank + 1}"] = answers.probs[:, rank]
    if (names["name"] != names["text"]).any():
        columns["folded"] = names["text"].to_numpy(object)
    if names["file"].nunique() > 1:
        columns["file"] = names["file"].to_numpy(object)
    return pd.DataFrame(columns | {"line": names["line"].to_numpy()})
