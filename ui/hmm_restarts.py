"""Twenty random starts of one task: where each ends, how many different tops there are, the best one taken over."""

import time

import pandas as pd
import streamlit as st

from charts.climbs import climbs
from engine.errors import InputError
from ui import page, runs_hmm
from ui.hmm_learn import Asked
from ui.language import t

SEEDS = range(20)
SAME = 0.1  # nats between two ends that count as one optimum
SKIP = 5  # first iterations, which climb so far that the tops would look alike
AT_ONCE = 500_000  # observations × states² × iterations that are computed without being asked for


def section(asked: Asked) -> None:
    """All starts' climbs; at once where they are quick, else after a click, with progress."""
    cost = sum(map(len, asked.given.sequences)) * len(asked.task.S) ** 2 * asked.task.iterations * len(SEEDS)
    task = asked.task._replace(start=0)
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
    """The log P of every iteration, by seed."""
    bar, found, begun = st.progress(0.0) if progress else None, {}, time.monotonic()
    for done, seed in enumerate(SEEDS, 1):
        iterations = runs_hmm.climb(asked.task._replace(start=seed), asked.given.sequences)
        found[seed] = [each.log_likelihood for each in iterations]
        if bar and time.monotonic() - begun > 0.2:
            bar.progress(done / len(SEEDS), t("{n} of {all} starts", n=done, all=len(SEEDS)))
    if bar:
        bar.empty()
    return found


def ends(runs: dict[int, list[float]]) -> pd.DataFrame:
    """Columns seed, end, iterations, top: runs from the best down; ends within `SAME` of the next share a top."""
    rows = [(seed, climb[-1], len(climb) - 1) for seed, climb in runs.items()]
    table = pd.DataFrame(rows, columns=["seed", "end", "iterations"]).sort_values("end", ascending=False, kind="stable")
    return table.assign(top=(table["end"].diff().fillna(0) < -SAME).cumsum() + 1).reset_index(drop=True)


def _show(runs: dict[int, list[float]], asked: Asked) -> None:
    table = ends(runs)
    tops, best = int(table["top"].max()), table.iloc[0]
    said = t("{n} random starts end at {tops} different heights: {at_best} of them at the highest, {high:.1f}, the "
             "lowest {gap:.1f} nats below it.", n=len(table), tops=tops, at_best=int((table["top"] == 1).sum()),
             high=best["end"], gap=best["end"] - table["end"].min())  # fmt: skip
    if tops == 1:
        said = t("All {n} random starts end at the same height, {high:.1f}.", n=len(table), high=best["end"])
    st.markdown(f"**{page.plain(said)}**")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        page.draw(climbs(_curves(runs, table), t("iteration"), t("log P(O)"), skip=SKIP), "bw_climbs", said)
    with right:
        _table(table, asked)


def _curves(runs: dict[int, list[float]], table: pd.DataFrame) -> pd.DataFrame:
    names = [t("highest"), t("second"), t("third"), t("lower")]
    rows = [
        (at, value, t("seed {n}", n=row.seed), names[min(row.top, len(names)) - 1])
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
    stopped = int((table["iterations"] == asked.task.iterations).sum())
    st.caption(t(
        "Ends closer than {gap} nats count as one height. {n} runs were stopped by the limit of {limit} iterations and "
        "may have had further to go.", gap=SAME, n=stopped, limit=asked.task.iterations,
    ))  # fmt: skip
    best = int(table.iloc[0]["seed"])
    if asked.task.start != best:
        st.button(t("Show the best, seed {n}", n=best), icon=":material/trophy:", key="bw_best", on_click=_take,
                  args=(best,))  # fmt: skip


def _take(seed: int) -> None:
    """Show the run from this seed."""
    st.session_state["bw_seed"] = seed
    for name in [name for name in st.session_state if str(name).startswith("bw_where")]:
        st.session_state.pop(name)
    st.query_params.pop("start", None)
