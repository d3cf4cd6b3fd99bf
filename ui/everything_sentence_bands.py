"""A sentence through everything: the figures, all over the same columns."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import xarray as xr

from charts.base import Component
from charts.rows import Band, rows
from engine import everything_sentence
from ui import runs_sentence, runs_work
from ui.everything_sentence import SURE, Got, quoted, strange
from ui.language import localise, t
from ui.page import Figure

UNITS, SEEN = 8, 0.01  # units that are drawn, and the probability from which a tag is
LOW = 0.1  # a bar of full height says at least so much
CURSOR = "w"  # of the link


def _chart(got: Got, bands: Sequence[Band], odd: Sequence[bool] | None = None, **more: object) -> Component:
    return rows(
        got.words, bands, strange=strange(got.words) if odd is None else odd, cursor={"param": CURSOR, "index": None},
        corner=t("word"), **more,
    )  # fmt: skip


def _plain(values: object, kind: str = "count", rows: str | None = None) -> xr.DataArray:
    """Numbers that are no variable of a trace."""
    return xr.DataArray(np.asarray(values, float), dims=(*([rows] if rows else ()), "token"), attrs={"kind": kind})


def _over(da: xr.DataArray, got: Got, how: Callable) -> xr.DataArray:
    """A variable over `position`, its last dim, as one over the tokens."""
    values = everything_sentence.gathered(da.values, got.pieces, how)
    kept = {name: coord for name, coord in da.coords.items() if da.dims[-1] not in coord.dims}
    return xr.DataArray(values, dims=da.dims, coords=kept, attrs=da.attrs)


def _short(values: np.ndarray, form: str = "{:.1f}") -> list[list[str]]:
    return [["" if np.isnan(each) else form.format(each) for each in row] for row in np.atleast_2d(values)]


def _percent(values: np.ndarray) -> list[list[str]]:
    """Probabilities in two digits, in one where they are small."""

    def said(p: float) -> str:
        return "<0.01%" if p < 1e-4 else f"{float(f'{100 * p:.{1 if p < 1e-3 else 2}g}'):g}%"

    return [["" if np.isnan(each) else said(each) for each in row] for row in values]


def at_a_glance(got: Got, said: str) -> Figure:
    """One row a model: how much each token costs, puzzles, moves or is looked at."""
    doubt = [max(0.0, 1 - word.confidence) for word in got.tagged.words]
    moved = runs_sentence.changes(got.words, got.written("gru"))["change"].values
    lines = [
        (t("bigram: surprise, bits"), got.bits[0], "{:.1f}"),
        (t("tagger: doubt, 1 − p(tag)"), doubt, "{:.2f}"),
        (t("GRU: move of the state"), moved, "{:.1f}"),
        (t("attention: times looked at"), got.looked_at, "{:.1f}"),
    ]
    if got.met is not None:
        lines.append((t("MiniLM: attention received"), got.met["received"].values, "{:.2f}"))
    bands = []
    for label, values, form in lines:
        values = np.asarray(values, float)
        top = max(float(np.nanmax(values)), LOW)
        texts = _short(values, form)
        bands.append(Band(_plain(values), "token", labels=[label], marks="bar", domain=(0, top), texts=texts))
    return Figure(_chart(got, bands), "sentence_glance", said)


def ngrams(got: Got) -> Figure:
    """p(word | words before) of bigram and trigram, and its surprise."""
    trace = localise(got.chances)
    places, names = everything_sentence.places(got.pieces), [t("bigram"), t("trigram")]
    p = _over(trace["p"], got, partial(np.prod, axis=-1))
    bits = _over(trace["log_p"], got, partial(np.sum, axis=-1)).copy(data=got.bits).assign_attrs(kind="count")
    top = (0.0, float(np.nanmax(got.bits)))
    known, _ = runs_sentence.counted(got.words)
    bands = [
        Band(p, "position", "model", t("Probability given the words before"), names, places=places,
             texts=_percent(p.values)),
        Band(bits, "position", "model", t("Surprise, −log₂ p in bits"), names, marks="bar", domain=top, places=places,
             texts=_short(got.bits)),
    ]  # fmt: skip
    said = t("Bits for the whole sentence: bigram {a:.1f}, trigram {b:.1f}.", a=got.bits[0].sum(), b=got.bits[1].sum())
    return Figure(_chart(got, bands, [not each for each in known]), "sentence_ngrams", said, trace=trace)


def tags(got: Got) -> Figure:
    """The tagger's tags, and the posterior of every tag under an HMM that looks back one tag."""
    trace, _ = runs_work.tagged_trace(got.words)
    trace = localise(trace)
    seen = trace["gamma"].values.max(0) >= SEEN
    gamma = trace["gamma"].isel(state=np.flatnonzero(seen) if seen.any() else slice(None))
    words = got.tagged.words
    sure = _plain([word.confidence for word in words], "prob")
    bands = [
        Band(sure, "token", None, t("The tagger: tag and confidence"), [t("tag")],
             texts=[[word.tag for word in words]]),
        Band(gamma, "time", "state", t("P(tag | sentence) of an HMM over tags"), places=range(len(words))),
    ]  # fmt: skip
    odd = [not word.known for word in words]
    return Figure(_chart(got, bands, odd), "sentence_tags", _loosest(got), trace=trace)


