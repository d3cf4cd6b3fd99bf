"""Name classifiers that are counted or estimated in one go, not trained step by step: n-grams and HMMs by language."""

import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from engine import weights
from engine.bayes import METHODS
from engine.checkpoints import write
from engine.classifier import COUNTED, Classifier, ClassifierParams, build
from engine.errors import InputError
from engine.evaluate import apply_prior, metrics
from engine.names import Names, counts, split
from engine.ngram import LONGEST
from engine.scoring import log_probs

N_STATES = 16
SHIPPED = ("ngram", "hmm")


@dataclass(frozen=True)
class CountParams:
    """What to count: order and method of n-grams, or states and seed of HMMs; the held-out part as in TrainParams."""

    model: str = "ngram"
    order: int = 4
    method: str = "kneser-ney"
    n_hidden: int = N_STATES  # states of an HMM
    seed: int = 0
    sampling: str = "name"  # "language": with a flat prior
    held_out: float = 0.1
    split_seed: int = 0

    def __post_init__(self):
        """Raise InputError on a value out of range."""
        fair = {
            "model": self.model in COUNTED, "order": 1 <= self.order <= LONGEST, "method": self.method in METHODS,
            "hidden": 1 <= self.n_hidden <= 64, "seed": 0 <= self.seed < 2**31,
            "sampling": self.sampling in ("name", "language"), "held-out": 0 <= self.held_out <= 0.5,
        }  # fmt: skip
        for name, is_fair in fair.items():
            if not is_fair:
                raise InputError("The value of “{name}” is out of range.", name=name)

    def sizes(self, names: Names) -> ClassifierParams:
        """Kind and sizes of the classifier of these training names."""
        common = {"languages": names.languages, "counts": tuple(counts(names).tolist()), "sampling": self.sampling}
        if self.model == "hmm":
            return ClassifierParams("hmm", self.n_hidden, **common)
        return ClassifierParams("ngram", 0, **common, order=self.order, method=self.method)


class Counted(NamedTuple):
    """A finished classifier, and its figures on the held-out names (on the training names where none are)."""

    net: Classifier
    params: ClassifierParams
    figures: dict[str, dict[str, float]]
    n_train: int


def fit(names: Names, params: CountParams) -> Counted:
    """Count the part of `names` that is not held out; the same names and parameters give the same numbers."""
    part, held = split(names, params.split_seed, params.held_out)
    sizes = params.sizes(part)
    net = build(sizes)
    seed = {"seed": params.seed} if params.model == "hmm" else {}
    try:
        net.fit(part.texts, part.labels, flat=params.sampling == "language", **seed)
    except ValueError as error:
        raise InputError("These names have too many different n-grams: take a lower order.") from error
    judged = held if held.texts else part
    scores = log_probs(net, judged.texts)
    figures = {prior: metrics(apply_prior(scores, sizes, prior), judged.labels) for prior in ("natural", "uniform")}
    figures["train"] = metrics(apply_prior(log_probs(net, part.texts), sizes, "natural"), part.labels)
    return Counted(net, sizes, figures, len(part.texts))


def card(params: CountParams, counted: Counted, data: str) -> dict:
    """What is known of a classifier: how it was counted, on which data, its figures."""
    beside = ("n_hidden", "seed") if params.model == "ngram" else ("order", "method")
    return {name: value for name, value in asdict(params).items() if name not in beside} | {
        "data": data, **counted.figures
    }  # fmt: skip


def save(names: Names, params: CountParams, out: Path, data: str) -> tuple[Counted, dict]:
    """Fit and write a weights file; returns the card with hash, date and seconds."""
    started = time.perf_counter()
    counted = fit(names, params)
    about = card(params, counted, data)
    blob = weights.dumps(counted.net, counted.params, about)
    write(out, blob)
    return counted, about | {
        "name": out.stem, "sha256": weights.sha256(blob), "date": datetime.now(UTC).date().isoformat(),
        "seconds": round(time.perf_counter() - started, 1), "n_train": counted.n_train,
    }  # fmt: skip


def ship(names: Names) -> None:
    """Write the shipped files of COUNTED and their cards."""
    for model in SHIPPED:
        path = weights.ROOT / weights.SHIPPED / f"names-{model}.safetensors"
        _, about = save(names, CountParams(model), path, "data/names")
        write(path.with_suffix(".json"), (json.dumps(about, indent=1) + "\n").encode())
