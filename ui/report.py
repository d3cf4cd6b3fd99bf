"""What "How good is it?" says of networks: figures, findings in words, tables for the charts, names behind a cell."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from engine import evaluate
from engine.errors import InputError
from ui import models, page, runs
from ui.language import N_, localise, t

PRIORS = ("natural", "uniform")
SHOWN = 60  # names listed under a cell

_FIGURES = {
    "accuracy": (N_("accuracy"), N_("Share of held-out names whose first guess is right.")),
    "balanced_accuracy": (N_("balanced accuracy"), N_("Mean of the languages' recalls: all languages count alike.")),
    "top3": (N_("top 3"), N_("Share of held-out names with their language among the first three guesses.")),
    "nll": (N_("negative log-likelihood"), N_("Mean of −log p of the true language, in nats; smaller is better.")),
}  # fmt: skip


def prior_picker() -> str:
    """The prior under which the answers are given, kept in the link."""
    chosen = st.segmented_control(
        t("Prior"), PRIORS, key="prior", required=True, bind="query-params", persist_state="session",
        default="natural",
        help=t("natural: languages as frequent as in the training names. uniform: that prior divided out, all alike."),
    )  # fmt: skip
    return chosen if chosen in PRIORS else "natural"


def evaluations(networks: Sequence[str], prior: str) -> dict[str, xr.Dataset]:
    """The networks' figures, localised, all in one order of languages, which no choice changes.

    Says so and stops where a network cannot be judged on the shipped names.
    """
    try:
        order = tuple(runs.evaluation("lecture", "natural").attrs["languages"])
        return {name: localise(runs.evaluation(name, prior, order)) for name in networks}
    except InputError as error:
        st.warning(t(error.template, **error.params))
        st.info(t("This page compares networks on the shipped languages; choose one that was trained on them."))
        st.stop()


def words() -> dict[str, str]:
    """What the tables under the charts call their columns."""
    return {"series": t("network"), "part": t("names"), "label": t("language"), "n": t("names"),
            "size": t("training names")}  # fmt: skip


def title(name: str, chosen: str) -> str:
    """A network's name over a figure; the chosen one is marked."""
    return t("**`{network}`** (chosen)", network=name) if name == chosen else f"`{name}`"


def figures(networks: Mapping[str, xr.Dataset], chosen: str) -> None:
    """The metrics of each network on held-out names, those on its training names beside them."""
    rows = [
        "| | " + " | ".join(t(label) for label, _ in _FIGURES.values()) + " |",
        "|---|" + "---|" * len(_FIGURES),
    ]
    for name, found in networks.items():
        cells = [f"**{_figure(key, found, 'held_out')}** :gray[{_figure(key, found, 'train')}]" for key in _FIGURES]
        rows.append(f"| {title(name, chosen)} | {' | '.join(cells)} |")
    st.markdown("\n".join(rows))
    st.caption(t("Held-out names in bold, the names it was trained on in grey.") + " " + _meanings())


def _figure(key: str, found: xr.Dataset, part: str) -> str:
    value = found.attrs[part][key]
    return f"{value:.3f}" if key == "nll" else f"{value:.1%}"


def _meanings() -> str:
    return " ".join(t("*{word}*: {meaning}", word=t(word), meaning=t(meaning)) for word, meaning in _FIGURES.values())


def confusion_finding(name: str, found: xr.Dataset) -> str:
    """The commonest confusion in words."""
    share = np.nan_to_num(found["share"].values)
    share[range(len(share)), range(len(share))] = -1
    truth, guess = divmod(int(share.argmax()), len(share))
    labels = found["language_label"].values
    return t(
        "{network}: most often {truth} is taken for {guess}: {share:.0%} of its held-out names.",
        network=name, truth=labels[truth], guess=labels[guess], share=share[truth, guess],
    )  # fmt: skip


