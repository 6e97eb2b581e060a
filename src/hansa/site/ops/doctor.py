"""`hansa doctor`: what is in order, what is not, and what to do about it."""

import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hansa.site.ops import database, messages
from hansa.site.ops.cluster import programs_folder
from hansa.site.ops.faults import OperationFailed
from hansa.site.ops.home import Home
from hansa.site.ops.roles import EXTENSIONS, connected

# the first with scans of the index that go on until enough rows pass a filter
OLDEST_PGVECTOR = (0, 8)
Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """One check: its name, how it went, what was seen, and what to do when it did not go well."""

    check: str
    level: Level
    seen: str
    advice: str = ""


def examine(home: Home) -> list[Finding]:
    """Every check in order; a check that breaks is a finding, never an error."""
    findings: list[Finding] = []
    for check in CHECKS:
        try:
            findings += list(check(home))
        except OperationFailed as failure:
            findings.append(Finding(_name(check), "fail", str(failure)))
        except Exception as error:  # noqa: BLE001  (a broken check must not hide the others)
            findings.append(Finding(_name(check), "fail", f"{type(error).__name__}: {error}", "report this fault"))
        if findings and findings[-1].check == "database" and findings[-1].level == "fail":
            break
    return findings


def _name(check: Callable[[Home], Iterator[Finding]]) -> str:
    return check.__name__.removeprefix("_").replace("_", " ")


def _python(home: Home) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    suits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("python", "ok" if suits else "fail", version, "" if suits else "use Python 3.11, 3.12 or 3.13")


def _programs(home: Home) -> Iterator[Finding]:
    if database.external_url():
        return
    folder = programs_folder()
    missing = [
        name for name in ("postgres", "initdb", "pg_dump", "pg_restore", "psql") if not (folder / name).is_file()
    ]
    advice = "install the packages of requirements.lock again"
    yield Finding("programs", "fail" if missing else "ok", ", ".join(missing) or str(folder), advice if missing else "")


def _home(home: Home) -> Iterator[Finding]:
    if not home.secrets.is_file():
        yield Finding("home", "fail", f"{home.root} holds no installation", "run `hansa up`")
        return
    may_write = os.access(home.root, os.W_OK | os.X_OK)
    yield Finding("home", "ok" if may_write else "fail", str(home.root), "" if may_write else "make it writable")
    for path in (home.secrets, home.database, home.socket):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            mode = oct(stat.S_IMODE(path.stat().st_mode))[2:]
            yield Finding("modes", "fail", f"{path} has mode {mode}", f"run `chmod go-rwx {path}`")


def _disk(home: Home) -> Iterator[Finding]:
    if not home.root.exists():
        return
    seen = os.statvfs(home.root)
    free = seen.f_bavail * seen.f_frsize / 1024**2
    level: Level = "ok" if free >= 1024 else "warn" if free >= 100 else "fail"
    yield Finding("disk", level, f"{free:,.0f} MB free", "" if level == "ok" else "free some space")


def _database(home: Home) -> Iterator[Finding]:
    way_in = database.address(home, database.APPLICATION)
    with connected(way_in) as connection:
        version = connection.info.server_version
        yield Finding("database", "ok", f"PostgreSQL {version // 10000}.{version % 10000}, {way_in.shown()}")
        held = dict(connection.execute("SELECT extname, extversion FROM pg_extension").fetchall())
    yield from extensions(held)


