"""One vector for all: two translators compared by length, on a growing sentence, and by the words they lose."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from charts.base import Spec
from charts.intervals import intervals
from engine.grammar import Pair
from engine.tokens import Tokens
from ui import lstm, runs_seq2seq, translators
from ui.language import N_, t
from ui.page import Figure, plain

WITHOUT, WITH = ("lstm", "gru"), ("gru-attention", "gru-attention-dot")
CHAINS = {"0": N_("the reading boy"), "1": N_("the waiting teacher"), "2": N_("the mother's apples")}
FIFTHS = (N_("first fifth"), N_("2nd"), N_("3rd"), N_("4th"), N_("last fifth"))
SOURCES = ["engine/translation/bottleneck.py", "engine/translation/bulk.py", "engine/bleu.py", "engine/pca.py"]


def pair() -> tuple[str, str]:
    """The two translators to compare: one without attention, one with; both must know the grammar's languages."""
    left, right = st.columns(2)
    with left:
        without = translators.picker(WITHOUT, WITHOUT[0], "without", translators.has_vector, label=t("**One vector**"))
    with right:
        attends = translators.picker(WITH, WITH[0], "with", translators.editable, label=t("**With attention**"))
    return _fit(without, WITHOUT[0]), _fit(attends, WITH[0])


def _fit(name: str, first: str) -> str:
    found = runs_seq2seq.translator(name)
    languages = found.source.language, found.target.language
    if languages == ("de", "en"):
        return name
    st.warning(t("{name} does not translate German to English, as the sentences measured here need; {first} is shown.",
                 name=plain(name), first=first))  # fmt: skip
    return first


