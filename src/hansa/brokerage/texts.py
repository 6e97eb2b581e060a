"""What a broker writes into a request, apart from how it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PUBLIC_FIELDS = ("type", "language", "title", "summary", "description", "partner_sought")


@dataclass(frozen=True)
class RequestText:
    """`client_name` and `private` go where only the broker's own agency reads; the rest becomes public."""

    type: str
    language: str
    title: str
    summary: str
    description: str = ""
    partner_sought: str = ""
    countries: Sequence[str] = ()
    client_name: str = ""
    private: str = ""
