"""The traces of hidden Markov models against enumeration, and the generated sequences against their definition."""

from itertools import product

import numpy as np
import pytest
import torch
from hmm_models import random_model, sequence
from proofs import check_code, check_terms, explained

from engine import hmm
from engine.errors import InputError
from engine.hmm import HMM, MISSING
from engine.hmm.sample_explain import EXPLAIN as SAMPLE_EXPLAIN
from engine.hmm.sample_trace import SCHEMA as SAMPLE_SCHEMA
from engine.hmm.trace import SCHEMA, sample_trace, trace

IMPOSSIBLE = HMM(("a", "b"), ("x", "y"), [1, 0], [[1, 0], [0, 1]], [[1, 0], [0, 1]])
CASES = [(1, 1, 0.0), (1, 4, 0.0), (2, 1, 0.0), (2, 2, 0.0), (2, 5, 0.4), (3, 5, 0.5), (3, 6, 0.0)]


def enumerated(model, O):
    """Every table by sums and maxima over all paths of all lengths."""
    N, T = len(model.S), len(O)
    pi, A, B = model.pi.numpy(), model.A.numpy(), np.c_[model.B.numpy(), np.ones(N)]

    def p(path, start=0):
        """P of a path's states after `start` and of the observations there, given the state at `start`."""
        out = 1.0
        for t in range(start + 1, start + len(path)):
            out *= A[path[t - start - 1], path[t - start]] * B[path[t - start], O[t]]
        return out

    def paths(n):
        return product(range(N), repeat=n)

    tables = {name: np.zeros((T, N)) for name in ("alpha", "beta", "delta", "gamma")}
    xi, total = np.zeros((T - 1, N, N)), 0.0
    for t in range(T):
        for path in paths(t + 1):
            joint = pi[path[0]] * B[path[0], O[0]] * p(path)
            tables["alpha"][t, path[-1]] += joint
            tables["delta"][t, path[-1]] = max(tables["delta"][t, path[-1]], joint)
        for path in paths(T - t):
            tables["beta"][t, path[0]] += p(path, t)
    for path in paths(T):
        joint = pi[path[0]] * B[path[0], O[0]] * p(path)
        total += joint
        for t, j in enumerate(path):
            tables["gamma"][t, j] += joint
            if t:
                xi[t - 1, path[t - 1], j] += joint
    tables["gamma"] /= total
    return tables | {"xi": xi / total, "log_p": np.log(total)}


@pytest.mark.parametrize(("N", "T", "zeros"), CASES)
def test_every_table_equals_enumeration(N, T, zeros):
    model = random_model(N, 3, 10 * N + T, zeros)
    O = list(sequence(model, T))
    if T > 3:
        O[2] = MISSING
    data, truth = trace(model, O), enumerated(model, O)
    for name, value in truth.items():
        np.testing.assert_allclose(data[name], value, atol=1e-12, err_msg=name)
    for name in ("log_p_backward", "log_p_brute"):
        np.testing.assert_allclose(data[name], truth["log_p"], atol=1e-12)
    np.testing.assert_allclose(data["arrival"].sum("state"), truth["alpha"][1:], atol=1e-12)
    np.testing.assert_allclose(data["departure"].sum("next_state"), truth["beta"][:-1], atol=1e-12)
    np.testing.assert_allclose(data["candidate"].max("state"), truth["delta"][1:], atol=1e-12)
    np.testing.assert_allclose(np.log(data["c"]).sum(), truth["log_p"], atol=1e-12)
    np.testing.assert_allclose(data["alpha_hat"], truth["alpha"] / truth["alpha"].sum(1, keepdims=True), atol=1e-12)
    for name in (name for name in SCHEMA if name.startswith("log_") and name[4:] in SCHEMA):
        np.testing.assert_allclose(np.exp(data[name]), data[name[4:]], err_msg=name)


@pytest.mark.parametrize(("N", "T", "zeros"), CASES)
def test_paths_are_those_of_the_readable_decoders(N, T, zeros):
    model = random_model(N, 3, 30 * N + T, zeros)
    O = torch.tensor(sequence(model, T))
    data = trace(model, O)
    decoded = [hmm.greedy_decode(model, O), hmm.posterior_decode(model, O), hmm.viterbi(model, O)]
    for n, path in enumerate([*decoded, hmm.brute_force(model, O)[1]]):
        assert data["path"].values[n].tolist() == path.states.tolist()
        assert float(data["path_log"][n]) == pytest.approx(path.log_joint)
    assert data["decoder_label"].values.tolist() == ["greedy", "posterior", "Viterbi", "brute force"]


