"""Training for the whole server: a bounded queue of worker processes, one kept warm, watched, paused and resumed.

Nothing here calls Streamlit: its threads belong to no session.
"""

import atexit
import logging
import math
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from engine.errors import N_, InputError
from ui.job import DIED, UNREADABLE, Job, Unreadable
from ui.worker import Worker

log = logging.getLogger("unrolled")

COMMAND = (sys.executable, "-m", "engine.worker")
WAITING = 8  # jobs in the queue
KEPT = 40  # runs whose files a server keeps
UNSEEN = 90.0  # seconds without a sign of the session, then its run is stopped; hidden tabs beat once a minute
PAUSED = 60.0  # seconds that a suspended process may keep its memory
TURN = 300.0  # seconds of training in one go
STUBBORN = 20.0  # seconds that a worker has for its last checkpoint

LEFT = N_("Stopped because its page was closed. Its last checkpoint is kept: Resume goes on from there.")
LONG_PAUSE = N_("Paused for more than a minute: the run has moved to its checkpoint, Resume goes on from there.")
TURN_OVER = N_("Stopped after {minutes} minutes, the most for one go. Resume goes on from there.")
ONE_EACH = N_("One run at a time: stop the one that is going on, or wait for its end.")
FULL = N_("{n} runs are waiting already. Try again in a few minutes.")
NOTHING_KEPT = N_("There is no checkpoint to go on from.")


