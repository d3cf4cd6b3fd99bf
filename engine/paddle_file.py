"""Tensor files of PaddlePaddle 1.x, read with numpy: header, description as a protocol buffer, numbers.

Layout: version (uint32, 0), level of detail (uint64) with its tables, version (uint32, 0), size of the description
(int32), description {1: type, 2: sizes}, numbers in the order of C, little-endian.
"""

import struct
from collections.abc import Iterator
from math import prod
from pathlib import Path

import numpy as np
from jaxtyping import Float

from engine.errors import InputError

FLOAT32 = 5  # of the format's types
TYPE, SIZES, PACKED_SIZES = 8, 16, 18  # keys in the description: field number · 8 + wire type


def read(path: Path, shape: tuple[int, ...]) -> Float[np.ndarray, "..."]:
    """The float32 tensor of a file. Raises InputError if it is absent, damaged or of another shape."""
    try:
        blob = path.read_bytes()
    except OSError as error:
        raise InputError("{path} cannot be read: {reason}.", path=path.name,
                         reason=error.strerror or str(error)) from error  # fmt: skip
    try:
        kind, sizes, start = _description(blob)
    except (struct.error, IndexError, ValueError) as error:
        raise InputError("{path} is no tensor file of PaddlePaddle.", path=path.name) from error
    if kind != FLOAT32 or sizes != shape or len(blob) - start != 4 * prod(shape):
        raise InputError("{path} does not hold {shape} numbers of type float32.", path=path.name,
                         shape=" × ".join(map(str, shape)))  # fmt: skip
    values = np.frombuffer(blob, "<f4", offset=start).reshape(shape)
    if not np.isfinite(values).all():
        raise InputError("{path} holds numbers that are not finite.", path=path.name)
    return values


def _description(blob: bytes) -> tuple[int, tuple[int, ...], int]:
    """(type, sizes, where the numbers begin)."""
    version, levels = struct.unpack_from("<IQ", blob)
    at = 12
    for _ in range(levels):
        (size,) = struct.unpack_from("<Q", blob, at)
        at += 8 + size
    inner, size = struct.unpack_from("<Ii", blob, at)
    begin, end = at + 8, at + 8 + size
    if version or inner or not begin < end <= len(blob):
        raise ValueError("no such version or size")
    kind, sizes, numbers = None, [], _varints(blob[begin:end])
    for key in numbers:
        if key == TYPE:
            kind = next(numbers, None)
        elif key == SIZES:
            sizes.append(next(numbers, -1))
        elif key == PACKED_SIZES:
            next(numbers, None)  # bytes that the rest of the description takes
            sizes += numbers
        else:
            raise ValueError("no such field")
    return kind, tuple(sizes), end


def _varints(blob: bytes) -> Iterator[int]:
    """Numbers of seven bits a byte, the lowest first; the eighth bit says that more follow."""
    value = shift = 0
    for byte in blob:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0
    if shift:
        raise ValueError("a number without end")
