"""What the form of the page Train a translator asks of the network, and how long it learns."""

import streamlit as st

from engine.translation.records import GRAMMAR, REAL_TEXT
from engine.translation.records import TRANSFORMER as SIZES
from ui import choices, lstm, translation_data
from ui.language import N_, t

MOST_MINUTES, MINUTES, MOST_UNITS = 3.0, 1.0, 512
TRANSFORMER = "transformer"
MODELS = {"attention": N_("attention"), "rnn": N_("one vector"), "transformer": N_("Transformer")}
NORMS = {"before": N_("before each part"), "after": N_("after each sum")}
POSITIONS = {
    "sinusoidal": N_("sinusoidal"), "learned": N_("learned"), "rotary": N_("rotary"), "none": N_("none"),
}  # fmt: skip
READS = {"both": N_("both ways"), "back": N_("from its end"), "forth": N_("from its start")}


def usual(attends: bool) -> str:
    """How an encoder reads where nothing else is said."""
    return "both" if attends else "back"


def shape(model: str) -> dict:
    """What the form says of a network of this kind, as fields of TranslationParams."""
    return _transformer() if model == TRANSFORMER else _recurrent(model)


def _recurrent(model: str) -> dict:
    """What the form says of a network with states."""
    state = st.session_state
    reads = next(iter(state.get(f"translation_reads_{model}", [])), usual(model == "attention"))
    forcing = state.get("translation_forcing")
    return {
        "cell": state.get("translation_cell") or "gru", "score": state.get("translation_score") or "additive",
        "bidirectional": reads == "both", "reversed": reads == "back",
        "teacher_forcing": 1.0 if forcing is None else forcing,
    }  # fmt: skip


def _transformer() -> dict:
    """What it says of a Transformer."""
    state = st.session_state
    picked = lambda key, usual: next(iter(state.get(key, [])), usual)  # noqa: E731
    return {
        "n_layers": state.get("translation_layers"), "n_heads": state.get("translation_heads"),
        "positions": picked("translation_positions", "sinusoidal"), "norm": picked("translation_norm", "before"),
    }  # fmt: skip


def network() -> str:
    """The kind of network and its shape; returns the kind, a key of MODELS."""
    model = lstm.buttons("translation_model", t("Between the networks"), MODELS, "attention", "model", "visible")
    attends, choice = model == "attention", {"required": True, "bind": "query-params", "width": "content"}
    if model == TRANSFORMER:
        _layers(choice)
        return model
    with st.container(horizontal=True):  # side by side where there is room
        st.segmented_control(t("Cell"), ["gru", "lstm"], default="gru", key="translation_cell", **choice)
        if attends:
            st.segmented_control(t("Score"), ["additive", "dot"], default="additive", key="translation_score", **choice)
    words = {name: t(said) for name, said in READS.items()}
    choices.one(f"translation_reads_{model}", words, choices.box(st, t("The source is read")), usual(attends), "reads")
    return model


def _layers(choice: dict) -> None:
    """Layers, heads, positions and norm of a Transformer."""
    with st.container(horizontal=True):
        st.segmented_control(t("Layers"), [1, 2, 3], default=2, key="translation_layers", **choice)
        st.segmented_control(t("Heads"), [1, 2, 4, 8], default=4, key="translation_heads", **choice)
    for name, heading, words, usual_one in (
        ("positions", t("Positions"), POSITIONS, "sinusoidal"), ("norm", t("LayerNorm"), NORMS, "before"),
    ):  # fmt: skip
        said = {key: t(word) for key, word in words.items()}
        choices.one(f"translation_{name}", said, choices.box(st, heading), usual_one, name)


def length(data: str, model: str) -> None:
    """Teacher forcing, size, time and seed."""
    grammar = data != translation_data.OWN
    own = SIZES[grammar] if model == TRANSFORMER else GRAMMAR if grammar else REAL_TEXT
    if model != TRANSFORMER:
        st.slider(
            t("Teacher forcing"), 0.0, 1.0, 1.0, 0.05, key="translation_forcing", bind="query-params",
            help=t("The share of the steps at which the decoder is fed the true word instead of its own."),
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom", key="translation_numbers"):
        _numbers(own["n_hidden"])


def _numbers(own: int) -> None:
    st.number_input(t("Units"), 8, MOST_UNITS, None, 8, key="translation_units", bind="query-params",
                   placeholder=str(own), help=t("Of encoder and decoder each, an even number."))  # fmt: skip
    st.number_input(
        t("Minutes"), 0.1, MOST_MINUTES, MINUTES, 0.5, format="%g", key="translation_minutes", bind="query-params",
        help=t("At most {n:g} in one go.", n=MOST_MINUTES),
    )  # fmt: skip
    st.number_input(t("Seed"), 0, 99_999, 0, key="translation_seed", bind="query-params")