class Jobs:
    """All runs of a server. Every method may be called from any thread.

    command: how a worker is started. running: how many train at a time. unseen, paused, turn: limits in seconds
    (see the constants). beat: seconds between two looks of the watch.
    """

    def __init__(
        self, command: Sequence[str] = COMMAND, running: int | None = None, *, unseen: float = UNSEEN,
        paused: float = PAUSED, turn: float = TURN, beat: float = 1.0,
    ):  # fmt: skip
        self.command, self.running = tuple(command), running or max(1, (os.cpu_count() or 1) // 2)
        self.unseen, self.paused, self.turn, self.beat = unseen, paused, turn, beat
        self.folder = Path(tempfile.mkdtemp(prefix="unrolled-runs-"))
        self.lock, self.closed = threading.RLock(), threading.Event()
        self.jobs: dict[str, Job] = {}
        self.queue: list[Job] = []
        self.workers: list[Worker] = []  # warm, or at a job
        self.retired: list[Worker] = []  # done with their job, not yet gone
        self._warm()
        threading.Thread(target=self._watch, daemon=True).start()
        atexit.register(self.close)

    def submit(
        self, owner: str, params: dict, data: Path | str = "", data_name: str = "", kind: type[Job] = Job
    ) -> Job:  # fmt: skip
        """Put a run in the queue. Raises InputError if the session has one already or the queue is full."""
        with self.lock:
            self._admit(owner)
            name = f"run-{secrets.token_hex(4)}"
            job = kind(name, owner, dict(params), str(data), data_name, self.folder / name)
            job.folder.mkdir()
            self.jobs[name] = job
            self._forget()
            self._enqueue(job)
        return job

    def get(self, name: str | None, kind: type[Job] = Job) -> Job | None:
        """The run of this name, if the server still has it and it is of this kind."""
        job = self.jobs.get(name or "")
        return job if type(job) is kind else None

    def place(self, job: Job) -> int:
        """How many runs stand before it in the queue."""
        with self.lock:
            return self.queue.index(job) if job in self.queue else 0

    def touch(self, job: Job) -> None:
        """A sign that its session is there."""
        job.seen = time.monotonic()

    def pause(self, job: Job) -> None:
        """Suspend a running process; its place is free for another run."""
        with self.lock:
            if job.state == "running":
                self._signal(job, signal.SIGSTOP)
                job.turn("paused")
                self._advance()

    def resume(self, job: Job) -> None:
        """Go on with a paused run, or with a stopped one from its checkpoint. Raises InputError if that cannot be."""
        with self.lock:
            if job.state == "paused":
                job.turn("waiting")
                self.queue.insert(0, job)
                self._advance()
            elif not job.live:
                if not job.checkpoint.is_file():
                    raise InputError(NOTHING_KEPT)
                self._admit(job.owner)
                job.error = job.note = None
                self.touch(job)
                self._enqueue(job)

    def stop(self, job: Job, note: tuple[str, dict] | None = None) -> None:
        """End a run; the process writes a last checkpoint first."""
        with self.lock:
            if not job.live or job.state == "stopping":
                return
            job.note = note
            self.queue = [other for other in self.queue if other is not job]
            if worker := self._worker(job):
                job.turn("stopping")
                worker.stop()
            else:
                job.turn("stopped")

    def close(self) -> None:
        """End every process that was started here and remove all files."""
        self.closed.set()
        atexit.unregister(self.close)
        with self.lock:
            workers, self.queue = [*self.workers, *self.retired], []
        for worker in workers:
            worker.end()
        for worker in workers:
            if worker.thread is not threading.current_thread():
                worker.thread.join(5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _admit(self, owner: str) -> None:
        if any(job.live and job.owner == owner for job in self.jobs.values()):
            raise InputError(ONE_EACH)
        if len(self.queue) >= WAITING:
            raise InputError(FULL, n=len(self.queue))

    def _enqueue(self, job: Job) -> None:
        job.turn("waiting")
        self.queue.append(job)
        self._advance()

    def _forget(self) -> None:
        """Drop the oldest finished runs with their files."""
        over = [job for job in self.jobs.values() if not job.live]
        for job in over[: max(0, len(self.jobs) - KEPT)]:
            del self.jobs[job.id]
            shutil.rmtree(job.folder, ignore_errors=True)

    def _worker(self, job: Job) -> Worker | None:
        return next((worker for worker in self.workers if worker.job is job), None)

    def _signal(self, job: Job, *signals: int) -> None:
        if worker := self._worker(job):
            worker.signal(*signals)

    def _warm(self) -> Worker:
        """A worker without a job; started if there is none."""
        spare = next((worker for worker in self.workers if worker.job is None), None)
        if spare is None:
            spare = Worker(self.command, self.folder, self._hear)
            self.workers.append(spare)
        return spare

    def _advance(self) -> None:
        """Start what may start."""
        busy = [worker for worker in self.workers if worker.job and worker.job.state in ("running", "stopping")]
        for job in self.queue[: max(0, self.running - len(busy))]:
            self.queue.remove(job)
            job.turn("running")
            job.until = job.seconds + self.turn
            if self._worker(job):
                self._signal(job, signal.SIGCONT)
            else:
                self._give(job)

    def _give(self, job: Job) -> None:
        """Hand a run to a warm worker; one that has died while it waited is passed over."""
        for _ in range(3):
            worker = self._warm()
            try:
                return worker.give(job, job.checkpoint if job.checkpoint.is_file() else None)
            except OSError:
                worker.job = None
                self.workers.remove(worker)
        job.fail(DIED, code="—")

    def _hear(self, worker: Worker, line: str | None) -> None:
        with self.lock:
            job = worker.job
            if line is None:
                self._gone(worker, job)
            elif job and job.live:
                try:
                    job.hear(line)
                except Unreadable as error:
                    log.error("a training process said %r", str(error))
                    job.fail(UNREADABLE)
                    worker.end()
                if not job.live:
                    self._next(worker)

    def _gone(self, worker: Worker, job: Job | None) -> None:
        """A process has ended."""
        if worker in self.retired:
            self.retired.remove(worker)
        elif not self.closed.is_set() and job:
            code = worker.process.returncode
            log.error("a training process ended with %s: %s", code, worker.errors.read_text("utf-8", "replace")[-2000:])
            job.fail(DIED, code=code)
            self._next(worker)
            self.retired.remove(worker)
        elif worker in self.workers:
            self.workers.remove(worker)

    def _next(self, worker: Worker) -> None:
        """A worker has done its job: it leaves, the next run may start, and the next worker gets warm."""
        worker.job = None
        self.workers.remove(worker)
        self.retired.append(worker)
        if not self.closed.is_set():
            self._advance()
            self._warm()

    def _watch(self) -> None:
        while not self.closed.wait(self.beat):
            with self.lock:
                for job in [job for job in self.jobs.values() if job.live]:
                    self._look(job, time.monotonic())

    def _look(self, job: Job, now: float) -> None:
        if now - job.seen > self.unseen:
            self.stop(job, (LEFT, {}))
        elif job.state == "paused" and now - job.since > self.paused:
            self.stop(job, (LONG_PAUSE, {}))
        elif job.state == "running" and job.seconds > job.until:
            self.stop(job, (TURN_OVER, {"minutes": math.ceil(self.turn / 60)}))
        elif job.state == "stopping" and now - job.since > STUBBORN:
            self._signal(job, signal.SIGKILL)
