"""A training run as a trace: what the network made of one name, and of the held-out names, at every checkpoint."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float

from engine.classifier import Classifier, prefix_logits
from engine.errors import N_
from engine.trace import Var, label

SCHEMA = {
    "probs": Var("checkpoint time language", r"p_t^{(k)}", "probability of a language at a checkpoint", "prob"),
    "confusion": Var("checkpoint language guess", r"n_{ij}^{(k)}", "held-out names by language and guess", "count"),
    "share": Var("checkpoint language guess", r"n_{ij}^{(k)}/n_i", "share of held-out names by guess", "prob"),
    "accuracy": Var("checkpoint", r"\sum_i n_{ii}/n", "held-out accuracy, natural prior", "prob"),
    "balanced_accuracy": Var("checkpoint", r"\overline{n_{ii}/n_i}", "balanced accuracy, prior divided out", "prob"),
    "n_steps": Var("checkpoint", r"s_k", "steps up to a checkpoint", "count"),
    "loss": Var("record", r"\bar\ell", "mean loss of 1000 names in a row"),
    "loss_step": Var("record", r"s", "steps up to the end of these names", "count"),
}
AXES = {"time": N_("letter"), "language": N_("language"), "guess": N_("guess"), "checkpoint": N_("checkpoint")}


@torch.inference_mode()
def letter_probs(net: Classifier, text: str) -> Float[np.ndarray, "time language"]:
    """Probabilities of the languages after each letter of a folded name, computed in float64."""
    return torch.from_numpy(prefix_logits(net, text)).softmax(1).numpy()


def trace(
    probs: Sequence[np.ndarray], checks: Sequence[Mapping], losses: Sequence[tuple[int, float]],
    languages: Sequence[str], text: str,
) -> xr.Dataset:  # fmt: skip
    """The labelled run.

    probs: `letter_probs` of the network at each checkpoint. checks: for each, `step`, `natural` and `uniform`
    metrics and `confusion` [language][guess]. losses: (step, mean loss). Raises ValueError if there is no
    checkpoint or the numbers of checkpoints differ.
    """
    if not probs or len(probs) != len(checks):
        raise ValueError(f"{len(probs)} networks for {len(checks)} checkpoints")
    table = np.array([check["confusion"] for check in checks], np.int64)
    totals = table.sum(2, keepdims=True)
    inner = {
        "probs": np.stack(probs), "confusion": table,
        "share": np.divide(table, totals, out=np.zeros(table.shape), where=totals > 0),
        "accuracy": np.array([check["natural"]["accuracy"] for check in checks], float),
        "balanced_accuracy": np.array([check["uniform"]["balanced_accuracy"] for check in checks], float),
        "n_steps": np.array([check["step"] for check in checks], np.int64),
        "loss": np.array([loss for _, loss in losses], float),
        "loss_step": np.array([step for step, _ in losses], np.int64),
    }  # fmt: skip
    return label(
        inner, SCHEMA, {"text": text}, translate=("language", "guess"), axes=AXES, time=list(text),
        checkpoint=[f"{check['step']:,}" for check in checks], language=languages, guess=languages,
    )  # fmt: skip
