import numpy as np
import pandas as pd
import pytest
import torch

from engine.explain import NoSuchCell, explain, number, terms
from engine.trace import KINDS, Var, label

SCHEMA = {
    "weights": Var("query key", r"A", "attention", "prob"),
    "score": Var("query", r"s", "a score"),
    "total": Var("", r"\sum s", "a number"),
}


def inner():
    return {"weights": torch.arange(6.0).reshape(2, 3), "score": np.array([1.0, 2.0]), "total": 3.0}


def test_label_names_axes_and_keeps_values():
    data = label(inner(), SCHEMA, {"model": "m"}, query=["ice", "ice"], key=list("abc"))
    assert data["weights"].dims == ("query", "key")
    assert data["weights"].sel(query=1, key=2).item() == 5
    assert data["query_label"].values.tolist() == ["ice", "ice"]
    assert data["query"].values.tolist() == [0, 1]
    assert data["weights"].attrs == {
        "name": "weights", "dims": "query key", "symbol": "A", "meaning": "attention", "kind": "prob",
    }  # fmt: skip
    assert data.attrs == {"model": "m"}
    assert data["total"].item() == 3


def test_label_does_not_change_its_input():
    values = inner()
    label(values, SCHEMA, {})
    assert isinstance(values["weights"], torch.Tensor)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.pop("score"), r"missing \['score'\]"),
        (lambda v: v.update(extra=1.0), r"not in the schema \['extra'\]"),
        (lambda v: v.update(score=np.zeros((2, 2))), "score: schema has dims"),
        (lambda v: v.update(total=np.zeros(2)), "total: schema has dims"),
    ],
)
def test_label_refuses_what_the_schema_does_not_say(change, message):
    values = inner()
    change(values)
    with pytest.raises(ValueError, match=message):
        label(values, SCHEMA, {})


def test_label_refuses_wrong_labels_and_dims():
    with pytest.raises(ValueError, match="key: 2 labels for size 3"):
        label(inner(), SCHEMA, {}, key=["a", "b"])
    with pytest.raises(ValueError, match="nothing: 1 labels"):
        label(inner(), SCHEMA, {}, nothing=["a"])
    with pytest.raises(ValueError, match="never bears the name of a dim"):
        label({"query": np.zeros(2)}, {"query": Var("query", "q", "bad")}, {})
    with pytest.raises(ValueError, match="size"):
        label(inner() | {"score": np.zeros(3)}, SCHEMA, {})


def test_explain_checks_name_and_position():
    data = label(inner(), SCHEMA, {"module": "engine.rnn_explain"})
    with pytest.raises(NoSuchCell):
        explain(data, "nothing")
    with pytest.raises(NoSuchCell, match="dims"):
        explain(data, "weights", query=0)
    with pytest.raises(NoSuchCell, match="key=3"):
        explain(data, "weights", query=0, key=3)
    with pytest.raises(NoSuchCell):
        explain(data, "weights", query=-1, key=0)


def test_terms_are_products_the_largest_first_where_there_are_many():
    table = terms([("a", 2.0, 0.5), ("b", -3.0, 2.0), ("c", 1.0, -1.0)])
    assert table["term"].tolist() == ["a", "b", "c"]
    many = terms([(str(i), float(w), 1.0) for i, w in enumerate([1, -30, 2, 9, -4, 7, 3, 8, 6, 5])])
    assert many["product"].abs().tolist() == sorted(many["product"].abs(), reverse=True)
    pd.testing.assert_series_equal(table["product"], table["weight"] * table["value"], check_names=False)
    assert number(-0.12345) == "(-0.1234)" or number(-0.12345) == "(-0.1235)"
    assert number(2.0) == "2"


def test_kinds_are_the_five():
    assert KINDS == ("prob", "log", "signed", "count", "index")
