"""Scored names on the page Score: scoring with progress, filters, the table, files, the languages found."""

import hashlib
import time

import pandas as pd
import streamlit as st

from engine import answers, files
from engine.answers import Answers
from engine.errors import N_
from ui import choices, models, runs
from ui.language import t
from ui.names import LONGEST
from ui.page import plain
from ui.uploads import Reading

PART = 20_000  # names scored between two looks at the clock, and between two chances for other users
SHOWN = 5_000  # rows sent to the browser
PATIENCE = 0.3  # seconds before a progress bar appears
PERCENT = "%.1f%%"
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


def filters(scored: Answers) -> Answers:
    """The rows that the filters leave, in the order asked for; all controls are kept in the link."""
    columns = st.columns([3, 4, 3, 3], vertical_alignment="bottom", gap="medium")
    languages = {language: t(language) for language in scored.languages}
    orders = {order: t(words) for order, words in ORDERS.items()}
    kept = {"bind": "query-params", "persist_state": "session"}
    sought = columns[0].text_input(t("Search"), key="search", max_chars=100, icon=":material/search:", **kept)
    chosen = choices.several("score_found", languages, lambda words, at, **given: columns[1].multiselect(
        t("Languages"), words, at, placeholder=t("all"), **given), "found")  # fmt: skip
    least = columns[2].slider(t("At least this certain"), 0, 100, 0, 5, format="%d%%", key="least", **kept)
    by = choices.one("score_order", orders, choices.box(columns[3], t("Order")), "file", "order")
    return answers.order(answers.choose(scored, sought or "", chosen, (least or 0) / 100), by)


def _columns() -> dict[str, object]:
    config = st.column_config
    columns: dict[str, object] = {
        "name": config.TextColumn(t("name"), width=150),
        "folded": config.TextColumn(t("folded"), help=t("Folded to the network's 57 letters."), width=120),
        "language_1": config.TextColumn(t("language"), width=105),
        "probability_1": config.ProgressColumn(t("certainty"), min_value=0, max_value=100, format=PERCENT, width=130),
        "file": config.TextColumn(t("file"), width="small"),
        "line": config.NumberColumn(t("line"), format="%d", width=55),
    }
    for rank, word in (2, t("second")), (3, t("third")):
        columns[f"language_{rank}"] = config.TextColumn(word, width=105)
        columns[f"probability_{rank}"] = config.NumberColumn("p", format=PERCENT, width=75)
    return columns


def table(scored: Answers) -> str | None:
    """Show the rows, probabilities in percent; returns the name whose row was picked."""
    shown = answers.take(scored, slice(SHOWN))
    shown = shown._replace(probs=100 * shown.probs)
    rows = answers.frame(shown, [t(language) for language in scored.languages])
    event = st.dataframe(
        rows, column_config=_columns(), hide_index=True, key="score_table", on_select="rerun",
        selection_mode="single-row", height="content" if len(rows) <= 12 else 470, placeholder="",
    )  # fmt: skip
    if len(scored.names) > SHOWN:
        st.caption(t("The first {n:,} of {total:,} rows are shown; the files have them all.",
                     n=SHOWN, total=len(scored.names)))  # fmt: skip
    picked = event.selection.rows
    return str(rows["name"].iloc[picked[0]])[:LONGEST] if picked and picked[0] < len(rows) else None


def _beside(table, names: pd.DataFrame, read: Reading):
    """The result with the other columns of the uploaded tables behind it, under their own names."""
    kept = {each.file: each.cells.drop(columns=read.column_of(each)) for each in read.tables}
    cells = pd.concat(kept, names=["file", "line"])
    cells = cells[~cells.index.duplicated()].reindex(pd.MultiIndex.from_frame(names[["file", "line"]]))
    for column in cells.columns:
        name = str(column)
        while name in table.column_names:
            name = t("{column} (in the file)", column=name)
        table = table.append_column(name, [[cell if isinstance(cell, str) else "" for cell in cells[column]]])
    return table


def downloads(scored: Answers, read: Reading) -> None:
    """Buttons that build the files when they are clicked; the other columns of what was read stand beside."""

    def made():
        names = scored.names
        origin = names["file"].tolist() if names["file"].nunique() > 1 else None
        lists = (names[column].tolist() for column in ("line", "name", "text"))
        return _beside(files.table(*lists, scored.index, scored.probs, scored.languages, origin), names, read)

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


def step_through(name: str | None, network: str) -> None:
    """The way to the picked name's reading: by this network where it can be stepped through, else by all others."""
    if name is None:
        st.caption(t("Select a row to step through that name."), width="content")
        return
    query = {"name": name}
    if models.opens(network) == "step":
        label, query = t("Step through {name}", name=plain(name)), query | {"model": network}
    else:
        label = t("{name} in other networks, letter by letter", name=plain(name))
    page = f"pages/{models.opens(network)}.py"
    st.page_link(page, label=label, icon=":material/footprint:", query_params=query, width="content")


def counts(scored: Answers) -> pd.DataFrame:
    """Names by their likeliest language, for `bars`."""
    found = answers.counts(scored)
    return found.assign(label=[t(language) for language in found["label"]])


def finding(found: pd.DataFrame, network: str) -> str:
    """The commonest language in words, and who says so."""
    if found.empty:
        return t("No name is left; loosen the filters.")
    said = {"network": network, "n": int(found["value"].sum()), "language": found["label"].iloc[0]}
    if len(found) == said["n"] > 1:
        return t("{network}: {n:,} names, each of another language.", network=network, n=said["n"])
    if len(found) > 1:
        return t("{network}: {n:,} names in {k} languages; most often {language}: {most:,}.", k=len(found),
                 most=int(found["value"].iloc[0]), **said)  # fmt: skip
    if said["n"] == 1:
        return t("{network}: one name, {language}.", network=network, language=said["language"])
    return t("{network}: {n:,} names, all {language}.", **said)
