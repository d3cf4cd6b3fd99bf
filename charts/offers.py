"""What each step of a search offers: words by probability as bars, the cut-off, the random number, the word taken."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from charts.base import Component, Spec, without_data
from charts.payload import variable

ROWS = 12  # words of a step that are drawn
CUT = ("cumulative", "kept", "p_final", "u", "kept_mass")  # of a sampling


def offers(
    trace: xr.Dataset, said: Mapping[str, str], forced: Sequence[int] = (), *, cursor: str = "step", rows: int = ROWS
) -> Component:
    """The words of the step at the shared cursor, the likeliest first; of a sampling also what is cut off and drawn.

    trace: `p` (of a sampling `p_tempered` and those of CUT) with the dims step and rank (or alternative), `chosen`
    (rank taken at each step, -1: none of them); attributes `words` [step][rank] and `n_words`.
    said: the words of the picture. forced: the steps at which the user chose the word.
    A number that is picked sends `{"variable": name, "position": {…}}`; a word that is chosen says "step:word", the
    step counted from 1, in `st.session_state[f"{key}__said"]`.
    Raises ValueError for words that do not fit the numbers.
    """
    bars = trace["p_tempered"] if "p_tempered" in trace else trace["p"]
    words, (steps, size) = trace.attrs["words"], bars.shape
    if len(words) != steps or {len(row) for row in words} != {size}:
        raise ValueError(f"{variable(bars)}: {bars.shape} numbers, words for {[len(row) for row in words]}")
    cut = {name: np.asarray(trace[name].values, float) for name in CUT if name in trace}
    header = {
        "variable": variable(bars), "rank": bars.dims[1], "cursor": cursor, "rows": rows, "said": dict(said),
        "offered": [list(map(str, row)) for row in words], "taken": [str(word) for word in trace["step_label"].values],
        "chosen": [int(rank) for rank in trace["chosen"].values], "forced": sorted(map(int, forced)),
        "more": max(0, int(trace.attrs.get("n_words", 0)) - rows), "cuts": bool(cut),
        "top_p": float(trace.attrs.get("top_p", 1.0)), "say": True, "cursors": {},
    }  # fmt: skip
    arrays = {"bars": np.asarray(bars.values, float), **cut}
    return Component("offers", header, arrays, lambda: _table(header, arrays))


def _table(header: Mapping, arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """One row a step and rank."""
    steps, size = arrays["bars"].shape
    step, rank = np.indices((steps, size)).reshape(2, -1)
    words = [word for row in header["offered"] for word in row]
    table = {"step": step, "rank": rank, "word_label": words, "value": arrays["bars"].reshape(-1)}
    table["taken"] = np.asarray(header["chosen"])[step] == rank
    for name, values in arrays.items():
        if name != "bars":
            table[name] = (values if values.ndim == 2 else np.repeat(values[:, None], size, 1)).reshape(-1)
    return pd.DataFrame(table)


def picture(component: Component) -> Spec:
    """A still picture for files: for every step its likeliest words as bars, the taken one dark."""
    table = _table(component.header, component.arrays)
    table = table[table["rank"] < 5]
    names = [f"{k + 1} {word}" for k, word in enumerate(component.header["taken"])]
    table = table.assign(at=[names[k] for k in table["step"]], kind=np.where(table["taken"], "taken", "other"))
    colour = alt.Color("kind:N", scale=alt.Scale(domain=["taken", "other"], range=["#0b5c68", "#b9bfc4"]), legend=None)
    x = alt.X("value:Q", title=component.header["variable"], scale=alt.Scale(domain=[0, 1]))
    y = alt.Y("word_label:N", title=None, sort=alt.EncodingSortField("rank", order="ascending"))
    base = alt.Chart(alt.Data(values=[])).mark_bar().encode(x, y, colour).properties(width=220)
    chart = base.facet(facet=alt.Facet("at:N", title=None, sort=names), columns=4).resolve_scale(y="independent")
    return Spec(without_data(chart.to_dict()), table, component.table)
