"""The command line: `python -m engine train | evaluate | score | ship`. Errors are one line on stderr and exit code 2."""

import json
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, Literal

import typer
from typer._click.exceptions import Abort, ClickException

from engine.cli_score import app as score_app
from engine.errors import InputError

DATA = Path(__file__).resolve().parent.parent / "data" / "names"
INTERRUPTED = 130

app = typer.Typer(
    help="Unrolled: train, evaluate and use sequence models.", no_args_is_help=True, add_completion=False,
    rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip
train_app = typer.Typer(help="Train a network.", no_args_is_help=True)
evaluate_app = typer.Typer(help="Say how good a network is.", no_args_is_help=True)
app.add_typer(train_app, name="train")
app.add_typer(evaluate_app, name="evaluate")
app.add_typer(score_app, name="score")


@train_app.callback()
def _train() -> None:
    """Train a network."""


@evaluate_app.callback()
def _evaluate() -> None:
    """Say how good a network is."""


@train_app.command("names")
def train_names(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Weights file to write (.safetensors): the best network.")],
    model: Annotated[Literal["lecture", "elman"], typer.Option(help="Cell: the lecture's, or Elman's with tanh.")] = "elman",
    recipe: Annotated[Literal["lecture", "fast"], typer.Option(help="One name a step, or batches with Adam.")] = "fast",
    data: Annotated[Path, typer.Option(help="Folder or .zip of <Language>.txt, or a .tsv/.csv of name, language.")] = DATA,
    seconds: Annotated[float | None, typer.Option(help="Length of the run, everything included.")] = None,
    steps: Annotated[int | None, typer.Option(help="Length of the run in steps; the same seed gives the same weights.")] = None,
    seed: Annotated[int, typer.Option(help="Of the first weights and the order of names.")] = 0,
    hidden: Annotated[int, typer.Option(help="Hidden units.")] = 128,
    lr: Annotated[float | None, typer.Option(help="Learning rate; default: the recipe's.")] = None,
    batch: Annotated[int | None, typer.Option(help="Names a step of the fast recipe; default: the recipe's.")] = None,
    sampling: Annotated[Literal["name", "language"] | None, typer.Option(help="Draw names alike, or languages alike.")] = None,
    held_out: Annotated[float, typer.Option(help="Share of every language that is never trained on.")] = 0.1,
    resume: Annotated[Path | None, typer.Option(help="Go on from a .resume.safetensors, with its parameters.")] = None,
) -> None:  # fmt: skip
    """Train a name classifier. Writes OUT (best), OUT's .last and .resume at each checkpoint; Ctrl-C loses nothing."""
    from engine import cli_train
    from engine.records import TrainParams

    params = TrainParams(
        model=model, recipe=recipe, n_hidden=hidden, lr=lr, batch=batch, seed=seed, steps=steps, seconds=seconds,
        sampling=sampling, held_out=held_out,
    )  # fmt: skip
    raise typer.Exit(cli_train.train_names(data, out, params, resume, context.find_root().obj))


@evaluate_app.command("names")
def evaluate_names(
    weights: Annotated[Path | None, typer.Option(help="Weights file; default: the shipped one of --model.")] = None,
    data: Annotated[Path | None, typer.Option(help="Names as for train; default: the held-out part of data/names.")] = None,
    prior: Annotated[Literal["natural", "uniform"], typer.Option(help="Prior of the training names, or divided out.")] = "natural",
    model: Annotated[Literal["lecture", "elman"], typer.Option(help="Which shipped network.")] = "elman",
) -> None:  # fmt: skip
    """Print n, accuracy, balanced_accuracy, top3 and nll as one JSON object."""
    from engine import cli_train

    print(json.dumps(cli_train.evaluate_names(weights, data or DATA, data is None, prior, model)))  # noqa: T201


@app.command()
def ship() -> None:
    """Train the networks of assets/models again (seeds and steps fixed) and write their cards."""
    from engine import shipping

    shipping.ship()


def main(started: float | None = None) -> int:
    """Run the command line; the exit code is 0, 2 for an error the user can mend, 130 after Ctrl-C."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        return app(standalone_mode=False, obj=started or time.perf_counter()) or 0
    except (ClickException, InputError) as error:
        message = error.format_message() if isinstance(error, ClickException) else str(error)
        sys.stderr.write(f"Error: {' '.join(message.split())}\n")
        return 2
    except (Abort, KeyboardInterrupt):
        sys.stderr.write("Interrupted.\n")
        return INTERRUPTED
