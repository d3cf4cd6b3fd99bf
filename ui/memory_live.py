"""A memory task trained live: one run of a session in the server's queue, its progress, loss and stop, its curve."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from charts.curves import curves
from engine import memory_trace
from engine.errors import InputError
from engine.memory import NETWORKS, MemoryParams
from ui import page, runs, runs_rnn, training, watch
from ui.job import DIED, MemoryJob
from ui.jobs import LEFT, TURN_OVER
from ui.language import N_, t

BEAT = 1.0  # seconds between two polls
MOST_SECONDS, STEPS, SEED = 60, 1000, 1
_STATES = {
    "waiting": N_("Waiting"), "running": N_("Training"), "stopping": N_("Stopping"), "done": N_("Done"),
    "stopped": N_("Stopped"), "failed": N_("Failed"), "paused": N_("Paused"),
}  # fmt: skip
NOTES = {  # of a run of names: it has checkpoints and can be resumed, a run of a memory task cannot
    LEFT: N_("Stopped because its page was closed. A run of this kind cannot go on later: train it again."),
    TURN_OVER: N_("Stopped after {minutes} minutes, the most for one go."),
    DIED: N_("The training process ended unexpectedly (exit code {code}). Nothing of it is kept: train it again."),
}  # fmt: skip


def _jobs() -> list[MemoryJob]:
    """The session's runs that the server still has, the oldest first."""
    kept = [runs.jobs().get(name, MemoryJob) for name in st.session_state.get("memory_jobs", [])]
    return [job for job in kept if job]


def results(task: str) -> list[MemoryJob]:
    """The session's runs of a task that are over, the newest of each point."""
    points = {(job.params["cell"], job.params["distance"]): job for job in _jobs() if job.figures}
    return [job for job in points.values() if job.params["task"] == task]


def _latest(task: str, distance: int, cell: str) -> MemoryJob | None:
    """The newest run of this point."""
    same = (task, distance, cell)
    return next((job for job in reversed(_jobs()) if _point(job) == same), None)


def _point(job: MemoryJob) -> tuple[str, int, str]:
    return job.params["task"], job.params["distance"], job.params["cell"]


def _begin(task: str, distance: int, cell: str) -> None:
    seconds = st.session_state.get("memory_seconds") or MOST_SECONDS
    seed = st.session_state.get("memory_seed", SEED)
    stored = (run.params for run in runs_rnn.memory_runs(task) if _is(run.params, task, distance, cell))
    params = next(stored, MemoryParams(cell, task, distance, steps=STEPS))
    params = replace(params, seconds=float(seconds), seed=int(SEED if seed is None else seed))
    try:
        job = runs.jobs().submit(training.me(), vars(params), kind=MemoryJob)
    except InputError as error:
        st.session_state["memory_message"] = (error.template, error.params)
        return
    st.session_state.setdefault("memory_jobs", []).append(job.id)


def _is(params: MemoryParams, task: str, distance: int, cell: str) -> bool:
    return (params.task, params.distance, params.cell) == (task, distance, cell)


def _stop(name: str) -> None:
    if job := runs.jobs().get(name, MemoryJob):
        runs.jobs().stop(job)


def panel(task: str, distance: int, cell: str) -> None:
    """Start and stop, how far it is, and the curves of the stored and of the live run."""
    live = next((job for job in _jobs() if job.live), None)
    with st.container(border=True, key="memory_live"):
        _form(task, distance, cell, live)
        st.fragment(_progress, run_every=BEAT if live else None)(task, distance, cell, live)


