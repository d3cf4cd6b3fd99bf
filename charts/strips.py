"""The answers of several models on common axes: a row a model, a column a letter, one cursor through all of them."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import xarray as xr

from charts.base import Component, Spec, without_data
from charts.payload import axis, labels_of, ordered, tidy, variable

DIMS = ("model", "time", "language")
COLOURS = 6  # that are told apart; further answers are grey and say their name


def strips(
    probs: xr.DataArray, few: Sequence[int], *, apart: xr.DataArray | None = None,
    opens: Sequence[Mapping[str, object]] = (), said: Sequence[str] = (), param: str | None = "t",
    index: int | None = None,
) -> Component:  # fmt: skip
    """Probabilities (model, time, language) that sum to 1 over the languages: answers, votes, and a strip a model.

    few: the languages that have colours, from the bottom of each strip up. apart: a number a letter, drawn as bars
    from 0. opens: for each model the page that shows it, {"page": file in pages/, "params": {name: value}}; letter,
    text and language of the page join in the browser. said: a sentence for each letter.
    param, index: of the shared cursor of `time`, as in `stepper`. Moving it sends nothing; a click or Enter sends
    {"variable": probs | votes | apart, "position": {dim: index, …}}.
    Raises ValueError for other dims, an empty array, languages that are not there, or lists of another length.
    """
    values = _checked(probs, few)
    M, T, _ = values.shape
    for name, given, size in (("opens", opens, M), ("said", said, T), ("apart", apart, T)):
        if given is not None and len(given) not in ((size,) if name == "apart" else (0, size)):
            raise ValueError(f"{variable(probs)}: {len(given)} {name} for {size}")
    header = {
        "variable": variable(probs), "few": [int(k) for k in few], "param": param,
        "models": labels_of(probs, "model"), "letters": labels_of(probs, "time"),
        "languages": labels_of(probs, "language"), "short": short(labels_of(probs, "language")),
        "word": axis(probs, "language")["word"], "opens": [dict(each) for each in opens], "said": list(map(str, said)),
        "apart": None if apart is None else {"variable": variable(apart), "meaning": apart.attrs.get("meaning", "")},
        "cursors": {"time": {"param": param, "index": None if index is None else int(index)}},
    }  # fmt: skip
    arrays = {"probs": values, "best": values.argmax(2)}
    arrays |= {} if apart is None else {"apart": apart.values}
    return Component("strips", header, arrays, lambda: tidy(probs))


def _checked(probs: xr.DataArray, few: Sequence[int]) -> np.ndarray:
    values = ordered(probs, DIMS)
    if 0 in values.shape:
        raise ValueError(f"{variable(probs)} is empty: {dict(probs.sizes)}")
    if any(labels_of(probs, dim) is None for dim in DIMS):
        raise ValueError(f"{variable(probs)}: models, letters and languages need labels")
    if not np.allclose(values.sum(2), 1, atol=1e-3):
        raise ValueError(f"{variable(probs)}: probabilities that do not sum to 1")
    if len(set(few)) != len(few) or len(few) > COLOURS or any(not 0 <= k < values.shape[2] for k in few):
        raise ValueError(f"{variable(probs)}: {list(few)} are not up to {COLOURS} of {values.shape[2]} languages")
    return values


def short(labels: Sequence[str]) -> list[str]:
    """The beginnings that tell the labels apart: three letters at least, one character of a script without letters."""
    for size in range(1, max(map(len, labels)) + 1):
        cut = [label[: size if ord(label[0]) > 0x2E80 else max(3, size)] for label in labels]
        if len(set(cut)) == len(set(labels)):
            return cut
    return list(labels)


def picture(component: Component) -> Spec:
    """A still picture for files: a stack of probabilities a letter, a row a model."""
    header = component.header
    names = [header["languages"][k] for k in header["few"]]
    table = component.table()
    letters = ", ".join(repr(letter) for letter in header["letters"])
    place = alt.X("time:O", title=None, axis=alt.Axis(labelExpr=f"[{letters}][datum.value]", labelAngle=0))
    shown = table.assign(shown=table["language_label"].where(table["language_label"].isin(names), "…"))
    chart = alt.Chart(alt.Data(values=[])).mark_bar().encode(
        place, alt.Y("sum(value):Q", title=None, axis=None, scale=alt.Scale(domain=[0, 1])),
        alt.Color("shown:N", title=header["word"], sort=[*names, "…"]),
        alt.Row("model_label:N", title=None, sort=header["models"], header=alt.Header(labelAngle=0, labelAlign="left")),
    ).properties(width=max(260, 36 * len(header["letters"])), height=46)  # fmt: skip
    return Spec(without_data(chart.to_dict()), shown, component.table)
