"""Text as tokens: words and pieces of words, unknown ones, near ones, and texts put together again."""

import re

import pytest

from engine import grammar
from engine.errors import InputError
from engine.tokens import EOS, PAD, SOS, SPECIALS, UNK, Tokens, by_pieces, by_words, words

SENTENCES = ["Der Hund sieht den Mann.", "Der Mann sieht den Hund.", "The dog sees the man."]


@pytest.fixture(scope="module")
def pieces():
    return by_pieces(SENTENCES * 3, ("de", "en"), 60)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Ich sehe\tden  Hund, z. B. in Köln!\n", "Ich sehe den Hund , z. B. in Köln !"),
        ("en", "I don't know the U.S. (yet).", "I do n't know the U.S. ( yet ) ."),
        ("de", " \n ", ""),
    ],
)
def test_words_are_cut_by_the_rules_of_the_language(language, text, expected):  # "fr" alone would load 2.5 s
    assert words([text], language) == [expected.split()]


def test_the_special_words_stand_where_the_network_has_them():
    assert [SPECIALS[k] for k in (PAD, SOS, EOS, UNK)] == ["<pad>", "<sos>", "<eos>", "<unk>"]


def test_a_vocabulary_of_words_goes_by_frequency_then_alphabet():
    sentences = [["b", "a", "c"], ["b", "a", "<unk>"], ["b"]]
    assert by_words(sentences, "de").vocabulary == (*SPECIALS, "b", "a", "c")
    assert by_words(sentences, "de", least=2).vocabulary == (*SPECIALS, "b", "a")


def test_unknown_words_are_kept_as_they_are_written():
    tokens = by_words(words(SENTENCES[:2], "de"), "de")
    (cut,) = tokens.cut(["Der Dackel sieht den Hund."])
    assert cut == ["Der", "Dackel", "sieht", "den", "Hund", "."]
    coded = tokens.encode(cut)
    assert coded[1] == UNK
    assert [known for known in coded if known != UNK] == [
        tokens.vocabulary.index(word) for word in cut if word != "Dackel"
    ]
    assert tokens.decode(coded) == ["Der", "<unk>", "sieht", "den", "Hund", "."]


def test_capitals_are_made_small_only_where_asked():
    assert Tokens("de", SPECIALS, lower=True).cut(["Der HUND"]) == [["der", "hund"]]
    assert Tokens("de", SPECIALS).cut(["Der HUND"]) == [["Der", "HUND"]]


def test_near_words_are_spelled_alike_whatever_their_capitals():
    tokens = Tokens("de", (*SPECIALS, "Hund", "Hunde", "hundert", "Mann", "Bund"))
    assert tokens.near("hund")[0] == "Hund"
    assert set(tokens.near("Hund", 5)) == {"Hund", "Hunde", "hundert", "Bund"}
    assert tokens.near("Hund", 2) == ["Hund", "Hunde"]
    assert tokens.near("xyzzy") == tokens.near("") == []
    assert "<unk>" not in tokens.near("unk")


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["I", "see", "the", "dog", "."], "I see the dog."),
        (["Well", ",", "yes", "!"], "Well, yes!"),
        (["Je", "suis", "l'", "ami"], "Je suis l'ami"),
        (["."], "."),
        ([], ""),
    ],
)
def test_words_are_joined_as_one_writes(tokens, text):
    assert Tokens("fr", SPECIALS).join(tokens) == text


def written(words, language):
    """A sentence of the grammar as people write it, by rules of its own."""
    text = re.sub(r" (?=[.,?])", "", " ".join(words))
    if language == "fr":
        text = re.sub(r"(?<=') ", "", re.sub(r" (?=-\w)| (?=- )|(?<= -) ", "", text))
    return text


@pytest.mark.parametrize("language", ["de", "en", "fr"])
def test_sentences_put_together_are_as_they_were_written(language):
    sentences = grammar.pairs(300, seed=5, target="fr" if language == "fr" else "en")
    known = [list(pair.source if language == "de" else pair.target) for pair in sentences]
    tokens, texts = Tokens(language, SPECIALS), [written(words, language) for words in known]
    cut = tokens.cut(texts)
    assert cut == known
    assert [tokens.join(each) for each in cut] == texts


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Er sagt: „Ja.“ (Nein) [x] »gut« «so» ‚ja‘!"),
        ("de", 'Er sagt: "Ja", und sie: "Nein". Von 1990-2000, A/B – gut'),
        ("en", "“Yes,” he said (well-known), “I don't; it's the dog's.”"),
        ("en", 'The dogs\' bone … ‘yes’ "no"'),
        ("fr", "Y a-t-il un chat? « Oui », dit-elle: aujourd’hui l’ami (non)."),
        ("fr", "Est-ce qu'il pleut? Viens-tu avec les grands-mères?"),
    ],
)
def test_quotes_brackets_and_hyphens_are_put_together_as_they_were_written(language, text):
    tokens = Tokens(language, SPECIALS)
    (cut,) = tokens.cut([text])
    assert len(cut) > len(text.split())
    assert tokens.join(cut) == text


def test_pieces_are_the_same_for_both_languages(pieces):
    de, en = pieces
    assert de.vocabulary == en.vocabulary
    assert de.vocabulary[:4] == SPECIALS
    assert len(de.vocabulary) <= 60
    assert (de.language, en.language) == ("de", "en")


def test_pieces_put_together_are_the_text_in_small_letters(pieces):
    for text in SENTENCES:
        cut = pieces[0].cut([text])[0]
        assert UNK not in pieces[0].encode(cut)
        assert pieces[0].decode(pieces[0].encode(cut)) == cut
        assert pieces[0].join(cut) == text.lower()


def test_pieces_that_were_never_seen_are_unknown_and_not_dropped(pieces):
    known, strange = (pieces[0].encode(cut) for cut in pieces[0].cut(["der hund", "der 日 hund"]))
    assert UNK not in known
    assert strange.count(UNK) == 1
    assert pieces[0].cut([""]) == [[]]


def test_pieces_of_nothing_are_refused():
    with pytest.raises(InputError, match="hold no words"):
        by_pieces([], ("de", "en"), 60)
