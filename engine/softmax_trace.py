"""From scores to probabilities as on the slide: what every trace of a name classifier ends with."""

from jaxtyping import Float
from torch import Tensor

from engine.errors import N_
from engine.trace import Var

_SCHEMA = {
    "logits": Var("time language", r"o_t", "score"),
    "maximum": Var("time", r"M_t", "largest score, taken out before exponentials"),
    "shifted": Var("time language", r"o_t-M_t", "score − maximum"),
    "log_norm": Var("time", r"\log\sum_j e^{o_j-M}", "logarithm of the sum of exponentials"),
    "log_probs": Var("time language", r"\log p_t", "log-probability", "log"),
    "probs": Var("time language", r"p_t", "probability", "prob"),
}
X = Var("time symbol", r"x_t", "one-hot input letter", "prob")
AXES = {
    "time": N_("letter"), "symbol": N_("letter"), "source": N_("letter"), "unit": N_("unit"),
    "language": N_("language"),
}  # fmt: skip


def schema(score: str = "o") -> dict[str, Var]:
    """The variables of `chain`; `score` is the letter of the scores where o is a gate."""
    return {name: var._replace(symbol=var.symbol.replace("o_", f"{score}_")) for name, var in _SCHEMA.items()}


def chain(logits: Float[Tensor, "time language"]) -> dict[str, Tensor]:
    """Log-softmax, the largest score taken out first so that no exponential overflows."""
    maximum = logits.amax(1)
    shifted = logits - maximum[:, None]
    log_norm = shifted.exp().sum(1).log()
    log_probs = shifted - log_norm[:, None]
    return {
        "logits": logits, "maximum": maximum, "shifted": shifted, "log_norm": log_norm, "log_probs": log_probs,
        "probs": log_probs.exp(),
    }  # fmt: skip
