"""The page Why not recurrent?: time and memory of one layer of each kind, as stored and as measured on request."""

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from charts.log_lines import Axes, log_lines
from engine.complexity_measure import LENGTHS, TAIL, MeasureParams, Point, slope
from engine.errors import InputError
from ui import choices, page, runs, runs_transformer, training, watch
from ui.job import DIED
from ui.jobs import LEFT, TURN_OVER
from ui.language import N_, t
from ui.memory import join
from ui.page import Figure
from ui.why_transformer_job import MeasureJob

BEAT = 1.0  # seconds between two polls
NAMES = {
    "attention": N_("self-attention"), "rnn": N_("RNN"), "gru": N_("GRU"), "lstm": N_("LSTM"), "cnn": N_("convolution"),
    "attention-weights": N_("weights kept"),
}  # fmt: skip
NOTES = {
    LEFT: N_("Stopped because its page was closed."),
    TURN_OVER: N_("Stopped after {minutes} minutes, the most for one go."),
    DIED: N_("The measuring process ended unexpectedly (exit code {code})."),
}


def _job() -> MeasureJob | None:
    return runs.jobs().get(st.session_state.get("why_job"), MeasureJob)


def _begin(longest: int, d: int) -> None:
    params = MeasureParams(d=d, longest=longest)
    try:
        job = runs.jobs().submit(training.me(), vars(params), kind=MeasureJob)
    except InputError as error:
        st.session_state["why_message"] = (error.template, error.params)
        return
    st.session_state["why_job"] = job.id


def _stop() -> None:
    if job := _job():
        runs.jobs().stop(job)


