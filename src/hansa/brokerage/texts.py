"""What a broker writes into a request, apart from how it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

LONGEST = {"title": 160, "summary": 500, "description": 4000, "advantages": 1000, "specification": 1000}
"""Characters of the parts of a request."""
PUBLIC_FIELDS = (
    "type", "language", "title", "summary", "description", "advantages", "specification", "partner_sought", "stage",
    "stage_note", "ipr", "ipr_note", "programme",
)  # fmt: skip
"""What a request says of itself in words or one choice."""
PUBLIC_LISTS = ("countries", "cooperation", "partner_types", "domains", "goals")
"""What it says in several choices, kept sorted."""


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
    advantages: str = ""
    specification: str = ""
    stage: str = ""
    stage_note: str = ""
    ipr: str = ""
    ipr_note: str = ""
    cooperation: Sequence[str] = ()
    partner_types: Sequence[str] = ()
    domains: Sequence[str] = ()
    goals: Sequence[int] = ()
    programme: str = ""
    call_closes: date | None = None
    keywords: Sequence[int] = ()
    client: int | None = None
    client_name: str = ""
    private: str = ""


def parts_of(text: str) -> dict[str, str]:
    """A need in plain words laid out as a request: its first sentence as title, its beginning as summary and, where the
    summary does not hold it all, the whole as description; each cut at a word where it is too long."""
    from hansa.matching.text import phrases, plain, shortened

    told = plain(text)
    title = next(iter(phrases(told, limit=1, longest=LONGEST["title"])), "")
    summary = shortened(told, LONGEST["summary"])
    description = shortened(told, LONGEST["description"]) if summary != told else ""
    return {"title": title, "summary": summary, "description": description}


@dataclass(frozen=True)
class TeamText:
    """What a consortium is sought for and the rules it must meet; `None` where a number is left open."""

    name: str
    language: str
    about: str = ""
    countries: int = 2
    regions: int = 0
    most_per_country: int | None = None
    fewest: int | None = None
    most: int | None = None
    sme_led: bool = False
    helix: Sequence[str] = ()
    domains: Sequence[str] = ()


@dataclass(frozen=True)
class RoleText:
    """A place in a team and what its holder has to bring."""

    name: str
    sought: str
    language: str
    kinds: Sequence[str] = ()
    required: bool = True
    leads: bool = False
    number: int = 1
