"""A neural language model trained live: one run of a session in the server's queue, its progress, curve and stop."""

import pandas as pd
import streamlit as st

from charts.curves import curves
from engine.stored_run import thinned
from ui import choices, corpora, neural, neural_jobs, page, runs, watch
from ui.job import DIED
from ui.jobs import LEFT, TURN_OVER
from ui.language import N_, t
from ui.neural_asked import Asked
from ui.neural_job import NeuralJob

BEAT = 1.0  # seconds between two polls
LEAST, FIRST, MOST = 5, 30, 120  # seconds of a run
POINTS = 120  # of the curve
MODELS = {
    "window": N_("window model"), "gru": N_("recurrent: GRU"), "lstm": N_("recurrent: LSTM"),
    "lstm-peephole": N_("recurrent: LSTM with peepholes"), "elman": N_("recurrent: Elman"),
    "lecture": N_("recurrent: the lecture’s, without tanh"),
}  # fmt: skip
_STATES = {
    "waiting": N_("Waiting"), "running": N_("Training"), "stopping": N_("Stopping"), "done": N_("Done"),
    "stopped": N_("Stopped"), "failed": N_("Failed"), "paused": N_("Paused"),
}  # fmt: skip
NOTES = {
    LEFT: N_("Stopped because its page was closed. What it had learned is used here."),
    TURN_OVER: N_("Stopped after {minutes} minutes, the most for one go."),
    DIED: N_("The training process ended unexpectedly (exit code {code}). Nothing of it is kept: train it again."),
}


def section(ask: Asked) -> None:
    """The form, and the run that goes on or was the last one on this text."""
    with st.container(border=True, key="lm_live"):
        _form(ask.of)
        going = neural_jobs.live()
        st.fragment(_progress, run_every=BEAT if going else None)(ask, going is not None)


def _form(of: corpora.Asked) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        options = {key: t(word) for key, word in MODELS.items()}
        model = choices.one("lm_model", options, choices.box(st, t("Network"), width=290), "gru", "net")
        seconds = st.number_input(t("Seconds at most"), LEAST, MOST, FIRST, 5, key="lm_seconds", width=170)
        seed = st.number_input(t("Seed"), 0, 99_999, 0, key="lm_seed", width=130)
        busy = neural_jobs.live() is not None
        st.button(t("Train it now"), icon=":material/play_arrow:", type="primary", key="lm_train", disabled=busy,
                  on_click=neural_jobs.begin, args=(of, model, float(seconds or FIRST), int(seed or 0)))  # fmt: skip
    if message := st.session_state.pop(neural_jobs.MESSAGE, None):
        st.warning(t(message[0], **message[1]))


def _progress(ask: Asked, was_live: bool) -> None:
    going = neural_jobs.live()
    if was_live and going is None:
        st.rerun()  # the network can be used now
    if going is not None:
        runs.jobs().touch(going)
    job = going or neural_jobs.latest(ask.of)
    if job is None:
        st.caption(t("Nothing has been trained on this text yet. A network that was is shown above beside the others."))
        return
    _state(job)
    _curves(ask, job)


def title(job: NeuralJob) -> str:
    """What a run trains, and on what."""
    model = job.params["model"] if job.params["model"] == "window" else job.params["cell"]
    key = job.asked["key"] if job.asked["key"] != corpora.OWN else f"{corpora.OWN}-{job.asked['own']}"
    return t("{model} on {text}", model=t(MODELS[model]), text=corpora.title(key))


def said(job: NeuralJob) -> str:
    """Where a run stands, in words."""
    what, state = title(job), t(_STATES[job.state])
    if job.state == "waiting":
        return t("{what}: waiting for its turn", what=what)
    bits = min((check["bits"] for check in job.checks), default=None)
    if bits is None:
        return t("{what}: reading the text", what=what)
    per = neural.per(job.params["unit"])
    now = t("held out: {bits:.3f} {per}", bits=bits, per=per)
    if not job.live:
        return t("{what}: {state} after {steps} steps and {time}; {now}.", what=what, state=state, now=now,
                 steps=f"{job.step:,}", time=watch.duration(job.seconds))  # fmt: skip
    left = watch.duration(job.seconds / job.progress * (1 - job.progress)) if job.progress else "—"
    return t("{what}: {state}, step {steps}, about {time} left; {now}", what=what, state=state, now=now,
             steps=f"{job.step:,}", time=left)  # fmt: skip


def _state(job: NeuralJob) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if job.live:
            st.progress(min(1.0, job.progress), page.plain(said(job)), width="stretch")
            st.button(t("Stop"), icon=":material/stop:", key="lm_stop", on_click=neural_jobs.stop, args=(job.id,))
        else:
            st.markdown(page.plain(said(job)), width="stretch")
            if job.usable:
                st.download_button(t("Download"), job.best.read_bytes(), f"{job.id}.safetensors", key="lm_download",
                                   icon=":material/download:", on_click="ignore")  # fmt: skip
    if job.note:
        st.info(t(NOTES.get(job.note[0], job.note[0]), **job.note[1]))
    if job.error:
        st.error(page.plain(t(NOTES.get(job.error[0], job.error[0]), **job.error[1])))


def table(job: NeuralJob) -> pd.DataFrame:
    """The curves of a run for `curves`: bits in training and held out."""
    losses = thinned([(at, seconds, loss) for at, seconds, loss in job.losses], POINTS)
    rows = [(at, loss / 0.6931471805599453, t("network"), t("training")) for at, _, loss in losses]
    rows += [(check["step"], check["bits"], t("network"), t("held out")) for check in list(job.checks)]
    return pd.DataFrame(rows, columns=["x", "y", "run", "part"])


def _curves(ask: Asked, job: NeuralJob) -> None:
    if len(job.checks) < 2:
        return
    data, per = table(job), neural.per(job.params["unit"])
    alt = t("From {a} to {b}.", a=f"{job.checks[0]['bits']:.3g}", b=f"{job.checks[-1]['bits']:.3g}")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        chart = curves(data, t("steps"), per, legend="part", height=220)
        page.draw(chart, "lm_curve", alt, f"**{page.plain(per[:1].upper() + per[1:])}**")
    with right:
        st.markdown(t("**What it writes at this look**"))
        st.markdown("\n".join(f"- {page.plain(each) or '∅'}" for each in job.checks[-1]["written"]))
