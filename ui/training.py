"""The form of the page Train, and the runs of a session: start, choose, keep alive."""

import secrets
import time

import streamlit as st

from engine.classifier import CELLS, MODELS
from engine.errors import InputError
from engine.recipes import RECIPES
from engine.records import TrainParams
from engine.stored_run import stored
from ui import choices, runs, training_data
from ui.job import Job
from ui.language import N_, lang, t

MOST_SECONDS, MOST_STEPS, MOST_HIDDEN = 300, 200_000, 256
ADRIFT = 20.0  # seconds (four slow beats) without a sign of its session, then a run belongs to whoever looks at it

SAMPLING = {
    "recipe": N_("as the recipe does"), "name": N_("every name alike"), "language": N_("every language alike"),
}  # fmt: skip
ACROSS = {"steps": N_("steps"), "names": N_("names seen"), "seconds": N_("seconds")}
OWN = TrainParams()


def me() -> str:
    """This session, for the queue."""
    return st.session_state.setdefault("train_owner", secrets.token_hex(8))


def mine(job: Job) -> bool:
    """Whether this session may stop a run; one whose session has gone (a reload) passes to who looks at it."""
    if job.live and job.owner != me() and time.monotonic() - job.seen > ADRIFT:
        job.owner = me()
    if job.owner == me():
        runs.jobs().touch(job)
    return job.owner == me()


def own_runs() -> list[Job]:
    """The runs of this session that the server still has, the oldest first."""
    kept = [runs.jobs().get(name) for name in st.session_state.get("train_runs", [])]
    return [job for job in kept if job]


def has_own() -> bool:
    """Whether the session has a run, or its link names one: then the run comes before the form on a phone."""
    return bool(own_runs() or st.query_params.get("train_run"))


def going_on() -> Job | None:
    """The session's run that is not over."""
    return next((job for job in own_runs() if job.live and job.owner == me()), None)


def label(job: Job) -> str:
    """What a run is called."""
    if job.id in stored():
        return t("{model}, as shipped", model=job.params["model"])
    number = st.session_state.get("train_runs", [job.id]).index(job.id) + 1
    kinds = {"n": number, "model": job.params.get("model", "lecture"), "recipe": job.params.get("recipe", "lecture")}
    return t("run {n}: {model}, {recipe}", **kinds)


def _show(shown: str, beside: str | None = None) -> None:
    """Choose the runs on the session's behalf; the boxes get new keys, since a browser insists on what it shows."""
    state = st.session_state
    state["train_pair"] = (shown, beside)
    state["train_generation"] = state.get("train_generation", 0) + 1


def _from_link() -> None:
    """The run that the link names joins the session's, if the server still has it."""
    own, asked = st.session_state.setdefault("train_runs", []), st.query_params.get("train_run")
    if not asked or asked in own:
        return
    if runs.jobs().get(asked):
        own.append(asked)
        _show(asked)
    else:
        st.warning(t("The run in this link is no longer on the server."))


def _pick(column, title: str, key: str, options: dict[str | None, str], wanted: str | None) -> str | None:
    place = list(options).index(wanted) if wanted in options else 0
    key = f"{key}_{lang()}_{st.session_state.get('train_generation', 0)}"
    return column.selectbox(title, options, index=place, format_func=options.get, key=key)


def order() -> list[str]:
    """What the runs are called, in the order of their colours: the shipped ones, then the session's."""
    return [label(job) for job in (*map(runs.run, stored()), *own_runs())]


def chosen() -> tuple[Job, Job | None, str]:
    """The run that is shown, the one beside it, and what their curves run along (a key of ACROSS)."""
    _from_link()
    every = {job.id: job for job in (*reversed(own_runs()), *map(runs.run, stored()))}
    names = {name: label(job) for name, job in every.items()}
    wanted, other = st.session_state.get("train_pair", (None, next(iter(stored()[1:]), None)))
    left, middle, right = st.columns([3, 3, 2])
    shown = _pick(left, t("Run"), "train_shown", names, wanted)
    others = {None: t("nothing")} | {name: text for name, text in names.items() if name != shown}
    beside = _pick(middle, t("Compare with"), "train_beside", others, other)
    st.session_state["train_pair"] = (shown, beside)
    if shown in stored():
        st.query_params.pop("train_run", None)
    else:
        st.query_params["train_run"] = shown
    along = {key: t(name) for key, name in ACROSS.items()}
    across = _pick(right, t("Horizontal axis"), "train_across", along, st.session_state.get("train_along"))
    st.session_state["train_along"] = across
    return every[shown], every.get(beside), across


def settings() -> dict:
    """What the form says, as fields of TrainParams; None where the recipe decides."""
    state = st.session_state
    seconds, sampling = state.get("train_seconds"), next(iter(state.get("train_sampling", [])), None)
    return {
        "model": state.get("train_model") or "lecture", "recipe": state.get("train_recipe") or "lecture",
        "n_hidden": state.get("train_hidden"), "n_layers": state.get("train_layers"),
        "bidirectional": bool(state.get("train_both")), "window": state.get("train_window") or OWN.window,
        "lr": state.get("train_lr"),
        "batch": state.get("train_batch") or OWN.batch, "seed": state.get("train_seed") or 0,
        "steps": None if seconds else state.get("train_steps"), "seconds": seconds,
        "sampling": sampling if sampling in ("name", "language") else None,
    }  # fmt: skip


