"""What the traces of hidden Markov models share: the words for their axes and which symbols they show."""

from collections.abc import Iterable

from engine.errors import N_
from engine.hmm.model import HMM, MISSING

MOST_SYMBOLS = 60  # of a larger V a trace shows only the symbols that occur
GAP = "?"  # the label of an observation that was not made
AXES = {
    "time": N_("time t"), "step": N_("step"), "state": N_("state"), "next_state": N_("next state"),
    "symbol": N_("symbol"), "decoder": N_("decoder"), "iteration": N_("iteration"),
}  # fmt: skip
OF_MODEL = ("state", "next_state", "symbol", "time", "step")  # dims whose labels are words of the model


def symbols_shown(model: HMM, observations: Iterable[int]) -> list[int]:
    """The positions in V of the symbols that a trace shows: all of a small V, else those that occur, in V's order."""
    if len(model.V) <= MOST_SYMBOLS:
        return list(range(len(model.V)))
    return sorted(set(observations) - {MISSING})


def words(model: HMM, observations: Iterable[int]) -> list[str]:
    """The observed symbols' names."""
    return [GAP if o == MISSING else model.V[o] for o in observations]
