"""Score: what is to be done with a list, by which models, and what came of it, part by part with progress."""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import streamlit as st

from engine import scoring_compare, scoring_tasks, sentences
from engine.errors import InputError
from engine.scoring_tasks import TASKS, Found, Settings
from ui import choices, corpora, hmm_files, lists, models, report, runs_score, runs_work, translate_list, uploads
from ui.language import N_, t
from ui.uploads import Kind, Reading

WORDS = {
    "names": N_("language of a name"), "tag": N_("tags of English"), "segment": N_("words of Chinese"),
    "translate": N_("German to English"), "embed": N_("alike sentences"), "lm": N_("how likely"),
}  # fmt: skip
PARTS = {"names": 20_000, "tag": 2_000, "segment": 1_000, "translate": 200, "lm": 10_000}
MOST_PARTS = 100  # of a list, lest a long one pushes its own beginning out of the cache
NOBODY = "nobody"  # in the link: compare with no other model, though this task begins with two
WEIGH = Kind(
    "score_lm", N_("Texts, one a line"), N_("Column of texts"), N_("Paste texts, one a line, or drop a file."),
    ("The dog sleeps .", "The neighbour has bought a house .", "house a bought has neighbour The .",
     "The student knows that the teacher is reading a book .", "The astronaut sleeps ."),
    "python -m engine score lm FILE --out OUT.csv", runs_work.upload_sentences, sentences.guess_column,
)  # fmt: skip
WEIGH_NAMES = WEIGH._replace(key="score_lm_names", examples=uploads.EXAMPLES)
KINDS = {"names": uploads.NAMES, **hmm_files.LISTS, "translate": translate_list.LIST, "lm": WEIGH}
HELP = {
    "tag": N_("hmm: the trigram tagger, all words together. usual: each word's most frequent tag, by itself."),
    "segment": N_("hmm: characters as B M E S. network: jieba's trained GRUs with a CRF. jieba: its dictionary, the "
                  "hmm for the rest."),
    "translate": N_("The shipped translators; your own are on the page Translate a list."),
    "lm": N_("n-gram: counted, Kneser–Ney. window, gru: trained networks, of all names or of the English sentences."),
}  # fmt: skip


class Asked(NamedTuple):
    """A task, its models (the first of them leads), the prior of names, the corpus of language models, the list."""

    task: str
    models: list[str]
    prior: str
    corpus: corpora.Asked | None
    read: Reading

    @property
    def texts(self) -> list[str]:
        """What the models read."""
        return self.read.names["text"].tolist()


def task() -> str:
    """The task, kept in the link."""

    def show(words: list, at: str, on_change: Callable[[], None], **given: object) -> str:
        def changed() -> None:
            on_change()
            for param in ("by", "with"):  # the models of the task that was left
                st.query_params.pop(param, None)

        return st.segmented_control(t("What to do"), words, default=at, required=True, on_change=changed, **given)

    return choices.one("score_task", {name: t(said) for name, said in WORDS.items()}, show, "names", "task")


def asked(name: str) -> Asked:
    """The list and the models. Stops the page with a message where nothing can be read."""
    left, right = st.columns([3, 2], gap="medium")
    with right:
        place = st.container()
        chosen, prior, corpus = _names() if name == "names" else _others(name)
    kind = _kind(name, corpus)
    with place:
        uploads.drop(kind)
    with left:
        text = uploads.box(kind)
    pasted = translate_list.paired(text or "") if name == "translate" else text
    read = uploads.read(uploads.source(pasted, kind), kind)
    uploads.left_out(read.bad, kind=kind)
    if read.names.empty:
        what = t("No row holds a name that can be scored.") if name == "names" else t(
            "No row holds a text that can be scored.")  # fmt: skip
        st.warning(what, icon=":material/warning:")
        st.stop()
    return Asked(name, chosen, prior, corpus, read)


def _kind(name: str, corpus: corpora.Asked | None) -> Kind:
    """What a list of the task holds; of language models names, where they have learned from names."""
    return WEIGH_NAMES if corpus and corpus.key.partition(":")[0] == "names" else KINDS[name]


def _names() -> tuple[list[str], str, None]:
    model = models.picker(first=models.BEST, key="score_model")
    prior = report.prior_picker()
    return [model, *_beside(models.names(), model, "names")], prior, None


def _others(name: str) -> tuple[list[str], str, corpora.Asked | None]:
    corpus = corpora.picker("score_corpus") if name == "lm" else None
    options = [model for model in TASKS[name].models if corpus is None or _has(model, corpus)]
    first = next((model for model in TASKS[name].first if model in options), options[0])

    def show(words: list, at: str, **given: object) -> str:
        return st.segmented_control(t("Model"), words, default=at, required=True, help=t(HELP[name]), **given)

    words = {model: model for model in options}
    leads = choices.one(f"score_by_{name}", words, show, first, "by")
    more = _beside(options, leads, name, [model for model in TASKS[name].first if model in options and model != first])
    return [leads, *more], "natural", corpus


def _has(model: str, corpus: corpora.Asked) -> bool:
    """Whether there is such a model of a corpus."""
    if model not in scoring_tasks.NEURAL:
        return True
    return (corpus.key, corpus.unit) in {("names", "character"), ("grammar:en", "word")}


def _beside(options: Sequence[str], leads: str, name: str, first: Sequence[str] = ()) -> list[str]:
    """Further models to compare with, kept in the link; `first` where nobody has chosen yet."""
    key, rest = f"score_with_{name}", {model: model for model in options if model != leads}
    if st.query_params.get("with") == NOBODY:
        st.session_state[key] = []
        del st.query_params["with"]
    st.session_state.setdefault(key, list(first))

    def show(words: list, at: list, **given: object) -> list[str]:
        return st.multiselect(t("Compare with"), words, at, placeholder=t("nobody"), **given)

    chosen = choices.several(key, rest, show, "with") if rest else []
    if first and not chosen:
        st.query_params["with"] = NOBODY
    return chosen


def found(ask: Asked) -> dict[str, Found]:
    """What each model answers. Stops the page with a message where one cannot."""
    texts = ask.texts
    digest = hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()
    make = {"names": partial(_named, ask), "lm": partial(_weighed, ask)}.get(ask.task, partial(_part, ask))
    try:
        return {
            model: scoring_compare.join(lists.in_parts(
                len(texts), max(PARTS[ask.task], -(-len(texts) // MOST_PARTS)),
                lambda begin, end, model=model: make(model, digest, begin, texts[begin:end]),
            ))
            for model in ask.models
        }  # fmt: skip
    except InputError as error:
        uploads.fail(error, _kind(ask.task, ask.corpus))
        st.stop()


def _named(ask: Asked, model: str, digest: str, at: int, texts: list[str]) -> Found:
    return runs_score.named(model, ask.prior, digest, at, texts)


def _weighed(ask: Asked, model: str, digest: str, at: int, texts: list[str]) -> Found:
    return runs_score.weighed(model, ask.corpus.key, ask.corpus.unit, digest, at, texts, **ask.corpus.given)


def _part(ask: Asked, model: str, digest: str, at: int, texts: list[str]) -> Found:
    return runs_score.part(ask.task, model, Settings(), digest, at, texts)
