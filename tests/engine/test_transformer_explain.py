"""The code of random cells of a Transformer's traces, of all kinds of positions and both norms, run alone."""

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained
from safetensors.torch import save_file

from engine.tokens import SPECIALS, Tokens
from engine.transformer import TransformerParams, initial
from engine.transformer_block import Off
from engine.transformer_explain import EXPLAIN
from engine.transformer_trace import decoder, encoder
from engine.translation.files import Translator

DE = Tokens("de", (*SPECIALS, "ich", "du", "sehe", "siehst", "Hund"))
EN = Tokens("en", (*SPECIALS, "I", "you", "see", "dog", "#_{}"))
KINDS = [
    {"positions": "sinusoidal"},
    {"positions": "rotary", "norm": "after", "tied": True},
    {"positions": "learned", "shared": True, "tied": True, "n_positions": 3},
    {"positions": "none"},
]
OFF = Off((("self", 0, 1), ("cross", 1, 0)), (("ffn", 0), ("residual", 1)))
SOURCE, TARGET = ["ich", "sehe", "'n", "Hund"], ["I", "see", "#_{}", "it", "<eos>"]


def written(kind: dict, path) -> Translator:
    """A network with random biases, in float32 and on disk."""
    source = EN if kind.get("shared") else DE
    params = TransformerParams(len(source.vocabulary), len(EN.vocabulary), 8, 2, 2, 12, **kind)
    net, random = initial(params, 3), np.random.default_rng(4)
    for part in net.parameters():
        part.data += part.data.new_tensor(random.normal(0, 0.3, part.shape))
    again = {"out.weight": params.tied, "E_source.weight": params.shared}
    tensors = {name: t.contiguous() for name, t in net.state_dict().items() if not again.get(name)}
    save_file(tensors, path)
    return Translator(net.eval().requires_grad_(False), params, source, EN, {}, str(path))


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    folder, out = tmp_path_factory.mktemp("w"), []
    for n, kind in enumerate(KINDS):
        translator = written(kind, folder / f"{n}.safetensors")
        off = (OFF, OFF) if n < 2 else (Off(), Off())
        out += [encoder(translator, SOURCE, off[0]), decoder(translator, SOURCE, TARGET, off)]
    return out


@pytest.fixture(scope="module")
def cases(traces):
    return explained(traces, draws=1)


def test_every_variable_has_an_explainer(traces):
    assert {name for each in traces for name in each.data_vars} == set(EXPLAIN)


def test_code_reproduces_random_cells_of_every_variable(cases, tmp_path):
    check_code(cases, tmp_path, abs=1e-9)


def test_terms_make_the_value(cases):
    check_terms(cases, abs=1e-9)


def test_the_trace_is_the_network(traces, tmp_path):
    for kind, seen in zip(KINDS, traces[1::2], strict=True):
        if "sum" in kind or kind in KINDS[:2]:
            continue
        translator = written(kind, tmp_path / "w.safetensors")
        read, fed = translator.source.encode(SOURCE), seen.attrs["fed_words"]
        logits = translator.net.double()(torch.tensor([read]), torch.tensor([fed]))
        np.testing.assert_allclose(seen["logits"].values, logits[0].numpy(), atol=1e-12)


def test_weights_sum_to_one_over_what_may_be_seen(traces):
    for each in traces:
        np.testing.assert_allclose(each["weights"].values.sum(-1), 1, atol=1e-12)
        assert not (each["weights"].values * (1 - each["mask"].values)).any()


def test_a_sentence_needs_a_word(tmp_path):
    translator = written(KINDS[0], tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match="word"):
        encoder(translator, [])
    with pytest.raises(ValueError, match="word"):
        decoder(translator, SOURCE, [])
