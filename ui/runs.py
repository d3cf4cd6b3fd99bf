"""Every cached run of the app: parameters in, labelled results out; models once a process, by name."""

import atexit
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from engine import evaluate, names, pca, readers, rnn_trace, run_trace, scoring, stored_run, weights
from ui.job import Job, of_stored
from ui.jobs import Jobs
from ui.own import OWN

SPLIT_SEED = 0  # the split of data/names that the shipped networks were trained with
DATA = Path(__file__).resolve().parent.parent / "data" / "names"


def temporary(name: str) -> Path:
    """A folder that goes with the server."""
    folder = Path(tempfile.mkdtemp(prefix=f"unrolled-{name}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@st.cache_resource(show_spinner=False)
def own_folder() -> Path:
    """Where this server keeps the networks of its sessions, by hash, until it ends."""
    return temporary("networks")


@st.cache_resource(max_entries=64, show_spinner=False)
def network(name: str) -> weights.Loaded:
    """The network called `name`: "lecture", "elman" or one of the sessions' own."""
    if name.startswith(OWN):
        return weights.load_file(own_folder() / f"{name}.safetensors")
    return weights.load_shipped(f"names-{name}")


@st.cache_data(max_entries=150, show_spinner=False)
def name_trace(model: str, text: str) -> xr.Dataset:
    """Every inner value of `model` on one folded name."""
    loaded = network(model)
    return rnn_trace.trace(loaded.net, text, loaded.params, loaded.path)


@st.cache_resource(show_spinner=False)
def shipped_names() -> tuple[names.Names, names.Names]:
    """(train, held out) of data/names, as the shipped networks were trained."""
    return names.split(names.read_names(DATA), SPLIT_SEED)


@st.cache_resource(max_entries=16, show_spinner=False)
def scored(model: str, prior: str, held_out: bool) -> evaluate.Scored:
    """One part of data/names scored by a network. Raises InputError where it does not know the languages."""
    loaded = network(model)
    part = names.align(shipped_names()[held_out], loaded.params.languages)
    return evaluate.scored(loaded.net, loaded.params, part, prior)


@st.cache_data(max_entries=32, show_spinner=False)
def evaluation(model: str, prior: str, first: tuple[str, ...] = ()) -> xr.Dataset:
    """Everything that "How good is it?" shows of one network, the languages `first` in front."""
    return evaluate.evaluation(scored(model, prior, True), scored(model, prior, False), first)


@st.cache_resource(max_entries=16, show_spinner=False)
def _plane(model: str) -> tuple[pca.PCA, pd.DataFrame]:
    net, held = network(model).net, shipped_names()[1]
    states = evaluate.final_states(net, held.texts)
    found = pca.fit(states)
    at = pca.project(found, states)
    groups = pd.Categorical.from_codes(held.labels, held.languages)
    points = {"x": at[:, 0], "y": at[:, 1], "group": groups, "label": np.asarray(held.texts, dtype=object)}
    return found, pd.DataFrame(points)


def state_plane(model: str) -> tuple[pd.DataFrame, tuple[float, float]]:
    """The last states of the held-out names in the plane of their principal components; the shares explained."""
    found, points = _plane(model)
    return points, (float(found.explained[0]), float(found.explained[1]))


@st.cache_data(max_entries=1000, show_spinner=False)
def state_path(model: str, text: str) -> pd.DataFrame:
    """The states of one name in the same plane, one row a letter."""
    at = pca.project(_plane(model)[0], name_trace(model, text)["h"].values)
    return pd.DataFrame({"x": at[:, 0], "y": at[:, 1], "label": list(text)})


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The training runs of this server."""
    return Jobs()


@st.cache_resource(max_entries=8, show_spinner=False)
def shipped_run(name: str) -> Job:
    """A run that comes with the app: how a shipped network was trained."""
    folder = temporary("stored")
    blob = (weights.ROOT / stored_run.FOLDER / f"{name}.safetensors").read_bytes()
    run = stored_run.unpack(blob, folder)
    return of_stored(name, run, folder, weights.ROOT / weights.SHIPPED / f"{name}.safetensors")


def run(name: str) -> Job | None:
    """The training run of this name: stored, or one of this server that it still has."""
    return shipped_run(name) if name in stored_run.stored() else jobs().get(name)


@st.cache_resource(max_entries=256, show_spinner=False)
def checkpoint(path: str) -> weights.Loaded:
    """The network of a checkpoint."""
    return weights.load_file(path)


@st.cache_data(max_entries=5000, show_spinner=False)
def _letter_probs(path: str, text: str) -> object:
    return run_trace.letter_probs(checkpoint(path).net, text)


@st.cache_data(max_entries=64, show_spinner=False)
def training_trace(name: str, step: int, text: str) -> xr.Dataset | None:
    """What the run `name`, now at checkpoint `step`, makes of a folded name; None before its first checkpoint."""
    job = run(name)
    looks = [look for look in job.looks if look["step"] <= step]
    if not looks:
        return None
    probs = [_letter_probs(str(job.folder / look["file"]), text) for look in looks]
    losses = [(at, loss) for at, _, loss in job.losses]
    return run_trace.trace(probs, looks, losses, job.start["languages"], text)


@st.cache_data(max_entries=64, show_spinner=False)
def checkpoint_trace(path: str, text: str) -> xr.Dataset:
    """Every inner value of a checkpoint's network on a folded name."""
    loaded = checkpoint(path)
    return rnn_trace.trace(loaded.net, text, loaded.params, path)


@st.cache_resource(max_entries=8, show_spinner=False)
def _held_out(data: str, data_name: str, seed: int, share: float) -> names.Names:
    source = names.read(Path(data).read_bytes(), data_name).names if data_name else names.read_names(data or DATA)
    return names.split(source, seed, share)[1]


@st.cache_resource(max_entries=16, show_spinner=False)
def checkpoint_scored(name: str, path: str) -> evaluate.Scored:
    """The held-out names of a run, scored by one of its checkpoints with the network's own prior."""
    job = run(name)
    held = _held_out(job.data, job.data_name, job.params["split_seed"], job.params["held_out"])
    return evaluate.Scored(held, evaluate.log_probs(checkpoint(path).net, held.texts))


@st.cache_resource(max_entries=8, ttl=3600, show_spinner=False)
def upload_tables(
    digest: str, name: str, header: bool | None, encoding: str | None, _blob: bytes
) -> tuple[list[readers.Table], list[readers.BadRow]]:
    """What an uploaded file holds; `digest` is the hash of its bytes. Raises InputError."""
    return readers.read(_blob, name, header, encoding)


@st.cache_resource(max_entries=8, ttl=3600, show_spinner=False)
def upload_names(
    digest: str, name: str, header: bool | None, encoding: str | None, column: str | None, _blob: bytes
) -> tuple[pd.DataFrame, list[readers.BadRow]]:
    """The names in one column of an uploaded file, and the rows without one. Raises InputError."""
    return readers.names(upload_tables(digest, name, header, encoding, _blob)[0], column)


@st.cache_resource(max_entries=128, ttl=3600, show_spinner=False)
def top_languages(model: str, prior: str, digest: str, part: int, _texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """(indices, probabilities) of the three likeliest languages of folded names; the digest and part name them."""
    loaded = network(model)
    log_probs = evaluate.apply_prior(scoring.log_probs(loaded.net, _texts), loaded.params, prior)
    return scoring.top(log_probs, 3)


def example(run_name: str = "") -> xr.Dataset:
    """A small trace whose variables are the glossary of a page: of a stored training run, else of a name."""
    if not run_name:
        return name_trace("lecture", "A")
    return training_trace(run_name, shipped_run(run_name).looks[-1]["step"], "A")
