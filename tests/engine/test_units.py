"""Units and spans: against loops that follow the definition word by word, chances against exact fractions."""

from fractions import Fraction
from math import comb, isnan

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained

from engine import names as names_module
from engine import units, units_chance, units_trace, weights
from engine.classifier import ClassifierParams, initial
from engine.text import encode
from engine.units import Rule, Span
from engine.units_explain import EXPLAIN
from engine.units_trace import SCHEMA, UNIT_SCHEMA, Model

KINDS = ("lecture", "elman", "gru", "lstm", "lstm-peephole")
LISTS = {
    "Czech": "Bartova Novák Jezova Ova Bayerova",
    "Russian": "Ivanova Petrov Bartova Ovanov Semenova Novikov",
    "Scottish": "McKay Mc Macova de Ov",
}
RULES = (Rule(0.2), Rule(0.1, before=False), Rule(0.05, after=True), Rule(0.3, before=False, after=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    for language, found in LISTS.items():
        (folder / f"{language}.txt").write_text(found.replace(" ", "\n") + "\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def models(folder, tmp_path_factory):
    """One network of every kind with wide awake units, and its states."""
    corpus = units.corpus(names_module.read_names(folder))
    out = {}
    for seed, kind in enumerate((*KINDS, "lstm c")):
        params = ClassifierParams(kind.split()[0], 9, corpus.languages, (1,) * 3)
        net = initial(params, seed)
        with torch.no_grad():
            for values in net.parameters():
                values *= 2.5
        path = tmp_path_factory.mktemp("weights") / f"{kind}.safetensors"
        path.write_bytes(weights.dumps(net, params, {}))
        kept = int(kind.endswith(" c"))
        out[kind] = Model(net, corpus, units.states(net, corpus.texts, kept), kept, str(path), str(folder))
    return out


def step_by_step(net, text, kept=0):
    """States by the cell's own step, letter by letter, in float64."""
    cell = units.cell(net.double())
    state, out = cell.start(1), []
    for index in encode(text):
        x = torch.zeros(1, 57, dtype=torch.float64)
        x[0, index] = 1
        state = cell.advance(cell.inputs(x), state)
        out.append(state[kept][0])
    net.float()
    return torch.stack(out).detach().numpy()


def on_over(states, begin, end, sign, rule):
    """The definition: at every letter of the span on, at the letter before off, at the one behind off."""
    level = np.float32(rule.threshold)
    inside = all(sign * states[t] >= level for t in range(begin, end))
    before = rule.before and begin > 0 and sign * states[begin - 1] >= level
    after = rule.after and end < len(states) and sign * states[end] >= level
    return inside and not before and not after


def by_hand(model, span, rule, signs):
    """(text, language, begin, how many units) of every span of that length in names spelled otherwise."""
    corpus, size, rows = model.corpus, span.end - span.begin, []
    for i, text in enumerate(corpus.texts):
        if text == span.text:
            continue
        states = model.data[:, corpus.start[i] : corpus.start[i + 1]]
        for begin in range(len(text) - size + 1):
            hit = sum(on_over(states[u], begin, begin + size, s, rule) for u, s in signs.items())
            rows.append((text, corpus.languages[corpus.labels[i]], begin, hit))
    return rows


def test_the_corpus_holds_each_pair_once_in_order(models):
    corpus = models["elman"].corpus
    pairs = {(language, name.replace("á", "a")) for language, found in LISTS.items() for name in found.split()}
    assert [(corpus.languages[k], text) for k, text in zip(corpus.labels, corpus.texts, strict=True)] == sorted(pairs)
    for place, owner in enumerate(corpus.owner):
        assert corpus.letters[place] == encode(corpus.texts[owner])[place - corpus.start[owner]]


@pytest.mark.parametrize("kind", [*KINDS, "lstm c"])
def test_states_are_those_of_the_cells_own_steps(models, kind, monkeypatch):
    model = models[kind]
    monkeypatch.setattr(units, "BATCH", 4)
    corpus, data = model.corpus, units.states(model.net, model.corpus.texts, model.kept)
    for i, text in enumerate(corpus.texts):
        mine = data[:, corpus.start[i] : corpus.start[i + 1]].T
        np.testing.assert_allclose(mine, step_by_step(model.net, text, model.kept), atol=1e-6)
    assert np.array_equal(data, model.data)


def test_networks_without_a_state_a_letter_are_refused():
    sizes = {"model": "gru", "n_hidden": 4, "languages": ("A", "B"), "counts": (1, 1)}
    for more in ({"bidirectional": True}, {"n_layers": 2}, {"model": "window"}, {"model": "lecture", "n_layers": 2}):
        net = initial(ClassifierParams(**(sizes | more)), 0)
        assert units.cell(net) is None
        with pytest.raises(ValueError, match="no state number 0"):
            units.states(net, ["Ova"])
    with pytest.raises(ValueError, match="no state number 1"):
        units.states(initial(ClassifierParams(**sizes), 0), ["Ova"], 1)


@pytest.mark.parametrize("kind", [*KINDS, "lstm c"])
def test_matches_are_those_of_the_definition(models, kind):
    model, seen = models[kind], 0
    for rule in RULES:
        for span in (Span("Ivanova", 4, 7), Span("McKay", 0, 2), Span("Petrov", 2, 3), Span("Xova", 1, 4)):
            states = step_by_step(model.net, span.text, model.kept).astype(np.float32)
            found = units.switched_on(states, span.begin, span.end, rule)
            for unit, sign in enumerate(found):
                signs = [s for s in (1, -1) if on_over(states[:, unit], span.begin, span.end, s, rule)]
                assert [sign] == (signs or [0])
            result = units_trace.span_trace(model, span, rule, "Czech")
            assert result.trace["found"].values.tolist() == found.tolist()
            rows = by_hand(model, span, rule, {u: found[u] for u in np.flatnonzero(found)})
            counted = [sum(row[3] >= m for row in rows) for m in range(1, np.count_nonzero(found) + 1)]
            assert result.trace["matches"].values.tolist() == counted
            mine = {(row.text, row.language, row.begin, row.units) for row in result.table.itertuples()}
            assert mine == {row for row in rows if row[3] >= max(result.least, 1)}
            assert result.table["units"].is_monotonic_decreasing
            seen += sum(counted)
    assert seen


def waking(model, span, least=3):
    """A threshold at which that many units are on over the span."""
    states = step_by_step(model.net, span.text, model.kept)[span.begin : span.end]
    inside = np.where(abs(np.sign(states).sum(0)) == len(states), abs(states).min(0), 0)
    assert np.sort(inside)[-least] > 0
    return float(np.sort(inside)[-least]) * 0.99


def test_shares_and_chances_are_those_of_a_count(models):
    span = Span("Ivanova", 4, 7)
    rule = Rule(waking(models["lstm"], span), before=False)
    trace = units_trace.span_trace(models["lstm"], span, rule, "Czech").trace
    found = trace["found"].values
    rows = by_hand(models["lstm"], span, rule, {u: found[u] for u in np.flatnonzero(found)})
    rows = [(text[begin : begin + 3], language, hit) for text, language, begin, hit in rows]
    other = [row for row in rows if row[0] != "ova"]
    pools = ((rows, lambda row: row[0] == "ova"), (rows, lambda row: row[1] == "Czech"),
             (other, lambda row: row[1] == "Czech"))  # fmt: skip
    assert trace.sizes["least"] > 1
    for m in range(trace.sizes["least"]):
        for c, (pool, shares) in enumerate(pools):
            n, M, K = sum(row[2] > m for row in pool), len(pool), sum(map(shares, pool))
            x = sum(row[2] > m and shares(row) for row in pool)
            at = {name: float(trace[name][m, c]) for name in ("drawn", "shared", "expected", "lift", "p", "most")}
            exact = sum(Fraction(comb(K, k) * comb(M - K, n - k), comb(M, n)) for k in range(x, min(n, K) + 1))
            assert (at["drawn"], at["shared"], float(trace["population"][c]), float(trace["marked"][c])) == (n, x, M, K)
            assert at["p"] == pytest.approx(float(exact), abs=1e-9)
            assert at["expected"] == pytest.approx(n * K / M)
            assert at["lift"] == pytest.approx(x * M / (n * K)) if n else isnan(at["lift"])
            assert at["most"] <= min(n, K)
        spoken = [sum(row[2] > m and row[1] == language for row in rows) for language in sorted(LISTS)]
        assert trace["language_count"].values[m].tolist() == spoken
    assert trace["language_base"].values.tolist() == [sum(row[1] == each for row in rows) for each in sorted(LISTS)]


@pytest.mark.parametrize(("x", "n", "K", "M"), [
    (0, 5, 3, 10), (1, 5, 3, 10), (3, 5, 3, 10), (4, 5, 3, 10), (0, 0, 3, 10), (5, 9, 6, 10), (14, 40, 63, 78146),
    (70, 600, 5000, 78146), (0, 0, 0, 0),
])  # fmt: skip
def test_the_tail_is_exact(x, n, K, M):
    exact = Fraction(sum(comb(K, k) * comb(M - K, n - k) for k in range(x, min(n, K) + 1)), comb(M, n))
    assert units_chance.hypergeometric_tail(x, n, K, M) == pytest.approx(float(exact), rel=1e-6, abs=1e-300)


def test_random_draws_agree_with_the_expectation():
    found = units_chance.drawn(78146, 6400, 74, (0, 1))
    assert found.mean() == pytest.approx(74 * 6400 / 78146, rel=0.05)
    assert np.array_equal(found, units_chance.drawn(78146, 6400, 74, (0, 1)))


@pytest.mark.parametrize(("kind", "sign"), [("elman", 1), ("gru", -1), ("lstm c", 1)])
def test_contexts_are_the_most_extreme_places(models, kind, sign):
    model, unit, n = models[kind], 3, 12
    corpus = model.corpus
    result = units_trace.unit_trace(model, unit, sign, n)
    places = [
        (sign * float(step_by_step(model.net, text, model.kept)[end - 1, unit]), corpus.languages[label], text[:end])
        for text, label in zip(corpus.texts, corpus.labels, strict=True)
        for end in range(1, len(text) + 1)
    ]
    values = sorted((value for value, *_ in places), reverse=True)[:n]
    np.testing.assert_allclose(sign * result.trace["value"].values, values, atol=1e-6)
    chosen = list(zip(result.table["language"], result.trace["context_label"].values, strict=True))
    assert all((language, text) in {place[1:] for place in places} for language, text in chosen)
    for k, language in enumerate(model.corpus.languages):
        assert result.trace["count"][k] == sum(row[0] == language for row in chosen)
        assert result.trace["base"][k] == sum(place[1] == language for place in places)
    for gram, count, base in zip(
        *(result.trace[name].values for name in ("gram_label", "gram_count", "gram_base")), strict=True
    ):
        assert count == sum(f"^{text}".endswith(gram) for _, text in chosen) > 1
        assert base == sum(f"^{place[2]}".endswith(gram) for place in places)


def test_equal_states_fall_to_no_language():
    """Where all states are equal the places are drawn from everywhere."""
    chosen = units.top(np.ones(10_000, np.float32), 100, 1)
    assert len(set(chosen.tolist())) == 100
    assert 3000 < chosen.mean() < 7000


def test_a_threshold_is_suggested_where_units_are_found():
    states = np.array([[0.0, 0.3, 0.0], [0.42, 0.35, -0.7], [0.41, 0.9, -0.8]])
    levels = [k / 10 for k in range(1, 10)]
    rule = Rule(0.9)
    assert units.suggested(states, 1, 3, rule, levels, least=1) == 0.7
    assert units.suggested(states, 1, 3, rule, levels, least=2) == 0.4
    assert units.suggested(states, 1, 3, rule, levels) == 0.4  # two are the most: below 0.3 the second is on before
    assert units.suggested(np.zeros((3, 2)), 1, 2, rule, levels) is None


@pytest.fixture(scope="module")
def traces(models):
    """Both traces of two networks."""
    first, second = models["lstm c"], models["elman"]
    span, other = Span("Ivanova", 4, 7), Span("McKay", 0, 2)
    return [
        units_trace.span_trace(first, span, Rule(waking(first, span), False, True), "Czech").trace,
        units_trace.span_trace(second, other, Rule(waking(second, other)), "Scottish").trace,
        units_trace.unit_trace(first, 2, 1, 10).trace,
        units_trace.unit_trace(second, 3, -1, 10).trace,
    ]


def test_every_variable_has_an_explainer():
    assert set(EXPLAIN) == set(SCHEMA) | set(UNIT_SCHEMA)


def test_code_reproduces_cells_of_every_variable(models, traces, tmp_path):
    """And the states of every network."""
    span = Span("Ivanova", 4, 7)
    more = [
        units_trace.span_trace(model, span, RULES[0], "Czech").trace[["state", "found"]] for model in models.values()
    ]
    check_code(explained([*traces, *more], draws=0), tmp_path, abs=1e-5)
    check_terms(explained(more, seed=1, draws=2), abs=1e-9, rel=1e-9)


def test_terms_give_the_value(traces):
    check_terms(explained(traces, seed=1, draws=2), abs=1e-9, rel=1e-9)


def test_equation_ends_with_the_value(traces):
    for where, value, explanation in explained(traces, seed=2, draws=0):
        assert explanation.equation.count("{") == explanation.equation.count("}"), where
        shown = float(explanation.equation.rsplit("=", 1)[1])
        assert shown == pytest.approx(value, rel=1e-3, abs=1e-9, nan_ok=True), where


def test_a_span_outside_of_the_name_is_refused(models):
    for begin, end in ((2, 2), (-1, 2), (0, 9)):
        with pytest.raises(ValueError, match="no span"):
            units_trace.span_trace(models["gru"], Span("Ova", begin, end), Rule(), "Czech")
