"""A sentence as input: the box, its words, and what the network does not know of them, with similar words to take.

A test without a browser gives the sentence as a link does: `open_page("attention", s="Ich habe einen Hund .")`.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial

import streamlit as st

from charts.phrase import LONGEST, MOST_WORDS, phrase
from engine.tokens import SPECIALS, Tokens
from ui import components, runs_seq2seq, spelling
from ui.language import t
from ui.page import plain

PARAM = "s"  # of the link
NEAR, HELPED = 3, 5  # similar words of an unknown one, and of how many unknown words
MANY = 3  # unknown words from which a text may be of another language


def box(
    vocabulary: Sequence[str], examples: Sequence[str], label: str, key: str = "sentence", first: str | None = None,
    asks: tuple[str, str] | None = None,
) -> str:  # fmt: skip
    """The sentence of the session, kept in the link as `?s=`; stops the page with a message where there is none.

    vocabulary: the words that are offered while typing, the most frequent first, as `Tokens.vocabulary` has them;
    none (for pieces of words): nothing is offered or marked. first: the sentence at first, else the first example.
    asks: what stands in the empty box and what is said then, where it is no German sentence.
    Boxes of the same `key` share the sentence from page to page.
    """
    asks = asks or (t("a German sentence"), t("Type a German sentence, or choose one of the examples."))
    first = tidy(first if first is not None else next(iter(examples), ""))
    text = _standing(key, first)
    st.session_state[f"{key}__examples"] = list(examples)
    known = [word for word in vocabulary if word not in SPECIALS]
    serial, shown = st.session_state[f"{key}__shown"]
    chart = phrase(shown, known, examples, asks[0], serial, (PARAM, first))
    components.mount(chart, f"{key}_box", label, components.words())
    if not text:
        st.info(asks[1], icon=":material/keyboard:")
        st.stop()
    return text


def replace(text: str, key: str = "sentence") -> None:
    """Let the box hold another sentence; for callbacks, which run before the page."""
    _show(text, key)
    st.query_params[PARAM] = text


def tidy(text: str) -> str:
    """The text with composed letters and single blanks, without what cannot be seen."""
    blanks = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(char for char in blanks if char.isprintable()).strip()


def too_much(text: str) -> str:
    """Why a text is no sentence for the box, or nothing."""
    if len(text) > LONGEST:
        return t("The sentence of the link is longer than {n} characters and is not used.", n=LONGEST)
    if len(text.split()) > MOST_WORDS:
        return t("The sentence of the link has more than {n} words and is not used.", n=MOST_WORDS)
    return ""


def _show(text: str, key: str) -> None:
    """A sentence that the browser did not send: a new number tells it to take it over."""
    serial = st.session_state.get(f"{key}__shown", (0, ""))[0]
    st.session_state[key], st.session_state[f"{key}__shown"] = text, (serial + 1, text)


def _standing(key: str, first: str) -> str:
    """What was sent just now, else a link that is new, else what the session had."""
    state, asked = st.session_state, st.query_params.get(PARAM)
    said, seen = state.pop(f"{key}_box__said", None), state.get(f"{key}__link")
    if key not in state or f"{key}__shown" not in state:
        _show(tidy(state.get(key, first))[:LONGEST], key)
    if said is not None:
        state[key] = state[key] if too_much(tidy(said)) else tidy(said)
    elif asked is not None and asked != seen:
        wanted = tidy(asked)
        if wrong := too_much(wanted):
            st.warning(wrong)
        elif wanted != state[key]:
            _show(wanted, key)
    if asked is None and state[key] not in ("", first):  # back from a page without a sentence
        asked = st.query_params[PARAM] = state[key]
    state[f"{key}__link"] = asked
    return state[key]


def words(text: str, tokens: Tokens) -> list[str]:
    """The tokens of the sentence, those outside of the vocabulary as they are written."""
    return tokens.cut([text])[0]


def unknown(cut: Iterable[str], tokens: Tokens) -> list[str]:
    """The words that are not in the vocabulary, each once, in their order."""
    return [word for word in dict.fromkeys(cut) if word not in tokens.index or word in SPECIALS]


def say_unknown(cut: Sequence[str], tokens: Tokens, key: str = "sentence") -> None:
    """What to do about words that the network does not know: one button where the whole sentence can be written with
    words that it knows, an example where it knows hardly any, else a line a word with similar ones to click.
    """
    strange = unknown(cut, tokens)
    if not strange:
        return
    text = st.session_state.get(key, "")
    if (better := spelling.proposal(text, cut, tokens, _right)) and len(better) <= LONGEST:
        return _offer_whole(strange, better, key)
    if _foreign(cut, strange):
        return _offer_example(cut, strange, tokens, key)
    for place, word in enumerate(strange[:HELPED]):
        _offer(word, cut, tokens, key, place)
    if rest := strange[HELPED:]:
        st.markdown(t("Not in the vocabulary either, read as `<unk>`: {words}.", words=", ".join(map(_bold, rest))))


def _right(cut: tuple[str, ...]) -> bool:
    """Whether the grammar knows the German sentence."""
    return runs_seq2seq.known_pair(cut, "en") is not None


def _offer_whole(strange: Sequence[str], better: str, key: str) -> None:
    """The sentence with capitals, umlauts and its full stop, to take at a click."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}__whole"):
        st.markdown(t("Not in the vocabulary as it is spelled: {words}.", words=", ".join(map(_bold, strange))),
                    width="content")  # fmt: skip
        label = t("Write it as: {sentence}", sentence=plain(better))
        st.button(label, key=f"{key}__better", on_click=partial(replace, better, key))


