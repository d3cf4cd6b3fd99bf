"""The command line, `python -m engine COMMAND`. An error is one line on stderr, exit code 2."""

import json
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.errors import InputError

DATA = Path(__file__).resolve().parent.parent / "data" / "names"
INTERRUPTED = 130
PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True}
SOURCE = "Folder or .zip of <Language>.txt, or a .tsv/.csv with name and language."

Model = Literal["lecture", "elman", "gru", "lstm", "lstm-peephole", "window", "transformer", "combined", "ngram", "hmm"]
Method = Literal["kneser-ney", "witten-bell", "back-off", "add-k"]
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


def _hand_over(group: typer.Typer, name: str, path: str, module: str, about: str) -> None:
    """`name` of a group is the command `path` of another module's app, imported only when it is asked for."""

    @group.command(name, help=f"{about}; --help lists the options.", add_help_option=False, context_settings=PASS_ON)
    def command(context: typer.Context) -> None:
        real, root = typer.main.get_command(import_module(f"engine.{module}").app), context.find_root()
        program = context.command_path.removesuffix(f" {path}")
        arguments = [path, *context.args] if path else context.args
        raise typer.Exit(real(arguments, prog_name=program, standalone_mode=False, obj=root.obj) or 0)


for _given in (
    (score_app, "names", "names", "cli_score", "Score a file of names of any size"),
    (score_app, "tag", "tag", "cli_score_texts", "Tag a list of English sentences"),
    (score_app, "segment", "segment", "cli_score_texts", "Segment a list of Chinese sentences"),
    (score_app, "translate", "translate", "cli_score_texts", "Translate a list of German sentences"),
    (score_app, "embed", "", "cli_embed", "Sentences from stdin as vectors, or the most alike ones"),
    (score_app, "lm", "lm", "cli_score_texts", "How likely language models find each text of a list"),
    (app, "hmm", "", "cli_hmm", "Hidden Markov models: `hmm generate | score | decode | fit`"),
    (app, "segment", "segment", "cli_work", "Segment Chinese text from stdin"),
    (app, "tag", "tag", "cli_work", "Tag English text from stdin"),
    (train_app, "tagger", "train tagger", "cli_work", "Count tagged text into a tagger"),
    (evaluate_app, "tagger", "evaluate tagger", "cli_work", "Say how often a tagger is right"),
    (app, "bleu", "", "cli_bleu", "BLEU of translations against references, as JSON"),
    (app, "embed", "", "cli_embed", "Sentences from stdin as vectors, or the most alike ones"),
    (app, "translate", "translate", "cli_translation", "Translate text from stdin"),
    (train_app, "translation", "train translation", "cli_translation", "Train a translator on parallel texts"),
    (evaluate_app, "translation", "evaluate translation", "cli_translation", "Say how good a translator is"),
    (app, "generate", "generate", "cli_lm", "Invent names of a language, or write text"),
    (train_app, "lm", "train lm", "cli_lm", "Train a language model"),
    (evaluate_app, "lm", "evaluate lm", "cli_lm", "Say how good a language model is"),
):
    _hand_over(*_given)


@train_app.command("names")
def train_names(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Weights file to write (.safetensors): the best network.")],
    model: Annotated[Model, typer.Option(help="Cell; window: the last letters only; ngram, hmm: by Bayes.")] = "elman",
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
    order: Annotated[int, typer.Option(help="Letters of an n-gram.")] = 4,
    method: Annotated[Method, typer.Option(help="How n-grams are smoothed.")] = "kneser-ney",
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

    if model in ("ngram", "hmm"):
        more = {"order": order, "method": method, "n_hidden": hidden or 16, "sampling": sampling or "name"}
        raise typer.Exit(cli_train.count_names(data, out, resume, model=model, seed=seed, held_out=held_out, **more))
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
def leaderboard() -> None:
    """Judge every shipped name classifier on the held-out names again; writes assets/leaderboard.json."""
    from engine import leaderboard as board

    board.ship()


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
