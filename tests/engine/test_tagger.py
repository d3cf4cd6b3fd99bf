import gzip
import io
import json
import math
import random
import struct
from collections import Counter
from itertools import product

import numpy as np
import pytest
from safetensors.numpy import load, save

from engine import hmm, tagger_file, tagger_tables, weights
from engine.errors import InputError
from engine.hmm import trace as hmm_trace
from engine.shipping import TREEBANK
from engine.suffix import LONGEST, SHAPES, key, shape
from engine.tagger import Tagger, _cut
from engine.tagger_counts import count, read_tagged
from engine.tagger_kernels import transition
from engine.tagger_tables import interpolate, transitions, unigrams

CORPUS = [
    [(word, upos, xpos) for word, upos, xpos in (cell.split("/") for cell in line.split())]
    for line in (
        "the/DET/DT dog/NOUN/NN barks/VERB/VBZ ././.",
        "the/DET/DT cat/NOUN/NN sleeps/VERB/VBZ ././.",
        "a/DET/DT dog/NOUN/NN saw/VERB/VBD the/DET/DT saw/NOUN/NN ././.",
        "Rex/PROPN/NNP barks/VERB/VBZ",
        "Barking/VERB/VBG dogs/NOUN/NNS bark/VERB/VBP ././.",
    )
]


def repeated(n=12):
    """Enough of the corpus that pairs of tags become states."""
    return CORPUS * n


@pytest.fixture(scope="module")
def small():
    return tagger_file.train(repeated())


def test_counts_by_hand():
    counts = count(repeated())
    assert ("DET", "DT", "") in counts.states
    place = {state: at for at, state in enumerate(counts.states)}
    lexicon = {(counts.words[w], counts.states[s][:2]): n for w, s, n in counts.lexicon}
    assert lexicon["saw", ("VERB", "VBD")] == lexicon["saw", ("NOUN", "NN")] == 12
    assert lexicon["dog", ("NOUN", "NN")] == 24
    edge = len(counts.states)
    trigrams = {tuple(row[:3]): row[3] for row in counts.trigrams.tolist()}
    classes = counts.class_of
    assert trigrams[classes[edge], edge, place["DET", "DT", ""]] == 36
    assert trigrams[classes[place["PROPN", "NNP", ""]], place["VERB", "VBZ", ""], edge] == 12
    assert unigrams(counts)[edge] == 60
    assert counts.trigrams[:, 3].sum() == sum(len(s) + 1 for s in repeated())


def test_frequent_words_with_several_tags_are_states():
    sentences = [[("that", "PRON", "DT"), ("that", "SCONJ", "IN")]] * 150
    counts = count(sentences)
    assert counts.states == (("PRON", "DT", "that"), ("SCONJ", "IN", "that"))
    assert {upos for upos, _, _ in counts.states} == {"PRON", "SCONJ"}
    assert count(sentences[:50]).states == (("PRON", "DT", ""), ("SCONJ", "IN", ""))
    assert count([[("x", "NOUN", "RARE")]]).states == (("NOUN", "", ""),)


def test_transitions_are_distributions_and_equal_the_formula():
    counts = count(repeated())
    table, size = transitions(counts), len(counts.states) + 1
    assert np.allclose(table.bigram.sum(1), 1)
    where = {int(k): table.trigram[slot] for slot, k in enumerate(table.keys) if k >= 0}
    a, b, c, n = counts.trigrams.T
    for x, y in {(int(x), int(y)) for x, y in zip(a, b, strict=True)}:
        p = [where.get((x * size + y) * size + z, table.backoff[x, y] * table.bigram[y, z]) for z in range(size)]
        assert sum(p) == pytest.approx(1)
        times = np.bincount(c[(a == x) & (b == y)], n[(a == x) & (b == y)], size)
        assert np.allclose(p, interpolate(times[None], table.bigram[y][None], 10.0)[0])


