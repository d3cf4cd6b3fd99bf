"""Every inner value of jieba's network on one sentence: gates of both layers and directions, and the CRF's paths."""

import torch
import xarray as xr
from torch import Tensor

from engine.bigru_crf import Network, Step, fold, place, scan
from engine.crf import backward, forward, marginals
from engine.errors import N_, InputError
from engine.trace import Var, label

_GATE, _EDGE = "layer direction time unit", "step state next_state"
SCHEMA = {
    "w": Var("time", r"w_t", "character, as its place in the dictionary", "index"),
    "x": Var("time feature", r"x_t", "embedding of the character"),
    "u": Var(_GATE, r"u_t", "update gate: how much of the state is replaced"),
    "r": Var(_GATE, r"r_t", "reset gate: how much of the old state the candidate sees"),
    "c": Var(_GATE, r"\tilde h_t", "candidate: what the state is replaced by"),
    "h": Var(_GATE, r"h_t", "state of the unit"),
    "b": Var("time state", r"b_t(j)", "the network's score of a tag"),
    "pi": Var("state", r"\pi_j", "score of a tag at the start"),
    "A": Var("state next_state", r"a_{ij}", "score of a tag after a tag"),
    "omega": Var("state", r"\omega_j", "score of a tag at the end"),
    "log_alpha": Var("time state", r"\log\alpha_t(j)", "score of all paths that end in the tag"),
    "log_beta": Var("time state", r"\log\beta_t(i)", "score of all that can follow the tag"),
    "log_z": Var("time", r"\log Z_t", "score of all paths so far; at the end with the tag's score at the end"),
    "log_delta": Var("time state", r"\log\delta_t(j)", "log-probability of the best path that ends in the tag", "log"),
    "log_candidate": Var(
        _EDGE, r"\log\delta_t(i)+a_{ij}+b_{t+1}(j)-\log\frac{Z_{t+1}}{Z_t}", "candidate for the best path into a tag",
        "log",
    ),
    "psi": Var("step next_state", r"\psi_{t+1}(j)", "where the best path into the tag comes from", "index"),
    "gamma": Var("time state", r"\gamma_t(i)", "probability of the tag given the sentence", "prob"),
    "path": Var("time", r"\hat X_t", "tag on the best path", "index"),
    "path_log": Var("", r"\log P(\hat X\mid x)", "log-probability of the best path", "log"),
}  # fmt: skip
AXES = {
    "time": N_("character"), "step": N_("character"), "feature": N_("feature"), "unit": N_("unit"),
    "layer": N_("layer"), "direction": N_("direction"), "state": N_("tag"), "next_state": N_("next tag"),
}  # fmt: skip
DIRECTIONS = (N_("forward"), N_("backward"))


def _gates(network: Network, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
    """u, r, c, h [layer, direction, time, unit], and what the output layer reads [time, 2·unit]."""
    layers, active = [], [1] * len(x)
    for pair in network.layers:
        steps = [Step(*map(torch.cat, zip(*scan(gru, x[:, None], active), strict=True))) for gru in pair]
        layers.append(steps)
        x = torch.cat([each.h for each in steps], 1)
    return {
        name: torch.stack([torch.stack([getattr(each, name) for each in pair]) for pair in layers])
        for name in Step._fields
    }, x


def _paths(network: Network, b: Tensor) -> dict[str, Tensor]:
    """Forward, backward and best scores, the candidates, and the best path."""
    crf = network.crf
    log_alpha, log_beta, delta = forward(crf, b), backward(crf, b), forward(crf, b, torch.amax)
    log_z = log_alpha.logsumexp(1)
    log_z[-1] = (log_alpha[-1] + crf.omega).logsumexp(0)
    edge = delta[:-1, :, None] + crf.A + b[1:, None, :]
    delta[-1] += crf.omega
    edge[-1:] += crf.omega
    psi = (delta[:-1, :, None] + crf.A).argmax(1)
    if len(b) == 1:
        psi = psi.new_zeros(0, len(crf.pi))
    path = [int(delta[-1].argmax())]
    for row in reversed(psi.tolist()):
        path.insert(0, row[path[0]])
    log_delta = delta - log_z[:, None]
    return {
        "pi": crf.pi, "A": crf.A, "omega": crf.omega, "log_alpha": log_alpha, "log_beta": log_beta, "log_z": log_z,
        "log_delta": log_delta, "log_candidate": edge - log_z[1:, None, None], "psi": psi,
        "gamma": marginals(log_alpha, log_beta), "path": torch.tensor(path), "path_log": log_delta[-1].max(),
    }  # fmt: skip


@torch.inference_mode()
def trace(network: Network, sentence: str, folded: bool = True) -> xr.Dataset:
    """All inner values for one sentence as the network reads it, in the network's precision: `load(dtype=float64)`.

    log δ is divided by all paths so far, so that its largest at the end is the log-probability of the answer.
    Raises InputError for an empty sentence.
    """
    if not sentence:
        raise InputError("A sentence needs at least one character.")
    given = fold(network, sentence) if folded else sentence
    w = torch.tensor([place(network, character) for character in given])
    x = network.embedding[w]
    gates, top = _gates(network, x)
    b = top @ network.W_o + network.b_o
    inner = {"w": w, "x": x, **gates, "b": b} | _paths(network, b)
    attrs = {"module": "engine.bigru_crf_explain", "given": given, "n_characters": len(network.embedding)}
    return label(
        inner, SCHEMA, attrs,
        translate=("direction",), axes=AXES, time=list(sentence), step=list(sentence[:-1]), direction=DIRECTIONS,
        layer=[str(k + 1) for k in range(len(network.layers))], state=network.tags, next_state=network.tags,
    )  # fmt: skip
