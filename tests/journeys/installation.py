"""A real installation for the journeys: `hansa up` in a process of its own, on a free port, in a passing home."""

from __future__ import annotations

import json
import os
import queue
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from hansa.site.ops.home import Home

CHECKOUT = Path(__file__).resolve().parents[2]
READY = "Hansa is ready at "
LONGEST_START = 300
LONGEST_STOP = 60
# set by tests/conftest.py for the database of the unit tests; a real installation must not hear of them
FOREIGN_PREFIXES = ("HANSA_", "DJANGO_", "PYTEST_", "PG")


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def environment(home: Path, password: str) -> dict[str, str]:
    """What `hansa up` is started with: of the test run's own settings only the starter that somebody chose."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_PREFIXES)}
    kept |= {"PYTHONPATH": str(CHECKOUT / "src"), "HANSA_HOME": str(home), "HANSA_DEMO_PASSWORD": password}
    beside = CHECKOUT.parent / "shared" / "data"
    starter = os.environ.get("HANSA_STARTER") or (str(beside) if beside.is_dir() else "")
    return kept | ({"HANSA_STARTER": starter} if starter else {})


@dataclass
class RunningInstallation:
    """`hansa up`, from its start to the check that it left nothing behind."""

    # not made here: started by root, Hansa makes the folder for its system user
    home: Path = field(default_factory=lambda: Path(tempfile.gettempdir()) / f"hansa-journey-{secrets.token_hex(6)}")
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    said: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def accounts(self) -> dict[str, dict[str, Any]]:
        """The demonstration accounts by e-mail address, as the installation keeps them for its operator."""
        kept = json.loads((self.home / "accounts.json").read_text(encoding="utf-8"))
        return {one["email"]: one for one in kept["accounts"]}

    def start(self) -> None:
        """Start and wait for the one line that says where the pages are."""
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "hansa.site.cli", "up", "--port", str(self.port)],
            cwd=CHECKOUT,
            env=environment(self.home, self.password),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_hand_over, args=(self.process, lines), daemon=True).start()
        end = time.monotonic() + LONGEST_START
        while True:
            try:
                line = lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                self._give_up()
            self.said.append(line.rstrip())
            if READY in line:
                return

    def _give_up(self) -> None:
        told = "\n".join(self.said[-15:])
        self.stop()
        raise AssertionError(f"`hansa up` did not come to its ready line; it said:\n{told}")

    def stop(self) -> int:
        """Ask it to stop and wait; the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(LONGEST_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"`hansa up` was still there {LONGEST_STOP} s after SIGTERM.") from None

    def left_behind(self) -> list[str]:
        """Processes, an open port or a socket folder that outlived the installation."""
        left = [f"process {one.pid}: {' '.join(one.cmdline())}" for one in psutil.process_iter() if self._is_ours(one)]
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", self.port)) == 0:
                left.append(f"something still answers on port {self.port}")
        open_sockets = list(Home(self.home).socket.glob(".s.PGSQL.*")) if Home(self.home).socket.is_dir() else []
        return left + [f"the database's socket {path}" for path in open_sockets]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("HANSA_HOME") == str(self.home) and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def last_words(self) -> str:
        """The end of the page server's log, for whoever has to find out why a page failed."""
        log = Home(self.home).logs / "server.log"
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:]) if log.exists() else ""

    def remove(self) -> None:
        for folder in (self.home, Home(self.home).socket):
            shutil.rmtree(folder, ignore_errors=True)


def _hand_over(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(None)
