"""Choosing, ordering and counting answers, compared with pandas."""

import numpy as np
import pandas as pd
import pytest

from engine import answers

LANGUAGES = ("Alpha", "Beta", "Gamma")


@pytest.fixture
def some() -> answers.Answers:
    draw = np.random.default_rng(0)
    probs = -np.sort(-draw.dirichlet([1, 1, 1], 50).astype(np.float32), axis=1)
    index = np.argsort(draw.random((50, 3)), axis=1)
    texts = ["".join(draw.choice(list("abcAB(."), 4)) for _ in range(50)]
    names = pd.DataFrame({"file": "a", "line": range(1, 51), "name": [f"ä{text}" for text in texts], "text": texts})
    parts = [(index[at : at + 20], probs[at : at + 20]) for at in (0, 20, 40)]
    return answers.join(names, parts, LANGUAGES)


def flat(some: answers.Answers) -> pd.DataFrame:
    best = [LANGUAGES[i] for i in some.index[:, 0]]
    return some.names.assign(best=best, p=some.probs[:, 0]).reset_index(drop=True)


@pytest.mark.parametrize("sought", ["", "A", "(", "ä", " b "])
@pytest.mark.parametrize("languages", [(), ("Beta",), ("Alpha", "Gamma", "Nowhere")])
@pytest.mark.parametrize("least", [0.0, 0.6])
def test_choose(some, sought, languages, least):
    table = flat(some)
    kept = table[(table["p"] >= least) & (table["best"].isin(languages) | (not languages))]
    kept = kept[[sought.strip().lower() in name.lower() for name in kept["name"]]]
    pd.testing.assert_frame_equal(flat(answers.choose(some, sought, languages, least)), kept.reset_index(drop=True))


def test_order(some):
    table = flat(some)
    for by, expected in (
        ("file", table),
        ("sure", table.sort_values("p", ascending=False, kind="stable")),
        ("unsure", table.sort_values("p", kind="stable")),
        ("name", table.iloc[table["text"].str.lower().argsort(kind="stable")]),
    ):
        pd.testing.assert_frame_equal(flat(answers.order(some, by)), expected.reset_index(drop=True))


def test_counts(some):
    found = answers.counts(some)
    assert dict(zip(found["label"], found["value"], strict=True)) == flat(some)["best"].value_counts().to_dict()
    assert found["value"].is_monotonic_decreasing
    assert answers.counts(answers.take(some, np.zeros(50, bool))).empty


def test_frame_leaves_out_what_says_nothing(some):
    table = answers.frame(some, ["A", "B", "C"])
    assert list(table) == ["name", "language_1", "probability_1", "language_2", "probability_2", "language_3",
                           "probability_3", "folded", "line"]  # fmt: skip
    assert table["language_1"].tolist() == [["A", "B", "C"][i] for i in some.index[:, 0]]
    plain = some._replace(names=some.names.assign(name=some.names["text"], file=["a", "b"] * 25))
    assert list(answers.frame(plain, ["A", "B", "C"]))[-2:] == ["file", "line"]
