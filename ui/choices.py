"""Choices among words that are shown in the session's language, and kept in session and link without it.

(A bound widget would put the translation into the link and keep it in the browser, where the other language does not
find it.)
"""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from ui.language import lang, t
from ui.page import plain


def _standing(key: str, options: Mapping, link: str | None) -> list:
    """What a choice stands at: as in the link, else as it was left; unknown words of a link are told and left out."""
    asked = st.query_params.get_all(link) if link else []
    if unknown := [word for word in asked if word not in options]:
        st.warning(plain(t("The link asks for {param}={value}, which does not exist here; it is left out.",
                           param=link, value=unknown[0][:40])))  # fmt: skip
    return list(dict.fromkeys(word for word in asked or st.session_state.get(key, []) if word in options))


def unused(*params: str) -> None:
    """Tell what the link asks for that this page, unlike others, has nothing for; it is taken out of the link."""
    for param in params:
        if asked := st.query_params.get(param):
            del st.query_params[param]
            st.warning(plain(t("The link asks for {param}={value}, which does not exist here; it is left out.",
                               param=param, value=asked[:40])))  # fmt: skip


def _stand(key: str, link: str | None, words: Sequence) -> None:
    """Keep what a choice stands at in the session and in the link."""
    st.session_state[key] = list(words)
    if link and st.query_params.get_all(link) != list(words):
        st.query_params[link] = list(words)


def several(key: str, options: Mapping[str, str], show: Callable, link: str | None = None) -> list[str]:
    """The words chosen among `options` (word: its translation) by the multiple choice that `show` draws."""
    shown, standing = f"{key}_{lang()}", _standing(key, options, link)

    def changed() -> None:
        _stand(key, link, st.session_state[shown])

    words = show(list(options), standing, format_func=options.get, key=shown, on_change=changed)
    _stand(key, link, words)
    return words


def one(key: str, options: Mapping[str, str], show: Callable, first: str, link: str | None = None) -> str:
    """The word chosen among `options` (word: its translation) by the widget that `show` draws; `first` at first.

    `show` takes the words, the one that it stands at, and the rest by name. The link does not hold `first`.
    """
    shown, standing = f"{key}_{lang()}", _standing(key, options, link)

    def changed() -> None:
        value = st.session_state[shown]
        _stand(key, link, [] if value == first and link else [value])

    chosen = show(list(options), (standing or [first])[0], format_func=options.get, key=shown, on_change=changed)
    _stand(key, link, [] if chosen == first and link else [chosen])
    return chosen


def box(container, label: str, **rest: object) -> Callable:
    """A selectbox for `one`."""

    def show(words: list, at: object, **given: object):
        return container.selectbox(label, words, words.index(at), **given, **rest)

    return show
