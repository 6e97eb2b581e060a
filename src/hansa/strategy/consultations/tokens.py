"""The secret of a link. The database keeps its SHA-256 alone, so that nobody who reads it can answer for another."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32
LONGEST = 100


def new_token() -> str:
    return secrets.token_urlsafe(BYTES)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
