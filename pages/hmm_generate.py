"""Generate: a hidden Markov model as a source, draw by draw, and what its shares tend to."""

import streamlit as st

from charts.graph import graph
from charts.matrix import matrix
from charts.needle import needle
from charts.running import running
from charts.stepper import stepper
from ui import hmm_generate, hmm_models, page, runs_hmm
from ui.language import localise, prose, t
from ui.page import Figure


def process(key: str, trace, finding: str) -> None:
    """The model as a graph that lives, and beside it both draws at the cursor."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        picture(key, trace, finding)
    with right:
        for dim, title in (("state", t("**The state is drawn**")), ("symbol", t("**The symbol is drawn**"))):
            drawn, said = hmm_generate.draws(trace, dim)
            array = trace[f"p_{dim}"]
            short = array.assign_coords(time_label=("time", [str(at + 1) for at in range(array.sizes["time"])]))
            bars = matrix(short, dim, slider="time", show_slider=False, **hmm_generate.look(array, dim))
            page.row(
                Figure(needle(array, drawn, said), f"gen_draw_{dim}", said[-1], title, trace),
                Figure(bars, f"gen_row_{dim}", array.attrs["meaning"], f"${array.attrs['symbol']}$", trace),
                widths=[3, 2],
            )


def picture(key: str, trace, finding: str) -> None:
    """The graph with the current state lit; of many states the matrix A."""
    tables = hmm_generate.tables(key, trace)
    if tables.sizes["state"] > hmm_generate.GRAPH:
        page.draw(matrix(tables["A"], "state", "next_state"), "gen_A", finding, page.title(tables["A"]), trace=tables)
        return
    symbols, _ = hmm_generate.labels(trace)
    chart = graph(tables["A"], pi=tables["pi"], B=tables["B"], path=trace["X"].values, observed=symbols)
    page.draw(chart, "gen_graph", finding, trace=tables)


def shares(key: str, seed: int, trace, finding: str) -> None:
    """How often each state and symbol came so far, beside what their shares tend to; and over a long run."""
    st.subheader(t("Observed and expected"), anchor=False)
    st.markdown(prose("hmm_generate", 1))
    pairs = (("state", "share_state", "stationary"), ("symbol", "share_symbol", "expected_symbol"))
    for dim, share, limit in pairs:
        look = hmm_generate.look(trace[share], dim)
        so_far = page.at(trace, share, "time", finding, "gen", **look)
        expected = matrix(trace[limit], dim, **look)
        page.row(so_far, Figure(expected, f"gen_{limit}", finding, page.title(trace[limit]), trace))
    table, names, said = hmm_generate.long_run(key, seed, trace)
    st.markdown(prose("hmm_generate", 2))
    chart = running(table, t("steps"), hmm_generate.columns(), order=names)
    page.draw(chart, "gen_long", said, f"**{page.plain(said)}**")


@st.fragment
def body(key: str) -> None:
    """All that another length or seed changes."""
    T, seed = hmm_generate.controls(key)
    trace = localise(runs_hmm.sample(key, T, seed))
    finding = hmm_generate.finding(trace)
    page.steps(stepper(*hmm_generate.labels(trace), index=hmm_generate.start(T)), finding)
    process(key, trace, finding)
    shares(key, seed, trace, finding)


page.head("hmm_generate", t("Generate: a model at work, draw by draw"))
key = hmm_models.bar()
body(key)
page.computed(
    "hmm_generate", 3, ["engine/hmm/model.py", "engine/hmm/trace.py", "engine/hmm/long.py"],
    localise(runs_hmm.sample("preset:weather", 2, 0)),
)  # fmt: skip
