"""The secret address under which a calendar program fetches what is due for a person."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from hansa.network.models.people import Person


class CalendarFeed(models.Model):
    """A person's calendar feed; only the SHA-256 of its secret is kept, and a new secret replaces the old one."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"calendar of {self.person_id}"
