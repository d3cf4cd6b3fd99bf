"""The interpreter that proves: it has no engine, keeps codes apart and says what fails."""

import pytest
from proofs import run_alone


def test_codes_print_each_with_names_and_folder_of_their_own(tmp_path):
    (tmp_path / "note").write_text("3")
    codes = ["a = 1\nprint(a)", "print('a' in globals(), open('note').read())", "def f(n):\n  return n\nprint(f(2))"]
    assert run_alone(codes, tmp_path) == ["1\n", "False 3\n", "2\n"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import engine", "ModuleNotFoundError"),
        ("from engine.text import fold", "ModuleNotFoundError"),
        ("import sys, types; sys.modules['engine'] = types.ModuleType('engine'); import engine", "AssertionError"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit", "SystemExit"),
    ],
)
def test_an_engine_and_an_error_are_said(code, error, tmp_path):
    with pytest.raises(AssertionError, match=error):
        run_alone(["print(1)", code], tmp_path)
    cleaning = "import sys; sys.modules.pop('engine', None); print(2)"
    assert run_alone([cleaning], tmp_path) == ["2\n"]  # and the next one goes on
