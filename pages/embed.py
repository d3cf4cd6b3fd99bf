"""Compare sentences: vectors by a pretrained Transformer, how alike each two sentences are, the nearest, a map."""

import streamlit as st

from ui import embed, embed_said, page, uploads
from ui.language import t

SOURCES = ["engine/bert.py", "engine/embeddings.py", "engine/pretrained.py", "engine/pca.py"]


@st.fragment
def body() -> None:
    """All that another list or encoder changes."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        ask = embed.asked()
    with right:
        got = embed.result(ask)
        said = embed_said.headline(got)
        many = len(got.texts) > 1
        if many:
            page.row(embed.in_plane(ask, got, said))
    uploads.left_out(ask.read.bad, kind=embed.LIST)
    rows = embed.rows(ask, got)
    if many:
        page.row(embed.whole(ask, got, said))
        rows = embed.ordered(rows)
    embed.table(rows)
    embed.downloads(ask, got, rows)


page.head("embed", t("Compare sentences"))
shown = st.container()  # its content may stop the script; what is below it is drawn first
page.computed("embed", 1, SOURCES)
with shown:
    body()
