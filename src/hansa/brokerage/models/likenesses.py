"""Requests that say nearly the same as another one, in whatever language, and what the agency said about it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from hansa.brokerage.models.requests import Request
from hansa.network.models import Person


class LikenessSearch(models.Model):
    """When a request was last compared with the others of its own side; `done_at` is empty while that goes on."""

    request = models.OneToOneField(Request, models.CASCADE, primary_key=True, related_name="likeness_search")
    asked_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    missing_signals = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    def __str__(self) -> str:
        return f"likenesses of {self.request_id}"

    @property
    def computing(self) -> bool:
        return self.done_at is None


class Likeness(models.Model):
    """`other` says nearly what `request` says. A dismissal (“it is another one”) stays with the pair."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="likenesses")
    other = models.ForeignKey(Request, models.CASCADE, related_name="+")
    score = models.FloatField()
    reasons = models.JSONField(default=list)
    method = models.CharField(max_length=60)
    found_at = models.DateTimeField(default=timezone.now)
    dismissed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-score", "pk")
        verbose_name_plural = "likenesses"
        constraints = [
            models.UniqueConstraint(fields=["request", "other"], name="likeness_once"),
            models.CheckConstraint(condition=~models.Q(request=models.F("other")), name="likeness_of_two"),
            models.CheckConstraint(
                condition=models.Q(dismissed_at__isnull=True, dismissed_by__isnull=True)
                | models.Q(dismissed_at__isnull=False, dismissed_by__isnull=False),
                name="likeness_dismissed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request.reference} ≈ {self.other.reference}"
