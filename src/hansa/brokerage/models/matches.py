"""The texts that can be found, and the matches found for a request."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from pgvector.django import HalfVectorField, HnswIndex

from hansa.brokerage.models.requests import Request
from hansa.network.models import Organisation, Project, Region


class MatchText(models.Model):
    """One text that matching can find, derived from a request or a project and rebuilt at any time.

    `text` is clean; all columns below it are read off the text and its record by `hansa.matching.retrieval`, whose
    `COLUMNS` they are. `read_as` says by what they were read, and is empty where they wait to be read again.
    """

    request = models.OneToOneField(Request, models.CASCADE, null=True, related_name="match_text")
    project = models.OneToOneField(Project, models.CASCADE, null=True, related_name="match_text")
    agency = models.ForeignKey(Organisation, models.CASCADE, null=True, related_name="+")
    public = models.BooleanField(default=True)
    language = models.CharField(max_length=8, blank=True)
    text = models.TextField()
    stance = models.CharField(max_length=8, blank=True)
    tags = ArrayField(models.TextField(), default=list, blank=True)
    traits = models.JSONField(default=dict, blank=True)
    variety = models.FloatField(default=1.0)
    concepts = models.BinaryField(null=True)
    vector = HalfVectorField(dimensions=384, null=True)
    place = HalfVectorField(dimensions=384, null=True)
    model = models.CharField(max_length=60, blank=True)
    read_as = models.CharField(max_length=60, blank=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(request__isnull=False, project__isnull=True)
                | Q(request__isnull=True, project__isnull=False),
                name="match_text_of_one_record",
            )
        ]
        indexes = [
            HnswIndex(fields=["place"], opclasses=["halfvec_ip_ops"], name="match_text_place"),
            GinIndex(fields=["tags"], fastupdate=False, name="match_text_tags"),
            models.Index(fields=["id"], condition=Q(vector__isnull=True), name="match_text_without_vector"),
            models.Index(fields=["id"], condition=Q(read_as=""), name="match_text_unread"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class MatchMeans(models.Model):
    """The language means that the places of texts were made with (`MEANS_COLUMNS` of `hansa.matching.retrieval`)."""

    model = models.CharField(max_length=60)
    content = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "match means"

    def __str__(self) -> str:
        return f"{self.model} {self.made_at:%Y-%m-%d}"


class MatchChange(models.Model):
    """A text came, changed or went: written by a trigger, read by every index of words that keeps itself in step."""

    text = models.BigIntegerField()
    at = models.DateTimeField(db_index=True, db_default=Now())

    def __str__(self) -> str:
        return f"{self.text} {self.at:%Y-%m-%d %H:%M}"


class Match(models.Model):
    """A possible partner for a request: another request, or an organisation by its projects; with the reasons.

    `signals` keeps what it was scored by (`hansa.matching.whatif.Kept`), from which weights are learnt; empty where it
    was found before signals were kept.
    """

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
        NO_GROUND = "no_ground", _("no common ground was found")
        PRICE = "price", _("price or terms")
        FINANCE = "finance", _("no finance was found")
        LOST = "lost", _("contact was lost")
        NO_ANSWER = "no_answer", _("no answer in time")
        WITHDRAWN = "withdrawn", _("taken back by who proposed it")
        OTHER = "other", _("another reason")

    FIRST_LOOK = (
        Refusal.OTHER_FIELD,
        Refusal.WRONG_PARTNER,
        Refusal.TOO_FAR,
        Refusal.NO_CAPACITY,
        Refusal.KNOWN,
        Refusal.OTHER,
    )
    """Reasons that can be given before two sides have talked."""
    LATER = (Refusal.NO_GROUND, Refusal.PRICE, Refusal.FINANCE, Refusal.LOST)
    """Reasons for which a case fails later."""

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
    signals = models.JSONField(default=dict, blank=True)
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
