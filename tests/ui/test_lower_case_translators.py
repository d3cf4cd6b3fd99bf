"""Networks that know no capitals are measured against a reference without any, on every page."""

from types import SimpleNamespace

import pytest

from engine import bleu, grammar
from engine.tokens import SPECIALS, Tokens
from engine.translation import files
from engine.translation.bulk import Translation
from scripts import catalogs
from ui import attention_compare, attention_effect, decoding, decoding_views, encoder_decoder, runs_seq2seq
from ui.encoder_decoder import Answer, Asked

TEXT = "Der Mann hat ein Buch gelesen ."
TRUE = grammar.find(TEXT.split()).target
SMALL = [word.lower() for word in TRUE]
NEARLY = [*SMALL[:-2], "letter", SMALL[-1]]
RIGHT, SCORE = tuple(SMALL), bleu.sentence(NEARLY, [SMALL])


@pytest.fixture(autouse=True)
def lower(monkeypatch) -> SimpleNamespace:
    """A translator without capitals in the place of all."""
    target = Tokens("en", (*SPECIALS, *dict.fromkeys([*SMALL, *NEARLY])), lower=True)
    source = Tokens("de", (*SPECIALS, *TEXT.lower().split()), lower=True)
    found = SimpleNamespace(source=source, target=target, params=SimpleNamespace(attention="none"))
    monkeypatch.setattr(runs_seq2seq, "translator", lambda name: found)
    return found


def asked() -> Asked:
    return Asked("x", TEXT, tuple(TEXT.lower().split()))


def said(words: list[str]) -> Translation:
    return Translation(TEXT.lower().split(), words, -1.0, "eos", None)


def test_it_is_the_grammars_in_small_letters(lower):
    assert encoder_decoder.reference(asked()) == RIGHT != TRUE
    lower.target = Tokens("en", lower.target.vocabulary)
    assert encoder_decoder.reference(asked()) == TRUE


def test_the_encoder_decoder_page_counts_with_it():
    told = encoder_decoder.verdict(asked(), Answer(said(NEARLY), encoder_decoder.reference(asked()), None))
    assert f"BLEU {100 * SCORE:.1f}" in told
    told = encoder_decoder.verdict(asked(), Answer(said(SMALL), encoder_decoder.reference(asked()), None))
    assert "Word for word" in told


def test_decoding_and_attention_count_with_the_same(lower, monkeypatch):
    ask, right = decoding.Asked("x", TEXT, (), "greedy"), encoder_decoder.reference(asked())
    assert decoding_views.reference(ask) == right
    nearly, whole = (decoding.score(ask, tuple(lower.target.encode(words)), right) for words in (NEARLY, SMALL))
    assert nearly / whole == pytest.approx(SCORE)
    found = SimpleNamespace(ask=asked(), got=Answer(said(SMALL), right, None), old=SMALL)
    assert attention_effect.score(found, NEARLY) / attention_effect.score(found, SMALL) == pytest.approx(SCORE)
    lines = []
    for words in (NEARLY, SMALL):
        monkeypatch.setattr(runs_seq2seq, "greedy", lambda name, text, words=words: said(words))
        lines.append(attention_compare._line(asked()))
    nearly, whole = (float(line.rstrip(")").split()[-1]) for line in lines)
    assert nearly / whole == pytest.approx(SCORE, abs=0.01)
    assert [line[2] for line in lines] == ["✗", "✓"]


def test_what_makes_a_translators_file_unreadable_is_translated(monkeypatch):
    monkeypatch.setattr(catalogs, "SOURCES", ("engine/translation",))
    assert files.UNREADABLE in {message.id for message in catalogs.collect()}
