"""The shares of a broken source are proved: the program of a cell draws the same sample and prints the same share."""

import contextlib
import io

import pytest

from engine.explain import NoSuchCell, explain
from engine.hmm import assumptions, assumptions_explain, json_files


def printed(code: str) -> float:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "proof", "exec"), {})
    return float(out.getvalue())


@pytest.mark.parametrize("kind", list(assumptions.SOURCES))
@pytest.mark.parametrize("preset", ["weather", "letters"])
def test_the_program_prints_the_share(kind, preset):
    model = json_files.preset(preset).model
    trace = assumptions.broken(model, kind, 0.6, 3, 30, **assumptions_explain.attrs(model))
    for context, state, outcome in ((0, 0, 1), (1, 1, 0)):
        found = explain(trace, "conditional", context=context, state=state, outcome=outcome)
        assert "engine" not in found.code
        assert printed(found.code) == pytest.approx(found.value, abs=1e-12)
        assert found.terms["product"].sum() == pytest.approx(found.value, abs=1e-12)


def test_other_cells_and_contexts_that_never_came_are_passed_over():
    model = json_files.preset("weather").model
    trace = assumptions.broken(model, "second_order", 0.5, 0, 30, **assumptions_explain.attrs(model))
    with pytest.raises(NoSuchCell):
        explain(trace, "log_hmm", time=0)
    trace["n"].values[0, 0] = 0
    with pytest.raises(NoSuchCell):
        explain(trace, "conditional", context=0, state=0, outcome=0)
