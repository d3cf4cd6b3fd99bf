"""Positional encoding: how good translators with each kind of positions are, from the cards of their training."""

import pandas as pd
import streamlit as st

from charts.curves import curves
from ui import page, runs_seq2seq
from ui.language import t
from ui.positions import KINDS, shipped


def _cards() -> dict[str, dict]:
    return {kind: runs_seq2seq.translator(name).card for kind, name in shipped().items()}


def _length(row: dict) -> str:
    return f"{row['from']}–{row['to']}" if row["to"] else f"≥ {row['from']}"


def finding(cards: dict[str, dict]) -> str:
    """BLEU with and without."""
    best = max(cards, key=lambda kind: cards[kind]["bleu"])
    said = t("Best: {kind}, BLEU {bleu:.1f} on {n:,} sentences that no training saw.", kind=t(KINDS[best]),
             bleu=cards[best]["bleu"], n=cards[best]["n_held_out"])  # fmt: skip
    if "none" not in cards:
        return said
    none = cards["none"]
    return t("{said} Without positions {bleu:.1f}, and {exact:.0%} of the sentences word for word right.", said=said,
             bleu=none["bleu"], exact=none["exact"])  # fmt: skip


def show() -> None:
    """The figures as a table and as curves over the length."""
    cards = _cards()
    st.markdown(f"**{page.plain(finding(cards))}**")
    rows, table = [], []
    for kind, card in cards.items():
        name = t(KINDS[kind])
        lengths = {_length(each): f"{each['bleu']:.1f}" for each in card["by_length"]}
        table.append({t("positions"): name, "BLEU": f"{card['bleu']:.1f}",
                      t("word for word"): f"{card['exact']:.1%}"} | lengths)  # fmt: skip
        rows += [(each["from"], each["exact"], name, "") for each in card["by_length"]]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown(t("**BLEU**: of all sentences, and by the number of German words"))
        st.dataframe(pd.DataFrame(table), hide_index=True)
    with right:
        order = tuple(t(word) for word in KINDS.values())
        data = pd.DataFrame(rows, columns=["x", "y", "run", "part"])
        chart = curves(data, t("words, at least"), t("word for word"), order=order, form="%", points=True, height=200)
        page.draw(chart, "pos_quality", finding(cards), t("**Right word for word**, over the length"))
