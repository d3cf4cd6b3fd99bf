"""Bayes by language model: n-grams and HMMs of letters as name classifiers, against one model a language and paths."""

import itertools
import json
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import bayes_trace, cli, ngram, ngram_counts, weights
from engine.bayes import METHODS, NGramBayes
from engine.bayes_tables import LETTERS, Tables, grams
from engine.bayes_training import CountParams, fit, save
from engine.classifier import ClassifierParams, build, initial, log_prior, one_hot, prefix_logits
from engine.errors import InputError
from engine.hmm.model import HMM, brute_force
from engine.hmm_names import HMMBayes, V, sequences
from engine.names import Names
from engine.scoring import batched, log_probs
from engine.text import PAD, encode, pad_left
from tests.engine.proofs import check_code, check_terms, explained

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("Czech", "Greek", "Irish")
TEXTS = ["Novak", "Novotny", "Nova", "Papas", "Papadou", "O Brian", "Mc Nab", "Nolan", "Brady", "Brodie"]
LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 2])
UNSEEN = ["Nab", "Zx:q", "Papa Nov", "a", "Q"]


def counted(order: int = 3, method: str = "kneser-ney", flat: bool = False) -> NGramBayes:
    net = NGramBayes(3, order, method)
    net.fit(TEXTS, LABELS, flat)
    return net


@pytest.mark.parametrize(("order", "method"), [(1, "kneser-ney"), (4, "kneser-ney"), *((3, m) for m in METHODS)])
def test_scores_are_those_of_one_model_a_language(order, method):
    net = counted(order, method).double()
    found = net(torch.from_numpy(pad_left(UNSEEN + TEXTS))).numpy()
    for language in range(3):
        mine = [text for text, label in zip(TEXTS, LABELS, strict=True) if label == language]
        model = ngram.fit(ngram_counts.count(mine, LETTERS, order), net.params)
        read = model.log_probs(UNSEEN + TEXTS)
        sums = np.add.reduceat(read.log_p, read.starts[:-1])
        np.testing.assert_allclose(found[:, language], sums + net.prior[language].item(), rtol=1e-6)
        terms = np.concatenate([net.terms(text)[:, language] for text in UNSEEN + TEXTS])
        np.testing.assert_allclose(terms, read.log_p, atol=1e-12)


def test_bigrams_are_kneser_and_neys_by_hand():
    net, D = counted(2), counted(2).params.discount
    mine = [["<s>", *text, "</s>"] for text, label in zip(TEXTS, LABELS, strict=True) if label == 2]
    seen = [pair for text in mine for pair in itertools.pairwise(text)]
    fronts = {last: len({a for a, b in seen if b == last}) for _, last in seen}

    def p(first: str, last: str) -> float:
        unigram = (max(fronts.get(last, 0) - D, 0) + D * len(fronts) / LETTERS.n_next) / sum(fronts.values())
        after = [b for a, b in seen if a == first]
        return (max(after.count(last) - D, 0) + D * len(set(after)) * unigram) / len(after)

    for text in ("Nab", "Broz"):
        pairs = itertools.pairwise(["<s>", *text, "</s>"])
        known = [p(a, b) for a, b in pairs if a != "z"]
        np.testing.assert_allclose(np.exp(net.terms(text)[: len(known), 2]), known)


def test_every_context_sums_to_one():
    net = counted(3)
    for language in range(3):
        model = net.model(language)
        for before in ("", "N", "No", "Pa", "zz", "c ", "Brad"):
            assert model.next(tuple(before)).sum() == pytest.approx(1)


def test_counts_are_those_of_the_n_gram_core():
    rows, times = grams(TEXTS, LABELS, 3)
    tables = Tables(rows, times, 3, counted(3).params)
    whole = ngram_counts.count(TEXTS, LETTERS, 3)
    for k, (mine, _) in enumerate(tables.found):
        for name in ("key", "context", "word", "suffix", "first"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(whole.tables[k], name), err_msg=name)
        sums = sum(tables.counts(language).tables[k].count for language in range(3))
        np.testing.assert_array_equal(sums, whole.tables[k].count)


