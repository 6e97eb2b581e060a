"""A real installation for tests: `hansa up` as a user would call it, on a free port, in a home of its own."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from hansa.site.ops.home import Home

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def variables(home: Path, **more: str) -> dict[str, str]:
    """The environment of somebody who starts Hansa with an empty start; nothing of the test run's own."""
    ours = ("HANSA_", "DJANGO_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"HANSA_HOME": str(home), "HANSA_STARTER": "none", "PYTHONPATH": str(SOURCE)} | more


def hansa(home: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "hansa.site.cli", *arguments],
        env=variables(home, **more), cwd="/", capture_output=True, text=True, check=False, timeout=240,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


class Installation:
    """`hansa up`, started and stopped at will on one home."""

    def __init__(self, home: Path) -> None:
        self.home = Home(home)
        self.port = free_port()
        self.output = home.with_name(home.name + ".output")
        self.process: subprocess.Popen[bytes] | None = None
        self.first = ""
        self.first_status: int | None = None
        self.modes_before: dict[Path, tuple[int, int, int]] = {}
        self.modes_running: dict[Path, tuple[int, int, int]] = {}
        self.modes_after: dict[Path, tuple[int, int, int]] = {}

    def start(self) -> str:
        """Start and wait until ready; what was printed."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "hansa.site.cli", "up", "--port", str(self.port)],
                env=variables(self.home.root), cwd="/", stdout=output, stderr=output, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        end = time.monotonic() + 180
        while time.monotonic() < end:
            said = self.said()
            if "Hansa is ready" in said:
                return said
            assert self.process.poll() is None, said
            time.sleep(0.1)
        raise AssertionError(f"not ready in time: {self.said()}")

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def stop(self) -> int:
        """Ask it to stop as a service manager would; its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(60)
        self.process = None
        return status

    def processes(self) -> list[psutil.Process]:
        """Everything that runs for this home: by its environment, its working folder or its command line."""
        root = str(self.home.root)
        found = []
        for process in psutil.process_iter():
            try:
                if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                mine = process.environ().get("HANSA_HOME") == root or process.cwd().startswith(root)
                if mine or any(root in part for part in process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def kill(self) -> None:
        """Kill everything at once, the database included, as a power cut would end it."""
        assert self.process is not None
        end = time.monotonic() + 30
        # One that was being started while the list was made would outlive a power cut that spared it.
        while (left := self.processes()) and time.monotonic() < end:
            for process in left:
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
        self.process.wait(30)
        self.process = None

    def remove(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()
        for process in self.processes():
            process.kill()


def modes(paths: Iterable[Path]) -> dict[Path, tuple[int, int, int]]:
    """The modes and owners of paths and of all their parents, links not followed and followed."""
    found = {}
    for path in paths:
        for one in (path.absolute(), path.resolve()):
            for step in (one, *one.parents):
                seen = step.lstat()
                found[step] = (stat.S_IMODE(seen.st_mode), seen.st_uid, seen.st_gid)
    return found
