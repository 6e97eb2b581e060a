"""What is held on a person for their news, as data protection asks for it."""

from __future__ import annotations

from collections.abc import Mapping

from hansa.network.models import CalendarFeed, Notice, NoticeChoice, NoticeMail, Person


def erase(person: Person) -> Mapping[str, int]:
    """Forget all of it inside the caller's transaction; how many records of each kind there were."""
    tables = {"news": Notice, "choice": NoticeChoice, "e-mail": NoticeMail, "calendar address": CalendarFeed}
    counted = {}
    for kind, table in tables.items():
        rows = table.objects.filter(person=person)  # type: ignore[attr-defined]
        counted[kind] = rows.count()
        rows.delete()
    return counted
