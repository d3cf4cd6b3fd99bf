"""The leaderboard: who leads and who cannot be told apart from it, the figures of all models, what they cost."""

from typing import NamedTuple

import pandas as pd
import streamlit as st

from charts.estimates import Cost, estimates, tradeoff
from engine.leaderboard import Board, Entry
from engine.leaderboard_stats import MEASURES, RESAMPLES
from ui import choices, page, report, runs_leaderboard
from ui.language import N_, t
from ui.memory import join
from ui.watch import duration

WORDS = {
    "accuracy": N_("accuracy"), "balanced_accuracy": N_("balanced accuracy"), "top3": N_("top 3"),
    "nll": N_("negative log-likelihood"),
}  # fmt: skip
COSTS = {
    "size": N_("bytes of the file"), "n_numbers": N_("numbers in the file"), "seconds": N_("seconds of training"),
    "speed": N_("names a second"),
}  # fmt: skip
HEADS = WORDS | {"balanced_accuracy": N_("balanced"), "nll": N_("−log p")}  # of narrow columns
GROUPS = (N_("leads"), N_("level with the leader"), N_("behind"))
UNREAD = {
    "natural": N_("Without a model, guessing the commonest languages: {value}."),
    "uniform": N_("Without a model, guessing blindly: {value}."),
}
NEAR = 0.01  # "near" the best: within a percentage point, or 1% of the negative log-likelihood


class Asked(NamedTuple):
    """What the page is asked to show: a measure, under a prior."""

    measure: str
    prior: str

    @property
    def falling(self) -> bool:
        """Whether small values are good."""
        return self.measure == "nll"

    @property
    def ticks(self) -> str:
        """The d3 format of an axis."""
        return ".2f" if self.falling else "%"


def asked() -> Asked:
    """The controls: measure and prior, kept in the link."""

    def show(words: list, at: object, **given: object) -> str:
        return st.segmented_control(t("Measure"), words, default=at, required=True, **given)

    with st.container(horizontal=True, gap="medium"):
        measure = choices.one("board_by", {key: t(word) for key, word in WORDS.items()}, show, MEASURES[0], "by")
        return Asked(measure, report.prior_picker())


def figure(value: float, measure: str) -> str:
    """A figure as it is written."""
    return f"{value:.3f}" if measure == "nll" else f"{value:.1%}"


def ranked(board: Board, asked: Asked) -> list[Entry]:
    """The models, the best first; of equals the smaller file."""
    sign = 1 if asked.falling else -1
    return sorted(board.entries, key=lambda each: (sign * value(each, asked), each.size))


def value(entry: Entry, asked: Asked) -> float:
    """The asked figure of a model."""
    return entry.figures[asked.prior][asked.measure].value


def equal(board: Board, asked: Asked) -> list[str]:
    """Models whose paired difference to the leader may be 0."""
    best, *rest = ranked(board, asked)
    found = {each.name: runs_leaderboard.comparison(best.name, each.name, *asked).difference for each in rest}
    return [name for name, each in found.items() if each.low <= 0 <= each.high]


def finding(board: Board, asked: Asked) -> str:
    """Who leads, by how much, and who is as good as far as these names can tell."""
    best = ranked(board, asked)[0]
    each, same = best.figures[asked.prior][asked.measure], equal(board, asked)
    low, high = (figure(bound, asked.measure) for bound in (each.low, each.high))
    leads = t("{name} leads: {measure} {value} (95% interval {low} to {high}).", name=best.name,
              measure=t(WORDS[asked.measure]), value=figure(each.value, asked.measure), low=low, high=high)  # fmt: skip
    if same:
        return join(leads, t("Level with it, as far as these names can tell: {names}.", names=t(", ").join(same)))
    return join(leads, t("On the same names every other model is clearly behind."))


def within(board: Board, asked: Asked) -> str:
    """Who lies in the leader's interval and yet is clearly behind it."""
    best, *rest = ranked(board, asked)
    low, high = best.figures[asked.prior][asked.measure][1:]
    same = equal(board, asked)
    inside = [each.name for each in rest if low <= value(each, asked) <= high and each.name not in same]
    if not inside:
        return ""
    return t("Within its interval, but clearly behind on the same names: {names}.", names=t(", ").join(inside))


def cheapest(board: Board, asked: Asked) -> str:
    """The smallest model near the best, or how far behind and how much smaller the next one is."""
    best, *rest = ranked(board, asked)
    top = value(best, asked)
    reach = NEAR * top if asked.falling else NEAR
    least = min((each for each in (best, *rest) if abs(value(each, asked) - top) <= reach), key=lambda each: each.size)
    margin = t("1% of it") if asked.falling else t("one percentage point of it")
    if least is not best:
        return join(t("The smallest within {margin}: {what}.", margin=margin, what=_beside(least, best, asked)),
                    _faster(least, best))  # fmt: skip
    smaller = [each for each in rest if each.size < best.size]
    if not smaller:
        return t("It has the smallest file, too.")
    return t("No smaller model comes within {margin}; the next: {what}.", margin=margin,
             what=_beside(smaller[0], best, asked))  # fmt: skip


def _beside(entry: Entry, best: Entry, asked: Asked) -> str:
    return t("{name} ({value}), with {share:.0%} of its bytes", name=entry.name, share=entry.size / best.size,
             value=figure(value(entry, asked), asked.measure))  # fmt: skip


def _faster(entry: Entry, best: Entry) -> str:
    """How long the two were trained, where that is known and less."""
    if entry.seconds is None or best.seconds is None or entry.seconds >= best.seconds:
        return ""
    return t("It was trained in {time} instead of {longer}.", time=_time(entry.seconds), longer=_time(best.seconds))


