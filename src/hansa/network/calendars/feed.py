"""The iCalendar file (RFC 5545) of a person's dates, from what the rooms register in `registry.calendar`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from hansa.network.actions.links import LONGEST, digest_of
from hansa.network.mailing import spoken
from hansa.network.middleware import acting_as
from hansa.network.models import CalendarFeed, Person
from hansa.network.notices.mailing import full, host
from hansa.network.permissions import may
from hansa.network.registry import CalendarItem, registry


def feed_of(secret: str) -> CalendarFeed | None:
    """The feed behind a secret; None where it was revoked, or its person takes part in nothing any more."""
    if not 0 < len(secret) <= LONGEST:
        return None
    feed = CalendarFeed.objects.filter(digest=digest_of(secret)).select_related("person").first()
    return feed if feed is not None and may(feed.person, "network.have_calendar", feed.person) else None


def items_of(person: Person) -> list[CalendarItem]:
    """Everything with a date for a person, as far as they may see it, in the order of the dates."""
    with acting_as(person):
        found = [item for provide in registry.calendar.values() for item in provide(person)]
    return sorted(found, key=lambda item: (_day(item.start), item.uid))


def calendar_of(feed: CalendarFeed) -> bytes:
    """The file in the person's language. The same dates give the same bytes, so that a conditional request is answered
    without them; moments are in UTC, which every calendar shows in its own zone."""
    person = feed.person
    with translation.override(spoken(person.language)):
        made = Calendar()
        made.add("prodid", "-//Hansa//Hansa//EN")
        made.add("version", "2.0")
        made.add("calscale", "GREGORIAN")
        made.add("method", "PUBLISH")
        made.add("x-wr-calname", _("Hansa: what is due"))
        made.add("x-wr-timezone", settings.TIME_ZONE)
        made.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
        for item in items_of(person):
            made.add_component(_event(item, feed.made_at))
    return made.to_ical()


def _event(item: CalendarItem, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", f"{item.uid}@{host()}")
    changed = (item.changed_at or stamp).astimezone(UTC).replace(microsecond=0)
    event.add("dtstamp", changed)
    event.add("summary", item.title)
    event.add("dtstart", _moment(item.start))
    if item.end is not None:
        event.add("dtend", _moment(item.end))
    elif not isinstance(item.start, datetime):
        event.add("dtend", item.start + timedelta(days=1))
    if item.url:
        event.add("url", full(item.url))
    said = "\n".join(filter(None, (item.description, full(item.url) if item.url else "")))
    if said:
        event.add("description", said)
    # a day on which something is due does not make its reader busy
    event.add("transp", "OPAQUE" if isinstance(item.start, datetime) else "TRANSPARENT")
    return event


def _moment(value: date | datetime) -> date | datetime:
    return value.astimezone(UTC).replace(microsecond=0) if isinstance(value, datetime) else value


def _day(value: date | datetime) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value.isoformat()
