"""`hansa up`: the database, the pages and the job worker, started in order, watched over and stopped in order."""

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from hansa.site.ops import database, messages, prepare, progress, roles, stalled
from hansa.site.ops.cluster import Cluster
from hansa.site.ops.faults import OperationFailed
from hansa.site.ops.home import Home, read_json, write_json
from hansa.site.ops.processes import end_all, session_members, spawn

RESTARTS = 3
CALM_AFTER = 600.0
LARGEST_LOG = 20 * 1024**2
WEB_WORKERS = 2
WEB_THREADS = 4
WEB_THREAD_IDLE = 600
"""Seconds after which an idle thread ends, and its connection to the database with it: the longest the server knows."""


class Stopped(BaseException):
    """The person or the system asked Hansa to stop."""


@dataclass
class Child:
    """A process that has to keep running, and how often it had to be started again."""

    name: str
    command: list[str]
    log: Path
    patience: float
    niceness: int = 0
    before: Callable[[], object] | None = None
    process: "subprocess.Popen[bytes] | None" = None
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        if self.before is not None:
            self.before()
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        with self.log.open("ab") as output:
            self.process = spawn(self.command, output=output, parent_death=signal.SIGTERM, niceness=self.niceness)

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Let the process finish what it has begun, then end it and all that it started."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(self.patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        end_all(session_members([self.process.pid]), patience=2)

    def may_start_again(self) -> bool:
        """Whether this death is not one too many within ten minutes."""
        now = time.monotonic()
        self.deaths = [moment for moment in self.deaths if now - moment < CALM_AFTER] + [now]
        return len(self.deaths) <= RESTARTS

    def last_words(self) -> str:
        """The last line of the log, for the person who has to find out."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1].strip() if lines else "it left no message"


def serve(home: Home, *, host: str, port: int, worker: bool) -> int:
    """Start everything and stay until stopped; the exit status.

    Raises OperationFailed in one sentence when something cannot be started.
    """
    progress.begin()
    home.create()
    try:
        with catching_signals(), home.locked("up"), ExitStack() as stack:
            clear_leftovers(home)
            check_port(host, port)
            home.check_space()
            cluster = stack.enter_context(database_up(home))
            if prepare.is_needed(home):
                prepare.run()
            pages = web_server(home, host, port)
            children = [pages] + ([job_worker(home)] if worker else [])
            for child in children:
                stack.callback(child.stop)
                child.start()
                record(home, children)
                if child is pages:
                    wait_for_pages(pages, host, port)
            progress.say(ready_line(home, host, port))
            watch(home, children, cluster)
            return 1
    except Stopped:
        return 0


@contextmanager
def catching_signals() -> Iterator[None]:
    """SIGTERM, SIGINT and SIGHUP stop Hansa in order; while it stops, a second one changes nothing."""

    def stop(number: int, frame: FrameType | None) -> None:
        for one in wanted:
            signal.signal(one, signal.SIG_IGN)
        progress.say("Stopping")
        raise Stopped

    wanted = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {one: signal.signal(one, stop) for one in wanted}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def record(home: Home, children: list[Child]) -> None:
    """Note who has been started, for the next start after a kill."""
    write_json(home.run / "children.json", {"leaders": [one.process.pid for one in children if one.process]})


def clear_leftovers(home: Home) -> None:
    """End what a killed Hansa left running on this installation."""
    leaders = read_json(home.run / "children.json").get("leaders", [])
    left = [process for process in session_members(leaders) if _is_ours(process, home)]
    if left:
        progress.say(f"Ending {len(left)} processes that an earlier Hansa left behind")
        end_all(left, patience=5)


def _is_ours(process: psutil.Process, home: Home) -> bool:
    """Whether a process works for this home: its number alone may have gone to somebody else since."""
    try:
        return bool(process.environ().get("HANSA_HOME") == str(home.root))
    except (psutil.Error, OSError):
        return False


def check_port(host: str, port: int) -> None:
    """Refuse in one sentence when the address cannot be served."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(where)
            trial.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OperationFailed(
                f"Port {port} on {host} is already in use; stop the other program or choose another port, "
                f"for example `hansa up --port {port + 1}`."
            ) from error
        if error.errno == errno.EACCES:
            raise OperationFailed(
                f"This user may not serve on port {port}; choose one above 1023, for example `hansa up --port 8000`."
            ) from error
        raise OperationFailed(
            f"{host}:{port} is not an address of this machine ({error.strerror or error}); choose another with --host."
        ) from error


def new_cluster(home: Home) -> Cluster:
    """The embedded database of an installation."""
    return Cluster(home.database, home.socket, log=home.logs / "postgres.log")


