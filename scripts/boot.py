"""A running app for browser tests and screenshots: started as `make run` does, on a free port, ended by its pid.

`python -m scripts.boot SCRIPT` serves another script with the same headers (PORT and HOST as for serve.py).
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Served(NamedTuple):
    """Where an app answers, where its log is written, its process id and the seconds until it answered."""

    url: str
    log: Path
    pid: int
    seconds: float


def free_port() -> int:
    """A TCP port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(url: str, process: subprocess.Popen, log: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=2).close()
            return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            if process.poll() is not None:
                break
            time.sleep(0.05)
    raise RuntimeError(f"the app did not start:\n{log.read_text('utf-8')}")


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def serving(script: Path | str | None = None, seconds: float = 120) -> Iterator[Served]:
    """Serve the app, or `script` in its place, and wait until it answers. Raises RuntimeError with its log."""
    port, started = free_port(), time.monotonic()
    url, command = f"http://127.0.0.1:{port}", ["-m", "scripts.boot", str(script)] if script else ["serve.py"]
    with tempfile.NamedTemporaryFile("w+b", suffix=".log") as log:
        environment = os.environ | {"PORT": str(port), "HOST": "127.0.0.1"}
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait(url, process, Path(log.name), seconds)
            yield Served(url, Path(log.name), process.pid, time.monotonic() - started)
        finally:
            _end(process)


def main(script: str) -> None:
    """Serve `script` alone, with the headers and the error hook of the app."""
    import streamlit as st

    from ui import server

    server.settle()
    app = st.App(
        Path(script).resolve(), routes=server.ROUTES, middleware=server.MIDDLEWARE, on_script_error=server.report
    )
    server.run(app, os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8501"))


if __name__ == "__main__":
    main(sys.argv[1])
