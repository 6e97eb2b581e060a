"""Weights learnt from what brokers did with suggestions, and which weights the lead partner has switched on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from hansa.network.models import Person


class LearntWeights(models.Model):
    """One attempt to learn weights: who asked when, from how much, what came out and how it was judged.

    `right` and `right_default` are shares of pairs of an accepted and a refused suggestion of one request in the right
    order, on requests that the weights were not learnt from; `low` to `high` holds 95 % of their difference. `scale` is
    how many times as high scores are as with the default, so that the lines of strength can follow.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("weights", "being learnt")
        LEARNT = "learnt", pgettext_lazy("weights", "learnt")
        REFUSED = "refused", pgettext_lazy("weights", "too few outcomes")
        FAILED = "failed", pgettext_lazy("weights", "failed")

    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    computed_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    version = models.CharField(max_length=60, blank=True)
    default_version = models.CharField(max_length=20)
    weights = models.JSONField(default=dict, blank=True)
    scale = models.FloatField(default=1.0)
    outcomes = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    judged = models.PositiveIntegerField(default=0)
    right = models.FloatField(null=True, blank=True)
    right_default = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "learnt weights"
        constraints = [
            models.UniqueConstraint(fields=["version"], condition=~Q(version=""), name="learnt_version_once"),
            models.UniqueConstraint(fields=["status"], condition=Q(status="waiting"), name="learning_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return self.version or f"learning {self.pk}"

    @property
    def better(self) -> bool:
        """Whether the measured difference to the default lies above zero with its whole interval."""
        return self.status == self.Status.LEARNT and self.low is not None and self.low > 0

    @property
    def difference(self) -> float | None:
        return None if self.right is None or self.right_default is None else self.right - self.right_default


class WeightsChoice(models.Model):
    """The lead partner's word on what ranks from here on: learnt weights, or the default where `weights` is empty. The
    latest row holds; none is ever changed."""

    weights = models.ForeignKey(LearntWeights, models.PROTECT, null=True, blank=True, related_name="choices")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.weights or 'default'} {self.at:%Y-%m-%d %H:%M}"
