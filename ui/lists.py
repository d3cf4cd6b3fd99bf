"""Long lists on a page: done in parts with progress; the results as files, beside the columns that came with them."""

import io
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

import pandas as pd
import streamlit as st

from engine import files
from ui.language import t
from ui.page import neutral_csv
from ui.uploads import Reading

Part = TypeVar("Part")

PATIENCE = 0.3  # seconds before a progress bar appears
LATELY = 10  # parts by whose pace the rest is judged


def in_parts(
    n: int, size: int, make: Callable[[int, int], Part], patience: float | None = None, timed: bool = False
) -> list[Part]:
    """What `make(begin, end)` gives for each part of n sentences, with a progress bar where it takes long.

    Between two parts others get their turn, and a rerun of the page ends the work. timed: say how long it will take.
    """
    patience = PATIENCE if patience is None else patience
    begin, bar, found, pace = time.monotonic(), None, [], deque(maxlen=LATELY)
    for at in range(0, n, size):
        started, done = time.monotonic(), min(at + size, n)
        found.append(make(at, done))
        now = time.monotonic()
        pace.append((now - started) / (done - at))
        if now - begin > patience:
            bar = bar or st.progress(0.0)
            said = t("{n:,} of {total:,} sentences", n=done, total=n)
            bar.progress(done / n, f"{said} · {_left(sum(pace) / len(pace) * (n - done))}" if timed else said)
            time.sleep(0.002)
    if bar:
        bar.empty()
    return found


def _left(seconds: float) -> str:
    if seconds < 90:
        return t("about {n:.0f} s left", n=seconds)
    return t("about {n:.0f} min left", n=seconds / 60)


def beside(scored: pd.DataFrame, read: Reading, taken: Sequence[str], digits: Sequence[str]) -> pd.DataFrame:
    """The result with the other columns of the uploaded tables behind it, under their own names.

    scored: columns file, line and what was found; taken: further columns that it holds already; digits: columns
    rounded to 6 of them.
    """
    whole = scored if scored["file"].nunique() > 1 else scored.drop(columns="file")
    kept = {}
    for each in read.tables:
        held = {read.column_of(each), *taken}
        kept[each.file] = each.cells[[name for name in each.cells if name not in held]]
    cells = pd.concat(kept, names=["file", "line"])
    cells = cells[~cells.index.duplicated()].reindex(pd.MultiIndex.from_frame(scored[["file", "line"]]))
    for column in cells.columns:
        name = str(column)
        while name in whole:
            name = t("{column} (in the file)", column=name)
        whole = whole.assign(**{name: [cell if isinstance(cell, str) else "" for cell in cells[column]]})
    return whole.round(dict.fromkeys(digits, 6))


def as_csv(whole: pd.DataFrame) -> bytes:
    """A CSV without formulas, the names of its columns included."""
    return neutral_csv(whole.set_axis(files.neutral([str(name) for name in whole]), axis=1))


def as_parquet(whole: pd.DataFrame) -> bytes:
    """The table as Parquet."""
    sink = io.BytesIO()
    whole.to_parquet(sink, index=False)
    return sink.getvalue()


def downloads(key: str, file: str, n: int, make: Callable[[], pd.DataFrame], about: str | None = None) -> None:
    """Buttons that build the files of n sentences when they are clicked; `about` explains their columns."""
    with st.container(horizontal=True):
        for form, label, build in (
            ("csv", t("CSV, one sentence") if n == 1 else t("CSV, {n:,} sentences", n=n), as_csv),
            ("parquet", t("Parquet, one sentence") if n == 1 else t("Parquet, {n:,} sentences", n=n), as_parquet),
        ):
            st.download_button(
                label, lambda build=build: build(make()), f"{file}.{form}", on_click="ignore",
                icon=":material/download:", key=f"{key}_{form}", help=about,
            )  # fmt: skip
