"""Any slice of a trace as a labelled matrix, a row of bars or a wrapped vector, its cells to be picked."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from charts.base import Component
from charts.payload import axis, fixed, ordered, tidy, variable

KINDS = ("prob", "log", "signed", "count", "index")
FLOOR = -16.0  # the darkest log-probability; the scale says ≤ where values lie below (1e-7)


def matrix(
    da: xr.DataArray, rows: str | None = None, columns: str | None = None, slider: str | Sequence[str] | None = None, *,
    marks: Literal["cell", "bar"] = "cell", highlight: Literal["column_max", "row_max"] | None = None,
    show_values: Literal["auto", "always", "never"] = "auto", wrap: int | None = None, compact: bool = False,
    reveal: bool = False, show_slider: bool = True, domain: tuple[float, float] | None = None, seek: int | None = None,
    cursors: Mapping[str, Mapping] | None = None, outline: xr.DataArray | np.ndarray | None = None, edit: bool = False,
    named: Sequence[Sequence[str]] | None = None, texts: Sequence[Sequence[str]] | None = None,
    shine: xr.DataArray | None = None, notes: str | None = None,
) -> Component:  # fmt: skip
    """A labelled matrix of `da`: dim `rows` down, `columns` across, one range input for each dim of `slider`.

    da: any slice of a trace; its attributes `name, symbol, kind` and coordinates `<dim>_label` are used, and
    coordinates of dims that a selection dropped complete the position of a picked cell.
    NaN is a cell not known yet: drawn empty, read as "—", not to be picked, without a part in the scale. marks: "bar"
    draws a vector along `rows` as horizontal bars from 0, log-probabilities to the left. wrap: a vector along `rows`
    as a block with that many cells a line. reveal: columns after the cursor are veiled. show_slider: False: as text.
    domain: (lowest, highest) of the colour scale instead of the kind's own; -inf has the colour of its end.
    seek: the place of the column that is brought into view where the matrix is wider than its box.
    cursors: `{dim: {"param": "t", "index": 3}}`, URL parameter and initial index of shared cursors; one of `rows` goes
    with the mouse. shine: weights (dim of a cursor, `rows`): rows framed as strongly as they are looked at from there.
    outline: booleans (rows, columns), true cells get a dashed edge. edit: rows that sum to 1 change by drag or key.
    named: what the rows are called at each place of the one slider. texts: what stands in the cells, without sliders.
    Picking sends `{"variable": name, "position": {dim: index, …}}`, an edit the same with `"row": [weights]`.
    Raises ValueError if the dims are not exactly those of `da`, or marks and wrap do not fit them.
    """
    sliders = [slider] if isinstance(slider, str) else list(slider or ())
    arrays = _arrays(da, sliders, [dim for dim in (rows, columns) if dim], outline)
    values, kind = arrays["values"], str(da.attrs.get("kind", "signed"))
    _check(da, kind, rows, columns, marks, wrap)
    _check_rows(da, values if edit else None, rows, columns, marks)
    arrays |= {} if shine is None else {"shine": ordered(shine, [*(set(shine.dims) - {rows}), rows])}
    look = {
        "marks": marks, "seek": seek, "edit": edit, "wrap": wrap, "highlight": highlight, "values": show_values,
        "compact": compact, "reveal": reveal, "range": show_slider, "notes": notes,
    }  # fmt: skip
    header = look | {
        "variable": variable(da), "symbol": str(da.attrs.get("symbol", "")), "kind": kind,
        **_axes(da, rows, columns, sliders, cursors or {}), "named": _named(named, da, sliders, rows),
        "domain": list(map(float, domain)) if domain else scale(values, kind), "texts": _texts(texts, values),
        **_lit(rows, shine, cursors), "outlined": str(getattr(outline, "attrs", {}).get("meaning", "")),
    }  # fmt: skip
    return Component("matrix", header, arrays, lambda: _table(da, header, sliders, rows))


def _axes(
    da: xr.DataArray, rows: str | None, columns: str | None, sliders: Sequence[str], cursors: Mapping[str, Mapping]
) -> dict[str, object]:
    return {
        "rows": axis(da, rows) if rows else None, "columns": axis(da, columns) if columns else None,
        "sliders": [axis(da, dim) for dim in sliders], "fixed": fixed(da),
        "cursors": {dim: dict(cursor) for dim, cursor in cursors.items()},
    }  # fmt: skip


def _lit(rows: str | None, shine: xr.DataArray | None, cursors: Mapping[str, Mapping] | None) -> dict[str, object]:
    """By which dim's cursor rows are framed, and whether the mouse moves that of the rows."""
    others = set() if shine is None else set(map(str, shine.dims)) - {rows}
    return {"shine": next(iter(others), None), "leads": rows in (cursors or {})}


