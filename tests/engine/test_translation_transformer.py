"""The Transformer as a translator: cached decoding against the parallel pass, its training, files and traces."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained
from torch.nn.functional import cross_entropy
from toy_pairs import toy

from engine import alignment, grammar, transformer_trace
from engine.bleu import corpus
from engine.dropout import ByteThinner
from engine.errors import InputError
from engine.search import beam, beam_batch, greedy, greedy_batch
from engine.tokens import EOS, PAD, SOS, SPECIALS, Tokens
from engine.transformer import Transformer, TransformerParams, initial
from engine.transformer_block import Off
from engine.translation import batches, bulk, data, files, intervention, judging, kinds, tracing, training
from engine.translation.data import split
from engine.translation.decoding import CachedDecoder, decoder
from engine.translation.records import TranslationParams

KINDS = [(positions, norm) for positions in ("sinusoidal", "learned", "rotary", "none") for norm in ("before", "after")]
SOURCE = torch.tensor([[PAD, PAD, 5, 6, 7], [4, 5, 6, 7, 8], [PAD, 9, 9, 4, 5]])  # padded on the left
WORDS = torch.tensor([[SOS, 5, 6, 7, 4, 8], [SOS, 4, 4, 9, 5, 5], [SOS, 8, 5, 6, 7, 7]])
DE = Tokens("de", (*SPECIALS, "ein", "Hund", "sieht", "die", "Katze", "#_{}"))
EN = Tokens("en", (*SPECIALS, "a", "dog", "sees", "the", "cat", "%"))
OFF = (Off(heads=(("self", 0, 1),), parts=(("ffn", 1),)), Off(heads=(("cross", 1, 0), ("self", 0, 2))))


def made(positions="sinusoidal", norm="before", seed=0, **sizes) -> Transformer:
    """A network whose biases and norms are random too, in float64."""
    given = {"d_model": 16, "n_heads": 4, "n_layers": 2, "d_ff": 24, "n_positions": 5} | sizes
    net = initial(TransformerParams(10, 10, positions=positions, norm=norm, **given), seed)
    random = np.random.default_rng(seed)
    for part in net.parameters():
        part.data += part.data.new_tensor(random.normal(0, 0.3, part.shape))
    return net.double().eval().requires_grad_(False)


def stepped(writer: CachedDecoder, words: torch.Tensor) -> torch.Tensor:
    """Log-probabilities at every step, one word after the other."""
    state, rows = writer.start(), []
    for word in words.unbind(1):
        row, state = writer.advance(word, state)
        rows.append(row)
    return torch.stack(rows, 1)


# --- decoding with cached keys


@pytest.mark.parametrize(("positions", "norm"), KINDS)
def test_cached_steps_are_the_parallel_pass(positions, norm):
    net = made(positions, norm)
    expected = net(SOURCE, WORDS).log_softmax(-1)
    torch.testing.assert_close(stepped(decoder(net, SOURCE), WORDS), expected, atol=1e-10, rtol=0)


def test_heads_and_parts_are_out_in_both():
    net = made()
    expected = net(SOURCE, WORDS, off=OFF).log_softmax(-1)
    assert (expected - net(SOURCE, WORDS).log_softmax(-1)).abs().max() > 0.1
    torch.testing.assert_close(stepped(CachedDecoder(net, SOURCE, OFF), WORDS), expected, atol=1e-10, rtol=0)


def test_a_search_can_pick_and_repeat_rows():
    net, rows = made("rotary"), torch.tensor([2, 0, 0, 2])
    writer = decoder(net, SOURCE)
    state = writer.start()
    for word in WORDS[:, :3].unbind(1):
        _, state = writer.advance(word, state)
    assert all(len(part) == 3 for part in state)
    words = torch.tensor([4, 5, 6, 7])
    found, _ = writer.advance(words, tuple(part[rows] for part in state))
    fed = torch.cat([WORDS[rows, :3], words[:, None]], 1)
    torch.testing.assert_close(found, net(SOURCE[rows], fed)[:, -1].log_softmax(-1), atol=1e-10, rtol=0)


@pytest.mark.parametrize("positions", ["sinusoidal", "rotary"])
def test_searches_find_what_the_parallel_pass_says(positions):
    net, limit = made(positions), 12
    for row, found in enumerate(greedy_batch(decoder(net, SOURCE), 3, SOS, EOS, limit)):
        words, source = [SOS], SOURCE[row : row + 1, (SOURCE[row] == PAD).sum() :]  # no padding
        while words[-1] != EOS and len(words) <= limit:
            words.append(int(net(source, torch.tensor([words]))[0, -1].argmax()))
        assert list(found.words) == words[1:]
        assert greedy(decoder(net, source), SOS, EOS, limit).words == found.words
    for row, hypotheses in enumerate(beam_batch(decoder(net, SOURCE), 3, 4, SOS, EOS, limit)):
        (one, *_), best = beam(decoder(net, SOURCE[row : row + 1]), 4, SOS, EOS, limit), hypotheses[0]
        assert one.words == best.words
        fed = torch.tensor([[SOS, *best.words[:-1]]])
        logs = net(SOURCE[row : row + 1], fed)[0].log_softmax(-1)
        assert best.log_prob == pytest.approx(logs[range(len(best.words)), list(best.words)].sum().item(), abs=1e-9)


def test_where_it_looks_is_the_last_layers_mean_over_heads():
    net = made()
    translator = files.Translator(net, net.params, DE, EN, {}, "")
    heads, weights = (getattr(decoder(net, SOURCE), name)(WORDS) for name in ("heads", "weights"))
    assert heads.shape == (3, 2, 4, 6, 5)
    for row in range(3):
        source = [DE.vocabulary[place] for place in SOURCE[row].tolist() if place != PAD]
        written = [EN.vocabulary[place] for place in WORDS[row, 1:].tolist()]
        found = transformer_trace.decoder(translator, source, [*written, "%"])["weights_c"].values
        np.testing.assert_allclose(heads[row, ..., 5 - len(source) :], found, atol=1e-12)
        np.testing.assert_allclose(weights[row, :, 5 - len(source) :], found[-1].mean(0), atol=1e-12)
        assert not weights[row, :, : 5 - len(source)].any()  # padding


# --- batches and dropout


def test_batches_by_tokens_take_every_pair_once_and_keep_to_the_size():
    random = np.random.default_rng(0)
    sides = [[random.integers(4, 9, random.integers(1, 30)) for _ in range(300)] for _ in range(2)]
    order = batches.TokenOrder(batches.Coded(*sides), 200, 3)
    places = [[place for batch in order._shuffled(np.random.default_rng(k)) for place in batch] for k in range(2)]
    assert sorted(places[0]) == sorted(places[1]) == list(range(300))
    assert places[0] != places[1]
    seen = [order.at(step) for step in range(order.n)]
    assert max(max(each.source.numel(), each.answers.numel()) for each in seen) <= 200
    assert np.median([max(each.source.numel(), each.answers.numel()) for each in seen]) > 150
    assert sum(int((each.answers != PAD).sum()) for each in seen) == sum(map(len, sides[1]))
    again = batches.TokenOrder(batches.Coded(*sides), 200, 3)  # a run that is resumed asks for any step
    assert torch.equal(again.at(order.n + 2).source, order.at(order.n + 2).source)
    alone = batches.TokenOrder(batches.Coded([np.arange(500)], [np.arange(9)]), 100, 0)
    assert (alone.n, alone.at(0).source.shape) == (1, (1, 500))  # longer than a batch


def test_dropout_by_bytes_keeps_the_mean():
    x = torch.full((400, 500), 3.0)
    found = ByteThinner(0.3, 5, 1)(x)
    share = (found == 0).double().mean().item()
    assert share == pytest.approx(77 / 256, abs=0.005)
    assert found.double().mean().item() == pytest.approx(3, abs=0.03)
    assert found.unique().tolist() == [0.0, pytest.approx(3 * 256 / 179)]
    assert torch.equal(found, ByteThinner(0.3, 5, 1)(x))
    assert not torch.equal(found, ByteThinner(0.3, 5, 2)(x))
    assert ByteThinner(0.0, 5, 1)(x) is x


# --- training


def params(**changes) -> TranslationParams:
    given = {"n_hidden": 16, "n_heads": 2, "n_ff": 32, "batch": 16, "lr": 0.01, "steps": 8, "checks": 2}
    return TranslationParams("transformer", **given | changes)


def test_it_learns_to_translate_and_tells_where_its_heads_look():
    pairs = toy(100)
    run = training.Run(pairs, params(n_hidden=32, steps=120, held_out=0.1).settled(True), None, None, None)
    *_, last = training.drive(run)
    found = judging.judge(run.net, run.source, run.target, split(pairs, 0.1)[0])
    assert found.bleu > 90
    assert found.exact > 0.8
    assert last.check.look.weights.shape == (len(last.check.look.target) + 1, len(last.check.look.source))
    errors = judging.align_heads(run.net, run.source, run.target, run.held)
    coded, hits, n = batches.code(run.held, run.source, run.target), np.zeros((2, 2)), 0
    for source, target, links in zip(*coded, run.held.links, strict=True):
        (seen,) = bulk.attention(run.net, [source], [target], heads=True)
        for head in np.ndindex(2, 2):
            hits[head] += len(alignment.links(seen[head][:-1]) & set(links))
        n += len(links)
    np.testing.assert_allclose(errors, 1 - hits / n)  # as many links found as true


def test_a_step_is_that_of_a_plain_loop():
    """Adam with β₂ = 0.98; the rate rises over the first tenth and falls to 0."""
    run = training.Run(toy(), params(steps=40, smoothing=0.1, batch=None, batch_tokens=120).settled(True),
                       None, None, None)  # fmt: skip
    peer = initial(run.network, 0)
    adam = torch.optim.Adam(peer.parameters(), betas=(0.9, 0.98))
    for step in range(6):
        batch = run.order.at(step)
        logits = peer(batch.source, batch.words).flatten(0, 1)
        loss = cross_entropy(logits, batch.answers.flatten(), ignore_index=PAD, label_smoothing=0.1)
        adam.param_groups[0]["lr"] = 0.01 * min(1, (step / 40 + 1e-3) / 0.1) * (1 - step / 40)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(peer.parameters(), 1.0)
        adam.step()
        run.step()
        assert run.losses[-1] == pytest.approx(loss.item(), abs=1e-5)
    for (name, ours), theirs in zip(run.net.named_parameters(), peer.parameters(), strict=True):
        if not name.endswith("W_K.bias"):  # adds the same to all scores of a query: its gradient is nothing but noise
            torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize(
    ("model", "meaningless"),
    [
        ("transformer", {"cell": "gru"}), ("transformer", {"score": "dot"}), ("transformer", {"bidirectional": True}),
        ("transformer", {"reversed": False}), ("transformer", {"n_embedding": 8}), ("attention", {"n_layers": 2}),
        ("rnn", {"n_heads": 2}), ("attention", {"n_ff": 9}), ("rnn", {"positions": "none"}), ("rnn", {"norm": "after"}),
    ],
)  # fmt: skip
def test_what_means_nothing_for_a_model_is_refused(model, meaningless):
    with pytest.raises(InputError, match=f"“{next(iter(meaningless)).removeprefix('n_')}” means nothing"):
        TranslationParams(model, **meaningless)


@pytest.mark.parametrize(
    "bad", [{"n_layers": 0}, {"n_heads": 33}, {"n_ff": 0}, {"positions": "x"}, {"norm": "x"}, {"batch_tokens": 5}]
)
def test_parameters_out_of_range(bad):
    with pytest.raises(InputError, match="out of range"):
        TranslationParams("transformer", **bad)


def test_it_is_always_fed_the_true_words():
    with pytest.raises(InputError, match="teacher forcing is always 1"):
        params(teacher_forcing=0.5)


def test_what_is_not_given_suits_the_data():
    for is_grammar in (True, False):
        found = TranslationParams("transformer").settled(is_grammar)
        assert (found.batch is None) is not is_grammar
        assert (found.batch_tokens is None) is is_grammar
        assert found.settled(is_grammar) == found
        assert (found.cell, found.positions, found.norm) == (None, "sinusoidal", "before")
    given = TranslationParams("transformer", batch=7, n_layers=1).settled(False)
    assert (given.batch, given.batch_tokens, given.n_layers) == (7, None, 1)
    assert TranslationParams(batch_tokens=500).settled(True).batch is None


# --- files


@pytest.mark.parametrize("changes", [{}, {"tied": True}, {"positions": "learned"}])
def test_a_file_holds_all_of_it(changes):
    net = initial(TransformerParams(10, 10, 8, 2, 1, 12, **changes), 1)
    blob = files.dumps(net, DE, EN, {"note": 1})
    found = files.loads(blob, "")
    assert (found.params, found.source, found.target, found.card) == (net.params, DE, EN, {"note": 1})
    assert isinstance(found.net, Transformer)
    assert all(torch.equal(tensor, found.net.state_dict()[name]) for name, tensor in net.state_dict().items())
    assert files.dumps(found.net, DE, EN, {"note": 1}) == blob


def test_a_variety_in_a_word():
    words = [kinds.variety(TransformerParams(positions=positions)) for positions in ("sinusoidal", "rotary", "none")]
    assert words == ["transformer", "transformer-rotary", "transformer-none"]


def test_params_are_read_back_as_they_were():
    for known in (TransformerParams(7, 8, tied=True), replace(TransformerParams(7, 7), shared=True, norm="after")):
        assert kinds.read("transformer", asdict(known)) == known


# --- the words' part of a trace, and what needs attention that can be moved


@pytest.fixture(scope="module")
def used(tmp_path_factory) -> files.Translator:
    path = tmp_path_factory.mktemp("w") / "t.safetensors"
    path.write_bytes(files.dumps(made(norm="after").float(), DE, EN, {}))
    return files.load_file(path)


READ, WRITTEN = ["ein", "Hund", "#_{}"], ["a", "dog", "%", "<eos>"]


def test_the_words_are_those_of_the_parallel_pass(used):
    found = tracing.trace(used, READ, WRITTEN)
    ids = used.target.encode(WRITTEN)
    logits = used.net.double()(torch.tensor([used.source.encode(READ)]), torch.tensor([[SOS, *ids[:-1]]]))[0]
    used.net.float()
    assert found["logits"].dims == ("target", "word")
    assert found["target_label"].values.tolist() == WRITTEN
    np.testing.assert_allclose(found["logits"], logits, atol=1e-9)
    np.testing.assert_allclose(found["p"], logits.softmax(1), atol=1e-9)
    np.testing.assert_allclose(found["p_word"], logits.log_softmax(1)[range(4), ids], atol=1e-9)
    np.testing.assert_allclose(found["p_eos"], logits.softmax(1)[:, EOS], atol=1e-9)
    assert [row[0] for row in found.attrs["top_words"]] == used.target.decode(logits.argmax(1).tolist())
    assert found.attrs["fed"] == ("<sos>", *WRITTEN[:-1])


def test_each_of_them_is_proved(used, tmp_path):
    cases = explained([tracing.trace(used, READ, WRITTEN)])
    check_terms(cases, abs=1e-9)
    check_code(cases, tmp_path, abs=1e-9)


def test_attention_cannot_be_moved(used):
    edits = {0: [1.0, 0.0, 0.0]}
    for refused in (tracing.trace, intervention.log_prob):
        with pytest.raises(ValueError, match="no attention to edit"):
            refused(used, READ, WRITTEN, edits)
    with pytest.raises(ValueError, match="no attention to edit"):
        intervention.rewrite(used, READ, WRITTEN, edits)
    with pytest.raises(ValueError, match="no attention to edit"):
        intervention.alone(used, READ, WRITTEN)
    whole = tracing.trace(used, READ, WRITTEN)["p_word"].sum()
    assert intervention.log_prob(used, READ, WRITTEN) == pytest.approx(float(whole), abs=1e-4)


# --- those that are shipped


@pytest.mark.parametrize("name", ["transformer", "transformer-learned", "transformer-rotary"])
def test_the_shipped_ones_are_good(name):
    found = files.load_shipped(name)
    assert found.card["bleu"] >= 97
    assert found.card["exact"] >= 0.93
    assert found.card["processor_seconds"] <= 480  # 4 minutes of 2 cores
    drawn = grammar.pairs(60, seed=71)
    said = bulk.translate(found.net, found.source, found.target, [" ".join(pair.source) for pair in drawn], True)
    assert corpus([each.tokens for each in said], [[list(pair.target) for pair in drawn]]) > 0.95


def test_without_positions_it_is_worse_and_the_cards_say_so():
    cards = {name: files.load_shipped(f"transformer{name}").card for name in ("", "-none")}
    assert cards["-none"]["bleu"] < cards[""]["bleu"] - 1
    errors = np.array(cards[""]["head_errors"])
    assert errors.shape == (2, 4)
    assert cards[""]["error"] < errors.min()  # together the heads align better than any of them


def test_head_errors_are_those_of_the_card():
    found = files.load_shipped("transformer")
    held = data.take(data.reserved(), range(60))
    errors = judging.align_heads(found.net, found.source, found.target, held)
    np.testing.assert_allclose(errors, found.card["head_errors"], atol=0.08)
