"""Servers to measure: a private installation as `hansa up` starts it, and the floor beside it."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks._report import ROOT, free_port

PATIENCE = 900.0


def variables(**more: str) -> dict[str, str]:
    """This environment without what belongs to another installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HANSA_", "DJANGO_"))}
    return kept | {"PYTHONPATH": str(ROOT / "src")} | more


@contextmanager
def folder() -> Iterator[Path]:
    """The path of a home to be made, which goes with the block; the server's own user may pass the folder above."""
    above = Path(tempfile.mkdtemp(prefix="hansa-benchmark-"))
    above.chmod(0o711)
    try:
        yield above / "home"
    finally:
        shutil.rmtree(above, ignore_errors=True)


@contextmanager
def hansa_up(home: Path, starter: Path | None) -> Iterator[int]:
    """Run `hansa up` on `home` without the job worker; the port it serves on.

    Without a starter folder the installation looks for one as it does everywhere.
    """
    port = free_port()
    command = [sys.executable, "-P", "-m", "hansa.site.cli", "up", "--port", str(port), "--no-worker"]
    env = variables(HANSA_HOME=str(home)) | ({"HANSA_STARTER": str(starter)} if starter else {})
    with serving(command, env, port, home.parent / "up.log", "Hansa is ready"):
        yield port


@contextmanager
def floor(folder: Path, workers: int, threads: int) -> Iterator[int]:
    """The same server with the same workers, and an application that does nothing; its port."""
    port = free_port()
    command = [
        sys.executable, "-P", "-m", "granian", "benchmarks._floor:application", "--interface", "wsgi",
        "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers), "--blocking-threads", str(threads),
        "--no-ws", "--log-level", "warning",
    ]  # fmt: skip
    with serving(command, variables(PYTHONPATH=str(ROOT)), port, folder / "floor.log"):
        yield port


@contextmanager
def serving(command: list[str], env: dict[str, str], port: int, log: Path, word: str = "") -> Iterator[None]:
    """A server from its first answer (and `word` in its log) until the block ends."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=env, cwd="/", stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while not (word in log.read_text(encoding="utf-8", errors="replace") and answers(port)):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"The server did not start: {log.read_text(encoding='utf-8', errors='replace')}")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/", headers={"Host": "localhost"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
