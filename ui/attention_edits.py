"""Edits of attention: in the link as `edit=4:0-10000-0` (step from 1, ten-thousandths), in the session, in words."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from engine.tokens import EOS
from engine.translation.bulk import LIMIT
from ui import attention as about
from ui import runs_seq2seq
from ui.encoder_decoder import Answer, Asked
from ui.language import t
from ui.page import plain

PARAM, NONE = "edit", "none"
MATRIX, KEPT, STEP = "attention_edited", "attention_edits", "attention_step"  # keys of the session
WHOLE, MOST = 10_000, 20  # parts of a weight in a link; edits at once
CLEAR = 0.5  # the probability that the word of an example has at least

Edits = dict[int, tuple[float, ...]]  # step, from 0 → a weight for each word read


def given(edits: Mapping[int, Sequence[float]]) -> runs_seq2seq.Edits:
    """As cached runs take them."""
    return tuple(sorted((step, tuple(weights)) for step, weights in edits.items()))


def text(step: int, weights: Sequence[float]) -> str:
    """An edit as it stands in the link."""
    return f"{step + 1}:" + "-".join(str(round(weight * WHOLE) or "") for weight in weights)


def read(asked: str, n: int) -> tuple[int, tuple[float, ...]] | None:
    """The step and the weights of n words, which sum to 1, of an edit in a link; None if it is not one."""
    step, _, rest = asked[:5000].partition(":")
    parts = rest.split("-")
    if len(parts) != n or not all(not part or (part.isascii() and part.isdecimal()) for part in (step, *parts)):
        return None
    if not 1 <= len(step) <= 3 or not 1 <= int(step) <= LIMIT or max(map(len, parts)) > 5:
        return None
    weights = [int(part or 0) for part in parts]
    total = sum(weights)
    return (int(step) - 1, tuple(weight / total for weight in weights)) if total else None


def standing(ask: Asked) -> Edits | None:
    """What the link, or else the session, edits; None where nothing was chosen. Bad values are said and left out."""
    of, state = (ask.name, ask.text), st.session_state
    before, kept = state.get(KEPT, (None, []))
    if before not in (None, of):
        st.query_params.pop(PARAM, None)
        state.pop(STEP, None)
    asked = st.query_params.get_all(PARAM) or (kept if before == of else [])
    found: Edits = {}
    for each in asked[:MOST]:
        if each == NONE:
            continue
        edit = read(each, len(ask.words))
        if edit is None:
            st.warning(plain(t("The link asks for {param}={value}, which does not exist here; it is left out.",
                               param=PARAM, value=each[:40])))  # fmt: skip
        else:
            found[edit[0]] = edit[1]
    chosen = bool(found) or NONE in asked
    state[KEPT] = (of, list(st.query_params.get_all(PARAM)) if not chosen else _texts(found))
    if chosen and st.query_params.get_all(PARAM) != _texts(found):
        st.query_params[PARAM] = _texts(found)
    return found if chosen else None


def _texts(edits: Edits) -> list[str]:
    return [text(step, weights) for step, weights in sorted(edits.items())] or [NONE]


def write(edits: Edits) -> None:
    """Let these be the edits from now on."""
    st.query_params[PARAM] = _texts(dict(sorted(edits.items())[:MOST]))


def sent(n: int) -> tuple[int, tuple[float, ...]] | None:
    """The row that was dragged just now."""
    row = st.session_state.pop(f"{MATRIX}__edited", None)
    step = (row or {}).get("position", {}).get("target")
    if step is None or step >= LIMIT or len(row["row"]) != n:
        return None
    return step, tuple(row["row"])


def example(ask: Asked, got: Answer) -> Edits:
    """An edit that says something: at one step attention on a single word alone, which makes the network write another
    word with confidence. Best one that it writes elsewhere when it looks there; of all the one whose words are longest.
    """
    words, side = about.written(got), ask.translator.target
    found, own = runs_seq2seq.alone(ask.name, ask.words, words), np.array(side.encode(words))
    elsewhere = set(zip(words, got.trace["weights"].values.argmax(1).tolist(), strict=True))
    best, edit = (False, 0.0), {}
    for step, source in np.argwhere((found.word != own[:, None]) & (found.word > EOS + 1) & (found.p >= CLEAR)):
        new, old = side.vocabulary[found.word[step, source]], words[step]
        told = (new, int(source)) in elsewhere, float(found.p[step, source]) * min(len(new), len(old))
        if told > best and ask.words[source].isalpha() and new.isalpha() and old.isalpha():
            best, edit = told, {int(step): only(int(source), len(ask.words))}
    return edit


def only(source: int, n: int) -> tuple[float, ...]:
    """All attention on one word of n."""
    return tuple(float(place == source) for place in range(n))


def equal(n: int) -> tuple[float, ...]:
    """The same attention on all n words."""
    return (1 / n,) * n


def kind(weights: Sequence[float], before: Sequence[float] | None) -> str:
    """What an edit is: "equal", "only:3", "before" (as at the step before) or "hand"."""
    if max(weights) > 1 - 1 / WHOLE:
        return f"only:{int(np.argmax(weights))}"
    if np.allclose(weights, 1 / len(weights), atol=1 / WHOLE):
        return "equal"
    return "before" if before is not None and np.allclose(weights, before, atol=1 / WHOLE) else "hand"


def said(what: str, words: Sequence[str], weights: Sequence[float] = ()) -> str:
    """An edit in words; `words`: those read."""
    if what.startswith("only:"):
        return t("only at “{word}”", word=words[int(what[5:])])
    if what == "hand":
        top = int(np.argmax(weights))
        return t("by hand, {p:.0%} on “{word}”", p=weights[top], word=words[top])
    return {"equal": t("everywhere equally"), "before": t("as at the step before"), "own": t("the network's own")}[what]