def test_back_pointers_take_the_last_of_equals_as_viterbi_does():
    model = HMM(("a", "b", "c"), ("x",), [1 / 3] * 3, [[1 / 3] * 3] * 3, [[1.0]] * 3)
    data = trace(model, (0, 0, 0))
    assert (data["psi"] == 2).all()
    assert data["path"].values[2].tolist() == hmm.viterbi(model, torch.tensor([0, 0, 0])).states.tolist() == [2, 2, 0]


def test_too_many_paths_leave_enumeration_out():
    model = random_model(4, 3)
    data = trace(model, sequence(model, 12))
    assert np.isnan(data["log_p_brute"])
    assert data.sizes["decoder"] == 3


def test_an_impossible_sequence_has_no_posterior():
    data = trace(IMPOSSIBLE, (0, 1, 0))
    assert float(data["log_p"]) == float(data["log_p_brute"]) == -np.inf
    assert np.isnan(data["gamma"]).all()
    assert np.isnan(data["xi"]).all()
    assert (data["path_log"] == -np.inf).all()


def test_a_long_sequence_underflows_only_where_it_must():
    model = random_model(4, 4, 7)
    data = trace(model, sequence(model, 900))
    assert (data["alpha"].values[-1] == 0).all()
    assert np.isfinite(data["log_alpha"]).all()
    np.testing.assert_allclose(data["gamma"].sum("state"), 1)
    np.testing.assert_allclose(np.log(data["c"]).sum(), data["log_p"], rtol=1e-12)


def test_labels_and_words():
    model = random_model(3, 80, 5)
    data = trace(model, (79, MISSING, 3, 3), translate=False, text="x")
    assert data["symbol_label"].values.tolist() == ["v3", "v79"]
    assert data["time_label"].values.tolist() == ["v79", "?", "v3", "v3"]
    assert data["next_state"].attrs["word"] == "next state"
    translated = {name: coordinate.attrs.get("translate") for name, coordinate in data.coords.items()}
    assert {name for name, is_word in translated.items() if is_word} == {"decoder_label"}
    assert (data.attrs["text"], data.attrs["O"]) == ("x", (79, MISSING, 3, 3))
    assert trace(model, (0,))["state_label"].attrs["translate"]
    assert trace(model, (0,)).sizes["step"] == 0
    with pytest.raises(InputError, match="at least one"):
        trace(model, ())


@pytest.fixture(scope="module")
def samples():
    sparse = HMM(("a", "b", "c", "d", "e"), tuple("uvwxyz"), [0, 0.5, 0, 0.5, 0], torch.eye(5).roll(1, 1),
                 [[0, 0.3, 0, 0.2, 0, 0.5]] * 5)  # fmt: skip
    return [sample_trace(random_model(2, 3, 1), 40, 3), sample_trace(random_model(1, 1), 1, 0),
            sample_trace(sparse, 9, 5), sample_trace(random_model(3, 90, 2), 20, 4)]  # fmt: skip


def test_every_draw_is_proved(samples, tmp_path):
    assert set(SAMPLE_EXPLAIN) == set(SAMPLE_SCHEMA)
    cases = explained(samples)
    check_code(cases, tmp_path, rel=1e-11, abs=1e-14)
    check_terms(cases, rel=1e-11, abs=1e-14)
    for where, _, found in cases:
        assert found.equation.count("{") == found.equation.count("}"), where


def test_a_sample_is_that_of_generate_and_its_numbers_lie_in_their_intervals(samples):
    model = random_model(2, 3, 1)
    found, data = hmm.generate(model, 40, 3), samples[0]
    for name, value in zip(("X", "O", "u_state", "u_symbol"), found, strict=True):
        np.testing.assert_array_equal(data[name], value)
    for data in samples:
        for dim in ("state", "symbol"):
            assert (data[f"low_{dim}"] <= data[f"u_{dim}"]).all()
            assert (data[f"u_{dim}"] < data[f"high_{dim}"]).all()
        np.testing.assert_allclose(data["share_state"].sum("state"), 1)
        np.testing.assert_allclose(data["share_symbol"].sum("symbol"), 1)
        labels = data["symbol_label"].values.tolist()
        share = [(data["time_label"].values == name).mean() for name in labels]
        assert data["share_symbol"].values[-1].tolist() == pytest.approx(share)


def test_shares_tend_to_the_stationary_ones():
    model = random_model(3, 4, 6)
    data = sample_trace(model, 20_000, 1)
    np.testing.assert_allclose(data["share_state"][-1], data["stationary"], atol=0.02)
    np.testing.assert_allclose(data["share_symbol"][-1], data["expected_symbol"], atol=0.02)
    np.testing.assert_allclose(data["stationary"].values @ model.A.numpy(), data["stationary"], atol=1e-12)
