"""`python -m engine bleu HYP REF…`: BLEU of a file of translations against files of references, as JSON."""

import gzip
import json
import zlib
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from engine import bleu, bleu_words, sentences
from engine.cli_stream import one_line_errors
from engine.errors import InputError

app = typer.Typer(help="BLEU.", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
MOST_ORDERS = 20
Tokenize = StrEnum("Tokenize", {name: name for name in bleu_words.TOKENIZE})
Smoothing = StrEnum("Smoothing", {name: name for name in bleu.SMOOTHING})


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file, .gz too. Raises InputError with file and line, OSError where it is not to be read."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            return list(
                chain.from_iterable(sentences.lines(gzip.GzipFile(fileobj=file) if packed else file, str(path)))
            )
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError("{file} is damaged and can't be opened. Make it again.", file=str(path)) from error


@app.command("bleu")
def score(
    hypotheses: Annotated[Path, typer.Argument(metavar="HYP", help="Translations, one a line; .gz too.")],
    references: Annotated[list[Path], typer.Argument(metavar="REF...", help="One or more files, line by line.")],
    lower: Annotated[bool, typer.Option("--lower", help="In lower case.")] = False,
    tokenize: Annotated[
        Tokenize, typer.Option(help="13a: as mteval-v13a; none: parted by blanks; char: characters.")
    ] = Tokenize["13a"],
    smooth: Annotated[Smoothing, typer.Option(help="Of orders without a match.")] = Smoothing["exp"],
    order: Annotated[int, typer.Option(min=1, max=MOST_ORDERS, help="N, the longest n-grams.")] = bleu.ORDER,
) -> None:  # fmt: skip
    """BLEU of a corpus, 0 to 100, as one JSON object; the defaults are those of sacrebleu."""
    with one_line_errors():
        texts = {path: read_lines(path) for path in (hypotheses, *references)}
        n_lines = len(texts[hypotheses])
        for path in references:
            if len(texts[path]) != n_lines:
                raise InputError("{a} has {n:,} lines, {b} has {m:,}; they must have as many.", a=str(hypotheses),
                                 n=n_lines, b=str(path), m=len(texts[path]))  # fmt: skip
        if not n_lines:
            raise InputError("{file} is empty.", file=str(hypotheses))
        words = {path: bleu_words.cut(lines, tokenize, lower) for path, lines in texts.items()}
        counted = bleu.statistics(words[hypotheses], [words[path] for path in references], order).summed()
        found = bleu.bleu(counted, smooth)
        told = {
            "bleu": 100 * float(found.bleu[0]), "precisions": (100 * found.precisions[0]).tolist(),
            "bp": float(found.bp[0]), "c": int(counted.c[0]), "r": int(counted.r[0]), "n": order,
            "tokenize": tokenize, "lower": lower, "smooth": smooth, "n_references": len(references),
            "n_lines": n_lines,
        }  # fmt: skip
        typer.echo(json.dumps(told))
