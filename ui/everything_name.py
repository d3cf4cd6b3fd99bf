"""What "A name through everything" says and shows: one name in all models, on common axes."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import xarray as xr

from charts.strips import COLOURS, strips
from ui import models, page, runs_everything
from ui.language import lang, t
from ui.page import Figure

PAUSE = "50ms"  # in typing, after which a name is read: all models take less
LONG = 3  # models that are named one by one
# where a model's own page is another than `ui.models.opens` says, or wants more than the name
OPENS = {
    "ngram": ("bayes", {}), "hmm": ("bayes", {}), "transformer": ("heads", {"network": "names"}),
    "lecture": ("step", {"model": "lecture"}), "elman": ("step", {"model": "elman"}),
    "lstm": ("lstm", {"cell": "lstm"}), "lstm-peephole": ("lstm", {"cell": "lstm-peephole"}),
}  # fmt: skip


def called(trace: xr.Dataset, language: int) -> str:
    """A language by its index."""
    return str(trace["language_label"].values[language])


def listed(words: Sequence[str]) -> str:
    """Words in a row, as the session's language separates them."""
    return ("、" if lang() == "zh" else ", ").join(words)


def _letter(trace: xr.Dataset, at: int) -> str:
    return t("letter {k} ({letter})", k=at + 1, letter=trace.attrs["text"][at].replace(" ", "␣"))


def few(trace: xr.Dataset) -> list[int]:
    """The languages with colours: what is answered at the end, then along the way, then the likeliest."""
    best = trace["best"].values
    orders = [Counter(part.ravel().tolist()).most_common() for part in (best[:, -1], best)]
    likely = trace["mean"].values.mean(0).argsort()[::-1].tolist()
    answered = [language for order in orders for language, _ in order]
    found = list(dict.fromkeys([int(trace["majority"][-1]), *answered, *likely]))
    return found[:COLOURS]


def finding(trace: xr.Dataset) -> str:
    """Who answers what at the end, and since when or from where apart."""
    best, most = trace["best"].values[:, -1], int(trace["majority"][-1])
    with_them = best == most
    p = trace["probs"].values[with_them, -1, most]
    said = {"name": trace.attrs["text"], "language": called(trace, most), "n": len(best), "k": int(with_them.sum())}
    if with_them.all():
        first = t("{name}: all {n} models answer {language}, at {low:.0%} to {high:.0%}.",
                  low=p.min(), high=p.max(), **said)  # fmt: skip
        return f"{first} {_since(trace)}".strip()
    return t("{name}: {k} of {n} models answer {language}.", **said)


def _since(trace: xr.Dataset) -> str:
    """From which letter on all models agree."""
    together = trace["agreement"].values == 1
    if together.all():
        return t("They agree at every letter.") if len(together) > 1 else ""
    return t("They agree from {letter} on.", letter=_letter(trace, int(np.flatnonzero(~together)[-1]) + 1))


def parting(trace: xr.Dataset) -> list[str]:
    """For every other answer at the end: who gives it, and at which letter they left the majority."""
    best, majority = trace["best"].values, trace["majority"].values
    groups: dict[tuple[int, int], list[str]] = {}
    for row, name in zip(best, trace["model_label"].values.tolist(), strict=True):
        if row[-1] != majority[-1]:
            with_them = np.flatnonzero(row == majority)
            groups.setdefault((int(row[-1]), int(with_them[-1]) + 1 if len(with_them) else 0), []).append(str(name))
    said = []
    for (language, at), names in sorted(groups.items(), key=lambda group: -len(group[1])):
        given = {"models": listed(names), "language": called(trace, language)}
        if at:
            said.append(t("{models}: {language}; apart from the majority since {letter}.", letter=_letter(trace, at),
                          **given))  # fmt: skip
        else:
            said.append(t("{models}: {language}, never with the majority.", **given))
    return said


def deciding(trace: xr.Dataset) -> str:
    """The letter after which most models came to stay with what the majority answers at the end."""
    best, most = trace["best"].values, int(trace["majority"][-1])
    stay = [int(np.flatnonzero(row != most)[-1]) + 1 if (row != most).any() else 0 for row in best if row[-1] == most]
    at, k = max(Counter(stay).items(), key=lambda pair: (pair[1], pair[0]))
    given = {"letter": _letter(trace, at), "k": k, "language": called(trace, most)}
    if k == 1:
        return t("{language}: each model came to it at another letter.", **given) if len(stay) > 1 else ""
    return t("What did it: {letter}; from there on {k} models stay with {language}.", **given)


def widest(trace: xr.Dataset) -> str:
    """Where the answers are furthest apart."""
    apart = trace["disagreement"].values
    at = int(apart.argmax())
    n = int((trace["votes"].values[at] > 0).sum())
    if n == 1:
        return ""
    return t("They are furthest apart after {letter}: {n} different answers.", letter=_letter(trace, at), n=n)


def truth(trace: xr.Dataset) -> str:
    """What the data say of the name: languages, and whether the models have seen it."""
    found = runs_everything.known(trace.attrs["text"])
    if not found:
        return t("The data do not have this name: no model has seen it, and nobody says who is right.")
    new = [t(language) for language, held in found.items() if held]
    seen = [t(language) for language, held in found.items() if not held]
    parts = []
    if seen:
        parts.append(t("The models were trained with this name as {languages}.", languages=listed(seen)))
    if new:
        parts.append(t("Held out from training, the data have it as {languages}.", languages=listed(new)))
    return " ".join(parts)


def captions(trace: xr.Dataset) -> list[str]:
    """A sentence for each letter: who answers what after it."""
    names, said = trace["model_label"].values.tolist(), []
    for at, best in enumerate(trace["best"].values.T.tolist()):
        groups = Counter(best).most_common()
        most = int(trace["majority"][at])
        words = [t("After {letter}: {language} {k} of {n}.", letter=_letter(trace, at), language=called(trace, most),
                   k=best.count(most), n=len(best))]  # fmt: skip
        for language, k in groups:
            who = [str(name) for name, each in zip(names, best, strict=True) if each == language]
            if language != most:
                shown = listed(who) if k <= LONG else t("{k} models", k=k)
                words.append(t("{language}: {models}.", language=called(trace, language), models=shown))
        said.append(" ".join(words))
    return said


def opened(model: str) -> dict[str, object]:
    """The page that shows this model on the name, and what it is told."""
    file, params = OPENS.get(model) or (models.opens(model), {})
    return {"page": file, "params": params}


def figure(trace: xr.Dataset) -> Figure:
    """Answers, votes and a strip a model, with the proof of a picked cell."""
    text, names = trace.attrs["text"], trace["model_label"].values.tolist()
    opens = [{**(each := opened(name)), "params": {"name": text, **each["params"]}} for name in names]
    chart = strips(
        trace["probs"], few(trace), apart=trace["disagreement"], opens=opens, said=captions(trace),
        index=page.cursor("t", len(text)),
    )  # fmt: skip
    return Figure(chart, "everything_name", finding(trace), trace=trace)


def findings(trace: xr.Dataset) -> list[str]:
    """Everything else that is said above the figure."""
    where = " ".join(line for line in (deciding(trace), widest(trace)) if line)
    return [line for line in (*parting(trace), where, truth(trace)) if line]
