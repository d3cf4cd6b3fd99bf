"""Scored names on the page Score: scoring with progress, filters, the table, files, the languages found."""

import hashlib
import time
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from engine import answers, files
from engine.answers import Answers
from engine.errors import N_
from ui import runs
from ui.language import lang, t
from ui.names import LONGEST
from ui.page import plain
from ui.uploads import Reading

PART = 20_000  # names scored between two looks at the clock, and between two chances for other users
SHOWN = 5_000  # rows sent to the browser
PATIENCE = 0.3  # seconds before a progress bar appears
ORDERS = {
    "file": N_("as in the list"),
    "sure": N_("most certain first"),
    "unsure": N_("least certain first"),
    "name": N_("by name"),
}


def score(read: Reading, model: str, prior: str) -> Answers:
    """All names of a reading, part by part, with a progress bar where it takes long."""
    texts, begin, bar, found = read.names["text"].tolist(), time.monotonic(), None, []
    key = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    for at in range(0, len(texts), PART):
        found.append(runs.top_languages(model, prior, key, at, texts[at : at + PART]))
        if time.monotonic() - begin > PATIENCE:
            bar = bar or st.progress(0.0)
            done = min(at + PART, len(texts))
            bar.progress(done / len(texts), t("{n:,} of {total:,} names", n=done, total=len(texts)))
            time.sleep(0.002)
    if bar:
        bar.empty()
    return answers.join(read.names, found, runs.network(model).params.languages)


def _standing(name: str, options: Sequence[str]) -> list[str]:
    """What a filter stands at: as in the link, else as it was left; unknown words of a link are told and left out."""
    asked = st.query_params.get_all(name) or st.session_state.get(f"score_{name}", [])
    if unknown := [word for word in asked if word not in options]:
        st.warning(plain(t("The link asks for {param}={value}, which does not exist here; it is left out.",
                           param=name, value=unknown[0][:40])))  # fmt: skip
    return list(dict.fromkeys(word for word in asked if word in options))


def _stand(name: str, words: Sequence[str]) -> None:
    """Keep what a filter stands at in the session and in the link."""
    st.session_state[f"score_{name}"] = list(words)
    if st.query_params.get_all(name) != list(words):
        st.query_params[name] = list(words)


def _translated(name: str, options: Sequence[str], several: bool, show: Callable) -> list[str]:
    """A choice among words that are shown in the session's language and stand in the link in English.

    (A bound widget would put the translation into the link, where the other language does not find it.)
    """
    key, standing = f"score_{name}_{lang()}", _standing(name, options)

    def changed() -> None:
        value = st.session_state[key]
        _stand(name, value if several else [value] if value != options[0] else [])

    at = standing if several else options.index((standing or [options[0]])[0])
    chosen = show(at, key=key, on_change=changed)
    words = chosen if several else [chosen] if chosen != options[0] else []
    _stand(name, words)
    return words


def filters(scored: Answers) -> Answers:
    """The rows that the filters leave, in the order asked for; all controls are kept in the link."""
    columns = st.columns([3, 4, 3, 3], vertical_alignment="bottom", gap="medium")
    languages = {language: t(language) for language in scored.languages}
    orders = {order: t(words) for order, words in ORDERS.items()}
    kept = {"bind": "query-params", "persist_state": "session"}
    sought = columns[0].text_input(t("Search"), key="search", max_chars=100, icon=":material/search:", **kept)
    chosen = _translated("found", scored.languages, True, lambda at, **given: columns[1].multiselect(
        t("Languages"), scored.languages, at, format_func=languages.get, placeholder=t("all"), **given))  # fmt: skip
    least = columns[2].slider(t("At least this certain"), 0, 100, 0, 5, format="%d %%", key="least", **kept)
    by = _translated("order", list(ORDERS), False, lambda at, **given: columns[3].selectbox(
        t("Order"), list(ORDERS), at, format_func=orders.get, **given))  # fmt: skip
    return answers.order(answers.choose(scored, sought or "", chosen, (least or 0) / 100), (by or ["file"])[0])


def _columns() -> dict[str, object]:
    config = st.column_config
    columns: dict[str, object] = {
        "name": config.TextColumn(t("name"), width=150),
        "folded": config.TextColumn(t("as read"), help=t("Folded to the network's 57 letters."), width=120),
        "language_1": config.TextColumn(t("language"), width=105),
        "probability_1": config.ProgressColumn(
            t("certainty"), min_value=0.0, max_value=1.0, format="percent", width=130
        ),
        "file": config.TextColumn(t("file"), width="small"),
        "line": config.NumberColumn(t("line"), format="%d", width=55),
    }
    for rank, word in (2, t("second")), (3, t("third")):
        columns[f"language_{rank}"] = config.TextColumn(word, width=105)
        columns[f"probability_{rank}"] = config.NumberColumn("p", format="percent", width=75)
    return columns


def table(scored: Answers) -> str | None:
    """Show the rows; returns the name whose row was picked."""
    rows = answers.frame(answers.take(scored, slice(SHOWN)), [t(language) for language in scored.languages])
    event = st.dataframe(
        rows, column_config=_columns(), hide_index=True, key="score_table", on_select="rerun",
        selection_mode="single-row", height="content" if len(rows) <= 12 else 470, placeholder="",
    )  # fmt: skip
    if len(scored.names) > SHOWN:
        st.caption(t("The first {n:,} of {total:,} rows are shown; the files have them all.",
                     n=SHOWN, total=len(scored.names)))  # fmt: skip
    picked = event.selection.rows
    return str(rows["name"].iloc[picked[0]])[:LONGEST] if picked and picked[0] < len(rows) else None


def downloads(scored: Answers) -> None:
    """Buttons that build the files when they are clicked."""

    def made():
        names = scored.names
        origin = names["file"].tolist() if names["file"].nunique() > 1 else None
        lists = (names[column].tolist() for column in ("line", "name", "text"))
        return files.table(*lists, scored.index, scored.probs, scored.languages, origin)

    n = len(scored.names)
    with st.container(horizontal=True):
        for form, label, build in (
            ("csv", t("CSV, {n:,} names", n=n), lambda: files.csv_bytes(made())),
            ("parquet", t("Parquet, {n:,} names", n=n), lambda: files.parquet_bytes(made())),
        ):
            st.download_button(
                label, build, f"names.{form}", on_click="ignore", icon=":material/download:", key=f"score_{form}",
                disabled=not n,
            )  # fmt: skip


def counts(scored: Answers) -> pd.DataFrame:
    """Names by their likeliest language, for `bars`."""
    found = answers.counts(scored)
    return found.assign(label=[t(language) for language in found["label"]])


def finding(found: pd.DataFrame) -> str:
    """The commonest language in words."""
    if found.empty:
        return t("No name is left; loosen the filters.")
    if len(found) == 1:
        only = {"n": int(found["value"].sum()), "language": found["label"].iloc[0]}
        return t("One name: {language}.", **only) if only["n"] == 1 else t("{n:,} names, all {language}.", **only)
    return t("{n:,} names in {k} languages; most often {language}: {most:,}.", n=int(found["value"].sum()),
             k=len(found), language=found["label"].iloc[0], most=int(found["value"].iloc[0]))  # fmt: skip
