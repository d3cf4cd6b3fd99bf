"""Learn: Baum–Welch iteration by iteration, from expected counts to new probabilities, and where other starts end."""

import streamlit as st

from charts.matrix import matrix
from charts.stepper import stepper
from charts.trellis import trellis
from ui import hmm_learn, hmm_models, hmm_restarts, page
from ui.language import localise, prose, t
from ui.page import Figure


def expectation(trace, asked, finding: str) -> None:
    """The E step at the iteration: γ and ξ of one sequence on the trellis, beside the climb."""
    part, said = hmm_learn.cut(trace)
    words = {"observations": part["time_label"].values, "order": None, "rule": None, "slider": "iteration"}
    chart = trellis(part["gamma"], arcs=part["xi"], show_slider=False, **words)
    title = t("**Expectation:** nodes $\\gamma_t(i)$, arcs $\\xi_t(i,j)$")
    alt = t("What the model at this iteration thinks the hidden states were.")
    climb = Figure(hmm_learn.climb(trace), "bw_climb", finding, t("**The climb:** $\\log P(O)$ of all sequences"))
    page.row(Figure(chart, "bw_trellis", alt, title, trace), climb, widths=[3, 2])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        hmm_learn.which(asked)
        st.caption(said or t("Sequence {n}, all of it.", n=trace.attrs["shown"] + 1))


def maximisation(trace, finding: str) -> None:
    """The M step: each table at the iteration, what the expected counts make of it, and the truth."""
    st.markdown(prose("hmm_learn", 1))
    for name, columns in (("A", "next_state"), ("B", "symbol"), ("pi", None)):
        if columns and trace.sizes[columns] > hmm_learn.WIDE:
            page.row(*hmm_learn.bars(trace, finding))
            continue
        shown = [(each, word) for each, word in hmm_learn.stages(name).items() if each in trace]
        sliders = [None if each.endswith("_true") else "iteration" for each, _ in shown]
        lines = ["" if slider else "  \n&nbsp;" for slider in sliders]  # where its neighbours name the iteration
        charts = [
            matrix(trace[each], "state", columns, slider=slider, show_slider=False)
            for (each, _), slider in zip(shown, sliders, strict=True)
        ]
        page.row(
            *(
                Figure(chart, f"bw_{each}", finding, f"{word} ${trace[each].attrs['symbol']}${line}", trace)
                for chart, (each, word), line in zip(charts, shown, lines, strict=True)
            )
        )


@st.fragment
def body(key: str) -> None:
    """All that other sequences, another start or option changes."""
    asked = hmm_learn.controls(key)
    trace = hmm_learn.run(asked)
    finding = hmm_learn.finding(trace, asked)
    st.markdown(f"#### {page.plain(finding)}")
    n = trace.sizes["iteration"]
    labels = list(map(str, range(n)))
    page.steps(stepper(labels, hmm_learn.captions(trace), "iteration", "i", page.cursor("i", n)), finding)
    expectation(trace, asked, finding)
    maximisation(trace, finding)
    with st.container(horizontal=True):
        hmm_learn.take_over(asked)
        hmm_learn.data_for_code(trace)
    st.subheader(t("Other starts, other tops"), anchor=False)
    st.markdown(prose("hmm_learn", 2))
    hmm_restarts.section(asked)


page.head("hmm_learn", t("Learn: from sequences to a model"))
key = hmm_models.bar()
body(key)
sources = [
    "engine/hmm/learn.py",
    "engine/hmm/learning_trace.py",
    "engine/hmm/learning_explain.py",
    "engine/hmm/letters.py",
]
page.computed("hmm_learn", 3, sources, localise(hmm_learn.example()))
