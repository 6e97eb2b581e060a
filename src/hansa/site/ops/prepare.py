"""Bring an installation up to the program's version: tables, static files and, once, the starter partnership.

Runs as a process of its own, so that the one that watches over everything stays small and the rights of the schema's
owner end with the work: `python -m hansa.site.ops.prepare`.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import distributions
from pathlib import Path

from hansa.site.ops import database, progress
from hansa.site.ops.faults import OperationFailed, is_disk_full
from hansa.site.ops.home import Home, home_folder, read_json, write_json
from hansa.site.ops.roles import connected

PACKAGE = Path(__file__).resolve().parents[2]


def program_digest(package: Path = PACKAGE) -> str:
    """A digest that changes with the source tree and the installed packages."""
    seen = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if "__pycache__" in path.parts or path.suffix == ".mo" or not path.is_file():
            continue
        found = path.stat()
        seen.update(f"{path.relative_to(package)}|{found.st_size}|{found.st_mtime_ns}\n".encode())
    for name in sorted({str(Path(str(one._path)).name) for one in distributions() if hasattr(one, "_path")}):
        seen.update(name.encode())
    return seen.hexdigest()


def applied_migrations(home: Home) -> list[list[str]] | None:
    """The migrations that the database has; None before the first."""
    with connected(database.address(home, database.OWNER)) as connection:
        if connection.execute("SELECT to_regclass('public.django_migrations')").fetchone() == (None,):
            return None
        rows = connection.execute("SELECT app, name FROM public.django_migrations ORDER BY app, name").fetchall()
    return [[str(app), str(name)] for app, name in rows]


def is_needed(home: Home) -> bool:
    """Whether program, database or starter differ from what the last preparation left."""
    kept = read_json(home.prepared)
    if not kept.get("migrations") or kept.get("program") != program_digest():
        return True
    if not kept.get("starter") and starter_wanted():
        return True
    return bool(kept["migrations"] != applied_migrations(home))


def starter_wanted() -> bool:
    return os.environ.get("HANSA_STARTER") != "none"


def run() -> None:
    """Prepare in a process of its own, with its progress lines on this terminal.

    Raises OperationFailed when it fails; the process has said why.
    """
    done = subprocess.run(
        [sys.executable, "-P", "-m", "hansa.site.ops.prepare"],
        check=False, env=os.environ | {"HANSA_DB_ROLE": "owner"}, stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode == 0:
        if done.stderr:
            sys.stderr.write(done.stderr)
        return
    if os.environ.get("HANSA_DEBUG") == "1":
        sys.stderr.write(done.stderr)
    if is_disk_full(done.stderr):
        raise OperationFailed("The disk is full; free some space and start again.")
    last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    raise OperationFailed(f"The installation could not be prepared: {last} (HANSA_DEBUG=1 shows more)")


def main() -> None:
    """Migrate, collect static files, load the starter; each step may be repeated at any time."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.site.settings")
    home = Home(home_folder())
    import django

    django.setup()
    from django.core.management import call_command, get_commands

    known = get_commands()
    kept = read_json(home.prepared)
    progress.say("Bringing the tables up to date")
    call_command("migrate", interactive=False, verbosity=0)
    if "prepare_assets" in known:
        progress.say("Making the browser's bundle")
        call_command("prepare_assets")
    progress.say("Collecting static files")
    call_command("collectstatic", interactive=False, verbosity=0)
    if starter_wanted() and not kept.get("starter") and "load_starter" in known:
        progress.say("Loading the starter partnership")
        call_command("load_starter", stdout=_Lines(progress.say))
        kept["starter"] = True
    write_json(home.prepared, kept | {"program": program_digest(), "migrations": applied_migrations(home)})


class _Lines:
    """A text stream that hands each complete line to a function."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self.take = take
        self.rest = ""

    def write(self, text: str) -> int:
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            if line.strip():
                self.take(line.strip())
        return len(text)

    def flush(self) -> None:
        return

    def isatty(self) -> bool:
        return False


if __name__ == "__main__":
    main()
