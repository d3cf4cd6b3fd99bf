"""Twenty random starts of one task: where each ends, how many different tops there are, the best one taken over."""

import time

import pandas as pd
import streamlit as st

from charts.climbs import climbs
from engine.errors import InputError
from ui import page, runs_hmm
from ui.hmm_learn import MOST_ITERATIONS, Asked
from ui.language import t

SEEDS = range(20)
SAME = 0.1  # nats between two ends that count as one optimum
SKIP = 5  # first iterations, which climb so far that the tops would look alike
AT_ONCE = 500_000  # observations × states² × iterations that are computed without being asked for


def section(asked: Asked) -> None:
    """All starts' climbs; at once where they are quick, else after a click, with progress."""
    cost = sum(map(len, asked.given.sequences)) * len(asked.task.S) ** 2 * asked.task.iterations * len(SEEDS)
    task = asked.task._replace(start=0, iterations=MOST_ITERATIONS)
    if cost > AT_ONCE and st.session_state.get("bw_restarted") != task:
        if not st.button(t("Start from {n} seeds", n=len(SEEDS)), icon=":material/restart_alt:", key="bw_restart"):
            return
        st.session_state["bw_restarted"] = task
    try:
        runs = _runs(asked, progress=cost > AT_ONCE)
    except InputError:
        st.info(t("Not every random start can produce these sequences."))
        return
    _show(runs, asked)


def _runs(asked: Asked, progress: bool) -> dict[int, list[float]]:
    """The log P of every iteration, by seed; further than the run above, so that most converge."""
    task = asked.task._replace(iterations=MOST_ITERATIONS)
    bar, found, begun = st.progress(0.0) if progress else None, {}, time.monotonic()
    for done, seed in enumerate(SEEDS, 1):
        found[seed] = runs_hmm.heights(task._replace(start=seed), asked.given.sequences)
        if bar and time.monotonic() - begun > 0.2:
            bar.progress(done / len(SEEDS), t("{n} of {all} starts", n=done, all=len(SEEDS)))
    if bar:
        bar.empty()
    return found


def ends(runs: dict[int, list[float]], limit: int = MOST_ITERATIONS) -> pd.DataFrame:
    """Columns seed, end, iterations, top: runs from the best down; ends within `SAME` of the next share a top.

    A run that was stopped after `limit` iterations stands on no top: <NA>.
    """
    rows = [(seed, climb[-1], len(climb) - 1) for seed, climb in runs.items()]
    table = pd.DataFrame(rows, columns=["seed", "end", "iterations"]).sort_values("end", ascending=False, kind="stable")
    converged = table["end"][table["iterations"] < limit]
    top = ((converged.diff().fillna(0) < -SAME).cumsum() + 1).astype("Int64")
    return table.assign(top=top.reindex(table.index)).reset_index(drop=True)


def said(table: pd.DataFrame) -> str:
    """What the ends show in words; only runs that converged count."""
    n, done = len(table), table.dropna(subset="top")
    stopped = t("{n} more were stopped after {limit} iterations.", n=n - len(done), limit=MOST_ITERATIONS)
    if done.empty:
        return t("None of {n} random starts converged within {limit} iterations; the highest reached {high:.1f}.",
                 n=n, limit=MOST_ITERATIONS, high=table["end"].max())  # fmt: skip
    high, tops = done["end"].max(), int(done["top"].max())
    text = t("{n} random starts converged at {tops} different heights: {at_best} of them at the highest, {high:.1f}, "
             "the lowest {gap:.1f} nats below it.", n=len(done), tops=tops, at_best=int((done["top"] == 1).sum()),
             high=high, gap=high - done["end"].min())  # fmt: skip
    if tops == 1:
        text = t("{n} random starts converged, all at the same height, {high:.1f}.", n=len(done), high=high)
    return text if len(done) == n else f"{text} {stopped}"


def _show(runs: dict[int, list[float]], asked: Asked) -> None:
    table = ends(runs)
    words = said(table)
    st.markdown(f"**{page.plain(words)}**")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        called = {"run": t("seed"), "top": t("height")}
        chart = climbs(_curves(runs, table), t("iteration"), t("log P(O)"), called, skip=SKIP)
        page.draw(chart, "bw_climbs", words)
    with right:
        _table(table, asked)


def _curves(runs: dict[int, list[float]], table: pd.DataFrame) -> pd.DataFrame:
    names = [t("highest"), t("second"), t("third"), t("lower")]
    stopped = t("not converged")
    rows = [
        (at, value, t("seed {n}", n=row.seed), stopped if pd.isna(row.top) else names[min(row.top, 4) - 1])
        for row in table.itertuples()
        for at, value in enumerate(runs[row.seed])
    ]
    return pd.DataFrame(rows, columns=["x", "y", "run", "top"])


def _table(table: pd.DataFrame, asked: Asked) -> None:
    number = st.column_config.NumberColumn
    columns = {
        "seed": number(t("seed")), "end": number(t("final log P"), format="%.2f"),
        "iterations": number(t("iterations")), "top": number(t("height")),
    }  # fmt: skip
    st.dataframe(table, column_config=columns, hide_index=True, height=250)
    st.caption(t(
        "Every start goes on until a step gains less than {tolerance:g} nats, for {limit} iterations at most. Ends "
        "closer than {gap} nats count as one height.", tolerance=asked.task.tolerance, limit=MOST_ITERATIONS, gap=SAME,
    ))  # fmt: skip
    best, iterations = int(table["seed"][0]), int(table["iterations"][0])
    if asked.task.start != best or asked.task.iterations < iterations:
        st.button(t("Show the best, seed {n}", n=best), icon=":material/trophy:", key="bw_best", on_click=_take,
                  args=(best, max(iterations + 1, asked.task.iterations)))  # fmt: skip


def _take(seed: int, iterations: int) -> None:
    """Show the run from this seed, as far as it went."""
    st.session_state["bw_seed"] = seed
    st.session_state["bw_iterations"] = min(iterations, MOST_ITERATIONS)
    st.session_state["bw_longer"] = True
    for name in [name for name in st.session_state if str(name).startswith("bw_where")]:
        st.session_state.pop(name)
    st.query_params.pop("start", None)
