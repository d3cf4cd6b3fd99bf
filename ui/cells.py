"""What "Cells side by side" says and shows: one name through six networks."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from charts.stepper import stepper
from ui import choices, names, page, runs, runs_rnn
from ui.language import N_, t
from ui.page import Figure

FEW, MOST = 5, 10  # languages whose probabilities are shown
LETTERS = 30  # of a name that are read; more of them make every keystroke slow
SHARE = 0.95  # of the influences that the colour scale tells apart: a first letter may weigh ten times as much
MISSED = 0.05  # in log p: what integrated gradients may miss without a word
OWN = "own"
MEASURES = {
    "left_out": N_("without the letter"),
    "gradient_input": N_("gradient × input"),
    "integrated": N_("integrated gradients"),
    "gradient": N_("length of the gradient"),
    "state_gradient": N_("gradient at the state"),
}


def shortened(name: str) -> str:
    """The letters of a name that are read, with a caption where that is not all of it."""
    if len(name) <= LETTERS:
        return name
    st.caption(t("Of the first {n} letters.", n=LETTERS))
    return name[:LETTERS].strip()


def measure() -> str:
    """The switch between the measures of influence."""

    def show(words: Sequence[str], at: str, **rest: object) -> str:
        return st.segmented_control(t("Influence, measured by"), words, default=at, required=True, **rest)

    return choices.one("cells_measure", {word: t(says) for word, says in MEASURES.items()}, show, "left_out", "measure")


def asked() -> int | None:
    """The choice of the answer that the letters are to influence; None: each network's own after each letter."""
    languages = runs.network(runs_rnn.CELLS[0]).params.languages
    options = {OWN: t("its own answer")} | {name: t(name) for name in languages}
    chosen = choices.one("cells_asked", options, choices.box(st, t("Influence on")), OWN, "on")
    return None if chosen == OWN else languages.index(chosen)


def winners(trace: xr.Dataset) -> np.ndarray:
    """The likeliest language of each network after each letter: [network, time]."""
    return trace["probs"].values.argmax(2)


