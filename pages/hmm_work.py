"""At work: two hidden Markov models at their classic jobs, Chinese words and English parts of speech."""

import streamlit as st

from ui import hmm_files, hmm_segment, hmm_tagger, hmm_work, page, runs_work
from ui.language import localise, prose, t

SHOWN = ["log_delta", "log_candidate", "psi", "gamma", "b", "A", "pi", "log_p"]


def one_text(task: str) -> None:
    """A text typed: words or tags at once, and the trellis under them."""
    of = hmm_work.SEGMENT if task == "segment" else hmm_work.TAG
    text = hmm_work.box(of)
    work = hmm_segment if task == "segment" else hmm_tagger
    if text:
        work.show(text)
    else:
        hmm_work.invite(of)


@st.fragment
def body() -> None:
    """All that another tab or another text changes."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        task, many = hmm_work.task(), hmm_work.many()
    if many:
        hmm_files.score(task)
    else:
        one_text(task)


page.head("hmm_work", t("At work: words and parts of speech"))
shown = st.container()  # its content may stop the script; what is below it is drawn first
st.caption(prose("hmm_work", 3))
page.computed(
    "hmm_work", 4, ["engine/segment.py", "engine/tagger.py", "engine/suffix.py", "engine/hmm/trace.py"],
    localise(runs_work.segment_trace("中文")[SHOWN]),
)  # fmt: skip
with shown:
    body()
