"""What a chart function returns: a `Component` of our own or an Altair `Spec`; both can be read as a table."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

Table = Callable[[], pd.DataFrame]


class Component(NamedTuple):
    """A figure drawn by `assets/components/<name>.js`.

    header: plain JSON values. arrays: float32 in the browser, shapes kept. table: the figure as a tidy table,
    built only when called.
    """

    name: str
    header: dict
    arrays: dict[str, np.ndarray]
    table: Table


class Spec(NamedTuple):
    """An Altair chart as a dictionary without its data, the data, and the figure as a tidy table."""

    spec: dict
    data: pd.DataFrame
    table: Table


def copylink(params: Mapping[str, str] | None = None) -> Component:
    """A button that copies the page's address, with `params` added where the address does not have them."""
    header = {"params": {str(name): str(value) for name, value in (params or {}).items()}}
    return Component("copylink", header, {}, lambda: pd.DataFrame(header["params"].items(), columns=["name", "value"]))


def need(data: pd.DataFrame, columns: Iterable[str]) -> None:
    """Raise ValueError naming the columns that the data lacks."""
    if missing := [column for column in columns if column not in data]:
        raise ValueError(f"no column {missing}, only {list(data)}")


def without_data(spec: dict) -> dict:
    """An Altair specification without the empty data it was built on, whole or in its layers; data of its own stays."""
    kept = {name: value for name, value in spec.items() if name not in ("data", "datasets")}
    if "layer" in kept:
        kept["layer"] = [
            layer if layer.get("data", {}).get("values") else {name: layer[name] for name in layer if name != "data"}
            for layer in kept["layer"]
        ]
    return kept