def test_an_empty_name_gets_the_prior_and_letters_do_not_depend_on_padding():
    for net in (counted(), hidden()):
        alone = torch.cat([net(torch.from_numpy(pad_left([text]))) for text in UNSEEN])
        together = net(torch.from_numpy(pad_left(UNSEEN)))
        torch.testing.assert_close(alone, together)
        torch.testing.assert_close(net(torch.full((2, 3), PAD))[0], net.prior)
        torch.testing.assert_close(net.nothing_read(), net.prior)
        x = one_hot(pad_left(UNSEEN))
        torch.testing.assert_close(net.double().read(x), net(torch.from_numpy(pad_left(UNSEEN))))
        assert net.read_states(x).shape[:2] == x.shape[:2]
        np.testing.assert_allclose(batched(net.float(), UNSEEN), log_probs(net, UNSEEN))
        assert prefix_logits(net, "Novak").shape == (5, 3)


def hidden() -> HMMBayes:
    torch.manual_seed(0)
    net = HMMBayes(2, 3)
    net.fit(TEXTS, LABELS, flat=False)
    return net


def test_hidden_states_score_as_all_paths_do():
    net = hidden().double()
    for language in range(3):
        tables = [getattr(net, name)[language] for name in ("pi", "A", "B")]
        model = HMM(("1", "2"), V, *(table / table.sum(-1, keepdim=True) for table in tables))
        for text in ("Nab", "Papa", "a"):
            log_p = brute_force(model, sequences([text])[0])[0]
            found = net(torch.from_numpy(pad_left([text])))[0, language] - net.prior[language]
            assert found.item() == pytest.approx(log_p, abs=1e-5)


def test_hidden_states_have_a_slope_and_are_filtered():
    net = hidden().double()
    x = one_hot(pad_left(["Nab"])).requires_grad_()
    (slope,) = torch.autograd.grad(net.read(x)[0, 1], x)
    moved = x.detach().clone()
    moved[0, 1, 3] += 1e-6
    difference = (net.read(moved)[0, 1] - net.read(x.detach())[0, 1]) / 1e-6
    assert slope[0, 1, 3].item() == pytest.approx(difference.item(), rel=1e-4)
    states = net.read_states(one_hot(pad_left(["Nab"]))).unflatten(2, (3, 2))
    torch.testing.assert_close(states.sum(-1), torch.ones(1, 3, 3).double())
    alpha = net.pi[1] * net.B[1][:, encode("Nab")[0]]
    torch.testing.assert_close(states[0, 0, 1], alpha / alpha.sum())


@pytest.mark.parametrize("params", [CountParams(order=3), CountParams("hmm", n_hidden=2)])
def test_a_file_gives_the_same_answers_again_and_the_same_bytes(params, tmp_path):
    names = Names(TEXTS, LABELS, LANGUAGES)
    counted_, about = save(names, params, tmp_path / "a.safetensors", "toy")
    save(names, params, tmp_path / "b.safetensors", "toy")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    loaded = weights.load_file(tmp_path / "a.safetensors")
    assert loaded.params == counted_.params
    assert loaded.card["natural"]["n"] == about["natural"]["n"]
    np.testing.assert_array_equal(log_probs(loaded.net, UNSEEN), log_probs(counted_.net, UNSEEN))


def broken(**changed: torch.Tensor) -> dict[str, torch.Tensor]:
    return counted().state_dict() | changed


@pytest.mark.parametrize(
    "tensors",
    [
        broken(times=torch.zeros(len(counted().times), dtype=torch.int32)),
        broken(grams=counted().grams[:, :2]),
        broken(grams=counted().grams.float()),
        broken(grams=counted().grams + 59),
        broken(grams=counted().grams.flip(1)),
        broken(grams=counted().grams[:1], times=counted().times),
        broken(grams=counted().grams[-1:], times=counted().times[-1:]),
        {"prior": torch.zeros(3)},
    ],
    ids=["no counts", "narrow", "no whole numbers", "out of range", "turned", "one row", "without contexts", "none"],
)
def test_files_of_counts_that_are_none_are_refused(tensors):
    class Fake:
        def state_dict(self):
            return tensors

    blob = weights.dumps(Fake(), CountParams(order=3).sizes(Names(TEXTS, LABELS, LANGUAGES)), {})
    with pytest.raises(InputError):
        weights.loads(blob, "x")