def test_a_word_is_counted_its_suffix_and_its_small_letters_weighed_in(small):
    lexicon, states = small.lexicon, small.counts.states
    dog = lexicon.probabilities("dog")
    noun = states.index(("NOUN", "NN", ""))
    assert dog.sum() == pytest.approx(1)
    assert dog[noun] >= 24 / 25
    p = lexicon.probabilities("The", True)
    det = states.index(("DET", "DT", ""))
    suffix = lexicon.probabilities("Xhe")
    assert p[det] == pytest.approx((1.5 + suffix[det]) / 2.5, abs=0.2)
    assert lexicon.lower("Dog", False) == "dog"
    assert lexicon.lower("dog", True) == lexicon.lower("Zebra", True) == ""


def test_suffixes_by_hand():
    words = ["walking", "talking", "sing", "King"]
    tags = ["V", "V", "N", "P"]
    tagger = tagger_file.train([[(word, tag, "")] for word, tag in zip(words, tags, strict=True)])
    found = tagger.lexicon.suffixes.longest("balking", 3)
    assert (found.text, found.shape) == ("alking", "small letters")
    assert found.times.tolist() == [0, 0, 2]
    assert tagger.lexicon.suffixes.longest("Balking", 3).text == "king"
    assert tagger.lexicon.suffixes.longest("x", 3).text == ""
    p = np.array([1, 1, 2]) / 4  # N, P, V of all rare words, then of those in small letters, in -g, -ng, -ing, -king …
    for times in 4 * [[1, 0, 2]] + 3 * [[0, 0, 2]]:
        w = 4.0 * np.count_nonzero(times)
        p = (np.array(times) + w * p) / (sum(times) + w)
    assert np.allclose(tagger.lexicon.probabilities("balking"), p, atol=1e-12)


@pytest.mark.parametrize(
    ("word", "name"),
    [("dog", "small letters"), ("Dog", "capitalised"), ("DOG", "all capitals"), ("I", "capitalised"),
     ("1st", "has a digit"), ("...", "no letters"), ("", "no letters"), ("e-Mail", "small letters"),
     ("é", "small letters"), ("中", "small letters")],
)  # fmt: skip
def test_shapes(word, name):
    assert SHAPES[shape(word)] == name


def test_a_key_holds_the_last_letters():
    assert key("a" * 50)[1] == LONGEST
    assert 0 <= key("😀" * 50)[0] < 2**63
    assert key("xyz")[0] >> 48 == key("ayz")[0] >> 48 != key("xyy")[0] >> 48


def all_paths(tagger, words):
    """Every path over the candidates of the words: {tags: [probabilities of its paths]}, written out."""
    entries = tagger.lexicon.entries([(word, n == 0) for n, word in enumerate(words)])
    t, size = tagger.transitions, len(tagger.tag_of)
    where = {int(k): t.trigram[slot] for slot, k in enumerate(t.keys) if k >= 0}
    rows = [list(range(entries.first[n], entries.first[n + 1])) for n in range(len(words))]
    found = {}
    for path in product(*rows):
        states = [size - 1, size - 1, *(int(entries.states[at]) for at in path), size - 1]
        p = math.prod(float(entries.emission[at]) for at in path)
        for a, b, c in zip(states, states[1:], states[2:], strict=False):
            a = int(t.class_of[a])
            p *= where.get((a * size + b) * size + c, t.backoff[a, b] * t.bigram[b, c])
        tags = tuple(tagger.tags[tagger.tag_of[s]] for s in states[2:-1])
        found.setdefault(tags, []).append(p)
    return found


@pytest.mark.parametrize(
    "text", ["the dog saw a saw .", "Zorb saw", "barks", "a cat dogs 7th ...", "Saw Saw SAW", "the quickly barking X"]
)
def test_best_second_and_posterior_equal_enumeration(small, text):
    words = text.split()
    paths, tagged = all_paths(small, words), small.tag(words)
    ranked = sorted(((max(ps), tags) for tags, ps in paths.items()), reverse=True)
    total = sum(map(sum, paths.values()))
    assert tuple(word.tag for word in tagged.words) == ranked[0][1]
    assert tagged.log_joint == pytest.approx(math.log(ranked[0][0]), abs=1e-10)
    assert tagged.log_probability == pytest.approx(math.log(total), abs=1e-10)
    if len(ranked) > 1:
        assert math.log(max(paths[tagged.second])) == pytest.approx(math.log(ranked[1][0]), abs=1e-10)  # ties exist
        assert tagged.lost == pytest.approx(math.log(ranked[0][0] / ranked[1][0]), abs=1e-10)
    for n, word in enumerate(tagged.words):
        share = Counter()
        for tags, ps in paths.items():
            share[tags[n]] += sum(ps) / total
        assert word.confidence == pytest.approx(share.pop(word.tag), abs=1e-10)
        if word.next_tag:
            assert word.next_confidence == pytest.approx(max(share.values()), abs=1e-10)


