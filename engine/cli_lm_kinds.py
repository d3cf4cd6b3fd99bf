"""What the commands for language models do with those that are no model of letters: which they are, train, write."""

from pathlib import Path

from engine.errors import InputError


def neural(model: str, data: str, out: Path, unit: str | None, options: dict, resume: Path | None, started) -> int:
    """Train a window or a recurrent network."""
    from engine import cli_nnlm

    unit = unit or ("character" if data.split(":")[0] == "names" else "word")
    return cli_nnlm.train(data, out, options | {"model": model, "unit": unit}, resume, started)


def other(weights: Path | None):
    """The module of commands for a file that holds no model of letters, or None."""
    if weights is None:
        return None
    from engine import cli_ngram, cli_nnlm

    return next((each for each in (cli_ngram, cli_nnlm) if each.is_one(weights)), None)


def write(other, weights: Path, options: dict, cuts: dict) -> None:
    """What another kind of model writes, a line each."""
    if cuts and other.__name__ == "engine.cli_ngram":
        raise InputError("An n-gram model is drawn from by its temperature alone, without --top-k and --top-p.")
    for text in other.generate(weights, **options, **cuts):
        print(text)  # noqa: T201
