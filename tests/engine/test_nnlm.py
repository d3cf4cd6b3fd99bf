"""Neural language models: equal to a hand computation and to torch.nn with copied weights; every cell is proved."""

import itertools
import math

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained

from engine import nnlm_explain, nnlm_trace
from engine import nnlm_files as files
from engine.classifier import CELLS
from engine.explain import explain
from engine.nnlm import NnlmParams, initial
from engine.nnlm_model import NeuralModel
from engine.vocabulary import BOS, UNK, vocabulary

TEXTS = ["anna", "bob", "nabob"]
LETTERS = vocabulary(TEXTS)
KINDS = [
    NnlmParams("window", LETTERS.n, 3, 5, 2, True), NnlmParams("window", LETTERS.n, 3, 5, 4, False),
    *(NnlmParams("rnn", LETTERS.n, 3, 5, cell=cell) for cell in CELLS),
]  # fmt: skip
IDS = [f"{kind.model}-{kind.direct if kind.model == 'window' else kind.cell}" for kind in KINDS]


def made(params: NnlmParams, seed: int = 0, path: str = "") -> NeuralModel:
    net = initial(params, seed).eval().requires_grad_(False)
    for p in net.parameters():  # no zeros, so that every term counts
        p.data += 0.1 * torch.randn(p.shape, generator=torch.Generator().manual_seed(seed + 1))
    return NeuralModel(net, LETTERS, {}, path)


def test_the_window_model_by_hand():
    """y = b + W x + U tanh(d + H x), in plain Python, for the letter after `na` with a window of two."""
    model = made(KINDS[0])
    P = {name: p.double().tolist() for name, p in model.net.state_dict().items()}
    n, a = LETTERS.words.index("n"), LETTERS.words.index("a")
    x = P["C.weight"][a] + P["C.weight"][n]

    def times(row):
        return sum(weight * value for weight, value in zip(row, x, strict=True))

    hidden = [math.tanh(d + times(row)) for row, d in zip(P["H.weight"], P["H.bias"], strict=True)]
    y = [
        b + times(direct) + sum(u * h for u, h in zip(row, hidden, strict=True))
        for b, row, direct in zip(P["U.bias"], P["U.weight"], P["W.weight"], strict=True)
    ]
    norm = sum(math.exp(score) for score in y[1:])
    expected = [0.0, *(math.exp(score) / norm for score in y[1:])]
    assert model.next(["n", "a"]) == pytest.approx(expected, abs=1e-12)
    assert float(model.score("nab")["p"][2]) == pytest.approx(expected[LETTERS.words.index("b")], abs=1e-12)


def reference(cell: str, ours) -> torch.nn.Module:
    """torch's own recurrent layer with the weights of ours."""
    made = {"elman": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell](3, 5, batch_first=True).double()
    W, R, b = ours.W, ours.R, ours.b
    if cell == "lstm":  # torch has the rows i, f, z, o
        W, R, b = (torch.cat([part[5:15], part[:5], part[15:]]) for part in (W, R, b))
    other = torch.zeros_like(b)
    if cell == "gru":
        other[10:] = ours.b_u
    for name, value in (("weight_ih_l0", W), ("weight_hh_l0", R), ("bias_ih_l0", b), ("bias_hh_l0", other)):
        getattr(made, name).data.copy_(value)
    return made.requires_grad_(False)


@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_the_recurrent_model_is_torchs(cell):
    model = made(NnlmParams("rnn", LETTERS.n, 3, 5, cell=cell))
    net = model._exact
    read = torch.tensor([[BOS, *LETTERS.encode("nabo").tolist()]])
    y, _ = reference(cell, net.cell)(torch.nn.functional.embedding(read, net.C.weight))
    logits = y @ net.out.weight.T + net.out.bias
    expected = logits[0, :, 1:].softmax(-1).numpy()
    assert model.score("nabo")["probs"].values[:, 1:] == pytest.approx(expected, abs=1e-12)


