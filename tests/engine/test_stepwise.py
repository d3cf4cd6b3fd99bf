"""One word a step against all at once; a part taken out against a network whose weights make it nothing."""

import numpy as np
import pytest
import torch
from test_transformer_explain import KINDS, SOURCE, TARGET, written

from engine.transformer_block import NOTHING_OFF, Off
from engine.transformer_trace import decoder
from engine.translation import knock_out, stepwise


@pytest.fixture(scope="module", params=range(len(KINDS)))
def translator(request, tmp_path_factory):
    return written(KINDS[request.param], tmp_path_factory.mktemp("w") / "w.safetensors")


def test_both_ways_give_the_same_numbers(translator):
    found, trace = stepwise.compare(translator, SOURCE, TARGET), decoder(translator, SOURCE, TARGET)
    np.testing.assert_allclose(found["stepped"], trace["p_word"], atol=1e-9)
    np.testing.assert_allclose(found["parallel"], trace["p_word"], atol=1e-9)
    np.testing.assert_allclose(found["end"], trace["p_eos"], atol=1e-9)
    assert found["gap"].values.max() < 1e-9
    assert found["anew"].values.tolist() == np.cumsum(found["cached"].values).tolist()


def test_a_part_taken_out_is_a_part_that_adds_nothing(translator):
    net, off = translator.net, knock_out.offs([("encoder", 0, "ffn"), ("decoder", 1, "cross")])
    found = knock_out.without(translator, SOURCE, TARGET, off)
    if net.params.norm == "before":
        for linear in (net.encoder.blocks[0].W_2, net.decoder.blocks[1].cross.W_O):
            linear.weight.zero_()
            linear.bias.zero_()
        silent = knock_out.without(translator, SOURCE, TARGET, (NOTHING_OFF, NOTHING_OFF))
        assert silent.words == found.words
        assert silent.log_prob == pytest.approx(found.log_prob, abs=1e-5)


def test_a_head_taken_out_is_a_head_with_no_rows_in_W_O(translator):
    net, n = translator.net, translator.params.d_model // translator.params.n_heads
    off = (Off((("self", 1, 0),)), Off((("cross", 0, 1),)))
    found = knock_out.without(translator, SOURCE, TARGET, off)
    with torch.no_grad():
        net.encoder.blocks[1].attention.W_O.weight[:, :n] = 0
        net.decoder.blocks[0].cross.W_O.weight[:, n:] = 0
    silent = knock_out.without(translator, SOURCE, TARGET, (NOTHING_OFF, NOTHING_OFF))
    assert silent.words == found.words
    assert silent.log_prob == pytest.approx(found.log_prob, abs=1e-5)


def test_every_part_can_be_taken_out(translator):
    parts = knock_out.parts(translator)
    assert len(parts) == len(set(parts)) == 2 * (3 + 4)
    outcomes = [knock_out.without(translator, SOURCE, TARGET, knock_out.offs([part])) for part in parts]
    assert len({round(outcome.log_prob, 6) for outcome in outcomes}) > 7


def test_words_are_needed(translator):
    for source, target in (([], TARGET), (SOURCE, [])):
        with pytest.raises(ValueError, match="word"):
            stepwise.compare(translator, source, target)
        with pytest.raises(ValueError, match="word"):
            knock_out.without(translator, source, target, (NOTHING_OFF, NOTHING_OFF))
