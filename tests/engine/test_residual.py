"""What a layer does to the stream, against its definition; the gradient against finite differences; every proof."""

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained
from test_transformer_explain import SOURCE, TARGET, written

from engine import residual
from engine.transformer_block import StackParams
from engine.transformer_stack import causal
from engine.transformer_trace import decoder, double, encoder


@pytest.fixture(scope="module")
def translator(tmp_path_factory):
    return written({}, tmp_path_factory.mktemp("w") / "w.safetensors")


@pytest.fixture(scope="module")
def traces(translator):
    return encoder(translator, SOURCE), decoder(translator, SOURCE, TARGET)


@pytest.fixture(scope="module")
def gradients(translator, traces):
    return [
        residual.trained(translator, SOURCE, TARGET, traces[1]), residual.drawn(StackParams(8, 2, 3, 12), 4, 1)
    ]  # fmt: skip


def test_lengths_and_directions_are_those_of_the_vectors(traces):
    for trace, parts in zip(traces, (["X", "X_attended"], ["X", "X_attended", "X_crossed"]), strict=True):
        found = residual.stream(trace)
        added = {"X": "attended", "X_attended": "attended_c" if len(parts) > 2 else "ffn", "X_crossed": "ffn"}
        for k, start in enumerate(parts):
            X, f = trace[start].values[1, 2], trace[added[start]].values[1, 2]
            cosine = X @ f / np.sqrt((X @ X) * (f @ f))
            assert found["added"].values[1, k, 2] == pytest.approx(np.sqrt(f @ f))
            assert found["turned"].values[1, k, 2] == pytest.approx(cosine)
        share = (trace["hidden"].values[0, 1] > 0).sum() / 12
        assert found["active"].values[0, 1] == pytest.approx(share)


def test_the_feed_forward_network_is_a_convolution(traces):
    for trace in traces:
        assert residual.gap(trace, residual.stream(trace)) < 1e-12


def test_the_gradient_is_that_of_finite_differences(translator, gradients):
    """Along the gradient's own direction the loss changes by its length."""
    net, fed = double(translator.net), torch.tensor([[1, *translator.target.encode(TARGET)[:-1]]])
    written_words = torch.tensor(translator.target.encode(TARGET))
    read = torch.tensor([translator.source.encode(SOURCE)])
    positions = torch.arange(fed.shape[1])[None]
    X = net.embed(fed, positions, "target").detach()
    around = residual.Surroundings(causal(fed.shape[1]), None, net.encode(read).h)

    def loss(X: torch.Tensor) -> torch.Tensor:
        logits = net.out(net.decoder(X, around))[0]
        return -logits.log_softmax(-1)[torch.arange(len(written_words)), written_words].sum()

    total, step = 0.0, 1e-5
    for k in range(X.numel()):
        shift = torch.zeros_like(X).view(-1)
        shift[k] = step
        slope = (loss(X + shift.view_as(X)) - loss(X - shift.view_as(X))) / (2 * step)
        total += slope.item() ** 2
    assert gradients[0]["gradient"].values[0, 0] == pytest.approx(total**0.5, rel=1e-5)


def test_code_reproduces_the_cells(traces, gradients, tmp_path):
    cases = explained([*map(residual.stream, traces), *gradients], draws=2)
    check_code(cases, tmp_path, abs=1e-6)
    check_terms(cases, abs=1e-9)
