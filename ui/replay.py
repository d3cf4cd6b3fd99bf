"""A training run to look back on: its checkpoints to step through, two runs compared, its network to take along."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from charts.matrix import matrix
from charts.stepper import stepper
from engine import evaluate
from engine.errors import InputError
from engine.stored_run import stored
from ui import explanation, models, names, page, runs, training, watch
from ui.job import Job
from ui.language import N_, localise, t
from ui.page import Figure

BEAT = 3.0  # seconds between two looks for a new checkpoint
SHOWN = 60  # names listed under a cell

_SETTINGS = {
    "model": N_("network"), "recipe": N_("recipe"), "n_hidden": N_("hidden units"), "lr": N_("learning rate"),
    "batch": N_("names per step"), "sampling": N_("how names are drawn"), "steps": N_("steps"),
    "seconds": N_("seconds"), "seed": N_("seed"),
}  # fmt: skip

AFTER = (("quality", "model", N_("How good is it?")), ("score", "score_model", N_("Score")))


def replay(job: Job) -> None:
    """Heat map of the session's name and confusion matrix at every checkpoint; new ones join while the run goes on."""
    st.fragment(_replay, run_every=BEAT if job.live else None)(job)


def _replay(job: Job) -> None:
    if runs.run(job.id) is None or not job.folder.is_dir():
        st.info(t("The run in this link is no longer on the server."))
        return
    left, right = st.columns([2, 3], gap="medium", vertical_alignment="bottom")
    with left:
        name = names.box(t("Name"))
    looks = job.looks
    trace = runs.training_trace(job.id, looks[-1]["step"], name) if looks and job.start else None
    if trace is None:
        st.info(t("The first checkpoint comes as soon as the run has begun."))
        return
    trace = localise(trace)
    last = trace["probs"].values[:, -1]
    best, labels = last.argmax(1), trace["language_label"].values
    flips = [k for k in range(1, len(best)) if best[k] != best[k - 1]]
    captions = [f"{labels[at]} {last[k, at]:.0%}" for k, at in enumerate(best)]
    said = t("{name} after {steps} steps: {language}, {share}.", name=name, steps=trace["checkpoint_label"].values[-1],
             language=labels[best[-1]], share=f"{last[-1].max():.0%}")  # fmt: skip
    right.markdown(f"#### {page.plain(said)}")
    follow = job.live and st.toggle(t("Follow the newest checkpoint"), True, key="train_follow")
    at = len(best) - 1 if follow or not job.live else None
    chips = stepper(trace["checkpoint_label"].values.tolist(), captions, "checkpoint", "k", at, flips)
    page.steps(chips, said)
    look = {"slider": "checkpoint", "show_slider": False}
    heat = matrix(trace["probs"], "language", "time", highlight="column_max", **look)
    table = matrix(trace["share"], "language", "guess", **look)
    accuracy = trace["accuracy"].values
    alt = t("Held-out accuracy goes from {a} to {b}; its names move onto the diagonal.", a=f"{accuracy[0]:.0%}",
            b=f"{accuracy[-1]:.0%}")  # fmt: skip
    page.row(
        Figure(heat, "train_probs", said, page.title(trace["probs"]), below=_proof(job, name)),
        Figure(table, "train_share", alt, page.title(trace["share"]), below=_names_below(job)),
    )  # fmt: skip


def _proof(job: Job, name: str) -> Callable[[dict | None], None]:
    """Under the heat map: how the picked probability comes out of that checkpoint's network."""

    def show(picked: dict | None) -> None:
        place = (picked or {}).get("position", {})
        looks = job.looks
        if not {"checkpoint", "time", "language"} <= set(place) or place["checkpoint"] >= len(looks):
            st.caption(t("Pick a cell of the left matrix for its equation, of the right one for the names behind it."))
            return
        path = job.folder / looks[place["checkpoint"]]["file"]
        if not path.is_file():
            return
        trace = localise(runs.checkpoint_trace(str(path), name))
        position = {"time": place["time"], "language": place["language"]}
        explanation.panel(trace, {"variable": "probs", "position": position}, "train_probs")
        st.download_button(
            t("This checkpoint's weights"), path.read_bytes, "my-network.safetensors", on_click="ignore",
            icon=":material/download:", key="train_check_file",
        )  # fmt: skip

    return show


def _names_below(job: Job) -> Callable[[dict | None], None]:
    """Under the confusion matrix: the held-out names of the picked cell at its checkpoint."""

    def show(picked: dict | None) -> None:
        place, looks, languages = (picked or {}).get("position", {}), job.looks, job.start["languages"]
        known = {"checkpoint", "language", "guess"} <= set(place) and place["checkpoint"] < len(looks)
        if not known or max(place["language"], place["guess"]) >= len(languages):
            return
        look = looks[place["checkpoint"]]
        scored = runs.checkpoint_scored(job.id, str(job.folder / look["file"]))
        truth, guess = languages[place["language"]], languages[place["guess"]]
        rows = evaluate.cell_names(scored, truth, guess)
        found = {"steps": f"{look['step']:,}", "truth": page.plain(t(truth)), "n": len(rows)}
        with st.container(border=True, key="train_share__explanation"):
            if truth == guess:
                st.markdown(t("After {steps} steps, **{truth}** found: {n} names", **found))
            else:
                said = t("After {steps} steps, **{truth}** taken for **{guess}**: {n} names",
                         guess=page.plain(t(guess)), **found)  # fmt: skip
                st.markdown(said)
            st.markdown(page.plain("  ·  ".join(f"{row.text} {row.p_guess:.0%}" for row in rows[:SHOWN])))

    return show


