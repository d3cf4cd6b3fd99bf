"""Heads: some taken out or only some kept, what is written then, how likely the old answer is, and BLEU."""

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.curves import curves
from charts.matrix import matrix
from engine.heads import answers, moved
from ui import choices, page, runs, runs_seq2seq, runs_transformer
from ui import heads as about
from ui.encoder_decoder import EOS
from ui.language import N_, t
from ui.pretrained import ready

WAYS = {"kill": N_("take these out"), "keep": N_("keep only these")}
FELL = 1.0  # BLEU: what counts as lost


def _every(got: about.Got) -> dict[str, tuple[int, int]]:
    """The heads by their names in the link, layer.head."""
    layers, heads = got.trace.sizes["layer"], got.trace.sizes["head"]
    return {f"{layer + 1}.{head + 1}": (layer, head) for layer in range(layers) for head in range(heads)}


def _left(key: str, param: str) -> list[str]:
    return st.query_params.get_all(param) or st.session_state.get(key, [])


def standing(got: about.Got) -> about.Heads:
    """The heads that are taken out, before the choice is drawn."""
    every = _every(got)
    named = [every[word] for word in dict.fromkeys(_left("heads_off", "off")) if word in every]
    if named and _left("heads_way", "way") == ["keep"]:
        return tuple(at for at in every.values() if at not in named)
    return tuple(named)


def chosen(got: about.Got) -> str:
    """The choice of heads, and what the network then is, in words; "" with all heads."""

    def which(words: list, at: list, **given: object) -> list:
        return st.multiselect(t("Heads, layer.head"), words, at, placeholder=t("Choose heads"), **given)

    def how(words: list, at: object, **given: object):
        return st.segmented_control(t("What to do with them"), words, default=at, required=True, **given)

    way = choices.one("heads_way", {way: t(word) for way, word in WAYS.items()}, how, "kill", "way")
    named = choices.several("heads_off", {word: word for word in _every(got)}, which, "off")
    said = ", ".join(word.replace(".", "·") for word in named)
    if not named:
        return ""
    return t("Without {heads}", heads=said) if way == "kill" else t("With only {heads}", heads=said)


def _table(values: np.ndarray, **attrs: str) -> xr.DataArray:
    """Values [layer head] with their labels."""
    coords = {}
    for dim, size in zip(("layer", "head"), values.shape, strict=True):
        coords[dim] = (dim, range(size), {"word": t(dim)})
        coords[f"{dim}_label"] = (dim, [str(k + 1) for k in range(size)])
    return xr.DataArray(values, coords, ("layer", "head"), attrs=attrs)


def changes(got: about.Got) -> None:
    """What each single head is worth for this sentence; a pretrained encoder's on request, for they are many."""
    if got.is_bert:
        _moves(got)
        return
    if got.name == about.NAMES:
        values = _named_changes(got)
    else:
        values = runs_transformer.head_changes(got.name, got.words, got.written, got.view)
    array = _table(values, name="change", kind="signed", symbol=r"\Delta\log P",
                   meaning=t("change of the answer’s log-probability without the head"))  # fmt: skip
    layer, head = np.unravel_index(int(values.argmin()), values.shape)
    said = t("Dearest for this answer is layer {layer}, head {head}: without it the answer’s log-probability changes "
             "by {n:+.2f}.", layer=layer + 1, head=head + 1, n=values[layer, head])  # fmt: skip
    st.markdown(f"**{page.plain(said)}**")
    page.draw(matrix(array, "layer", "head", show_values="always"), "heads_changes", said, page.title(array))


def _asked(label: str, slot: str, what: str) -> bool:
    """Whether something that takes seconds has been asked for; it stays until it would be something else."""
    if st.session_state.get(slot) != what and not st.button(label, key=f"{slot}_button"):
        return False
    st.session_state[slot] = what
    return True


def _moves(got: about.Got) -> None:
    if not _asked(t("Take out each head by itself"), "heads_moves_of", f"{got.name} {got.text}"):
        return
    with st.spinner(t("Computing …")):
        values = runs_transformer.head_changes(got.name, (got.text,), (), "texts")
    array = _table(values, name="moved", kind="prob", symbol=r"1-\cos",
                   meaning=t("how far the sentence’s vector moves without the head"))  # fmt: skip
    layer, head = np.unravel_index(int(values.argmax()), values.shape)
    said = t("Layer {layer}, head {head} moves the sentence’s vector most: 1 − cosine {most:.3f}; half of the heads "
             "move it by less than {half:.4f}.", layer=layer + 1, head=head + 1, most=values.max(),
             half=float(np.median(values)))  # fmt: skip
    st.markdown(f"**{page.plain(said)}**")
    chart = matrix(array, "layer", "head", domain=(0.0, float(values.max()) or 1.0), compact=True)
    page.draw(chart, "heads_moves", said, page.title(array))


