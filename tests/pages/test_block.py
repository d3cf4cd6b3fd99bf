"""The page One block: it opens useful, its sums are sums, parts can be taken out, bad links are told."""

import numpy as np
import pytest
from opened import open_page

from ui import runs_transformer

SENTENCE = "Ich habe einen Hund ."


def texts(app) -> str:
    return " ".join(each.value for each in app.markdown)


def test_the_first_screen_says_what_is_added():
    app = open_page("block", lang="en")
    assert not app.exception
    assert "The stream is never replaced" in texts(app)
    assert "the same numbers" in texts(app)


@pytest.mark.parametrize("side", ["encoder", "decoder"])
def test_both_stacks(side):
    app = open_page("block", s=SENTENCE, side=side, lang="en")
    assert not app.exception
    assert ("cross-attention" in texts(app)) == (side == "decoder")


def test_what_is_taken_out_is_told():
    app = open_page("block", s=SENTENCE, out="decoder-2-cross", lang="en")
    assert not app.exception
    assert "Without Decoder 2: cross-attention it" in texts(app)


def test_a_link_to_a_part_that_is_not_there_is_told():
    app = open_page("block", s=SENTENCE, out="decoder-9-cross", lang="en")
    assert not app.exception
    assert "decoder" in app.warning[0].value


def test_each_stream_is_the_sum_of_the_one_before_and_what_is_added():
    words = tuple(SENTENCE.split())
    written = ("I", "have", "a", "dog", ".", "<eos>")
    for trace in (
        runs_transformer.encoder_trace("transformer", words),
        runs_transformer.decoder_trace("transformer", words, written),
    ):  # fmt: skip
        np.testing.assert_allclose(trace["X"] + trace["attended"], trace["X_attended"], atol=1e-12)
        last = trace["X_attended"] if "X_crossed" not in trace else trace["X_crossed"]
        np.testing.assert_allclose(last + trace["ffn"], trace["X_out"], atol=1e-12)
