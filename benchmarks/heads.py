"""Heads: a sentence of 24 tokens through the 6 × 12 heads of MiniLM, from the change to the messages: time and bytes.

Run: python -m benchmarks.heads. Each run is a sentence that no cache knows; the whole page runs, its other sections
too, under Streamlit's own test driver. Bounds: 250 ms of server time in the median, 500 kB to the browser. A text of
128 tokens, the most there are, is measured beside it without a bound.
"""

import statistics
import sys
import time

import torch
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from engine import pretrained
from scripts.boot import ROOT

WORDS = ("animal", "street", "child", "house", "river", "garden", "doctor", "train", "music", "winter", "letter")
SENTENCE = "the old {} did not cross the wide street because the {} was much too tired to walk home ."
RUNS, MILLISECONDS, BYTES = 9, 250.0, 500_000


def sentences(n_tokens: int, n: int) -> list[str]:
    """Sentences of that many tokens, [CLS] and [SEP] among them."""
    bert, found = pretrained.load(pretrained.NAME), []
    for k in range(n):
        text = SENTENCE.format(WORDS[k % len(WORDS)], WORDS[(k + 3) % len(WORDS)])
        while (rest := n_tokens - bert.pieces.encode([text])[0].n) > 0:
            text += " " + " ".join(WORDS[(k + j) % len(WORDS)] for j in range(rest))
        assert bert.pieces.encode([text])[0].n == n_tokens
        found.append(text)
    return found


def opened() -> AppTest:
    """The page with MiniLM, run once."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    app.query_params["network"] = pretrained.NAME
    app._page_hash = calc_hash("heads")
    return app.run()


def measured(app: AppTest, texts: list[str]) -> tuple[float, int]:
    """Median milliseconds of a run of the page by a new sentence, and the bytes of its components' data."""
    times, sizes = [], []
    for text in texts:
        app.text_input(key="heads_text").set_value(text)
        begin = time.perf_counter()
        app.run()
        times.append(time.perf_counter() - begin)
        assert not app.exception
        sizes.append(sum(len(each.proto.bytes) for each in app.get("bidi_component")))
    return 1e3 * statistics.median(times), max(sizes)


def main() -> int:
    """Print the table; exit status 1 if a bound is broken, 0 without the model."""
    if not pretrained.available():
        print("The pretrained model is not installed: nothing measured.")
        return 0
    torch.set_num_threads(1)
    app, bad = opened(), 0
    print(f"{'tokens':>8} {'ms':>8} {'bound':>8} {'kB':>8} {'bound':>8}")
    for n_tokens, bounds in ((24, (MILLISECONDS, BYTES)), (128, None)):
        ms, size = measured(app, sentences(n_tokens, RUNS + 1)[1:])
        shown = [f"{bounds[0]:8.0f}", f"{bounds[1] / 1e3:8.0f}"] if bounds else [f"{'–':>8}"] * 2
        print(f"{n_tokens:8} {ms:8.0f} {shown[0]} {size / 1e3:8.0f} {shown[1]}")
        bad += bool(bounds) and (ms > bounds[0] or size > bounds[1])
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
