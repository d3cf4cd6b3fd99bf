"""A training process for the page: `python -m engine.worker`, one job, JSON lines in and out.

Protocol. The process imports everything and writes `{"type": "ready"}`; then it reads ONE line from stdin:

    {"params": {fields of TrainParams}, "data": path, "data_name": file name or "", "folder": run folder,
     "resume": path of a resume.safetensors or null, "kind": a key of WORK}

(`data` is a folder or a file as `engine.names.read` takes it; `data_name` its name on the card) and writes:

    {"type": "start", "params": settled, "languages": [...], "counts": [training names a language],
     "n_held_out": int, "n_bad": rows left out}
    {"type": "record", "step", "progress": 0…1, "seconds", "loss": mean or null, "windows": [[step, mean loss of
     1000 names], ...], "example": {name, guess, truth, ok, loss} or null, "line": the lecture's log line, "check":
     null or {"index", "file", "natural": {metrics}, "uniform": {metrics}, "train": {metrics}, "confusion":
     [[language × guess]], "score", "best": bool}}        about every 0.4 s, and at each checkpoint
    {"type": "end", "state": "done" | "stopped", "step", "seconds"}
    {"type": "error", "template": English message id, "params": {...}}      exit code 2

In the run folder: `check-000.safetensors` (the untrained network) and on, one a checkpoint; `best.safetensors`,
`last.safetensors` (both ordinary weights files) and `resume.safetensors`, renewed at each checkpoint.

A job of the kind "memory" has the fields of MemoryParams as params, and neither data nor resume; its records hold
"step", "progress", "seconds", "loss", "gradient" and "accuracy" (null between two looks), its end "figures" as well,
and in the run folder lies `run.safetensors`, as engine.memory_file reads it.

A job of the kind "translation" has the fields of TranslationParams as params, "data": "grammar" or the path of a
.tsv (source TAB target), "data_name", "languages": ["de", "en"], "size" and "data_seed" of the grammar, "looked_at":
the sentence whose alignment is followed, or "", "folder" and "resume". It writes:

    {"type": "start", "params": settled, "languages": [...], "n_train", "n_held_out", "n_bad", "n_source", "n_target":
     words of the vocabularies, "looked_at": the sentence as tokens between blanks}
    {"type": "record", "step", "progress", "seconds", "loss", "speed": target words a second, "check": null or {"index":
     from 0 in each process, "loss", "bleu", "exact", "error": alignment error rate or null, "best", "look": {"source":
     [...], "target": [...], "weights": [[target × source]] or null}}, and with a check "line": the log line}

In the run folder: `best.safetensors` and `last.safetensors` (translators, see engine.translation.files) and
`resume.safetensors`, renewed at each check.

A job of the kind "measure" has the fields of MeasureParams as params, and neither data nor resume; its records hold
"progress", "seconds", "layer", "n", "forward", "both" and "saved", its start what is said of the machine as well.

A job of the kind "nnlm" has the fields of TrainingParams (engine.nnlm_records) as params, "data": a key of
engine.corpora or the path of a .txt, "folder" and "resume"; its start holds "params", "n_train", "n_held_out" and
"n_words", its records are those of engine.nnlm_records.told, and its files those of a translator.

It stops with a checkpoint on SIGINT, on the line `stop`, and when stdin closes (the parent has gone). SIGSTOP and
SIGCONT pause it; the run's clock stands still meanwhile. It runs at nice 10 on one thread.
"""

import json
import math
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import torch

from engine import complexity_measure, memory, memory_file, memory_training, nnlm_records, nnlm_training
from engine.checkpoints import Saver, load_file, write
from engine.driver import drive
from engine.errors import InputError
from engine.names import Reading, counts, read, split
from engine.records import Record, TrainParams, log_line
from engine.training import classifier_params, train
from engine.translation import checkpoints, data, training
from engine.translation.records import TranslationParams, told


