"""Tasks for lists of texts: what each model answers for each row, in one form for all; for page and command line.

A task has models by name; each gives a text's answer (a language, tags, words, a translation, …) and a number that says
how sure it is. Both are columns of one row a text, so that models stand side by side.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from engine import weights
from engine.errors import N_, InputError
from engine.evaluate import apply_prior

NAMES = ("lecture", "elman", "window", "gru", "lstm", "lstm-peephole", "combined", "transformer", "ngram", "hmm")
TRANSLATORS = ("lstm", "gru", "gru-attention", "gru-attention-dot", "transformer")
ORDERS = ("1-gram", "2-gram", "3-gram", "4-gram", "5-gram")
NEURAL = ("window", "gru")


class Settings(NamedTuple):
    """prior: of a name's language; corpus, unit: what a language model learned from; beam: of translations."""

    prior: str = "natural"
    corpus: str = "grammar:en"
    unit: str = "word"
    beam: int = 1


class Found(NamedTuple):
    """answers [row]: text; numbers [row]: nan where there is nothing to say; more: further columns, each [row]."""

    answers: list[str]
    numbers: np.ndarray
    more: dict[str, Sequence]


class Task(NamedTuple):
    """Models that a task can be given to, which two come first, what their number is, how rows are worked on.

    number: a message; form: how it is written; whole: whether rows are compared with each other, so that they can
    only be worked on together.
    """

    models: tuple[str, ...]
    first: tuple[str, ...]
    number: str
    form: str
    run: Callable[[Sequence[str], str, Settings], Found]
    whole: bool = False


@cache
def _network(name: str) -> weights.Loaded:
    return weights.load_shipped(f"names-{name}")


def languages(loaded: weights.Loaded, texts: Sequence[str], prior: str) -> Found:
    """The likeliest language of each folded name and its probability."""
    from engine import scoring

    log_probs = apply_prior(scoring.log_probs(loaded.net, list(texts)), loaded.params, prior)
    index, probs = scoring.top(log_probs, 1)
    return Found([loaded.params.languages[at] for at in index[:, 0].tolist()], probs[:, 0].astype(float), {})


def _language(texts: Sequence[str], model: str, settings: Settings) -> Found:
    return languages(_network(model), texts, settings.prior)


@cache
def _usual_tags() -> tuple[dict[str, str], str]:
    """The tag that each word most often has in the tagger's counts, and the commonest tag of words seen once."""
    from engine import tagger_file

    counts = tagger_file.load_shipped().counts
    table = pd.DataFrame(counts.lexicon, columns=["word", "state", "n"])
    table["tag"] = [counts.states[state][0] for state in table["state"]]
    each = table.groupby(["word", "tag"])["n"].sum().reset_index().sort_values(["n", "tag"], ascending=[False, True])
    best = each.drop_duplicates("word")
    rare = each[each.groupby("word")["n"].transform("sum") == 1]["tag"].mode()[0]
    return {counts.words[word]: tag for word, tag in zip(best["word"], best["tag"], strict=True)}, rare


def _tag(texts: Sequence[str], model: str, settings: Settings) -> Found:
    from engine import sentence_scores, sentences, tagger_file

    if model == "hmm":
        table = sentence_scores.tagged(texts, tagger_file.load_shipped())
        return _from(table, "tagged", "per_word", ["log_probability", "words", "unknown"])
    usual, rare = _usual_tags()
    answers = [
        " ".join(f"{word}_{usual.get(word) or usual.get(word.lower(), rare)}" for sentence in text for word in sentence)
        for text in sentences.words(texts)
    ]
    return Found(answers, np.full(len(answers), np.nan), {})


def _segment(texts: Sequence[str], model: str, settings: Settings) -> Found:
    from engine import bigru_crf, bigru_crf_bulk, segment, sentence_scores

    if model == "hmm":
        table = sentence_scores.segmented(texts)
        return _from(table, "segmented", "per_character", ["log_probability", "characters", "unknown"])
    if model == "network":
        table = bigru_crf_bulk.scored(bigru_crf.shipped(), texts)
        return Found(table["segmented"].tolist(), np.full(len(table), np.nan),
                     {"tagged": table["tagged"].tolist()})  # fmt: skip
    cut = (segment.compare(text).jieba for text in texts)
    answers = [" ".join(word for word in words if not word.isspace()) for words in cut]
    return Found(answers, np.full(len(answers), np.nan), {})


def _from(table: pd.DataFrame, answer: str, number: str, more: Sequence[str]) -> Found:
    return Found(table[answer].tolist(), table[number].to_numpy(float), {name: table[name].tolist() for name in more})