def _form(task: str, distance: int, cell: str, live: MemoryJob | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.number_input(t("Seconds at most"), 2, MOST_SECONDS, MOST_SECONDS, 5, key="memory_seconds", width=170)
        st.number_input(t("Seed"), 0, 99_999, SEED, key="memory_seed", width=130,
                        help=t("0 repeats the stored run, if the seconds suffice."))  # fmt: skip
        label = t("Train {cell} over {distance} steps now", cell=cell, distance=distance)
        st.button(label, icon=":material/play_arrow:", type="primary", key="memory_train", on_click=_begin,
                  args=(task, distance, cell), disabled=live is not None)  # fmt: skip
    if message := st.session_state.pop("memory_message", None):
        st.warning(t(message[0], **message[1]))


def _progress(task: str, distance: int, cell: str, live: MemoryJob | None) -> None:
    if live is not None:
        runs.jobs().touch(live)
        if not live.live:
            st.rerun()
    job = live or _latest(task, distance, cell)
    if job is not None:
        _state(job)
    _curves(task, distance, cell)


def said(job: MemoryJob) -> str:
    """Where a run stands, in words."""
    _, distance, cell = _point(job)
    what = t("{cell}, distance {distance}", cell=cell, distance=distance)
    if job.state == "waiting":
        return t("{what}: waiting for its turn", what=what)
    losses = [loss for _, loss, *_ in job.curve if loss is not None]
    now = t("loss {loss:.4f}", loss=losses[-1]) if losses else t("loss —")
    if job.figures and not job.live:
        over = {"state": t(_STATES[job.state]), "steps": f"{job.step:,}", "time": watch.duration(job.seconds)}
        share = f"{job.figures['accuracy']:.1%}"
        return t("{what}: {state} after {steps} steps and {time}, {share} right.", what=what, share=share, **over)
    return t(
        "{what}: {state}, step {steps}, {now}", what=what, state=t(_STATES[job.state]), steps=f"{job.step:,}", now=now
    )


def _state(job: MemoryJob) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if job.live:
            st.progress(min(1.0, job.progress), page.plain(said(job)), width="stretch")
            st.button(t("Stop"), icon=":material/stop:", key="memory_stop", on_click=_stop, args=(job.id,))
        else:
            st.markdown(page.plain(said(job)), width="stretch")
            if job.file.is_file():
                st.download_button(t("Download"), job.file.read_bytes, f"{job.id}.safetensors", key="memory_download",
                                   icon=":material/download:", on_click="ignore")  # fmt: skip
    if job.note:
        st.info(t(NOTES.get(job.note[0], job.note[0]), **job.note[1]))
    if job.error:
        st.error(page.plain(t(NOTES.get(job.error[0], job.error[0]), **job.error[1])))


def _rows(name: str, task: str, distance: int, cell: str) -> pd.DataFrame:
    """One of a run's curves for `curves`: `run` says whether it is stored or live, `part` its seed."""
    stored = [run for run in runs_rnn.memory_runs(task) if _is(run.params, task, distance, cell)]
    rows = [
        (x, y, t("stored"), t("seed {n}", n=run.params.seed))
        for run in stored
        for x, y in memory_trace.curve(run)[name]
    ]
    if job := _latest(task, distance, cell):
        column = ("loss", "gradient", "accuracy").index(name) + 1
        params = MemoryParams(**job.params)
        live = t("trained live"), t("seed {n}", n=params.seed)
        rows += [(row[0] * params.batch, row[column], *live) for row in list(job.curve)
                 if row[column] is not None]  # fmt: skip
    return pd.DataFrame(rows, columns=["x", "y", "run", "part"])


def _order(cell: str) -> list[str]:
    """The curves in the order of the colours: the stored one has its cell's, the live one that after all cells."""
    return [t("stored") if each == cell else each for each in NETWORKS] + [t("trained live")]


def _curves(task: str, distance: int, cell: str) -> None:
    titles = {
        "loss": t("**Loss** in training"), "accuracy": t("**Share right** of other sequences"),
        "gradient": t("**Gradient norm** before clipping"),
    }  # fmt: skip
    for column, (name, title) in zip(st.columns(3, gap="small"), titles.items(), strict=True):
        data = _rows(name, task, distance, cell)
        with column:
            if data.empty:
                st.markdown(title)
                st.caption(t("Nothing yet."))
                continue
            ends = t("From {a} to {b}.", a=f"{data['y'].iloc[0]:.3g}", b=f"{data['y'].iloc[-1]:.3g}")
            form = {"form": "%", "points": True} if name == "accuracy" else {}
            look = {"order": _order(cell), "height": 220, **form}
            chart = curves(data, t("training sequences"), title.replace("*", ""), **look)
            page.draw(chart, f"memory_{name}_curve", ends, title)