def _foreign(cut: Sequence[str], strange: Sequence[str]) -> bool:
    """Whether most words of the text are unknown."""
    spelled = [word for word in dict.fromkeys(cut) if any(map(str.isalpha, word))]
    return len(strange) >= MANY and 2 * sum(word in strange for word in spelled) > len(spelled)


def _offer_example(cut: Sequence[str], strange: Sequence[str], tokens: Tokens, key: str) -> None:
    """One line for a text of another language or world, with a sentence that the network knows."""
    examples = st.session_state.get(f"{key}__examples", [])
    known = next((text for text in examples if not unknown(words(text, tokens), tokens)), None)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}__foreign"):
        st.markdown(t("The network knows the German words of a small grammar only; {n} of these words are not among "
                      "them and are read as `<unk>`.", n=len(strange)))  # fmt: skip
        if known:
            label = t("Try: {sentence}", sentence=plain(known))
            st.button(label, key=f"{key}__try", on_click=partial(replace, tidy(known), key))


def _bold(word: str) -> str:
    return f"**{plain(word)}**"


def _offer(word: str, cut: Sequence[str], tokens: Tokens, key: str, place: int) -> None:
    near, text = _near(tokens, word), st.session_state.get(key, "")
    near = near[:1] if _only_case(word, near) else near
    swapped = {other: swap(text, cut, word, other, tokens.lower) for other in near}
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}__unknown_{place}"):
        st.markdown(_verdict(word, near), width="content")
        for k, (other, new) in enumerate(swapped.items()):
            if new != text and len(new) <= LONGEST:
                st.button(plain(other), key=f"{key}__near_{place}_{k}", on_click=partial(replace, new, key))


def _only_case(word: str, near: Sequence[str]) -> bool:
    """Whether the word is unknown for its capitals alone."""
    return bool(near) and near[0].lower() == word.lower()


def _verdict(word: str, near: Sequence[str]) -> str:
    if not near:
        return t("{word} is not in the vocabulary; the network reads `<unk>` here.", word=_bold(word))
    if _only_case(word, near):
        return t("{word} is in the vocabulary only as {near}; the network reads `<unk>` here. Take instead:",
                 word=_bold(word), near=_bold(near[0]))  # fmt: skip
    return t("{word} is not in the vocabulary; the network reads `<unk>` here. Similar words:", word=_bold(word))


@lru_cache(512)
def _near(tokens: Tokens, word: str) -> list[str]:
    if tokens.kind != "words":
        return []
    spelled = [other for other in spelling.forms(word) if other in tokens.index]
    return [other for other in dict.fromkeys((*spelled, *tokens.near(word, NEAR + 1))) if other != word][:NEAR]


def swap(text: str, cut: Sequence[str], word: str, other: str, lower: bool = False) -> str:
    """The text with another word wherever `word` is one of its tokens; `lower`: the tokens are in small letters."""
    return spelling.rewritten(text, cut, [other if token == word else token for token in cut], lower) or text
