import gzip
from types import SimpleNamespace

import numpy as np
import pytest
from toy_pairs import toy

from engine.errors import InputError
from engine.tokens import SPECIALS, Tokens, by_pieces
from engine.translation import batches, data

ROWS = [f"der Hund Nummer {k}\tthe dog number {k}" for k in range(12)]


def write(path, lines):
    text = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def folder(path, **parts):
    """A folder of train.de and so on, `_gz` at the end of a name for a packed one."""
    for name, lines in parts.items():
        write(path / name.replace("_", "."), lines)
    return path


def sides(lines):
    return [line.split("\t")[0] for line in lines], [line.split("\t")[1] for line in lines]


# --- files


def test_a_table_packed_or_not_and_a_folder_hold_the_same_pairs(tmp_path):
    de, en = sides(ROWS)
    (tmp_path / "f").mkdir()
    found = [
        data.read(write(tmp_path / "a.tsv", ROWS)),
        data.read(write(tmp_path / "a.tsv.gz", ROWS)),
        data.read(folder(tmp_path / "f", train_de_gz=de, train_en=en)),
    ]
    for reading in found:
        assert (reading.pairs.source, reading.pairs.target, reading.bad) == (de, en, [])
        assert (reading.pairs.cut, reading.pairs.links, reading.pairs.held) == (False, None, None)
        assert data.fingerprint(reading.pairs) == data.fingerprint(found[0].pairs)


def test_the_val_part_of_a_folder_is_held_out(tmp_path):
    de, en = sides(ROWS)
    pairs = data.read(folder(tmp_path, train_de=de, train_en=en, val_de=de[:3], val_en_gz=en[:3])).pairs
    part, held = data.split(pairs, 0.5)
    assert (part.source, held.source, held.target) == (de, de[:3], en[:3])
    assert part.held is None
    assert data.fingerprint(pairs) != data.fingerprint(pairs._replace(held=None))


def test_bad_rows_are_listed_and_left_out(tmp_path):
    rows = [*ROWS, "kein Tab", "leer\t ", "a" * 1001 + "\tb", "\u00df\u00e4" * 100 + "\tab", "  zwei \t two  words "]
    pairs, bad = data.read(write(tmp_path / "a.tsv", rows))
    assert (pairs.source[-1], pairs.target[-1]) == ("zwei", "two words")
    assert len(pairs.source) == 13
    assert [(row.line, row.file) for row in bad] == [(line, "a.tsv") for line in (13, 14, 15, 16)]
    assert [row.reason for row in bad] == [data.NO_TAB, data.ONE_EMPTY, data.LONG, data.UNLIKE]
    assert all(row.reason.format(**row.params) for row in bad)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"train_de": ["a", "b"], "train_en": ["a"]}, "train.de has 2 lines, train.en has 1"),
        ({"train_de": ["a"]}, "no train.en"),
        ({"val_de": ["a"], "val_en": ["b"]}, "no train.de"),
        ({"train_de": ["a"] * 9, "train_en": ["b"] * 9}, "9 sentence pairs are too few"),
        ({"train_de": ["a"] * 10, "train_en": ["b"] * 10, "val_de": [""], "val_en": ["b"]}, "val.de holds no"),
    ],
    ids=["unequal", "one side", "val alone", "few", "empty val"],
)
def test_folders_that_cannot_be_used(tmp_path, parts, message):
    with pytest.raises(InputError, match=message):
        data.read(folder(tmp_path, **parts))


