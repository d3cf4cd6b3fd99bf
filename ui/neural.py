"""Neural language models: the readings of one text by all models, and what is said of them in words."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from engine.ngram import Judged
from engine.nnlm import NnlmParams
from engine.trace import Var, label
from engine.vocabulary import SPECIALS
from ui import neural_jobs, runs_nnlm
from ui.hmm_words import signed
from ui.language import N_, lang, localise, t
from ui.neural_asked import Asked
from ui.runs_nnlm import Ref

SHIPPED = {
    ("names", "character"): ("lm-names-window", "lm-names-gru"),
    ("grammar:en", "word"): ("lm-grammar-window", "lm-grammar-gru"),
}
CELLS = {
    "lecture": N_("without tanh"), "elman": "Elman", "gru": "GRU", "lstm": "LSTM",
    "lstm-peephole": N_("LSTM with peepholes"),
}  # fmt: skip
TOP = 8  # tokens that are shown to be expected
SOURCES = ["engine/nnlm.py", "engine/nnlm_model.py", "engine/nnlm_trace.py", "engine/nnlm_explain.py",
           "engine/nnlm_training.py"]  # fmt: skip


class Reading(NamedTuple):
    """A model's reading of the text: its name, its trace, its file (None: the n-gram), what it is (None: the n-gram),
    whether it was trained on this page.
    """

    name: str
    trace: xr.Dataset
    at: Ref | None = None
    params: NnlmParams | None = None
    live: bool = False


def name(params: NnlmParams, live: bool = False) -> str:
    """What a network is called."""
    is_window = params.model == "window"
    said = t("window of {k}", k=params.window) if is_window else t("recurrent ({cell})", cell=t(CELLS[params.cell]))
    return t("{model}, trained live", model=said) if live else said


def readings(ask: Asked) -> list[Reading]:
    """The n-gram's, then those of the shipped networks of this corpus, then those of networks trained here."""
    order = ask.order
    counted = runs_nnlm.counted_trace(*ask.corpus, order, ask.text, **ask.of.given)
    found = [Reading(t("{n}-gram", n=order), localise(counted))]
    files = [(each, False) for each in SHIPPED.get(ask.corpus, ())]
    files += [(str(job.usable), True) for job in neural_jobs.usable(ask.of)]
    for file, live in files:
        at = runs_nnlm.ref(file)
        params = runs_nnlm.model(at).params
        found.append(Reading(name(params, live), localise(runs_nnlm.trace(at, ask.text)), at, params, live))
    return found


def visible(token: str) -> str:
    """A token as it is named: blanks are seen."""
    return token.replace(" ", "␣")


def tokens(trace: xr.Dataset) -> list[str]:
    """The tokens that are predicted, the end among them."""
    return [visible(str(each)) for each in trace["position_label"].values]


def bits(trace: xr.Dataset) -> float:
    """−log₂ P a token."""
    return -float(trace["log_p"].values.mean()) / math.log(2)


def per(unit: str) -> str:
    """What the bits are counted for."""
    return t("bits a character") if unit == "character" else t("bits a word")


def listed(words: Sequence[str]) -> str:
    """A list in a sentence."""
    return ("、" if lang() == "zh" else ", ").join(words)


def grid(found: Sequence[Reading]) -> xr.Dataset:
    """p of every token by model, and the running sum of −log₂ p."""
    p = np.stack([each.trace["p"].values for each in found])
    schema = {"p": Var("model position", r"P(w_t\mid\ldots)", t("each model’s factor"), "prob")}
    axes = {"model": t("model"), "position": t("token")}
    return label({"p": p}, schema, {}, axes=axes, position=tokens(found[0].trace), model=[each.name for each in found])


def finding(found: Sequence[Reading], unit: str) -> str:
    """Which model believes the text most, and at which token they part most."""
    each = [bits(reading.trace) for reading in found]
    order = np.argsort(each, kind="stable").tolist()
    said = t("Believes the text most: {model}, {bits:.2f} {per}.", model=found[order[0]].name,
             bits=each[order[0]], per=per(unit))  # fmt: skip
    if len(found) == 1:
        return said
    others = listed([t("{model}: {bits:.2f}", model=found[k].name, bits=each[k]) for k in order[1:]])
    at = parting(found)
    logs = [float(reading.trace["log_p"].values[at]) for reading in found]
    best, worst = found[int(np.argmax(logs))], found[int(np.argmin(logs))]
    told = t("They part most at {token}: {best} gives it {p}, {worst} {q}.",
             token=t("“{text}”", text=tokens(found[0].trace)[at]), best=best.name, worst=worst.name,
             p=share(float(best.trace["p"].values[at])), q=share(float(worst.trace["p"].values[at])))  # fmt: skip
    return joined(said, t("The others: {each}.", each=others), told)


