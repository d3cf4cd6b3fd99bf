"""The queue of training runs: real workers for what they do, small scripts in their place for how they fail."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest

from engine import checkpoints, weights
from engine.errors import InputError
from ui.job import DIED, UNREADABLE
from ui.jobs import FULL, LEFT, LONG_PAUSE, ONE_EACH, TURN_OVER, WAITING, Jobs

TINY = {"model": "elman", "recipe": "fast", "n_hidden": 8, "checks": 4, "lr": 0.03, "batch": 128}
LONG = TINY | {"steps": 10**6}

CHECK = {
    "index": 0, "file": "check-000.safetensors", "natural": {}, "uniform": {}, "train": {}, "confusion": [[1]],
    "score": 0.5, "best": True,
}  # fmt: skip
RECORD = {
    "type": "record", "step": 1, "progress": 0.1, "seconds": 1.0, "loss": 2.0, "windows": [[1, 2.5]],
    "example": {}, "line": "1 10% (0m 1s)", "check": CHECK,
}  # fmt: skip


@pytest.fixture
def data(tmp_path):
    """Two invented languages that the first letter tells apart."""
    draw = np.random.default_rng(0)
    for first, language in zip("ab", ("Aish", "Bish"), strict=True):
        names = {first + "".join(draw.choice(list("xyz"), 6)) for _ in range(80)}
        (tmp_path / f"{language}.txt").write_text("\n".join(sorted(names)), "utf-8")
    return tmp_path


@pytest.fixture
def managed():
    """`managed(**options)` → Jobs, closed at the end; afterwards no process is left."""
    made = []

    def make(**options) -> Jobs:
        made.append(Jobs(**{"beat": 0.05, "running": 1} | options))
        return made[-1]

    yield make
    for jobs in made:
        closed(jobs)


def closed(jobs: Jobs) -> None:
    """Close it; afterwards no process and no file is left."""
    processes = [worker.process for worker in jobs.workers]
    jobs.close()
    assert all(process.poll() is not None for process in processes)
    assert not jobs.folder.exists()


@pytest.fixture(scope="module")
def real():
    """Real workers, which take seconds to start: the one that gets warm in a test does the work of the next."""
    jobs = Jobs(beat=0.05, running=1)
    yield jobs
    closed(jobs)


def script(*messages, then="sys.stdin.readline()") -> tuple[str, ...]:
    """A process in a worker's place: ready, then these messages once it has its job."""
    lines = [line if isinstance(line, str) else json.dumps(line) for line in messages]
    text = 'import sys\nprint(\'{"type": "ready"}\', flush=True)\nif sys.stdin.readline():\n'
    return sys.executable, "-c", text + f"    print({chr(10).join(lines)!r}, flush=True)\n    {then}\n"


