"""The Transformer that reads names: torch's encoder with the same weights, padding, prefixes, and every cell proved."""

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained
from torch import nn

from engine import scoring, weights
from engine.classifier import ClassifierParams, initial, one_hot, prefix_logits
from engine.names import Names
from engine.recipes import Fast
from engine.text import PAD, encode, pad_left
from engine.transformer_block import Off
from engine.transformer_names import N_HEADS, N_PLACES, NameTransformer
from engine.transformer_names_explain import EXPLAIN
from engine.transformer_names_trace import trace

PARAMS = ClassifierParams("transformer", 8, ("A", "B", "C"), (1, 1, 1), n_layers=2)
NAMES = ["Satoshi", "O", "Li, Wang", "Nguyen"]
TOLERANCE = 1e-9


def made(seed: int = 0) -> NameTransformer:
    """A network whose norms and biases are not those of the beginning."""
    net = initial(PARAMS, seed)
    generator = torch.Generator().manual_seed(seed)
    for p in net.parameters():
        p.data += 0.1 * torch.randn(p.shape, generator=generator)
    return net.double().requires_grad_(False)


def peer(net: NameTransformer, text: str) -> torch.Tensor:
    """The scores by the equation of the docstring and torch.nn.TransformerEncoder with copied weights."""
    P = net.state_dict()
    rows = encode(text).tolist()
    n = len(rows)
    X = torch.stack([
        P["E.weight"][rows[t]] + sum(P[f"E_back.{k}.weight"][rows[t - k - 1]] for k in (0, 1) if t - k - 1 >= 0)
        + P["P_start.weight"][min(t, N_PLACES - 1)] + P["P_end.weight"][min(n - 1 - t, N_PLACES - 1)]
        for t in range(n)
    ])  # fmt: skip
    layer = nn.TransformerEncoderLayer(
        8, N_HEADS, 16, dropout=0.0, activation="gelu", batch_first=True, norm_first=True, dtype=torch.float64
    )
    torch_stack = nn.TransformerEncoder(layer, 2, nn.LayerNorm(8, dtype=torch.float64), enable_nested_tensor=False)
    for at, theirs in enumerate(torch_stack.layers):
        ours = f"stack.blocks.{at}."
        same = {"self_attn.out_proj": "attention.W_O", "linear1": "W_1", "linear2": "W_2", "norm1": "norm_attention",
                "norm2": "norm_ffn"}  # fmt: skip
        state = {f"{a}.{part}": P[f"{ours}{b}.{part}"] for a, b in same.items() for part in ("weight", "bias")}
        for part in ("weight", "bias"):
            state[f"self_attn.in_proj_{part}"] = torch.cat([P[f"{ours}attention.W_{m}.{part}"] for m in "QKV"])
        theirs.load_state_dict(state)
    torch_stack.norm.load_state_dict({part: P[f"stack.norm.{part}"] for part in ("weight", "bias")})
    out = torch_stack(X[None])[0]
    return P["out.weight"] @ torch.cat([out.mean(0), out.amax(0)]) + P["out.bias"]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> weights.Loaded:
    path = tmp_path_factory.mktemp("w") / "transformer.safetensors"
    path.write_bytes(weights.dumps(made().float(), PARAMS, {}))
    return weights.load_file(path)


@pytest.fixture(scope="module")
def traces(loaded):
    off = Off(heads=(("self", 0, 1), ("self", 1, 3)), parts=(("ffn", 0), ("residual", 1)))
    return [trace(loaded, "Li, Wang"), trace(loaded, "Q"), trace(loaded, "Satoshi", off)]


@torch.inference_mode()
@pytest.mark.parametrize("text", [*NAMES, "x" * 40])
def test_the_scores_are_those_of_torchs_encoder(text):
    net = made()
    torch.testing.assert_close(net.read(one_hot(pad_left([text])))[0], peer(net, text), rtol=0, atol=1e-12)


def test_padding_changes_nothing():
    net, x = made(), one_hot(pad_left(NAMES))
    alone = torch.cat([net.read(one_hot(pad_left([text]))) for text in NAMES])
    torch.testing.assert_close(net.read(x), alone, rtol=0, atol=1e-12)
    torch.testing.assert_close(net(torch.from_numpy(pad_left(NAMES)).long()), alone, rtol=0, atol=1e-12)
    states = net.read_states(x)
    for row, text in enumerate(NAMES):
        own = net.read_states(one_hot(pad_left([text])))[0]
        torch.testing.assert_close(states[row, -len(text) :], own, rtol=0, atol=1e-12)


