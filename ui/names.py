"""A name as input: the box, what the fold changed, and what a network's reading of it says in words."""

from typing import NamedTuple

import pandas as pd
import streamlit as st
import xarray as xr

from engine.text import fold
from ui import runs
from ui.language import t

LONGEST = 60  # letters that the step-by-step pages show; Score takes 100
EXAMPLE = "Dostoevsky"


def box(label: str, live: str | bool = True) -> str:
    """The name of the session, folded; stops the page with a message where no letter is left.

    `live`: the pause in typing after which a name is read, such as "50ms".
    """
    raw = st.text_input(
        label, EXAMPLE, key="name", max_chars=LONGEST, bind="query-params", live=live, persist_state="session",
        placeholder=t("for example {name}", name=EXAMPLE), autocomplete="off", on_change=_from_the_end,
    )  # fmt: skip
    folded = fold((raw or "").strip())
    folded = folded._replace(text=folded.text.strip())
    if not folded.text:
        st.info(
            t("Type a name with at least one letter a–z, for example Li Xiaolong for 李小龙."),
            icon=":material/keyboard:",
        )
        st.stop()
    if folded.text != folded.raw:
        _say_fold(folded.text, [char for _, char in folded.dropped])
    return folded.text


def _from_the_end() -> None:
    """A new name is shown as read to its end, whatever letter the link named.

    The link is left to the browser: an answer of the server would bring back the name that it had before.
    """
    st.session_state["t__left"] = st.query_params.get("t")


def _say_fold(text: str, dropped: list[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(t("The network reads"))
        st.code(text, language=None)
        if dropped:
            st.caption(t("These characters are not among its 57 letters and were left out:"))
            st.code(" ".join(dict.fromkeys(dropped)), language=None)


class Reading(NamedTuple):
    """What a network answers after every letter: language labels, probabilities, where the answer changed."""

    best: list[str]
    prob: list[float]
    flips: list[int]


def reading(trace: xr.Dataset) -> Reading:
    """The best language after each letter of a localised trace."""
    probs = trace["probs"].transpose("time", "language").values
    labels, winner = trace["language_label"].values, probs.argmax(1)
    flips = [int(at) for at in range(1, len(winner)) if winner[at] != winner[at - 1]]
    return Reading([str(labels[i]) for i in winner], probs.max(1).tolist(), flips)


def finding(trace: xr.Dataset) -> str:
    """The reading in one or two sentences; the alt text of the heat map too."""
    read, letters = reading(trace), trace["time_label"].values
    answer = t("{name} → {language}, {prob:.0%}", name="".join(letters), language=read.best[-1], prob=read.prob[-1])
    if len(letters) == 1:
        return t("{answer}.", answer=answer)
    if not read.flips:
        return t("{answer}. The answer stood from the first letter on.", answer=answer)
    at = read.flips[-1]
    return t(
        "{answer}. The answer flipped {n} times, last at letter {k} ({letter}): {before} → {after}.",
        answer=answer, n=len(read.flips), k=at + 1, letter=letters[at], before=read.best[at - 1], after=read.best[at],
    )  # fmt: skip


def captions(read: Reading) -> list[str]:
    """What stands under each letter of the stepper."""
    return [f"{best}\n{prob:.0%}" for best, prob in zip(read.best, read.prob, strict=True)]


def strongest(trace: xr.Dataset) -> str:
    """The letter that adds most to the winning score at the end, in words."""
    best = int(trace["probs"].values[-1].argmax())
    parts = trace["contribution"].values[-1, best, :-1]
    at = int(parts.argmax())
    return t(
        "At the end, letter {k} ({letter}) speaks loudest for {language}: {amount:+.2f}.",
        k=at + 1, letter=trace["time_label"].values[at], amount=parts[at],
        language=trace["language_label"].values[best],
    )  # fmt: skip


def plane(model: str, name: str) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, str]]:
    """For the chart: the held-out names' last states, the path of one name, and what the two axes are."""
    points, shares = runs.state_plane(model)
    points = points.assign(group=points["group"].cat.rename_categories(t))
    axes = tuple(t("component {k}: {share:.0%} of the variance", k=k, share=share) for k, share in enumerate(shares, 1))
    return points, runs.state_path(model, name), axes


def span(*traces: xr.Dataset) -> tuple[float, float]:
    """One colour scale for the log-probabilities of several networks."""
    return min(float(trace["log_probs"].values.min()) for trace in traces), 0.0


def unread(parts: xr.DataArray) -> xr.DataArray:
    """Contributions with nothing where a letter is not read yet; the last source, the bias, is always there."""
    later = parts["source"] > parts["time"]
    return parts.where(~later | (parts["source"] == parts.sizes["source"] - 1)).assign_attrs(parts.attrs)


def balanced(*arrays: xr.DataArray) -> tuple[float, float]:
    """One colour scale around 0 for several arrays."""
    most = max(float(abs(array.values).max()) for array in arrays) or 1.0
    return -most, most
