"""Every hostile upload ends in a message or in a clean result: in the reader, in the stream, and on the page."""

import io

import pytest

from engine.errors import InputError
from engine.readers import names, read
from engine.readers.stream import chunks
from tests.hostile.hostile_table import READ, REFUSED

ANY_SIZE = {"100-MB", "200001-rows", "zip-bomb", "zip-bomb-many", "zip-100000-members", "gzip-bomb", "zip-empty",
            "zip-nothing-readable", "only-blank-lines", "xlsx-entities"}  # fmt: skip


def rows(table):
    return pytest.mark.parametrize("row", table, ids=lambda row: row.id)


def test_the_table_is_long_enough():
    ids = [row.id for row in REFUSED + READ]
    assert len(ids) == len(set(ids)) >= 40


@rows(REFUSED)
def test_refused_with_a_message(row):
    with pytest.raises(InputError) as caught:
        read(row.make(), row.file)
    assert row.says in str(caught.value)
    assert len(str(caught.value)) < 400


@rows(READ)
def test_read_cleanly(row):
    tables, bad = read(row.make(), row.file)
    found, more = names(tables)
    check(row, found["name"].tolist(), bad + more)
    assert found["line"].is_monotonic_increasing
    assert (found["text"].str.len() <= 100).all()


def check(row, found, bad):
    if isinstance(row.names, int):
        assert len(found) == row.names
    else:
        assert found == row.names
    assert len(bad) == row.bad
    for one in bad:
        assert one.reason.format(**one.params)
        assert len(one.text) <= 60
        assert one.text.isprintable()


@rows([row for row in READ if not row.id.startswith("zip-with-a-picture")])
def test_streamed_alike(row):
    parts = list(chunks(io.BytesIO(row.make()), row.file))
    check(row, [name for part in parts for name in part.names], [one for part in parts for one in part.bad])


@rows([row for row in REFUSED if row.id not in ANY_SIZE])
def test_refused_in_the_stream(row):
    with pytest.raises(InputError):
        list(chunks(io.BytesIO(row.make()), row.file))