def extensions(held: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the database has what Hansa needs: name -> version of the extensions it holds."""
    missing = [name for name in EXTENSIONS if name not in held]
    if missing:
        yield Finding("extensions", "fail", f"missing: {', '.join(missing)}", "create them as the server's superuser")
    version = held.get("vector", "")
    if version and tuple(map(int, version.split(".")[:2])) < OLDEST_PGVECTOR:
        needed = ".".join(map(str, OLDEST_PGVECTOR))
        yield Finding(
            "extensions",
            "fail",
            f"pgvector {version}: searches under filters need {needed}",
            "install a newer pgvector and run `ALTER EXTENSION vector UPDATE`",
        )


def _migrations(home: Home) -> Iterator[Finding]:
    _set_up_django()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    names = ", ".join(f"{one.app_label}.{one.name}" for one, _ in waiting[:3])
    if waiting:
        yield Finding("migrations", "fail", f"{len(waiting)} not applied: {names}", "restart with `hansa up`")
    else:
        yield Finding("migrations", "ok", "all applied")


def _roles(home: Home) -> Iterator[Finding]:
    for role in (database.OWNER, database.APPLICATION):
        way_in = database.address(home, role)
        with connected(way_in) as connection:
            row = connection.execute(
                "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            owned = connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user"
            ).fetchone()
        if row and any(row):
            advice = f"run `ALTER ROLE {way_in.user} NOSUPERUSER NOBYPASSRLS`"
            yield Finding("roles", "fail", f"{way_in.user} may bypass row-level security", advice)
        elif role == database.APPLICATION and owned and owned[0]:
            advice = "give HANSA_DATABASE_URL a user that may create roles"
            yield Finding("roles", "warn", f"the application's user {way_in.user} owns the tables", advice)
        else:
            yield Finding("roles", "ok", f"{way_in.user} neither superuser nor beyond row-level security")


def _jobs(home: Home) -> Iterator[Finding]:
    with connected(database.address(home, database.APPLICATION)) as connection:
        if connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone() == (None,):
            return
        beating = connection.execute(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '2 minutes'"
        ).fetchone()
        counts: dict[str, int] = dict(
            connection.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status").fetchall()
        )
        stuck = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs LEFT JOIN procrastinate_workers worker ON worker.id = worker_id "
            "WHERE status = 'doing' AND (worker.id IS NULL OR last_heartbeat < now() - interval '2 minutes')"
        ).fetchone()
    waiting = counts.get("todo", 0)
    if beating and beating[0]:
        yield Finding("worker", "ok", f"{beating[0]} at work, {waiting} jobs waiting")
    else:
        yield Finding("worker", "warn", f"none at work, {waiting} jobs waiting", "start `hansa up` without --no-worker")
    if stuck and stuck[0]:
        yield Finding("jobs", "warn", f"{stuck[0]} jobs of a lost worker", "restart `hansa up`, it queues them again")
    if counts.get("failed"):
        yield Finding("jobs", "warn", f"{counts['failed']} jobs failed", f"see {home.logs / 'worker.log'}")


def _evidence(home: Home) -> Iterator[Finding]:
    from hansa.evidence import Store

    store = Store(home.evidence)
    complaints = store.verify()
    if complaints:
        yield Finding("evidence", "fail", f"{len(complaints)} damaged: {complaints[0]}", "load it again, or restore")
    elif not store.names(kind="activity"):
        yield Finding("evidence", "warn", "no activity table", "load a folder with `hansa load`")
    else:
        yield Finding("evidence", "ok", f"{len(store.names())} entries, checksums agree")


def _matching(home: Home) -> Iterator[Finding]:
    from hansa.matching import load_embedder

    loaded = load_embedder()
    if loaded.embedder is None:
        yield Finding("matching", "warn", str(loaded.reason), "matches rest on words and codes until it loads")
    else:
        seen = f"{loaded.embedder.name}, {loaded.embedder.dimensions} dimensions"
        yield Finding("matching", "warn" if loaded.reason else "ok", loaded.reason or seen)


def _translations(home: Home) -> Iterator[Finding]:
    stale = messages.stale()
    if stale:
        yield Finding("translations", "warn", f"{len(stale)} catalogues not compiled", "run `make messages`")
    else:
        yield Finding("translations", "ok", f"{len(messages.catalogues())} catalogues compiled")


def _pdf(home: Home) -> Iterator[Finding]:
    try:
        import weasyprint
    except (ImportError, OSError) as fault:
        seen = f"no PDF: {str(fault).splitlines()[0] if str(fault) else type(fault).__name__}"
        yield Finding("pdf", "warn", seen, "install the system's Pango libraries; HTML and DOCX work without")
    else:
        yield Finding("pdf", "ok", f"WeasyPrint {weasyprint.__version__}")


def _email(home: Home) -> Iterator[Finding]:
    _set_up_django()
    from django.conf import settings

    backend = settings.EMAIL_BACKEND.split(".")[-2]
    if backend == "console":
        advice = "set HANSA_EMAIL_HOST (docs/operations.md); until then invitations and news reach nobody"
        yield Finding("e-mail", "warn", "printed to the log, not sent", advice)
    elif backend == "smtp":
        how = {"starttls": "STARTTLS", "ssl": "TLS", "none": "unencrypted"}.get(settings.EMAIL_TLS, "unencrypted")
        level: Level = "warn" if how == "unencrypted" and settings.EMAIL_HOST != "localhost" else "ok"
        seen = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}, {how}, from {settings.DEFAULT_FROM_EMAIL}"
        yield Finding("e-mail", level, seen, "set HANSA_EMAIL_TLS" if level == "warn" else "")
    else:
        yield Finding("e-mail", "ok", settings.EMAIL_BACKEND)


def _set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.site.settings")
    import django

    django.setup()


CHECKS: tuple[Callable[[Home], Iterator[Finding]], ...] = (
    _python, _programs, _home, _disk, _translations, _matching, _pdf, _evidence, _database, _migrations, _roles, _jobs,
    _email,
)  # fmt: skip


def as_table(findings: list[Finding]) -> str:
    """The findings as lines for the terminal."""
    width = max(len(one.check) for one in findings)
    lines = []
    for one in findings:
        advice = f" → {one.advice}" if one.advice else ""
        lines.append(f"{one.level:<4}  {one.check:<{width}}  {one.seen}{advice}")
    return "\n".join(lines)


def as_records(findings: list[Finding]) -> list[dict[str, Any]]:
    """The findings for `--json`."""
    return [{"check": one.check, "level": one.level, "seen": one.seen, "advice": one.advice} for one in findings]
