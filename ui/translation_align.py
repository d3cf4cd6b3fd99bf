"""What a translator that learns made of one sentence at every check: its words, and how its alignment sharpened."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from charts.stepper import stepper
from engine.tokens import Tokens
from engine.translation.shipping import RUN
from ui import page
from ui.language import N_, localise, t
from ui.page import Figure
from ui.translation_job import TranslationJob

EOS, NOTHING, BLANK = "<eos>", "∅", "▁"

MEANINGS = {  # of the glossary: symbol, meaning, what kind of value
    "weights": (r"\alpha_{tj}", N_("attention weight of source word j when word t is written, at each check"), "prob"),
    "loss": (r"\ell", N_("mean loss a word of held-out pairs, true words fed (nats)"), "count"),
    "bleu": (r"\mathrm{BLEU}", N_("BLEU of the translations of held-out sentences, 0…100"), "count"),
    "exact": (r"x", N_("share of held-out sentences translated word for word as the reference"), "prob"),
    "error": (r"\mathrm{AER}", N_("alignment error rate against the grammar's true links"), "prob"),
}


def trace(job: TranslationJob) -> xr.Dataset | None:
    """The figures of all checks and, with attention, the weights of the followed sentence [check, target, source].

    NaN where no word was written. The labels of the rows are the words of the newest check.
    """
    checks = list(job.checks)
    if not checks:
        return None
    arrays = {
        name: ("check", [np.nan if check[name] is None else check[name] for check in checks])
        for name in ("loss", "bleu", "exact", "error")
    }
    coords: dict[str, object] = {"check": ("check", range(len(checks)), {"word": N_("check")})}
    coords["check_label"] = ("check", [f"{check['step']:,}" for check in checks])
    looks = [check["look"] for check in checks]
    if all(weights is not None for *_, weights in looks):
        arrays["weights"] = (("check", "target", "source"), _stacked(looks))
        coords["target"], coords["source"] = _places(N_("target"), arrays, 1), _places(N_("source"), arrays, 2)
        coords["target_label"] = ("target", _rows(looks[-1], arrays["weights"][1].shape[1]))
        coords["source_label"] = ("source", list(looks[-1][0]))
    found = xr.Dataset(arrays, coords)
    for name in arrays:
        symbol, meaning, kind = MEANINGS[name]
        found[name].attrs = {"name": name, "symbol": symbol, "meaning": meaning, "kind": kind}
    return localise(found)


def _places(dim: str, arrays: dict, axis: int) -> tuple:
    return dim, range(arrays["weights"][1].shape[axis]), {"word": dim}


def _stacked(looks: Sequence[tuple]) -> np.ndarray:
    """The weights of all checks; much longer translations than the newest are cut."""
    newest = max(len(looks[-1][2]), len(looks[-1][0]))
    n = min(newest, max(len(weights) for *_, weights in looks))
    out = np.full((len(looks), n, len(looks[0][0])), np.nan, np.float32)
    for k, (*_, weights) in enumerate(looks):
        out[k, : len(weights)] = weights[:n]
    return out


def _rows(look: tuple, n: int) -> list[str]:
    """The words written, a number where there is none; n of them."""
    words = [*look[1], EOS] if look[2] is not None and len(look[2]) > len(look[1]) else list(look[1])
    return [words[k] if k < len(words) else str(k + 1) for k in range(n)]


def text(job: TranslationJob, words: Sequence[str], side: int) -> str:
    """The words of the source (side 0) or of a translation (1) as text."""
    if job.params.get("tokens") == "bpe":
        return "".join(words).replace(BLANK, " ").strip() or NOTHING
    return Tokens(job.start["languages"][side], ()).join(words) or NOTHING


def sharpness(look: tuple) -> float | None:
    """The mean over the written words of their strongest link, 0…1."""
    weights = look[2]
    return None if weights is None or not weights.size else float(weights[: max(len(look[1]), 1)].max(1).mean())


def early(job: TranslationJob) -> int:
    """The last check at which the alignment was not yet half as sharp as now; without attention the second one."""
    sharp = [sharpness(check["look"]) for check in job.checks]
    if None in sharp:
        return min(1, len(sharp) - 1)
    return max((k for k, each in enumerate(sharp) if 2 * each < sharp[-1]), default=0)


def finding(job: TranslationJob) -> str:
    """The followed sentence, what it became early and at the end, and how its alignment changed, in words."""
    at, first, last = job.checks[early(job)]["step"], job.checks[early(job)]["look"], job.checks[-1]["look"]
    said = {"source": text(job, last[0], 0), "target": text(job, last[1], 1)}
    if len(job.checks) == 1:
        return t("{source} → {target}", **said)
    said |= {"before": _short(text(job, first[1], 1), 60), "steps": f"{at:,}"}
    before, now = sharpness(first), sharpness(last)
    if job.live:
        told = t("“{source}”: after {steps} steps “{before}”, now “{target}”.", **said)
        link = N_("The strongest link of a word: {a:.0%} on average then, {b:.0%} now.")
    else:
        told = t("“{source}”: after {steps} steps “{before}”, at the end “{target}”.", **said)
        link = N_("The strongest link of a word: {a:.0%} on average then, {b:.0%} at the end.")
    return told if now is None or before is None else f"{told} {t(link, a=before, b=now)}"


def show(job: TranslationJob, found: xr.Dataset) -> None:
    """Stepper over the checks, the alignment at its cursor, and what was written at each."""
    st.markdown(f"**{page.plain(finding(job))}**")
    follow = not job.live or st.toggle(t("Follow the newest check"), True, key="translation_follow")
    checks = list(job.checks)[: found.sizes["check"]]  # one may have come since
    written = [text(job, check["look"][1], 1) for check in checks]
    flips = [k for k in range(1, len(written)) if written[k] != written[k - 1]]
    captions = [t("BLEU {bleu:.0f}", bleu=check["bleu"]) for check in checks]
    labels = found["check_label"].values.tolist()
    if not st.session_state.get("translation_runs"):
        page.cursor("check", len(labels))  # says what is wrong with a link's; the browser reads it itself
    # of the stored run the story from its beginning: its end is a click away
    index = early(job) if job.id == RUN else len(labels) - 1 if follow else None
    chips = stepper(labels, captions, "check", "check", index, flips)
    page.steps(chips, t("The checks of the run, by steps of training"))
    if "weights" not in found:
        st.info(t("Without attention there is no alignment: every word is written from one vector."))
        st.markdown(table(job))
        return
    words = [_rows(check["look"], found.sizes["target"]) for check in checks]
    look = {"slider": "check", "show_slider": False, "highlight": "row_max", "named": words}
    chart = matrix(found["weights"], "target", "source", **look)
    title = t("**Alignment** $\\alpha_{tj}$ at the chosen check, with the words written then")
    page.row(Figure(chart, "translation_alignment", finding(job), title))


def history(job: TranslationJob) -> None:
    """What was written at each check, renewed as long as the run goes on; without attention the panel has said it."""
    if job.params.get("model") == "rnn":
        return
    st.subheader(t("What it wrote"), anchor=False)

    def shown() -> None:
        if job.checks:
            st.markdown(page.plain(t("Of “{source}”:", source=text(job, job.checks[-1]["look"][0], 0))))
            st.markdown(table(job))

    st.fragment(shown, run_every=3.0 if job.live else None)()


def table(job: TranslationJob) -> str:
    """What was written at each check as a Markdown table, the same words once."""
    checks = list(job.checks)
    rows = [f"| {t('steps')} | {t('translation')} |", "|---:|---|"]
    for words, group in groupby(checks, lambda check: check["look"][1]):
        steps = [f"{check['step']:,}" for check in group]
        when = steps[0] if len(steps) == 1 else f"{steps[0]} … {steps[-1]}"
        rows.append(f"| {when} | {page.plain(_short(text(job, words, 1)))} |")
    return "\n".join(rows)


def _short(said: str, most: int = 160) -> str:
    return said if len(said) <= most else said[: most - 1] + "…"
