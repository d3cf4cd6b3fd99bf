"""`score tag | segment | translate | lm`, and names by several models: rows in, a column a model out, streamed."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import pandas as pd
import pyarrow as pa
import torch
import typer

from engine import files, scoring_compare
from engine.cli_stream import Header, Prior, Progress, Summary, one_line_errors, sink, source
from engine.errors import InputError
from engine.readers.encoding import ENCODINGS
from engine.readers.stream import Chunk, Wanted, chunks
from engine.scoring_tasks import TASKS, Settings, run

app = typer.Typer(help="Score files with one model or several.", no_args_is_help=True)
PARTS = {"names": 20_000, "tag": 2_000, "segment": 1_000, "translate": 100, "lm": 10_000}

In = Annotated[str, typer.Argument(metavar="IN", help=".txt .csv .tsv .xlsx .zip .gz, or - for stdin.")]
Out = Annotated[str, typer.Option(help="Where to write: .csv or .parquet, or - for CSV on stdout.")]
Models = Annotated[list[str] | None, typer.Option("--model", help="Give it again for a column each.")]
Column = Annotated[str | None, typer.Option(help="Column of texts, by name or number; default: guessed.")]
Head = Annotated[Header, typer.Option(help="Whether the first row names the columns.")]
Encoding = Annotated[str | None, typer.Option(help="Encoding of the text; default: detected.")]
Bad = Annotated[Path | None, typer.Option(help="A .csv that lists the rows left out.")]


@app.callback()
def _score() -> None:
    """Score files with one model or several."""


def stream(
    task: str, models: Sequence[str] | None, settings: Settings, given: str, out: str, wanted: Wanted, bad: Path | None
) -> None:
    """Read `given` in chunks, write a row a text to `out` as it goes: constant memory, whatever the size."""
    with one_line_errors(), ExitStack() as stack:
        torch.set_num_threads(1)
        if wanted.encoding is not None and wanted.encoding not in ENCODINGS:
            raise InputError("Unknown encoding {name}; known: {all}.", name=wanted.encoding, all=", ".join(ENCODINGS))
        models = list(dict.fromkeys(models or TASKS[task].first[:1]))
        opened, file = source(given, stack)
        written, parquet = sink(out, stack)
        for model in models:
            run(task, model, [], settings)  # an unknown name or a missing file is told before anything is read
        rejected = files.BadWriter(stack.enter_context(files.replacing(bad))) if bad else None
        writer, progress, summary = files.Writer(written, parquet), Progress(opened, " rows"), Summary("rows")
        for chunk in stack.enter_context(closing(chunks(opened, file, wanted))):
            for at in range(0, len(chunk.texts), PARTS[task]):
                writer.write(_table(task, models, settings, chunk, slice(at, at + PARTS[task])))
            if rejected:
                rejected.write(chunk.bad)
            summary.add(chunk)
            progress.step(chunk)
        progress.bar.close()
        writer.close()
        if rejected:
            rejected.close()
        if not summary.scored:
            raise InputError("No row could be scored: {reasons}", reasons="; ".join(summary.reasons) or "no rows")
        summary.tell(bool(rejected))


def _table(task: str, models: Sequence[str], settings: Settings, chunk: Chunk, part: slice) -> pa.Table:
    """Columns (file,) line, text, and what each model says."""
    texts = chunk.texts[part]
    found = {model: run(task, model, texts, settings) for model in models}
    names = {"file": [chunk.file] * len(texts)} if " · " in chunk.file else {}
    names |= {"line": chunk.lines[part], "text": chunk.names[part]}
    answers = scoring_compare.columns(found, drop="answer" if task == "lm" else "")
    return pa.Table.from_pandas(pd.concat([pd.DataFrame(names), answers], axis=1), preserve_index=False)


def _wanted(column: str | None, header: Header, encoding: str | None, texts: bool = True) -> Wanted:
    return Wanted(column, {"auto": None, "yes": True, "no": False}[header], encoding, texts)


@app.command("tag")
def tag(
    given: In, out: Out = "-", model: Models = None, column: Column = None, header: Head = Header.auto,
    encoding: Encoding = None, bad: Bad = None,
) -> None:  # fmt: skip
    """Tags of English sentences: by hmm (the trigram tagger) or usual (each word's most frequent tag)."""
    stream("tag", model, Settings(), given, out, _wanted(column, header, encoding), bad)


@app.command("segment")
def segment(
    given: In, out: Out = "-", model: Models = None, column: Column = None, header: Head = Header.auto,
    encoding: Encoding = None, bad: Bad = None,
) -> None:  # fmt: skip
    """Words of Chinese sentences: by hmm, network (jieba's trained one) or jieba (its dictionary)."""
    stream("segment", model, Settings(), given, out, _wanted(column, header, encoding), bad)


@app.command("translate")
def translate(
    given: In, out: Out = "-", model: Models = None, column: Column = None, header: Head = Header.auto,
    encoding: Encoding = None, bad: Bad = None, beam: Annotated[int, typer.Option(min=1, max=20)] = 1,
) -> None:  # fmt: skip
    """German sentences in English: by lstm, gru, gru-attention, gru-attention-dot or transformer."""
    stream("translate", model, Settings(beam=beam), given, out, _wanted(column, header, encoding), bad)


@app.command("lm")
def weigh(
    given: In, out: Out = "-", model: Models = None, column: Column = None, header: Head = Header.auto,
    encoding: Encoding = None, bad: Bad = None,
    corpus: Annotated[str, typer.Option(help="names, names:Italian, grammar:en, grammar:de, pydoc.")] = "grammar:en",
    unit: Annotated[str, typer.Option(help="word or character; names: character.")] = "word",
) -> None:  # fmt: skip
    """Bits a token, log-probability and perplexity: by 1-gram … 5-gram, window or gru."""
    read = "character" if corpus.partition(":")[0] == "names" else unit
    stream("lm", model, Settings(corpus=corpus, unit=read), given, out, _wanted(column, header, encoding), bad)


def names(
    given: str, out: str, models: Sequence[str], prior: Prior, column: str | None, header: Header,
    encoding: str | None, bad: Path | None,
) -> None:  # fmt: skip
    """Languages of names by several networks, a column each."""
    wanted = _wanted(column, header, encoding, texts=False)
    stream("names", models, Settings(prior=prior.value), given, out, wanted, bad)
