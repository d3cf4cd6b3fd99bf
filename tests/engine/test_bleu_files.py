"""Files of translations and references: lines stay beside each other, what cannot be scored is listed."""

import gzip

import pandas as pd
import pytest

from engine import readers
from engine.bleu_files import Columns, from_table, from_texts, guess_columns, guess_header, overlap, read_lines
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
        (["Deutsch", "Englisch", "mt_output"], Columns("mt_output", ("Englisch",), "Deutsch")),
        (["German sentence", "Reference translation", "System output"],
         Columns("System output", ("Reference translation",), "German sentence")),
        (["Quelle", "Übersetzung", "Referenz"], Columns("Übersetzung", ("Referenz",), "Quelle")),
        (["only"], Columns("only", (), None)),
    ],
)  # fmt: skip
def test_columns_are_guessed_by_name_then_by_place(names, columns):
    assert guess_columns(pd.DataFrame(columns=names)) == columns


GERMAN = ["Der Hund schläft heute.", "Wir lesen ein Buch.", "Es regnet seit gestern."]
MACHINE = ["The dog sleeps today.", "We read one book.", "It rains since yesterday."]
ENGLISH = ["The dog is sleeping today.", "We read a book.", "It has been raining since yesterday."]
NUMBERS = {"id": ["1", "2", "3"], "date": ["2024-01-02", "3 March 2024", "12. Mai 2024"], "mark": ["s-1", "s-2", "s-3"]}


@pytest.mark.parametrize(
    ("cells", "columns"),
    [
        (NUMBERS | {"sentence": MACHINE, "reference": ENGLISH, "note": ["", "good", "nice work"]},
         Columns("sentence", ("reference",), None)),
        ({"Sentence": GERMAN, "Reference": ENGLISH, "Nr": ["1", "2", "3"]}, Columns("", ("Reference",), "Sentence")),
        ({"Sentence": GERMAN, "mt": MACHINE, "Nr": ["1", "2", "3"]}, Columns("mt", (), "Sentence")),
        (NUMBERS | {"x": GERMAN, "y": MACHINE, "z": ENGLISH}, Columns("y", ("z",), None)),
        ({"句子": GERMAN, "ref": ["1", "2", "3"], "译文": MACHINE, "标准译文": ENGLISH},
         Columns("译文", ("标准译文",), "句子")),
    ],
    ids=["numbers", "no translation", "no reference", "alike", "numbers named so"],
)  # fmt: skip
def test_columns_are_guessed_by_what_they_hold(cells, columns):
    assert guess_columns(pd.DataFrame(cells)) == columns


@pytest.mark.parametrize(
    "first", ["Satz;Referenz", "Sätze;Nr", "句子;参考译文", "原文;英语", "German sentence;MT output"]
)
def test_a_header_is_seen_in_three_languages(first):
    assert guess_header(first.split(";"))


@pytest.mark.parametrize("first", ["Das ist ein Text.;This is a text.", "Es regnet.;7", ";", "The system works.;Gut"])
def test_a_pair_of_sentences_is_no_header(first):
    assert not guess_header(first.split(";"))


def test_chinese_words_are_single_characters():
    assert overlap(["今天下雨", None, ""], ["今天下雪", "x", "y"]) == pytest.approx(3 / 4)


def test_unequal_files_say_how_many_lines_are_blank_and_where_they_part():
    with pytest.raises(InputError, match=r"h has 4 lines, 1 of them blank; r has 3, 0 of .* line 2:"):
        from_texts(("h", b"a\n \nb\nc\n"), [("r", b"a\nb\nc\n")])
    with pytest.raises(InputError, match="line 3:"):
        from_texts(("h", b"a\n\n\n\n"), [("r", b"a\n\n")])


@pytest.mark.parametrize("name", ["r.csv", "r.TSV"])
def test_a_table_is_no_file_of_lines(name):
    with pytest.raises(InputError, match="is a table"):
        from_texts(("h.txt", b"a\nb\n"), [(name, b"id,ref\n1,a\n")])


def test_a_table_is_paired_by_its_columns():
    text = "source\thyp\tref\nDas\tThe\tthe\n\nEs\t\tit\nkurz\tx\n"
    [table], _ = readers.read(text.encode(), "pairs.tsv", header=guess_header(["source", "hyp", "ref"]))
    found = from_table(table, guess_columns(table.cells))
    assert found.cells.to_dict("list") == {
        "line": [2, 4], "candidate": ["The", ""], "reference 1": ["the", "it"], "source": ["Das", "Es"]
    }  # fmt: skip
    assert [row.line for row in found.bad] == [3, 5]
