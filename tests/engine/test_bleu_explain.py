"""The program beside every number of BLEU prints that number."""

import pytest
from proofs import check_code, check_terms, explained

from engine import bleu_explain
from engine.bleu_trace import SCHEMA, trace
from engine.explain import explain

REFERENCES = [["the", "cat", "is", "on", "the", "mat", "."], ["there", "is", "a", "cat", "on", "the", "mat"]]
CASES = [
    ("the cat the cat on a mat .", REFERENCES, 4, "none", None, False),
    ("the the the mat 'quoted' \\n {x}", REFERENCES, 4, "exp", None, False),
    ("the mat cat", REFERENCES, 5, "floor", None, True),
    ("on mat the", REFERENCES[:1], 3, "add-k", 0.5, False),
    ("on mat", REFERENCES, 3, "add-k", None, True),
    ("cat on mat the", REFERENCES, 6, "exp", None, True),
    ("nothing here", REFERENCES, 2, "exp", None, True),
    ("", REFERENCES, 2, "none", None, True),
    ("", [[]], 1, "add-k", None, True),
    ("a b", [[]], 2, "none", None, False),
    (" ".join(REFERENCES[0]), REFERENCES, 4, "none", None, False),
]


@pytest.fixture(scope="module")
def cases():
    return explained([trace(text.split(), *rest) for text, *rest in CASES], draws=2)


def test_every_variable_has_an_explainer():
    assert set(bleu_explain.EXPLAIN) == set(SCHEMA)


def test_code_reproduces_random_cells_of_every_variable(cases, tmp_path):
    check_code(cases, tmp_path, abs=1e-12)


def test_terms_give_the_value(cases):
    check_terms(cases, abs=1e-12)


def test_equations_are_closed(cases):
    for where, _, found in cases:
        assert found.equation.count("{") - found.equation.count(r"\{") == found.equation.count(
            "}"
        ) - found.equation.count(r"\}"), where
        if found.value == found.value and abs(found.value) < float("inf"):
            assert float(found.equation.rsplit("=", 1)[1]) == pytest.approx(found.value, rel=1e-3), where


def test_an_equation_on_paper():
    data = trace(["the", "cat", "sat"], [["the", "cat", "sat", "down"]], 2)
    assert explain(data, "bp").equation == r"\mathrm{BP}=e^{1-\frac{r}{c}}=e^{1-\frac{4}{3}}=0.71653"
    assert explain(data, "p", order=1).equation == r"p_2=\frac{m_2}{l_2}=\frac{2}{2}=1"
    assert explain(data, "clipped", gram=0).equation.endswith(r"=\min(1,1)=1")
