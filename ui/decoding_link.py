"""Decoding: what is wrong in a link, all of it in one notice."""

import math
from collections.abc import Collection, Mapping, Sequence

import streamlit as st

from ui.language import t
from ui.page import plain

LONGEST = 40  # letters of a wrong value that are shown


def unknown(param: str, value: str) -> str:
    """A value that is none of those there are."""
    return t("{param}={value}, which does not exist here", param=param, value=value[:LONGEST])


def beyond(param: str, value: str, limit: int) -> str:
    """A word that is forced after the last one."""
    return t("{param}={value}, which is beyond the limit of {n} words", param=param, value=value[:LONGEST], n=limit)


def _number(param: str, value: str, low: float, high: float) -> str | None:
    try:
        asked = float(value)
    except ValueError:
        asked = math.nan
    if math.isnan(asked):
        return t("{param}={value}, which is no number", param=param, value=value[:LONGEST])
    if low <= asked <= high:
        return None
    return t("{param}={value}, which is not between {low:g} and {high:g}", param=param, value=value[:LONGEST], low=low,
             high=high)  # fmt: skip


def checked(numbers: Mapping[str, tuple[float, float]], words: Mapping[str, Collection[str]]) -> list[str]:
    """What the link asks for that is no number, out of range (lowest, highest) or none of the words; it is taken out
    of the link.
    """
    asked, wrong = st.query_params.to_dict(), {}
    for name in asked:
        if name in numbers:
            wrong[name] = _number(name, asked[name], *numbers[name])
        elif name in words and asked[name] not in words[name]:
            wrong[name] = unknown(name, asked[name])
    wrong = {name: told for name, told in wrong.items() if told}
    for name in wrong:
        del st.query_params[name]
    return list(wrong.values())


def say(wrong: Sequence[str]) -> None:
    """One notice for all."""
    if wrong:
        st.warning(plain(t("Left out of the link: {values}.", values=t("; ").join(wrong))))
