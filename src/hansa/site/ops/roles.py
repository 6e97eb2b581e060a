"""The database, its extensions and the two roles: one owns the tables, the other only works with the rows.

The application's role owns nothing and may not bypass row-level security, so that a fault in a page cannot show what
the database's own rules hide.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from hansa.site.ops import database
from hansa.site.ops.database import APPLICATION, DATABASE, OWNER, Address
from hansa.site.ops.faults import OperationFailed, is_disk_full
from hansa.site.ops.home import Home, read_json, write_json

EXTENSIONS = ("vector", "pg_trgm")
OLDEST_SERVER = 150000
BAD_PASSWORD = ("28P01", "28000")


@contextmanager
def connected(way_in: Address, name: str | None = None) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """A connection that commits each statement.

    Raises OperationFailed in one sentence when the database is not reached or has no space left.
    """
    try:
        with psycopg.connect(**way_in.parameters(name), connect_timeout=5, autocommit=True) as connection:
            yield connection
    except psycopg.errors.DiskFull as error:
        raise OperationFailed("The database's disk is full; free some space and start again.") from error
    except psycopg.OperationalError as error:
        raise OperationFailed(unreachable(way_in, error)) from error


def unreachable(way_in: Address, error: Exception) -> str:
    """One sentence for a database that does not answer, with the reason in the server's own words."""
    if is_disk_full(error):
        return "The database's disk is full; free some space and start again."
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = next((line for line in lines if "failed" in line or "FATAL" in line or "could not" in line), str(error))
    hint = "check HANSA_DATABASE_URL" if database.external_url() else "run `hansa doctor`"
    return f"The database {way_in.shown()} cannot be reached ({reason}); {hint}."


def ensure_embedded(home: Home, *, template: bool = False) -> None:
    """Create roles, database and extensions in the embedded server where they are missing.

    With `template` the extensions and rights go into `template1` too and the owner may create databases, which is what
    a test run needs.
    """
    passwords = home.read_secrets()["passwords"]
    way_in = database.administrator(home)
    with connected(way_in, "postgres") as connection:
        for role in (OWNER, APPLICATION):
            _make_role(connection, role, passwords[role])
        if template:
            connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(OWNER)))
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APPLICATION), sql.Identifier(OWNER)))
    if template:
        with connected(way_in, "template1") as connection:
            _furnish(connection)
    with connected(way_in, "postgres") as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
    with connected(way_in) as connection:
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(DATABASE)))
        grant = sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}")
        connection.execute(grant.format(sql.Identifier(DATABASE), sql.Identifier(APPLICATION)))
        _furnish(connection)


def ensure_external(home: Home) -> str | None:
    """Prepare the PostgreSQL of HANSA_DATABASE_URL; a warning sentence when its one user has to play both roles."""
    kept = home.read_secrets()
    way_in = database.administrator(home)
    with connected(way_in) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise OperationFailed(
                f"The database {way_in.shown()} is PostgreSQL {connection.info.server_version // 10000}; "
                "Hansa needs PostgreSQL 15 or newer."
            )
        try:
            for role in (OWNER, APPLICATION):
                _make_role(connection, role, kept["passwords"][role], own=False)
            _let_owner_create(connection, way_in)
            _furnish(connection)
            roles = [OWNER, APPLICATION]
        except psycopg.errors.InsufficientPrivilege:
            roles = []
            _need_extensions(connection)
    for role in roles:
        _check_login(way_in.as_(role, kept["passwords"][role]))
    if kept.get("external_roles") != roles:
        write_json(home.secrets, read_json(home.secrets) | {"external_roles": roles}, mode=0o600)
    if roles:
        return None
    return (
        f"{way_in.user} may not create roles in {way_in.shown()}, so it owns the tables and also serves the pages: "
        "row-level security then protects less; give HANSA_DATABASE_URL a user with CREATEROLE to separate them."
    )


def _make_role(connection: "psycopg.Connection[Any]", role: str, password: str, *, own: bool = True) -> None:
    """Create a role, or in our own server bring an existing one back to the password that is kept."""
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if exists and not own:
        return
    verb = "ALTER" if exists else "CREATE"
    rights = "LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD" if own else "LOGIN PASSWORD"
    statement = sql.SQL(f"{verb} ROLE {{}} {rights} {{}}")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))


def _let_owner_create(connection: "psycopg.Connection[Any]", way_in: Address) -> None:
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))
    grant = sql.SQL("GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {} TO {}")
    connection.execute(grant.format(sql.Identifier(way_in.name), sql.Identifier(OWNER)))
    grant = sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}")
    connection.execute(grant.format(sql.Identifier(way_in.name), sql.Identifier(APPLICATION)))
    connection.execute(sql.SQL("GRANT CREATE, USAGE ON SCHEMA public TO {}").format(sql.Identifier(OWNER)))
    allowed = connection.execute("SELECT has_schema_privilege(%s, 'public', 'CREATE')", [OWNER]).fetchone()
    if not allowed or not allowed[0]:
        raise psycopg.errors.InsufficientPrivilege


def _furnish(connection: "psycopg.Connection[Any]") -> None:
    """Extensions, and the application's rights on every table that the owner will create."""
    _need_extensions(connection)
    names = {"owner": sql.Identifier(OWNER), "app": sql.Identifier(APPLICATION)}
    for statement in (
        "GRANT USAGE ON SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public "
        "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app}",
    ):
        connection.execute(sql.SQL(statement).format(**names))


def _has_extension(connection: "psycopg.Connection[Any]", name: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [name]).fetchone() is not None


def _need_extensions(connection: "psycopg.Connection[Any]") -> None:
    """Create the extensions that are missing, or say which one the server's superuser has to."""
    for name in EXTENSIONS:
        if _has_extension(connection, name):
            continue
        try:
            connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(name)))
        except (
            psycopg.errors.UndefinedFile,
            psycopg.errors.FeatureNotSupported,
            psycopg.errors.InsufficientPrivilege,
        ) as error:
            raise OperationFailed(missing_extension(name)) from error


def missing_extension(name: str) -> str:
    """One sentence for an extension that the server does not have or does not let us create."""
    return (
        f"The database server lacks the extension {name}; "
        f"install it there and run `CREATE EXTENSION {name};` in Hansa's database."
    )


def _check_login(way_in: Address) -> None:
    try:
        psycopg.connect(**way_in.parameters(), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        raise OperationFailed(
            f"The PostgreSQL at {way_in.host}:{way_in.port} already has a role {way_in.user} with another password; "
            "copy secrets.json from the installation that made it, or drop the role there."
        ) from error
