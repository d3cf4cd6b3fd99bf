"""A worker process of `engine.worker` and the thread that listens to it."""

import json
import os
import secrets
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from ui.job import Job

ROOT = Path(__file__).resolve().parent.parent
LONGEST_LINE = 2_000_000  # characters


class Worker:
    """A process that waits for one job and tells how it goes; `hear` gets each line, then None at the end."""

    def __init__(self, command: Sequence[str], folder: Path, hear: Callable[["Worker", str | None], None]):
        self.errors = folder / f"worker-{secrets.token_hex(4)}.log"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | {"PYTHONIOENCODING": "utf-8"}, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8", errors="replace",
            )  # fmt: skip
        self.job: Job | None = None
        self.hear = hear
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        with suppress(OSError), self.process:  # closing stdin fails where the process went before it read its job
            while line := self.process.stdout.readline(LONGEST_LINE):
                self.hear(self, line)
        self.hear(self, None)
        self.errors.unlink(missing_ok=True)

    def give(self, job: Job, resume: Path | None) -> None:
        """Hand over the job. Raises OSError if the process is gone."""
        self.job = job
        task = job.task(resume)
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        """Ask it to end with a checkpoint; unlike SIGINT this is heard also while it still imports."""
        with suppress(OSError):
            self.process.stdin.write("stop\n")
            self.process.stdin.flush()
        self.signal(signal.SIGCONT)

    def signal(self, *signals: int) -> None:
        """Send signals; nothing happens if the process is gone."""
        for each in signals:
            self.process.send_signal(each)

    def end(self) -> None:
        """End the process at once."""
        self.signal(signal.SIGKILL)