def test_one_tag_only_has_no_second_path():
    tagged = tagger_file.train([[("a", "X", "")]]).tag(["a", "b"])
    assert (tagged.second, tagged.lost) == ((), math.inf)
    assert [word.next_tag for word in tagged.words] == ["", ""]


def test_many_are_tagged_as_one_by_one(small):
    draw = random.Random(0)
    words = ["the", "dog", "saw", "Zorb", "barked", ".", "The", "7"]
    sentences = [[draw.choice(words) for _ in range(draw.randint(0, 9))] for _ in range(50)]
    batch = small.tag_many(sentences, with_second=True)
    begin = 0
    for n, (sentence, end) in enumerate(zip(sentences, batch.ends, strict=True)):
        if sentence:
            one = small.tag(sentence)
            assert [small.tags[at] for at in batch.tag[begin:end]] == [word.tag for word in one.words]
            assert batch.logs[n, 0] == pytest.approx(one.log_probability)
            assert batch.known[begin:end].tolist() == [word.known for word in one.words]
        begin = end
    assert np.array_equal(small.tags_only(sentences)[1], batch.known)
    assert (small.tags_only(sentences)[0] == batch.tag).mean() > 0.9  # the small corpus has ties
    assert small.tag_many([]).tag.tolist() == small.tags_only([])[0].tolist() == []


def test_long_sentences_are_tagged_in_pieces(small):
    ends, cuts, owner = _cut([3, 0, 4500])
    assert ends.tolist() == [3, 3, 4503]
    assert cuts.tolist() == [3, 3, 2003, 4003, 4503]
    assert owner.tolist() == [0, 1, 2, 2, 2]
    words = ["dog", "saw"] * 2100
    assert len(small.tag_many([words]).tag) == 4200
    for wrong in ([], words):
        with pytest.raises(InputError):
            small.tag(wrong)


def test_words_that_are_no_words(small):
    for word in ("", " ", "\n", "\0", "\ud800", "x" * 100_000, "İ" * 20, "😀"):
        tagged = small.tag([word, "dog"])
        assert math.isfinite(tagged.log_probability)


def test_the_trellis_is_a_model_and_says_where_it_differs(small):
    words = ["the", "dog", "saw", "the", "zebra", "."]
    shown = small.as_hmm(words)
    assert len(shown.model.S) <= 8
    open_classes = {"ADJ", "NOUN", "PROPN", "VERB"} & set(small.tags)
    tried = small.tag_many([words]).posterior.max(0)
    assert open_classes <= set(shown.model.S)
    assert all(tried[small.tags.index(tag)] > 0 for tag in set(shown.model.S) - open_classes)
    assert [shown.model.V[at] for at in shown.observations] == words
    assert shown.path == tuple(shown.model.S[s] for s in hmm.viterbi(shown.model, shown.observations).states)
    own = [word.tag for word in small.tag(words).words]
    assert [n for n in range(len(words)) if shown.path[n] != own[n]] == list(shown.differs)
    assert hmm_trace.trace(shown.model, shown.observations).sizes["time"] == len(words)
    assert small.as_hmm(["…", "dog"]).model.V == ("…", "dog", "……")


