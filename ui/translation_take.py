"""A trained translator to take along: used on the other pages, downloaded, or brought back as a weights file."""

from pathlib import Path

import streamlit as st

from engine.errors import InputError
from engine.translation.shipping import RUN
from ui import page, translators
from ui.language import N_, t
from ui.translation_job import TranslationJob

AFTER = (
    ("encoder_decoder", N_("Encoder–decoder")), ("attention", N_("Attention")), ("decoding", N_("Decoding")),
    ("teacher_forcing", N_("Teacher forcing")),
)  # fmt: skip
PAGES = Path(__file__).resolve().parent.parent / "pages"


def take(job: TranslationJob) -> None:
    """Use the translator on the other pages, download it, bring one back."""
    st.fragment(_take, run_every=3.0 if job.live else None)(job)


def _take(job: TranslationJob) -> None:
    use, down, up = st.columns(3, gap="medium")
    with use.container(border=True, height="stretch"):
        st.markdown(t("**Use it on the other pages**"))
        _use(job)
    with down.container(border=True, height="stretch"):
        st.markdown(t("**Download its weights**"))
        st.caption(t("safetensors: the best network of the run, with its vocabularies, settings and figures."))
        st.download_button(
            t("Download"), lambda: job.best.read_bytes(), f"{job.id}.safetensors", icon=":material/download:",
            on_click="ignore", disabled=not job.best.is_file(), key="translation_download",
        )  # fmt: skip
    with up.container(border=True, height="stretch"):
        st.markdown(t("**Bring weights back**"))
        _bring()


def _use(job: TranslationJob) -> None:
    if job.id == RUN:
        _links(translators.BEST)
        return
    st.caption(t("The best network of this run joins the choice of networks."))
    st.button(
        t("Use this network"), icon=":material/add:", key="translation_use", on_click=_register, args=(job.best,),
        disabled=not job.best.is_file(),
    )  # fmt: skip
    if name := st.session_state.get("translation_used", {}).get(str(job.best)):
        _links(name)


def _register(path: Path) -> None:
    name = translators.add(path.read_bytes())
    st.session_state.setdefault("translation_used", {})[str(path)] = name
    translators.want(name)


def _links(name: str) -> None:
    """Where it can be used."""
    st.caption(t("It is called `{name}` there.", name=name))
    for target, label in AFTER:
        if (PAGES / f"{target}.py").is_file() and translators.opens(target, name):
            st.page_link(f"pages/{target}.py", label=t(label), query_params={"translator": name},
                         icon=":material/arrow_forward:")  # fmt: skip


def _bring() -> None:
    """A weights file, checked before anything of it is used."""
    st.caption(t("A .safetensors of this page or of `python -m engine train translation`."))
    file = st.file_uploader(
        t("A safetensors file"), ["safetensors"], key="translation_weights", label_visibility="collapsed",
        max_upload_size=20,
    )  # fmt: skip
    if file is None:
        return
    try:
        name = translators.add(file.getvalue())
    except InputError as error:
        st.error(page.plain(t(error.template, **error.params)))
        return
    if st.session_state.get("translation_brought") != name:
        st.session_state["translation_brought"] = name
        translators.want(name)
    _links(name)
