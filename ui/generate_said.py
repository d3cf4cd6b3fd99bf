"""Generate: the findings in words."""

from collections import Counter

import numpy as np
import xarray as xr

from engine.letter_model import WORDS
from engine.letter_model_names import LIMIT, Invented, Mark
from ui import runs_letters
from ui.decoding import share
from ui.generate import Asked, Found
from ui.language import t


def known(mark: Mark, language: str) -> str:
    """Whether a name is new: a few words for a table."""
    if language in mark.languages:
        return t("copy")
    if mark.languages:
        return t("known: {languages}", languages=", ".join(map(t, mark.languages[:3])))
    return t("new")


def marked(ask: Asked, name: str, mark: Mark) -> str:
    """Whether a name is new, in a sentence."""
    if ask.language in mark.languages:
        return t("A copy: {language} names of the training have it.", language=t(ask.language))
    near = t("The nearest {language} name it knows is {nearest}, {n} edits away.", language=t(ask.language),
             nearest=mark.nearest, n=mark.distance)  # fmt: skip
    if mark.distance == 1:
        near = t("The nearest {language} name it knows is {nearest}, one edit away.", language=t(ask.language),
                 nearest=mark.nearest)  # fmt: skip
    if mark.languages:
        others = ", ".join(map(t, mark.languages[:3]))
        return t("Not in the {language} names it learned from, but in others: {others}.", language=t(ask.language),
                 others=others) + " " + near  # fmt: skip
    return t("A new name: nowhere in the names it learned from.") + " " + near


def finding(ask: Asked, got: Found) -> str:
    """The name, and whether it is invented."""
    said = t("{language}, seed {seed}: {name}.", language=t(ask.language), seed=ask.seed, name=got.mark)
    if not got.ended:
        said += " " + t("It did not end: stopped after {n} letters.", n=LIMIT)
    return said + (" " + marked(ask, got.name, runs_letters.name_mark(got.name, ask.language)) if got.name else "")


def free(got: Found) -> np.ndarray:
    """The steps at which the network itself chose."""
    forced = got.steps.attrs["forced"]
    return np.array([k for k in range(got.steps.sizes["step"]) if k not in forced], int)


def boldest(got: Found) -> int | None:
    """The step whose letter was least likely; the first letter only where the network chose no other."""
    steps = free(got)
    if not len(steps):
        return None
    later = steps[steps > 0] if steps[-1] > 0 else steps
    return int(later[got.steps["taken"].values[later].argmin()])


def drawing(got: Found) -> str:
    """How bold the draws were, and what the cut-off left."""
    at = boldest(got)
    if at is None:
        return ""
    words, p = got.steps.attrs["words"][at], got.steps["p"].values[at]
    here = str(got.steps["step_label"].values[at])
    said = t("Boldest after the first letter: “{word}” at place {k} had {p}.", k=at + 1, word=shown(here),
             p=share(p[words.index(here)]))  # fmt: skip
    if words[0] != here:
        said = t("Boldest after the first letter: “{word}” at place {k} had {p}, where “{other}” had {q}.", k=at + 1,
                 word=shown(here), p=share(p[words.index(here)]), other=shown(words[0]), q=share(p[0]))  # fmt: skip
    kept = got.steps["kept"].values[free(got)].sum(1)
    return said + " " + t("The cut-off left between {least} and {most} of {n} characters to draw from.",
                          least=int(kept.min()), most=int(kept.max()), n=len(WORDS))  # fmt: skip


def shown(letter: str) -> str:
    """A letter in a sentence: a blank is to be seen."""
    return letter if letter.strip() else "␣"


HABITS = ("last", "before", "language")


def habits(trace: xr.Dataset) -> dict[str, tuple[int, int, float]]:
    """Which head looks most, on the mean over the places that can, at the last letter, the one before it, and the
    language: (layer, head, mean weight).
    """
    weights, n = trace["weights"].values, trace.sizes["query"]
    masses = {
        "last": np.diagonal(weights, 0, 2, 3)[..., min(1, n - 1) :],
        "before": np.diagonal(weights, -1, 2, 3)[..., 1:] if n > 2 else None,
        "language": weights[..., min(1, n - 1) :, 0],
    }
    best = {}
    for habit, mass in masses.items():
        if mass is not None:
            mean = mass.mean(-1)
            layer, head = np.unravel_index(mean.argmax(), mean.shape)
            best[habit] = int(layer), int(head), float(mean[layer, head])
    return best


def looking(got: Found) -> str:
    """What the heads look at in this name."""
    best = habits(got.trace)
    said = [
        t("Over this name, head {head} of layer {layer} looks most at the letter just written ({p:.0%}).",
          layer=best["last"][0] + 1, head=best["last"][1] + 1, p=best["last"][2]),
        t("Head {head} of layer {layer} looks most back at the language ({p:.0%}).",
          layer=best["language"][0] + 1, head=best["language"][1] + 1, p=best["language"][2]),
    ]  # fmt: skip
    if "before" in best:
        said.insert(1, t("Head {head} of layer {layer} looks most at the letter before that ({p:.0%}).",
                         layer=best["before"][0] + 1, head=best["before"][1] + 1, p=best["before"][2]))  # fmt: skip
    return " ".join(said)


def settled(got: Found) -> list[int]:
    """At how many places each depth already has the letter that is likeliest at last."""
    best = got.trace["lens_best"].values
    return (best == best[-1]).sum(1).tolist()


def through(got: Found) -> str:
    """How early the layers agree with the last one."""
    agree, n = settled(got), got.trace.sizes["query"]
    said = [t("The letter that is likeliest at last is already so at {k} of {n} places before any layer", k=agree[0],
              n=n)]  # fmt: skip
    said += [t("after layer {layer} at {k}", layer=layer, k=k) for layer, k in enumerate(agree[1:-1], 1)]
    return t(", ").join(said) + t(".")


def quality() -> str:
    """How good the model is, and how much it copies, from its card."""
    card = runs_letters.letters().card
    own, other, n = card["copies"]["own"], card["copies"]["other"], card["copies"]["n"]
    return t(
        "On names it never saw it needs **{bits:.2f} bits a character**; counted pairs of letters need {bigram:.2f}, "
        "triples {trigram:.2f}. Of {n:,} names it invented without a cut-off, {own:.0%} are copies of training names "
        "of the language, {other:.0%} of another one.",
        bits=card["bits"], bigram=card["yardsticks"]["bigram"], trigram=card["yardsticks"]["trigram"], n=n, own=own,
        other=other,
    )  # fmt: skip


def summary(rows: list[tuple[str, Invented, Mark]]) -> str:
    """How many of some names are new."""
    kinds = Counter("copy" if at in mark.languages else "known" if mark.languages else "new" for at, _, mark in rows)
    return t("{new} of {n} are new, {copy} copied, {known} known in another language.", n=len(rows),
             **{kind: kinds[kind] for kind in ("new", "copy", "known")})  # fmt: skip