def parting(found: Sequence[Reading]) -> int:
    """The place where the models part most; of one model the place that it finds least likely."""
    logs = np.stack([reading.trace["log_p"].values for reading in found])
    return int((logs.max(0) - logs.min(0)).argmax() if len(found) > 1 else logs[0].argmin())


def joined(*sentences: str) -> str:
    """Sentences in a row."""
    return ("" if lang() == "zh" else " ").join(sentences)


def share(p: float) -> str:
    """A probability in a sentence, also where it is small."""
    return f"{p:.1%}" if p >= 0.001 else signed(f"{p:.0e}").replace("e−0", "e−")


class Row(NamedTuple):
    """A model on held-out text."""

    name: str
    kind: str
    judged: Judged
    numbers: int | None = None


def held_out(ask: Asked, found: Sequence[Reading]) -> list[Row]:
    """All models on the held-out part of the corpus."""
    counted = runs_nnlm.counted_judged(*ask.corpus, **ask.of.given)
    rows = [Row(t("{n}-gram", n=n), "ngram", each) for n, each in enumerate(counted, 1)]
    for each in found[1:]:
        net = runs_nnlm.model(each.at).net
        judged = runs_nnlm.judged(each.at, *ask.corpus, **ask.of.given)
        rows.append(Row(each.name, each.params.model, judged, sum(p.numel() for p in net.parameters())))
    return rows


def ranked(rows: Sequence[Row], unit: str) -> str:
    """Which model foretells held-out text best, and by how much."""
    best, grams = min(rows, key=lambda row: row.judged.bits), [row for row in rows if row.kind == "ngram"]
    neural = [row for row in rows if row.kind != "ngram"]
    gram = min(grams, key=lambda row: row.judged.bits)
    said = t("Best on text that none of them has seen: {model}, {bits:.3f} {per}, perplexity {perplexity:.1f}.",
             model=best.name, bits=best.judged.bits, per=per(unit), perplexity=best.judged.perplexity)  # fmt: skip
    if not neural:
        return said
    if best.kind != "ngram":
        return joined(said, t("The best n-gram model: {model}, {bits:.3f}.", model=gram.name, bits=gram.judged.bits))
    net = min(neural, key=lambda row: row.judged.bits)
    return joined(said, t("The best network: {model}, {bits:.3f}.", model=net.name, bits=net.judged.bits))


def expected(reading: Reading, ask: Asked) -> tuple[np.ndarray, list[list[str]]]:
    """The likeliest tokens at each place: their probabilities and names, the one that stands there marked."""
    if reading.at:
        p, words = reading.trace["top_p"].values[:, :TOP], [row[:TOP] for row in reading.trace.attrs["top_words"]]
    else:
        p, words = _of_counts(ask)
    here = [*reading.trace.attrs["known"]]
    names = [[f"{visible(word)} ◂" if word == at else visible(word) for word in row]
             for row, at in zip(words, here, strict=True)]  # fmt: skip
    return p, names


def _of_counts(ask: Asked) -> tuple[np.ndarray, list[list[str]]]:
    model = runs_nnlm.counted(*ask.corpus, ask.order, **ask.of.given)
    after = np.stack([model.next(ask.tokens[:at]) for at in range(len(ask.tokens) + 1)])
    order = np.argsort(-after, axis=1, kind="stable")[:, :TOP]
    return np.take_along_axis(after, order, 1), [[model.vocabulary.words[k] for k in row] for row in order]


def unknown(found: Sequence[Reading]) -> str:
    """Tokens that the training text does not have."""
    trace = found[0].trace
    strange = [visible(str(token)) for token, known in zip(trace["position_label"].values, trace.attrs["known"],
                                                           strict=True) if known == SPECIALS[2]]  # fmt: skip
    if not strange:
        return ""
    quoted = [t("“{text}”", text=each) for each in dict.fromkeys(strange)]
    return t("Not in the training text, and read as <unk>: {tokens}.", tokens=listed(quoted))
