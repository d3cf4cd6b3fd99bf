"""The model of letters: equal to torch.nn with copied weights, cached and uncached; invented names are looked up."""

import itertools
import json

import nltk
import numpy as np
import pytest
import torch
from proofs import cells, check_code, check_terms, explained
from torch import nn

from engine import letter_model_files as files
from engine import search
from engine.errors import InputError
from engine.explain import explain
from engine.letter_model import EOS, WORDS, Decoder, LetterModel, LetterModelParams, initial, read
from engine.letter_model_explain import EXPLAIN
from engine.letter_model_names import Known, copies, distances, invent
from engine.letter_model_names import _padded as padded
from engine.letter_model_trace import SCHEMA, trace
from engine.names import Names
from engine.positional import sinusoidal
from engine.search_trace import sample_trace
from engine.text import ALPHABET

LANGUAGES = ("Dutch", "Greek", "Irish")
TINY = LetterModelParams(LANGUAGES, 12, 3, 2, 20)
ASKED = [("Greek", 11), ("Irish", 11), ("Greek", 12), ("Dutch", 2**31)]


def network(params: LetterModelParams = TINY, seed: int = 0) -> LetterModel:
    """A network all of whose numbers are random."""
    net, random = initial(params, seed), np.random.default_rng(seed)
    for part in net.parameters():
        part.data += part.data.new_tensor(random.normal(0, 0.3, part.shape))
    return net.eval().requires_grad_(False)


def copied(net: LetterModel) -> nn.TransformerEncoder:
    """torch's own layers with the network's weights."""
    p = net.params
    layer = nn.TransformerEncoderLayer(
        p.d_model, p.n_heads, p.d_ff, 0.0, p.activation, batch_first=True, norm_first=p.norm == "before"
    )
    norm = nn.LayerNorm(p.d_model) if p.norm == "before" else None
    stack = nn.TransformerEncoder(layer, p.n_layers, norm, enable_nested_tensor=False)
    for own, theirs in zip(net.stack.blocks, stack.layers, strict=True):
        parts = [own.attention.W_Q, own.attention.W_K, own.attention.W_V]
        theirs.self_attn.in_proj_weight.data = torch.cat([part.weight for part in parts])
        theirs.self_attn.in_proj_bias.data = torch.cat([part.bias for part in parts])
        pairs = ((theirs.self_attn.out_proj, own.attention.W_O), (theirs.linear1, own.W_1), (theirs.linear2, own.W_2),
                 (theirs.norm1, own.norm_attention), (theirs.norm2, own.norm_ffn))  # fmt: skip
        for to, of in pairs:
            to.load_state_dict(of.state_dict())
    if norm:
        norm.load_state_dict(net.stack.norm.state_dict())
    return stack.double().eval()


@pytest.mark.parametrize("norm", ["before", "after"])
def test_it_is_torchs_transformer_with_a_causal_mask(norm):
    net = network(LetterModelParams(LANGUAGES, 12, 3, 2, 20, norm)).double()
    words = torch.tensor([read(net.params, "Greek", "Papas"), read(net.params, "Dutch", "van D")])
    x = net.E(words) * 12**0.5 + sinusoidal(6, 12)
    hidden = copied(net)(x, mask=nn.Transformer.generate_square_subsequent_mask(6, dtype=torch.float64), is_causal=True)
    assert torch.allclose(net(words), hidden @ net.out.weight.T + net.out.bias, atol=1e-10)


def test_letters_to_come_change_nothing():
    net = network()
    a, b = (net(torch.tensor([read(TINY, "Irish", text)])) for text in ("Murphy", "Muuuuu"))
    assert torch.equal(a[0, :3], b[0, :3])
    assert not torch.allclose(a[0, 3:], b[0, 3:])


def test_step_by_step_from_the_cache_is_all_at_once():
    net, decoder = network(), Decoder(network(), 2)
    rows = torch.tensor([read(TINY, "Greek", "Papas"), read(TINY, "Irish", "O Lee")])
    state, found = decoder.start(), []
    for words in rows.T:
        log_p, state = decoder.advance(words, state)
        found.append(log_p)
    assert torch.allclose(torch.stack(found, 1), net(rows).log_softmax(-1), atol=1e-5)


def test_the_probabilities_of_all_short_names_sum_to_what_is_left():
    """Exhaustive: every name of at most one letter, and the mass of longer ones."""
    net = network().double()
    start = net(torch.tensor([[TINY.word("Dutch")]]))[0, -1].softmax(0)
    after = net(torch.tensor([[TINY.word("Dutch"), k] for k in range(EOS)]))[:, -1].softmax(-1)
    assert (start[EOS] + (start[:EOS, None] * after).sum()).item() == pytest.approx(1)


@pytest.mark.parametrize(("temperature", "top_k", "top_p"), [(1.0, None, 1.0), (0.7, 5, 0.9), (1.8, None, 0.5)])
def test_many_at_once_are_those_of_the_search_one_by_one(temperature, top_k, top_p):
    net = network()
    found = invent(net, ASKED, temperature, top_k, top_p, beginning="Pa", limit=9)
    for (language, seed), each in zip(ASKED, found, strict=True):
        assert each.seed == seed
        prefix = [ALPHABET.index("P"), ALPHABET.index("a")]
        alone = search.sample(Decoder(net), TINY.word(language), EOS, 9, temperature, top_k, top_p, each.seed,
                              prefix=prefix)  # fmt: skip
        assert each.text == "".join(WORDS[word] for word in alone.content)
        assert each.ended == (alone.reason == "eos")
        assert each.log_prob == pytest.approx(sum(alone.log_probs[2:]), abs=1e-4)


