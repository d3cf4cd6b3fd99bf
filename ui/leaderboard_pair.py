"""Two models on the same names: the difference with its interval, who finds which language, the names they part on."""

import numpy as np
import pandas as pd
import streamlit as st

from charts import marks
from engine.leaderboard import Board
from engine.leaderboard_stats import Comparison
from ui import choices, page, runs_leaderboard
from ui.language import N_, t
from ui.leaderboard import WORDS, Asked, ranked
from ui.memory import join

RIGHT = {"a": N_("only A is right"), "b": N_("only B is right"), "neither": N_("both are wrong")}
PERCENT = "%.1f%%"


def pair(board: Board) -> tuple[str, str]:
    """The two models to compare, at first the two most accurate; kept in the link."""
    order = [each.name for each in ranked(board, Asked("accuracy", "natural"))]
    options = {name: name for name in order}
    left, right = st.columns(2, gap="medium")
    first = choices.one("board_a", options, choices.box(left, t("Model A")), order[0], "a")
    return first, choices.one("board_b", options, choices.box(right, t("Model B")), order[1], "b")


def _signed(value: float, measure: str) -> str:
    return (f"{value:+.3f}" if measure == "nll" else f"{100 * value:+.1f}").replace("-", "−")


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def finding(a: str, b: str, asked: Asked, found: Comparison) -> str:
    """By how much A differs from B, and whether that is clear."""
    value, low, high = (_signed(each, asked.measure) for each in found.difference)
    unit = t("nats") if asked.falling else t("percentage points")
    told = t("{a} minus {b}: {measure} {value} {unit} (95% interval {low} to {high}).", a=a, b=b, value=value,
             measure=t(WORDS[asked.measure]), low=low, high=high, unit=unit)  # fmt: skip
    clear = found.difference.low > 0 or found.difference.high < 0
    return join(told, t("The difference is clear.") if clear else t("The difference may be chance."))


def tested(a: str, b: str, found: Comparison) -> str:
    """How many names one of them alone has right, and McNemar's test of that."""
    return t("First guesses: only {a} is right on {n}, only {b} on {m} names (McNemar, exact: {p}).",
             a=a, b=b, n=found.only_a, m=found.only_b, p=_p(found.p))  # fmt: skip


def parting(board: Board, a: str, b: str, prior: str) -> pd.DataFrame:
    """The names on which the first guesses differ, the surest guess first."""
    held = runs_leaderboard.held_out()
    first, second = (board.entry(name).answers[prior] for name in (a, b))
    at = np.flatnonzero(first.guess != second.guess)
    truth, said_a, said_b = held.labels[at], first.guess[at], second.guess[at]
    right = np.where(said_a == truth, "a", np.where(said_b == truth, "b", "neither"))
    said = np.array([t(language) for language in held.languages])
    rows = pd.DataFrame({
        "name": [held.texts[i] for i in at.tolist()], "truth": said[truth], "language": truth, "right": right,
        "a": said[said_a], "p_a": 100 * np.exp(-first.surprise[at]),
        "b": said[said_b], "p_b": 100 * np.exp(-second.surprise[at]),
    })  # fmt: skip
    sure = rows[["p_a", "p_b"]].max(axis=1)
    return rows.iloc[np.argsort(-sure.to_numpy(), kind="stable")].reset_index(drop=True)


def recalls(board: Board, a: str, b: str, prior: str) -> pd.DataFrame:
    """The share of each language's held-out names that each of the two finds, for `marks.pairs`."""
    held, tables = runs_leaderboard.held_out(), []
    sizes = np.bincount(held.labels, minlength=len(held.languages))
    labels = [t("{language} ({n})", language=t(language), n=n)
              for language, n in zip(held.languages, sizes.tolist(), strict=True)]  # fmt: skip
    for name in (a, b):
        found = board.entry(name).answers[prior].guess == held.labels
        shares = np.bincount(held.labels, found, len(sizes)) / sizes
        tables.append(pd.DataFrame({"label": labels, "value": shares, "size": sizes, "series": name}))
    return pd.concat(tables, ignore_index=True)


