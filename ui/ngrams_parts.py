"""n-grams: the figures: the tree of what follows, what each order adds, perplexities over n, and what is written."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.curves import curves
from charts.icicle import PICK, icicle
from charts.matrix import matrix
from engine.vocabulary import SPECIALS
from ui import explanation, ngrams, ngrams_asked, page
from ui.chain_rule import visible
from ui.chain_rule_asked import SAID
from ui.language import t
from ui.ngrams_asked import Asked
from ui.page import Figure
from ui.runs_ngrams import COPIED, Many, Written

GO_ON, EXAMPLES, TEXTS = 8, 9, 3  # buttons above the tree; names, sentences shown for an n
KEY = "ngrams_tree"


# ── what follows what ───────────────────────────────────────────────────────────────────────────────────────────


@st.fragment
def tree(trace: xr.Dataset, ask: Asked, said: str) -> None:
    """The tree as shares; a box that is clicked is proved below."""
    words = {
        "token": t("token"), "p": t("probability here"), "joint": t("probability from the beginning on"),
        "count": t("counted"), "longest": t("length of the n-gram found"), "path": t("path"),
    }  # fmt: skip
    if trace.sizes["node"] == 1:
        st.caption(t("No single token is likely enough here to be drawn in a tree."))
        return
    title = t("**What follows what**: a box is as high as it is probable, pale where the model backs off; grey: all "
              "others. Click one to see how it is computed.")  # fmt: skip
    st.markdown(title)
    chart = icicle(trace, words, orders=ask.order)
    key = f"{KEY}_{abs(hash(ask)) % 10**8}"  # another tree is another chart: nothing is picked in it
    event = st.vega_lite_chart(
        chart.data, chart.spec, key=key, alt=said, width="stretch", on_select="rerun", selection_mode=PICK
    )
    page.menu([Figure(chart, KEY, said, title)])
    explanation.panel(trace, _picked(event, key, trace.sizes["node"]), KEY)


def _picked(event, key: str, n_nodes: int) -> dict | None:
    """The box that was clicked, until its explanation is closed; a client can send anything."""
    state, picked = st.session_state, event.selection.get(PICK) if event else None
    node = picked[0].get("node") if picked else None
    if type(node) is not int or not 0 < node < n_nodes:
        state.pop(f"{KEY}__picked", None)
    elif state.get(f"{KEY}__seen") != (key, node):
        state[f"{KEY}__picked"] = {"variable": "p", "position": {"node": node}}
    state[f"{KEY}__seen"] = (key, node)
    return state.get(f"{KEY}__picked")


def go_on(found: xr.Dataset, ask: Asked) -> None:
    """Buttons that make the beginning one token longer, or shorter."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(t("Go on with"), width="content")
        for place, token in enumerate([str(word) for word in found["rank_label"].values[:GO_ON]]):
            if token != SPECIALS[1]:
                st.button(page.plain(visible(token)), key=f"ngrams_go_{place}", on_click=ngrams_asked.go_on,
                          args=(ask, token), type="tertiary")  # fmt: skip
        st.button(t("One back"), icon=":material/undo:", key="ngrams_back", on_click=ngrams_asked.go_back, args=(ask,),
                  disabled=not ask.tokens, type="tertiary")  # fmt: skip


def orders(found: xr.Dataset, ask: Asked, said: str) -> None:
    """The likeliest next tokens, what each order adds to them, and how often each n-gram was counted."""
    bars = matrix(found["p"], "rank", marks="bar")
    missing = (found["count"] == 0) & (found["order"] > 0)
    missing.attrs["meaning"] = t("never counted")
    adds = matrix(found["contribution"], "rank", "order", outline=missing)
    counted = matrix(found["count"].isel(order=slice(1, None)), "rank", "order", show_values="always")
    page.row(
        Figure(bars, "ngrams_p", said, page.title(found["p"]), found),
        Figure(adds, "ngrams_adds", t("What each order adds; dashed where the n-gram was never counted."),
               page.title(found["contribution"]), found),
        Figure(counted, "ngrams_count", t("How often the n-grams were counted, by order."),
               page.title(found["count"]), found),
        widths=[3, 4, 4],
    )  # fmt: skip


