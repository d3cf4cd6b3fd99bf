"""`python -m engine hmm`: generate, score, decode and fit sequences with a model in JSON, one sequence a line."""

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, NamedTuple

import torch
import typer

from engine import files, hmm
from engine.cli_stream import one_line_errors
from engine.errors import InputError
from engine.hmm import HMM, Iteration, baum_welch, json_files, random_start

app = typer.Typer(help="Hidden Markov models: the three problems, and generation.")
CHUNK = 10_000  # sequences that are read before they are worked on
EXAMPLES = 5  # bad lines that are shown
NO_PATH = hmm.Path(torch.empty(0, dtype=torch.long), -torch.inf)
LARGEST = 2**62  # seed: with room for those of the restarts

ModelFile = Annotated[Path, typer.Argument(metavar="MODEL.json", help="The model: S, V, pi, A, B.")]
Sequences = Annotated[
    str, typer.Argument(metavar="SEQUENCES", help="A file, or - for stdin: a sequence a line, blanks between symbols."),
]  # fmt: skip


class Method(StrEnum):
    """How to find the states."""

    viterbi = "viterbi"
    posterior = "posterior"
    greedy = "greedy"


class Line(NamedTuple):
    """A sequence and the 1-based line where it stood."""

    line: int
    O: torch.Tensor


@app.callback()
def _hmm() -> None:
    """Hidden Markov models: generate, score, decode, fit."""


def load(path: Path) -> HMM:
    """The model of a JSON file; what is wrong is said with the file's name."""
    try:
        return json_files.loads(path.read_bytes())
    except InputError as error:
        raise InputError("{file}: {reason}", file=path.name, reason=str(error)) from error


def symbols(line: str, model: HMM) -> list[str]:
    """The symbols of a line: parted by blanks or commas; a word of letters where every symbol is one character."""
    parts = line.replace(",", " ").split()
    if len(parts) == 1 and all(len(symbol) == 1 for symbol in model.V):
        return list(parts[0])
    return parts


def read(source: Iterable[bytes], model: HMM, bad: list[str]) -> Iterator[Line]:
    """The sequences of all lines; those that cannot be used are added to `bad`, empty lines are passed over."""
    for number, raw in enumerate(source, 1):
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            if text:
                yield Line(number, hmm.observe(model, symbols(text, model)))
        except UnicodeDecodeError:
            bad.append(f"line {number}: not UTF-8")
        except InputError as error:
            bad.append(f"line {number}: {error}")


def _chunks(name: str, model: HMM) -> Iterator[list[Line]]:
    """The sequences of a file, some thousands at a time; at its end what was left out is said on stderr."""
    bad: list[str] = []
    source = sys.stdin.buffer if name == "-" else Path(name).open("rb")  # noqa: SIM115
    with source:
        lines, n = read(source, model, bad), 0
        while chunk := list(islice(lines, CHUNK)):
            n += len(chunk)
            yield chunk
    for message in bad[:EXAMPLES]:
        typer.echo(f"  {name} {message}", err=True)
    if bad:
        typer.echo(f"{n} sequences read, {len(bad)} lines left out.", err=True)
    if not n:
        raise InputError("{file} holds no sequence that this model knows.", file=name)


@app.command()
def generate(
    model: ModelFile,
    length: Annotated[int, typer.Option(min=1, max=10_000_000, help="Symbols a sequence.")] = 20,
    n: Annotated[int, typer.Option(min=1, max=1_000_000, help="Sequences.")] = 1,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST, help="The same seed gives the same sequences.")] = 0,
    states: Annotated[bool, typer.Option("--states", help="Write state/symbol instead of the symbol.")] = False,
) -> None:
    """Write sequences that the model generates, one a line."""
    with one_line_errors():
        hidden, generator = load(model), torch.Generator().manual_seed(seed)
        for _ in range(n):
            sample = hmm.generate(hidden, length, generator)
            words = [hidden.V[o] for o in sample.observations.tolist()]
            if states:
                words = [f"{hidden.S[x]}/{word}" for x, word in zip(sample.states.tolist(), words, strict=True)]
            typer.echo(" ".join(words))


