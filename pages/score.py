"""Score: names or sentences in, pasted or as a file; the answers of one model or several out, to filter and to take."""

import streamlit as st

from charts import marks
from ui import embed, embed_said, page, runs, score, score_table, scores
from ui.language import localise, t

SOURCES = ["engine/readers/table.py", "engine/scoring_tasks.py", "engine/scoring_compare.py", "engine/scoring.py"]


def one_network(ask: score.Asked) -> None:
    """Names by one network: its three likeliest languages."""
    kept = scores.filters(scores.score(ask.read, ask.models[0], ask.prior))
    found = scores.counts(kept)
    finding = scores.finding(found, ask.models[0])
    st.markdown(f"#### {page.plain(finding)}")
    picked = scores.table(kept)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        scores.step_through(picked, ask.models[0])
        scores.downloads(kept, ask.read)
    bars = marks.bars(found, t("names"), t("language"), form=",d")
    page.draw(bars, "score_found", finding, t("**Languages found**"))


def side_by_side(ask: score.Asked) -> None:
    """Any task, by one model or several."""
    found = score.found(ask)
    st.markdown(f"#### {page.plain(score_table.finding(ask, found))}")
    rows = score_table.filters(score_table.whole(ask, found), len(found) > 1)
    picked = score_table.table(ask, rows)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        score_table.opening(ask, picked)
        score_table.downloads(ask, rows)
    score_table.agreement(ask, found)


page.head("score", t("Score a list"))
task = score.task()
if task == "embed":
    embed.compare(embed_said.headline)
else:
    ask = score.asked(task)
    (one_network if task == "names" and len(ask.models) == 1 else side_by_side)(ask)
page.computed("score", 1, SOURCES, localise(runs.example()[["log_probs", "probs"]]))
