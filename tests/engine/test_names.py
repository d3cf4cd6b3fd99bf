import gzip
import io
import zipfile

import numpy as np
import pytest

from engine.errors import InputError
from engine.names import Names, align, counts, fingerprint, read, read_names, split, subset

FILES = {
    "Polish": "Ślusàrski\nNowak\n\n  Kowalski  \n",
    "Irish": "O'Neàl\nÓ Briain\n李雷\n",
    "Korean": "Kim\nPark \nKim\n",
}
PAIRS = {
    ("Slusarski", "Polish"), ("Nowak", "Polish"), ("Kowalski", "Polish"), ("ONeal", "Irish"), ("O Briain", "Irish"),
    ("Kim", "Korean"), ("Park", "Korean"),
}  # fmt: skip


def pairs(names):
    return {(text, names.languages[label]) for text, label in zip(names.texts, names.labels, strict=True)}


@pytest.fixture
def folder(tmp_path):
    for language, text in FILES.items():
        (tmp_path / f"{language}.txt").write_text(text, "utf-8")
    return tmp_path


def zipped(prefix="", extra=()):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for language, text in FILES.items():
            archive.writestr(f"{prefix}{language}.txt", text)
        for name, text in extra:
            archive.writestr(name, text)
    return out.getvalue()


def table(delimiter="\t", header="", turned=False):
    rows = [f"{language}{delimiter}{name}" if turned else f"{name}{delimiter}{language}"
            for language, text in FILES.items() for name in text.split("\n")]  # fmt: skip
    return (header + "\n".join(rows) + "\n").encode()


def test_folder(folder):
    reading = read(folder)
    assert reading.names.languages == ("Irish", "Korean", "Polish")
    assert pairs(reading.names) == PAIRS
    assert len(reading.names.texts) == 8  # Kim stands twice: the reader keeps repetitions, the split does not
    assert [(bad.file, bad.line, bad.text) for bad in reading.bad] == [("Irish.txt", 3, "李雷")]


@pytest.mark.parametrize(
    ("blob", "name"),
    [
        (zipped(), "n.zip"),
        (zipped("data/names/", [("data/eng-fra.txt", "Go.\tVa !\n")]), "data.zip"),
        (zipped("names\\"), "windows.zip"),
        (zipped("a/", [("__MACOSX/a/._Irish.txt", "x")]), "mac.zip"),
        (table(), "n.tsv"),
        (table(header="name\tlanguage\n"), "n.tsv"),
        (table(header="Surname\tNationality\n"), "n.tsv"),
        (table(turned=True), "n.tsv"),
        (table(","), "n.csv"),
        (table(";", header="language;name\n", turned=True), "n.csv"),
        (b"\xef\xbb\xbf" + table(","), "bom.csv"),
        (table().replace(b"\n", b"\r\n"), "n.tsv"),
        (table().decode().encode("utf-16"), "n.tsv"),
        (gzip.compress(table(), mtime=0), "n.tsv.gz"),
    ],
)
def test_every_layout_holds_the_same_names(blob, name, folder):
    names = read_names(blob, name)
    assert pairs(names) == PAIRS
    assert fingerprint(names) == fingerprint(read_names(folder))


def test_csv_quotes_and_tsv_without():
    names = read_names(b'"Li, Wei",Chinese\n"O""Neal",Irish\n', "n.csv")
    assert pairs(names) == {("Li, Wei", "Chinese"), ("ONeal", "Irish")}
    assert pairs(read_names(b'"Abe\tJapanese\nKim\tKorean\n', "n.tsv")) == {("Abe", "Japanese"), ("Kim", "Korean")}


def test_bad_rows_are_listed_with_line_and_reason():
    blob = "Abe\tJapanese\n" + "x" * 101 + "\tKorean\nKim\tKorean\nalone\nLi\t\na\tb\tc\n☺\tKorean\n"
    reading = read(blob.encode(), "n.tsv")
    assert pairs(reading.names) == {("Abe", "Japanese"), ("Kim", "Korean")}
    assert sorted(bad.line for bad in reading.bad) == [2, 4, 5, 6, 7]
    assert all(bad.reason.format(**bad.params) for bad in reading.bad)


@pytest.mark.parametrize(
    ("blob", "name"),
    [
        (b"", "n.tsv"),
        (b"Kim\nAbe\n", "n.tsv"),
        (b"Kim\tKorean\nLee\tKorean\n", "n.tsv"),
        (b"\0\1\2\3" * 500, "n.tsv"),
        (b"PK\3\4 broken", "n.zip"),
        (zipped()[:-30], "n.zip"),
        (b"\n".join(f"n{chr(97 + i % 26)}{chr(97 + i // 26)}\tL{i}".encode() for i in range(100)), "n.tsv"),
        (gzip.compress(table(), mtime=0)[:-20], "n.tsv.gz"),
    ],
)
def test_unusable_sources_end_in_a_message(blob, name):
    with pytest.raises(InputError):
        read(blob, name)


def test_missing_source_and_folder_without_names(tmp_path):
    with pytest.raises(InputError, match="no file or folder"):
        read(tmp_path / "nothing")
    with pytest.raises(InputError, match="at least two"):
        read(tmp_path)


def test_zip_with_one_language():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("Irish.txt", "Murphy\n")
    with pytest.raises(InputError, match="at least two"):
        read(out.getvalue(), "n.zip")


def test_one_language_is_enough_to_evaluate():
    assert read(b"Kim\tKorean\nLee\tKorean\n", "n.tsv", least=1).names.languages == ("Korean",)


def many(n=200, repeat=3):
    texts = [f"N{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(n)]
    labels = np.arange(n) % 4 // 2  # two languages of the same size
    return Names(texts * repeat, np.tile(labels, repeat), ("a", "b"))


def test_split_is_disjoint_complete_stratified_and_without_repetition():
    names = many()
    train, held = split(names, seed=1, share=0.2)
    assert pairs(train) | pairs(held) == pairs(names)
    assert not pairs(train) & pairs(held)
    assert len(train.texts) == len(pairs(train))
    assert len(held.texts) == len(pairs(held))
    np.testing.assert_array_equal(counts(held), [20, 20])
    np.testing.assert_array_equal(counts(train), [80, 80])


def test_split_depends_on_seed_and_names_only():
    names = many()
    order = np.random.default_rng(0).permutation(len(names.texts))
    assert pairs(split(names, 1)[1]) == pairs(split(subset(names, order), 1)[1])
    assert split(names, 1)[1].texts == split(subset(names, order), 1)[1].texts
    assert pairs(split(names, 1)[1]) != pairs(split(names, 2)[1])
    assert split(names, 1, 0.0)[1].texts == []


def test_align_maps_by_language_name():
    names = Names(["x", "y"], np.array([0, 1]), ("b", "c"))
    aligned = align(names, ("a", "c", "b"))
    assert aligned.labels.tolist() == [2, 1]
    assert pairs(aligned) == pairs(names)
    with pytest.raises(InputError, match="does not know: c"):
        align(names, ("a", "b"))


def test_fingerprint_is_of_the_pairs():
    names = many()
    assert fingerprint(names) == fingerprint(split(names, share=0.0)[0])
    assert fingerprint(names) != fingerprint(subset(names, range(10)))
