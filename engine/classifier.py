"""All name classifiers behind one interface: sizes (`ClassifierParams`), `build`, priors, answers letter by letter.

A padded place is `engine.text.PAD`, and column 57 of a one-hot letter; padding stands on the left.
"""

import copy
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from engine.bayes import NGramBayes
from engine.combined import Combined
from engine.gru import GRUCell
from engine.hmm_names import HMMBayes
from engine.lstm import LSTMCell, PeepholeCell
from engine.rnn import PLAIN, LinearCell, Masks, TanhCell
from engine.stack import Stack
from engine.text import N_LETTERS, encode, pad_left
from engine.transformer_names import NameTransformer
from engine.trigram import Trigram
from engine.window import Window

CELLS = {cell.name: cell for cell in (LinearCell, TanhCell, GRUCell, LSTMCell, PeepholeCell)}
ONE_HOT_GAIN = 4.0
MODELS = (*CELLS, "window", "transformer", "combined")  # trained step by step
COUNTED = ("ngram", "hmm")  # made of counts in one go: see engine.bayes_training
KINDS = (*MODELS, *COUNTED)
MEMBERS = (*CELLS, "window", "trigram")  # what a combined classifier may be made of


class Classifier(Protocol):
    """A module that reads names and scores languages; `thinned` are the sizes of the masks of dropout it takes."""

    name: str
    n_hidden: int
    n_languages: int

    def __call__(self, letters: Tensor, masks: Masks | None = None) -> Tensor: ...  # noqa: D102
    def read(self, x: Tensor) -> Tensor: ...  # noqa: D102
    def read_states(self, x: Tensor) -> Tensor: ...  # noqa: D102
    def nothing_read(self) -> Tensor: ...  # noqa: D102


@dataclass(frozen=True)
class ClassifierParams:
    """Kind, sizes and training set of a name classifier; `counts` are the training names a language."""

    model: str = "lecture"
    n_hidden: int = 128
    languages: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    sampling: str = "name"  # how training names were drawn: "name" keeps the natural prior, "language" makes it flat
    n_layers: int = 1
    bidirectional: bool = False
    pool: str = "last"  # what the scores are read from: the state at the end, or "max" over all letters
    window: int = 5  # letters that the window sees
    members: tuple["ClassifierParams", ...] = ()  # of a combined classifier
    weight: float = 1.0  # of a member among the others
    order: int = 4  # of n-grams
    method: str = "kneser-ney"  # of smoothing n-grams, one of engine.bayes.METHODS


def _recurrent(params: ClassifierParams) -> Classifier:
    plain = params.n_layers == 1 and not params.bidirectional and params.pool == "last"
    if plain and params.model in PLAIN:
        return PLAIN[params.model](params.n_hidden, len(params.languages))
    return Stack(
        CELLS[params.model], params.n_hidden, len(params.languages), params.n_layers, params.bidirectional, params.pool
    )


def variety(params: ClassifierParams) -> str:
    """Kind and shape in a word, e.g. elman, gru-2-both-max: two layers read in both directions, the largest outputs."""
    layers = f"-{params.n_layers}" if params.n_layers > 1 else ""
    return f"{params.model}{layers}{'-both' * params.bidirectional}{'-max' * (params.pool == 'max')}"


def build(params: ClassifierParams) -> Classifier:
    """A network of these sizes; its numbers are to be filled."""
    if params.model == "combined":
        return Combined([build(member) for member in params.members], [member.weight for member in params.members])
    if params.model == "trigram":
        return Trigram(len(params.languages))
    if params.model == "ngram":
        return NGramBayes(len(params.languages), params.order, params.method)
    if params.model == "hmm":
        return HMMBayes(params.n_hidden, len(params.languages))
    if params.model == "window":
        return Window(params.window, params.n_hidden, len(params.languages))
    if params.model == "transformer":
        return NameTransformer(params.n_hidden, len(params.languages), params.n_layers)
    return _recurrent(params)


def initial(params: ClassifierParams, seed: int) -> Classifier:
    """An untrained network, drawn by seed: every number uniform within ±1/√inputs, as torch does."""
    generator, net = torch.Generator().manual_seed(seed), build(params)
    fill(net, generator)
    return net


def fill(net: nn.Module, generator: torch.Generator) -> None:
    """Draw the numbers of every part: a `Linear` by its inputs, a recurrent cell by its units.

    A cell with gates that reads letters gets larger input weights: one of its 57 inputs is on, not all of them. A
    network with rules of its own has a method `draw`.
    """
    if hasattr(net, "draw"):
        net.draw(generator)
        return
    for part in net.children():
        if hasattr(part, "in_features") or hasattr(part, "R"):
            bound = (part.in_features if hasattr(part, "in_features") else part.n_hidden) ** -0.5
            for p in part.parameters():
                torch.nn.init.uniform_(p, -bound, bound, generator=generator)
            if getattr(part, "n_inputs", 0) == N_LETTERS and not hasattr(part, "i2h"):
                part.W.data *= ONE_HOT_GAIN
        else:
            fill(part, generator)


def log_prior(params: ClassifierParams) -> Float[np.ndarray, "language"]:
    """Logarithm of the share of each language in the training names."""
    counts = np.maximum(np.asarray(params.counts, float), 1e-9)
    return np.log(counts / counts.sum())


def prior_shift(params: ClassifierParams, prior: str) -> Float[np.ndarray, "language"]:
    """What to add to the log-probabilities (then renormalise) to have them under `prior` natural | uniform.

    The network's own prior is the natural one where it was trained name by name and flat where a language was
    drawn first; the other one follows by Bayes' rule.
    """
    own = "natural" if params.sampling == "name" else "uniform"
    sign = 0.0 if own == prior else 1.0 if prior == "natural" else -1.0
    return sign * log_prior(params)


def one_hot(letters: np.ndarray) -> Float[torch.Tensor, "batch time 58"]:
    """Letters as one-hot rows in float64, the last column 1 on padding."""
    return nn.functional.one_hot(torch.from_numpy(letters.astype(np.int64)), N_LETTERS + 1).double()


@torch.inference_mode()
def prefix_logits(net: Classifier, text: str) -> Float[np.ndarray, "time language"]:
    """The scores of a folded text cut after each letter, in float64: what `net` answers if it ends there."""
    if not len(encode(text)):
        raise ValueError("a name needs at least one letter")
    prefixes = [text[: end + 1] for end in range(len(text))]
    return copy.deepcopy(net).double().read(one_hot(pad_left(prefixes))).numpy()