# ── sparsity, under- and overfitting ────────────────────────────────────────────────────────────────────────────


def _frame(lines: Mapping[tuple[str, str], np.ndarray]) -> pd.DataFrame:
    """Lines of perplexities as bits, by (run, part) over n; what is infinite is left out, and a point alone."""
    rows = [{"x": n, "y": float(y), "run": run, "part": part} for (run, part), line in lines.items()
            for n, y in enumerate(np.log2(line), 1) if np.isfinite(y)]  # fmt: skip
    data = pd.DataFrame(rows, columns=["x", "y", "run", "part"])
    return data[data.groupby(["run", "part"])["x"].transform("size") > 1]


def fitting(sparse: xr.Dataset, ask: Asked, said: str) -> None:
    """Bits a token of both parts over n, by the method and by another; of the held-out part by every method."""
    names = [str(name) for name in sparse["method_label"].values]
    order = [t(SAID[name]) for name in names]
    parts = {"held": t("held-out part"), "train": t("training part")}
    beside = "kneser-ney" if ask.method == "add-k" else "add-k"
    both = {(t(SAID[name]), word): sparse[part].values[names.index(name)]
            for name in (ask.method, beside) for part, word in parts.items()}  # fmt: skip
    every = {(name, ""): sparse["held"].values[k] for k, name in enumerate(order)}
    left, right = st.columns(2, gap="medium")
    with left:
        chart = curves(_frame(both), "n", t("bits a token"), order=order, points=True, height=240)
        page.draw(chart, "ngrams_fit", said, t("**Bits a token** over n: solid held out, dashed the training part"))
    with right:
        chart = curves(_frame(every), "n", t("bits a token"), order=order, points=True, height=240)
        page.draw(
            chart, "ngrams_methods", ngrams.against(sparse), t("**Bits a token, held out**, over n, by smoothing")
        )


def sparsity(sparse: xr.Dataset) -> None:
    """Three strips over n, and the table of perplexities, each cell to be proved."""
    said = t("By n: how many n-grams were counted, the share of those seen once, and the share of new ones held out.")
    page.row(*(
        Figure(matrix(sparse[name], columns="n", show_values="always"), f"ngrams_{name}", said,
               page.title(sparse[name]), sparse)
        for name in ("kinds", "once", "unseen")
    ))  # fmt: skip
    held = sparse["held"].copy()
    held = held.assign_coords(method_label=("method", [t(SAID[str(name)]) for name in held["method_label"].values]))
    texts = [[f"{value:.1f}" if np.isfinite(value) else "∞" for value in line] for line in held.values]
    finite = held.values[np.isfinite(held.values)]
    chart = matrix(held.assign_attrs(kind="count"), "method", "n", texts=texts, show_values="always",
                   domain=(0.0, float(finite.max()) if finite.size else 1.0))  # fmt: skip
    page.draw(chart, "ngrams_held", ngrams.against(sparse), page.title(held), trace=sparse)


# ── what is written ─────────────────────────────────────────────────────────────────────────────────────────────


def written(ask: Asked, texts: Mapping[int, Many]) -> None:
    """Texts by n; copies are marked."""
    for n, each in texts.items():
        label = f"**n = {n}**"
        if ask.corpus.is_names:
            copied = t("{share:.0%} copies", share=ngrams.share_known(each.texts))
            st.markdown(f"{label} · {copied} · " + "  ·  ".join(map(_marked, each.texts[:EXAMPLES])))
        else:
            seen = t("{share:.0%} of its {k}-grams were read", share=each.seen, k=COPIED)
            st.markdown("  \n".join([f"{label} · {seen}", *map(_marked, each.texts[:TEXTS])]))


def _marked(each: Written) -> str:
    text = page.plain(visible(each.text) if not each.text.strip() else each.text) or "∅"
    return {"train": f":orange[● {text}]", "held": f":green[★ {text}]"}.get(each.known, text)