def test_files_that_cannot_be_read(tmp_path):
    whole = gzip.compress("\n".join(ROWS * 50).encode())
    bad_gz, half, latin = tmp_path / "a.tsv.gz", tmp_path / "b.tsv.gz", tmp_path / "c.tsv"
    bad_gz.write_bytes(b"no gzip at all")
    half.write_bytes(whole[: len(whole) // 2])
    latin.write_bytes("gut\tgood\nschön\tbeautiful\n".encode("latin-1"))
    flipped = tmp_path / "d.tsv.gz"
    flipped.write_bytes(whole[:20] + bytes(b ^ 255 for b in whole[20:40]) + whole[40:])
    for path in (bad_gz, half, flipped):
        with pytest.raises(InputError, match=f"{path.name} is damaged"):
            data.read(path)
    with pytest.raises(InputError, match=r"c\.tsv, line 2 is not UTF-8"):
        data.read(latin)
    with pytest.raises(InputError, match="no file or folder"):
        data.read(tmp_path / "nothing.tsv")
    with pytest.raises(InputError, match="from German to English or French"):
        data.read("grammar", ("en", "de"))


def test_the_grammar_gives_cut_pairs_with_links(monkeypatch):
    made = [SimpleNamespace(source=("Ich", "gehe", "."), target=("I", "go", "."), links=((0, 0), (1, 1), (2, 2)))]
    asked = []
    monkeypatch.setattr(data.grammar, "pairs", lambda *given: asked.append(given) or made)
    pairs = data.read("grammar", ("de", "fr"), 1, 5).pairs
    assert asked == [(1, 5, "fr")]
    assert (pairs.source, pairs.target, pairs.links) == (["Ich gehe ."], ["I go ."], [made[0].links])
    assert (pairs.cut, pairs.name, pairs.languages) == (True, "grammar", ("de", "fr"))


def test_split_parts_pairs_with_their_links():
    pairs = toy()
    part, held = data.split(pairs, 0.2)
    rows = list(zip(pairs.source, pairs.target, pairs.links, strict=True))
    parted = [list(zip(each.source, each.target, each.links, strict=True)) for each in (part, held)]
    assert sorted(parted[0] + parted[1]) == rows
    assert len(held.source) == 30
    assert data.split(pairs, 0.2) == (part, held)
    assert len(data.split(data.take(pairs, range(10)), 0.01)[1].source) == 1  # never nothing


def grammars(sources: list[str], languages: tuple[str, str] = ("de", "en")) -> data.Parallel:
    return data.Parallel(sources, [f"{text} ." for text in sources], languages, "grammar", True)


@pytest.mark.parametrize(("n", "seed", "share"), [(400, 0, 0.05), (3000, 0, 0.01), (3000, 5, 0.3)])
def test_no_training_on_the_grammar_learns_from_the_reserved(n, seed, share):
    pairs, reserved = data.from_grammar(n, seed), set(data.reserved().source)
    part, held = data.split(pairs, share)
    assert not reserved & set(part.source)
    assert sorted(part.source + held.source) == sorted(pairs.source)
    assert len(held.source) == max(round(share * n), len(reserved & set(pairs.source)))
    known = dict(zip(pairs.source, zip(pairs.target, pairs.links, strict=True), strict=True))
    assert all(known[each[0]] == each[1:] for each in zip(held.source, held.target, held.links, strict=True))


def test_where_the_reserved_are_drawn_anyway_the_split_stays():
    order = np.random.default_rng(0).permutation(60)
    texts = [f"Satz {k} ." for k in range(60)]
    for place, text in zip(order[:8], data.reserved().source, strict=False):
        texts[place] = text
    part, held = data.split(grammars(texts), 0.2)
    assert held.source == [texts[place] for place in np.sort(order[:12])]
    assert part.source == [texts[place] for place in np.sort(order[12:])]


def test_the_reserved_are_all_held_out_even_if_they_are_many():
    texts = [*data.reserved().source[:30], *(f"Satz {k} ." for k in range(10))]
    part, held = data.split(grammars(texts), 0.1)
    assert (sorted(held.source), part.source) == (sorted(texts[:30]), texts[30:])
    assert len(data.split(grammars(texts, ("de", "fr")), 0.1)[1].source) == 4  # French is measured nowhere


def test_a_file_of_reserved_pairs_is_read_as_it_was_written(tmp_path):
    pairs = data.from_grammar(20)
    (tmp_path / "x.tsv").write_text(data.tsv(pairs), "utf-8")
    assert data.reserved(tmp_path / "x.tsv") == pairs
    assert data.tsv(data.reserved()) == data.HELD_OUT.read_text("utf-8")


# --- batches


def known(texts, **more):
    words = sorted({word for text in texts for word in text.split()})
    return Tokens("de", (*SPECIALS, *words), **more)


def test_a_batch_is_padded_and_shifted():
    coded = batches.Coded([np.array([4, 5, 6]), np.array([7])], [np.array([8, 2]), np.array([9, 10, 2])])
    batch = batches.batch(coded, [0, 1])
    assert batch.source.tolist() == [[4, 5, 6], [0, 0, 7]]
    assert batch.words.tolist() == [[1, 8, 2], [1, 9, 10]]
    assert batch.answers.tolist() == [[8, 2, 0], [9, 10, 2]]
    assert batches.left([np.array([], np.int64)]).tolist() == [[0]]


def test_texts_are_cut_as_they_are_given():
    words, small = known(["a b"]), known(["a b"], lower=True)
    assert batches.cut(["A b,c"], words, is_cut=True) == [["A", "b,c"]]
    assert batches.cut(["A b,c"], small, is_cut=True) == [["a", "b,c"]]
    pieces = by_pieces(["ab ab ab cd cd"], ["de"], 100)[0]
    assert batches.cut(["ab cd"], pieces, is_cut=True) == pieces.cut(["ab cd"])  # pieces are pieces


def test_every_pair_is_drawn_once_an_epoch_with_its_like_in_length():
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 20, 103)
    coded = batches.Coded(
        [np.full(n, k + 4) for k, n in enumerate(lengths)], [np.full(n, k + 4) for k, n in enumerate(lengths)]
    )
    order, again = batches.Order(coded, 10, 3), batches.Order(coded, 10, 3)
    drawn = [order.at(step) for step in range(20)]
    for epoch in (drawn[:10], drawn[10:]):
        seen = [int(row.max()) for batch in epoch for row in batch.source]
        assert len(set(seen)) == len(seen) == 100
    spread = [np.ptp([int((row > 0).sum()) for row in batch.source]) for batch in drawn]
    assert np.mean(spread) < 4 < np.ptp(lengths)
    for step in (13, 2):  # in any order
        assert again.at(step).source.equal(drawn[step].source)
    assert not drawn[0].source.equal(drawn[10].source)