def plain(value: object) -> object:
    """The same value as JSON can hold it: tuples with names as objects, arrays as lists, nan as null."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def say(kind: str, **content: object) -> None:
    """One line to the page."""
    sys.stdout.write(json.dumps({"type": kind, **plain(content)}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _read(job: dict) -> Reading:
    """The names of a job."""
    if job.get("data_name") and Path(job["data"]).is_file():
        return read(Path(job["data"]).read_bytes(), job["data_name"])
    return read(job["data"])


def _params(job: dict) -> tuple[TrainParams, object]:
    """The parameters and the checkpoint to go on from: its own parameters, with the length of the job."""
    params = TrainParams(**job["params"]).settled()
    if not job.get("resume"):
        return params, None
    resume, old = load_file(job["resume"])
    return replace(old, steps=params.steps, seconds=params.seconds), resume


def work(job: dict, stop: threading.Event) -> None:
    """Do one job, from `start` to `end`."""
    reading, (params, resume) = _read(job), _params(job)
    folder = Path(job["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    part, held = split(reading.names, params.split_seed, params.held_out)
    rnn = classifier_params(part, params)
    say("start", params=vars(params), languages=rnn.languages, counts=counts(part), n_held_out=len(held.texts),
        n_bad=len(reading.bad))  # fmt: skip
    files = [folder / f"{name}.safetensors" for name in ("best", "last", "resume")]
    saver = Saver(*files, params, rnn, job.get("data_name") or Path(job["data"]).name)
    for record in train(reading.names, params, resume, stop=stop.is_set):
        say("record", **_news(record, saver, folder))
    say("end", state="stopped" if record.progress < 1 else "done", step=record.step, seconds=record.seconds)


def _news(record: Record, saver: Saver, folder: Path) -> dict:
    """A record as the page gets it; its networks go to the run folder."""
    news = record._asdict() | {"line": log_line(record)}
    if record.check is None:
        return news
    index = len(list(folder.glob("check-*.safetensors")))
    file = f"check-{index:03}.safetensors"
    write(folder / file, saver.blob(record))
    saver.save(record)
    check = record.check._asdict()
    del check["net"], check["resume"]
    return news | {"check": {"index": index, "file": file, **check}}


def remember(job: dict, stop: threading.Event) -> None:
    """Do one job of the kind "memory", from `start` to `end`."""
    params, records = memory.MemoryParams(**job["params"]).checked(), []
    folder = Path(job["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    say("start", params=vars(params))
    for record in memory_training.train(params, stop.is_set):
        records.append(record)
        say("record", **record._replace(net=None)._asdict())
    run = memory_training.finished(params, records)
    write(folder / "run.safetensors", memory_file.dumps([run]))
    state = "stopped" if record.progress < 1 else "done"
    say("end", state=state, step=record.step, seconds=record.seconds, figures=run.figures)


def translate(job: dict, stop: threading.Event) -> None:
    """Do one job of the kind "translation", from `start` to `end`."""
    started, params, resume = time.perf_counter(), TranslationParams(**job["params"]), None
    folder, languages = Path(job["folder"]), tuple(job.get("languages") or ("de", "en"))
    folder.mkdir(parents=True, exist_ok=True)
    if job.get("resume"):
        resume, old = checkpoints.load_file(job["resume"])
        params = replace(old, steps=params.steps, seconds=params.seconds)
    reading = data.read(
        job["data"], languages, int(job.get("size") or data.GRAMMAR_SIZE), int(job.get("data_seed") or 0)
    )
    pairs = reading.pairs._replace(name=job.get("data_name") or reading.pairs.name)
    run = training.Run(pairs, params.settled(pairs.cut), resume, started, job.get("looked_at") or None)
    say("start", **training.about(run), n_bad=len(reading.bad))
    about = {"languages": languages} | ({"size": len(pairs.source)} if pairs.cut else {})
    saver = checkpoints.Saver([folder / f"{name}.safetensors" for name in ("best", "last", "resume")], run, about)
    index = 0
    for record in training.drive(run, stop.is_set):
        if record.check:
            saver.save(record)
        say("record", **told(record, index))
        index += bool(record.check)
    say("end", state="stopped" if record.progress < 1 else "done", step=record.step, seconds=record.seconds)


def measure(job: dict, stop: threading.Event) -> None:
    """Do one job of the kind "measure", from `start` to `end`."""
    params, at = complexity_measure.MeasureParams(**job["params"]).checked(), [0.0, 0.0]
    say("start", params=vars(params), about=complexity_measure.about(params))
    for *at, point in complexity_measure.measure(params, stop.is_set):
        say("record", progress=at[0], seconds=at[1], **point._asdict())
    say("end", state="stopped" if at[0] < 1 else "done", seconds=at[1])


def model_text(job: dict, stop: threading.Event) -> None:
    """Do one job of the kind "nnlm", from `start` to `end`."""
    started, params, resume = time.perf_counter(), nnlm_records.TrainingParams(**job["params"]).settled(), None
    folder, index = Path(job["folder"]), 0
    folder.mkdir(parents=True, exist_ok=True)
    if job.get("resume"):
        resume, old = nnlm_training.load_resume(job["resume"])
        params = replace(old, steps=params.steps, seconds=params.seconds)
    run = nnlm_training.Run(nnlm_training.read(job["data"], params.unit), params, resume, started)
    sizes = {"n_train": len(run.corpus.train), "n_held_out": len(run.corpus.held), "n_words": run.vocabulary.n}
    say("start", params=vars(params), **sizes)
    saver = nnlm_training.Saver([folder / f"{name}.safetensors" for name in ("best", "last", "resume")], run)
    for record in drive(run, stop.is_set):
        if record.check:
            saver.save(record)
        say("record", **nnlm_records.told(record, index))
        index += bool(record.check)
    say("end", state="stopped" if record.progress < 1 else "done", step=record.step, seconds=record.seconds)


WORK = {"names": work, "memory": remember, "translation": translate, "measure": measure, "nnlm": model_text}


def _listen(stop: threading.Event) -> None:
    """Wait for `stop` or the end of stdin."""
    while (line := sys.stdin.readline()) and line.strip() != "stop":
        pass
    stop.set()


def main() -> int:
    """Serve one job; the exit code is 0, or 2 after an error."""
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    os.nice(10)
    torch.set_num_threads(1)
    try:
        say("ready")
        if not (line := sys.stdin.readline()):
            return 0
        threading.Thread(target=_listen, args=(stop,), daemon=True).start()
        job = json.loads(line)
        WORK[job.get("kind", "names")](job, stop)
    except BrokenPipeError:
        return 0
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as problem:
        error = problem if isinstance(problem, InputError) else InputError("{reason}", reason=problem)
        params = {key: value if isinstance(value, int | float) else str(value) for key, value in error.params.items()}
        say("error", template=error.template, params=params)
        return 2
    return 0


if __name__ == "__main__":
    os._exit(main())  # at once: a thread may still wait for stdin
