"""The equations of encoder, attention and decoder: by hand, by torch.nn with copied weights, and against each other."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import InputError
from engine.seq2seq import CELLS, Seq2SeqParams, initial
from engine.tokens import PAD, SOS
from engine.translation.decoding import Decoder

KINDS = [
    Seq2SeqParams(attention, cell, 9, 11, 5, 6, bidirectional=both, reversed=backwards, tied=attention == "dot")
    for cell in CELLS
    for attention in ("none", "additive", "dot")
    for both, backwards in ((False, True), (True, False))
]
ATTENTIVE = [params for params in KINDS if params.attention != "none"]
SOURCE = torch.tensor([[0, 0, 4, 5, 3], [5, 6, 7, 8, 4], [0, 0, 0, 0, 8], [0, 8, 8, 8, 8]])
TARGET = torch.tensor([[1, 4, 5, 6], [1, 10, 9, 8], [1, 4, 4, 4], [1, 3, 7, 2]])


def name(params: Seq2SeqParams) -> str:
    return f"{params.cell}-{params.attention}-{'both' if params.bidirectional else 'back'}"


def network(params: Seq2SeqParams, seed: int = 0):
    """A network in float64 with random numbers everywhere, biases too."""
    net, generator = initial(params, seed).double().eval(), torch.Generator().manual_seed(seed)
    for part in net.parameters():
        part.data += 0.3 * torch.randn(part.shape, generator=generator, dtype=torch.float64)
    return net


def close(found, expected, atol=1e-12):
    torch.testing.assert_close(found, torch.as_tensor(expected, dtype=found.dtype), atol=atol, rtol=0)


# ── attention ──────────────────────────────────────────────────────────────────────────────────────────────────


def by_hand(params, weights: dict, s: np.ndarray, h: np.ndarray):
    """Scores, weights and context of one state and one sentence, word by word."""
    scores = []
    for h_j in h:
        if params.attention == "additive":
            inner = np.tanh(weights["W_s.weight"] @ s + weights["W_s.bias"] + weights["W_h.weight"] @ h_j)
            scores.append(float(weights["v.weight"][0] @ inner))
        else:
            scores.append(float(s @ h_j))
    parts = np.exp(scores) / np.exp(scores).sum()
    return scores, parts, sum(part * h_j for part, h_j in zip(parts, h, strict=True))


@pytest.mark.parametrize("params", ATTENTIVE, ids=name)
def test_attention_is_the_one_on_paper(params):
    net, random = network(params), np.random.default_rng(0)
    weights = {key: value.numpy() for key, value in net.state_dict().items()}
    encoded, s = net.encode(SOURCE), torch.from_numpy(random.normal(size=(4, 6)))
    scores = net.scores(s, encoded)
    parts, context = net.attend(scores, encoded)
    for row, sentence in enumerate(SOURCE):
        read = sentence != PAD
        expected = by_hand(params, weights, s[row].numpy(), encoded.h[row][read].detach().numpy())
        for found, value in zip((scores[row, read], parts[row, read], context[row]), expected, strict=True):
            close(found, value)
        assert (parts[row, ~read] == 0).all()
    given = torch.from_numpy(random.dirichlet(np.ones(5), 4))
    close(net.attend(scores, encoded, given)[1], torch.stack([g @ h for g, h in zip(given, encoded.h, strict=True)]))


@pytest.mark.parametrize("params", KINDS, ids=name)
def test_a_step_is_the_one_on_paper(params):
    """Whom attention asks, what the cell reads and what the words are scored from, against torch's own cells."""
    net = network(params).requires_grad_(False)
    weights = {key: value.numpy() for key, value in net.state_dict().items()}
    encoded = net.encode(SOURCE[1:2])
    y, state = net.E_target(torch.tensor([7])), encoded.state
    found, h = net.step(y, state, encoded), encoded.h[0].detach().numpy()
    x, context = y, None
    if params.attention == "additive":
        context = torch.from_numpy(by_hand(params, weights, state[0][0].detach().numpy(), h)[2])[None]
        x = torch.cat([y, context], 1)
    s = torch_cell(net.decoder)(x[:, None], tuple(part[None] for part in state))[0][:, 0].detach()
    close(found.state[0], s)
    if params.attention == "none":
        close(found.logits, s @ net.out.weight.T + net.out.bias)
        return
    if params.attention == "dot":
        context = torch.from_numpy(by_hand(params, weights, s[0].detach().numpy(), h)[2])[None]
    joined = torch.cat([s, context, y] if params.attention == "additive" else [s, context], 1)
    close(found.context, context)
    readout = torch.tanh(joined @ net.W_r.weight.T + net.W_r.bias)
    close(found.logits, readout @ net.out.weight.T + net.out.bias)


