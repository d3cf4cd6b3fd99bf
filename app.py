"""The router: page table, common frame, and the page that was asked for."""

import streamlit as st

from ui import page, watch
from ui.language import N_, t

PAGES = {
    N_("Start"): [("home", N_("Unrolled"), ":material/home:")],
    N_("Hidden Markov models"): [
        ("hmm_generate", N_("Generate"), ":material/casino:"),
        ("hmm_evaluate", N_("Evaluate"), ":material/functions:"),
        ("hmm_decode", N_("Decode"), ":material/route:"),
        ("hmm_learn", N_("Learn"), ":material/trending_up:"),
        ("hmm_work", N_("At work"), ":material/work:"),
        ("hmm_assumptions", N_("Assumptions"), ":material/rule:"),
    ],
    N_("Recurrent networks"): [
        ("step", N_("Step through"), ":material/footprint:"),
        ("lstm", N_("LSTM gates"), ":material/memory:"),
        ("cells", N_("Cells side by side"), ":material/view_week:"),
        ("memory", N_("Memory"), ":material/history:"),
        ("units", N_("What does a unit know?"), ":material/troubleshoot:"),
        ("network_work", N_("A network at work"), ":material/precision_manufacturing:"),
        ("mappings", N_("In short"), ":material/summarize:"),
        ("train", N_("Train"), ":material/model_training:"),
        ("quality", N_("How good is it?"), ":material/grid_on:"),
    ],
    N_("Lab"): [("score", N_("Score names"), ":material/checklist:")],
}

st.set_page_config(page_title="Unrolled", page_icon="assets/logo.svg", layout="wide")


def table() -> dict[str, list[st.Page]]:
    """The page table with titles in the session's language."""
    return {
        t(section): [
            st.Page(f"pages/{name}.py", title=t(title), icon=icon, url_path=name, default=name == "home")
            for name, title, icon in pages
        ]
        for section, pages in PAGES.items()
    }


pages = table()
chosen = st.navigation(pages, position="hidden")
page.sidebar(pages)
watch.beacon()
chosen.run()
