"""Files of translations and references: lines stay beside each other, what cannot be scored is listed."""

import gzip

import pytest

from engine import readers
from engine.bleu_files import Columns, from_table, from_texts, guess_columns, guess_header, read_lines
from engine.errors import InputError
from engine.readers import Limits


def test_lines_stay_beside_each_other_and_empty_ones_count():
    found = from_texts(("h.txt", b"a\n\n  c  d\n"), [("r.gz", gzip.compress("x\r\ny\r\nz".encode("utf-16")))])
    assert found.cells.to_dict("list") == {
        "line": [1, 2, 3], "candidate": ["a", "", "c d"], "reference 1": ["x", "y", "z"]
    }  # fmt: skip
    assert found.bad == []


def test_a_bad_line_takes_its_pair_along_and_is_listed():
    found = from_texts(
        ("h.txt", b"one\ntwo\nthree\n" + b"w " * 6000 + b"\n"), [("r.txt", b"eins\nzwei\0\ndrei\nvier\n")]
    )
    assert found.cells["line"].tolist() == [1, 3]
    assert [(row.file, row.line) for row in found.bad] == [("r.txt", 2), ("h.txt", 4)]


def test_unequal_files_are_told_with_their_counts():
    with pytest.raises(InputError, match=r"h\.txt has 2 lines, r\.txt has 3"):
        from_texts(("h.txt", b"a\nb\n"), [("r.txt", b"a\nb\nc")])


@pytest.mark.parametrize(
    ("blob", "limits"),
    [(b"", Limits()), (b"PK\x03\x04", Limits()), (b"a\nb\nc\n", Limits(rows=2)), (b"a" * 99, Limits(upload=50))],
)
def test_what_is_no_text_or_too_large_is_refused(blob, limits):
    with pytest.raises(InputError):
        read_lines(blob, "x.txt", None, limits)


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (["1", "2"], Columns("1", ("2",), None)),
        (["Source", "MT", "Reference 1", "reference_2"], Columns("MT", ("Reference 1", "reference_2"), "Source")),
        (["ref", "hyp"], Columns("hyp", ("ref",), None)),
        (["id", "参考", "译文"], Columns("译文", ("参考",), None)),
        (["only"], Columns("only", (), None)),
    ],
)
def test_columns_are_guessed_by_name_then_by_place(names, columns):
    assert guess_columns(names) == columns


def test_a_table_is_paired_by_its_columns():
    text = "source\thyp\tref\nDas\tThe\tthe\n\nEs\t\tit\nkurz\tx\n"
    [table], _ = readers.read(text.encode(), "pairs.tsv", header=guess_header(["source", "hyp", "ref"]))
    found = from_table(table, guess_columns(list(table.cells)))
    assert found.cells.to_dict("list") == {
        "line": [2, 4], "candidate": ["The", ""], "reference 1": ["the", "it"], "source": ["Das", "Es"]
    }  # fmt: skip
    assert [row.line for row in found.bad] == [3, 5]
