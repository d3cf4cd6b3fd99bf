"""Attention, layers and stacks against torch.nn with copied weights; the cached decoder against the parallel pass."""

import math

import pytest
import torch
from torch import nn

from engine.attention import MultiHead, attend, attend_fast
from engine.errors import InputError
from engine.tokens import PAD, SOS
from engine.transformer import Transformer, TransformerParams, initial, placed
from engine.transformer_block import Off, StackParams, Surroundings
from engine.transformer_stack import Stack, causal, draw

POSITIONS = ("sinusoidal", "learned", "rotary", "none")


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def noisy(net: nn.Module, seed: int = 5) -> nn.Module:
    """Biases and gains that are not just 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    draw(net, generator)
    for p in net.parameters():
        p.data += 0.2 * torch.randn(p.shape, generator=generator)
    return net.double().requires_grad_(False)


def stack(crossed: bool = False, norm: str = "before", activation: str = "relu") -> Stack:
    return noisy(Stack(StackParams(24, 3, 2, 40, norm, activation, crossed)))


def copied(theirs: nn.MultiheadAttention, ours: MultiHead) -> None:
    """Our matrices into torch's attention."""
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.W_Q.weight, ours.W_K.weight, ours.W_V.weight]))
        theirs.in_proj_bias.copy_(torch.cat([ours.W_Q.bias, ours.W_K.bias, ours.W_V.bias]))
        theirs.out_proj.load_state_dict(ours.W_O.state_dict())


def test_attend_is_the_equation_of_the_lecture():
    Q, K, V = (random(2, 3, n, 4, seed=n) for n in (5, 7, 7))
    found = attend(Q, K, V)
    for head in range(3):
        scores = Q[1, head] @ K[1, head].T / math.sqrt(4)
        e = scores.exp()
        torch.testing.assert_close(found.scores[1, head], scores)
        torch.testing.assert_close(found.weights[1, head], e / e.sum(1, keepdim=True))
        torch.testing.assert_close(found.Z[1, head], (e / e.sum(1, keepdim=True)) @ V[1, head])


@pytest.mark.parametrize("masked", [False, True])
def test_the_fast_path_takes_the_same(masked):
    Q, K, V = (random(2, 3, 6, 4, seed=n) for n in (1, 2, 3))
    mask, kept = causal(6) if masked else None, torch.tensor([1.0, 0.0, 1.0])
    found = attend(Q, K, V, mask, kept)
    torch.testing.assert_close(attend_fast(Q, K, V, mask, kept), found.Z, atol=1e-12, rtol=0)
    assert not found.Z[:, 1].any()
    if masked:
        assert not found.weights.triu(1).any()


@pytest.mark.parametrize("is_causal", [False, True])
def test_multi_head_attention_is_torchs(is_causal):
    ours = noisy(MultiHead(24, 3))
    theirs = nn.MultiheadAttention(24, 3, batch_first=True, dtype=torch.float64)
    copied(theirs, ours)
    x, memory = random(2, 5, 24), random(2, 5, 24, seed=1)
    mask = causal(5) if is_causal else None
    out, weights = theirs(
        x, memory, memory, attn_mask=None if mask is None else ~mask[0, 0], average_attn_weights=False
    )
    looked = ours.look(x, memory, mask)
    torch.testing.assert_close(looked.out, out, atol=1e-9, rtol=0)
    torch.testing.assert_close(looked.weights, weights, atol=1e-9, rtol=0)
    torch.testing.assert_close(ours(x, ours.keys(memory), mask), out, atol=1e-9, rtol=0)


@pytest.mark.parametrize("norm", ["before", "after"])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_an_encoder_layer_is_torchs(norm, activation):
    block = stack(False, norm, activation).blocks[0]
    theirs = nn.TransformerEncoderLayer(
        24, 3, 40, 0.0, activation, batch_first=True, norm_first=norm == "before", dtype=torch.float64
    )
    copied(theirs.self_attn, block.attention)
    for their, our in (("linear1", "W_1"), ("linear2", "W_2"), ("norm1", "norm_attention"), ("norm2", "norm_ffn")):
        getattr(theirs, their).load_state_dict(getattr(block, our).state_dict())
    X, keys = random(2, 5, 24), torch.tensor([[True] * 5, [False, False, True, True, True]])
    around = Surroundings(keys[:, None, None])
    expected = theirs.train()(X, src_key_padding_mask=~keys)
    torch.testing.assert_close(block.run(X, around)[0], expected, atol=1e-9, rtol=0)
    torch.testing.assert_close(block.look(X, around).X_out, expected, atol=1e-9, rtol=0)


