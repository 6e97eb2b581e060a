"""`hansa backup` and `hansa restore`: one file with the database, the evidence and the secrets, checked both ways."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from psycopg import sql

from hansa import __version__
from hansa.site.ops import database, progress, roles
from hansa.site.ops.cluster import programs_folder
from hansa.site.ops.database import Address
from hansa.site.ops.faults import OperationFailed, is_disk_full
from hansa.site.ops.home import Home, make_private, read_json, write_json
from hansa.site.ops.up import database_reached, database_up

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
KEPT_FILES = ("secrets.json", "accounts.json")
STAYS = ("program", "hansa.lock")
DERIVED = ("log", "run", "bundle", "static")
REPLACED = "replaced-"
OUR_NAMES = (MANIFEST, DUMP, *KEPT_FILES)


def write(home: Home, target: IO[bytes]) -> dict[str, Any]:
    """Write a backup of the installation, running or not, to an open file; the manifest.

    Database and counts are of one moment. Raises OperationFailed in one sentence.
    """
    if not database.external_url() and not (home.database / "PG_VERSION").is_file():
        raise OperationFailed(f"There is no installation in {home.root} yet; `hansa up` makes one.")
    try:
        with database_reached(home, "backup"), tempfile.TemporaryDirectory(dir=home.root, prefix=".backup-") as folder:
            dump = Path(folder) / DUMP
            counts = _dump(_reader(home), dump)
            parts = [(DUMP, dump)]
            parts += [(name, home.root / name) for name in KEPT_FILES if (home.root / name).is_file()]
            evidence = _still(home.evidence, Path(folder) / "evidence")
            parts += [
                (path.relative_to(folder).as_posix(), path) for path in sorted(evidence.rglob("*")) if path.is_file()
            ]
            return _pack(target, parts, counts)
    except OSError as error:
        raise OperationFailed(_unwritten(error)) from error


def _pack(target: IO[bytes], parts: list[tuple[str, Path]], counts: dict[str, int]) -> dict[str, Any]:
    manifest = {
        "hansa": __version__,
        "format": FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": counts,
        "parts": {name: {"sha256": _sha256(path), "bytes": path.stat().st_size} for name, path in parts},
    }
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=parts[0][1].parent) as file:
        json.dump(manifest, file, indent=1, ensure_ascii=False)
        file.flush()
        with tarfile.open(fileobj=target, mode="w:gz", compresslevel=1) as archive:
            archive.add(file.name, MANIFEST, recursive=False, filter=_anonymous)
            for name, path in parts:
                archive.add(path, name, recursive=False, filter=_anonymous)
    target.flush()
    os.fsync(target.fileno())
    return manifest


def _still(evidence: Path, target: Path) -> Path:
    """Links to every evidence file as it is now; files are replaced, never rewritten, so the links do not change."""
    for attempt in range(5):
        try:
            shutil.copytree(evidence, target, copy_function=_link_or_copy)
            break
        except (shutil.Error, FileNotFoundError):
            # A load replaced a file between listing and linking: look again.
            shutil.rmtree(target, ignore_errors=True)
            if attempt == 4:
                raise
            time.sleep(0.2)
    return target


def _link_or_copy(source: str, target: str) -> None:
    """A link, or a copy where the system allows no link (another owner's file, another disk)."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(source, target)


def _reader(home: Home) -> Address:
    """Who may read every row: the superuser of our own server, else the user that HANSA_DATABASE_URL names."""
    if database.external_url():
        return database.address(home, database.OWNER)
    return database.administrator(home)


def _dump(way_in: Address, target: Path) -> dict[str, int]:
    """Dump the schema `public` and count its rows in the same snapshot."""
    with roles.connected(way_in) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        snapshot = str(row[0]) if row else ""
        _run(
            way_in,
            ["pg_dump", "--format=custom", "--compress=1", "--schema=public", "--no-comments",
             f"--snapshot={snapshot}", f"--file={target}"],
        )  # fmt: skip
        counts = _counts(connection)
        connection.execute("ROLLBACK")
    return counts


def _counts(connection: Any) -> dict[str, int]:
    """Rows of each table, by name."""
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    count = sql.SQL("SELECT count(*) FROM public.{}")
    return {name: int(connection.execute(count.format(sql.Identifier(name))).fetchone()[0]) for (name,) in tables}


def restore(home: Home, source: IO[bytes], *, replace: bool = False) -> dict[str, Any]:
    """Make an installation from a backup; the manifest.

    Everything is unpacked and its checksums compared before anything is changed. What was there is moved aside when
    `replace` says so, and put back when the restore fails. Raises OperationFailed in one sentence.
    """
    home.create()
    try:
        with home.locked("restore"), tempfile.TemporaryDirectory(dir=home.root, prefix=".restore-") as folder:
            manifest = _unpack(source, Path(folder))
            home.check_space()
            with _room_made(home, Path(folder), replace=replace):
                _put_in_place(home, Path(folder), manifest)
            return manifest
    except OSError as error:
        raise OperationFailed(_unwritten(error)) from error


def _unpack(source: IO[bytes], folder: Path) -> dict[str, Any]:
    wrong = "This file is not a backup made by `hansa backup`"
    try:
        with tarfile.open(fileobj=source, mode="r:gz") as archive:
            for member in archive:
                if not member.isfile() or not (member.name in OUR_NAMES or member.name.startswith("evidence/")):
                    raise OperationFailed(f"{wrong}: it holds {member.name}; name another file.")
                archive.extract(member, folder, filter="data")
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        parts = dict(manifest["parts"])
        rows, made_by, version = manifest["rows"], manifest["format"], manifest["hansa"]
    except FileNotFoundError as error:
        raise OperationFailed(f"{wrong}: it has no {MANIFEST}; name another file.") from error
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as error:
        raise OperationFailed(f"{wrong}, or it is damaged ({error}); name another file.") from error
    if made_by != FORMAT or not isinstance(rows, dict):
        raise OperationFailed(
            f"This backup was made by Hansa {version} in a form that Hansa {__version__} cannot read."
        )
    for name, part in parts.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != part["sha256"]:
            raise OperationFailed(
                f"The backup is damaged: {name} is not what it was when it was made; use another one."
            )
    return dict(manifest)


@contextmanager
def _room_made(home: Home, unpacked: Path, *, replace: bool) -> Iterator[None]:
    """Move an earlier installation aside for the time of a restore, and back if it fails."""
    present = [
        path
        for path in home.root.iterdir()
        if path != unpacked and path.name not in STAYS and not path.name.startswith(REPLACED) and not _is_bare(path)
    ]
    if present and not replace:
        raise OperationFailed(
            f"{home.root} already holds an installation; restore into an empty HANSA_HOME, "
            "or add --replace to move the present one aside."
        )
    aside = home.root / f"{REPLACED}{time.strftime('%Y%m%d-%H%M%S')}"
    if present:
        make_private(aside)
        for path in present:
            path.rename(aside / path.name)
        progress.say(f"The present installation is kept in {aside}")
    try:
        home.create()
        yield
    except BaseException:
        for path in list(home.root.iterdir()):
            if path in (aside, unpacked) or path.name in (*STAYS, *DERIVED) or path.name.startswith(REPLACED):
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if present:
            for path in list(aside.iterdir()):
                path.rename(home.root / path.name)
            aside.rmdir()
        raise


def _put_in_place(home: Home, folder: Path, manifest: dict[str, Any]) -> None:
    for name in KEPT_FILES:
        if (folder / name).is_file():
            write_json(home.root / name, read_json(folder / name), mode=0o600)
    progress.say("Restoring the evidence")
    if (folder / "evidence").is_dir():
        home.evidence.rmdir()
        (folder / "evidence").rename(home.evidence)
    with database_up(home):
        owner = database.address(home, database.OWNER)
        with roles.connected(owner) as connection:
            if _counts(connection):
                raise OperationFailed(f"The database {owner.shown()} is not empty; restore into an empty one.")
        progress.say("Restoring the database")
        _load(owner, folder)
        with roles.connected(_reader(home)) as connection:
            found = _counts(connection)
    if found != manifest["rows"]:
        different = sorted(name for name in found | manifest["rows"] if found.get(name) != manifest["rows"].get(name))
        raise OperationFailed(f"The restored database differs from the backup in {', '.join(different)}.")
    write_json(home.prepared, {"starter": True})


def _load(owner: Address, folder: Path) -> None:
    """Replay the dump as the schema's owner in one transaction: all of it or nothing."""
    script = folder / "database.sql"
    wanted = folder / "wanted.txt"
    listed = _run(owner, ["pg_restore", "--list", str(folder / DUMP)], connect=False)
    skipped = (" SCHEMA - public", " DEFAULT ACL ", " ACL - SCHEMA public")
    lines = [line for line in listed.splitlines() if not any(mark in line for mark in skipped)]
    wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rights = [] if owner.user == database.OWNER else ["--no-acl"]
    _run(
        owner,
        ["pg_restore", "--no-owner", *rights, f"--use-list={wanted}", f"--file={script}", str(folder / DUMP)],
        connect=False,
    )
    with roles.connected(owner) as connection:
        knows_timeout = connection.info.server_version >= 170000
    if not knows_timeout:
        _without_setting(script, b"SET transaction_timeout")
    _run(
        owner,
        ["psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={script}",
         "--output=/dev/null"],
    )  # fmt: skip
    with roles.connected(owner) as connection:
        connection.execute("ANALYZE")


def _without_setting(script: Path, beginning: bytes) -> None:
    """Drop a setting that an older server does not know, from the head of a script."""
    trimmed = script.with_suffix(".older")
    with script.open("rb") as reading, trimmed.open("wb") as writing:
        for number, line in enumerate(reading):
            if number > 60 or not line.startswith(beginning):
                writing.write(line)
    trimmed.replace(script)


def _run(way_in: Address, command: list[str], *, connect: bool = True) -> str:
    """Run one of PostgreSQL's programs from the wheel; what it printed."""
    programs = programs_folder()
    if not (programs / command[0]).is_file():
        raise OperationFailed(
            f"{command[0]} is missing from {programs}; install the packages of requirements.lock again."
        )
    known = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    if connect:
        variables |= {
            "PGHOST": way_in.host,
            "PGPORT": str(way_in.port),
            "PGDATABASE": way_in.name,
            "PGUSER": way_in.user,
            "PGPASSWORD": way_in.password,
        } | {known[name]: value for name, value in way_in.options if name in known}
    done = subprocess.run(
        [str(programs / command[0]), *command[1:]],
        check=False, capture_output=True, text=True, errors="replace", env=variables, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        if is_disk_full(done.stderr):
            raise OperationFailed("The disk is full; free some space and try again.")
        lines = [line for line in done.stderr.strip().splitlines() if "error" in line.lower() or "FATAL" in line]
        raise OperationFailed(f"{command[0]} failed: {(lines or ['it did not say why'])[0].strip()}")
    return done.stdout


def _is_bare(path: Path) -> bool:
    """Whether a path holds nothing worth keeping: an empty folder, or a log."""
    return path.is_dir() and (path.name in DERIVED or not any(path.iterdir()))


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unwritten(error: OSError) -> str:
    if is_disk_full(error):
        return "The disk is full; free some space and try again."
    return f"{error.filename or 'A file'} cannot be read or written ({error.strerror or error})."