@st.fragment
def section() -> None:
    """What was measured, in words and charts, and the button that measures again."""
    job = _job()
    live = bool(job and job.live)
    st.fragment(_shown, run_every=BEAT if live else None)(live)
    with (
        st.container(border=True, key="why_form"),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        longest = st.selectbox(t("Longest sequence"), LENGTHS, LENGTHS.index(1024), key="why_longest", width=170)
        d = st.selectbox(t("d, numbers a word"), (32, 64, 128, 256), 1, key="why_measured_d", width=170)
        st.button(t("Measure on this machine now"), icon=":material/play_arrow:", type="primary", key="why_measure",
                  on_click=_begin, args=(longest, d), disabled=live)  # fmt: skip
    if message := st.session_state.pop("why_message", None):
        st.warning(t(message[0], **message[1]))


def _shown(was_live: bool) -> None:
    job = _job()
    if job is not None:
        runs.jobs().touch(job)
        if was_live and not job.live:
            st.rerun()
    about, points = runs_transformer.measured()
    if job is not None and job.points:
        about, points = job.about, list(job.points)
    if points:
        st.markdown(f"**{page.plain(finding(points))}**")
        charts(points)
        st.caption(page.plain(join(exponents(points), where(about))))
    else:
        st.info(t("No measurement is stored; make one below."), icon=":material/info:")
    if job is not None:
        with st.container(key="why_live"):
            _state(job)


def _state(job: MeasureJob) -> None:
    last = job.points[-1] if job.points else None
    if job.live:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            said = t("Waiting") if job.state == "waiting" else t("Measuring")
            if last:
                said = t("Measuring: {layer}, {n} words", layer=t(NAMES[last.layer]), n=last.n)
            st.progress(min(1.0, job.progress), page.plain(said), width="stretch")
            st.button(t("Stop"), icon=":material/stop:", key="why_stop", on_click=_stop)
    elif job.points:
        time = watch.duration(job.seconds)
        st.markdown(t("{n} points measured in {time}; shown above.", n=len(job.points), time=time))
    if job.note:
        st.info(t(NOTES.get(job.note[0], job.note[0]), **job.note[1]))
    if job.error:
        st.error(page.plain(t(NOTES.get(job.error[0], job.error[0]), **job.error[1])))


def where(about: dict) -> str:
    """When, where and on what was measured."""
    params = about.get("params", {})
    return t(
        "Measured on {date}: {processor}, one of {cores} cores, torch {torch}; d = {d}, kernel {k}, {heads} heads, one "
        "sequence at a time. Growth is fitted to the {tail} largest lengths.",
        date=about.get("date", "—"), processor=about.get("processor", "—"), cores=about.get("cores", "—"),
        torch=about.get("torch", "—"), d=params.get("d", "—"), k=params.get("k", "—"),
        heads=params.get("n_heads", "—"), tail=TAIL,
    )  # fmt: skip


def _line(points: Sequence[Point], layer: str, field: str) -> dict[int, float]:
    return {each.n: getattr(each, field) for each in points if each.layer == layer}


def slopes(points: Sequence[Point], field: str) -> dict[str, float]:
    """The exponent of each layer's growth; only of those with two lengths or more."""
    lines = {layer: _line(points, layer, field) for layer in NAMES}
    return {
        layer: slope(list(line), list(line.values())) for layer, line in lines.items() if len(line) > 1
    }  # fmt: skip


def _doubled(points: Sequence[Point], field: str) -> dict[str, float]:
    """By what each layer's figure is multiplied where the length doubles."""
    return {layer: 2**value for layer, value in slopes(points, field).items() if math.isfinite(value)}


def exponents(points: Sequence[Point]) -> str:
    """The slopes of all lines."""
    said = []
    for field, word in (("both", t("Exponents of time")), ("saved", t("Exponents of memory"))):
        each = (f"{t(NAMES[layer])} {value:.2f}" for layer, value in slopes(points, field).items())
        said.append(t("{what}: {each}.", what=word, each=t("; ").join(each)))
    return join(*said)


def finding(points: Sequence[Point]) -> str:
    """How time and memory grow, and from which length on attention is slower than the LSTM."""
    time, kept, said = _doubled(points, "both"), _doubled(points, "saved"), []
    if {"attention", "lstm", "cnn"} <= set(time):
        said.append(t("At twice the length self-attention takes {a:.1f} times as long, the LSTM {b:.1f} times, the "
                      "convolution {c:.1f} times.", a=time["attention"], b=time["lstm"], c=time["cnn"]))  # fmt: skip
    if {"attention", "attention-weights"} <= set(kept):
        said.append(t("Self-attention keeps {a:.1f} times as much, and {b:.1f} times if it keeps its weights.",
                      a=kept["attention"], b=kept["attention-weights"]))  # fmt: skip
    mine, theirs = _line(points, "attention", "both"), _line(points, "lstm", "both")
    both = sorted(set(mine) & set(theirs))
    slower = [n for n in both if mine[n] > theirs[n]]
    if slower:
        said.append(t("On one core self-attention takes longer than torch’s LSTM from {n} words on.", n=slower[0]))
    elif both:
        said.append(t("On one core self-attention is faster than torch’s LSTM up to {n} words.", n=both[-1]))
    return join(*said)


def charts(points: Sequence[Point]) -> None:
    """Time and memory over length, both axes logarithmic."""
    names = [t(name) for name in NAMES.values()]
    kinds = {"both": t("forward and backward"), "forward": t("forward")}

    def show(words: list, at: object, **given: object) -> str:
        return st.segmented_control(t("Pass"), words, default=at, required=True, **given)

    kind = choices.one("why_pass", kinds, show, "both", "pass")
    rows = [(each.n, 1000 * getattr(each, kind), t(NAMES[each.layer]), kinds[kind]) for each in points]
    ticks = tuple(sorted({each.n for each in points}))[::2]
    look = {"order": names, "height": 360}
    words = {"series": t("layer"), "part": t("pass")}
    columns = ["x", "y", "series", "part"]
    time = log_lines(pd.DataFrame(rows, columns=columns), Axes(t("words"), t("milliseconds"), "xy", ",~g", ticks=ticks),
                     words, **look)  # fmt: skip
    rows = [(each.n, float(each.saved), t(NAMES[each.layer]), "") for each in points if each.saved > 0]
    kept = log_lines(pd.DataFrame(rows, columns=columns), Axes(t("words"), t("bytes"), "xy", "~s", ticks=ticks),
                     words, **look)  # fmt: skip
    said = finding(points)
    page.row(
        Figure(time, "why_time", said, t("**Time** of one layer against length, {kind}", kind=kinds[kind])),
        Figure(kept, "why_memory", said, t("**Memory**: what is kept for the backward pass, against length")),
    )
