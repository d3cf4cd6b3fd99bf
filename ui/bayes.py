"""Bayes: what the page asks and says of one name: the answer, the letter that did it, what speaks for and against."""

import streamlit as st
import xarray as xr

from ui import choices, runs_bayes
from ui.hmm_words import signed
from ui.language import N_, localise, t
from ui.lstm import shown_letter

AGAINST = {"mean": N_("mean"), "runner_up": N_("runner-up"), "expected": N_("expected")}
SURE = 0.995  # is no 100%


def against() -> int:
    """What a letter is compared with: its place in the trace."""

    def show(words: list, at: str, **given: object) -> str:
        return st.segmented_control(
            t("A letter is compared with"), words, default=at, required=True, **given,
            help=t("The mean of all languages; the second best language, which shows what decides between the two; or "
                   "what all languages together expected here, so that a row sums to log P(language | name)."),
        )  # fmt: skip

    word = choices.one("bayes_against", {key: t(said) for key, said in AGAINST.items()}, show, "mean", link="against")
    return list(AGAINST).index(word)


def reading(name: str, prior: str) -> xr.Dataset:
    """The shares of a name in the session's words; prior and end of the name by name, spaces to be seen."""
    trace = localise(runs_bayes.why(name, prior))
    label = trace["place_label"]
    words = [t("prior"), *map(shown_letter, name), t("end")]
    return trace.assign_coords(place_label=("place", words, label.attrs))


def spoken(trace: xr.Dataset, place: int) -> str:
    """A place in a sentence."""
    if place == 0:
        return t("the prior")
    letter = str(trace["place_label"].values[place])
    if place == trace.sizes["place"] - 1:
        return t("the end of the name")
    return t("letter {k} ({letter})", k=place, letter=letter)


def best(trace: xr.Dataset) -> list[int]:
    """The likeliest language after each place."""
    return trace["posterior"].values.argmax(1).tolist()


def flips(trace: xr.Dataset) -> list[int]:
    """The places at which the answer changed."""
    winner = best(trace)
    return [at for at in range(1, len(winner)) if winner[at] != winner[at - 1]]


def finding(trace: xr.Dataset) -> str:
    """The answer, and how it came to stand."""
    languages, winner, changed = trace["language_label"].values, best(trace), flips(trace)
    name = trace.attrs["text"]
    p = float(trace["posterior"].values[-1, 0])
    form = N_("{name} → {language}, {prob:.0%}") if p < SURE else N_("{name} → {language}, over 99%")
    said = t(form, name=name, language=languages[0], prob=p)
    if not changed:
        return t("{answer}. The answer stood from the first letter on.", answer=said)
    if len(changed) == 1:
        form = N_("{answer}. Before the first letter it was {first}; {place} turned it to {after}.")
        return t(form, answer=said, first=languages[winner[0]], place=spoken(trace, changed[0]), after=languages[0])
    return t(
        "{answer}. Before the first letter it was {first}; it changed {n} times, last at {place}: {before} → {after}.",
        answer=said, first=languages[winner[0]], n=len(changed), place=spoken(trace, changed[-1]),
        before=languages[winner[changed[-1] - 1]], after=languages[winner[changed[-1]]],
    )  # fmt: skip


def decided(trace: xr.Dataset) -> str:
    """What speaks most for the winner against the runner-up, and what most against it."""
    shares, languages = trace["evidence"].values[1, :, 0], trace["language_label"].values
    most, least = int(shares.argmax()), int(shares.argmin())
    words = {"first": languages[0], "second": languages[1]}
    said = t(
        "Between {first} and {second}, the runner-up, {place} decides most: it makes {first} {times} times as likely.",
        place=spoken(trace, most), times=_times(shares[most]), **words,
    )  # fmt: skip
    if shares[least] >= 0:
        return signed(said)
    more = t("{place} speaks most for {second}: {times} times.", place=_capital(spoken(trace, least)),
             times=_times(-shares[least]), **words)  # fmt: skip
    return signed(f"{said} {more}")


def _times(log: float) -> str:
    """e to a logarithm, in a sentence."""
    factor = 2.718281828459045 ** float(log)
    return f"{factor:,.0f}" if factor >= 10 else f"{factor:.1f}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def captions(trace: xr.Dataset) -> list[str]:
    """Under each place the likeliest language after it."""
    languages, posterior = trace["language_label"].values, trace["posterior"].values
    return [f"{languages[k]}\n{posterior[at, k]:.0%}" for at, k in enumerate(best(trace))]
