"""The page Why not recurrent?: sizes from the link, Table 1 with numbers, and who reaches whom in how many steps."""

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.log_lines import Axes, log_lines
from charts.matrix import matrix
from charts.reach import reach
from engine.complexity import LAYERS, LIMITS, TITLES, Sizes, crossover, longest, operations, parents, sequential
from engine.complexity_trace import DRAWN, N_WORDS
from ui import page, runs_transformer
from ui.language import localise, t
from ui.memory import join
from ui.page import Figure

FIRST = Sizes(32, 64, 3, 5)
SENTENCE = "The animal did not cross the street because it was too tired"
CHOICES = {
    "n": (4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048), "d": (16, 32, 64, 128, 256, 512, 1024), "k": (3, 5, 7, 9, 15),
    "r": (3, 5, 9, 17, 33, 65, 129),
}  # fmt: skip
ROWS = {"attention": "attention", "recurrent": "rnn", "convolution": "cnn-dilated", "restricted": "restricted"}
SOURCES = (
    "engine/complexity.py", "engine/complexity_explain.py", "engine/complexity_measure.py",
    "engine/memory_transformer.py",
)  # fmt: skip


def sizes() -> Sizes:
    """The four sizes, kept in the link."""
    labels = {
        "n": t("n, words"), "d": t("d, numbers a word"), "k": t("k, words under the kernel"),
        "r": t("r, words in sight"),
    }  # fmt: skip
    chosen = {}
    for column, (name, label) in zip(st.columns(4, gap="medium"), labels.items(), strict=True):
        with column:
            chosen[name] = st.select_slider(label, CHOICES[name], getattr(FIRST, name), key=f"why_{name}",
                                            bind="query-params")  # fmt: skip
    return Sizes(**chosen)


def finding(sizes: Sizes) -> str:
    """What the three columns of Table 1 say at these sizes."""
    return t(
        "Over {n} words an RNN takes {n} steps, one after the other, and the first word is {far} steps from the last. "
        "Self-attention: 1 and 1. The price: {pairs} pairs of words.",
        n=f"{sizes.n:,}", far=f"{longest('rnn', sizes):,}", pairs=f"{sizes.n**2:,}",
    )  # fmt: skip


def crossing(sizes: Sizes) -> str:
    """From which length on attention has more operations: by Table 1, and counted on our own layers."""
    n, d = sizes.n, sizes.d
    paper = {"a": f"{n * n * d:,}", "b": f"{n * d * d:,}", "n": n, "d": d}
    first = t("Table 1: $n^2d$ < $nd^2$ as long as $n$ < $d$. Here {n} < {d}: {a} < {b}.", **paper)
    if n >= d:
        sign = "=" if n == d else ">"
        first = t("Table 1: $n^2d$ < $nd^2$ only as long as $n$ < $d$. Here {n} {sign} {d}: {a} {sign} {b}.",
                  sign=sign, **paper)  # fmt: skip
    words = {name: _from(crossover("attention", name, sizes)) for name in ("rnn", "gru", "lstm")}
    second = t("Counted on our own layers, projections included, self-attention needs more multiply-adds than Elman’s "
               "RNN {rnn}, than a GRU {gru}, than an LSTM {lstm}.", **words)  # fmt: skip
    return join(first, second)


def _from(n: int | None) -> str:
    """From so many words on; None: not up to the largest length."""
    if n is None:
        return t("at no length up to {n}", n=f"{LIMITS['n'][1]:,}")
    return t("at any length") if n <= LIMITS["n"][0] else t("from {n} words on", n=f"{n:,}")


def table(sizes: Sizes) -> str:
    """Table 1 with the numbers filled in."""
    heads = (t("layer"), t("operations"), t("steps in a row"), t("longest path"))
    rows = [f"| {' | '.join(heads)} |", "|---|---|---|---|"]
    titles = {"recurrent": t("recurrent"), "convolution": t("convolution, dilated")}
    for row, layer in ROWS.items():
        about = LAYERS[layer]
        waits = "n" if about.waits else "1"
        rows.append(
            f"| {titles.get(row) or t(TITLES[layer])} | $O({about.formula})$ · {about.term(sizes):,} "
            f"| $O({waits})$ · {sequential(layer, sizes):,} | $O({about.bound})$ · {longest(layer, sizes):,} |"
        )
    return "\n".join(rows)


