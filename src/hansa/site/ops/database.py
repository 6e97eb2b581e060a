"""Where the database is, as whom it is entered, and the two roles: the schema's owner and the application."""

import os
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from hansa.site.ops.faults import OperationFailed
from hansa.site.ops.home import Home, home_folder, read_json

OWNER = "hansa_owner"
APPLICATION = "hansa_app"
DATABASE = "hansa"


@dataclass(frozen=True)
class Address:
    """One way into one database: where it listens, its name, and as whom."""

    host: str
    port: int
    name: str
    user: str
    password: str
    options: tuple[tuple[str, str], ...] = ()

    def as_(self, user: str, password: str) -> "Address":
        """The same database entered as somebody else."""
        return replace(self, user=user, password=password)

    def parameters(self, name: str | None = None) -> dict[str, Any]:
        """Keyword arguments for `psycopg.connect`, to this database or another one of the same server."""
        found: dict[str, Any] = dict(self.options)
        found |= {"host": self.host, "port": self.port, "dbname": name or self.name, "user": self.user}
        return found | ({"password": self.password} if self.password else {})

    def shown(self) -> str:
        """The address for a message: never the password."""
        return f"{self.name} at {self.host}:{self.port} as {self.user}"


def external_url() -> str | None:
    """The PostgreSQL that is already there, if one is named."""
    return os.environ.get("HANSA_DATABASE_URL") or None


def parse_url(url: str) -> Address:
    """Read `postgresql://user:password@host:port/name?option=value`.

    Raises OperationFailed when it is not such an address.
    """
    example = "postgresql://user:password@host:5432/hansa"
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError as error:
        raise OperationFailed(f"HANSA_DATABASE_URL is not an address ({error}); write it like {example}.") from error
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("postgresql", "postgres") or not host or not name or not parts.username:
        raise OperationFailed(f"HANSA_DATABASE_URL must name a PostgreSQL user, host and database, like {example}.")
    return Address(
        host, port, name, unquote(parts.username), unquote(parts.password or ""), tuple(sorted(options.items()))
    )


def administrator(home: Home) -> Address:
    """The way in that may create roles, database and extensions."""
    url = external_url()
    if url:
        return parse_url(url)
    passwords = read_json(home.secrets).get("passwords", {})
    return Address(str(home.socket), 5432, DATABASE, "postgres", str(passwords.get("postgres", "")))


def address(home: Home, role: str) -> Address:
    """The way in for one of the two roles.

    Where an existing PostgreSQL allowed no roles to be made, its own user plays both.
    """
    kept = read_json(home.secrets)
    way_in = administrator(home)
    if external_url() and role not in kept.get("external_roles", ()):
        return way_in
    return way_in.as_(role, str(kept.get("passwords", {}).get(role, "")))


def role_wanted() -> str:
    """The role this process acts in: the application's, unless HANSA_DB_ROLE says `owner`."""
    return OWNER if os.environ.get("HANSA_DB_ROLE") == "owner" else APPLICATION


def django_databases() -> dict[str, dict[str, Any]]:
    """Django's DATABASES for the installation in HANSA_HOME (or HANSA_DATABASE_URL), as the role HANSA_DB_ROLE."""
    way_in = address(Home(home_folder()), role_wanted())
    return {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": way_in.name,
            "USER": way_in.user,
            "PASSWORD": way_in.password,
            "HOST": way_in.host,
            "PORT": str(way_in.port),
            "CONN_MAX_AGE": 300,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"connect_timeout": 5, "application_name": "hansa", **dict(way_in.options)},
        }
    }
