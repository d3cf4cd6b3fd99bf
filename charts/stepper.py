"""The letters of a name or the tokens of a sentence as chips to step through; owns the shared cursor of their dim."""

from collections.abc import Sequence

import pandas as pd

from charts.base import Component


def stepper(
    labels: Sequence[str],
    captions: Sequence[str] = (),
    dim: str = "time",
    param: str | None = "t",
    index: int | None = None,
    flips: Sequence[int] = (),
    strengths: Sequence[float] = (),
    hover: bool = False,
) -> Component:
    """Chips in a row with buttons first, back, play, forward, last; the browser moves the cursor of `dim` alone.

    captions: one short text under each chip; a line break makes a second, quieter line. flips: where the answer
    changed. strengths: 0…1, a small bar under each chip. param: the URL parameter kept at the cursor (None: none).
    index: where the cursor starts; a value that differs from the last run's moves it, None leaves it.
    hover: where the mouse rests the page shows that letter, until the mouse leaves the row; the address stays.
    Raises ValueError for no label or lists of another length.
    """
    if not len(labels):
        raise ValueError(f"{dim}: a stepper needs at least one label")
    for name, given in (("captions", captions), ("strengths", strengths)):
        if len(given) not in (0, len(labels)):
            raise ValueError(f"{dim}: {len(given)} {name} for {len(labels)} labels")
    header = {
        "dim": dim, "labels": list(map(str, labels)), "captions": list(map(str, captions)),
        "flips": [int(flip) for flip in flips], "strengths": [float(strength) for strength in strengths],
        "hover": bool(hover),
        "cursors": {dim: {"param": param, "index": None if index is None else int(index)}},
    }  # fmt: skip
    return Component("stepper", header, {}, lambda: _table(header))


def _table(header: dict) -> pd.DataFrame:
    size = len(header["labels"])
    table = pd.DataFrame({header["dim"]: range(size), f"{header['dim']}_label": header["labels"]})
    if header["captions"]:
        table["caption"] = [caption.replace("\n", " ") for caption in header["captions"]]
    table["flip"] = [place in set(header["flips"]) for place in range(size)]
    return table