def until(true, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_a_run_from_start_to_end(real, data):
    jobs = real
    job = jobs.submit("me", TINY | {"steps": 150}, data)
    until(lambda: not job.live)
    assert (job.state, job.error, job.step, job.progress) == ("done", None, 150, 1.0)
    assert job.start["languages"] == ["Aish", "Bish"]
    assert [check["step"] for check in job.checks] == sorted({check["step"] for check in job.checks})
    assert job.checks[0]["step"] == 0
    assert all((job.folder / check["file"]).is_file() for check in job.looks)
    assert job.losses[-1][2] < job.losses[0][2]
    assert job.lines[-1].startswith("150 100% (0m")
    best = weights.load_file(job.best)
    assert best.params.n_hidden == 8
    assert best.card["natural"]["accuracy"] == max(check["natural"]["accuracy"] for check in job.checks) == 1.0
    until(lambda: any(worker.job is None for worker in jobs.workers))  # the next one is warm


def test_pause_stop_and_resume_lose_nothing(real, data):
    jobs = real
    job = jobs.submit("me", LONG, data)
    until(lambda: job.step > 20)
    jobs.pause(job)
    time.sleep(0.5)  # records come every 0.4 s
    step = job.step
    time.sleep(0.6)
    assert (job.state, job.step) == ("paused", step)
    jobs.resume(job)
    until(lambda: job.step > step)
    jobs.stop(job)
    until(lambda: not job.live)
    assert job.state == "stopped"
    stopped = job.step
    assert checkpoints.load_file(job.checkpoint)[0].step == stopped == job.checks[-1]["step"]
    jobs.resume(job)
    until(lambda: job.step > stopped)
    steps = [check["step"] for check in job.checks]
    assert len(steps) == len(set(steps))
    jobs.pause(job)
    jobs.stop(job)  # also out of a pause
    until(lambda: not job.live)
    assert job.state == "stopped"
    assert job.step >= stopped


def test_one_runs_the_others_wait_in_order(managed):
    jobs = managed(command=script({**RECORD, "check": None}))
    first = jobs.submit("a", {}, "x")
    second, third = jobs.submit("b", {}, "x"), jobs.submit("c", {}, "x")
    until(lambda: first.step == 1)
    assert [job.state for job in (first, second, third)] == ["running", "waiting", "waiting"]
    assert [jobs.place(job) for job in (second, third)] == [0, 1]
    with pytest.raises(InputError, match=ONE_EACH):
        jobs.submit("a", {}, "x")
    jobs.stop(second)  # before its turn: it leaves the queue
    assert second.state == "stopped"
    with pytest.raises(InputError):
        jobs.resume(second)
    jobs.pause(first)  # gives its place away
    until(lambda: third.step == 1)
    jobs.resume(first)
    assert (first.state, jobs.place(first)) == ("waiting", 0)
    jobs._signal(third, 9)
    until(lambda: first.state == "running")
    assert third.state == "failed"


def test_a_full_queue_is_said(managed):
    jobs = managed(command=script())
    for owner in range(1 + WAITING):
        jobs.submit(str(owner), {}, "x")
    with pytest.raises(InputError, match=FULL.format(n=WAITING)):
        jobs.submit("one too many", {}, "x")


@pytest.mark.parametrize(
    "line",
    [
        "nonsense", "[1]", '"record"', "{}", '{"type": "dance"}', '{"type": "record"}', "[" * 5000,
        json.dumps(RECORD | {"step": "many"}), json.dumps(RECORD | {"check": {"file": "../../x"}}),
    ],
)  # fmt: skip
def test_a_line_outside_of_the_protocol_ends_the_run_with_a_message(line, managed):
    jobs = managed(command=script(RECORD, line))
    job = jobs.submit("me", {}, "x")
    until(lambda: not job.live)
    assert (job.state, job.error) == ("failed", (UNREADABLE, {}))
    assert len(job.checks) == 1
    until(lambda: all(worker.job is None for worker in jobs.workers))


def test_the_death_of_a_worker_is_said_and_the_next_run_starts(managed):
    jobs = managed(command=script(RECORD, then="sys.exit(7)"))
    job, other = jobs.submit("me", {}, "x"), jobs.submit("you", {}, "x")
    until(lambda: not other.live)
    assert job.error == other.error == (DIED, {"code": 7})
    assert job.checks


def test_what_a_worker_says_is_wrong_is_the_error_of_the_run(managed):
    said = {"type": "error", "template": "At least two languages are needed: {n}.", "params": {"n": 1}}
    job = managed(command=script(said, then="sys.exit(2)")).submit("me", TINY, "one.tsv", "one.tsv")
    until(lambda: not job.live)
    assert (job.state, job.error) == ("failed", (said["template"], said["params"]))


OBEDIENT = f"""
import json, pathlib, sys
print('{{"type": "ready"}}', flush=True)
if job := sys.stdin.readline():
    print({json.dumps(RECORD | {"check": None})!r}, flush=True)
    if sys.stdin.readline() == "stop\\n":
        (pathlib.Path(json.loads(job)["folder"]) / "resume.safetensors").touch()
        print('{{"type": "end", "state": "stopped", "step": 1, "seconds": 1.0}}', flush=True)
"""


@pytest.mark.parametrize(
    ("options", "pause", "note"),
    [({"unseen": 0.2}, False, LEFT), ({"paused": 0.2}, True, LONG_PAUSE), ({"turn": 0.5}, False, TURN_OVER)],
)
def test_runs_end_by_themselves_with_a_checkpoint(options, pause, note, managed):
    """Nobody looks any more, a long pause, the turn is over: the worker is told to stop, and writes its checkpoint."""
    jobs = managed(command=(sys.executable, "-c", OBEDIENT), **options)
    job = jobs.submit("me", LONG, "x")
    job.seen += 3600 if note != LEFT else 0
    until(lambda: job.step or not job.live)
    if pause:
        jobs.pause(job)
    until(lambda: not job.live)
    assert (job.state, job.note[0]) == ("stopped", note)
    assert job.checkpoint.is_file()


def test_a_spare_that_died_is_passed_over(managed):
    end = {"type": "end", "state": "done", "step": 1, "seconds": 1.0}
    jobs = managed(command=script({**RECORD, "check": None}, end))
    jobs.workers[0].end()
    until(lambda: not jobs.workers or jobs.workers[0].process.poll() is not None)
    job = jobs.submit("me", TINY, "x")
    until(lambda: not job.live)
    assert (job.state, job.step) == ("done", 1)


def test_the_end_of_the_server_ends_its_processes():
    code = f"from ui.jobs import Jobs; jobs = Jobs({script()!r}); "
    code += "print(jobs.workers[0].process.pid, jobs.folder, flush=True)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not subprocess.run(["ps", "-p", told[0]], capture_output=True).stdout.decode().count(told[0])
    assert not subprocess.run(["ls", told[1]], capture_output=True).stdout