def test_tags_only_has_the_same_probabilities_and_does_without_its_table(small, monkeypatch):
    table, fast = small.transitions, tagger_tables.successors(small.transitions)
    for a, b, c in np.ndindex(len(table.backoff), *table.bigram.shape):
        assert fast.p[fast.row[a, b], c] == pytest.approx(transition(a, b, c, table), rel=1e-6)
    sentences = [["the", "zebra", "saw", "."], [], ["Rex"], ["dogs", "saw"] * 1500]
    monkeypatch.setattr(tagger_tables, "MOST_CELLS", 0)
    huge = Tagger(small.counts)
    for left, right in zip(small.tags_only(sentences), huge.tags_only(sentences), strict=True):
        assert left.tolist() == right.tolist()


def blob(**changes):
    counts = count(repeated())
    data = tagger_file.dumps(counts, {"data": "x"})
    tensors, about = load(data), json.loads(weights.metadata(data)["tagger"])
    for name, value in changes.items():
        if name in about:
            about[name] = value
        elif value is None:
            del tensors[name]
        else:
            tensors[name] = value(tensors[name]) if callable(value) else value
    return save(tensors, {"tagger": json.dumps(about)})


def edited(at, value):
    def change(table):
        table = table.copy()
        table[at] = value
        return table

    return change


