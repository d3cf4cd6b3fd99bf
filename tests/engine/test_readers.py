"""Readers: encodings, delimiters, headers, columns, line numbers; files written here by other libraries."""

import csv
import io
import random
import zipfile
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from engine.errors import InputError
from engine.readers import PAGE, decode, kind, names, read, unzip
from engine.readers.base import shorten
from engine.readers.stream import Wanted, chunks

GERMAN = ["Müller", "Schröder", "Weiß", "Köhler", "Krämer", "Böhm", "Jäger", "Groß", "Möller", "Günther"]
FRENCH = ["Lefèvre", "Gérard", "Bétancourt", "Noël", "Désiré", "Hélène", "Côté", "Gagné", "Léger", "Bélanger"]
SPANISH = ["Muñoz", "Núñez", "Peña", "Ibáñez", "García", "Martínez", "López", "Sánchez", "Pérez", "Gómez"]
SWEDISH = ["Åström", "Öberg", "Söderström", "Sjöberg", "Björk", "Åkesson", "Håkansson", "Ångström"]
ENGLISH = ["Smith", "Jones", "Brown", "Wilson", "Taylor", "Clark"]
HAN = ["李雷", "韩梅梅", "王芳", "张伟", "刘洋", "陈静", "杨勇", "赵磊", "黄敏", "周杰", "联通", "欧阳娜娜"]


def listed(words, n, mixed, seed=0):
    draw = random.Random(seed)
    chosen = [draw.choice(words) for _ in range(n)]
    if mixed:
        chosen = [name for word in chosen for name in (word, draw.choice(ENGLISH))]
    return "\n".join(chosen) + "\n"


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("n", [1, 2, 5, 300])
@pytest.mark.parametrize(
    ("words", "encoding"),
    [(GERMAN, "latin-1"), (FRENCH, "latin-1"), (SPANISH, "latin-1"), (SWEDISH, "latin-1"), (HAN, "gb18030"),
     (GERMAN, "utf-8"), (HAN, "utf-8"), (HAN, "utf-8-sig"), (HAN, "utf-16"), (ENGLISH, "utf-16-be"),
     (GERMAN, "utf-16-le"), (ENGLISH, "ascii"), (FRENCH, "utf-32")],
)  # fmt: skip
def test_encodings_are_detected(words, encoding, n, mixed):
    for seed in range(5):
        text = listed(words, n, mixed, seed)
        decoded = decode(text.encode(encoding), "a.txt")
        assert decoded.text == text
        assert not decoded.bad


def test_an_encoding_can_be_given():
    text = "Иванов\nПетров\n"
    assert decode(text.encode("cp1251"), "a.txt", "cp1251").text == text


def test_undecodable_lines_are_named():
    decoded = decode("Żak\nŚlusarski\n".encode() + b"\xff\xfe\xfa\nBob\n", "a.txt")
    assert [(row.file, row.line) for row in decoded.bad] == [("a.txt", 3)]
    assert decoded.text.splitlines()[3] == "Bob"


@pytest.mark.parametrize(
    ("name", "blob", "expected"),
    [("a.txt", b"Anna", "txt"), ("a.csv", b"a,b", "csv"), ("a.TSV", b"a\tb", "tsv"), ("a", b"Anna", "txt"),
     ("a.gz", b"\x1f\x8b\x08" + bytes(20), "gz")],
)  # fmt: skip
def test_kind(name, blob, expected):
    assert kind(blob, name) == expected


def cells(text, file="a.csv", **options):
    (table,), bad = read(text.encode(), file, **options)
    assert not bad
    return table


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_delimiters(delimiter):
    rows = [
        ["id", "surname", "note"],
        ["1", "Müller", 'said "hi"'],
        ["2", "O'Neal", f"a{delimiter}b\nc"],
        ["3", "Żak", ""],
    ]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    table = cells(out.getvalue())
    assert (table.delimiter, table.header, table.name) == (delimiter, True, "surname")
    assert table.cells.values.tolist() == rows[1:]
    assert table.cells.index.tolist() == [2, 3, 5]


def test_random_tables_come_back(tmp_path):
    draw = random.Random(1)
    for _ in range(60):
        rows = [["".join(draw.choices('ab ,;"\n\t|', k=draw.randint(1, 6))) for _ in range(3)] for _ in range(8)]
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["x", "y", "z"], *rows])
        table = cells(out.getvalue(), header=True)
        assert table.cells.values.tolist() == rows


@pytest.mark.parametrize(
    ("text", "file", "header", "name"),
    [
        ("name\nAnna\n", "a.txt", True, "name"),
        ("Anna\nBob\n", "a.txt", False, "1"),
        ("Sentence\nThe boats.\n", "a.txt", True, "Sentence"),
        ("文本\n他来了\n", "a.csv", True, "文本"),
        ("Smith, John\nJones, Ann\n", "a.txt", False, "1"),
        ("Smith\tEnglish\nJones\tEnglish\n", "a.txt", False, "1"),
        ("English,Smith\nEnglish,Jones\nEnglish,Bond\n", "a.csv", False, "2"),
        ("id,who\n1,Smith\n2,Jones\n", "a.csv", True, "who"),
        ("姓名,拼音,年龄\n李雷,Li Lei,20\n韩梅梅,Han Meimei,21\n", "a.csv", True, "拼音"),
        ("first name,last name\nAnna,Smith\nBob,Jones\n", "a.csv", True, "last name"),
        ("email,name\na@b.de,Anna\nb@c.de,Bob\n", "a.csv", True, "name"),
        ("sep=;\nNachname;Ort\nMüller;Ulm\n", "a.csv", True, "Nachname"),
        ("a,a,\nx,y,z\n", "a.csv", False, "1"),
    ],
)
def test_headers_and_columns_are_guessed(text, file, header, name):
    table = cells(text, file)
    assert (table.header, table.name) == (header, name)