def _named(
    named: Sequence[Sequence[str]] | None, da: xr.DataArray, sliders: Sequence[str], rows: str | None
) -> list[list[str]] | None:
    if named is None:
        return None
    found = [list(map(str, each)) for each in named]
    if len(sliders) != 1 or len(found) != da.sizes[sliders[0]] or {len(each) for each in found} != {da.sizes[rows]}:
        raise ValueError(f"{variable(da)}: the names of the rows do not fit its slices")
    return found


def _texts(texts: Sequence[Sequence[str]] | None, values: np.ndarray) -> list[list[str]] | None:
    if texts is None:
        return None
    found = [list(map(str, row)) for row in texts]
    if values.ndim != 2 or [len(row) for row in found] != [values.shape[1]] * values.shape[0]:
        raise ValueError(f"texts for {[len(row) for row in found]} cells, values {values.shape}")
    return found


def _table(da: xr.DataArray, header: Mapping, sliders: Sequence[str], rows: str | None) -> pd.DataFrame:
    table, named = tidy(da), header["named"]
    if header["texts"]:
        texts = np.asarray(header["texts"], dtype=str)
        table["text_label"] = (texts if da.dims[0] == rows else texts.T).reshape(-1)
    if named:
        table[f"{rows}_label"] = [named[at][row] for at, row in zip(table[sliders[0]], table[rows], strict=True)]
    return table


def scale(values: np.ndarray, kind: str) -> list[float]:
    """The two ends of a colour scale: 0…1, floor…0, -m…m or 0…m by kind; not finite numbers do not count."""
    if kind == "prob":
        return [0.0, 1.0]
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if not finite.size:
        return [-1.0, 1.0] if kind == "signed" else [-1.0, 0.0] if kind == "log" else [0.0, 1.0]
    if kind == "log":
        return [max(FLOOR, min(-1.0, float(finite.min()))), 0.0]
    most = float(max(finite.max(), -finite.min())) if kind == "signed" else float(finite.max())
    return [-(most or 1.0) if kind == "signed" else 0.0, most or 1.0]


def _arrays(
    da: xr.DataArray, sliders: Sequence[str], dims: Sequence[str], outline: xr.DataArray | np.ndarray | None
) -> dict[str, np.ndarray]:
    """The values, sliders first, and the outline of one slice."""
    arrays = {"values": ordered(da, [*sliders, *dims])}
    if outline is None:
        return arrays
    cells = ordered(outline, dims) if isinstance(outline, xr.DataArray) else np.asarray(outline)
    shape = arrays["values"].shape[len(sliders) :]
    if cells.shape != shape:
        raise ValueError(f"the outline has shape {cells.shape}, the matrix {shape}")
    return arrays | {"outline": cells.astype(bool)}


def _check_rows(da: xr.DataArray, values: np.ndarray | None, rows: str | None, columns: str | None, marks: str) -> None:
    if values is None:
        return
    sums = values.sum(-1)
    if not (rows and columns) or marks != "cell" or not np.allclose(sums[~np.isnan(sums)], 1, atol=1e-3):
        raise ValueError(f"{variable(da)}: only a matrix whose rows sum to 1 can be edited")


def _check(da: xr.DataArray, kind: str, rows: str | None, columns: str | None, marks: str, wrap: int | None) -> None:
    if kind not in KINDS:
        raise ValueError(f"{variable(da)}: kind {kind!r} is none of {KINDS}")
    if 0 in da.shape:
        raise ValueError(f"{variable(da)} is empty: {dict(da.sizes)}")
    if not (rows or columns):
        raise ValueError(f"{variable(da)}: name the rows or the columns, dims are {tuple(da.dims)}")
    if marks not in ("cell", "bar"):
        raise ValueError(f"marks {marks!r} is neither 'cell' nor 'bar'")
    if (marks == "bar" or wrap is not None) and (columns or not rows):
        raise ValueError(f"{variable(da)}: bars and wrap draw one dim as rows, not {(rows, columns)}")
    if wrap is not None and (marks == "bar" or wrap < 1):
        raise ValueError(f"wrap={wrap} needs cells and at least one a line")
