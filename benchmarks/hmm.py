"""Score, decode and ten EM iterations against the faster of hmmlearn's two implementations, in one run, one thread.

Run: python -m benchmarks.hmm [--rounds N]. Both sides take turns; a figure is the best of the rounds, for the whole
call of the public function, from tensors (ours) or an array (hmmlearn) to the answer, with the compiled code loaded;
seconds are processor time of this process, so that other work on the machine does not count.
The answers are compared: log P to 1e-8 of it, paths state by state, the trained models to 1e-8.
"""

import argparse
import logging
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from hmmlearn.hmm import CategoricalHMM
from threadpoolctl import threadpool_limits

from engine.hmm import HMM, baum_welch, bulk, kernels, random_start

M, ITERATIONS, SLOW = 50, 10, 0.1
CASES = (  # N, T, sequences; at least so many times hmmlearn: score, decode, EM
    (3, 1000, 1, (3, 3, 1.5)),
    (17, 50, 1000, (3, 3, 4)),
    (50, 10000, 1, (3, 3, 4)),
    (256, 200, 1, (3, 3, 4)),
)


def peer(model: HMM, implementation: str) -> CategoricalHMM:
    """hmmlearn's model with the same parameters, ready to score, decode or be fitted."""
    same = CategoricalHMM(len(model.S), init_params="", n_iter=ITERATIONS, tol=-np.inf, implementation=implementation)
    same.n_features = len(model.V)
    return started(same, model)


def started(theirs: CategoricalHMM, model: HMM) -> CategoricalHMM:
    """hmmlearn's model set to these parameters."""
    theirs.startprob_, theirs.transmat_, theirs.emissionprob_ = model.pi.numpy(), model.A.numpy(), model.B.numpy()
    return theirs


def trained(model: HMM, sequences: list[torch.Tensor]) -> HMM:
    """The last of ten iterations."""
    return list(baum_welch(model, sequences, tolerance=-np.inf, iterations=ITERATIONS))[-1].model


def best(ways: list[Callable[[], object]], rounds: int) -> list[float]:
    """Fewest seconds of each way; they take turns, and the short ones more often."""
    fewest = [np.inf] * len(ways)
    for _ in range(rounds):
        for at, way in enumerate(ways):
            for _ in range(1 if fewest[at] > SLOW else 5):
                begin = time.process_time()
                way()
                fewest[at] = min(fewest[at], time.process_time() - begin)
    return fewest


def check(model: HMM, sequences: list[torch.Tensor], X: np.ndarray, lengths: list[int]) -> None:
    """Both sides give the same answers."""
    theirs = peer(model, "scaling")
    np.testing.assert_allclose(bulk.log_likelihoods(model, sequences).sum(), theirs.score(X, lengths), rtol=1e-8)
    log_joint, states = theirs.decode(X, lengths)
    paths = bulk.viterbi(model, sequences)
    np.testing.assert_array_equal(torch.cat([path.states for path in paths]), states)
    np.testing.assert_allclose(sum(path.log_joint for path in paths), log_joint, rtol=1e-8)
    theirs.fit(X, lengths)
    ours = trained(model, sequences)
    for table, name in (("pi", "startprob_"), ("A", "transmat_"), ("B", "emissionprob_")):
        np.testing.assert_allclose(getattr(ours, table), getattr(theirs, name), atol=1e-8)


def compare(N: int, T: int, n: int, rounds: int) -> list[tuple[str, float, float]]:
    """(task, hmmlearn's seconds, ours) for each task."""
    model = random_start([str(i) for i in range(N)], [str(k) for k in range(M)], seed=N)
    flat = torch.randint(M, (n * T,), generator=torch.Generator().manual_seed(T))
    sequences, X, lengths = list(flat.split(T)), flat.numpy()[:, None], [T] * n
    check(model, sequences, X, lengths)
    log, scaling = peer(model, "log"), peer(model, "scaling")
    ways = {
        "score": [partial(log.score, X, lengths), partial(scaling.score, X, lengths),
                  lambda: bulk.log_likelihoods(model, sequences)],
        "decode": [partial(log.decode, X, lengths), partial(scaling.decode, X, lengths),
                   lambda: bulk.viterbi(model, sequences)],
        "10 EM iterations": [lambda: started(log, model).fit(X, lengths),
                             lambda: started(scaling, model).fit(X, lengths), lambda: trained(model, sequences)],
    }  # fmt: skip
    seconds = {task: best(three, rounds) for task, three in ways.items()}
    return [(task, min(log, scaling), ours) for task, (log, scaling, ours) in seconds.items()]


def main() -> int:
    """Measure with one thread on both sides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    logging.getLogger("hmmlearn").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    kernels.warm()
    with threadpool_limits(1):
        return table(rounds)


def table(rounds: int) -> int:
    """Print it line by line; 1 if a target is missed."""
    missed = 0
    print(f"{'N':>4} {'T':>6} {'batch':>6} {'task':17} {'hmmlearn ms':>12} {'ours ms':>9} {'ratio':>7} {'target':>7}")
    for N, T, n, targets in CASES:
        for (task, theirs, ours), target in zip(compare(N, T, n, rounds), targets, strict=True):
            missed += theirs / ours < target
            figures = f"{theirs * 1e3:12,.3f} {ours * 1e3:9,.3f} {theirs / ours:6.1f}x {target:>6}x"
            print(f"{N:4} {T:6,} {n:6,} {task:17} {figures}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
