"""Every cell of the HMM traces is proved by code that runs alone, by its terms and by its equation."""

import re

import pytest
from hmm_models import random_model, sequence
from proofs import check_code, check_terms, explained

from engine.explain import explain
from engine.hmm import HMM, MISSING
from engine.hmm.explain import EXPLAIN
from engine.hmm.trace import SCHEMA, trace

IMPOSSIBLE = HMM(("a", "b"), ("x", "y"), [1, 0], [[1, 0], [0, 1]], [[1, 0], [0, 1]])
ODD = HMM(('\\text{"', "晴\n#"), ("'a'\nimport os", "$x_1$"), [0.5, 0.5], [[0.5, 0.5]] * 2, [[0.5, 0.5]] * 2)


@pytest.fixture(scope="module")
def traces():
    out = []
    for seed, (N, T, zeros) in enumerate([(1, 1, 0), (1, 12, 0), (2, 1, 0), (2, 2, 0), (2, 5, 0.4), (4, 5, 0.5),
                                          (4, 12, 0), (6, 5, 0.3), (2, 12, 0)]):  # fmt: skip
        model = random_model(N, 4, seed, zeros)
        out.append(trace(model, sequence(model, T, seed)))
    model = random_model(4, 4, 99)
    out.append(trace(model, (1, MISSING, 0, 2, MISSING, 3)))
    out.append(trace(random_model(3, 80, 5), (79, 3, 3, 41)))
    return [*out, trace(IMPOSSIBLE, (0, 1, 0)), trace(ODD, (0, 1, 1))]


@pytest.fixture(scope="module")
def long_traces():
    """Plain products underflow."""
    model, sparse = random_model(4, 4, 7), random_model(3, 5, 8, zeros=0.4)
    return [trace(model, sequence(model, 900, 1)), trace(sparse, sequence(sparse, 900, 2))]


def final_number(equation):
    """The number after the last equals sign, which LaTeX writes with a power of ten."""
    text = re.sub(r"\\cdot10\^\{(-?\d+)\}", r"e\1", equation.rsplit("=", 1)[1])
    return {r"-\infty": float("-inf"), r"\tfrac{0}{0}": float("nan")}.get(text) or float(text)


def test_every_variable_has_an_explainer():
    assert set(EXPLAIN) == set(SCHEMA)


@pytest.fixture(scope="module")
def cases(traces):
    return explained(traces, draws=1)


@pytest.fixture(scope="module")
def long_cases(long_traces):
    return explained(long_traces, draws=1)


def test_code_reproduces_random_cells_of_every_variable(cases, tmp_path):
    check_code(cases, tmp_path, rel=1e-11, abs=1e-300)


def test_code_holds_where_plain_products_underflow(long_traces, long_cases, tmp_path):
    assert (long_traces[0]["alpha"].values[-1] == 0).all()
    check_code(long_cases, tmp_path, rel=1e-9, abs=1e-300)


def test_terms_give_the_value(cases, long_cases):
    check_terms(cases, rel=1e-11, abs=1e-300)
    check_terms(long_cases, rel=1e-9, abs=1e-300)


def test_equation_ends_with_the_value(cases, long_cases):
    for where, value, found in (*cases, *long_cases):
        assert found.equation.count("{") == found.equation.count("}"), where
        assert found.equation.count("(") == found.equation.count(")"), where
        if not where.endswith("log_p_brute {}"):
            assert final_number(found.equation) == pytest.approx(value, rel=1e-4, nan_ok=True), where


def test_the_slides_own_sum():
    """Forward on the weather model: the equation shows each predecessor's product."""
    model = HMM(("Rainy", "Sunny"), ("walk", "shop", "clean"), [0.6, 0.4], [[0.7, 0.3], [0.4, 0.6]],
                [[0.1, 0.4, 0.5], [0.6, 0.3, 0.1]])  # fmt: skip
    data = trace(model, (0, 1, 2))
    found = explain(data, "alpha", time=1, state=0)
    assert r"(0.06\cdot0.7+0.24\cdot0.4)\cdot0.4=0.0552" in found.equation
    assert found.terms["term"].tolist() == ["Rainy", "Sunny"]
    assert found.terms["product"].tolist() == pytest.approx([0.0168, 0.0384])
    best = explain(data, "delta", time=1, state=0)
    assert r"\max(0.06\cdot0.7,\ 0.24\cdot0.4)\cdot0.4=0.0384" in best.equation
    assert best.how == "max"
    back = explain(data, "psi", step=0, next_state=0)
    assert (back.value, back.how) == (1, "last argmax")
    assert r"=\text{Sunny}=1" in back.equation


def test_code_holds_the_columns_that_occur():
    model = random_model(3, 80, 5)
    code = explain(trace(model, (79, 3, 3, 41)), "alpha", time=3, state=0).code
    assert "'v3', 'v41', 'v79'" in code
    assert "O = [2, 0, 0, 1]" in code
    assert len(code) < 1000


def test_names_cannot_leave_their_place():
    """A name with a line break stays inside its comment, LaTeX's commands are taken out."""
    found = explain(trace(ODD, (0, 1, 1)), "alpha", time=2, state=1)
    assert not re.search(r"^import os", found.code, re.MULTILINE)
    assert "$" not in found.equation
