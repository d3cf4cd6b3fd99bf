"""The panel of a training run: how far it is, curves, log, pause, stop and resume; and its sign on every page."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from charts.curves import curves
from engine.errors import InputError
from engine.stored_run import thinned
from ui import page, runs, training
from ui.job import Job
from ui.language import N_, t

BEAT, SLOW_BEAT = 1.0, 5.0  # seconds between two polls on the page Train and on the others
PAGES = {"names": "train", "translation": "train_translation"}  # kind of a run → page that shows it
LOG = 6  # lines shown
POINTS = 100  # of a loss curve

_STATES = {
    "waiting": N_("Waiting"), "running": N_("Training"), "paused": N_("Paused"), "stopping": N_("Stopping"),
    "done": N_("Done"), "stopped": N_("Stopped"), "failed": N_("Failed"),
}  # fmt: skip


def duration(seconds: float) -> str:
    """A time in words: 48 s, 2 min 5 s."""
    whole = round(seconds)
    if whole < 60:
        return t("{s} s", s=whole)
    return t("{m} min {s} s", m=whole // 60, s=whole % 60)


def panel(shown: Job, beside: Job | None, across: str) -> None:
    """The run and the one beside it, polled as long as it goes on; `across` is a key of training.ACROSS."""
    st.fragment(_panel, run_every=BEAT if shown.live else None)(shown, beside, across, shown.live)


def _panel(shown: Job, beside: Job | None, across: str, was_live: bool) -> None:
    mine = training.mine(shown)
    if was_live != shown.live:
        st.rerun()
    _state(shown, mine)
    _figures(shown)
    _curves([run for run in (shown, beside) if run], across)
    if log := [*shown.lines[-LOG:], *([shown.now] if shown.now not in shown.lines[-1:] and shown.now else [])]:
        st.code("\n".join(log[-LOG:]), language=None, wrap_lines=True)


def sentence(job: Job) -> str:
    """Where a run stands, in words."""
    total = job.params.get("steps")
    step = {"step": f"{job.step:,}"}
    done = t("{step} of {steps} steps", **step, steps=f"{total:,}") if total else t("{step} steps", **step)
    if job.state == "waiting":
        n = runs.jobs().place(job)
        return t("Waiting; {n} other runs come first", n=n) if n else t("Waiting for its turn")
    if not job.live:
        return t("{state}: {done} in {time}", state=t(_STATES[job.state]), done=done, time=duration(job.seconds))
    if not job.progress:
        return t("Reading the names")
    left = job.seconds / job.progress * (1 - job.progress)
    return t("{state}: {done}, about {time} left", state=t(_STATES[job.state]), done=done, time=duration(left))


def _state(job: Job, mine: bool) -> None:
    """State, progress, and the buttons that a run in this state has."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if job.live:
            st.progress(min(1.0, job.progress), sentence(job), width="stretch")
        else:
            st.markdown(sentence(job), width="stretch")
        for name, icon, act in _buttons(job) if mine else ():
            st.button(t(name), icon=f":material/{icon}:", on_click=_do, args=(act, job.id), key=f"train_{act}")
    for message in filter(None, (job.note, st.session_state.pop("train_refused", None))):
        st.info(t(message[0], **message[1]))
    if job.error:
        st.error(page.plain(t(job.error[0], **job.error[1])))


def _buttons(job: Job) -> list[tuple[str, str, str]]:
    stop = (N_("Stop"), "stop", "stop")
    go_on = (N_("Resume"), "play_arrow", "resume")
    if job.state == "running":
        return [(N_("Pause"), "pause", "pause"), stop]
    if job.state in ("waiting", "paused"):
        return [go_on, stop] if job.state == "paused" else [stop]
    can = job.state in ("stopped", "failed") and job.progress < 1 and job.checkpoint.is_file()
    return [go_on] if can else []


def _do(act: str, name: str) -> None:
    jobs = runs.jobs()
    if job := jobs.get(name):
        try:
            getattr(jobs, act)(job)
        except InputError as error:
            st.session_state["train_refused"] = (error.template, error.params)


