"""In short: the lecture's summary as panels that prove themselves on the user's own names and texts."""

import streamlit as st

from ui import mappings, mappings_boundaries, mappings_kinds, mappings_orders, page, runs_rnn
from ui.language import localise, t


@st.fragment
def body() -> None:
    """All that another name or network changes; the last two panels have inputs of their own."""
    asked = mappings.bar()
    mappings.prefixes(asked)
    mappings_orders.panel(asked)
    mappings_boundaries.panel(asked.model)
    mappings_kinds.panel(asked)


page.head("mappings", t("In short: what a sequence model maps to what"))
body()
page.computed(
    "mappings", 6, ["engine/prefixes.py", "engine/prefixes_explain.py", "engine/orders.py"],
    localise(runs_rnn.prefix_pair(mappings.networks()[0], "An", "Al")),
)  # fmt: skip