def costs(sizes: Sizes) -> None:
    """Multiply-adds over length, and those at n as bars that can be proved."""
    trace = localise(runs_transformer.costs(sizes))
    names, lengths = [str(name) for name in trace["layer_label"].values], trace.attrs["lengths"]
    rows = [(n, float(v), name, "") for name, line in zip(names, trace["operations"].values, strict=True)
            for n, v in zip(lengths, line, strict=True) if name != t(TITLES["cnn-dilated"])]  # fmt: skip
    data = pd.DataFrame(rows, columns=["x", "y", "series", "part"])
    axes = Axes(t("words"), t("multiply-adds"), "xy", form="~s", ticks=CHOICES["n"][2:])
    chart = log_lines(data, axes, {"series": t("layer"), "part": ""}, order=names, height=440)
    at = {name: f"{operations(layer, sizes):,}" for layer, name in zip(LAYERS, names, strict=True)}
    said = t("Multiply-adds at n = {n}: {each}.", n=f"{sizes.n:,}",
             each=t("; ").join(f"{name} {value}" for name, value in at.items()))  # fmt: skip
    curve = Figure(chart, "why_operations", said, t("**Multiply-adds of one layer of ours** against length"))
    here = trace["operations"].isel(length=lengths.index(sizes.n))
    bars = matrix(here, "layer", marks="bar", show_values="always")
    title = t("**Multiply-adds at n = {n}**", n=f"{sizes.n:,}")
    page.row(curve, Figure(bars, "why_counts", said, title, trace))


def words() -> list[str]:
    """The words of a sentence, kept in the link; of a long one the first."""
    raw = st.text_input(t("A sentence for the paths"), SENTENCE, key="why_words", bind="query-params", max_chars=200)
    every = (raw or "").split()
    if len(every) < 2:
        st.info(t("Two words at least make a path."), icon=":material/keyboard:")
        every = SENTENCE.split()
    if len(every) > N_WORDS:
        st.caption(t("The first {n} words are drawn.", n=N_WORDS))
    return every[:N_WORDS]


def paths(sizes: Sizes) -> None:
    """A picture a layer of the ways from word to word, and all steps as matrices that can be proved."""
    every = words()
    sizes = replace(sizes, n=len(every))
    trace = localise(runs_transformer.paths(sizes, tuple(every)))
    st.markdown(page.plain(reached(trace, sizes)))
    shown = [DRAWN.index(name) for name in ("attention", "rnn", "cnn", "cnn-dilated")]
    figures = [_way(trace, sizes, at, every) for at in shown]
    page.row(*figures[:2])
    page.row(*figures[2:])
    said = reached(trace, sizes)
    cells = matrix(trace["path"], "source", "target", slider="layer", show_values="always")
    page.draw(cells, "why_path", said, page.title(trace["path"]), trace=trace)


def reached(trace: xr.Dataset, sizes: Sizes) -> str:
    """Steps from the first word to the last in each layer, and what never arrives."""
    names, steps = trace["layer_label"].values, trace["path"].values
    first, last = trace["source_label"].values[0], trace["source_label"].values[-1]
    each = t(", ").join(f"{name} {line[0, -1]:.0f}" for name, line in zip(names, steps, strict=True))
    never = int(np.isnan(steps[DRAWN.index("rnn")]).sum())
    return join(
        t("Steps from “{first}” to “{last}”: {each}.", first=first, last=last, each=each),
        t("An RNN read from left to right never brings a later word to an earlier one: {n} of {all} pairs.",
          n=never, all=sizes.n**2),
    )  # fmt: skip


def _way(trace: xr.Dataset, sizes: Sizes, at: int, every: list[str]) -> Figure:
    layer, steps = DRAWN[at], trace["path"].values[at]
    most = int(np.nanmax(steps))
    chart = reach(steps, [parents(layer, sizes, row) for row in steps], every, (t("word"), t("steps")),
                  first=len(every) // 2, most=most)  # fmt: skip
    name = trace["layer_label"].values[at]
    far = t("longest way: {n}", n=most)
    return Figure(chart, f"why_way_{layer}", f"{name}: {far}", f"**{name}** · {far}")
