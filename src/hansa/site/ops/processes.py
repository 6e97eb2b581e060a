"""Starting child processes that never outlive Hansa, and recognising those that an earlier, killed Hansa left."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

PR_SET_PDEATHSIG = 1


def end_with_parent(how: signal.Signals) -> Callable[[], None]:
    """A function for the new child that has the kernel signal it when its parent dies (Linux; elsewhere nothing)."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    library = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask_kernel() -> None:
        library.prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), how)

    return ask_kernel


def spawn(
    command: Sequence[str | Path],
    *,
    output: IO[bytes] | int | None,
    parent_death: signal.Signals | None,
    niceness: int = 0,
    user: int | None = None,
    group: int | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a child in a session of its own, so that Ctrl-C reaches only the one that stops things in order."""
    tie = end_with_parent(parent_death) if parent_death else None

    def begin() -> None:
        if tie is not None:
            tie()
        if niceness:
            os.nice(niceness)

    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=begin,  # noqa: PLW1509  (no threads here)
        user=user,
        group=group,
        extra_groups=None if user is None else [],
        env=None if environment is None else dict(environment),
        cwd=folder,
    )


def session_members(leaders: Iterable[int]) -> list[psutil.Process]:
    """Live processes of the sessions that these pids began, the leaders included, if they are this user's."""
    wanted = set(leaders)
    found = []
    for process in psutil.process_iter():
        try:
            mine = process.uids().real == os.geteuid()
            if mine and process.status() != psutil.STATUS_ZOMBIE and os.getsid(process.pid) in wanted:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def end_all(processes: Sequence[psutil.Process], *, patience: float) -> None:
    """Ask processes to end, wait, then insist."""
    for process in processes:
        signal_quietly(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        signal_quietly(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=5)


def signal_quietly(process: psutil.Process, how: signal.Signals) -> None:
    """Send a signal to a process that may have ended already."""
    try:
        process.send_signal(how)
    except psutil.Error:
        return


def wait_until(happened: Callable[[], bool], *, seconds: float, step: float = 0.05) -> bool:
    """Whether something becomes true within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(step)
    return happened()
