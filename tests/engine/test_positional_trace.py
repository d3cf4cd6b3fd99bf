"""The page's quantities on positions: against their definitions, and every proof; words in another order."""

import numpy as np
import pytest
from proofs import check_code, check_terms, explained
from test_transformer_explain import SOURCE, written

from engine import positional_trace
from engine.errors import InputError
from engine.positional import KINDS
from engine.positional_explain import EXPLAIN
from engine.transformer import initial
from engine.transformer_trace import encoder

ORDER = (2, 0, 3, 1)


@pytest.fixture(scope="module")
def translators(tmp_path_factory):
    folder = tmp_path_factory.mktemp("w")
    return {kind: written({"positions": kind, "n_positions": 12}, folder / f"{kind}.safetensors") for kind in KINDS}


@pytest.fixture(scope="module")
def shuffled(translators):
    other = [SOURCE[at] for at in ORDER]
    both = {kind: (encoder(found, SOURCE), encoder(found, other)) for kind, found in translators.items()}
    return positional_trace.shuffled(both, ORDER)


@pytest.fixture(scope="module")
def traces(translators, shuffled):
    turning = encoder(translators["rotary"], SOURCE)
    return [
        positional_trace.sinusoidal(9, 6, 100.0), positional_trace.rotation(9, 6, 100.0, 4),
        positional_trace.learned(translators["learned"], 7), positional_trace.rotary(turning, 6, 1, 0, 2, 1), shuffled,
    ]  # fmt: skip


def test_every_variable_has_an_explainer(traces):
    assert {name for each in traces for name in each.data_vars} == set(EXPLAIN)


def test_code_reproduces_the_cells(traces, tmp_path):
    cases = explained(traces, draws=1)
    check_code(cases, tmp_path, abs=1e-6)
    check_terms(cases, abs=1e-9)


def test_the_products_of_sinusoidal_codes_and_rotary_scores_depend_on_the_distance_only(traces):
    sinusoidal, _, learned, rotary, _ = traces
    assert positional_trace.spread(sinusoidal) < 1e-12
    assert positional_trace.spread(rotary) < 1e-12
    assert positional_trace.spread(learned) > 0.01


def test_a_rotation_has_every_code_in_its_place(traces):
    found = traces[1]
    assert np.abs(found["miss"].values).max() < 1e-13
    code = traces[0]["code"].values
    np.testing.assert_allclose(found["ahead"].values[:5], code[4:], atol=1e-13)
    np.testing.assert_allclose(found["rotated"].values, code @ found["rotation"].values.T, atol=1e-13)


def test_rotary_scores_at_the_words_own_places_are_those_of_attention(translators):
    turning = encoder(translators["rotary"], SOURCE)
    found = positional_trace.rotary(turning, 6, 1, 0, 2, 1)
    assert found["score"].values[2, 1] == pytest.approx(turning["scores"].values[1, 0, 2, 1])


def test_without_positions_the_outputs_are_the_same_vectors_permuted(shuffled):
    largest = dict(zip(KINDS, shuffled["largest"].values.max(1), strict=True))
    assert largest["none"] < 1e-12
    assert min(largest[kind] for kind in KINDS if kind != "none") > 1e-3
    cosine = shuffled["cosine"].values[list(KINDS).index("none")]
    np.testing.assert_allclose(cosine, 1, atol=1e-12)


def test_rows_that_training_never_read_are_known(translators):
    learned = translators["learned"]
    assert positional_trace.unread(learned) is None
    net = initial(learned.params, 5)
    net.P_source.weight.data[:3] += 1
    seeded = learned._replace(net=net, card={"seed": 5})
    assert positional_trace.unread(seeded) == 3
    assert positional_trace.unread(seeded._replace(card={"seed": 6})) is None


@pytest.mark.parametrize("n", [1, 2, 3, 24])
def test_another_order_has_all_words_and_is_another(n):
    for seed in (None, 0, 1, 2):
        order = positional_trace.reordered(n, seed)
        assert sorted(order) == list(range(n))
        assert n == 1 or order != tuple(range(n))
        assert order == positional_trace.reordered(n, seed)


@pytest.mark.parametrize("wrong", [(0, 6, 10.0), (129, 6, 10.0), (9, 5, 10.0), (9, 130, 10.0), (9, 6, 1.0)])
def test_sizes_out_of_range_are_told(wrong):
    with pytest.raises(InputError):
        positional_trace.sinusoidal(*wrong)
