"""What a broker writes into a request, apart from how it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = {"title": 160, "summary": 500, "description": 4000}
"""Characters of the parts of a request."""
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


def parts_of(text: str) -> dict[str, str]:
    """A need in plain words laid out as a request: its first sentence as title, its beginning as summary and, where the
    summary does not hold it all, the whole as description; each cut at a word where it is too long."""
    from hansa.matching.text import phrases, plain, shortened

    told = plain(text)
    title = next(iter(phrases(told, limit=1, longest=LONGEST["title"])), "")
    summary = shortened(told, LONGEST["summary"])
    description = shortened(told, LONGEST["description"]) if summary != told else ""
    return {"title": title, "summary": summary, "description": description}
