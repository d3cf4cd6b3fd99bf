"""Every cached run of the app: parameters in, labelled results out; models once a process, by name."""

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st
import xarray as xr

from engine import evaluate, names, pca, rnn_trace, weights

OWN = "mine-"  # names of networks that a session brought: this and the first 16 digits of the file's sha256
SPLIT_SEED = 0  # the split of data/names that the shipped networks were trained with
DATA = Path(__file__).resolve().parent.parent / "data" / "names"


@st.cache_resource(show_spinner=False)
def own_folder() -> Path:
    """Where this server keeps the networks of its sessions, by hash, until it ends."""
    return Path(tempfile.mkdtemp(prefix="unrolled-networks-"))


@st.cache_resource(max_entries=64, show_spinner=False)
def network(name: str) -> weights.Loaded:
    """The network called `name`: "lecture", "elman" or one of the sessions' own."""
    if name.startswith(OWN):
        return weights.load_file(own_folder() / f"{name}.safetensors")
    return weights.load_shipped(f"names-{name}")


@st.cache_data(max_entries=1000, show_spinner=False)
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
def evaluation(model: str, prior: str, order: tuple[int, ...] | None = None) -> xr.Dataset:
    """Everything that "How good is it?" shows of one network."""
    return evaluate.evaluation(scored(model, prior, True), scored(model, prior, False), order)


@st.cache_resource(max_entries=16, show_spinner=False)
def _plane(model: str) -> tuple[pca.PCA, pd.DataFrame]:
    net, held = network(model).net, shipped_names()[1]
    states = evaluate.final_states(net, held.texts)
    found = pca.fit(states)
    at = pca.project(found, states)
    groups = [held.languages[label] for label in held.labels]
    return found, pd.DataFrame({"x": at[:, 0], "y": at[:, 1], "group": groups, "label": held.texts})


def state_plane(model: str) -> tuple[pd.DataFrame, tuple[float, float]]:
    """The last states of the held-out names in the plane of their principal components; the shares explained."""
    found, points = _plane(model)
    return points, (float(found.explained[0]), float(found.explained[1]))


@st.cache_data(max_entries=1000, show_spinner=False)
def state_path(model: str, text: str) -> pd.DataFrame:
    """The states of one name in the same plane, one row a letter."""
    at = pca.project(_plane(model)[0], name_trace(model, text)["h"].values)
    return pd.DataFrame({"x": at[:, 0], "y": at[:, 1], "label": list(text)})