@cache
def _translator(name: str):
    from engine.translation import files

    return files.load_shipped(name)


def translations(translator, texts: Sequence[str], beam: int = 1) -> Found:
    """The translation of each text, the mean probability of its words (geometric; the end counts as one), and how many
    words were unknown.
    """
    from engine.translation import bulk

    source, target = translator.source, translator.target
    found = bulk.translate(translator.net, source, target, list(texts), beam=beam)
    per_word = [each.log_prob / max(len(each.tokens) + (each.reason == "eos"), 1) if each.source else np.nan
                for each in found]  # fmt: skip
    more = {
        "log_probability": [each.log_prob if each.source else np.nan for each in found],
        "unknown": [sum(word not in source.index for word in each.source) for each in found],
    }
    return Found([target.join(each.tokens) for each in found], np.exp(np.array(per_word, float)), more)


def _translate(texts: Sequence[str], model: str, settings: Settings) -> Found:
    return translations(_translator(model), texts, settings.beam)


@cache
def _encoder(name: str):
    from engine import pretrained

    return pretrained.load(name)


def _embed(texts: Sequence[str], model: str, settings: Settings) -> Found:
    from engine import embeddings

    found = embeddings.embed(_encoder(model), list(texts))
    near = embeddings.nearest(found.vectors, 1)
    if not near.index.shape[1]:
        return Found([""] * len(texts), np.full(len(texts), np.nan), {})
    answers = [texts[at] for at in near.index[:, 0].tolist()]
    return Found(answers, near.similarity[:, 0].astype(float), {"pieces": found.n_tokens.tolist()})


@cache
def language_model(model: str, corpus: str, unit: str):
    """A counted model ("3-gram": Kneser-Ney) of a corpus of the app, or the shipped network of that corpus.

    Raises InputError where there is no such network.
    """
    from engine import corpora, ngram, ngram_counts, nnlm_files, vocabulary

    if model in NEURAL:
        name = f"lm-{corpus.split(':')[0]}-{model}"
        if corpus not in ("names", "grammar:en") or unit != ("character" if corpus == "names" else "word"):
            raise InputError(N_("There is no trained network {model} of this text; n-grams are counted for every one."),
                             model=model)  # fmt: skip
        return nnlm_files.load_shipped(name)
    texts = corpora.corpus(corpus, unit).train
    counts = ngram_counts.count(texts, vocabulary.vocabulary(texts, unit), int(model[0]))
    return ngram.fit(counts, ngram.NGramParams(int(model[0])))


def _weigh(texts: Sequence[str], model: str, settings: Settings) -> Found:
    return weigh(language_model(model, settings.corpus, settings.unit), texts)


def weigh(model, texts: Sequence[str]) -> Found:
    """Bits a token of each text under a language model, with log P, perplexity and the number of tokens."""
    scored = model.log_probs(list(texts))
    n = np.diff(scored.starts)
    total = np.add.reduceat(scored.log_p, scored.starts[:-1]) if len(texts) else np.zeros(0)
    bits = -total / n / np.log(2)
    return Found([""] * len(texts), bits, {"log_probability": total.tolist(), "perplexity": (2**bits).tolist(),
                                           "tokens": n.tolist()})  # fmt: skip


TASKS = {
    "names": Task(NAMES, ("combined",), N_("probability"), "%", _language),
    "tag": Task(("hmm", "usual"), ("hmm",), N_("log P a word"), ".2f", _tag),
    "segment": Task(("hmm", "network", "jieba"), ("hmm", "network"), N_("log P a character"), ".2f", _segment),
    "translate": Task(TRANSLATORS, ("gru-attention", "transformer"), N_("p a word"), "%", _translate),
    "embed": Task(("all-MiniLM-L6-v2",), ("all-MiniLM-L6-v2",), N_("similarity"), ".3f", _embed, True),
    "lm": Task((*ORDERS, *NEURAL), ("2-gram", "gru"), N_("bits a token"), ".2f", _weigh),
}


def run(task: str, model: str, texts: Sequence[str], settings: Settings = Settings()) -> Found:  # noqa: B008
    """The answers of one model. Raises InputError for an unknown task or model."""
    if task not in TASKS:
        raise InputError(N_("There is no task {task}."), task=task)
    if model not in TASKS[task].models:
        raise InputError(N_("{model} is none of {methods}."), model=model, methods=", ".join(TASKS[task].models))
    return TASKS[task].run(texts, model, settings)
