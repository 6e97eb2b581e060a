"""The texts that can be found, and the matches found for a request."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from pgvector.django import HalfVectorField

from hansa.brokerage.models.requests import Request
from hansa.network.models import Organisation, Project, Region


class MatchText(models.Model):
    """One text that matching can find, with its vector: derived from requests and projects, rebuilt at any time."""

    request = models.OneToOneField(Request, models.CASCADE, null=True, related_name="match_text")
    project = models.OneToOneField(Project, models.CASCADE, null=True, related_name="match_text")
    language = models.CharField(max_length=2, blank=True)
    text = models.TextField()
    vector = HalfVectorField(dimensions=384, null=True)
    model = models.CharField(max_length=60, blank=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(request__isnull=False, project__isnull=True)
                | Q(request__isnull=True, project__isnull=False),
                name="match_text_of_one_record",
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Match(models.Model):
    """A possible partner for a request: another request, or an organisation by its projects; with the reasons."""

    class State(models.TextChoices):
        SUGGESTED = "suggested", pgettext_lazy("match", "suggested")
        SHORT_LISTED = "short_listed", pgettext_lazy("match", "short-listed")
        DECLINED = "declined", pgettext_lazy("match", "declined")
        INTRODUCED = "introduced", pgettext_lazy("match", "introduction proposed")

    class Refusal(models.TextChoices):
        OTHER_FIELD = "other_field", _("works in another field")
        WRONG_PARTNER = "wrong_partner", _("wrong kind of partner")
        TOO_FAR = "too_far", _("wrong country or too far")
        NO_CAPACITY = "no_capacity", _("no capacity now")
        KNOWN = "known", _("known already")
        OTHER = "other", _("another reason")

    request = models.ForeignKey(Request, models.CASCADE, related_name="matches")
    other_request = models.ForeignKey(Request, models.CASCADE, null=True, related_name="matched_by")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, related_name="matched_by")
    project = models.ForeignKey(Project, models.SET_NULL, null=True, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+")
    country = models.CharField(max_length=2, blank=True)
    title = models.CharField(max_length=500)
    language = models.CharField(max_length=2, blank=True)
    text = models.TextField(blank=True)
    rank = models.PositiveIntegerField()
    score = models.FloatField()
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=14, choices=State.choices, default=State.SUGGESTED)
    refusal = models.CharField(max_length=14, choices=Refusal.choices, blank=True)
    refusal_note = models.CharField(max_length=300, blank=True)
    method = models.CharField(max_length=60)
    computed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("rank", "pk")
        verbose_name_plural = "matches"
        constraints = [
            models.UniqueConstraint(fields=["request", "other_request"], name="match_request_once"),
            models.UniqueConstraint(fields=["request", "organisation"], name="match_organisation_once"),
            models.CheckConstraint(
                condition=Q(other_request__isnull=False, organisation__isnull=True)
                | Q(other_request__isnull=True, organisation__isnull=False),
                name="match_with_one_side",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request.reference} ↔ {self.title}"
