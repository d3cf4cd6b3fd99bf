"""One block: the pictures of the stream, its sums, the hidden units and the convolution."""

import pandas as pd
import xarray as xr

from charts.curves import curves
from charts.matrix import matrix
from charts.stepper import stepper
from ui import lstm, page
from ui.block import PARTS, Got
from ui.language import t
from ui.page import Figure


def _names(got: Got) -> list[str]:
    return [t(PARTS[key]) for key in PARTS if key != "residual" and (key != "cross" or got.is_decoder)]


def lengths(got: Got) -> None:
    """The stream's length on its way through the parts of all layers, and what each adds, averaged over the words."""
    stream, names, rows = got.stream, _names(got), []
    own, other = t("the stream after it"), t("what it adds")
    for layer in range(stream.sizes["layer"]):
        for part in range(len(names)):
            place = layer * len(names) + part + 1
            for run, variable in ((own, "after"), (other, "added")):
                value = float(stream[variable].values[layer, part].mean())
                rows.append({"x": place, "y": value, "run": run, "part": ""})
    table = pd.DataFrame(rows)
    both = [_matrix(got, "added", "block_added"), _matrix(got, "turned", "block_turned")]
    said = t("Length of the stream and of what each part adds, part after part.")
    chart = curves(table, t("part, counted through the layers"), t("length"), points=True, height=220)
    page.row(Figure(chart, "block_lengths", said, t("**Length**, mean over the words")), *both, widths=[4, 3, 3])


def _matrix(got: Got, variable: str, key: str) -> Figure:
    array = got.stream[variable]
    chart = matrix(array, "query", "part", slider="layer")
    return Figure(chart, key, t("{what}, word by word.", what=array.attrs["meaning"]), page.title(array), got.stream)


def steps(got: Got) -> None:
    """The stepper over the layers."""
    n = got.trace.sizes["layer"]
    labels = [t("layer {k}", k=k + 1) for k in range(n)]
    page.steps(stepper(labels, (), "layer", "layer", lstm.cursor("layer", n)), t("The layers"))


def _wide(got: Got, array: xr.DataArray, key: str, trace: xr.Dataset | None = None) -> Figure:
    units = next(dim for dim in array.dims if dim not in ("layer", "query"))
    chart = matrix(array, "query", units, slider="layer", show_slider=False, compact=True, show_values="never")
    alt = t("{what}, {n} numbers a word.", what=array.attrs["meaning"], n=array.sizes[units])
    return Figure(chart, key, alt, page.title(array), got.trace if trace is None else trace)


def sums(got: Got) -> None:
    """Each part: the stream before it, what it adds, the stream after it."""
    lines = [("X", "attended", "X_attended")]
    if got.is_decoder:
        lines.append(("X_attended", "attended_c", "X_crossed"))
    lines.append((lines[-1][-1], "ffn", "X_out"))
    for k, line in enumerate(lines):
        page.row(*(_wide(got, got.trace[name], f"block_{k}_{name}") for name in line))


def hidden(got: Got) -> None:
    """The hidden units: before and after the activation is one picture; how many are on."""
    active = got.stream["active"]
    chart = matrix(active, "layer", "query", show_values="always")
    alt = t("Share of hidden units that are on, by layer and word.")
    page.row(
        _wide(got, got.trace["hidden"], "block_hidden"),
        Figure(chart, "block_active", alt, page.title(active), got.stream), widths=[3, 2],
    )  # fmt: skip


def convolution(got: Got) -> None:
    """The network word by word, and as a convolution over the sentence."""
    page.row(
        _wide(got, got.trace["ffn"], "block_ffn_again"),
        _wide(got, got.stream["convolved"], "block_convolved", got.stream),
    )  # fmt: skip
