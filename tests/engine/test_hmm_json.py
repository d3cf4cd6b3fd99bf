"""Models as JSON: what is written is read again; everything hostile is refused with place and reason."""

import json

import pytest

from engine import hmm
from engine.errors import InputError
from engine.hmm import json_files

GOOD = {"S": ["a", "b"], "V": ["x", "y"], "pi": [0.5, 0.5], "A": [[0.9, 0.1], [0.2, 0.8]], "B": [[0.3, 0.7], [1, 0]]}


def changed(**fields):
    return json.dumps(GOOD | fields)


HOSTILE = {  # name: (file, part of the message)
    "empty": ("", "not JSON: line 1"),
    "text": ("hello", "not JSON: line 1, column 1"),
    "cut": (changed()[:-9], "not JSON"),
    "second line": ('{"S": ["a"],\n "V": oops}', "line 2, column 7"),
    "not utf-8": (b'{"S": ["\xff\xfe\x81"]}', "not UTF-8"),
    "nul bytes": (b"\0" * 40, "not JSON"),
    "nested": ("[" * 100_000, "not JSON that holds a model"),
    "huge number": (
        '{"S":["a"],"V":["x"],"pi":[' + "9" * 5000 + '],"A":[[1]],"B":[[1]]}',
        "not JSON that holds a model",
    ),
    "list": ("[1, 2]", "JSON object"),
    "null": ("null", "JSON object"),
    "no A": (json.dumps({key: value for key, value in GOOD.items() if key != "A"}), "lacks A"),
    "nothing in it": ("{}", "lacks S, V, pi, A, B"),
    "no state": (changed(S=[], pi=[], A=[], B=[]), "S is empty"),
    "no symbol": (changed(V=[], B=[[], []]), "V is empty"),
    "S is text": (changed(S="ab"), "S is not a list of names"),
    "S has numbers": (changed(S=[1, 2]), "S is not a list of names"),
    "twice": (changed(S=["a", "a"]), "S has a twice"),
    "symbol twice": (changed(V=["x", "x"]), "V has x twice"),
    "empty name": (changed(S=["a", " "]), "Name 2 of S"),
    "long name": (changed(V=["x", "y" * 61]), "Name 2 of V"),
    "control characters": (changed(S=["a", "b\u202e\n"]), "Name 2 of S"),
    "ten thousand states": (changed(S=[str(i) for i in range(10_000)]), "10,000 names, more than 256"),
    "many symbols": (changed(V=[str(i) for i in range(20_001)]), "20,001 names"),
    "NaN": (changed(pi=[float("nan"), 0.5]), "NaN, which is no probability"),
    "infinity": (changed(pi=[float("inf"), 0.5]), "Infinity, which is no probability"),
    "1e400": (changed().replace("0.9", "1e400"), "Number 1 of A[a] is inf"),
    "negative": (changed(pi=[1.5, -0.5]), "pi holds -0.5"),
    "negative in B": (changed(B=[[0.3, 0.7], [1.5, -0.5]]), "B[b] holds -0.5"),
    "sum": (changed(A=[[0.98, 0.1], [0.2, 0.8]]), "A[a] sums to 1.08"),
    "sum of pi": (changed(pi=[0.5, 0.6]), "pi sums to 1.1"),
    "zeros": (changed(B=[[0, 0], [1, 0]]), "B[a] sums to 0"),
    "ragged": (changed(A=[[0.9, 0.1], [1]]), "A[b] has 1 numbers, not 2"),
    "too few rows": (changed(B=[[0.3, 0.7]]), "B needs one row for each of the 2 states"),
    "flat": (changed(A=[0.9, 0.1]), "A[a] is not a list of numbers"),
    "strings": (changed(pi=["0.5", "0.5"]), "Number 1 of pi is '0.5'"),
    "booleans": (changed(pi=[True, False]), "Number 1 of pi is True"),
    "null in a row": (changed(A=[[None, 1], [0, 1]]), "Number 1 of A[a] is None"),
    "deep row": (changed(A=[[[0.9], 0.1], [0.2, 0.8]]), "Number 1 of A[a] is [0.9]"),
    "object in a row": (changed(B=[{"x": 1}, [1, 0]]), "B[a] is not a list"),
    "pi too long": (changed(pi=[0.5, 0.25, 0.25]), "pi has 3 numbers, not 2"),
}


def test_the_table_is_long_enough():
    assert len(HOSTILE) >= 30


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_reason(name):
    blob, part = HOSTILE[name]
    with pytest.raises(InputError) as caught:
        json_files.loads(blob)
    assert part in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_file_beyond_the_limit_is_not_parsed():
    with pytest.raises(InputError, match="more than 20,000,000"):
        json_files.loads(b" " * (json_files.MAX_BYTES + 1))


def test_what_is_written_is_read_again():
    model = json_files.loads(changed())
    for indent in (None, 1):
        again = json_files.loads(json_files.dumps(model, indent))
        assert json_files.dumps(again) == json_files.dumps(model)
    assert json.loads(json_files.dumps(model)) == GOOD


def test_other_fields_and_whole_numbers_are_taken():
    model = json_files.loads(changed(name="mine", pi=[1, 0]))
    assert model.pi.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("name", json_files.presets())
def test_presets_hold_a_model_and_an_example_that_it_can_produce(name):
    found = json_files.preset(name)
    assert found.title
    assert found.about
    assert hmm.log_likelihood(found.model, hmm.observe(found.model, found.example)) > -1000


def test_an_unknown_preset_is_an_input_error():
    with pytest.raises(InputError, match="no model called"):
        json_files.preset("../../etc/passwd")


@pytest.mark.parametrize("name", ["weather", "clouds", "casino", "urns", "trellis"])
def test_the_decoders_disagree_on_the_examples(name):
    found = json_files.preset(name)
    seen = hmm.observe(found.model, found.example)
    decoders = (hmm.greedy_decode, hmm.posterior_decode, hmm.viterbi)
    assert len({tuple(decode(found.model, seen).states.tolist()) for decode in decoders}) == 3


def test_the_garden_path_catches_only_the_greedy_decoder():
    """ "The old man the boats": old is the noun and man the verb."""
    found = json_files.preset("tagger")
    seen = hmm.observe(found.model, found.example)
    words = {
        d.__name__: [found.model.S[x] for x in d(found.model, seen).states] for d in (hmm.greedy_decode, hmm.viterbi)
    }
    assert words["viterbi"] == ["DET", "NOUN", "VERB", "DET", "NOUN"]
    assert words["greedy_decode"] == ["DET", "ADJ", "NOUN", "DET", "NOUN"]
