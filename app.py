"""The router: pages, common frame, and the page that was asked for."""

import streamlit as st

from ui import page, watch
from ui.contents import PAGES
from ui.language import t

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
