"""The command line, `python -m engine COMMAND`. An error is one line on stderr, exit code 2."""

import json
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.errors import InputError

DATA = Path(__file__).resolve().parent.parent / "data" / "names"
INTERRUPTED = 130
PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True}
SOURCE = "Folder or .zip of <Language>.txt, or a .tsv/.csv with name and language."

Model = Literal["lecture", "elman", "gru", "lstm", "lstm-peephole", "window", "transformer", "combined"]
Pool = Literal["last", "max"]
Recipe = Literal["lecture", "fast"]
Sampling = Literal["name", "language"]
Prior = Literal["natural", "uniform"]

app = typer.Typer(
    help="Unrolled: train, evaluate and use sequence models.", add_completion=False,
    rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip
train_app = typer.Typer(help="Train a network.")
evaluate_app = typer.Typer(help="Say how good a network is.")
score_app = typer.Typer(help="Score files with a trained network.")
app.add_typer(train_app, name="train")
app.add_typer(evaluate_app, name="evaluate")
app.add_typer(score_app, name="score")


@train_app.callback()
def _train() -> None:
    """Train a network."""


@evaluate_app.callback()
def _evaluate() -> None:
    """Say how good a network is."""


@score_app.callback()
def _score() -> None:
    """Score files with a trained network."""


@score_app.command("names", add_help_option=False, context_settings=PASS_ON)
def score_names(context: typer.Context) -> None:
    """Score a file of names of any size; `score names --help` lists the options."""
    from engine.cli_score import app as real

    program = "python -m engine score"
    raise typer.Exit(
        typer.main.get_group(real)(["names", *context.args], prog_name=program, standalone_mode=False) or 0
    )


@app.command("hmm", add_help_option=False, context_settings=PASS_ON)
def hmm(context: typer.Context) -> None:
    """Hidden Markov models: `hmm generate | score | decode | fit`; `hmm --help` lists the options."""
    from engine.cli_hmm import app as real

    group = typer.main.get_group(real)
    raise typer.Exit(group(context.args, prog_name="python -m engine hmm", standalone_mode=False) or 0)


def _work(command: str, context: typer.Context) -> None:
    """Hand over to a command of engine.cli_work."""
    from engine.cli_work import app as real

    group = typer.main.get_group(real)
    raise typer.Exit(group([command, *context.args], prog_name="python -m engine", standalone_mode=False) or 0)


@app.command("segment", add_help_option=False, context_settings=PASS_ON)
def segment(context: typer.Context) -> None:
    """Segment Chinese text from stdin; `segment --help` lists the options."""
    _work("segment", context)


@app.command("tag", add_help_option=False, context_settings=PASS_ON)
def tag(context: typer.Context) -> None:
    """Tag English text from stdin; `tag --help` lists the options."""
    _work("tag", context)


@app.command("bleu", add_help_option=False, context_settings=PASS_ON)
def bleu(context: typer.Context) -> None:
    """BLEU of translations against references, as JSON; `bleu --help` lists the options."""
    from engine.cli_bleu import app as real

    command = typer.main.get_command(real)
    raise typer.Exit(command(context.args, prog_name="python -m engine bleu", standalone_mode=False) or 0)


@app.command("embed", add_help_option=False, context_settings=PASS_ON)
def embed(context: typer.Context) -> None:
    """Sentences from stdin as vectors, or the most alike ones; `embed --help` lists the options."""
    from engine.cli_embed import app as real

    command = typer.main.get_command(real)
    raise typer.Exit(command(context.args, prog_name="python -m engine embed", standalone_mode=False) or 0)


def _translation(command: str, context: typer.Context) -> None:
    """Hand over to a command of engine.cli_translation."""
    from engine.cli_translation import app as real

    group, program = typer.main.get_group(real), "python -m engine"
    arguments, started = [command, *context.args], context.find_root().obj
    raise typer.Exit(group(arguments, prog_name=program, standalone_mode=False, obj=started) or 0)


@app.command("translate", add_help_option=False, context_settings=PASS_ON)
def translate(context: typer.Context) -> None:
    """Translate text from stdin; `translate --help` lists the options."""
    _translation("translate", context)


@train_app.command("translation", add_help_option=False, context_settings=PASS_ON)
def train_translation(context: typer.Context) -> None:
    """Train a translator on parallel texts; `train translation --help` lists the options."""
    _translation("train translation", context)


@evaluate_app.command("translation", add_help_option=False, context_settings=PASS_ON)
def evaluate_translation(context: typer.Context) -> None:
    """Say how good a translator is; `evaluate translation --help` lists the options."""
    _translation("evaluate translation", context)


def _lm(command: str, context: typer.Context) -> None:
    """Hand over to a command of engine.cli_lm."""
    from engine.cli_lm import app as real

    group, program = typer.main.get_group(real), "python -m engine"
    arguments, started = [command, *context.args], context.find_root().obj
    raise typer.Exit(group(arguments, prog_name=program, standalone_mode=False, obj=started) or 0)


@app.command("generate", add_help_option=False, context_settings=PASS_ON)
def generate(context: typer.Context) -> None:
    """Invent names of a language; `generate --help` lists the options."""
    _lm("generate", context)


@train_app.command("lm", add_help_option=False, context_settings=PASS_ON)
def train_lm(context: typer.Context) -> None:
    """Train a language model on names; `train lm --help` lists the options."""
    _lm("train lm", context)


@evaluate_app.command("lm", add_help_option=False, context_settings=PASS_ON)
def evaluate_lm(context: typer.Context) -> None:
    """Say how good a language model is; `evaluate lm --help` lists the options."""
    _lm("evaluate lm", context)


@train_app.command("tagger", add_help_option=False, context_settings=PASS_ON)
def train_tagger(context: typer.Context) -> None:
    """Count tagged text into a tagger; `train tagger --help` lists the options."""
    _work("train tagger", context)


@evaluate_app.command("tagger", add_help_option=False, context_settings=PASS_ON)
def evaluate_tagger(context: typer.Context) -> None:
    """Say how often a tagger is right; `evaluate tagger --help` lists the options."""
    _work("evaluate tagger", context)


@train_app.command("names")
def train_names(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Weights file to write (.safetensors): the best network.")],
    model: Annotated[Model, typer.Option(help="Cell; window: the last letters only; combined: several.")] = "elman",
    recipe: Annotated[Recipe, typer.Option(help="One name a step, or batches with Adam.")] = "fast",
    data: Annotated[Path, typer.Option(help=f"{SOURCE} Default: data/names.", show_default=False)] = DATA,
    seconds: Annotated[float | None, typer.Option(help="Length of the run, everything included.")] = None,
    steps: Annotated[int | None, typer.Option(help="Length of the run in steps; repeatable by seed.")] = None,
    seed: Annotated[int, typer.Option(help="Of the first weights and the order of names.")] = 0,
    hidden: Annotated[int | None, typer.Option(help="Units of a layer and direction; default: the model's.")] = None,
    layers: Annotated[int | None, typer.Option(help="Layers; default: 1, of the Transformer 2.")] = None,
    bidirectional: Annotated[bool, typer.Option("--bidirectional", help="Read from both ends.")] = False,
    pool: Annotated[Pool | None, typer.Option(help="Read the end, or each unit's largest output.")] = None,
    window: Annotated[int, typer.Option(help="Letters that the window sees.")] = 5,
    dropout: Annotated[float | None, typer.Option(help="Share of units left out; default: the model's.")] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate; default: the recipe's.")] = None,
    batch: Annotated[int, typer.Option(help="Names a step of the fast recipe.")] = 64,
    sampling: Annotated[Sampling | None, typer.Option(help="Draw names alike, or languages alike.")] = None,
    held_out: Annotated[float, typer.Option(help="Share of every language that is never trained on.")] = 0.1,
    resume: Annotated[Path | None, typer.Option(help="Go on from a .resume.safetensors, with its parameters.")] = None,
) -> None:  # fmt: skip
    """Train a name classifier. Writes OUT (best), OUT's .last and .resume at each checkpoint; Ctrl-C loses nothing."""
    from engine import cli_train
    from engine.records import TrainParams

    params = TrainParams(
        model=model, recipe=recipe, n_hidden=hidden, lr=lr, batch=batch, seed=seed, steps=steps, seconds=seconds,
        sampling=sampling, held_out=held_out, n_layers=layers, bidirectional=bidirectional, pool=pool, window=window,
        dropout=dropout,
    )  # fmt: skip
    raise typer.Exit(cli_train.train_names(data, out, params, resume, context.find_root().obj))


@evaluate_app.command("names")
def evaluate_names(
    weights: Annotated[Path | None, typer.Option(help="Weights file; default: the shipped one of --model.")] = None,
    data: Annotated[Path | None, typer.Option(help=f"{SOURCE} Default: data/names, held-out part.")] = None,
    prior: Annotated[Prior, typer.Option(help="Prior of the training names, or divided out.")] = "natural",
    model: Annotated[Model, typer.Option(help="Which shipped network.")] = "combined",
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
        return app(prog_name="python -m engine", standalone_mode=False, obj=started or time.perf_counter()) or 0
    except (typer.TyperException, InputError) as error:
        message = error.format_message() if hasattr(error, "format_message") else str(error)
        sys.stderr.write(f"Error: {' '.join(message.split())}\n")
        return 2
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("Interrupted.\n")
        return INTERRUPTED
