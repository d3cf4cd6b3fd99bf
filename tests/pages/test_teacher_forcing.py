"""Teacher forcing: where the decoders part, what is fed, what a sentence without a known translation asks for."""

from charts.payload import unpack
from engine import tokens
from engine.seq2seq import Seq2SeqParams, initial
from engine.tokens import EOS
from engine.translation import data, files
from tests.pages.opened import open_page
from ui import runs_seq2seq, sentence, teacher_forcing, translators
from ui.encoder_decoder import Asked
from ui.teacher_forcing import Pair, after, finding, pair

HARD = teacher_forcing.FIRST


def text(app) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption, *app.info, *app.warning))


def made(name: str, source: str, words: tuple[str, ...]) -> Pair:
    cut = tuple(sentence.words(source, runs_seq2seq.translator(name).source))
    return pair(Asked(name, source, cut), (*words, "<eos>"))


def test_first_screen_shows_where_they_part():
    app = open_page("teacher_forcing")
    found = made(
        "lstm",
        HARD,
        tuple(["When", "it", "rains", ",", "the", "old", "man", "can", "not", "work", "in", "the", "garden", "."]),
    )
    assert found.part is not None
    assert f"step {found.part + 1}" in text(app)
    assert found.truth[: found.part] == found.own[: found.part]
    assert found.truth[found.part] != found.own[found.part]


def test_both_traces_are_fed_what_the_page_says():
    found = made("gru", HARD, ("When", "it", "snows", "."))
    assert found.forced.attrs["fed"] == ("<sos>", "When", "it", "snows", ".")
    assert found.free.attrs["fed"][1:] == found.own[:-1]
    until = found.part + 1  # up to there both were fed the same
    assert (found.forced["p"].values[:until] == found.free["p"].values[:until]).all()


def test_a_translation_that_is_its_own_never_parts():
    own = made("gru-attention", "Ich bin Student.", ("I", "am", "a", "student", "."))
    assert own.own == own.truth
    assert own.part is None
    assert "never part" in finding(own)
    assert "longer sentence" in after(own)
    assert own.truth[-1] == runs_seq2seq.translator("gru-attention").target.vocabulary[EOS]


def test_an_unknown_sentence_asks_for_its_translation():
    app = open_page("teacher_forcing", s="Heute Hund Straße Straße.")
    assert "Type the true translation" in text(app)
    assert "Fed its own words, the network writes" in text(app)
    assert not app.text_input[0].value
    heads = [unpack(each.proto.bytes)[0] for each in app.get("bidi_component") if each.proto.bytes]
    assert [axis["word"] for head in heads for axis in head.get("sliders", [])] == ["written here"]
    app = open_page("teacher_forcing", s="Heute Hund Straße Straße.", ref="Today dog zebra.")
    assert "zebra" in text(app)
    assert "part at step" in text(app)


def test_a_typed_translation_is_of_its_sentence_only():
    app = open_page("teacher_forcing", s="Heute Hund Straße Straße.", ref="Today dog.")
    assert app.text_input[0].value == "Today dog."
    app.query_params["s"] = "Heute Hund Hund."
    app.run()
    assert not app.text_input[0].value
    assert "ref" not in app.query_params
    app.text_input[0].set_value("Dog.").run()
    assert app.query_params["ref"] in ("Dog.", ["Dog."])
    assert "part at step" in text(app)


def test_the_bars_say_whether_the_word_is_true_or_written():
    app = open_page("teacher_forcing")
    heads = [unpack(each.proto.bytes)[0] for each in app.get("bidi_component") if each.proto.bytes]
    assert [axis["word"] for head in heads for axis in head.get("sliders", [])] == ["true word here", "written here"]


def test_hostile_translations_are_said_not_thrown():
    for ref in ("🙂" * 50, "<b>x</b> $x$", "\u202e\u0000", "word " * 200):
        open_page("teacher_forcing", ref=ref)


def test_the_sentences_of_the_measurement_are_learned_from_by_no_training():
    long_enough = [text for text in data.reserved().target if len(text.split()) >= 2 + 4 + 6]
    assert runs_seq2seq.exposure("lstm").attrs["n_pairs"] == len(long_enough) > 100


def test_a_transformer_is_fed_both_ways():
    app, words = open_page("teacher_forcing", translator="transformer"), ("The", "old", "man", "works", ".")
    assert not app.exception
    assert "Over " in text(app)
    assert "Teacher forcing's loss on this pair" in text(app)
    found = made("transformer", HARD, words)
    assert found.forced.attrs["fed"] == ("<sos>", *words)
    assert found.forced.attrs["module"] == "engine.translation.tracing"


def test_a_network_that_reads_another_language_is_not_measured():
    sides = [tokens.by_words([["a", "b"]], language) for language in ("en", "en")]
    params = Seq2SeqParams("none", "gru", 6, 6, 4, 6)
    own = translators.add(files.dumps(initial(params, 0), *sides, {}))
    app = open_page("teacher_forcing", translator=own, s="a b", ref="b a")
    assert "from German to English, only" in text(app)
    assert "Over " not in text(app)