HOSTILE = {
    "empty": b"",
    "text": b"a tagger, honestly" * 50,
    "pickle": b"\x80\x04\x95cos\nsystem\n" * 20,
    "huge header": struct.pack("<Q", 2**63) + b"{}",
    "deep json": struct.pack("<Q", 200_000) + b"[" * 200_000,
    "no metadata": save({"a": np.zeros(3)}),
    "metadata deep": save({"a": np.zeros(3)}, {"tagger": "[" * 200_000}),
    "metadata a number": save({"a": np.zeros(3)}, {"tagger": "3"}),
    "another kind": blob(kind="elman"),
    "card a list": blob(card=[1]),
    "no states": blob(states=[]),
    "states a word": blob(states="many"),
    "a state of two": blob(states=[["X", "Y"]]),
    "a state of numbers": blob(states=[[1, 2, 3]]),
    "a tag with a line end": blob(states=[["X\n", "", ""]]),
    "a tag without end": blob(states=[["X" * 10_000, "", ""]]),
    "states twice": blob(states=[["X", "", ""]] * 8),
    "ten thousand states": blob(states=[[f"X{n % 50}", f"{n}", ""] for n in range(10_000)]),
    "a thousand tags": blob(states=[[f"X{n}", "", ""] for n in range(999)]),
    "too few states": blob(states=[["X", "", ""]]),
    "truncated": blob()[:-10],
    "missing tensor": blob(words=None),
    "extra tensor": blob(evil=np.zeros(3)),
    "floats": blob(lexicon_times=lambda t: t.astype(np.float32)),
    "NaN": blob(trigram_times=lambda t: np.full(len(t), np.nan)),
    "wrong shape": blob(trigram_states=lambda t: np.ascontiguousarray(t[:, :2])),
    "no rows": blob(trigram_states=lambda t: t[:0], trigram_times=lambda t: t[:0]),
    "rows missing": blob(trigram_states=lambda t: t[:-1]),
    "negative times": blob(lexicon_times=edited(0, -5)),
    "zero times": blob(trigram_times=edited(0, 0)),
    "times that overflow": blob(lexicon_times=lambda t: np.full_like(t, 2**31 - 1)),
    "counts that disagree": blob(lexicon_times=edited(0, 5)),
    "a state out of range": blob(lexicon_state=edited(0, 9999)),
    "a trigram out of range": blob(trigram_states=edited((0, 2), 9999)),
    "a class out of range": blob(trigram_states=edited((0, 0), 9999)),
    "a word out of range": blob(lexicon_word=edited(-1, 10**6)),
    "a negative word": blob(lexicon_word=edited(0, -1)),
    "words not sorted": blob(lexicon_word=lambda t: t[::-1].copy()),
    "words not UTF-8": blob(words=edited(0, 255)),
    "a word without end": blob(words=lambda t: np.full(100_000, 97, np.uint8)),
    "words twice": blob(words=lambda t: np.frombuffer(b"\n".join([b"a"] * 12), np.uint8)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(name, tmp_path):
    path = tmp_path / "t.safetensors"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(InputError) as error:
        tagger_file.load_file(path)
    assert len(str(error.value)) < 300


def test_round_trip(tmp_path, small):
    data = tagger_file.dumps(small.counts, {"data": "é"})
    assert data == tagger_file.dumps(small.counts, {"data": "é"})
    loaded = tagger_file.loads(data)
    assert loaded.card == {"data": "é"}
    assert loaded.counts.states == small.counts.states
    assert loaded.counts.words == small.counts.words
    assert np.array_equal(loaded.counts.trigrams, small.counts.trigrams)
    assert loaded.tag(["the", "zorb"]) == small.tag(["the", "zorb"])
    with pytest.raises(InputError, match="no weights file"):
        tagger_file.load_file(tmp_path / "absent")


def test_reading_tagged_text(tmp_path):
    rows = "\ufeffa\tDET\tDT\r\n\r\n\n b \tNOUN\nc\tX\t"
    expected = [[("a", "DET", "DT")], [("b", "NOUN", ""), ("c", "X", "")]]
    assert list(read_tagged(io.BytesIO(rows.encode()), "f")) == expected
    (tmp_path / "a.tsv.gz").write_bytes(gzip.compress(rows.encode()))
    assert tagger_file.read_file(tmp_path / "a.tsv.gz") == expected


BAD_ROWS = {
    "one cell": (b"a\tX\nword\n", "line 2"),
    "four cells": (b"a\tX\tY\tZ\n", "line 1"),
    "no word": (b"a\tX\n\tX\n", "line 2"),
    "no tag": (b"a\tX\n\nb\t\n", "line 3"),
    "a tag of two words": (b"a\tX Y\n", "line 1"),
    "a tag without end": (b"a\t" + b"X" * 50 + b"\n", "line 1"),
    "not UTF-8": (b"a\tX\nb\xff\tX\n", "line 2"),
    "a line without end": (b"a\tX\n" + b"x" * 10_000, "line 2"),
    "a word without end": (b"x" * 500 + b"\tX\n", "line 1"),
    "UTF-16": ("a\tX\n".encode("utf-16"), "line 1"),
    "nothing": (b"\n\n", "no tagged sentence"),
    "damaged gzip": (gzip.compress(b"a\tX\n" * 1000)[:-20], "damaged"),
    "no gzip": (b"\x1f\x8bnonsense", "damaged"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_bad_rows_are_named_by_file_and_line(name, tmp_path):
    content, where = BAD_ROWS[name]
    (tmp_path / "data.tsv").write_bytes(content)
    with pytest.raises(InputError, match=where) as error:
        tagger_file.read_file(tmp_path / "data.tsv")
    assert "data.tsv" in str(error.value)


def test_shipped_tagger_knows_the_figures_on_its_card():
    tagger = tagger_file.load_shipped()
    assert tagger.card["dev"]["accuracy"] >= 0.94
    assert len(tagger.tags) == 17
    path = weights.ROOT / weights.SHIPPED / f"{tagger_file.SHIPPED}.safetensors"
    assert path.stat().st_size < 1_500_000
    tagged = tagger.tag(["She", "did", "n't", "believe", "the", "boy", "."])
    assert [word.tag for word in tagged.words] == ["PRON", "AUX", "PART", "VERB", "DET", "NOUN", "PUNCT"]


@pytest.mark.skipif(not TREEBANK.is_dir(), reason="there is no ../shared/data/ud")
def test_accuracy_on_the_dev_part():
    sentences = tagger_file.read_file(TREEBANK / "ewt-dev.tsv.gz")
    found = tagger_file.load_shipped().evaluate(sentences)
    assert found.n == 25_147
    assert found.accuracy >= 0.94
    assert found.accuracy_unknown >= 0.75
    tagger = tagger_file.load_shipped()
    assert isinstance(tagger, Tagger)
    words = [[token[0] for token in sentence] for sentence in sentences]
    assert (tagger.tags_only(words)[0] != tagger.tag_many(words).tag).mean() <= 1e-4
