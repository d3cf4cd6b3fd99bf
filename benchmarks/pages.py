"""How long a visitor waits: start, first page in Chromium, one user's changes, a class of thirty.

The changes go over the real websocket protocol with `../shared/tools/loadgen.py`; where that file is not there, the two
last figures are left out.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

from playwright.sync_api import sync_playwright

from engine import grammar
from scripts import boot, chromium, pages

LOADGEN = boot.ROOT.parent / "shared" / "tools" / "loadgen.py"
CHANGES = {  # page: query it is opened with, widgets that change
    "home": ("", ("name",)),
    "step": ("", ("name", "model")),
    "hmm_generate": ("hmm=trellis&gen_T=60", ("gen_seed",)),
    "hmm_evaluate": ("hmm=trellis", ("o",)),
    "hmm_decode": ("hmm=trellis", ("o",)),
    "hmm_learn": ("hmm=trellis", ("bw_draw",)),
    "lstm": ("", ("name", "lstm_forget_en")),
    "cells": ("", ("name",)),
    "memory": ("", ("memory_distance_en",)),
    "units": ("name=Dostoevsky", ("units_span_Dostoevsky_0",)),
    "network_work": ("", ("network_text",)),
    "mappings": ("", ("name",)),
    "encoder_decoder": ("", ("s",)),
    "bottleneck": ("", ("s",)),
    "attention": ("", ("s",)),
    "decoding": ("", ("s",)),
    "teacher_forcing": ("", ("s",)),
    "train_translation": ("", ("translation_seed",)),
    "bleu": ("", ("bleu_b",)),
    "self_attention": ("mode=trained", ("s",)),
    "heads": ("", ("s",)),
    "block": ("", ("s",)),
    "transformer_decoder": ("", ("s",)),
}
BOUNDS = dict.fromkeys(tuple(CHANGES)[-11:], 150) | {"heads": 250}  # sequence to sequence, Transformer; of others 100
SPANS = ("1 D,3 s", "2 o,4 t", "3 s,6 e", "5 o,8 s", "8 s,10 y")  # of that name
TEXTS = (
    "他毕业于北京大学，研究中文分词。",
    "把手放在把手上",
    "结婚的和尚未结婚的",
    "这门课的作业明天交。",
    "春眠不觉晓，处处闻啼鸟。",
)


class Result(NamedTuple):
    """A measured time and the bound it must keep, both in milliseconds."""

    what: str
    measured: float
    bound: float


def sample_names() -> list[str]:
    """Two names a language, taken from the data."""
    files = sorted((boot.ROOT / "data" / "names").glob("*.txt"))
    return [name for file in files for name in file.read_text("utf-8").splitlines()[40:42]]


def sequences(T: int = 60, n: int = 40) -> list[str]:
    """Sequences of the four-state model's symbols."""
    rng = random.Random(0)
    return [" ".join(rng.choices("abcd", k=T)) for _ in range(n)]


def sentences(n: int = 60) -> list[str]:
    """German sentences of the grammar."""
    return [" ".join(pair.source) for pair in grammar.pairs(n, seed=5)]


def changes(keys: tuple[str, ...]) -> list[str]:
    """The arguments that change these widgets; `s` is the sentence, which a component sends."""
    texts, seeds = sentences(), "|".join(map(str, range(1, 60)))
    given = {
        "name": sample_names(), "o": sequences(), "units_span_Dostoevsky_0": SPANS, "network_text": TEXTS,
        "model": (), "lstm_forget_en": (), "memory_distance_en": (), "bleu_b": texts,
    }  # fmt: skip
    values = {key: f"{key}={'|'.join(each)}" if each else key for key, each in given.items()}  # else: option by option
    told = []
    for key in keys:
        said = [f"sentence_box.say={json.dumps({'text': text})}" for text in texts]
        told += said if key == "s" else [values.get(key, f"{key}={seeds}")]
    return [part for each in told for part in ("--set", each)]


def first_page(url: str, rounds: int = 5) -> float:
    """Median milliseconds from the address to a page at rest, each time with an empty cache."""
    times = []
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        for _ in range(rounds):
            page = browser.new_context(viewport=chromium.SIZES["desktop"]).new_page()
            started = time.perf_counter()
            page.goto(url)
            chromium.settle(page)
            times.append(time.perf_counter() - started)
            page.context.close()
        browser.close()
    return statistics.median(times) * 1e3


def p95(app: boot.Served, name: str, sessions: int, reruns: int, think: float) -> float:
    """95th percentile of the milliseconds from a change to its last message. Raises if a session met an error."""
    query, keys = CHANGES[name]
    with tempfile.NamedTemporaryFile("r", suffix=".json") as out:
        subprocess.run(
            [sys.executable, str(LOADGEN), "--url", app.url, "--page", f"{pages.path(name)}?{query}",
             "--sessions", str(sessions),
             "--reruns", str(reruns), "--think", str(think), "--ramp", str(sessions / 10), "--pid", str(app.pid),
             "--json", out.name, *changes(keys)],
            check=True, stdout=sys.stderr,
        )  # fmt: skip
        times = sorted(json.load(out)["rerun"])
    return times[-(-len(times) * 95 // 100) - 1]


def measure() -> list[Result]:
    """Every figure, in one server's life."""
    with boot.serving() as app:
        results = [
            Result("start to first answer", app.seconds * 1e3, 10_000),
            Result("first page in Chromium", first_page(app.url), 3_000),
        ]
        if LOADGEN.is_file():
            for name in CHANGES:
                results.append(Result(f"{name}: one user, p95", p95(app, name, 1, 60, 0.3), BOUNDS.get(name, 100)))
            results.append(Result("step: thirty users, p95", p95(app, "step", 30, 6, 3), 250))
    return results


def main() -> None:
    """Print the table; on a machine that does other work too, the load tells how far to trust it."""
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for what, measured, bound in measure():
        print(f"{what:<28}{measured:9.0f} ms   bound {bound:6.0f} ms   {'kept' if measured <= bound else 'BROKEN'}")


if __name__ == "__main__":
    main()
