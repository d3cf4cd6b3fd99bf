"""Training of a neural language model as a generator of records: a run can be watched, stopped, resumed.

The same texts, parameters (with a number of steps) and seed give the same weights, in one go or resumed.
"""

import copy
import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

from engine import corpora, nnlm_files, own_text
from engine.adam import Adam
from engine.checkpoints import finite, parse, write
from engine.corpora import Corpus
from engine.driver import Resume, drive
from engine.errors import InputError
from engine.lm import training
from engine.nnlm import build, initial
from engine.nnlm_data import Order
from engine.nnlm_model import NeuralModel
from engine.nnlm_records import MOST_WORDS, Check, Record, TrainingParams
from engine.vocabulary import Vocabulary, vocabulary

KEY = "neural language model run"
WRITTEN = 3  # texts that a check writes
JUDGED = 60_000  # characters of held-out texts that a check looks at


def fingerprint(texts: Sequence[str], unit: str) -> str:
    """SHA-256 of the texts that are trained on."""
    return hashlib.sha256("\n".join([unit, *texts]).encode("utf-8", "surrogatepass")).hexdigest()


def some(texts: Sequence[str], characters: int = JUDGED) -> list[str]:
    """Evenly spread texts of about so many characters together."""
    every = max(1, math.ceil(sum(map(len, texts)) / characters))
    return list(texts[::every])


class Run(training.Run):
    """One run: texts as numbers, network, optimizer and counters. `drive` drives it."""

    def __init__(
        self, corpus: Corpus, params: TrainingParams, resume: Resume | None = None, started: float | None = None
    ):  # fmt: skip
        self.params, self.corpus, self.data = params, corpus, fingerprint(corpus.train, params.unit)
        self.vocabulary: Vocabulary = vocabulary(corpus.train, params.unit, most=MOST_WORDS)
        self.held = some(corpus.held or corpus.train)
        self.order = Order(self.vocabulary.code(corpus.train), params.tokens, params.seed)
        self.network = params.network(self.vocabulary.n)
        nnlm_files.empty(self.network)
        self.net = initial(self.network, params.seed)
        self.adam = Adam(dict(self.net.named_parameters()), clip=training.CLIP)
        self.seconds = resume.seconds if resume else 0.0
        self.at, self.best, self.best_net = 0, {"score": -math.inf}, self.net.state_dict()
        self.losses, self.n_words, self.told, self.reserve = [], 0, self.seconds, 0.0
        if resume:
            if resume.data != self.data:
                raise InputError("The checkpoint belongs to a training on another text.")
            self._restore(resume)
        self.last = time.perf_counter()
        self.seconds += self.last - started if started else 0.0
        self.checked = self._place()

    def model(self) -> NeuralModel:
        """The network as it is now."""
        return NeuralModel(copy.deepcopy(self.net).requires_grad_(False), self.vocabulary, {}, "")

    def check(self) -> Check:
        """Look at the network now."""
        started, self.checked, model = time.perf_counter(), self._place(), self.model()
        found = model.perplexity(self.held)
        if best := -found.bits >= self.best["score"]:
            self.best = {"step": self.at, "score": -found.bits, "bits": found.bits, "perplexity": found.perplexity}
            self.best_net = {name: t.detach().clone() for name, t in self.net.state_dict().items()}
        written = tuple(model.write(WRITTEN, self.params.seed, limit=60))
        check = Check(found.bits, found.perplexity, written, model.net, best, self.snapshot())
        self.reserve = max(self.reserve, 1.5 * (time.perf_counter() - started) + 0.1)
        return check

    def record(self, check: bool) -> Record:
        """News since the last record."""
        return Record(*super().record(check))


def train(
    corpus: Corpus, params: TrainingParams, resume: Resume | None = None, started: float | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Record]:  # fmt: skip
    """Train on the training part; the first record holds the untrained network, the last the result (or where `stop`
    became true, asked after every step).

    A budget in seconds counts from `started` (perf_counter) and includes the checks. Raises InputError if a
    checkpoint does not fit or the training diverges.
    """
    yield from drive(Run(corpus, params.settled(), resume, started), stop)


def read(data: str, unit: str) -> Corpus:
    """The texts of a corpus key, or of a .txt file, a sequence a line. Raises InputError where there is neither."""
    known = corpora.keys()
    if data in known:
        return corpora.corpus(data, unit)
    if not Path(data).is_file():
        keys = ", ".join(key for key in known if not key.startswith("names:"))
        raise InputError("There is neither a file nor a text called {key}; texts: {keys}.", key=str(data), keys=keys)
    path = Path(data)
    return corpora.corpus("own", unit, own_text.read(path.read_bytes(), path.name, limits=own_text.ANY_SIZE).text)


def dumps(resume: Resume, params: TrainingParams) -> bytes:
    """The bytes of a checkpoint that a run can go on from."""
    state = {**resume._asdict(), "tensors": None, "params": asdict(params)}
    return save(resume.tensors, {KEY: json.dumps(state)})


def load_resume(path: Path | str) -> tuple[Resume, TrainingParams]:
    """The checkpoint and the parameters of its run. Raises InputError if the file is none."""
    if not Path(path).is_file():
        raise InputError("There is no checkpoint {path}.", path=str(path))
    return parse(Path(path).read_bytes(), KEY, TrainingParams, finite)


def card(run: Run, figures: dict) -> dict:
    """What is known of a network: parameters, the hash of its texts, and `figures`, as those of `Resume.best`."""
    figures = {name: value for name, value in figures.items() if name != "score"}
    sizes = {"n_train": len(run.corpus.train), "n_held_out": len(run.corpus.held)}
    return {**asdict(run.params), "corpus": run.corpus.key, "data": run.data, **sizes, **figures}


class Saver:
    """Writes the files of a run at each checkpoint: best and last weights, and where to go on."""

    def __init__(self, files: Sequence[Path], run: Run):
        self.files, self.run, self.first = tuple(files), run, True

    def save(self, record: Record) -> None:
        """Write what is new; `record` has a check."""
        best, last, resume = self.files
        check = record.check
        if check.best or self.first:
            write(best, self._blob(self.run.best_net, check.resume.best))
        figures = {"step": record.step, "bits": check.bits, "perplexity": check.perplexity}
        write(last, self._blob(check.net.state_dict(), figures))
        write(resume, dumps(check.resume, self.run.params))
        self.first = False

    def _blob(self, tensors: dict[str, Tensor], figures: dict) -> bytes:
        net = build(self.run.network)
        net.load_state_dict(tensors)
        return nnlm_files.dumps(net, self.run.vocabulary, card(self.run, figures))
