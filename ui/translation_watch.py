"""The panel of a translator's training: how far it is, its figures, alignment and curves; pause, stop and resume."""

import time
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from charts.curves import curves
from engine.errors import InputError
from engine.stored_run import thinned
from engine.translation.shipping import RUN
from ui import page, runs, runs_seq2seq, training, translation_align, translation_training, watch
from ui.language import N_, t
from ui.page import Figure
from ui.translation_job import TranslationJob

BEAT = 1.0  # seconds between two polls
POINTS, COMPARED = 100, 4  # of a loss curve; runs in the curves

_STATES = {
    "waiting": N_("Waiting"), "running": N_("Training"), "paused": N_("Paused"), "stopping": N_("Stopping"),
    "done": N_("Done"), "stopped": N_("Stopped"), "failed": N_("Failed"),
}  # fmt: skip


_ENDS = {"loss": N_("Loss"), "bleu": N_("BLEU"), "error": N_("Alignment error rate")}


def panel(job: TranslationJob) -> None:
    """A run's state, figures and alignment, polled as long as it goes on."""
    st.fragment(_panel, run_every=BEAT if job.live else None)(job, job.live)


def _panel(job: TranslationJob, was_live: bool) -> None:
    mine = training.mine(job)
    if was_live != job.live:
        st.rerun()
    _state(job, mine)
    found = translation_align.trace(job)
    if found is None:
        if job.live:
            st.caption(t("The first check comes as soon as the run has begun."))
        return
    _figures(job)
    translation_align.show(job, found)


def sentence(job: TranslationJob) -> str:
    """Where a run stands, in words."""
    step, total = f"{job.step:,}", job.params.get("steps")
    done = t("{step} of {steps} steps", step=step, steps=f"{total:,}") if total else t("{step} steps", step=step)
    if job.state == "waiting":
        n = runs.jobs().place(job)
        return t("Waiting; {n} other runs come first", n=n) if n else t("Waiting for its turn")
    state = t(_STATES[job.state])
    if not job.live:
        return t("{state}: {done} in {time}", state=state, done=done, time=watch.duration(job.seconds))
    if not job.start:
        for_s = watch.duration(max(0.0, time.monotonic() - job.since))
        return t("Reading the sentences, for {time}", time=for_s)
    left = job.whole - job.seconds if job.whole else job.seconds / max(job.progress, 1e-3) * (1 - job.progress)
    speed = {"speed": f"{job.speed:,.0f}", "time": watch.duration(max(0.0, left))}
    return t("{state}: {done}, {speed} words a second, {time} left", state=state, done=done, **speed)