@app.command()
def score(model: ModelFile, sequences: Sequences) -> None:
    """Write line, length and log P(O) of every sequence, tab-separated, with a header."""
    from engine.hmm.bulk import log_likelihoods

    with one_line_errors():
        hidden = load(model)
        typer.echo("line\tn\tlog_likelihood")
        for chunk in _chunks(sequences, hidden):
            found = log_likelihoods(hidden, [each.O for each in chunk]).tolist()
            for each, value in zip(chunk, found, strict=True):
                typer.echo(f"{each.line}\t{len(each.O)}\t{value:.12g}")


@app.command()
def decode(
    model: ModelFile, sequences: Sequences,
    method: Annotated[Method, typer.Option(help="Whole path, state by state, or greedily.")] = Method.viterbi,
) -> None:  # fmt: skip
    """Write line, log P(X, O) and the states of every sequence, tab-separated, with a header; no states where the model
    cannot produce the sequence.
    """
    with one_line_errors():
        hidden = load(model)
        typer.echo("line\tlog_joint\tstates")
        for chunk in _chunks(sequences, hidden):
            for each, path in zip(chunk, _paths(hidden, [each.O for each in chunk], method), strict=True):
                names = " ".join(hidden.S[x] for x in path.states.tolist())
                typer.echo(f"{each.line}\t{path.log_joint:.12g}\t{names}")


def _paths(model: HMM, sequences: list[torch.Tensor], method: Method) -> list[hmm.Path]:
    """The path of every sequence by that method, an empty one where all are impossible."""
    from engine.hmm.bulk import log_likelihoods, viterbi

    if method is Method.viterbi:
        return [path if path.log_joint > -torch.inf else NO_PATH for path in viterbi(model, sequences)]
    find = {Method.posterior: hmm.posterior_decode, Method.greedy: hmm.greedy_decode}[method]
    possible = (log_likelihoods(model, sequences) > -torch.inf).tolist()
    return [find(model, O) if at else NO_PATH for O, at in zip(sequences, possible, strict=True)]


@app.command()
def fit(
    model: ModelFile, sequences: Sequences,
    out: Annotated[Path, typer.Option(help="Where to write the learned model (.json).")],
    learn: Annotated[str, typer.Option(help="What is learned, with commas between.")] = "pi,A,B",
    iterations: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 100,
    tolerance: Annotated[float, typer.Option(min=0, help="Ends when log P gains less.")] = 1e-4,
    smoothing: Annotated[float, typer.Option(min=0, help="Added to every expected count.")] = 0.0,
    restarts: Annotated[int, typer.Option(min=0, max=1000, help="Random starts beside MODEL; the best wins.")] = 0,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST, help="Of the first random start.")] = 0,
) -> None:  # fmt: skip
    """Learn by Baum–Welch, starting at MODEL; says on stderr how log P grows."""
    with one_line_errors():
        parts = tuple(part.strip() for part in learn.split(","))
        if not parts or set(parts) - {"pi", "A", "B"}:
            raise InputError("--learn takes pi, A and B, not {learn}.", learn=learn)
        first = load(model)
        data = [each.O for chunk in _chunks(sequences, first) for each in chunk]
        options = {"learn": parts, "smoothing": smoothing, "tolerance": tolerance, "iterations": iterations}
        with files.replacing(out) as sink:  # first of all: whoever may not write there learns it at once
            best = _run(0, baum_welch(first, data, **options))
            for n in range(restarts):
                found = _run(n + 1, baum_welch(random_start(first.S, first.V, seed + n), data, **options))
                best = max(best, found, key=lambda run: run.log_likelihood)
            sink.write(json_files.dumps(best.model, 1).encode())


def _run(name: int, run: Iterator[Iteration]) -> Iteration:
    """The last iteration of a run, its first and last log P on stderr; what lies between is not kept."""
    first = next(run)
    last = deque(chain([first], run), maxlen=1).pop()
    start = f"start {name}" if name else "MODEL"
    typer.echo(f"{start}: log P {first.log_likelihood:.6g} → {last.log_likelihood:.10g} "
               f"in {last.iteration} iterations", err=True)  # fmt: skip
    return last
