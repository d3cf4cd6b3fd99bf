"""A translation's trace: the network's own numbers, its axes, edits of attention."""

import copy

import numpy as np
import pytest
import torch

from engine.seq2seq import Seq2SeqParams, initial
from engine.seq2seq_schema import schema
from engine.seq2seq_trace import trace
from engine.tokens import EOS, SOS, SPECIALS, Tokens
from engine.translation.decoding import Decoder
from engine.translation.files import Translator

WORDS = Tokens("de", (*SPECIALS, *"abcdefgh"))
KINDS = [
    Seq2SeqParams(attention, cell, 12, 12, 5, 6, bidirectional=both, reversed=backwards, tied=attention != "none")
    for cell in ("gru", "lstm")
    for attention in ("none", "additive", "dot")
    for both, backwards in ((False, False), (False, True), (True, False))
]
SOURCE, TARGET = ["b", "unknown", "c", "b"], ["d", "a", "d", "?", "<eos>"]
SIX = KINDS[::3]


def name(params: Seq2SeqParams) -> str:
    way = "both" if params.bidirectional else "back" if params.reversed else "there"
    return f"{params.cell}-{params.attention}-{way}"


def translator(params: Seq2SeqParams) -> Translator:
    return Translator(initial(params, 1).eval(), params, WORDS, WORDS, {}, "")


@pytest.mark.parametrize("params", KINDS, ids=name)
def test_scores_are_those_of_the_network(params):
    used = translator(params)
    data = trace(used, SOURCE, TARGET)
    net = copy.deepcopy(used.net).double()
    ids, fed = (torch.tensor([words]) for words in ([5, 3, 6, 5], [SOS, 7, 4, 7, 3]))
    torch.testing.assert_close(torch.from_numpy(data["logits"].values), net(ids, fed)[0], atol=1e-12, rtol=0)
    encoded = net.encode(ids)
    torch.testing.assert_close(torch.from_numpy(data["h"].values), encoded.h[0], atol=1e-12, rtol=0)
    torch.testing.assert_close(torch.from_numpy(data["context_vector"].values), encoded.state[0][0])
    if params.cell == "lstm":
        torch.testing.assert_close(torch.from_numpy(data["c_0"].values), encoded.state[1][0])
    assert {str(array.dtype) for array in data.data_vars.values()} <= {"float64", "int64"}
    assert set(data.data_vars) == set(schema(params))


@pytest.mark.parametrize("params", SIX, ids=name)
def test_steps_are_those_of_the_decoder(params):
    """Scores, weights, contexts and readouts against the step that searches use, attention given at one step."""
    used = translator(params)
    edits = {} if params.attention == "none" else {2: [0.0, 0.25, 0.75, 0.0]}
    data = trace(used, SOURCE, TARGET, edits)
    net = copy.deepcopy(used.net).double()
    decoder = Decoder(net, torch.tensor([[5, 3, 6, 5]]), {t: torch.tensor(edit) for t, edit in edits.items()})
    state = decoder.start()
    for t, word in enumerate((SOS, 7, 4, 7, 3)):
        step, state = decoder.look(torch.tensor([word]), state)
        found = {"s": step.state[0], "embedded": step.embedded, "logits": step.logits}
        if params.attention != "none":
            found |= {"scores": step.scores, "weights": step.weights, "context": step.context, "readout": step.readout}
        for variable, value in found.items():
            np.testing.assert_allclose(data[variable].values[t], value[0].detach(), atol=1e-12, err_msg=variable)


def test_parts_of_attention_add_up():
    for params in (KINDS[3], KINDS[6]):
        data = trace(translator(params), SOURCE, TARGET)
        weights = data["weights"].values
        np.testing.assert_allclose(weights.sum(1), 1)
        np.testing.assert_allclose(data["exponentials"].values / data["norm"].values[:, None], weights)
        np.testing.assert_allclose(data["weighed"].values.sum(1), weights @ data["h"].values)
        np.testing.assert_allclose(data["context"].values, weights @ data["h"].values)


def test_an_edit_acts_from_its_step_on_and_leaves_the_scores_of_its_step():
    used = translator(KINDS[3])
    plain, edited = trace(used, SOURCE, TARGET), trace(used, SOURCE, TARGET, {2: [0, 1, 0, 0], 7: [1, 0, 0, 0]})
    assert (edited["p"].values[:2] == plain["p"].values[:2]).all()
    assert (edited["p"].values[2] != plain["p"].values[2]).all()
    np.testing.assert_array_equal(edited["scores"].values[:3], plain["scores"].values[:3])
    assert edited["weights"].values[2].tolist() == [0, 1, 0, 0]
    assert list(edited.attrs["edits"]) == [2]


def test_probabilities_and_words():
    data = trace(translator(KINDS[0]), SOURCE, TARGET, top=3)
    p, places = data["p"].values, [7, 4, 7, 3, EOS]
    np.testing.assert_allclose(p.sum(1), 1)
    np.testing.assert_allclose(data["p_word"].values, np.log(p[range(5), places]))
    np.testing.assert_array_equal(data["p_eos"].values, p[:, EOS])
    np.testing.assert_array_equal(data["top_p"].values, -np.sort(-p)[:, :3])
    assert data.attrs["top_words"][1] == tuple(WORDS.vocabulary[k] for k in np.argsort(-p[1])[:3])
    assert data["source_label"].values.tolist() == SOURCE
    assert data["target_label"].values.tolist() == TARGET
    assert data.attrs["fed"] == ("<sos>", *TARGET[:-1])
    assert data["word_label"].values.tolist() == list(WORDS.vocabulary)
    assert trace(translator(KINDS[0]), SOURCE, TARGET, top=99).sizes["rank"] == 12


def test_the_order_of_reading():
    there, back, both = (trace(translator(params), SOURCE, TARGET) for params in KINDS[:3])
    assert there["read_at"].values.tolist() == [0, 1, 2, 3]
    assert back["read_at"].values.tolist() == [3, 2, 1, 0]
    assert both["read_back_at"].values.tolist() == [3, 2, 1, 0]
    assert "read_back_at" not in back
    np.testing.assert_array_equal(back["context_vector"].values, back["h"].values[0])
    np.testing.assert_array_equal(there["context_vector"].values, there["h"].values[3])
    np.testing.assert_array_equal(
        both["context_vector"].values, np.append(both["h"].values[3, :3], both["h"].values[0, 3:])
    )


@pytest.mark.parametrize(
    ("params", "source", "target", "edits"),
    [(KINDS[3], [], TARGET, {}), (KINDS[3], SOURCE, [], {}), (KINDS[0], SOURCE, TARGET, {0: [1, 0, 0, 0]}),
     (KINDS[3], SOURCE, TARGET, {0: [1, 0]}), (KINDS[3], SOURCE, TARGET, {0: [1, 0, 0, float("nan")]})],
)  # fmt: skip
def test_what_cannot_be_traced_is_refused(params, source, target, edits):
    with pytest.raises(ValueError, match=r"word|attention"):
        trace(translator(params), source, target, edits)


def test_the_network_stays_as_it_was():
    used = translator(KINDS[3])
    before = {key: value.clone() for key, value in used.net.state_dict().items()}
    trace(used, SOURCE, TARGET)
    assert all(torch.equal(value, before[key]) for key, value in used.net.state_dict().items())
    assert {part.dtype for part in used.net.parameters()} == {torch.float32}
    assert used.net.out.weight.requires_grad
