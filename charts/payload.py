"""From labelled arrays to what a component receives: axes with labels, one block of bytes, a tidy table."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

BYTES = 4  # of a float32, and of the header's length


def pack(header: Mapping, arrays: Mapping[str, np.ndarray]) -> bytes:
    """Length of the header (uint32) | header as JSON | zeros to a multiple of 4 | float32 arrays one after the other.

    The header gains `arrays`, the list of (name, shape). Raises TypeError or ValueError if it is not plain JSON.
    """
    blocks = {name: np.ascontiguousarray(array, "<f4") for name, array in arrays.items()}
    shapes = [(name, list(block.shape)) for name, block in blocks.items()]
    text = json.dumps({**header, "arrays": shapes}, allow_nan=False, separators=(",", ":")).encode()
    start = [len(text).to_bytes(BYTES, "little"), text, b"\0" * (-len(text) % BYTES)]
    return b"".join(start + [block.tobytes() for block in blocks.values()])


def unpack(payload: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """The inverse of `pack`: (header without `arrays`, arrays)."""
    size = int.from_bytes(payload[:BYTES], "little")
    header = json.loads(payload[BYTES : BYTES + size])
    numbers = np.frombuffer(payload, "<f4", offset=BYTES + size + -size % BYTES)
    arrays, start = {}, 0
    for name, shape in header.pop("arrays"):
        length = int(np.prod(shape))
        arrays[name] = numbers[start : start + length].reshape(shape)
        start += length
    return header, arrays


def index_of(da: xr.DataArray, dim: str) -> list[int]:
    """The positions along a dim in the whole trace: its coordinate, which a selection keeps; else 0…n-1."""
    size = da.sizes[dim]
    if dim not in da.coords:
        return list(range(size))
    values = da.coords[dim].values
    return values.tolist() if values.dtype.kind in "iu" else list(range(size))


def labels_of(da: xr.DataArray, dim: str) -> list[str] | None:
    """The words of the coordinate `<dim>_label`, or None."""
    name = f"{dim}_label"
    return [str(word) for word in da.coords[name].values.tolist()] if name in da.coords else None


def axis(da: xr.DataArray, dim: str) -> dict:
    """One axis for a header: dim, the word for it, size, labels (None: the index is the label), index (None: 0…n-1)."""
    index = index_of(da, dim)
    plain = index == list(range(len(index)))
    word = str(da.coords[dim].attrs.get("word", dim)) if dim in da.coords else dim
    return {
        "dim": dim,
        "word": word,
        "size": len(index),
        "labels": labels_of(da, dim),
        "index": None if plain else index,
    }


def fixed(da: xr.DataArray) -> dict[str, int]:
    """Dims of the variable that a selection has taken out, with the index it kept: `trace["h"].isel(time=3)`."""
    dims = set(str(da.attrs.get("dims", "")).split()) - set(da.dims)
    return {dim: int(da.coords[dim]) for dim in sorted(dims) if dim in da.coords and da.coords[dim].ndim == 0}


def ordered(da: xr.DataArray, dims: Sequence[str]) -> np.ndarray:
    """The values with their axes in the order of `dims`; raises ValueError if these are not the array's dims."""
    if sorted(dims) != sorted(da.dims):
        raise ValueError(f"{variable(da)} has dims {tuple(da.dims)}, asked for {tuple(dims)}")
    return da.values.transpose([da.dims.index(dim) for dim in dims])


def variable(da: xr.DataArray) -> str:
    """The name of the quantity in its trace."""
    return str(da.attrs.get("name") or da.name or "value")


def tidy(da: xr.DataArray) -> pd.DataFrame:
    """One row a cell: the index and, where there is one, the label of every dim, then `value`."""
    grid = np.indices(da.shape).reshape(da.ndim, -1)
    columns: dict[str, np.ndarray] = {}
    for dim, places in zip(da.dims, grid, strict=True):
        columns[dim] = np.asarray(index_of(da, dim))[places]
        words = labels_of(da, dim)
        if words is not None:
            columns[f"{dim}_label"] = np.asarray(words, dtype=object)[places]
    return pd.DataFrame(columns | {"value": np.asarray(da.values).reshape(-1)})