def test_greedy_and_beam_drive_it_too():
    net = network()
    greedy = search.greedy(Decoder(net), TINY.word("Irish"), EOS, 6)
    assert search.beam(Decoder(net), 1, TINY.word("Irish"), EOS, 6)[0].words == greedy.words
    assert search.beam(Decoder(net), 8, TINY.word("Irish"), EOS, 6)[0].log_prob >= greedy.log_prob - 1e-5


def test_an_unknown_language_is_refused():
    with pytest.raises(InputError, match="Elvish"):
        invent(network(), [("Elvish", 1)])


# ── copies ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_distances_are_nltks():
    random = np.random.default_rng(3)
    texts = ["".join(random.choice(list("abcA "), random.integers(1, 8))) for _ in range(40)]
    for text in texts[:6]:
        expected = [nltk.edit_distance(text, other) for other in texts]
        assert distances(text, padded(texts)).tolist() == expected


def known() -> Known:
    texts = ["Murphy", "Kelly", "Mulder", "Kelly", "Papas"]
    return Known(Names(texts, np.array([2, 2, 0, 0, 1]), LANGUAGES))


def test_a_name_is_known_here_there_or_new():
    assert known().mark("Kelly", "Irish") == (("Dutch", "Irish"), "Kelly", 0)
    assert known().mark("Papas", "Irish").languages == ("Greek",)
    assert known().mark("Murphi", "Irish") == ((), "Murphy", 1)


def test_of_equally_near_names_the_most_alike_is_named():
    other = Known(Names(["ab", "xbcd", "abcdefgx"], np.array([0, 0, 0]), ("A",)))
    assert other.mark("bcd", "A").nearest == "xbcd"


def test_copies_are_counted_over_all_languages():
    net = network()
    invented = [(name, each.text) for name in LANGUAGES for each in invent(net, [(name, seed) for seed in range(5, 9)])]
    own = Known(Names([text for _, text in invented[:4]], np.zeros(4, int), LANGUAGES))
    found = copies(net, own, 12, 5)
    assert found.n == 12
    assert found.own == pytest.approx(4 / 12)
    assert copies(net, known(), 12, 5).own == 0


# ── trace and proofs ────────────────────────────────────────────────────────────────────────────────────────────


def on_disk(path, norm: str = "before") -> files.Letters:
    net = network(LetterModelParams(LANGUAGES, 8, 2, 2, 12, norm), 2)
    path.write_bytes(files.dumps(net, {"bits": 2.5}))
    return files.load_file(path)


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("w")
    letters = on_disk(folder / "a.safetensors"), on_disk(folder / "b.safetensors", "after")
    return [trace(letters[0], "Irish", "O Lee"), trace(letters[1], "Greek", "Pa", ended=False), letters]


def test_the_trace_is_what_the_network_computes(traces):
    whole, cut, letters = traces
    words = read(letters[0].params, "Irish", "O Lee")
    logits = letters[0].net.double()(torch.tensor([words]))[0]
    letters[0].net.float()
    assert np.allclose(whole["logits"], logits, atol=1e-12)
    assert np.allclose(whole["p_word"], logits.log_softmax(-1)[range(6), [*words[1:], EOS]], atol=1e-12)
    assert whole["query_label"].values.tolist() == ["Irish", *"O Lee"]
    assert cut["query_label"].values.tolist() == ["Greek", "P"]


def test_the_lens_ends_where_the_network_does_and_begins_before_the_layers(traces):
    for each in traces[:2]:
        assert np.allclose(each["lens"][-1], each["logits"], atol=1e-12)
        assert np.allclose(each["lens_p"].sum("word"), 1)
        assert np.allclose(each["lens_top_p"][-1], each["top_p"])
        assert each.attrs["best"][-1] == tuple(row[0] for row in each.attrs["top_words"])


def test_every_variable_has_an_explainer(traces):
    assert {name for each in traces[:2] for name in each.data_vars} <= set(EXPLAIN)


def test_code_reproduces_random_cells_of_every_variable(traces, tmp_path):
    """Those of its own, and where they begin and end; all others are proved with the translator."""
    random = np.random.default_rng(1)
    cases = [
        (f"{name} {at}", float(each[name].isel(at)), explain(each, name, **at))
        for each in traces[:2] for name in (*SCHEMA, "embedded", "code", "weights", "X_out", "output", "p", "p_word")
        for at in itertools.islice(cells(each, name, random), 1)
    ]  # fmt: skip
    check_code(cases, tmp_path, rel=1e-5, abs=1e-9)
    check_terms(cases, rel=1e-6, abs=1e-9)


def test_a_samples_steps_are_proved(traces, tmp_path):
    net = traces[2][0].net
    sampled = sample_trace(Decoder(net), WORDS, net.params.word("Irish"), EOS, 6, 0.8, 9, 0.9, 3, shown=58, prefix=[12])
    check_code(explained([sampled], draws=0), tmp_path, rel=1e-5, abs=1e-9)


def test_nothing_written_is_no_trace(traces):
    with pytest.raises(ValueError, match="nothing"):
        trace(traces[2][0], "Irish", "", ended=False)


def test_files_keep_network_and_card(tmp_path):
    net = network()
    blob = files.dumps(net, {"bits": 2.5})
    found = files.loads(blob, "x")
    assert blob == files.dumps(net, {"bits": 2.5})
    assert found.card == {"bits": 2.5}
    assert found.params == TINY
    assert all(torch.equal(a, b) for a, b in itertools.zip_longest(net.parameters(), found.net.parameters()))


def test_the_shipped_network_is_the_one_on_its_card():
    shipped = files.load_shipped()
    assert len(shipped.params.languages) == 18
    assert shipped.card["bits"] < shipped.card["yardsticks"]["trigram"] < shipped.card["yardsticks"]["bigram"]
    assert json.loads(json.dumps(shipped.card["copies"]))["n"] == 1000
