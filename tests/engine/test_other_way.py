"""The translators from English to German: what they learned from, and how good they are."""

import numpy as np
import pytest

from engine.tokens import UNK
from engine.translation import bulk, data, files, shipping


@pytest.fixture(scope="module")
def both():
    pairs = data.from_grammar(700)
    return pairs, data.the_other_way(pairs)


def test_the_sides_are_swapped_with_their_links(both):
    pairs, turned = both
    assert (turned.languages, turned.held.languages) == (("en", "de"), ("en", "de"))
    place = {source: at for at, source in enumerate(pairs.source)}
    for part in (turned, turned.held):
        for english, german, links in zip(part.source, part.target, part.links, strict=True):
            at = place[german]
            assert pairs.target[at] == english
            assert sorted((i, j) for j, i in links) == sorted(pairs.links[at])


def test_no_held_out_english_is_learned_from(both):
    pairs, turned = both
    assert not set(turned.source) & set(turned.held.source)
    _, held = data.split(pairs, 0.05)
    assert turned.held.target == held.source
    learned, kept = data.split(turned, 0.3)
    assert (learned.source, kept.source) == (turned.source, turned.held.source)


def test_the_reserved_pairs_are_held_out():
    reserved = data.reserved()
    some = data.take(reserved, range(30))
    more = data.from_grammar(200)
    mixed = more._replace(source=[*more.source, *some.source], target=[*more.target, *some.target], links=None)
    assert set(some.target) <= set(data.the_other_way(mixed).held.source)


def test_the_files_are_those_that_the_command_makes():
    assert set(files.OTHER_WAY.values()) == set(shipping.OTHER_WAY)
    for name, file in files.OTHER_WAY.items():
        found, params = files.load_other_way(name), shipping.OTHER_WAY[file].settled(True)
        assert found.card["languages"] == ["en", "de"]
        assert (found.source.language, found.target.language) == ("en", "de")
        for key in ("model", "cell", "score", "reversed", "n_hidden", "batch", "lr", "dropout", "seed"):
            assert found.card[key] == getattr(params, key), (name, key)
        assert found.card["steps"] == (shipping.OTHER_WAY[file].steps or shipping.STEPS)


def test_those_with_attention_are_good():
    cards = {name: files.load_other_way(name).card for name in files.OTHER_WAY}
    assert cards["gru-attention"]["bleu"] > 86
    assert cards["transformer"]["bleu"] > 88
    assert min(cards["gru-attention"]["bleu"], cards["transformer"]["bleu"]) > cards["gru"]["bleu"] + 30
    found, held = files.load_other_way("transformer"), data.take(data.reserved(), range(40))
    said = bulk.translate(found.net, found.source, found.target, held.target, True)
    assert np.mean([" ".join(each.tokens) == text for each, text in zip(said, held.source, strict=True)]) > 0.6
    assert UNK not in found.source.encode(" ".join(held.target).split())