def _loosest(got: Got) -> str:
    """The tag that the tagger is least sure of."""
    word = min(got.tagged.words, key=lambda each: each.confidence)
    if word.confidence >= SURE:
        return t("Every tag is more than {p:.0%} certain.", p=SURE)
    return t("Least certain: {word} as {tag} ({p:.0%}), next {other} ({q:.0%}).", word=quoted(word.word), tag=word.tag,
             p=word.confidence, other=word.next_tag, q=word.next_confidence)  # fmt: skip


def _liveliest(values: np.ndarray) -> list[int]:
    """The units that vary most over the tokens, in their order."""
    return sorted(np.argsort(-values.std(0), kind="stable")[:UNITS].tolist())


def _units(da: xr.DataArray, columns: str, title: str, got: Got, **more: object) -> Band:
    """The liveliest units of a state over the tokens."""
    kept = _liveliest(da.values)
    labels = [t("unit {n}", n=unit) for unit in kept]
    return Band(da.isel(unit=kept), columns, "unit", title, labels, places=range(len(got.words)), **more)


def states(got: Got) -> Figure:
    """How far each word moves the state of the GRU, and its liveliest units."""
    trace = localise(runs_sentence.changes(got.words, got.written("gru")))
    moved, places = trace["change"], range(len(got.words))
    bands = [
        Band(moved, "source", None, t("How far the word moves the state, squared"), [""], marks="bar", places=places,
             texts=_short(moved.values)),
        _units(trace["h"], "source", t("The state after each word: the units that vary most"), got, domain=(-1, 1)),
    ]  # fmt: skip
    most, least = (quoted(got.words[int(at)]) for at in (moved.values.argmax(), moved.values.argmin()))
    said = t("{most} moves the state most, {least} least.", most=most, least=least)
    said = said if len(got.words) > 1 else _alone()
    return Figure(_chart(got, bands), "sentence_states", said, trace=trace)


def _views(trace: xr.Dataset) -> tuple[list[str], list[dict[str, int]]]:
    names = [str(name) for name in trace["view_label"].values]
    called = [t("mean of the heads"), *(t("head {name}", name=name) for name in names[1:])]
    return called, [{"view": view} for view in range(len(names))]


def _looking(trace: xr.Dataset, title: str, got: Got, notes: Sequence[str] = ()) -> Band:
    called, at = _views(trace)
    da = trace["looks"].rename(view="plane")
    return Band(
        da, "key", "query", title, places=range(len(got.words)), planes=called, at=at, notes=notes, domain=(0, 1)
    )


