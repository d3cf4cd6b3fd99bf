"""A network at work: jieba's BiGRU and CRF on Chinese text, its gates, and where it disagrees with the HMM."""

import streamlit as st

from ui import hmm_work, network_files, network_inside, network_work, page, runs_work
from ui.language import localise, prose, t

SHOWN = ["x", "u", "r", "c", "h", "b", "pi", "A", "omega", "log_z", "log_delta", "log_candidate", "gamma", "path_log"]


@st.fragment
def body() -> None:
    """All that another text changes."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        folded, many = not network_work.unchanged(), hmm_work.many()
    if many:
        network_files.score(folded)
        return
    text = hmm_work.box(network_work.TEXT)
    if not network_work.is_chinese(text):
        hmm_work.invite(network_work.TEXT)
        return
    network_work.words(text, folded)
    network_inside.inside(text, folded)


page.head("network_work", t("A network at work"))
network_work.check()
shown = st.container()  # its content may stop the script; what is below it is drawn first
st.caption(prose("network_work", 3))
page.computed(
    "network_work", 4,
    ["engine/bigru_crf.py", "engine/crf.py", "engine/bigru_crf_bulk.py", "engine/bigru_crf_trace.py"],
    localise(runs_work.network_trace("中文", True)[SHOWN]),
)  # fmt: skip
with shown:
    body()