# ── the encoder ────────────────────────────────────────────────────────────────────────────────────────────────


def rows(cell, part: torch.Tensor) -> torch.Tensor:
    """The rows of a cell's sums in torch's order: z, i, f, o become i, f, z, o."""
    if cell.name == "gru":
        return part
    z, i, f, o = part.chunk(4)
    return torch.cat([i, f, z, o])


def torch_cell(there, back=None):
    """torch.nn's network with the numbers of one or two cells: (x, start) → (outputs, last)."""
    kind = nn.GRU if there.name == "gru" else nn.LSTM
    module = kind(there.n_inputs, there.n_hidden, batch_first=True, bidirectional=back is not None).double()
    for cell, end in ((there, ""), (back, "_reverse")):
        if cell is not None:
            bias = torch.zeros(len(cell.b), dtype=torch.float64)
            if cell.name == "gru":
                bias[2 * cell.n_hidden :] = cell.b_u.data
            parts = {"weight_ih": cell.W, "weight_hh": cell.R, "bias_ih": cell.b, "bias_hh": bias}
            for key, part in parts.items():
                getattr(module, f"{key}_l0{end}").data = rows(cell, part.data)
    return lambda x, start=None: module(x, start[0] if start and there.name == "gru" else start)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("both", "backwards"), [(False, False), (False, True), (True, False)])
def test_the_encoder_is_torchs(cell, both, backwards):
    net = network(Seq2SeqParams("dot", cell, 9, 11, 5, 6, bidirectional=both, reversed=backwards))
    encoded, sentence = net.encode(SOURCE[1:2]), SOURCE[1:2]
    reference = torch_cell(net.encoder, net.encoder_back if both else None)
    y, last = reference(net.E_source(sentence.flip(1) if backwards else sentence))
    close(encoded.h, y.flip(1) if backwards else y)
    last = last if cell == "lstm" else (last,)
    for found, expected in zip(encoded.state, last, strict=True):  # the directions one after the other
        close(found, torch.cat(list(expected), 1))


def test_the_last_state_is_that_of_the_last_word_read():
    back, both = (network(params).encode(SOURCE) for params in KINDS[:2])
    close(back.state[0][0], back.h[0, 2])
    close(both.state[0][0], torch.cat([both.h[0, 4, :3], both.h[0, 2, 3:]]))


# ── a batch, steps, teacher forcing ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("params", KINDS, ids=name)
def test_a_padded_batch_is_sentence_by_sentence(params):
    net = network(params)
    together, single = net(SOURCE, TARGET), copy.deepcopy(net).float()(SOURCE, TARGET)
    for row, sentence in enumerate(SOURCE):
        alone = net(sentence[sentence != PAD][None], TARGET[row : row + 1])[0]
        close(together[row], alone)
        close(single[row].double(), alone, 1e-5)


def by_steps(net, source, target) -> torch.Tensor:
    encoded = net.encode(source)
    state, logits = encoded.state, []
    for word in target.unbind(1):
        step = net.step(net.E_target(word), state, encoded)
        state = step.state
        logits.append(step.logits)
    return torch.stack(logits, 1)


@pytest.mark.parametrize("params", KINDS, ids=name)
def test_step_by_step_is_teacher_forcing_at_once(params):
    """The scores, and every gradient."""
    net = network(params)
    gradients = []
    for scores in (net(SOURCE, TARGET), by_steps(net, SOURCE, TARGET)):
        found = torch.autograd.grad(scores.logsumexp(2).sum() - scores[..., 3].sum(), list(net.parameters()))
        gradients.append((scores, *found))
    for at_once, step_by_step in zip(*gradients, strict=True):
        close(at_once, step_by_step, 1e-10)