def test_the_header_can_be_said():
    assert cells("Anna,1\nBob,2\n", header=True).cells.columns.tolist() == ["Anna", "1"]
    assert cells("name\nBob\n", header=False).cells.iloc[:, 0].tolist() == ["name", "Bob"]
    assert cells("a,a,\nx,y,z\n", header=True).cells.columns.tolist() == ["a", "a (2)", "3"]


def test_a_column_is_picked_and_bad_rows_keep_their_lines():
    tables, _ = read("id,name,x\n1,Müller,Abel\n2,,Bebel\n3,12,Ce\n4\n".encode(), "a.csv")
    found, bad = names(tables)
    assert found.values.tolist() == [["a.csv", 2, "Müller", "Muller"]]
    assert [row.line for row in bad] == [3, 4, 5]
    assert names(tables, "x")[0]["name"].tolist() == ["Abel", "Bebel", "Ce"]


def test_a_workbook_gives_values_of_all_sheets():
    book, blob = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["Surname", "born"])
    book.active.append(["Żak", 1990])
    book.active.append(["Nowak", 1.5])
    book.create_sheet("more").append(["Anna"])
    book.create_sheet("empty")
    book.save(blob)
    tables, _ = read(blob.getvalue(), "a.xlsx")
    assert [table.file for table in tables] == ["a.xlsx · Sheet", "a.xlsx · more"]
    assert tables[0].cells.values.tolist() == [["Żak", "1990"], ["Nowak", "1.5"]]
    assert names(tables)[0]["name"].tolist() == ["Żak", "Nowak", "Anna"]


def test_unzip_gives_members_in_order():
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w") as archive:
        for name in ("b/German.txt", "b/", "a.csv", ".hidden.txt", "x.jpg", "__MACOSX/b/German.txt"):
            archive.writestr(name, name.encode())
    assert unzip(blob.getvalue(), "a.zip") == [("b/German.txt", b"b/German.txt"), ("a.csv", b"a.csv")]


@pytest.mark.parametrize(
    ("limit", "blob"),
    [({"rows": 3}, b"a\nb\nc\nd\n"), ({"cells": 5}, b"a,b\nc,d\ne,f\n"), ({"upload": 3}, b"Anna")],
)  # fmt: skip
def test_limits(limit, blob):
    with pytest.raises(InputError):
        read(blob, "a.csv", limits=replace(PAGE, **limit))
    assert read(blob[: len(blob) // 2], "a.csv", limits=replace(PAGE, **limit))


def test_the_row_limit_does_not_count_the_header():
    assert len(read(b"name\na\nb\nc\n", "a.txt", limits=replace(PAGE, rows=3))[0][0].cells) == 3


def test_shorten():
    assert shorten("a\tb") == "a b"
    assert shorten("x" * 70) == "x" * 59 + "…"


class Pipe(io.RawIOBase):
    """A stream that can't go back."""

    def __init__(self, blob: bytes):
        self.inner = io.BytesIO(blob)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        return self.inner.readinto(buffer)


@pytest.mark.parametrize("blob", ["name,x\nMüller,1\nŻak,2\n".encode(), "name;x\nMüller;1\n".encode("latin-1")])
def test_a_pipe_is_read_like_a_file(blob):
    (piped,) = chunks(io.BufferedReader(Pipe(blob)), "")
    (filed,) = chunks(io.BytesIO(blob), "a.csv")
    assert piped._replace(file="") == filed._replace(file="")


def test_streamed_rows_equal_those_read_at_once(monkeypatch):
    monkeypatch.setattr("engine.readers.stream.CHUNK", 7000)
    draw = random.Random(2)
    lines = ["id,name"] + [f"{i},{draw.choice(GERMAN + ENGLISH + ['', '12', 'x' * 101])}" for i in range(30_000)]
    blob = "\n".join(lines).encode()
    parts = list(chunks(io.BytesIO(blob), "a.csv"))
    found, bad = names(read(blob, "a.csv")[0])
    assert len(parts) > 3
    streamed = pd.DataFrame(
        [row for part in parts for row in zip(part.lines, part.names, part.texts, strict=True)],
        columns=["line", "name", "text"],
    )
    pd.testing.assert_frame_equal(streamed, found[["line", "name", "text"]], check_dtype=False)
    assert [row for part in parts for row in part.bad] == bad


def test_a_missing_column_is_said():
    with pytest.raises(InputError, match="It has: name, x"):
        list(chunks(io.BytesIO(b"name,x\nAnna,1\n"), "a.csv", Wanted(column="surname")))
    (part,) = chunks(io.BytesIO(b"name,x\nAnna,Bob\n"), "a.csv", Wanted(column="2"))
    assert part.names == ["Bob"]
