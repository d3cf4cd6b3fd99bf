"""Score: models side by side, a row a text, those on which they differ first; files to take home."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from charts.matrix import matrix
from engine import scoring_compare
from engine.scoring_tasks import TASKS, Found
from ui import choices, lists, page, sentence, translators
from ui.language import LANGUAGE_NAMES, N_, localise, t
from ui.page import Figure, plain
from ui.score import Asked

SHOWN = 5_000  # rows sent to the browser
ORDERS = {"differ": N_("disagreement first"), "file": N_("as in the list"), "low": N_("smallest number first"),
          "high": N_("largest number first")}  # fmt: skip
OPENS = {  # the page that shows one text, its parameter there, further ones; for some models another page
    "names": ("everything_name", "name", {}), "tag": ("hmm_work", "english", {"work": "tag"}),
    "segment": ("hmm_work", "chinese", {"work": "segment"}), "segment by network": ("network_work", "network_text", {}),
    "lm": ("chain_rule", "chain", {}),
}  # fmt: skip
READERS = ("attention", "encoder_decoder", "transformer_decoder")  # pages that show a translation
LONGEST = {"names": 60, "tag": 500, "segment": 500, "translate": 300, "lm": 120}  # characters that such a page takes


def finding(ask: Asked, found: Mapping[str, Found]) -> str:
    """How many rows, on how many the models differ, and which two agree most."""
    n = len(ask.read.names)
    rows = t("One row") if n == 1 else t("{n:,} rows", n=n)
    if ask.task == "lm":
        mean = {model: scoring_compare.mean(one) for model, one in found.items()}
        best = min(mean, key=mean.get)
        return t("{rows}; on average {model} needs {bits:.2f} bits a token.", rows=rows, model=best,
                 bits=mean[best]) + _others(mean, best)  # fmt: skip
    if len(found) == 1:
        return t("{rows}, by {model}.", rows=rows, model=next(iter(found)))
    k = int(scoring_compare.differ(found).sum())
    if not k:
        return t("{rows}: all {n} models agree on every one.", rows=rows, n=len(found))
    return t("{rows}: the models differ on {k:,}, {share:.0%}.", rows=rows, k=k, share=k / n)


def _others(mean: Mapping[str, float], best: str) -> str:
    rest = " · ".join(f"{model} {bits:.2f}" for model, bits in sorted(mean.items(), key=lambda pair: pair[1])
                      if model != best)  # fmt: skip
    return f" ({rest})" if rest else ""


def whole(ask: Asked, found: Mapping[str, Found]) -> pd.DataFrame:
    """All rows: file, line, text, a column of answers and one of numbers a model, whether they differ, how far."""
    names = ask.read.names
    if "name" in names:
        names = names.rename(columns={"text": "folded", "name": "text"})
    table = pd.concat(
        [names.reset_index(drop=True), scoring_compare.columns(found, drop="answer" if ask.task == "lm" else "")],
        axis=1,
    )
    return table.assign(apart=scoring_compare.kinds(found))


def filters(table: pd.DataFrame, several: bool) -> pd.DataFrame:
    """The rows that the controls leave, in the order asked for; kept in the link."""
    kept = {"bind": "query-params", "persist_state": "session"}
    left, middle, right = st.columns([3, 3, 3], vertical_alignment="bottom", gap="medium")
    sought = left.text_input(t("Search"), key="search", max_chars=100, icon=":material/search:", **kept)
    orders = {key: t(words) for key, words in ORDERS.items() if several or key != "differ"}
    first = "differ" if several else "file"
    by = choices.one("score_rows", orders, choices.box(middle, t("Order")), first, "rows")
    if "differ" in table and right.toggle(t("Only where they differ"), key="differ", **kept):
        table = table[table["differ"]]
    if sought := (sought or "").strip():
        answers = [name for name in table if name.endswith("answer")]
        hits = [table[name].astype(str).str.contains(sought, case=False, regex=False) for name in ("text", *answers)]
        table = table[np.logical_or.reduce(hits)]
    return _ordered(table, by)


def _ordered(table: pd.DataFrame, by: str) -> pd.DataFrame:
    numbers = [name for name in table if name.endswith("number")]
    if by == "differ":
        return table.sort_values("apart", ascending=False, kind="stable")
    if by == "file" or not numbers:
        return table
    return table.sort_values(numbers[0], ascending=by == "low", kind="stable")


def _columns(ask: Asked, table: pd.DataFrame) -> dict[str, object]:
    config, kind, names = st.column_config, TASKS[ask.task], ask.task == "names"
    shown: dict[str, object] = {"line": config.NumberColumn(t("line"), format="%d", width=50)}
    shown["text"] = config.TextColumn(t("name") if names else t("text"), width=130 if names else 200)
    wide = 105 if names else 260
    shown["changes"] = config.TextColumn(t("where they differ"), width=250)
    for model in ask.models:
        mark = f"{model}: " if len(ask.models) > 1 else ""
        shown[f"{mark}answer"] = config.TextColumn(model, width=wide)
        form = "%.1f%%" if kind.form == "%" else f"%{kind.form}"
        said = f"{model}: {t(kind.number)}" if f"{mark}answer" not in table else t(kind.number)
        shown[f"{mark}number"] = config.NumberColumn(said, format=form, width=90 if kind.form == "%" else 130)
    for name, said, form in (("log_probability", "log P", "%.2f"), ("perplexity", t("perplexity"), "%.1f")):
        if ask.task == "lm":  # of one model: of several they are in the files
            shown[name] = config.NumberColumn(said, format=form, width=100)
    if ask.read.names["file"].nunique() > 1:
        shown["file"] = config.TextColumn(t("file"), width="small")
    empty = {name for name in table if name.endswith("number") and table[name].isna().all()}
    return {name: column for name, column in shown.items() if name in table and name not in empty}


def table(ask: Asked, rows: pd.DataFrame) -> str | None:
    """Show the rows; returns the text of the one that was picked."""
    shown = rows.head(SHOWN).copy()
    answers = [f"{model}: answer" for model in ask.models]
    if ask.task != "names" and len(answers) == 2 and answers[0] in shown:
        shown["changes"] = [
            scoring_compare.changes(*pair) for pair in zip(*(shown[name] for name in answers), strict=True)
        ]
    columns = _columns(ask, shown)
    for name in columns:
        if name.endswith("number") and TASKS[ask.task].form == "%":
            shown[name] = 100 * shown[name]
        if name.endswith("answer") and ask.task == "names":
            shown[name] = [t(answer) if answer in LANGUAGE_NAMES else answer for answer in shown[name]]
    event = st.dataframe(
        shown[list(columns)], column_config=columns, hide_index=True, key=f"score_rows_{ask.task}",
        on_select="rerun", selection_mode="single-row", height="content" if len(shown) <= 12 else 470, placeholder="",
    )  # fmt: skip
    if len(rows) > SHOWN:
        st.caption(t("The first {n:,} of {total:,} rows are shown; the files have them all.", n=SHOWN, total=len(rows)))
    picked = event.selection.rows
    return str(shown["text"].iloc[picked[0]]) if picked and picked[0] < len(shown) else None


def opening(ask: Asked, text: str | None) -> None:
    """The way from a picked row to the page that shows it."""
    if text is None:
        st.caption(t("Select a row to see how it was read."), width="content")
        return
    target, param, more = _target(ask.task, ask.models[0])
    words = plain(text[:30] + ("…" if len(text) > 30 else ""))
    st.page_link(f"pages/{target}.py", label=t("Open {text}", text=words), icon=":material/footprint:",
                 query_params={param: text[: LONGEST[ask.task]]} | more, width="content")  # fmt: skip


def _target(task: str, model: str) -> tuple[str, str, dict[str, str]]:
    """The page that shows how a model did a task, the parameter of the text there, and further ones."""
    if task == "translate":
        target = next((name for name in READERS if translators.opens(name, model)), READERS[0])
        return target, sentence.PARAM, {} if target == READERS[-1] else {"translator": model}
    return OPENS.get(f"{task} by {model}", OPENS[task])


def agreement(ask: Asked, found: Mapping[str, Found]) -> None:
    """How often each two models agree."""
    if len(found) < 3 or ask.task == "lm":  # of two the finding says it
        return
    share = localise(scoring_compare.agreement(found))
    values = share["share"].values
    names = share["model_label"].values
    pairs = [(float(values[i, j]), names[i], names[j]) for i in range(len(names)) for j in range(i)]
    most, least = max(pairs), min(pairs)
    said = t("{a} and {b} agree most, on {share:.0%} of the rows.", a=most[1], b=most[2], share=most[0])
    said += " " + t("{a} and {b} agree least: {share:.0%}.", a=least[1], b=least[2], share=least[0])
    st.subheader(t("Who agrees with whom?"), anchor=False)
    st.markdown(plain(said))
    page.row(Figure(matrix(share["share"], "model", "other_model"), "score_agreement", said, t("**Agreement**"), share))


def downloads(ask: Asked, rows: pd.DataFrame) -> None:
    """The rows that are shown, in their order, as files."""
    digits = [name for name in rows if name.endswith("number")]
    for form, label, build in (
        ("csv", t("CSV, {n:,} rows", n=len(rows)), lists.as_csv),
        ("parquet", t("Parquet, {n:,} rows", n=len(rows)), lists.as_parquet),
    ):
        st.download_button(
            label, lambda build=build: build(lists.beside(rows.drop(columns="apart"), ask.read, [], digits)),
            f"scored.{form}", on_click="ignore", icon=":material/download:", key=f"score_{form}",
            disabled=rows.empty,
        )  # fmt: skip