def _state(job: TranslationJob, mine: bool) -> None:
    """State, progress, and the buttons that a run in this state has."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if job.live:
            st.progress(min(1.0, job.progress), page.plain(sentence(job)), width="stretch")
        else:
            st.markdown(page.plain(sentence(job)), width="stretch")
        for name, icon, act in _buttons(job) if mine else ():
            st.button(t(name), icon=f":material/{icon}:", on_click=_do, args=(act, job.id), key=f"translation_{act}")
    for message in filter(None, (job.note, st.session_state.pop("translation_refused", None))):
        st.info(t(message[0], **message[1]))
    if job.error:
        st.error(page.plain(t(job.error[0], **job.error[1])))


def _buttons(job: TranslationJob) -> list[tuple[str, str, str]]:
    stop, go_on = (N_("Stop"), "stop", "stop"), (N_("Resume"), "play_arrow", "resume")
    if job.state == "running":
        return [(N_("Pause"), "pause", "pause"), stop]
    if job.state in ("waiting", "paused"):
        return [go_on, stop] if job.state == "paused" else [stop]
    can = job.state in ("stopped", "failed") and job.progress < 1 and job.checkpoint.is_file()
    return [go_on] if can else []


def _do(act: str, name: str) -> None:
    if job := runs.jobs().get(name, TranslationJob):
        try:
            getattr(runs.jobs(), act)(job)
        except InputError as error:
            st.session_state["translation_refused"] = (error.template, error.params)


def _figures(job: TranslationJob) -> None:
    """What the newest check gave, and the loss now."""
    check = job.checks[-1]
    loss = f"{thinned(list(job.losses), POINTS)[-1][2]:.3f}" if job.losses else "—"
    figures = [
        (t("BLEU"), f"{check['bleu']:.1f}", t("Of the translations of held-out sentences, the likeliest word at "
                                              "every step; 0…100.")),
        (t("exact"), f"{check['exact']:.1%}", t("The share of held-out sentences translated word for word as the "
                                                "reference.")),
        (t("alignment error"), "—" if check["error"] is None else f"{check['error']:.3f}",
         t("Alignment error rate: 0 where the strongest links of all words are the grammar's true ones.")),
        (t("loss"), loss, t("Mean of −log p of the true word over the latest steps, in nats.")),
    ]  # fmt: skip
    step = f"{check['step']:,}"
    when = t("At the newest check, {step} steps:", step=step) if job.live else t("At the end, {step} steps:", step=step)
    st.markdown(f"**{page.plain(when)}**")
    with st.container(horizontal=True, gap="medium"):
        for name, value, hint in figures:
            st.metric(name, value, help=hint)


def shown_with(job: TranslationJob) -> list[TranslationJob]:
    """The runs whose curves are drawn: the shipped one, the session's latest, and this one."""
    latest = translation_training.own_runs()[-COMPARED:]
    return [runs_seq2seq.training(RUN), *([] if job in latest or job.id == RUN else [job]), *latest]


def curve_table(jobs: Sequence[TranslationJob], parts: dict[str, str]) -> pd.DataFrame:
    """Curves for `curves`; parts: what is drawn (`training` or a figure of the checks) and how it is called."""
    rows = []
    for job in jobs:
        name = translation_training.label(job)
        for key, part in parts.items():
            if key == "training":
                rows += [(step, loss, name, part) for step, _, loss in thinned(list(job.losses), POINTS)]
            else:
                scale = 100 if key == "exact" else 1
                rows += [(check["step"], scale * check[key], name, part) for check in list(job.checks)
                         if check[key] is not None]  # fmt: skip
    return pd.DataFrame(rows, columns=["x", "y", "run", "part"])


def comparison(job: TranslationJob) -> None:
    """The curves of this run beside the others'."""
    st.fragment(_comparison, run_every=2 * BEAT if job.live else None)(job)


def _comparison(job: TranslationJob) -> None:
    jobs = shown_with(job)
    look = {"order": [translation_training.label(each) for each in jobs], "height": 230}
    loss = curve_table(jobs, {"training": t("training"), "loss": t("held out")})
    bleu = curve_table(jobs, {"bleu": t("BLEU"), "exact": t("exact, %")})
    error = curve_table(jobs, {"error": t("alignment error rate")})
    steps, last = t("steps"), (job.checks or [None])[-1]
    ends = {key: last[key] for key in ("loss", "bleu", "error")} if last else {}
    alts = [_end(t(name), ends.get(key)) for key, name in _ENDS.items()]
    charts = [
        curves(loss, steps, t("loss"), legend="run", **look),
        curves(bleu, steps, t("BLEU, exact"), legend="part", points=True, form=".0f", **look),
        curves(error, steps, t("alignment error rate"), legend="none", points=True, **look),
    ]
    titles = [
        t("**Loss** a word, in nats; dashed: held out"), t("**BLEU** and exact translations, held out"),
        t("**Alignment error rate**, held out"),
    ]  # fmt: skip
    keys = [f"translation_{key}" for key in _ENDS]
    page.row(*map(Figure, charts, keys, alts, titles))


def _end(name: str, value: float | None) -> str:
    return t("{name} at the end: {value}.", name=name, value="—" if value is None else f"{value:.3g}")
