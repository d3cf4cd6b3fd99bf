"""`segment`, `tag`, `train tagger`, `evaluate tagger`: models at work on text, streamed."""

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
from engine.cli_stream import one_line_errors
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


class Segmenter(StrEnum):
    """Which of jieba's models cuts."""

    hmm = "hmm"
    network = "network"


class Lines(StrEnum):
    """How segmented lines are written."""

    text = "text"
    json = "json"


@app.callback()
def _work() -> None:
    """Segment Chinese, tag English."""


@app.command()
def segment(
    delimiter: Annotated[str, typer.Option(help="What stands between words.")] = " ",
    model: Annotated[Segmenter, typer.Option(help="jieba's HMM, or its network of GRUs with a CRF.")] = Segmenter.hmm,
    tags: Annotated[bool, typer.Option("--tags", help="word/TAG; of the network only.")] = False,
    form: Annotated[
        Lines, typer.Option("--format", help="Words on one line, or a JSON object: words, and the network's tags.")
    ] = Lines.text,
    unchanged: Annotated[
        bool, typer.Option("--unchanged", help="The network reads full-width marks and capitals as they are.")
    ] = False,
) -> None:  # fmt: skip
    """Segment Chinese text from stdin, a line out for a line in; pieces of nothing but white space are left out."""
    with one_line_errors():
        if model is Segmenter.hmm and (tags or unchanged):
            raise InputError("{option} needs --model network.", option="--tags" if tags else "--unchanged")
        for batch in sentences.lines(sys.stdin.buffer):
            found = _by_network(batch, unchanged) if model is Segmenter.network else _by_hmm(batch)
            shown = tags or form is Lines.json
            _write(_line(words, given if shown else None, delimiter, form) for words, given in found)


Cut = tuple[list[str], list[str] | None]  # the words of a line and their tags; the HMM has none


def _by_hmm(batch: list[str]) -> Iterator[Cut]:
    from engine.segment import segment as cut

    for text in batch:
        yield [word for word in cut(text) if not word.isspace()], None


def _by_network(batch: list[str], unchanged: bool) -> Iterator[Cut]:
    import torch

    from engine import bigru_crf, bigru_crf_bulk

    torch.set_num_threads(1)  # small matrices: a second thread only spins
    for words in bigru_crf_bulk.read(bigru_crf.shipped(), batch, folded=not unchanged):
        kept = [word for word in words if not word.text.isspace()]
        yield [word.text for word in kept], [word.tag for word in kept]


def _line(words: list[str], tags: list[str] | None, delimiter: str, form: Lines) -> str:
    if form is Lines.json:
        return json.dumps({"words": words} | ({} if tags is None else {"tags": tags}), ensure_ascii=False)
    return delimiter.join(words if tags is None else map("/".join, zip(words, tags, strict=True)))


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