@pytest.mark.parametrize("params", KINDS[::2], ids=name)
def test_forced_everywhere_is_teacher_forcing_and_nowhere_is_free(params):
    net = network(params)
    everywhere = torch.tensor([False, True, True, True])  # at step 0 it has no effect
    close(net(SOURCE, TARGET, forced=everywhere), net(SOURCE, TARGET))
    close(net(SOURCE, TARGET, forced=torch.ones(4, dtype=torch.bool)), net(SOURCE, TARGET))
    for forced in ([True, False, False, False], [True, False, True, False]):
        found = net(SOURCE, TARGET, forced=torch.tensor(forced))
        fed = TARGET.clone()
        for t in range(1, 4):
            if not forced[t]:
                fed[:, t] = by_steps(net, SOURCE, fed[:, :t])[:, -1].argmax(-1)
        close(found, by_steps(net, SOURCE, fed))


@pytest.mark.parametrize("params", KINDS, ids=name)
def test_the_decoder_of_searches_steps_as_the_network_does(params):
    net = network(params)
    decoder = Decoder(net, SOURCE)
    state, found = decoder.start(), []
    for word in TARGET.unbind(1):
        log_probs, state = decoder.advance(word, state)
        found.append(log_probs)
    close(torch.stack(found, 1), net(SOURCE, TARGET).log_softmax(-1))


@pytest.mark.parametrize("params", ATTENTIVE[::2], ids=name)
def test_rows_of_a_decoders_state_can_be_chosen(params):
    net, rows = network(params), torch.tensor([2, 0, 0])
    state = Decoder(net, SOURCE).start()
    whole, _ = Decoder(net, SOURCE).advance(TARGET[:, 1], state)
    chosen, _ = Decoder(net, SOURCE).advance(TARGET[rows, 1], tuple(part[rows] for part in state))
    close(chosen, whole[rows])


@pytest.mark.parametrize("params", ATTENTIVE, ids=name)
def test_an_edit_holds_at_its_step_alone(params):
    net, sentence = network(params), SOURCE[1:2]
    given = torch.tensor([0.0, 0.5, 0.0, 0.5, 0.0])
    looks = []
    for edits in ({}, {1: given}):
        decoder, steps = Decoder(net, sentence, edits), []
        state = decoder.start()
        for word in (SOS, 4, 5):
            step, state = decoder.look(torch.tensor([word]), state)
            steps.append(step)
        looks.append(steps)
    plain, edited = looks
    close(edited[0].logits, plain[0].logits)
    close(edited[1].scores, plain[1].scores)
    close(edited[1].weights[0], given)
    close(edited[1].context[0], given.double() @ net.encode(sentence).h[0])
    assert not torch.allclose(edited[1].logits, plain[1].logits)
    close(edited[2].weights.sum(), 1.0)


def test_dropout_gets_the_words_and_the_readout():
    """`thin` sees the embedded words of both sides, the encoder's outputs and the readout, and nothing else."""
    seen = []
    net = network(ATTENTIVE[0])
    net(SOURCE, TARGET, thin=lambda x: seen.append(tuple(x.shape)) or x)
    assert seen == [(4, 5, 5), (4, 5, 6), (4, 4, 5), (4, 4, 5)]


# ── parameters ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "given",
    [
        {"attention": "self"}, {"cell": "rnn"}, {"n_embedding": 0}, {"n_hidden": 1025},
        {"bidirectional": True, "reversed": False, "n_hidden": 7}, {"bidirectional": True, "reversed": True},
        {"tied": True, "attention": "none"}, {"shared": True, "n_source": 5, "n_target": 6},
    ],
)  # fmt: skip
def test_combinations_that_are_none_are_refused(given):
    with pytest.raises(InputError, match="out of range"):
        Seq2SeqParams(**given)


def test_a_first_network_follows_from_its_seed():
    params = Seq2SeqParams("additive", "lstm", 9, 11, 5, 6)
    one, same, other = (initial(params, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["encoder.W"], other["encoder.W"])
    assert one["decoder.b"].tolist() == [0.0] * 12 + [1.0] * 6 + [0.0] * 6
    for block in one["decoder.R"].split(6):
        close(block @ block.T, torch.eye(6), 1e-5)
    assert float(one["W_r.weight"].abs().max()) <= (3 / 17) ** 0.5


def test_shared_and_tied_matrices_are_one():
    net = initial(Seq2SeqParams("dot", "gru", 9, 9, 5, 6, tied=True, shared=True), 0)
    assert net.E_source.weight is net.E_target.weight is net.out.weight