@contextmanager
def database_up(home: Home) -> Iterator[Cluster | None]:
    """The database with its roles, for as long as the block lasts; None stands for one that is not ours to stop."""
    home.read_secrets()
    if database.external_url():
        warning = roles.ensure_external(home)
        if warning:
            progress.warn(warning)
        yield None
        return
    cluster = new_cluster(home)
    try:
        if not cluster.is_initialised():
            progress.say("Creating the database")
            cluster.initialise(home.read_secrets()["passwords"]["postgres"])
        progress.say("Starting the database")
        cluster.start()
        roles.ensure_embedded(home)
        yield cluster
    finally:
        if cluster.is_initialised():
            cluster.stop()


@contextmanager
def database_reached(home: Home, purpose: str) -> Iterator[None]:
    """The database for one command: the running one, or started for this command and stopped after it."""
    home.create()
    if database.external_url() or new_cluster(home).is_running():
        yield
        return
    with home.locked(purpose), database_up(home):
        yield


def web_server(home: Home, host: str, port: int) -> Child:
    """The pages: two processes of a few threads, each keeping its own connections to the database."""
    command = [
        sys.executable, "-P", "-m", "granian", "hansa.site.wsgi:application", "--interface", "wsgi",
        "--host", host, "--port", str(port), "--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS),
        "--blocking-threads-idle-timeout", str(WEB_THREAD_IDLE), "--no-ws",
        "--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "10",
        "--log-level", "warning",
    ]  # fmt: skip
    return Child("The page server", command, home.logs / "server.log", patience=15)


def job_worker(home: Home) -> Child:
    """The background jobs, behind the pages in priority; one in hand gets some seconds, else it is run again later."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.site.settings")
    command = [
        sys.executable, "-P", "-m", "django", "procrastinate", "worker", "--concurrency", "2",
        "--shutdown-graceful-timeout", "8",
    ]  # fmt: skip
    return Child(
        "The job worker",
        command,
        home.logs / "worker.log",
        patience=12,
        niceness=10,
        before=lambda: stalled.put_back(home),
    )


def wait_for_pages(server: Child, host: str, port: int, *, seconds: float = 60) -> None:
    """Wait until a page is answered; a page that fails counts as an answer, a server that ends does not."""
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (compared, not bound)
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.is_alive():
        connection = http.client.HTTPConnection(local, port, timeout=20)
        try:
            connection.request("GET", "/", headers={"Host": "localhost"})
            if connection.getresponse().status >= 500:
                progress.warn(f"The first page answered with an error; see {server.log}.")
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    raise OperationFailed(f"The page server did not start: {server.last_words()} (more in {server.log})")


def ready_line(home: Home, host: str, port: int) -> str:
    """The one line that tells where Hansa is and who may sign in."""
    shown = f"[{host}]" if ":" in host else host
    line = f"Hansa is ready at http://{shown}:{port}/"
    kept = read_json(home.accounts).get("accounts", [])
    people = [f"{one['email']} ({one['role']}, {one['region'] or one['organisation']})" for one in kept]
    words = {str(one["password"]) for one in kept}
    if not people:
        return line
    if len(words) == 1:
        return f"{line} · sign in with the password {words.pop()} as {', '.join(people)}"
    pairs = [f"{person} password {one['password']}" for person, one in zip(people, kept, strict=True)]
    return f"{line} · sign in as {', '.join(pairs)}"


def watch(home: Home, children: list[Child], cluster: Cluster | None) -> None:
    """Start again what ends by itself; return when that happens too often."""
    database_deaths: list[float] = []
    while True:
        time.sleep(0.3)
        if cluster is not None and cluster.server is not None and cluster.server.poll() is not None:
            database_deaths = [moment for moment in database_deaths if time.monotonic() - moment < CALM_AFTER]
            database_deaths.append(time.monotonic())
            if len(database_deaths) > RESTARTS:
                sys.stderr.write(f"The database ended {len(database_deaths)} times; see {cluster.log}.\n")
                return
            progress.warn("The database ended by itself; starting it again.")
            cluster.start()
        for child in children:
            if child.is_alive():
                continue
            if not child.may_start_again():
                sys.stderr.write(f"{child.name} ended {len(child.deaths)} times, last with: {child.last_words()}\n")
                return
            progress.warn(f"{child.name} ended by itself ({child.last_words()}); starting it again.")
            child.stop()
            child.start()
            record(home, children)


def compile_messages(say: Callable[[str], None] = progress.warn) -> None:
    """Compile stale translations where the source may be written; otherwise say so and go on in English."""
    try:
        messages.compile_stale()
    except OperationFailed as failure:
        say(str(failure))