def test_the_lectures_cell_is_scored_from_the_letter_and_the_state_before():
    model = made(NnlmParams("rnn", LETTERS.n, 3, 5, cell="lecture"))
    net, h = model._exact, torch.zeros(5).double()
    for word in (BOS, LETTERS.words.index("n")):
        both = torch.cat([net.C.weight[word], h])
        logits = net.out.weight @ both + net.out.bias
        h = net.cell.i2h.weight @ both + net.cell.i2h.bias
    expected = logits[1:].softmax(0).numpy()
    assert model.next(["n"])[1:] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("params", KINDS, ids=IDS)
def test_probabilities_sum_to_1_after_every_context(params):
    model = made(params)
    for context in itertools.chain([[]], itertools.product("ab?", repeat=2)):
        p = model.next(list(context))
        assert p.sum() == pytest.approx(1, abs=1e-12)
        assert p[BOS] == 0
        assert (p[1:] > 0).all()


@pytest.mark.parametrize("params", KINDS, ids=IDS)
def test_one_text_and_many_and_step_by_step_agree(params):
    model = made(params)
    scored = model.log_probs(["nab", "", "o!onn"])
    for row, text in enumerate(["nab", "", "o!onn"]):
        read = model.score(text)
        mine = scored.log_p[scored.starts[row] : scored.starts[row + 1]]
        assert mine == pytest.approx(read["log_p"].values, abs=1e-5)
        assert float(read["total"][-1]) == pytest.approx(read["log_p"].values.sum())
        state = model.net.start(1)
        for t, word in enumerate(read.attrs["read"]):
            log_probs, state = model.net.advance(torch.tensor([word]), state)
            assert log_probs[0].exp().numpy() == pytest.approx(read["probs"].values[t], abs=1e-5)
    assert model.perplexity(["nab"]).perplexity == pytest.approx(np.exp(-scored.log_p[:4].mean()), rel=1e-5)


def test_what_it_writes_begins_as_asked_and_repeats_by_seed():
    model = made(KINDS[3])
    texts = model.write(50, seed=3, begin="na")
    assert texts == model.write(50, seed=3, begin="na")
    assert texts != model.write(50, seed=4, begin="na")
    assert all(text.startswith("na") and "<unk>" not in text for text in texts)
    assert len(set(model.write(20, temperature=1e-4))) == 1


def test_what_it_writes_has_the_models_frequencies():
    model = made(KINDS[1])
    p = model.next([])
    p[UNK] = 0
    first = [text[:1] for text in model.write(4000, limit=1)]
    for word in LETTERS.words[3:]:
        assert first.count(word) / 4000 == pytest.approx(p[LETTERS.words.index(word)] / p.sum(), abs=0.03)


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    folder, found = tmp_path_factory.mktemp("w"), []
    for n, params in enumerate(KINDS):
        path = folder / f"{n}.safetensors"
        model = made(params, n, str(path))
        path.write_bytes(files.dumps(model.net, LETTERS, {}))
        found.append(model.score("na?b"))
    return found


def test_every_cell_is_proved(traces, tmp_path):
    cases = explained(traces, draws=1)
    check_code(cases, tmp_path, abs=1e-5)
    check_terms(cases, abs=1e-9)
    for where, value, case in cases:
        assert case.equation.count("{") == case.equation.count("}"), where
        if np.isfinite(value):
            end = float(case.equation.rsplit("=", 1)[1].strip("{}"))
            assert end == pytest.approx(value, rel=1e-3, abs=1e-9), where


def test_every_variable_has_an_explainer(traces):
    assert set().union(*(set(trace.data_vars) for trace in traces)) == set(nnlm_explain.EXPLAIN)
    for params, trace in zip(KINDS, traces, strict=True):
        assert set(trace.data_vars) == set(nnlm_trace.schema(params))


def test_an_equation_names_the_words_of_the_window(traces):
    case = explain(traces[0], "embedded", position=1, distance=1, feature=0)
    assert case.equation.startswith(r"C(\langle\text{s}\rangle)[0]=")
    assert explain(traces[0], "logits", position=1, word=0).value == -math.inf