@pytest.mark.parametrize("norm", ["before", "after"])
def test_a_decoder_layer_is_torchs(norm):
    block = stack(True, norm).blocks[0]
    theirs = nn.TransformerDecoderLayer(24, 3, 40, 0.0, batch_first=True, norm_first=norm == "before").double()
    copied(theirs.self_attn, block.attention)
    copied(theirs.multihead_attn, block.cross)
    names = (("linear1", "W_1"), ("linear2", "W_2"), ("norm1", "norm_attention"), ("norm2", "norm_cross"),
             ("norm3", "norm_ffn"))  # fmt: skip
    for their, our in names:
        getattr(theirs, their).load_state_dict(getattr(block, our).state_dict())
    X, memory = random(2, 5, 24), random(2, 7, 24, seed=1)
    around = Surroundings(causal(5), memory=memory)
    expected = theirs.train()(X, memory, tgt_mask=~causal(5)[0, 0])
    torch.testing.assert_close(block.run(X, around)[0], expected, atol=1e-9, rtol=0)
    torch.testing.assert_close(block.look(X, around).X_out, expected, atol=1e-9, rtol=0)


def test_the_stack_that_is_looked_into_is_the_stack_that_runs():
    for crossed in (False, True):
        net, X = stack(crossed), random(1, 6, 24)
        around = Surroundings(causal(6), memory=random(1, 4, 24, seed=2) if crossed else None)
        off = Off((("self", 0, 1), ("cross", 1, 2)), (("ffn", 1), ("residual", 0)))
        for out in (Off(), off):
            looks, end = net.look(X, around, out)
            torch.testing.assert_close(net(X, around, off=out), end, atol=1e-12, rtol=0)
            assert len(looks) == 2


def test_without_a_part_the_stream_passes_by_it():
    net, X = stack(), random(1, 6, 24)
    look = net.look(X, off=Off(parts=(("attention", 0), ("ffn", 0))))[0][0]
    torch.testing.assert_close(look.X_out, X)
    look = net.look(X, off=Off(parts=(("residual", 0),)))[0][0]
    torch.testing.assert_close(look.X_attended, look.looked.out)
    torch.testing.assert_close(look.X_out, look.ffn)


def sentences() -> torch.Tensor:
    """Three sentences, padded on the left."""
    return torch.tensor([[4, 5, 6, 7, 8], [PAD, PAD, 4, 9, 5], [PAD, 6, 6, 4, 9]])


def net(**more) -> Transformer:
    return noisy(initial(TransformerParams(12, 11, 24, 2, 2, 40, **more), 3))


@pytest.mark.parametrize("positions", POSITIONS)
@pytest.mark.parametrize("norm", ["before", "after"])
def test_padding_changes_nothing(positions, norm):
    model, words = net(positions=positions, norm=norm), torch.tensor([[SOS, 4, 7, 3]])
    together = model(sentences(), words.expand(3, -1))
    for row, sentence in enumerate(sentences()):
        alone = model(sentence[sentence != PAD][None], words)
        torch.testing.assert_close(together[row], alone[0], atol=1e-9, rtol=0)


@pytest.mark.parametrize("positions", POSITIONS)
def test_cached_steps_are_the_parallel_pass(positions):
    model = net(positions=positions)
    words = torch.tensor([[SOS, 4, 7, 3, 5], [SOS, 9, 9, 8, 1], [SOS, 4, 4, 4, 4]])
    expected, memory = model(sentences(), words), model.encode(sentences())
    keys, past = model.decoder.memory(memory.h), [None, None]
    for t, word in enumerate(words.unbind(1)):
        logits, past = model.step(word, torch.full((3,), t), past, keys, memory.mask)
        torch.testing.assert_close(logits, expected[:, t], atol=1e-9, rtol=0)


def test_the_future_is_hidden():
    model = net()
    words = torch.tensor([[SOS, 4, 7, 3]])
    other = torch.tensor([[SOS, 4, 9, 8]])
    torch.testing.assert_close(model(sentences()[:1], words)[:, :2], model(sentences()[:1], other)[:, :2])


def test_without_positions_shuffled_words_give_shuffled_outputs():
    order = [3, 0, 4, 2, 1]
    for positions in POSITIONS:
        model, source = net(positions=positions), sentences()[:1]
        gap = (model.encode(source).h[:, order] - model.encode(source[:, order]).h).abs().max()
        assert (gap < 1e-9) == (positions == "none")


def test_places_count_from_the_first_word():
    assert placed(sentences()).tolist() == [[0, 1, 2, 3, 4], [0, 0, 0, 1, 2], [0, 0, 1, 2, 3]]


@pytest.mark.parametrize(
    "wrong", [{"d_model": 25}, {"positions": "x"}, {"norm": "x"}, {"n_heads": 0}, {"n_layers": 99}, {"shared": True}]
)
def test_sizes_that_make_no_network_are_refused(wrong):
    with pytest.raises(InputError):
        TransformerParams(**{"n_source": 5, "n_target": 6, **wrong})
