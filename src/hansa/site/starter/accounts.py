"""Role accounts for trying Hansa out; their one password is made at random for each installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

from hansa.network.models import Role
from hansa.site.ops.home import read_json, write_json


def accounts_file() -> Path:
    return Path(settings.HANSA_HOME) / "accounts.json"


def demonstration_accounts() -> list[dict[str, Any]]:
    """E-mail, role in the reader's language and organisation of each demonstration account; never the password."""
    held = read_json(accounts_file()).get("accounts", [])
    keys = ("email", "organisation", "region")
    return [{key: account[key] for key in keys} | {"role": str(Role(account["role"]).label)} for account in held]


def keep_accounts(accounts: list[dict[str, Any]]) -> None:
    """Write the accounts with their password where `hansa up` reads them, for the operator's eyes alone."""
    write_json(accounts_file(), {"accounts": accounts}, mode=0o600)
