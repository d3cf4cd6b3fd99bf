"""What was observed: one box for all pages of the section, symbols as words or letters, checked against V."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from engine.errors import InputError
from engine.hmm import json_files
from ui import runs_hmm
from ui.language import lang, t
from ui.page import plain

MOST = 400  # observations that the pages show
_MOST_TYPED = 4000  # characters that stay in the box and its link
_MOST_TAKEN = 200_000  # characters that the browser lets through, to be cut with a word
FEW = 30  # symbols that a message lists
FEW_TO_PICK = 12  # symbols that stand as buttons
SAMPLED = 12  # observations of a model that brings no example
TRANSLATED = 60  # a larger V is characters of a text: shown as it is


def labels(words: Sequence[str]) -> list[str]:
    """Names of states or symbols in the session's language."""
    return [t(word) for word in words] if len(words) <= TRANSLATED else list(words)


def parse(text: str, V: Sequence[str], shown: Sequence[str] = ()) -> tuple[list[int], tuple[int, str] | None]:
    """Positions in V, and the first symbol that is not in it: (place from 1, symbol), or None.

    Symbols are separated by spaces or commas, by commas alone where a symbol holds a space; where all symbols are
    single characters they need no separator. `shown` are V's names in another language; both are understood, in
    capitals or not as long as that names one symbol.
    """
    single = all(len(word) == 1 for word in V)
    known = _known(V, shown or V)
    found = []
    for place, word in enumerate(_words(text, V, single, known), 1):
        at = known.get(word, known.get(word.casefold()))
        if at is None:
            return found, (place, word)
        found.append(at)
    return found, None


def _known(V: Sequence[str], shown: Sequence[str]) -> dict[str, int]:
    """Every spelling of a symbol; the exact ones win, a spelling in small letters must be of one symbol alone."""
    small: dict[str, int | None] = {}
    for words in (shown, V):
        for at, word in enumerate(words):
            small[word.casefold()] = at if small.get(word.casefold(), at) == at else None
    exact = {word: at for words in (shown, V) for at, word in enumerate(words)}
    return {word: at for word, at in (small | exact).items() if at is not None}


def _words(text: str, V: Sequence[str], single: bool, known: dict[str, int]) -> list[str]:
    if single:
        parts = [text] if any(re.search(r"[\s,，、;；]", word) for word in V) else re.split(r"[\s,，、;；]+", text)
        whole = [[part] if part in known else list(part) for part in parts]
        return [char for part in whole for char in part if not char.isspace() or char in known]
    spaced = any(re.search(r"\s", word) for word in known)
    parts = re.split(r"[,，、;；\n]+" if spaced else r"[\s,，、;；]+", text)
    return [part.strip() for part in parts if part.strip()]


def spelled(O: Sequence[int], shown: Sequence[str]) -> str:
    """Observations as they stand in the box."""
    words = [shown[k] for k in O]
    if len(shown) > FEW and all(len(word) == 1 for word in shown):
        return "".join(words)
    return (", " if any(re.search(r"\s", word) for word in shown) else " ").join(words)


def check_typable(V: Sequence[str]) -> None:
    """Raises InputError naming a symbol that nobody could type as an observation."""
    if parse(spelled(range(len(V)), V), V) == (list(range(len(V))), None):
        return
    for at, word in enumerate(V):
        if re.search(r"[\s,，、;；]", word) or parse(word, V) != ([at], None):
            raise InputError(
                "The symbol {symbol} cannot be typed among observations: without commas and blanks it can.",
                symbol=repr(word[:40]),
            )
    raise InputError("The symbols cannot be told apart when they are typed as observations.")


def _example(key: str) -> tuple[int, ...]:
    model = runs_hmm.model(key)
    if key.startswith(runs_hmm.PRESET):
        at = {word: place for place, word in enumerate(model.V)}
        return tuple(at[word] for word in json_files.preset(key.removeprefix(runs_hmm.PRESET)).example)
    return runs_hmm.sequence(key, SAMPLED, 0)


class _Box(NamedTuple):
    """What the box was drawn for: a model, a language, the example in it, V's names in that language."""

    key: str
    lang: str
    default: str
    shown: list[str]