def test_a_file_of_hidden_states_has_distributions():
    net = hidden()
    net.B += 0.1
    params = ClassifierParams("hmm", 2, LANGUAGES, (3, 2, 5))
    with pytest.raises(InputError):
        weights.loads(weights.dumps(net, params, {}), "x")


@pytest.mark.parametrize("wrong", [{"model": "elman"}, {"order": 7}, {"method": "mle"}, {"held_out": 0.9}])
def test_what_cannot_be_counted_is_said(wrong):
    with pytest.raises(InputError):
        CountParams(**wrong)


def test_a_flat_prior_is_flat_and_the_figures_are_there():
    found = fit(Names(TEXTS, LABELS, LANGUAGES), CountParams(order=2, sampling="language", held_out=0.0))
    assert not found.net.prior.any()
    assert found.figures["natural"]["n"] == found.n_train == len(TEXTS)
    assert build(found.params).params.order == 2
    assert initial(found.params, 0).prior.shape == (3,)


@pytest.fixture(scope="module")
def shipped() -> weights.Loaded:
    return weights.load_shipped("names-ngram")


def test_the_shares_sum_to_the_answer(shipped):
    prior = log_prior(shipped.params)
    trace = bayes_trace.trace(shipped.net, "Abel", shipped.params.languages, prior, shipped.path)
    whole = log_probs(shipped.net, ["Abel"])[0][trace.attrs["index"]]
    np.testing.assert_allclose(trace["total"].values[2], whole, atol=1e-5)
    np.testing.assert_allclose(np.log(trace["posterior"].values[-1]), trace["total"].values[2], atol=1e-9)
    assert (trace["posterior"].values[-1][:-1] >= trace["posterior"].values[-1][1:]).all()
    np.testing.assert_allclose(trace["evidence"].values.sum(1), trace["total"].values)
    np.testing.assert_allclose(trace["evidence"].values[0].mean(-1), 0, atol=1e-12)
    assert not trace["evidence"].values[1, :, trace.attrs["runner_up"]].any()


def test_every_cell_is_proved(tmp_path):
    file = tmp_path / "toy.safetensors"
    net = save(Names(TEXTS, LABELS, LANGUAGES), CountParams(held_out=0.0), file, "toy")[0].net
    priors = net.prior.double().numpy(), np.full(3, -np.log(3))
    traces = [
        bayes_trace.trace(net, text, LANGUAGES, prior, str(file))
        for text, prior in zip(("Nob Ax", "Q"), priors, strict=True)
    ]
    cases = explained(traces)
    check_code(cases, ROOT, abs=1e-5, rel=1e-6)
    check_terms(cases, abs=1e-6, rel=1e-6)


def test_other_smoothings_have_no_proof():
    with pytest.raises(ValueError, match="witten-bell"):
        bayes_trace.trace(counted(2, "witten-bell"), "Nab", LANGUAGES, np.zeros(3), "")


@pytest.fixture
def command(monkeypatch, capsys):
    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["engine", *map(str, arguments)])
        monkeypatch.setattr(signal, "signal", lambda *_: signal.SIG_DFL)
        code = cli.main()
        return code, "".join(capsys.readouterr())

    return run


def test_the_command_counts_and_judges(command, tmp_path):
    data, out = tmp_path / "names.tsv", tmp_path / "w.safetensors"
    data.write_text("".join(f"{text}\t{LANGUAGES[label]}\n" for text, label in zip(TEXTS, LABELS, strict=True)))
    for more in (["--model", "ngram", "--order", 2, "--method", "witten-bell"], ["--model", "hmm", "--hidden", 2]):
        code, said = command("train", "names", "--data", data, "--out", out, "--held-out", 0, *more)
        assert code == 0
        assert json.loads(said)["names"] == len(TEXTS)
        assert weights.load_file(out).params.model == more[1]
        code, said = command("evaluate", "names", "--weights", out, "--data", data, "--prior", "uniform")
        assert code == 0
        assert json.loads(said)["n"] == len(TEXTS)
    assert command("train", "names", "--data", data, "--out", out, "--model", "ngram", "--resume", out)[0] == 2
    code, said = command("train", "names", "--data", data, "--out", out, "--model", "ngram", "--order", 9)
    assert code == 2
    assert "order" in said