def majority(trace: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The language that most networks answer after each letter, and how many; of equals the likelier one."""
    votes = (winners(trace)[..., None] == np.arange(trace.sizes["language"])).sum(0)
    best = (votes + trace["probs"].values.mean(0) / 2).argmax(1)
    return best, votes[np.arange(len(best)), best]


def called(trace: xr.Dataset, language: int) -> str:
    """A language by its index."""
    return str(trace["language_label"].values[language])


def _place(trace: xr.Dataset, at: int) -> str:
    return f"{at + 1} ({trace['time_label'].values[at]})"


def _letter(trace: xr.Dataset, at: int) -> str:
    return t("letter {k} ({letter})", k=at + 1, letter=trace["time_label"].values[at])


def finding(trace: xr.Dataset) -> str:
    """Who answers what at the end, and which letter parted the networks."""
    best, count = majority(trace)
    top, n = trace["probs"].values[:, -1, best[-1]], trace.sizes["network"]
    known = {"name": trace.attrs["text"], "language": called(trace, best[-1]), "n": n}
    if count[-1] == n:
        said = t("{name}: all {n} networks answer {language}, at {low:.0%} to {high:.0%}.",
                 low=top.min(), high=top.max(), **known)  # fmt: skip
        return f"{said} {_since(trace)}".strip()
    said = t("{name}: {k} of {n} networks answer {language}.", k=count[-1], **known)
    return " ".join([said, *_leavers(trace, best)])


def _since(trace: xr.Dataset) -> str:
    """From which letter on all networks agree."""
    together = (winners(trace) == winners(trace)[0]).all(0)
    if together.all():
        return t("They agree at every letter.") if len(together) > 1 else ""
    at = int(np.flatnonzero(~together)[-1]) + 1
    return t("They agree from {letter} on.", letter=_letter(trace, at))


def _leavers(trace: xr.Dataset, best: np.ndarray) -> list[str]:
    """For every network that ends with another answer: at which letter it left the majority."""
    out, won = [], winners(trace)
    for k, network in enumerate(trace["network_label"].values):
        if won[k, -1] == best[-1]:
            continue
        with_them = np.flatnonzero(won[k] == best)
        said = {"network": network, "after": called(trace, won[k, -1])}
        if not len(with_them):
            out.append(t("{network} says {after} and was never with them.", **said))
            continue
        at = int(with_them[-1]) + 1
        out.append(t("{network} says {after}: it parts from them at {letter}.", letter=_letter(trace, at), **said))
    return out


def steps(trace: xr.Dataset, alt: str) -> None:
    """The stepper: under each letter what most networks answer, and how many."""
    best, count = majority(trace)
    n, T = trace.sizes["network"], trace.sizes["time"]
    captions = [
        f"{called(trace, language)}\n{t('{k} of {n}', k=k, n=n)}" for language, k in zip(best, count, strict=True)
    ]
    flips = [at for at in range(1, T) if best[at] != best[at - 1]]
    chart = stepper(list(trace.attrs["text"]), captions, flips=flips, index=page.cursor("t", T), hover=True)
    page.steps(chart, alt)


def few(trace: xr.Dataset) -> list[int]:
    """The languages that matter: what the networks answer at the end, then along the way, then the likeliest."""
    won = winners(trace)
    at_end, on_the_way = (Counter(part.ravel().tolist()).most_common() for part in (won[:, -1], won))
    answered = list(dict.fromkeys(language for language, _ in at_end + on_the_way))
    likely = trace["probs"].values.mean((0, 1)).argsort()[::-1].tolist()
    return list(dict.fromkeys(answered + likely))[: min(max(FEW, len(answered)), MOST)]


def balanced(array: xr.DataArray, share: float = 1.0) -> tuple[float, float]:
    """One colour scale around 0 for what there is of an array, or for that share of it."""
    known = abs(array.values[~np.isnan(array.values)])
    most = float(np.quantile(known, share)) if known.any() else 1.0
    return -(most or 1.0), most or 1.0


def influence(trace: xr.Dataset, name: str) -> Figure:
    """A row for each network: what each letter did for the answer after the current one."""
    chart = matrix(
        trace[name], "network", "source", slider="time", show_slider=False, domain=balanced(trace[name], SHARE),
        notes=_missed(trace),
    )  # fmt: skip
    return Figure(chart, "cells_influence", strongest(trace, name), page.title(trace[name]), trace)


def _missed(trace: xr.Dataset) -> str | None:
    """Where the steps of integrated gradients are too coarse for a network."""
    if "gap" not in trace:
        return None
    gap = abs(trace["gap"].values).max(1)
    told = [
        t("{network} by up to {gap:.2f}", network=network, gap=by)
        for network, by in zip(trace["network_label"].values, gap, strict=True) if by > MISSED
    ]  # fmt: skip
    if not told:
        return None
    return t("A row should add up to log p − log p(0). The steps miss it: {networks}.", networks=t("; ").join(told))


def answers(trace: xr.Dataset) -> Figure:
    """A row for each network: the probabilities after the current letter."""
    chart = matrix(
        trace["probs"].isel(language=few(trace)), "network", "language", slider="time", show_slider=False,
        highlight="row_max",
    )  # fmt: skip
    return Figure(chart, "cells_answers", finding(trace), t("**Answer after this letter** $p_t$"), trace)


def distances(trace: xr.Dataset, name: str) -> np.ndarray:
    """How many letters back a network's influence lies at the end, on average, weighted by its size; [network].

    NaN where nothing has influence.
    """
    size = abs(trace[name].values[:, -1])
    total = size.sum(1)
    with np.errstate(invalid="ignore"):
        return (size * np.arange(size.shape[1])[::-1]).sum(1) / np.where(total > 0, total, np.nan)


def strongest(trace: xr.Dataset, name: str) -> str:
    """How far back the networks look at the end of the name, in words."""
    back, labels = distances(trace, name), trace["network_label"].values
    if np.isnan(back).all() or len(trace.attrs["text"]) == 1:
        return t("One letter: there is no past yet.") if len(trace.attrs["text"]) == 1 else t("Nothing has influence.")
    far, near = int(np.nanargmax(back)), int(np.nanargmin(back))
    return t(
        "At the end {far} looks back furthest, {most:.1f} letters on average; {near} least, {least:.1f}.",
        far=labels[far], near=labels[near], most=back[far], least=back[near],
    )  # fmt: skip


def table(trace: xr.Dataset, name: str) -> str:
    """The networks as a Markdown table: answer, since when, most important letter, how far back."""
    head = [t("network"), t("answer"), "p", t("since letter"), t("most influence"), t("looks back, letters")]
    rows = [f"| {' | '.join(head)} |", "|---|---|---:|---|---|---:|"]
    back, won = distances(trace, name), winners(trace)
    for k, network in enumerate(trace["network_label"].values):
        changed = np.flatnonzero(won[k] != won[k, -1])
        since = _place(trace, int(changed[-1]) + 1 if len(changed) else 0)
        p = float(trace["probs"].values[k, -1, won[k, -1]])
        mattered = _most(trace, trace[name].values[k, -1])
        far = "–" if np.isnan(back[k]) else f"{back[k]:.1f}"
        cells = (f"`{network}`", called(trace, won[k, -1]), f"{p:.0%}", page.plain(since), page.plain(mattered), far)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _most(trace: xr.Dataset, parts: np.ndarray) -> str:
    """The letter of the largest influence with its size."""
    if not abs(parts).any() or np.isnan(parts).all():
        return "–"
    at = int(abs(parts).argmax())
    return f"{_place(trace, at)}: {parts[at]:+.2f}".replace("-", "−")


def reading(trace: xr.Dataset, network: int) -> tuple[Figure, Figure]:
    """One network letter by letter: probabilities of the few languages, and its hidden state."""
    one, label = trace.isel(network=network), str(trace["network_label"].values[network])
    told = page.plain(names.finding(one))
    probs = matrix(
        one["probs"].isel(language=few(trace)), "language", "time", highlight="column_max", compact=True
    )  # fmt: skip
    h = one["h"].isel(unit=runs_rnn.cell_order(trace.attrs["text"], network))
    states = matrix(h, "unit", "time", compact=True, domain=balanced(h), show_values="never")
    alt = t("{n} hidden units of {network}, letter by letter.", n=h.sizes["unit"], network=label)
    return (
        Figure(probs, f"cells_probs_{network}", names.finding(one), f"`{label}` {told}", trace),
        Figure(states, f"cells_states_{network}", alt, f"`{label}` {page.title(trace['h'])}", trace),
    )  # fmt: skip