def scores(names: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of both translators by length, and the words they lose, with the name as `series`."""
    found = []
    bar = st.empty()
    for at, name in enumerate(names):
        bar.progress(at / len(names), t("{name} translates the held-out sentences …", name=name))
        found.append(runs_seq2seq.held_scores(name))
    bar.empty()
    both = zip(*found, strict=True)
    return tuple(
        pd.concat([table.assign(series=name) for table, name in zip(tables, names, strict=True)], ignore_index=True)
        for tables in both
    )


def _class(row: pd.Series) -> str:
    if pd.isna(row["to"]):
        return t("{n} and more", n=int(row["from"]))
    return t("up to {n}", n=int(row["to"])) if row["from"] == 1 else f"{int(row['from'])}–{int(row['to'])}"


def _ends(table: pd.DataFrame, name: str) -> tuple[pd.Series, pd.Series]:
    own = table[table["series"] == name]
    return own.iloc[0], own.iloc[-1]


def finding(table: pd.DataFrame, names: Sequence[str]) -> str:
    """How BLEU falls from the shortest to the longest sentences, without and with attention."""
    (short, long), (near, far) = (_ends(table, name) for name in names)
    said = t(
        "BLEU at {n} words and at {m}: {a:.1f} and {b:.1f} through one vector, {c:.1f} and {d:.1f} with attention.",
        n=_class(short), m=_class(long), a=short["bleu"], b=long["bleu"], c=near["bleu"], d=far["bleu"],
    )  # fmt: skip
    if long["bleu_high"] < far["bleu_low"]:
        return said + " " + t("On the longest sentences the two intervals do not touch.")
    return said


def by_length(table: pd.DataFrame, names: Sequence[str]) -> list[Figure]:
    """BLEU and exact translations against the length of the source."""
    wide = {"bleu": (t("BLEU"), ".0f", 100.0), "exact": (t("word for word right"), "%", 1.0)}
    titles = {"bleu": t("**BLEU** by the length of the German sentence"), "exact": t("**Exact translations**")}
    figures, at = [], table.groupby("series", sort=False).cumcount()
    for key, (title, form, top) in wide.items():
        data = pd.DataFrame({
            "x": at, "y": table[key], "low": table[f"{key}_low"], "high": table[f"{key}_high"],
            "series": table["series"], "n": table["n"], "label": table.apply(_class, axis=1),
        })  # fmt: skip
        figures.append(Figure(_chart(data, t("words"), title, t("sentences"), names, form, top), f"bottleneck_{key}",
                              finding(table, names), titles[key]))  # fmt: skip
    return figures


def _chart(data: pd.DataFrame, x: str, y: str, of: str, names: Sequence[str], form: str, top: float) -> Spec:
    """Points with intervals; of: what n counts."""
    words = {"series": t("network"), "label": t("class"), "n": of, "low": "≥", "high": "≤"}
    return intervals(data, x, y, words, order=names, form=form, top=top)


def how_many(table: pd.DataFrame) -> str:
    """Of how many sentences each point is."""
    first = table[table["series"] == table["series"].iloc[0]]
    many = ", ".join(f"{_class(row)}: {row['n']}" for _, row in first.iterrows())
    return t("{all:,} sentences that are kept from every training on the grammar, by their words: {many}. The bars are "
             "95% intervals: the sentences drawn again {draws:,} times with replacement.",
             all=int(first["n"].sum()), many=many, draws=1_000)  # fmt: skip


def lost(table: pd.DataFrame, names: Sequence[str]) -> tuple[str, Figure]:
    """Which words are lost in long sentences: in words and as a chart."""
    data = pd.DataFrame({
        "x": table["fifth"], "y": table["lost"], "low": table["low"], "high": table["high"], "n": table["n"],
        "series": table["series"], "label": [t(FIFTHS[k]) for k in table["fifth"]],
    })  # fmt: skip
    own = table[table["series"] == names[0]]["lost"].tolist()
    other = table[table["series"] == names[1]]["lost"].tolist()
    order = t("read last") if runs_seq2seq.translator(names[0]).params.reversed else t("read first")
    said = t(
        "{name} loses {a:.0%} of the words of the first fifth, which is {order}, and {b:.0%} of the last fifth; "
        "{other} {c:.0%} and {d:.0%}.",
        name=names[0], other=names[1], a=own[0], b=own[-1], c=other[0], d=other[-1], order=order,
    )  # fmt: skip
    top = min(1.0, 0.05 + float(table["high"].max()))
    chart = _chart(data, t("place in the German sentence"), t("words lost"), t("words"), names, "%", top)
    return said, Figure(chart, "bottleneck_lost", said)


def measured(names: Sequence[str]) -> int:
    """Over how many sentences the scores are."""
    return int(runs_seq2seq.held_scores(names[0])[0]["n"].sum())


def chain() -> list[Pair]:
    """The choice of a sentence that grows."""
    chosen = lstm.buttons("bottleneck_chain", t("Sentence"), CHAINS, "0", "chain")
    return runs_seq2seq.chains()[int(chosen)]


def _first_wrong(said: Sequence[str], true: Sequence[str]) -> int | None:
    """The place of the first word that is not the true one, or where one is missing; None: all right."""
    if list(said) == list(true):
        return None
    return next((k for k, (a, b) in enumerate(zip(said, true, strict=False)) if a != b), min(len(said), len(true)))


def _joined(words: Sequence[str], language: str) -> str:
    return Tokens(language, ()).join(words)


def _marked(said: Sequence[str], true: Sequence[str]) -> str:
    """The English translation in Markdown, its first wrong word marked, a missing one as a gap."""
    wrong = _first_wrong(said, true)
    if wrong is None:
        return f"✓ {plain(_joined(said, 'en'))}"
    words = [*said, "∅"] if wrong == len(said) else list(said)
    end = len(_joined(words[: wrong + 1], "en"))
    start, whole = end - len(words[wrong]), _joined(words, "en")
    return f"✗ {plain(whole[:start])}:red-background[**{plain(whole[start:end])}**]{plain(whole[end:])}"


def grown(pairs: Sequence[Pair], names: Sequence[str]) -> tuple[str, str]:
    """Both translators on each sentence of a chain: in words, and as a Markdown table."""
    said = {name: [_words(name, each) for each in pairs] for name in names}
    head = ["", t("German sentence"), *map(plain, names)]
    lines = [f"| {' | '.join(head)} |", "|---:|---|---|---|"]
    for k, each in enumerate(pairs):
        cells = [_marked(said[name][k], _true(name, each)) for name in names]
        lines.append(f"| {len(each.source)} | {plain(_joined(each.source, 'de'))} | {' | '.join(cells)} |")
    return " ".join(_until(name, pairs, said[name]) for name in names), "\n".join(lines)


def _true(name: str, each: Pair) -> list[str]:
    lower = runs_seq2seq.translator(name).target.lower
    return [word.lower() if lower else word for word in each.target]


def _words(name: str, each: Pair) -> list[str]:
    return runs_seq2seq.in_words(name, each.source)


def _until(name: str, pairs: Sequence[Pair], said: Sequence[Sequence[str]]) -> str:
    """Up to which length a translator makes no mistake, and how many of the sentences are right."""
    right = [list(words) == _true(name, each) for words, each in zip(said, pairs, strict=True)]
    first = next((len(each.source) for each, fine in zip(pairs, right, strict=True) if not fine), None)
    if first is None:
        return t("{name}: all {n} right.", name=name, n=len(right))
    return t("{name}: {k} of {n} right, the first mistake at {words} words.",
             name=name, k=sum(right), n=len(right), words=first)  # fmt: skip
