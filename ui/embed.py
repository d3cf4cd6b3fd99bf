"""Compare sentences: vectors by a pretrained encoder, how alike any two sentences are, and which are the nearest."""

import hashlib
import io
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from charts.matrix import matrix
from charts.scatter import scatter
from engine import embeddings_trace
from engine.embeddings import Embedded, Nearest
from engine.errors import N_
from engine.readers.base import shorten
from ui import choices, lists, page, pretrained, runs_transformer, runs_work, translate_rows, uploads
from ui.language import localise, t
from ui.page import Figure
from ui.uploads import Kind, Reading

EXAMPLES = (
    "The bank raised its interest rates again.",
    "Borrowing money has become more expensive.",
    "We had a picnic on the bank of the river.",
    "They ate their sandwiches by the water.",
    "My cat is asleep on the sofa.",
    "A kitten naps in the armchair.",
    "How do I reset my password?",
    "I can't log in to my account.",
    "She poured milk from the pitcher.",
    "The pitcher threw the ball too high.",
    "All tickets were gone within minutes.",
    "The concert sold out at once.",
)
LIST = Kind(
    "embed", N_("Sentences, one a line"), N_("Column of sentences"),
    N_("Paste sentences, one a line, or drop a file."), EXAMPLES, "python -m engine embed < FILE",
    runs_work.upload_sentences, translate_rows.source_column, translate_rows.heads,
)  # fmt: skip
PART = 128  # sentences between two looks at the clock
MOST = 10_000  # sentences that are compared
IN_MATRIX, ON_MAP, SHOWN = 24, 5_000, 5_000  # sentences, points, rows sent to the browser
NEIGHBOURS = 3
HEIGHT = 330  # pixels of the map
ORDERS = {"file": N_("as given"), "alone": N_("most alone first"), "alike": N_("most alike first")}


class Asked(NamedTuple):
    """Who reads, and what was read."""

    name: str
    read: Reading


class Result(NamedTuple):
    """The sentences with their vectors and neighbours; digest: the hash of the list."""

    texts: list[str]
    found: Embedded
    near: Nearest
    digest: str


# ── what is asked and found ─────────────────────────────────────────────────────────────────────────────────────


def asked() -> Asked:
    """The controls. Stops the page with a message where there is no encoder or nothing to compare."""
    names = pretrained.available()
    if not names:
        pretrained.say_missing()
        st.stop()
    text = uploads.box(LIST)
    uploads.drop(LIST)
    name = names[0]
    if len(names) > 1:
        words = {each: each for each in names}
        name = choices.one("embed_encoder", words, choices.box(st, t("Encoder")), names[0], "encoder")
    pretrained.ready(name)
    read = uploads.read(uploads.source(text, LIST), LIST)
    if read.names.empty:
        uploads.left_out(read.bad, kind=LIST)
        st.warning(t("No row holds a text that can be scored."), icon=":material/warning:")
        st.stop()
    if len(read.names) > MOST:
        st.warning(t("The first {n:,} of {total:,} sentences are compared. For all: {command}", n=MOST,
                     total=len(read.names), command=f"`{LIST.command}`"), icon=":material/warning:")  # fmt: skip
        read = read._replace(names=read.names.head(MOST))
    return Asked(name, read)


def result(ask: Asked) -> Result:
    """Every sentence read, part by part, and compared with all others."""
    texts = ask.read.names["text"].tolist()
    digest = hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()
    most = pretrained.MOST_TOKENS
    parts = lists.in_parts(
        len(texts), PART,
        lambda begin, end: runs_transformer.embedded(ask.name, most, digest, (begin, end), texts[begin:end]),
        timed=True,
    )  # fmt: skip
    found = Embedded(*map(np.concatenate, zip(*parts, strict=True)))
    return Result(texts, found, runs_transformer.neighbours(ask.name, most, digest, NEIGHBOURS, found.vectors), digest)


# ── figures ─────────────────────────────────────────────────────────────────────────────────────────────────────


def whole(ask: Asked, got: Result, said: str) -> Figure:
    """How alike each two of the first sentences are."""
    texts, vectors = got.texts[:IN_MATRIX], got.found.vectors[:IN_MATRIX]
    labels = [f"{at} {shorten(text, 44)}" for at, text in enumerate(texts, 1)]
    trace = localise(
        embeddings_trace.trace(runs_transformer.bert(ask.name), texts, vectors, labels, pretrained.MOST_TOKENS)
    )
    trace["other_label"].data = np.array([str(at) for at in range(1, len(texts) + 1)])
    title = t("**Similarity** of each two sentences")
    if len(got.texts) > IN_MATRIX:
        title = t("**Similarity** of each two of the first {n} sentences", n=IN_MATRIX)
    chart = matrix(trace["similarity"], "sentence", "other", domain=(-1.0, 1.0))
    return Figure(chart, "embed_matrix", said, title, trace)


