"""The rules that the brokers of a partnership agreed on, as far as they differ from what Hansa begins with."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from hansa.network.models.people import Person


class RuleSetting(models.Model):
    """A rule that the lead partner set; what can be set and what holds without it is declared in the registry."""

    key = models.CharField(max_length=80, primary_key=True)
    value = models.JSONField()
    reason = models.CharField(max_length=300, blank=True)
    set_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("key",)

    def __str__(self) -> str:
        return self.key
