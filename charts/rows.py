"""Bands of rows over one set of columns, the tokens of a sentence: figures of this kind stand under each other with the
same columns, are scrolled as one and share one cursor.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from charts.base import Component, Spec, without_data
from charts.matrix import KINDS, scale
from charts.payload import fixed, index_of, labels_of, variable

DIM = "token"  # of the shared cursor
SCHEMES = {"prob": "viridis", "log": "viridis", "count": "greys", "index": "tableau20", "signed": "blueorange"}


class Band(NamedTuple):
    """A block of rows.

    da: dims `columns` and, unless it is one row, `rows`; a leading dim `plane` gives slices to choose from.
    labels: left of the rows (None: the labels of `rows`); notes: small, behind them. texts: what stands in the cells;
    bars: the values as the height of bars. places: where each column lies along `columns` in the trace, None where its
    cells are not a number of the trace (a token in several pieces); no places: no cell can be picked.
    planes: what each slice is called, at: the positions that it fixes. NaN: an empty cell.
    """

    da: xr.DataArray
    columns: str
    rows: str | None = None
    title: str = ""
    labels: Sequence[str] | None = None
    notes: Sequence[str] = ()
    texts: Sequence[Sequence[str]] | None = None
    marks: Literal["cell", "bar"] = "cell"
    domain: tuple[float, float] | None = None
    places: Sequence[int | None] = ()
    planes: Sequence[str] = ()
    at: Sequence[Mapping[str, int]] = ()


def rows(
    tokens: Sequence[str], bands: Sequence[Band], *, strange: Sequence[bool] = (), corner: str = "",
    cursor: Mapping | None = None, notes: str = "",
) -> Component:  # fmt: skip
    """Bands over the columns `tokens`; `strange` ones are marked as unknown to the model. corner: above the labels.

    cursor: parameter in the link and index of the shared cursor of the tokens, as in `matrix`.
    Raises ValueError where a band does not have as many columns as there are tokens, or its parts do not fit.
    """
    if not len(tokens) or not len(bands):
        raise ValueError("rows need tokens and bands")
    if len(strange) not in (0, len(tokens)):
        raise ValueError(f"{len(strange)} marks for {len(tokens)} tokens")
    values = {f"band{k}": _values(band, len(tokens)) for k, band in enumerate(bands)}
    header = {
        "tokens": list(map(str, tokens)), "strange": list(map(bool, strange)), "dim": DIM, "corner": corner,
        "bands": [_band(band, block) for band, block in zip(bands, values.values(), strict=True)],
        "notes": notes, "cursors": {DIM: dict(cursor or {})},
    }  # fmt: skip
    return Component("rows", header, values, lambda: _table(header, values))


def _values(band: Band, n: int) -> np.ndarray:
    """The numbers as [plane row column]."""
    dims = [dim for dim in (*(["plane"] if band.planes else ()), band.rows, band.columns) if dim]
    if sorted(dims) != sorted(band.da.dims) or band.da.sizes[band.columns] != n:
        raise ValueError(f"{variable(band.da)}: dims {dict(band.da.sizes)}, asked for {dims} over {n} tokens")
    block = np.asarray(band.da.transpose(*dims).values, float)
    block = block[None] if not band.planes else block
    return block[:, None] if band.rows is None else block


def _band(band: Band, block: np.ndarray) -> dict:
    da, kind = band.da, str(band.da.attrs.get("kind", "signed"))
    n_planes, n_rows, n = block.shape
    labels = band.labels if band.labels is not None else labels_of(da, band.rows) if band.rows else [""]
    labels = list(map(str, labels or range(n_rows)))
    texts = None if band.texts is None else [list(map(str, row)) for row in band.texts]
    wrong = [
        kind not in KINDS, len(labels) != n_rows, len(band.notes) not in (0, n_rows), len(band.places) not in (0, n),
        bool(band.planes) and not len(band.planes) == n_planes == len(band.at),
        texts is not None and [len(row) for row in texts] != [n] * n_rows,
    ]  # fmt: skip
    if any(wrong):
        raise ValueError(f"{variable(da)}: the parts of the band do not fit {block.shape}")
    return {
        "variable": variable(da), "symbol": str(da.attrs.get("symbol", "")), "kind": kind, "title": band.title,
        "domain": list(map(float, band.domain)) if band.domain else scale(block, kind), "marks": band.marks,
        "rows": band.rows, "index": index_of(da, band.rows) if band.rows else [0], "labels": labels,
        "notes": list(map(str, band.notes)), "texts": texts, "columns": band.columns,
        "places": [None if place is None else int(place) for place in band.places],
        "planes": list(map(str, band.planes)), "fixed": fixed(da),
        "at": [{dim: int(place) for dim, place in each.items()} for each in band.at],
    }  # fmt: skip


def _table(header: dict, values: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """One line a cell: what it is, its row and token, and the text that stands in it."""
    found = []
    for k, band in enumerate(header["bands"]):
        block = values[f"band{k}"]
        plane, row, column = np.indices(block.shape).reshape(3, -1)
        texts = np.asarray(band["texts"], dtype=object) if band["texts"] else np.full(block.shape[1:], "", object)
        found.append(pd.DataFrame({
            "band": band["title"] or band["variable"],
            "slice_label": np.asarray(band["planes"] or [""], dtype=object)[plane],
            "row_label": np.asarray(band["labels"], dtype=object)[row], "token": column,
            "token_label": np.asarray(header["tokens"], dtype=object)[column],
            "text_label": texts[row, column], "value": block.reshape(-1), "place": row, "number": k,
        }))  # fmt: skip
    return pd.concat(found, ignore_index=True)


def picture(component: Component) -> Spec:
    """A still picture for files: the bands below each other, of slices the first."""
    header, table = component.header, component.table()
    charts = []
    for k, band in enumerate(header["bands"]):
        first = band["planes"][0] if band["planes"] else ""
        base = alt.Chart(alt.Data(values=[])).transform_filter(
            (alt.datum.number == k) & (alt.datum.slice_label == first)
        )  # fmt: skip
        charts.append(_drawn(base, band, header["tokens"]))
    spec = without_data(alt.vconcat(*charts, spacing=6).resolve_scale(color="independent").to_dict())
    return Spec(spec | {"vconcat": list(map(without_data, spec["vconcat"]))}, table, component.table)


def _drawn(base: alt.Chart, band: dict, tokens: Sequence[str]) -> alt.LayerChart:
    low, high = band["domain"]
    x = alt.X("token:O", axis=alt.Axis(labelExpr=_named(tokens), labelAngle=0, orient="top", title=None))
    y = alt.Y("place:O", axis=alt.Axis(labelExpr=_named(band["labels"]), title=None))
    domain = {"domain": [low, high]} | ({"domainMid": 0} if band["kind"] == "signed" else {})
    color = alt.Color("value:Q", legend=None, scale=alt.Scale(scheme=SCHEMES[band["kind"]], **domain))
    size = {"width": 64 * len(tokens), "height": 22 * len(band["labels"])}
    cells = base.mark_rect().encode(x, y, color)
    words = base.mark_text(fontSize=10, stroke="white", strokeWidth=0.3).encode(x, y, text="text_label:N")
    return (cells + words).properties(title=band["title"], **size)


def _named(words: Sequence[str]) -> str:
    pairs = (f"'{k}': '{_quoted(word)}'" for k, word in enumerate(words))
    return f"({{{', '.join(pairs)}}})[datum.value]"


def _quoted(word: str) -> str:
    return word.replace("\\", "\\\\").replace("'", "\\'")
