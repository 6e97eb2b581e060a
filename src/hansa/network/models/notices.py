"""What Hansa tells a person: a kind with its parameters, said in the reader's language when it is read or mailed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from hansa.network.models.people import Person


class Notice(models.Model):
    """One piece of news for one person. It never carries private text: `parameters` are references, names of stages
    and dates. `key` makes a job that runs twice tell it once."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=60)
    parameters = models.JSONField(default=dict, blank=True)
    url = models.CharField(max_length=300)
    key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "key"], condition=~Q(key=""), name="notice_told_once")
        ]
        indexes = [models.Index(fields=["person", "-created_at"], name="notice_of_person")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"