def start() -> None:
    """Put a run with the form's settings in the queue; what hinders it is kept for the page to say."""
    try:
        job = runs.jobs().submit(me(), vars(TrainParams(**settings()).settled()), *training_data.source())
    except InputError as error:
        st.session_state["train_message"] = (error.template, error.params)
        return
    st.session_state.setdefault("train_runs", []).append(job.id)
    st.session_state["train_begun"] = True
    _show(job.id, st.session_state.get("train_pair", (None, None))[1])


@st.fragment
def controls() -> None:
    """The form: network, recipe, sizes, length, data, and the button that starts a run."""
    with st.container(border=True, key="train_form"):
        choice = {"required": True, "bind": "query-params", "width": "stretch"}
        st.selectbox(t("Network"), list(MODELS), key="train_model", bind="query-params")
        st.segmented_control(
            t("Recipe"), list(RECIPES), default="lecture", key="train_recipe", **choice,
            help=t("lecture: one name a step, plain gradient descent, as on the slides. fast: batches of names of "
                   "like length, Adam, dropout; the same accuracy in a small part of the time."),
        )  # fmt: skip
        _length()
        _numbers(settings()["recipe"])
        training_data.box()
        busy = going_on()
        st.button(
            t("Train"), icon=":material/play_arrow:", type="primary", width="stretch", key="train_start",
            on_click=start, disabled=busy is not None,
            help=t("One run at a time: stop the one that is going on, or wait for its end.") if busy else None,
        )  # fmt: skip
        if st.session_state.pop("train_begun", False):  # the rest of the page must show it
            st.rerun()
        if message := st.session_state.pop("train_message", None):
            st.warning(t(message[0], **message[1]))


def _own(**given: object) -> TrainParams:
    """What the recipe decides where the form says nothing, for the network that it stands at."""
    asked = settings()
    return TrainParams(model=asked["model"], recipe=asked["recipe"], **given).settled()


def _length() -> None:
    """How long the run is: in steps, or in seconds."""
    a, b = st.columns(2, vertical_alignment="bottom")
    own = f"{_own().steps:,}"
    a.number_input(
        t("Steps"), 10, MOST_STEPS, None, 1000, key="train_steps", bind="query-params", placeholder=own,
        help=t("Left empty: the recipe's own, {steps}.", steps=own),
    )  # fmt: skip
    b.number_input(
        t("or seconds"), 5, MOST_SECONDS, None, 5, key="train_seconds", bind="query-params", placeholder="—",
        help=t("Given, it counts instead of the steps. A run trains {minutes} minutes at most; then it can be resumed.",
               minutes=MOST_SECONDS // 60),
    )  # fmt: skip


def _shape(model: str) -> None:
    """Layers, directions of a recurrent network, letters of the window."""
    a, b = st.columns(2, vertical_alignment="bottom")
    if model == "window":
        a.number_input(t("Letters in the window"), 1, 20, OWN.window, key="train_window", bind="query-params")
    elif model != "combined":
        own = str(_own().n_layers)
        a.number_input(t("Layers"), 1, 4, None, key="train_layers", bind="query-params", placeholder=own)
        if model in CELLS:
            b.toggle(
                t("Both ways"), key="train_both", bind="query-params", help=t("A second network reads from the end.")
            )


def _numbers(recipe: str) -> None:
    """Sizes, learning rate, seed, and how names are drawn."""
    literal, rate = recipe == "lecture", f"{RECIPES[recipe].default_lr:g}"
    a, b = st.columns(2, vertical_alignment="bottom")
    a.number_input(
        t("Learning rate"), 1e-5, 1.0, None, 0.001, format="%g", key="train_lr", placeholder=rate, bind="query-params",
        help=t("Left empty: the recipe's own, {rate}.", rate=rate),
    )  # fmt: skip
    own = str(_own(bidirectional=settings()["bidirectional"]).n_hidden)
    b.number_input(
        t("Hidden units"), 4, MOST_HIDDEN, None, 4, key="train_hidden", bind="query-params", placeholder=own,
        help=t("Of each layer and direction. Left empty: the network's own, {n}.", n=own),
    )  # fmt: skip
    _shape(settings()["model"])
    a, b = st.columns(2, vertical_alignment="bottom")
    a.number_input(
        t("Names per step"), 1, 1024, OWN.batch, key="train_batch", disabled=literal, bind="query-params",
        help=t("The lecture's recipe takes one name a step.") if literal else None,
    )  # fmt: skip
    b.number_input(t("Seed"), 0, 99_999, 0, key="train_seed", bind="query-params")
    own = SAMPLING["language" if literal else "name"]
    words = {name: t(word) for name, word in SAMPLING.items()}
    help_ = t("Which name is read next. every name alike: frequent languages come more often. every language alike: "
              "first a language is drawn, then one of its names. The recipe's own: {own}.", own=t(own))  # fmt: skip
    shown = choices.box(st, t("How names are drawn"), help=help_)
    choices.one("train_sampling", words, shown, "recipe", "train_sampling")
