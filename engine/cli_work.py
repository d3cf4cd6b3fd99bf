"""`segment`, `tag`, `train tagger`, `evaluate tagger`: hidden Markov models at work on text, streamed."""

import json
import sys
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine import sentences, tagger_file
from engine.checkpoints import write
from engine.cli_score import one_line_errors
from engine.errors import InputError
from engine.tagger import Tagger

app = typer.Typer(
    help="Segment Chinese, tag English.", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip

Weights = Annotated[Path | None, typer.Option("--weights", help="A tagger (.safetensors); default: the shipped one.")]
Data = Annotated[
    Path, typer.Option("--data", help=".tsv or .tsv.gz: word TAB UPOS [TAB XPOS], a blank line a sentence.")
]


class Form(StrEnum):
    """How tagged words are written."""

    text = "text"
    tsv = "tsv"


@app.callback()
def _work() -> None:
    """Segment Chinese, tag English."""


@app.command()
def segment(
    delimiter: Annotated[str, typer.Option(help="What stands between words.")] = " ",
) -> None:
    """Segment Chinese text from stdin, a line out for a line in; pieces of nothing but white space are left out."""
    from engine.segment import segment as cut

    with one_line_errors():
        for batch in sentences.lines(sys.stdin.buffer):
            _write(delimiter.join(word for word in cut(text) if not word.isspace()) for text in batch)


@app.command()
def tag(
    weights: Weights = None,
    form: Annotated[
        Form, typer.Option("--format", help="word_TAG on one line, or a word a line: word TAB tag.")
    ] = Form.text,
    split: Annotated[
        bool, typer.Option(help="Cut lines into sentences and words; else words are parted by spaces.")
    ] = True,
) -> None:  # fmt: skip
    """Tag English text from stdin. As text: a line out for a line in. As tsv: a blank line after each sentence."""
    with one_line_errors():
        tagger = load(weights)
        for batch in sentences.lines(sys.stdin.buffer):
            cut = sentences.words(batch) if split else [[text.split()] if text.split() else [] for text in batch]
            _write(_shown(cut, tagger, form))


def load(weights: Path | None) -> Tagger:
    """The tagger of a file, or the shipped one."""
    return tagger_file.load_file(weights) if weights else tagger_file.load_shipped()


def _shown(texts: list[list[list[str]]], tagger: Tagger, form: Form) -> Iterator[str]:
    flat = [sentence for text in texts for sentence in text]
    tags = (tagger.tags[at] for at in tagger.tags_only(flat)[0].tolist())
    for text in texts:
        if form is Form.text:
            yield " ".join(f"{word}_{next(tags)}" for sentence in text for word in sentence)
            continue
        for sentence in text:
            yield from (f"{word}\t{next(tags)}" for word in sentence)
            yield ""


def _write(lines: Iterator[str]) -> None:
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"))
    sys.stdout.buffer.flush()


@app.command("train tagger")
def train_tagger(
    data: Data, out: Annotated[Path, typer.Option("--out", help="Weights file to write (.safetensors).")]
) -> None:
    """Count tagged text into a tagger; prints what was counted as JSON."""
    with one_line_errors():
        started = time.perf_counter()
        given = tagger_file.read_file(data)
        tagger = tagger_file.train(given)
        about = {"data": data.name, "sentences": len(given), "words": sum(map(len, given))}
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            write(out, tagger_file.dumps(tagger.counts, about))
        except OSError as error:
            raise InputError("{path} cannot be written: {reason}.", path=str(out),
                             reason=error.strerror or str(error)) from error  # fmt: skip
        about |= {"out": str(out), "tags": len(tagger.tags), "states": len(tagger.counts.states)}
        typer.echo(json.dumps(about | {"seconds": round(time.perf_counter() - started, 2)}, ensure_ascii=False))


@app.command("evaluate tagger")
def evaluate_tagger(data: Data, weights: Weights = None) -> None:
    """Print n, accuracy, n_unknown and accuracy_unknown as one JSON object; null is the accuracy of no words."""
    with one_line_errors():
        found = load(weights).evaluate(tagger_file.read_file(data))._asdict()
        typer.echo(json.dumps({key: None if value != value else round(value, 6) for key, value in found.items()}))