def outcome(got: about.Got, case: str) -> None:
    """What happens without the heads that are out; `case` says which these are."""
    if not case:
        st.caption(t("Choose heads above: the network runs again without them."))
    elif got.is_bert:
        (less,) = moved(ready(got.name), got.text, [got.off])
        st.markdown(
            t("**{case} the sentence’s vector has cosine {cos:.3f} with what it was.**", case=case, cos=1 - less)
        )
    elif got.name == about.NAMES:
        _named(got, case)
    else:
        _beside(got, case)


def _named_changes(got: about.Got) -> np.ndarray:
    """By how much the log-probability of the answer to a name changes without each single head."""
    every = _every(got).values()
    found = answers(runs.network("transformer"), got.text, [(), *([at] for at in every)])
    best = found[0].argmax()
    return (found[1:, best] - found[0, best]).reshape(got.trace.sizes["layer"], -1)


def _named(got: about.Got, case: str) -> None:
    """The answers to a name with all heads and without."""
    logs = answers(runs.network("transformer"), got.text, [(), got.off])
    (old, new), languages = logs.argmax(1), got.trace["language_label"].values
    told = {"case": case, "language": languages[new], "p": np.exp(logs[1, new]), "q": np.exp(logs[0, old])}
    if old == new:
        said = t("{case} it still answers {language}, with probability {p:.0%} instead of {q:.0%}.", **told)
    else:
        said = t("{case} it answers {language}, with probability {p:.0%}; with all heads it was {before}, {q:.0%}.",
                 before=languages[old], **told)  # fmt: skip
    st.markdown(f"**{page.plain(said)}**")


def _beside(got: about.Got, case: str) -> None:
    """The translations with all heads and without, side by side."""
    with st.spinner(t("Translating …")):
        cases = {way: _run(got, off) for way, off in ((t("all heads"), ()), (case, got.off))}
    (old, *_, before), (new, *_, after) = cases.values()
    found = {"case": case, "before": before, "after": after, "n": runs_transformer.HELD}
    if old == new:
        said = t("{case} it still writes the same; BLEU on {n} held-out sentences goes from {before:.1f} to "
                 "{after:.1f}.", **found)  # fmt: skip
    else:
        said = t("{case} it writes another sentence; BLEU on {n} held-out sentences goes from {before:.1f} to "
                 "{after:.1f}.", **found)  # fmt: skip
    st.markdown(f"**{page.plain(said)}**")
    rows = [
        {t("network"): way, t("it writes"): text, t("log P, first answer"): chance, "BLEU": bleu}
        for way, (text, chance, bleu) in cases.items()
    ]  # fmt: skip
    numbers = {name: st.column_config.NumberColumn(format=form)
               for name, form in zip(list(rows[0])[2:], ("%.3f", "%.1f"), strict=True)}  # fmt: skip
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=numbers)


def _run(got: about.Got, off: about.Heads) -> tuple[str, float, float]:
    """What is written without some heads, the log-probability of the first answer, BLEU."""
    found = runs_transformer.without_heads(got.name, got.words, got.written, got.view, off)
    own = runs_seq2seq.translator(got.name).target
    text = own.join([word for word in found.words if word != EOS]) or "∅"
    ends = text if found.reason == "eos" else f"{text} …"
    return ends, found.log_prob, runs_transformer.bleu_without_heads(got.name, got.view, off)


def pruned(got: about.Got) -> None:
    """BLEU while head after head goes, on request."""
    if not _asked(t("Take out all heads, one after the other"), "heads_pruned_of", got.view):
        return
    with st.spinner(t("Translating …")):
        found = runs_transformer.pruned(got.name, got.view)
    less = np.array(found.less)
    spared = int(np.argmax(np.append(less < less[0] - FELL, True))) - 1
    said = t("{k} of {n} heads can go before more than {fell:g} BLEU is lost; without all of them {last:.1f} is left.",
             k=spared, n=len(found.order), fell=FELL, last=less[-1])  # fmt: skip
    st.markdown(f"**{page.plain(said)}**")
    names = [f"{layer + 1}·{head + 1}" for layer, head in found.order]
    st.caption(t("In this order, the one first whose own loss costs least: {heads}.", heads=", ".join(names)))
    data = pd.DataFrame({"x": range(len(less)), "y": less, "run": "BLEU", "part": "BLEU"})
    chart = curves(data, t("heads taken out"), "BLEU", legend="none", points=True, height=220)
    page.draw(chart, "heads_pruned", said, t("**BLEU** while one head after the other goes"))