def _rows(board: Board, asked: Asked) -> pd.DataFrame:
    """A row a model, the best first, for the charts."""
    order, same = ranked(board, asked), equal(board, asked)
    groups = [t(GROUPS[0 if each is order[0] else 1 if each.name in same else 2]) for each in order]
    figures = [each.figures[asked.prior][asked.measure] for each in order]
    rows = pd.DataFrame(figures).assign(label=[each.name for each in order], group=groups)
    costs = {cost: [getattr(each, cost) for each in order] for cost in COSTS}
    return rows.assign(**costs)


def _words() -> dict[str, str]:
    return {"label": t("model"), "low": t("at least"), "high": t("at most"), "group": t("beside the leader")}


def charts(board: Board, asked: Asked) -> None:
    """Intervals of all models, sorted by the measure."""
    title, groups = t(WORDS[asked.measure]), tuple(map(t, GROUPS))
    chart = estimates(_rows(board, asked), title, _words(), groups=groups, form=asked.ticks)
    page.draw(chart, "board_intervals", finding(board, asked))


def below(board: Board, asked: Asked) -> str:
    """What stands under the intervals: the band, the figure of no model, when and where all was measured."""
    nothing = figure(board.baseline[asked.prior][asked.measure], asked.measure)
    band = t("The grey band is the leader’s interval.")
    return join(band, t(UNREAD[asked.prior], value=nothing), where(board))


def costs(board: Board, asked: Asked) -> None:
    """The measure over what a model costs."""

    def show(words: list, at: object, **given: object) -> str:
        return st.segmented_control(t("Against"), words, default=at, required=True, **given)

    cost = choices.one("board_cost", {key: t(word) for key, word in COSTS.items()}, show, "size", "cost")
    rows = _rows(board, asked)
    rows = rows.assign(x=rows[cost]).dropna(subset="x").query("x > 0")
    axes = Cost(t(COSTS[cost]), t(WORDS[asked.measure]), asked.ticks, asked.falling,
                more=cost == "speed")  # fmt: skip
    chart = tradeoff(rows, axes, _words(), groups=tuple(map(t, GROUPS)))
    said = front(chart.data)
    st.markdown(page.plain(said))
    page.draw(chart, f"board_{cost}", said)


def front(points: pd.DataFrame) -> str:
    """Which models no other beats in both, in words."""
    names = points[points["front"]].sort_values("x")["label"].tolist()
    return t("Worth their price, since no other is at once cheaper and better: {names}.", names=t(", ").join(names))


def frame(board: Board, prior: str, by: Asked) -> pd.DataFrame:
    """All figures as a table of numbers, a row a model, for the page and the file."""
    rows = []
    for each in ranked(board, by):
        row: dict[str, object] = {"model": each.name}
        for measure, found in each.figures[prior].items():
            row |= {measure: found.value, f"{measure}_low": found.low, f"{measure}_high": found.high}
        rows.append(row | {"numbers": each.n_numbers, "bytes": each.size, "training_seconds": each.seconds,
                           "names_a_second": each.speed, "trained": each.trained})  # fmt: skip
    rows.append({"model": t("no model")} | board.baseline[prior])
    return pd.DataFrame(rows)


def _time(seconds: float) -> str:
    if pd.isna(seconds):
        return "—"
    return t("{s} s", s=f"{seconds:.1f}") if seconds < 10 else duration(seconds)


def table(board: Board, asked: Asked) -> None:
    """All figures, and the same with their intervals as a file."""
    whole = frame(board, asked.prior, asked)
    config = st.column_config
    shares = {
        measure: config.NumberColumn(t(HEADS[measure]), format="percent" if measure != "nll" else "%.3f", width=95)
        for measure in MEASURES
    }
    columns = {
        "model": config.TextColumn(t("model"), width=120, pinned=True), **shares,
        "numbers": config.NumberColumn(t("numbers"), format="localized", width=90),
        "bytes": config.NumberColumn(t("file"), format="%.0f kB", width=85),
        "training_seconds": config.TextColumn(t("training"), width=105),
        "names_a_second": config.NumberColumn(t("names a second"), format="localized", width=115),
    }  # fmt: skip
    times = [_time(each) for each in whole["training_seconds"]]
    shown = whole[list(columns)].assign(training_seconds=times, bytes=whole["bytes"] / 1000)
    st.dataframe(shown, column_config=columns, hide_index=True, height="content", placeholder="—", key="board_table")
    st.download_button(t("CSV with intervals"), lambda: page.neutral_csv(whole.round(6)), "leaderboard.csv",
                       on_click="ignore", icon=":material/download:", key="board_csv")  # fmt: skip


def where(board: Board) -> str:
    """When, where and on what was measured."""
    about = board.about
    return t(
        "Measured on {date} with {n:,} held-out names: {processor}, one of {cores} cores, Python {python}, "
        "torch {torch}; intervals from {resamples:,} resamples.",
        date=about["date"], n=about["n"], processor=about["processor"], cores=about["cores"], python=about["python"],
        torch=about["torch"], resamples=RESAMPLES,
    )  # fmt: skip


def section(board: Board) -> Asked:
    """Controls, findings, intervals, table, costs."""
    chosen = asked()
    st.markdown(f"#### {page.plain(finding(board, chosen))}")
    st.markdown(page.plain(join(within(board, chosen), cheapest(board, chosen))))
    charts(board, chosen)
    st.caption(page.plain(below(board, chosen)))
    table(board, chosen)
    return chosen