def in_plane(ask: Asked, got: Result, said: str) -> Figure:
    """The sentences in two dimensions."""
    at, shares = runs_transformer.sentence_map(ask.name, pretrained.MOST_TOKENS, got.digest, got.found.vectors)
    points = pd.DataFrame({
        "x": at[:ON_MAP, 0], "y": at[:ON_MAP, 1], "mark": [str(n) for n in range(1, len(at[:ON_MAP]) + 1)],
        "label": [shorten(text, 80) for text in got.texts[:ON_MAP]],
    })  # fmt: skip
    axes = tuple(t("component {k}: {share:.0%} of the variance", k=k, share=share) for k, share in enumerate(shares, 1))
    title = t("**Map**: the two directions in which the sentences differ most")
    if len(at) > ON_MAP:
        title = t("**Map** of the first {n:,} sentences", n=ON_MAP)
    words = {"mark": t("number"), "label": t("sentence")}
    return Figure(scatter(points, axes, words, height=HEIGHT), "embed_map", said, title)


# ── table and files ─────────────────────────────────────────────────────────────────────────────────────────────


def rows(ask: Asked, got: Result) -> pd.DataFrame:
    """A row a sentence with those nearest to it."""
    table = ask.read.names.reset_index(drop=True).assign(tokens=got.found.n_tokens, cut=got.found.cut)
    texts = np.asarray(got.texts, dtype=object)
    for rank in range(got.near.index.shape[1]):
        table[f"nearest_{rank + 1}"] = texts[got.near.index[:, rank]]
        table[f"similarity_{rank + 1}"] = got.near.similarity[:, rank].astype(float)
    return table


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """The rows in the order asked for."""

    def show(options: list, at: str, **given: object) -> str:
        return st.segmented_control(t("Order"), options, default=at, required=True, **given)

    words = {order: t(said) for order, said in ORDERS.items()}
    by = choices.one("embed_order", words, show, "file", "order")
    return table if by == "file" else table.sort_values("similarity_1", ascending=by == "alone", kind="stable")


def _columns() -> dict[str, object]:
    config, number = st.column_config, st.column_config.NumberColumn
    columns = {
        "line": number(t("line"), format="%d", width=50), "text": config.TextColumn(t("sentence"), width=250),
    }  # fmt: skip
    titles = (t("nearest"), t("second"), t("third"))
    for rank in range(NEIGHBOURS):
        columns[f"similarity_{rank + 1}"] = number(t("similarity"), format="%.2f", width=75)
        columns[f"nearest_{rank + 1}"] = config.TextColumn(titles[rank], width=245)
    return columns | {
        "tokens": number(t("pieces"), format="%d", width=65),
        "cut": config.CheckboxColumn(t("cut"), width=60),
        "file": config.TextColumn(t("file"), width="small"),
    }  # fmt: skip


def table(shown: pd.DataFrame) -> None:
    """Show the rows."""
    some = {"cut": shown["cut"].any(), "file": shown["file"].nunique() > 1}
    columns = {name: config for name, config in _columns().items() if name in shown and some.get(name, True)}
    few = shown[list(columns)].head(SHOWN)
    st.dataframe(
        few, column_config=columns, hide_index=True, key="embed_table", placeholder="",
        height="content" if len(few) <= 12 else 470,
    )  # fmt: skip
    if len(shown) > SHOWN:
        st.caption(
            t("The first {n:,} of {total:,} rows are shown; the files have them all.", n=SHOWN, total=len(shown))
        )


def downloads(ask: Asked, got: Result, shown: pd.DataFrame) -> None:
    """All rows in the order shown, and the vectors in the order given, as files."""
    digits = [name for name in shown if name.startswith("similarity_")]
    named = shown.rename(columns={"text": "sentence", "tokens": "pieces", "cut": "cut_at_limit"})
    lists.downloads("embed", "sentences", len(shown), lambda: lists.beside(named, ask.read, [], digits))
    st.download_button(
        t("Vectors (.npy), {n:,} × {units}", n=len(got.texts), units=got.found.vectors.shape[1]),
        lambda: _npy(got.found.vectors), "vectors.npy", on_click="ignore", icon=":material/download:",
        key="embed_npy", help=t("float32, a row a sentence in the order given."),
    )  # fmt: skip


def _npy(vectors: np.ndarray) -> bytes:
    sink = io.BytesIO()
    np.save(sink, vectors)
    return sink.getvalue()


@st.fragment
def compare(headline: Callable[[Result], str]) -> None:
    """All that another list or encoder changes; `headline` says what was found."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        ask = asked()
    with right:
        got = result(ask)
        said = headline(got)
        many = len(got.texts) > 1
        if many:
            page.row(in_plane(ask, got, said))
    uploads.left_out(ask.read.bad, kind=LIST)
    shown = rows(ask, got)
    if many:
        page.row(whole(ask, got, said))
        shown = ordered(shown)
    table(shown)
    downloads(ask, got, shown)