def _figures(job: Job) -> None:
    """The loss now, and what the last look at the held-out names gave."""
    if not job.checks:
        return
    check = job.checks[-1]
    loss = f"{thinned(list(job.losses), POINTS)[-1][2]:.3f}" if job.losses else "—"
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            t("loss"),
            loss,
            help=t("Mean of −log p of the true language over the latest names, the last point of the curve."),
        )
        shares = {
            N_("held-out accuracy"): check["natural"]["accuracy"],
            N_("balanced accuracy"): check["uniform"]["balanced_accuracy"],
            N_("accuracy in training"): check["train"]["accuracy"],
        }
        for name, share in shares.items():
            st.metric(t(name), "—" if share is None else f"{share:.1%}")


def _across(job: Job, across: str, step: int, seconds: float) -> float:
    if across == "seconds":
        return seconds
    names = job.params["batch"] if job.params["recipe"] == "fast" else 1
    return step * names if across == "names" else step


def _named(jobs: Sequence[Job]) -> list[tuple[Job, str]]:
    return [(job, training.label(job)) for job in jobs]


def loss_table(jobs: Sequence[Job], across: str) -> pd.DataFrame:
    """The loss curves for `curves`."""
    part = t("training")
    rows = [
        (_across(job, across, step, seconds), loss, name, part)
        for job, name in _named(jobs)
        for step, seconds, loss in thinned(list(job.losses), POINTS)
    ]
    return pd.DataFrame(rows, columns=["x", "y", "run", "part"])


def accuracy_table(jobs: Sequence[Job], across: str) -> pd.DataFrame:
    """Accuracy at the checkpoints, on held-out and on training names, for `curves`."""
    rows = [
        (_across(job, across, check["step"], check["seconds"]), check[key]["accuracy"], name, part)
        for job, name in _named(jobs)
        for key, part in (("natural", t("held out")), ("train", t("training")))
        for check in list(job.checks)
    ]
    return pd.DataFrame(rows, columns=["x", "y", "run", "part"])


def _alts(job: Job) -> tuple[str, str]:
    """What the two charts show of a run, in words."""
    losses, shares = [loss for *_, loss in job.losses], [check["natural"]["accuracy"] for check in job.checks]
    loss = t("Loss from {a} to {b}.", a=f"{losses[0]:.2f}", b=f"{losses[-1]:.2f}") if losses else t("Loss")
    if not shares or None in shares:
        return loss, t("Accuracy")
    return loss, t("Held-out accuracy from {a} to {b}.", a=f"{shares[0]:.0%}", b=f"{shares[-1]:.0%}")


def _curves(jobs: Sequence[Job], across: str) -> None:
    losses, accuracy = loss_table(jobs, across), accuracy_table(jobs, across)
    if accuracy.empty:
        return
    loss_alt, accuracy_alt = _alts(jobs[0])
    left, right = st.columns(2, gap="small")
    title = t(training.ACROSS[across])
    with left:
        heading = t("**Loss**, mean of 1000 names")
        if losses.empty:
            st.markdown(heading)
            st.caption(t("The first point comes after 1000 names."))
        else:
            page.draw(curves(losses, title, t("mean loss"), order=training.order()), "train_loss", loss_alt, heading)
    with right:
        shares = {"order": training.order(), "form": "%", "legend": "part", "points": True}
        spec = curves(accuracy, title, t("share right"), **shares)
        page.draw(spec, "train_accuracy", accuracy_alt, t("**Accuracy** of the first guess"))


def beacon() -> None:
    """On every page, in the sidebar: the run that goes on; as long as this is polled the run is not given up."""
    if job := _going_on():
        with st.sidebar:
            st.fragment(_beacon, run_every=SLOW_BEAT)(job)


def _going_on() -> Job | None:
    """The session's run that is not over, of names or of a translator."""
    own = [name for key in ("train_runs", "translation_runs") for name in st.session_state.get(key, [])]
    found = (runs.jobs().jobs.get(name) for name in own)  # a server without a run starts no worker for this
    return next((job for job in found if job and job.live and job.owner == training.me()), None)


def _beacon(job: Job) -> None:
    training.mine(job)
    if not job.live:
        st.rerun()
    label = t("{state}: {share}", state=t(_STATES[job.state]), share=f"{job.progress:.0%}")
    st.page_link(f"pages/{PAGES[job.kind]}.py", label=label, icon=":material/model_training:")