def test_a_name_without_letters_gets_the_answer_before_any_letter():
    net = made().float()
    nothing = torch.full((1, 3), PAD)
    torch.testing.assert_close(net(nothing)[0], net.nothing_read())
    answers = scoring.log_probs(net, ["", "Li", "Satoshi"])
    np.testing.assert_allclose(answers[0], net.nothing_read().log_softmax(0), atol=1e-6)
    np.testing.assert_allclose(answers[2], net(torch.from_numpy(encode("Satoshi"))[None]).log_softmax(1)[0], atol=1e-5)


def test_a_prefix_is_read_anew():
    net, text = made(), "Satoshi"
    found = prefix_logits(net, text)
    for end in range(1, len(text) + 1):
        np.testing.assert_allclose(found[end - 1], peer(net, text[:end]).detach(), atol=1e-12)


def test_letters_may_be_mixed_and_have_a_slope():
    net, x = made(), one_hot(pad_left(["Li", "Satoshi"]))
    x = (x * 0.7 + 0.3 * (x[..., PAD:] == 1) * x).requires_grad_()  # the padding stays
    (slope,) = torch.autograd.grad(net.read(x)[1, 0], x)
    moved = x.detach().clone()
    moved[1, 3, 5] += 1e-6
    difference = (net.read(moved) - net.read(x.detach()))[1, 0] / 1e-6
    assert slope[1, 3, 5].item() == pytest.approx(difference.item(), abs=1e-5)


def test_dropout_thins_every_part():
    net, letters = made(), torch.from_numpy(pad_left(["Satoshi"])).long()
    kept = tuple(torch.ones(1, size, dtype=torch.float64) for size in net.thinned)
    torch.testing.assert_close(net(letters, kept), net(letters))
    for place in range(len(kept)):
        masks = [mask.clone() for mask in kept]
        masks[place][:, 0] = 0
        assert not torch.equal(net(letters, tuple(masks)), net(letters))


def test_what_is_taken_out_of_the_trace_is_taken_out_of_the_scores(loaded, traces):
    off = traces[2].attrs["program"].off
    net = loaded.net.double()
    np.testing.assert_allclose(traces[2]["logits"], net.read(one_hot(pad_left(["Satoshi"])), off=off)[0], atol=1e-10)
    loaded.net.float()


def test_every_variable_has_an_explainer(traces):
    assert {name for data in traces for name in data.data_vars} <= set(EXPLAIN)


def test_the_answer_is_the_networks_own(loaded, traces):
    for data in traces[:2]:
        text = data.attrs["text"]
        own = prefix_logits(loaded.net, text)[-1]
        np.testing.assert_allclose(data["logits"], own, atol=1e-10)
        assert float(data["p"].sum()) == pytest.approx(1)
        assert list(data["query_label"].values) == [*text]


def test_the_shipped_networks_trace_is_its_answer():
    shipped = weights.load_shipped("names-transformer")
    data = trace(shipped, "Dostoevsky")
    np.testing.assert_allclose(data["logits"], prefix_logits(shipped.net, "Dostoevsky")[-1], atol=1e-10)
    assert shipped.params.languages[int(data["p"].values.argmax())] == "Russian"
    assert data["weights"].shape == (2, N_HEADS, 10, 10)


def test_code_reproduces_random_cells_of_every_variable(traces, tmp_path):
    check_code(explained(traces[1:], draws=1), tmp_path, abs=TOLERANCE)


def test_terms_give_the_value(traces):
    check_terms(explained(traces[:1], seed=1, draws=1), abs=TOLERANCE)


def test_an_empty_name_is_refused(loaded):
    with pytest.raises(ValueError, match="at least one letter"):
        trace(loaded, "")


def test_it_learns():
    """Names of three endings are told apart after a few steps of the fast recipe."""
    endings = ("ov", "ez", "ko")
    texts = [stem + end for end in endings for stem in ("Mar", "Pol", "Iva", "Sant", "Gu")]
    labels = np.repeat(np.arange(3), 5)
    net = initial(PARAMS, 0)
    recipe = Fast(net, Names(texts, labels, endings), 0.02, 5, 0, "name", dropout=0.0)
    for step in range(90):
        recipe.step(step, step / 90)
    assert (scoring.log_probs(net, texts).argmax(1) == labels).mean() > 0.9
