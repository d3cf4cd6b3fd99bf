"""A memory task trained live: one run of a session in the server's queue, its progress, loss and stop, its curve."""

import pandas as pd
import streamlit as st

from charts.curves import curves
from engine import memory_trace
from engine.errors import InputError
from engine.memory import CELLS, MemoryParams
from ui import page, runs, runs_rnn, training, watch
from ui.job import MemoryJob
from ui.language import N_, t

BEAT = 1.0  # seconds between two polls
MOST_SECONDS, STEPS = 60, 1000
_STATES = {
    "waiting": N_("Waiting"), "running": N_("Training"), "stopping": N_("Stopping"), "done": N_("Done"),
    "stopped": N_("Stopped"), "failed": N_("Failed"), "paused": N_("Paused"),
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
    seed = st.session_state.get("memory_seed") or 0
    params = MemoryParams(cell, task, distance, steps=STEPS, seconds=float(seconds), seed=int(seed))
    try:
        job = runs.jobs().submit(training.me(), vars(params), kind=MemoryJob)
    except InputError as error:
        st.session_state["memory_message"] = (error.template, error.params)
        return
    st.session_state.setdefault("memory_jobs", []).append(job.id)


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
        st.number_input(t("Seed"), 0, 99_999, 0, key="memory_seed", width=130)
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
        st.info(t(job.note[0], **job.note[1]))
    if job.error:
        st.error(page.plain(t(job.error[0], **job.error[1])))


def _rows(name: str, task: str, distance: int, cell: str) -> pd.DataFrame:
    """One of a run's curves, stored and live, for `curves`."""
    stored = [run for run in runs_rnn.memory_runs(task) if (run.params.cell, run.params.distance) == (cell, distance)]
    rows = [(x, y, cell, t("stored")) for run in stored for x, y in memory_trace.curve(run)[name]]
    if job := _latest(task, distance, cell):
        column = ("loss", "gradient", "accuracy").index(name) + 1
        batch = MemoryParams(**job.params).batch
        rows += [(row[0] * batch, row[column], cell, t("trained live")) for row in list(job.curve)
                 if row[column] is not None]  # fmt: skip
    return pd.DataFrame(rows, columns=["x", "y", "run", "part"])


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
            look = {"order": tuple(CELLS), "legend": "part", "height": 220, **form}
            chart = curves(data, t("training sequences"), title.replace("*", ""), **look)
            page.draw(chart, f"memory_{name}_curve", ends, title)
