"""`python -m engine embed`, run in this process on a small folder."""

import io
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import typer
from bert_folders import write

from engine import cli_embed, embeddings, pretrained

LINES = ["the cat", "", "a dog sleeps.", "the\tdog", "the cat"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture
def run(folder, monkeypatch):
    """`run(*options)` → (exit code, bytes of stdout)."""

    def call(*options: str, text: bytes = "\n".join(LINES).encode(), weights: bool = True) -> tuple[int, bytes]:
        out = io.BytesIO()
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out, write=out.write, flush=out.flush))
        monkeypatch.setattr("torch.set_num_threads", lambda n: None)
        arguments = [*(["--weights", str(folder)] if weights else []), *options]
        code = typer.main.get_command(cli_embed.app)(arguments, standalone_mode=False)
        return code or 0, out.getvalue()

    return call


@pytest.fixture
def vectors(folder):
    return embeddings.embed(pretrained.load_folder(folder), LINES).vectors


def test_a_line_out_for_a_line_in(run, vectors):
    code, out = run()
    rows = [line.split("\t") for line in out.decode().splitlines()]
    assert code == 0
    assert np.array(rows, float) == pytest.approx(vectors, abs=1e-6)


def test_npy_is_written_as_numpy_does(run, vectors, tmp_path):
    run("--out", str(tmp_path / "v.npy"))
    assert np.load(tmp_path / "v.npy") == pytest.approx(vectors)
    assert not list(tmp_path.glob("*.part"))
    run("--out", str(tmp_path / "none.npy"), text=b"")
    assert np.load(tmp_path / "none.npy").shape == (0, 8)


def test_nearest_passes_over_empty_lines(run):
    _, out = run("--nearest", "1")
    rows = [line.split("\t") for line in out.decode().splitlines()]
    assert [row[0] for row in rows] == ["1", "3", "4", "5"]
    assert rows[0][1:4] == ["1", "1.000000", "5"]
    assert rows[2][4] == "the dog"


def test_nearest_among_the_lines_of_a_file(run, tmp_path):
    (tmp_path / "known.txt").write_text("a dog\n\nthe cat\n", "utf-8")
    _, out = run("--nearest", "9", "--among", str(tmp_path / "known.txt"))
    rows = [line.split("\t") for line in out.decode().splitlines()]
    assert len(rows) == 4 * 2
    assert rows[0] == ["1", "1", "1.000000", "3", "the cat", "the cat"]


def test_lines_that_are_too_long_are_told(run, capsys):
    run("--most-tokens", "3")
    assert "4 lines were too long" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "v.csv"), "ends neither in .tsv nor in .npy"),
        (("--among", "x"), "--among needs --nearest"),
        (("--nearest", "2", "--out", "v.npy"), "--nearest writes .tsv alone"),
        (("--weights", "/nowhere"), "There is no folder /nowhere."),
        (("--nearest", "2", "--among", "/nowhere"), "/nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(run, capsys, options, said):
    assert run(*options) == (2, b"")
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_without_the_package_it_says_how_to_get_it(run, capsys, monkeypatch):
    monkeypatch.setattr(pretrained, "PACKAGE", "no-such-package-as-this")
    assert run(weights=False) == (2, b"")
    assert "requirements-models.txt" in capsys.readouterr().err
