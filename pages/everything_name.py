"""A name through everything: one name in all models, letter by letter on common axes, and where they part."""

import streamlit as st

from ui import everything_name, names, page, runs_everything
from ui.language import localise, prose, t


@st.fragment
def body() -> None:
    """All that a typed letter changes."""
    name = names.box(t("Name"), everything_name.PAUSE)
    trace = localise(runs_everything.everything(name))
    said = "  \n".join(page.plain(line) for line in everything_name.findings(trace))
    st.markdown(f"#### {page.plain(everything_name.finding(trace))}\n\n{said}")
    page.row(everything_name.figure(trace))


page.head("everything_name", t("A name through everything"))
body()
st.markdown(prose("everything_name", 1))
page.computed(
    "everything_name", 2,
    ["engine/everything_name.py", "engine/everything_name_explain.py", "engine/everything_name_code.py"],
    localise(runs_everything.everything("A")),
)  # fmt: skip