def gap(table: pd.DataFrame, a: str, b: str) -> str:
    """The language in which the two differ most, in words."""
    wide = table.pivot(index="label", columns="series", values="value")
    label = str((wide[a] - wide[b]).abs().idxmax())
    return t("They differ most in {language}: {a} finds {x:.0%}, {b} {y:.0%}.", language=label, a=a, b=b,
             x=wide.loc[label, a], y=wide.loc[label, b])  # fmt: skip


def _filtered(rows: pd.DataFrame, languages: tuple[str, ...]) -> pd.DataFrame:
    left, right = st.columns([3, 4], vertical_alignment="bottom", gap="medium")

    def show(words: list, at: list, **given: object) -> list:
        return left.pills(t("Who is right"), words, default=at, selection_mode="multi", **given)

    kept = choices.several("board_right", {key: t(word) for key, word in RIGHT.items()}, show, "right")
    known = {language: t(language) for language in languages}
    wanted = choices.several("board_true", known, lambda words, at, **given: right.multiselect(
        t("True language"), words, at, placeholder=t("all"), **given), "true")  # fmt: skip
    rows = rows[rows["right"].isin(kept)] if kept else rows
    return rows[rows["language"].isin([languages.index(each) for each in wanted])] if wanted else rows


def _table(rows: pd.DataFrame, a: str, b: str) -> str | None:
    """The rows; returns the name that is picked, at first the surest."""
    config = st.column_config
    columns = {
        "name": config.TextColumn(t("name"), width=150, pinned=True), "truth": config.TextColumn(t("truth"), width=105),
        "a": config.TextColumn(f"A: {a}", width=125), "p_a": config.NumberColumn("p", format=PERCENT, width=75),
        "b": config.TextColumn(f"B: {b}", width=125), "p_b": config.NumberColumn("p", format=PERCENT, width=75),
        "right": config.TextColumn(t("who is right"), width=130),
    }  # fmt: skip
    shown = rows[list(columns)].assign(right=[t(RIGHT[each]) for each in rows["right"]])
    event = st.dataframe(shown, column_config=columns, hide_index=True, key="board_names", on_select="rerun",
                         selection_mode="single-row", height="content" if len(rows) <= 10 else 400)  # fmt: skip
    picked = [at for at in event.selection.rows if at < len(rows)]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        if len(rows):
            _open(str(rows["name"].iloc[picked[0] if picked else 0]))
        file = shown.rename(columns={"a": a, "p_a": f"p_{a}", "b": b, "p_b": f"p_{b}"}).round(2)
        st.download_button(t("CSV, {n:,} names", n=len(rows)), lambda: page.neutral_csv(file), f"{a}-{b}.csv",
                           on_click="ignore", icon=":material/download:", key="board_names_csv",
                           disabled=rows.empty)  # fmt: skip


def _open(name: str) -> None:
    st.page_link("pages/everything_name.py", icon=":material/badge:", query_params={"name": name}, width="content",
                 label=t("{name} in all models, letter by letter", name=page.plain(name)))  # fmt: skip


def section(board: Board, asked: Asked) -> None:
    """The pair, what parts it in words, by language and name by name."""
    held = runs_leaderboard.held_out()
    if held is None:
        st.info(t("The names in data/names are others than those that were measured: {how}.",
                  how="`make train`"), icon=":material/info:")  # fmt: skip
        return
    a, b = pair(board)
    if a == b:
        st.info(t("Choose two different models."), icon=":material/info:")
        return
    found = runs_leaderboard.comparison(a, b, *asked)
    st.markdown(f"#### {page.plain(finding(a, b, asked, found))}")
    recall = recalls(board, a, b, asked.prior)
    st.markdown(page.plain(join(tested(a, b, found), gap(recall, a, b))))
    rows = parting(board, a, b, asked.prior)
    st.markdown(f"**{t('The {n:,} names on which they give different answers', n=len(rows))}**")
    _table(_filtered(rows, held.languages), a, b)
    words = {"series": t("model"), "label": t("language"), "size": t("held-out names")}
    chart = marks.pairs(recall, t("share of held-out names found"), words)
    page.draw(chart, "board_recall", gap(recall, a, b), f"**{t('By language')}**")
