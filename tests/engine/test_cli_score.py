"""`score names` as a user runs it: files in, CSV and Parquet out, errors in one line with status 2."""

import csv
import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

from engine import weights
from engine.classifier import ClassifierParams, build
from engine.cli_score import app
from engine.text import ALPHABET

LANGUAGES, COUNTS = ("Alpha", "Beta", "Gamma", "Delta"), (10, 20, 30, 40)
CSV = 'id,name\n1,Müller\n2,"=1+1|x"\n3,\n4,Farina\n'


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> Path:
    torch.manual_seed(0)
    params = ClassifierParams("elman", 16, LANGUAGES, COUNTS)
    path = tmp_path_factory.mktemp("w") / "net.safetensors"
    path.write_bytes(weights.dumps(build(params), params, {}))
    return path


def run(network, *arguments, stdin: bytes = b""):
    return CliRunner().invoke(app, ["names", "--weights", str(network), *map(str, arguments)], input=stdin)


def by_hand(network, text: str, uniform: bool = False) -> np.ndarray:
    net, h = weights.load_file(network).net, torch.zeros(1, 16)
    for letter in text:
        x = torch.zeros(1, len(ALPHABET))
        x[0, ALPHABET.index(letter)] = 1
        h, logits = net.step(x, h).h, net.step(x, h).logits
    p = torch.softmax(logits, 1)[0].double().numpy()
    p = p / np.array(COUNTS) if uniform else p
    return p / p.sum()


@pytest.mark.parametrize("prior", ["natural", "uniform"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_scores_are_those_of_the_network(network, tmp_path, form, prior):
    (tmp_path / "in.csv").write_text(CSV, "utf-8")
    out = tmp_path / f"out.{form}"
    result = run(network, tmp_path / "in.csv", "--out", out, "--top", 2, "--prior", prior)
    assert result.exit_code == 0, result.output
    table = pd.read_csv(out) if form == "csv" else pd.read_parquet(out)
    assert table["line"].tolist() == [2, 3, 5]
    assert table["name"].tolist() == ["Müller", "'=1+1|x" if form == "csv" else "=1+1|x", "Farina"]
    assert table["folded"].tolist() == ["Muller", "x", "Farina"]
    for row in table.itertuples():
        p = by_hand(network, row.folded, prior == "uniform")
        order = p.argsort()[::-1]
        assert [row.language_1, row.language_2] == [LANGUAGES[i] for i in order[:2]]
        np.testing.assert_allclose([row.probability_1, row.probability_2], p[order[:2]], atol=2e-6)
    assert not list(tmp_path.glob("*.part"))


def test_pipes(network):
    result = run(network, "-", stdin=CSV.encode())
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert result.exit_code == 0
    assert [row["name"] for row in rows] == ["Müller", "'=1+1|x", "Farina"]
    assert "3 names scored, 1 rows left out." in result.stderr
    again = run(network, "-", stdin=gzip.compress(CSV.encode()))
    assert again.stdout == result.stdout


def test_bad_rows_are_listed(network, tmp_path):
    (tmp_path / "in.txt").write_bytes(b"Anna\n\n12\n" + b"x" * 101 + b"\n=1\n")
    result = run(network, tmp_path / "in.txt", "--bad", tmp_path / "bad.csv", "--out", tmp_path / "out.csv")
    assert result.exit_code == 0
    bad = pd.read_csv(tmp_path / "bad.csv", keep_default_na=False)
    assert bad["line"].tolist() == [2, 3, 4, 5]
    assert bad["text"].tolist()[-1] == "'=1"
    assert bad["reason"].str.len().min() > 10


def test_many_chunks_and_the_column(network, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.readers.stream.CHUNK", 100)
    (tmp_path / "in.csv").write_text("a,b\n" + "Anna,Bob\n" * 1000, "utf-8")
    result = run(network, tmp_path / "in.csv", "--out", tmp_path / "o.parquet", "--column", "b", "--header", "yes")
    assert result.exit_code == 0, result.output
    table = pd.read_parquet(tmp_path / "o.parquet")
    assert set(table["name"]) == {"Bob"}
    assert table["line"].tolist() == list(range(2, 1002))


def test_a_zip_says_which_file(network, tmp_path):
    frame = pd.DataFrame({"n": ["Anna"]})
    frame.to_csv(tmp_path / "in.zip", index=False, header=False, compression={"method": "zip", "archive_name": "a.txt"})
    result = run(network, tmp_path / "in.zip", "--out", "-")
    assert next(csv.DictReader(io.StringIO(result.stdout)))["file"] == "in.zip · a.txt"


@pytest.mark.parametrize(
    ("blob", "options", "says"),
    [
        (None, [], "No such file"),
        (b"", [], "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), [], "its content is: .png"),
        (b"\n\n", [], "No name could be scored"),
        (b"Anna\n", ["--out", "x.json"], "neither .csv nor .parquet"),
        (b"Anna\n", ["--out", "nowhere/x.csv"], "can't be written"),
        (b"name,x\nAnna,1\n", ["--column", "surname"], "no column surname"),
        (b"Anna\n", ["--encoding", "rot13"], "Unknown encoding"),
    ],
)
def test_errors_are_one_line(network, tmp_path, monkeypatch, blob, options, says):
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "in.csv"
    if blob is not None:
        source.write_bytes(blob)
    result = run(network, source, *(["--out", "out.csv"] if "--out" not in options else []), *options)
    assert result.exit_code == 2
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == (["in.csv"] if blob is not None else [])


@pytest.mark.parametrize("blob", [b"", b"\x80\x04\x95" + bytes(40), b"PK\x03\x04" + bytes(40)])
def test_weights_that_are_none(tmp_path, blob):
    (tmp_path / "w.safetensors").write_bytes(blob)
    (tmp_path / "in.txt").write_text("Anna\n")
    result = run(tmp_path / "w.safetensors", tmp_path / "in.txt")
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