def _keep_what_fits(now: _Box) -> None:
    """At first the example; then, for another model, observations that it knows stay, others and a preset's own
    example give way to its example; in another language observations are translated, what is unknown stays.

    The box has no default of its own, so that the link always holds what stands in it.
    """
    before = st.session_state.get("hmm_observed")
    st.session_state["hmm_observed"] = now
    if before is None or before == now:
        if "o" not in st.session_state and "o" not in st.query_params:
            st.session_state["o"] = now.default
        return
    standing = st.query_params.get("o", st.session_state.get("o", before.default))
    V = runs_hmm.model(now.key).V
    if before.key == now.key:
        found, unknown = parse(standing, V, before.shown)
        st.session_state["o"] = standing if unknown or not found else spelled(found, now.shown)
        return
    presets = before.key.startswith(runs_hmm.PRESET) and now.key.startswith(runs_hmm.PRESET)
    fits = parse(standing, V, now.shown)[1] is None
    st.session_state["o"] = standing if fits and not (standing == before.default and presets) else now.default


def _sample(key: str, n: int) -> None:
    seed = st.session_state["hmm_sampled"] = st.session_state.get("hmm_sampled", 0) + 1
    write(key, runs_hmm.sequence(key, n, seed))


def write(key: str, O: Sequence[int]) -> None:
    """Put observations into the box; in a callback, or before the box is drawn."""
    st.session_state["o"] = spelled(O, labels(runs_hmm.model(key).V))


def text(key: str, O: Sequence[int]) -> str:
    """Observations as the link parameter `o`, in no language: for a link to another page."""
    return spelled(O, runs_hmm.model(key).V)


def observations(key: str) -> tuple[int, ...]:
    """The box of observations, shared by all pages of the section and kept in the link: positions in the model's V.

    Says what is not in V, or that nothing is typed, and goes on with the example; more than `MOST` are cut, which is
    said too.
    """
    V = runs_hmm.model(key).V
    shown, example = labels(V), _example(key)
    default = spelled(example, shown)
    _keep_what_fits(_Box(key, lang(), default, shown))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        raw = st.text_input(
            t("Observations"), key="o", bind="query-params", max_chars=_MOST_TAKEN, autocomplete="off",
            placeholder=default[:60], width="stretch", on_change=_cut,
        )  # fmt: skip
        found, unknown = parse((raw or "")[:_MOST_TYPED], V, shown)
        length = len(found) if found and unknown is None else SAMPLED
        st.button(
            t("Sample one"), icon=":material/casino:", key="hmm_sample", on_click=_sample,
            args=(key, min(length, MOST)), help=t("A new sequence of this length, drawn from the model."),
        )  # fmt: skip
    if st.session_state.pop("hmm_cut", False) or len(raw or "") > _MOST_TYPED:
        st.caption(t("The first {n:,} characters are taken.", n=_MOST_TYPED))
    if unknown:
        st.warning(_unknown(*unknown, shown))
    elif not found:
        st.caption(t("Nothing is typed: the example is shown."))
    if unknown or not found:
        return example
    if len(found) > MOST:
        st.caption(t("The first {n} of {all} observations are shown.", n=MOST, all=len(found)))
    return tuple(found[:MOST])


def _cut() -> None:
    """Too long a text is cut where it stands, so that its link can be opened."""
    typed = st.session_state["o"] or ""
    if len(typed) > _MOST_TYPED:
        st.session_state["o"], st.session_state["hmm_cut"] = typed[:_MOST_TYPED], True


def _unknown(place: int, word: str, shown: Sequence[str]) -> str:
    said = {"n": place, "symbol": plain(word[:40])}
    if len(shown) > FEW:
        return t("Observation {n}, {symbol}, is not in V; the example is shown.", **said)
    allowed = plain(", ".join(shown))
    return t("Observation {n}, {symbol}, is not among {allowed}; the example is shown.", allowed=allowed, **said)


def change(key: str, O: tuple[int, ...], t_: int) -> None:
    """Choose another symbol for one observation; it goes into the box."""
    V = runs_hmm.model(key).V
    if not 0 <= t_ < len(O):
        return
    slot, shown = f"hmm_change_{t_}_{O[t_]}", labels(V)

    def changed() -> None:
        new = st.session_state[slot]
        if new is not None:
            write(key, (*O[:t_], new, *O[t_ + 1 :]))

    show = st.pills if len(V) <= FEW_TO_PICK else st.selectbox
    at = {"default": O[t_], "required": True} if len(V) <= FEW_TO_PICK else {"index": O[t_]}
    show(
        t("Observation {n}", n=t_ + 1), range(len(V)), format_func=shown.__getitem__, key=slot, on_change=changed, **at
    )