def recall_finding(name: str, found: xr.Dataset) -> str:
    """The best and the worst found language in words."""
    recall, labels = found["recall"].values, found["language_label"].values
    best, worst = int(np.nanargmax(recall)), int(np.nanargmin(recall))
    return t(
        "{network}: best found: {best} ({high:.0%}); worst: {worst} ({low:.0%}).",
        network=name, best=labels[best], high=recall[best], worst=labels[worst], low=recall[worst],
    )  # fmt: skip


def calibration_finding(name: str, found: xr.Dataset) -> str:
    """The calibration error in words."""
    gap = float(found["calibration_error"])
    return t("{network}: confidence and hit rate differ by {gap:.1%} on average.", network=name, gap=gap)


def top_finding(name: str, found: xr.Dataset) -> str:
    """The top-k curve in words."""
    top = found["top_k"].values
    return t(
        "{network}: {one:.0%} are right at once, {three:.0%} within three guesses.",
        network=name, one=top[0], three=top[min(2, len(top) - 1)],
    )  # fmt: skip


def recall_table(networks: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Recall of each language in each network, the languages with most training names first, for `pairs`."""
    tables = []
    for name, found in networks.items():
        sizes = found["n_train"].values
        labels = [t("{language} ({n})", language=label, n=n)
                  for label, n in zip(found["language_label"].values, sizes.tolist(), strict=True)]  # fmt: skip
        tables.append(pd.DataFrame({"label": labels, "value": found["recall"].values, "size": sizes, "series": name}))
    return pd.concat(tables, ignore_index=True)


def calibration_table(networks: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Hit rate by confidence, a row a bin and network, for `against_diagonal`."""
    tables = [
        pd.DataFrame({
            "x": found["confidence"].values, "y": found["hit_rate"].values, "n": found["n_guesses"].values,
            "series": name,
        })
        for name, found in networks.items()
    ]  # fmt: skip
    return pd.concat(tables).dropna()


def top_table(networks: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Share found within the first k guesses, held-out and training names, for `lines`."""
    parts = {"top_k": N_("held out"), "top_k_train": N_("training")}
    return pd.concat(
        [
            pd.DataFrame(
                {"x": range(1, found.sizes["k"] + 1), "y": found[part].values, "series": name, "part": t(label)}
            )
            for name, found in networks.items()
            for part, label in parts.items()
        ]
    )


def names_below(model: str, prior: str, found: xr.Dataset) -> Callable[[dict | None], None]:
    """What stands under a confusion matrix: the names of the picked cell, each opens its reading."""

    def show(picked: dict | None) -> None:
        position = (picked or {}).get("position", {})
        if not set(position) >= {"language", "guess"}:
            st.caption(t("Pick a cell to see the names behind it."))
            return
        languages = found.attrs["languages"]
        truth, guess = (languages[min(position[dim], len(languages) - 1)] for dim in ("language", "guess"))
        rows = evaluate.cell_names(runs.scored(model, prior, True), truth, guess)
        with st.container(border=True, key=f"quality_{model}__explanation"):
            st.markdown(_cell(model, truth, guess, len(rows)))
            with st.container(horizontal=True, gap="small"):
                for row in rows[:SHOWN]:
                    _link(model, row.text, row.p_guess)

    return show


def _link(model: str, text: str, share: float) -> None:
    """A name that opens its reading by this network.

    (A link would keep the chosen network: this page binds it, and its value wins over the link's.)
    """
    if st.button(
        page.plain(f"{text} {share:.0%}"), type="tertiary", key=f"quality_name_{model}_{text}",
        on_click=models.want, args=(model,),
    ):  # fmt: skip
        st.switch_page(f"pages/{models.opens(model)}.py", query_params={"name": text})


def _cell(model: str, truth: str, guess: str, n: int) -> str:
    """What a cell of a network's confusion matrix counts."""
    found = {"network": model, "truth": page.plain(t(truth)), "guess": page.plain(t(guess)), "n": n}
    if truth == guess:
        return t("`{network}`: **{truth}** found: {n} names", **found)
    return t("`{network}`: **{truth}** taken for **{guess}**: {n} names", **found)