def encoder(got: Got) -> Figure:
    """What each word looks at in the Transformer's encoder, and its liveliest outputs."""
    trace = localise(runs_sentence.looks(got.words))
    bands = [
        _looking(trace, t("Row looks at column"), got),
        _units(trace["output"], "query", t("The output at each word: the units that vary most"), got),
    ]
    mean = np.where(np.eye(len(got.words), dtype=bool), -1.0, trace["looks"].values[0])
    row, column = np.unravel_index(mean.argmax(), mean.shape)
    said = t("Besides itself, {word} looks most at {other} ({p:.0%}).", word=quoted(got.words[row]),
             other=quoted(got.words[column]), p=max(mean[row, column], 0.0))  # fmt: skip
    said = said if len(got.words) > 1 else _alone()
    return Figure(_chart(got, bands), "sentence_encoder", said, trace=trace)


def _certain(logs: np.ndarray) -> list[str]:
    return [f"{p:.0%}" for p in np.exp(logs)]


def _alone() -> str:
    return t("One word: there is nothing to compare it with.")


def _hesitates(written: Sequence[str], logs: np.ndarray) -> str:
    """The word that was least certain when it was written."""
    at = int(np.argmin(logs))
    return t("Least certain of {word} when it writes it ({p:.0%}).", word=quoted(written[at]), p=np.exp(logs[at]))


def recurrent_attention(got: Got) -> Figure:
    """Which word read each word written by the recurrent translator looks at."""
    trace = localise(runs_sentence.recurrent("gru-attention", got.words, got.written("gru-attention")))
    sure, written = trace["p_word"].values, got.written("gru-attention")
    band = Band(trace["weights"], "source", "target", places=range(len(got.words)), notes=_certain(sure))
    said = _hesitates(written, sure)
    return Figure(_chart(got, [band]), "sentence_attention", said, trace=trace)


def cross_attention(got: Got) -> Figure:
    """The same of the Transformer, all heads together or each alone."""
    written = got.written("transformer")
    trace = localise(runs_sentence.cross(got.words, written))
    sure = runs_sentence.decoder(got.words, written)["p_word"].values
    band = _looking(trace, "", got, _certain(sure))
    return Figure(_chart(got, [band]), "sentence_cross", _hesitates(written, sure), trace=trace)


def met(got: Got) -> Figure:
    """What the words receive in the pretrained encoder, and how alike they are there."""
    trace = localise(got.met)
    received, alike = trace["received"], trace["alike"]
    own = alike.where(~np.eye(len(got.words), dtype=bool)).assign_attrs(alike.attrs)
    bands = [
        Band(received, "token", None, t("Attention received, mean of all layers and heads"), [""], marks="bar",
             places=range(len(got.words)), texts=_short(received.values, "{:.2f}")),
    ]  # fmt: skip
    if len(got.words) > 1:
        near = [[got.words[at] for at in np.nanargmax(own.values, 0)]]
        best = _plain(np.nanmax(own.values, 0), "signed")
        bands += [
            Band(best, "token", None, t("Nearest word of the sentence"), [""], texts=near, domain=(-1, 1)),
            Band(own.transpose("other", "token"), "token", "other", t("How alike two words are here"), domain=(-1, 1),
                 places=range(len(got.words))),
        ]  # fmt: skip
    said = _closest(got, own.values)
    return Figure(_chart(got, bands, [False] * len(got.words)), "sentence_met", said, trace=trace)


def _closest(got: Got, alike: np.ndarray) -> str:
    """The two words, marks left out, that are most alike."""
    marks = [not any(map(str.isalnum, word)) for word in got.words]
    fair = np.where(np.add.outer(marks, marks) | np.isnan(alike), -2.0, alike)
    a, b = sorted(int(at) for at in np.unravel_index(fair.argmax(), fair.shape))
    if fair[a, b] < -1:
        return _alone()
    return t("Most alike here: {a} and {b} ({s:.2f}).", a=quoted(got.words[a]), b=quoted(got.words[b]), s=fair[a, b])