def compare(shown: Job, beside: Job | None) -> None:
    """Settings and final figures of two runs; what differs comes first and bold."""
    if beside is None:
        st.caption(t("Choose a run to compare with at the top of the page."))
        return
    pair = (shown, beside)
    settings = [(t(name), *(_setting(job, key) for job in pair)) for key, name in _SETTINGS.items()]
    settings.append((t("names"), *(job.data_name or t("shipped") for job in pair)))
    settings = [row for row in settings if set(row[1:]) != {"—"}]
    rows = sorted(settings, key=lambda row: row[1] == row[2])
    head = f"| | {' | '.join(page.plain(training.label(job)) for job in pair)} |\n|---|---|---|"
    left, right = st.columns(2, gap="large")
    left.markdown("\n".join([head, *(_line(*row, bold=row[1] != row[2]) for row in rows)]))
    figures = [(t(name), *(value(job) for job in pair)) for name, value in _FIGURES.items()]
    right.markdown("\n".join([head, *(_line(*row, bold=False) for row in figures)]))
    if shown.data != beside.data and {shown.data, beside.data} != {"", str(runs.DATA)}:
        st.warning(t("The two runs learned from different names: their figures do not compare."))


def _setting(job: Job, key: str) -> str:
    if key == "batch" and job.params.get("recipe") == "lecture":
        return "1"
    value = job.params.get(key)
    if key == "sampling" and value in training.SAMPLING:
        return t(training.SAMPLING[value])
    if isinstance(value, int):
        return f"{value:,}" if key == "steps" else str(value)
    return "—" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _line(name: str, left: str, right: str, bold: bool) -> str:
    mark = "**" if bold else ""
    return f"| {mark}{name}{mark} | {mark}{page.plain(left)}{mark} | {mark}{page.plain(right)}{mark} |"


def _best(part: str, figure: str, form: str = ".1%") -> Callable[[Job], str]:
    def read(job: Job) -> str:
        if not job.checks:
            return "—"
        value = max(list(job.checks), key=lambda check: check["score"])[part][figure]
        return "—" if value is None else format(value, form)

    return read


_FIGURES = {
    N_("held-out accuracy"): _best("natural", "accuracy"),
    N_("balanced accuracy"): _best("uniform", "balanced_accuracy"),
    N_("top 3"): _best("natural", "top3"),
    N_("negative log-likelihood"): _best("natural", "nll", ".3f"),
    N_("accuracy in training"): _best("train", "accuracy"),
    N_("steps done"): lambda job: f"{job.step:,}",
    N_("time"): lambda job: watch.duration(job.seconds),
}


def take(job: Job) -> None:
    """Use the network on the other pages, download it, bring one back."""
    use, down, up = st.columns(3, gap="medium")
    with use.container(border=True, height="stretch"):
        st.markdown(t("**Use it on the other pages**"))
        _use(job)
    with down.container(border=True, height="stretch"):
        st.markdown(t("**Download its weights**"))
        st.caption(t("safetensors: the best network of the run, with its sizes, languages and figures."))
        st.download_button(
            t("Download"), _blob(job.best), f"{job.id}.safetensors", icon=":material/download:", on_click="ignore",
            disabled=not job.best.is_file(), key="train_download",
        )  # fmt: skip
    with up.container(border=True, height="stretch"):
        st.markdown(t("**Bring weights back**"))
        _bring()


def _blob(path: Path) -> Callable[[], bytes]:
    return lambda: path.read_bytes()


def _use(job: Job) -> None:
    if job.id in stored():
        _links(job.params["model"])
        return
    st.caption(t("The best network of this run joins the choice of networks."))
    st.button(
        t("Use this network"), icon=":material/add:", key="train_use", on_click=_register, args=(job.best,),
        disabled=not job.best.is_file(),
    )  # fmt: skip
    if name := st.session_state.get("train_used", {}).get(str(job.best)):
        _links(name)


def _register(path: Path) -> None:
    st.session_state.setdefault("train_used", {})[str(path)] = models.add(path.read_bytes())


def _links(name: str) -> None:
    st.caption(t("It is called `{name}` there.", name=name))
    plain = models.kind(name) in models.PLAIN
    for target, key, label in ((("step", "model", N_("Step through")),) if plain else ()) + AFTER:
        st.page_link(f"pages/{target}.py", label=t(label), query_params={key: name}, icon=":material/arrow_forward:")


def _bring() -> None:
    """A weights file, checked before anything of it is used."""
    file = st.file_uploader(
        t("A safetensors file"), ["safetensors"], key="train_weights", label_visibility="collapsed", max_upload_size=20
    )
    if file is None:
        return
    try:
        _links(models.add(file.getvalue()))
    except InputError as error:
        st.error(page.plain(t(error.template, **error.params)))
