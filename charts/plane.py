"""Points in two dimensions by group, and one path over them that is drawn up to the shared cursor."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from charts.base import Component


def plane(
    points: pd.DataFrame,
    path: pd.DataFrame | None = None,
    dim: str = "time",
    *,
    focus: str | None = None,
    groups: Sequence[str] | None = None,
    axes: tuple[str, str] = ("", ""),
    height: int = 460,
) -> Component:
    """Thousands of grey points, the groups to be coloured by their chips, and a path linked to the cursor of `dim`.

    points: columns `x, y, group, label`. path: columns `x, y, label`, one row a step. focus: the group coloured at
    first. groups: the order of the chips (default: a categorical's own order, else by size). axes: what x and y are,
    e.g. shares of variance.
    Raises ValueError naming missing columns, groups that are not in `points`, or coordinates that are not finite.
    """
    path = pd.DataFrame({"x": [], "y": [], "label": []}) if path is None else path
    _check(points, ["x", "y", "group", "label"], "points")
    _check(path, ["x", "y", "label"], "path")
    names, codes = _codes(points["group"], groups)
    unknown = set(points["group"][codes < 0]) | ({focus} - {None, *names})
    if unknown:
        raise ValueError(f"not among the groups: {sorted(map(str, unknown))}")
    header = {
        "dim": dim, "groups": list(map(str, names)), "labels": list(map(str, points["label"].tolist())),
        "steps": list(map(str, path["label"].tolist())), "focus": None if focus is None else names.index(focus),
        "axes": list(axes), "height": int(height), "cursors": {},
    }  # fmt: skip
    arrays = {"points": points[["x", "y"]].to_numpy(float), "codes": codes, "path": path[["x", "y"]].to_numpy(float)}
    return Component("plane", header, arrays, lambda: _table(points, path))


def _codes(column: pd.Series, groups: Sequence[str] | None) -> tuple[list[str], np.ndarray]:
    if groups is None and isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.categories.tolist(), column.cat.codes.to_numpy()
    names = list(column.value_counts().index) if groups is None else list(groups)
    return names, pd.Index(names).get_indexer(column)


def _check(table: pd.DataFrame, columns: list[str], name: str) -> None:
    missing = [column for column in columns if column not in table]
    if missing:
        raise ValueError(f"{name}: no column {missing}, only {list(table)}")
    if not np.isfinite(table[["x", "y"]].to_numpy(float)).all():
        raise ValueError(f"{name}: x and y must be finite")


def _table(points: pd.DataFrame, path: pd.DataFrame) -> pd.DataFrame:
    points = points.astype({"group": str})
    return pd.concat([path.assign(group=""), points], ignore_index=True)[["group", "label", "x", "y"]]
