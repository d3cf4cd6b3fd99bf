"""The networks that a session trains on the page Neural: start, stop, and which of them can be used."""

import hashlib

import streamlit as st

from engine.errors import InputError
from engine.nnlm_records import TrainingParams
from ui import corpora, runs, training
from ui.neural_job import NeuralJob

SIZES = {"character": {"n_embedding": 16, "n_hidden": 96}, "word": {"n_embedding": 24, "n_hidden": 64}}
CHECKS = 10
JOBS, MESSAGE = "lm_jobs", "lm_message"  # of the session


def jobs() -> list[NeuralJob]:
    """The session's runs that the server still has, the oldest first."""
    names = st.session_state.get(JOBS, [])
    if not names:
        return []  # a server without a run starts no worker for this
    return [job for job in (runs.jobs().get(each, NeuralJob) for each in names) if job]


def _same(job: NeuralJob, of: corpora.Asked) -> bool:
    return job.asked == {"key": of.key, "unit": of.unit, "own": of.own}


def _kind(job: NeuralJob) -> tuple[str, str]:
    model = job.params["model"]
    return model, job.params["cell"] if model == "rnn" else ""


def usable(of: corpora.Asked) -> list[NeuralJob]:
    """The newest run of each kind of network on a text whose network can be used."""
    return list({_kind(job): job for job in jobs() if _same(job, of) and job.usable}.values())


def live() -> NeuralJob | None:
    """The run that goes on."""
    return next((job for job in jobs() if job.live), None)


def latest(of: corpora.Asked) -> NeuralJob | None:
    """The newest run on a text."""
    return next((job for job in reversed(jobs()) if _same(job, of)), None)


def begin(of: corpora.Asked, model: str, seconds: float, seed: int) -> None:
    """Put a run in the queue; model: "window" or a cell."""
    own = {"model": "window"} if model == "window" else {"model": "rnn", "cell": model}
    sizes = SIZES[of.unit] | {"direct": of.unit == "character"}
    params = TrainingParams(**own, unit=of.unit, seconds=seconds, seed=seed, checks=CHECKS, **sizes)
    asked = {"asked": {"key": of.key, "unit": of.unit, "own": of.own}}
    try:
        data = _file(of) if of.text else of.key
        job = runs.jobs().submit(training.me(), vars(params) | asked, data, kind=NeuralJob)
    except InputError as error:
        st.session_state[MESSAGE] = (error.template, error.params)
        return
    st.session_state.setdefault(JOBS, []).append(job.id)


def _file(of: corpora.Asked) -> str:
    """An own text where the worker finds it."""
    blob = of.text.encode("utf-8", "surrogatepass")
    path = runs.jobs().folder / f"text-{hashlib.sha256(blob).hexdigest()[:16]}.txt"
    if not path.is_file():
        path.write_bytes(blob)
    return str(path)


def stop(name: str) -> None:
    """End a run."""
    if job := runs.jobs().get(name, NeuralJob):
        runs.jobs().stop(job)
