"""Cached runs of lists of texts through the models of a task: one part of a list at a time."""

import streamlit as st

from engine import scoring_tasks, weights
from engine.scoring_tasks import Found, Settings
from ui import runs, runs_ngrams


@st.cache_resource(max_entries=1024, ttl=3600, show_spinner=False)
def part(task: str, model: str, settings: Settings, digest: str, at: int, _texts: list[str]) -> Found:
    """Answers for the part of the list with this hash that begins at `at`. Raises InputError."""
    return scoring_tasks.run(task, model, _texts, settings)


@st.cache_resource(max_entries=1024, ttl=3600, show_spinner=False)
def named(model: str, prior: str, digest: str, at: int, _texts: list[str]) -> Found:
    """The same of names, by any network of the session."""
    network: weights.Loaded = runs.network(model)
    return scoring_tasks.languages(network, _texts, prior)


@st.cache_resource(max_entries=1024, ttl=3600, show_spinner=False)
def weighed(
    model: str, key: str, unit: str, digest: str, at: int, _texts: list[str], own: str = "", _text: str | None = None
) -> Found:
    """The same by an n-gram model of a corpus, the session's own among them, or the network of a shipped one."""
    if model in scoring_tasks.NEURAL:
        return scoring_tasks.run("lm", model, _texts, Settings(corpus=key, unit=unit))
    params = runs_ngrams.NGramParams(int(model[0]))
    return scoring_tasks.weigh(runs_ngrams.model(key, unit, params, own, _text), _texts)
