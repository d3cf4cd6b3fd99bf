"""The form of the page Train a translator, and the runs of a session: start, choose, keep alive."""

from typing import NamedTuple

import streamlit as st

from engine.errors import InputError
from engine.translation.records import TranslationParams
from engine.translation.shipping import RUN
from ui import choices, page, runs, runs_seq2seq, sentence, training, translation_data
from ui.language import N_, lang, t
from ui.translation_form import MINUTES, READS, TRANSFORMER, length, network, shape, usual
from ui.translation_job import TranslationJob

SIZES, SIZE = (1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 60_000), 20_000
LINK = "run"
DATA = {
    "grammar": N_("grammar, to English"), "grammar-fr": N_("grammar, to French"), "own": N_("your own pairs"),
}  # fmt: skip


def own_runs() -> list[TranslationJob]:
    """The runs of this session that the server still has, the oldest first."""
    kept = [runs.jobs().get(name, TranslationJob) for name in st.session_state.get("translation_runs", [])]
    return [job for job in kept if job]


def going_on() -> bool:
    """Whether a run of this session is not over, here or on another page that trains."""
    return any(job.live and job.owner == training.me() for job in list(runs.jobs().jobs.values()))


def label(job: TranslationJob) -> str:
    """What a run is called: as its translator, and how it reads where that is unusual."""
    params, kind = job.params, _kind(job.params)
    attends = params.get("model", "attention") == "attention"
    if job.id == RUN:
        return t("{model}, as shipped", model=kind)
    number = st.session_state.get("translation_runs", [job.id]).index(job.id) + 1
    found = t("run {n}: {model}", n=number, model=kind)
    if params.get("model") == TRANSFORMER:
        return found
    reads = _reads(params)
    return found if reads == usual(attends) else t("{run}, read {how}", run=found, how=t(READS[reads]))


def _kind(params: dict) -> str:
    """As the translator will be called."""
    model = params.get("model", "attention")
    if model == TRANSFORMER:
        positions = params.get("positions") or "sinusoidal"
        return model if positions == "sinusoidal" else f"{model}-{positions}"
    kind = (params.get("cell") or "gru") + ("-attention" if model == "attention" else "")
    return kind + ("-dot" if model == "attention" and params.get("score") == "dot" else "")


def _reads(params: dict) -> str:
    attends = params.get("model", "attention") == "attention"
    if attends if params.get("bidirectional") is None else params["bidirectional"]:
        return "both"
    return "forth" if params.get("reversed") is False else "back"


def _from_link() -> None:
    """The run that the link names joins the session's, if the server still has it."""
    own, asked = st.session_state.setdefault("translation_runs", []), st.query_params.get(LINK)
    if not asked or asked in own:
        return
    if runs.jobs().get(asked, TranslationJob):
        own.append(asked)
        st.session_state["translation_shown"] = asked
    else:
        st.query_params.pop(LINK, None)
        st.warning(t("The run in this link is no longer on the server."))


def chosen() -> TranslationJob:
    """The run that is shown."""
    _from_link()
    every = [*reversed(own_runs()), runs_seq2seq.training(RUN)]
    names = {job.id: label(job) for job in every}
    wanted = st.session_state.get("translation_shown", RUN)
    found = next((job for job in every if job.id == wanted), every[-1])
    if len(every) > 1:
        key = f"translation_shown_{lang()}_{st.session_state.get('translation_turn', 0)}"
        place = list(names).index(found.id)
        picked = st.selectbox(t("Run"), names, place, format_func=names.get, key=key)
        found = next(job for job in every if job.id == picked)
    st.session_state["translation_shown"] = found.id
    if found.id == RUN:
        st.query_params.pop(LINK, None)
    else:
        st.query_params[LINK] = found.id
    return found


class Wanted(NamedTuple):
    """What the form says: data (a key of DATA), network and training; the sentence that is followed, or ""."""

    data: str
    size: int
    params: TranslationParams
    looked_at: str


def wanted() -> Wanted:
    """The form as it stands. Raises InputError for values that do not fit together."""
    state = st.session_state
    first = lambda key, usual: next(iter(state.get(key, [])), usual)  # noqa: E731
    model, units = first("translation_model", "attention"), state.get("translation_units")
    params = TranslationParams(
        model, n_hidden=units and units - units % 2, seed=state.get("translation_seed") or 0,
        seconds=round(60 * (state.get("translation_minutes") or MINUTES), 1), **shape(model),
    )  # fmt: skip
    if model == TRANSFORMER:  # whether its sizes fit together
        data = translation_data.picked()
        params.settled(data != translation_data.OWN).network(4, 4)
    text = sentence.tidy(state.get("translation_sentence") or "")
    return Wanted(translation_data.picked(), state.get("translation_size") or SIZE, params,
                  "" if sentence.too_much(text) else text)  # fmt: skip


def start() -> None:
    """Put a run with the form's settings in the queue; what hinders it is kept for the page to say."""
    try:
        form = wanted()
        data, name, languages = translation_data.source(form.data)
        about = {"languages": list(languages), "size": form.size, "data_seed": 0, "looked_at": form.looked_at}
        job = runs.jobs().submit(training.me(), vars(form.params) | about, data, name, TranslationJob)
    except InputError as error:
        st.session_state["translation_message"] = (error.template, error.params)
        return
    state = st.session_state
    state.setdefault("translation_runs", []).append(job.id)
    state.update(translation_shown=job.id, translation_begun=True)
    state["translation_turn"] = state.get("translation_turn", 0) + 1


@st.fragment
def controls() -> None:
    """The form: data, network, length, sentence, and the button that starts a run."""
    with st.container(border=True, key="train_form"):
        data = _data()
        model = network()
        length(data, model)
        st.text_input(
            t("Sentence to follow"), key="translation_sentence", bind="query-params", max_chars=sentence.LONGEST,
            placeholder=t("one of those held out"),
            help=t("Its translation and alignment are kept at every check of the run."),
        )  # fmt: skip
        busy = going_on()
        st.button(
            t("Train"), icon=":material/play_arrow:", type="primary", width="stretch", key="translation_start",
            on_click=start, disabled=busy,
            help=t("One run at a time: stop the one that is going on, or wait for its end.") if busy else None,
        )  # fmt: skip
        if st.session_state.pop("translation_begun", False):  # the rest of the page must show it
            st.rerun()
        if message := st.session_state.pop("translation_message", None):
            st.warning(page.plain(t(message[0], **message[1])))


def _data() -> str:
    translation_data.box()
    own = translation_data.brought() is not None
    words = {name: t(said) for name, said in DATA.items() if name != translation_data.OWN or own}
    key, usual_one = translation_data.choice()
    picked = choices.one(key, words, choices.box(st, t("Sentences")), usual_one, "data")
    if picked != translation_data.OWN:
        st.select_slider(
            t("Pairs"), SIZES, SIZE, format_func="{:,}".format, key="translation_size", bind="query-params",
            help=t("So many of the grammar's pairs; a twentieth of them is held out."),
        )  # fmt: skip
    return picked
