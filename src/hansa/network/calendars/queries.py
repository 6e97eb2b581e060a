"""Reads of calendar addresses, and the note of their use."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from hansa.network.models import CalendarFeed, Person

USES_APART = timedelta(hours=1)


def feed_of_person(person: Person) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(person=person).first()


def note_use(feed: CalendarFeed) -> None:
    """Keep when a feed was last fetched, to the hour to spare writes."""
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USES_APART)
    CalendarFeed.objects.filter(stale, pk=feed.pk).update(last_used_at=now)
