"""Compare sentences: vectors by a pretrained Transformer, how alike each two sentences are, the nearest, a map."""

import streamlit as st

from ui import embed, embed_said, page
from ui.language import t

SOURCES = ["engine/bert.py", "engine/embeddings.py", "engine/pretrained.py", "engine/pca.py"]


page.head("embed", t("Compare sentences"))
shown = st.container()  # its content may stop the script; what is below it is drawn first
page.computed("embed", 1, SOURCES)
with shown:
    embed.compare(embed_said.headline)
