"""The one door from a model's inner tensors to named axes: a schema of variables and `label`."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr

KINDS = ("prob", "log", "signed", "count", "index")


class Var(NamedTuple):
    """One quantity of a trace: its axes, symbol, one-line meaning and the kind that picks its colour scale."""

    dims: str
    symbol: str
    meaning: str
    kind: str = "signed"


def _variable(name: str, value: object, var: Var) -> xr.Variable:
    data = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    dims = var.dims.split()
    if var.kind not in KINDS:
        raise ValueError(f"{name}: kind {var.kind!r} is none of {KINDS}")
    if data.ndim != len(dims):
        raise ValueError(f"{name}: schema has dims {dims}, the value has shape {data.shape}")
    if name in dims:
        raise ValueError(f"{name}: a variable never bears the name of a dim")
    return xr.Variable(dims, data, var._asdict() | {"name": name})


def label(
    inner: Mapping[str, object],
    schema: Mapping[str, Var],
    attrs: Mapping[str, object],
    translate: Sequence[str] = (),
    axes: Mapping[str, str] | None = None,
    **labels: Sequence[str],
) -> xr.Dataset:
    """Name every axis of `inner`: positions become the index, `labels` the coordinate `<dim>_label`.

    The labels of the dims in `translate` are messages of the catalog (or names that it may know); all others are
    shown as they are. `axes` says in a word of the catalog what a dim is called beside a chart: {"time": "letter"}.
    Raises ValueError with the offending names if `inner` is not exactly the schema, if a value has
    another number of axes than the schema says, or if a label list does not fit its dim.
    """
    if set(inner) != set(schema):
        raise ValueError(
            f"missing {sorted(set(schema) - set(inner))}, not in the schema {sorted(set(inner) - set(schema))}"
        )
    data = {name: _variable(name, inner[name], var) for name, var in schema.items()}
    sizes = {dim: size for array in data.values() for dim, size in array.sizes.items()}
    for dim, names in labels.items():
        if sizes.get(dim) != len(names):
            raise ValueError(f"{dim}: {len(names)} labels for size {sizes.get(dim)}")
    positions = {
        dim: xr.Variable(dim, np.arange(size), {"word": (axes or {}).get(dim, dim)}) for dim, size in sizes.items()
    }
    words = {
        f"{dim}_label": xr.Variable(dim, np.asarray(names, dtype=str), {"translate": dim in translate})
        for dim, names in labels.items()
    }
    # no pandas index a dim: nobody selects by label, and building them takes most of the time of a short trace
    return xr.Dataset(data, xr.Coordinates(positions | words, indexes={}), dict(attrs))
