"""What is held on a person for their news, as data protection asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hansa.network.models import CalendarFeed, Notice, NoticeChoice, NoticeMail, Person
from hansa.network.notices.sentences import sentence_of


def held_on(person: Person) -> Iterable[Mapping[str, Any]]:
    """One mapping per record, its kind under `record`; moments in ISO 8601."""
    for news in Notice.objects.filter(person=person).order_by("pk"):
        read = news.read_at.isoformat() if news.read_at else None
        yield {"record": "news", "told": news.created_at.isoformat(), "text": sentence_of(news), "read": read}
    for choice in NoticeChoice.objects.filter(person=person).order_by("pk"):
        yield {"record": "choice", "group": choice.group, "way": choice.way, "set": choice.set_at.isoformat()}
    for mail in NoticeMail.objects.filter(person=person).order_by("pk"):
        sent = mail.sent_at.isoformat() if mail.sent_at else None
        yield {"record": "e-mail", "made": mail.created_at.isoformat(), "state": mail.state, "sent": sent}
    for feed in CalendarFeed.objects.filter(person=person):
        used = feed.last_used_at.isoformat() if feed.last_used_at else None
        yield {"record": "calendar address", "made": feed.made_at.isoformat(), "last used": used}


def erase(person: Person) -> Mapping[str, int]:
    """Forget all of it inside the caller's transaction; how many records of each kind there were."""
    tables = {"news": Notice, "choice": NoticeChoice, "e-mail": NoticeMail, "calendar address": CalendarFeed}
    counted = {}
    for kind, table in tables.items():
        rows = table.objects.filter(person=person)  # type: ignore[attr-defined]
        counted[kind] = rows.count()
        rows.delete()
    return counted
