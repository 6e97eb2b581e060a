"""Requests tied to priorities, the matches found for them, introductions, and the cases that follow."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from pgvector.django import HalfVectorField

from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person, Project, Region, words_index
from hansa.strategy.models import Priority


@pghistory.track()
class Request(models.Model):
    """A partnership profile: what somebody in a region needs or offers. Everything here may be read by the public
    once it is published; what may not be is in `RequestPrivate`."""

    class Type(models.TextChoices):
        BUSINESS_OFFER = "business_offer", _("business offer")
        BUSINESS_REQUEST = "business_request", _("business request")
        TECHNOLOGY_OFFER = "technology_offer", _("technology offer")
        TECHNOLOGY_REQUEST = "technology_request", _("technology request")
        RESEARCH_REQUEST = "research_request", _("R&D request")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("request", "draft")
        PUBLISHED = "published", pgettext_lazy("request", "published")
        CLOSED = "closed", pgettext_lazy("request", "closed")
        WITHDRAWN = "withdrawn", pgettext_lazy("request", "withdrawn")

    reference = models.CharField(_("reference"), max_length=24, unique=True)
    type = models.CharField(_("type"), max_length=20, choices=Type.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    priority = models.ForeignKey(Priority, models.PROTECT, related_name="requests", verbose_name=_("priority"))
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="requests", verbose_name=_("agency"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="requests", verbose_name=_("region"))
    broker = models.ForeignKey(Person, models.PROTECT, related_name="requests", verbose_name=_("broker"))
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS)
    title = models.CharField(_("title"), max_length=160)
    summary = models.CharField(_("summary"), max_length=500)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    partner_sought = models.TextField(_("partner sought"), max_length=1000, blank=True)
    countries = ArrayField(models.CharField(max_length=2), verbose_name=_("target countries"), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    matched_at = models.DateTimeField(null=True, blank=True)
    missing_signals = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [
            # the order of the list, whoever reads it; the two columns beside it answer who may see a row
            models.Index(fields=["-published_at", "-id"], include=["state", "agency"], name="request_latest"),
            models.Index(fields=["priority", "state"], name="request_priority"),
            models.Index(fields=["agency", "state"], name="request_agency"),
            words_index("title", "summary", "reference", name="request_words"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False), name="published_has_date"
            )
        ]

    def __str__(self) -> str:
        """The reference alone: it stands in audit notes, also of drafts, whose title only the agency may read."""
        return self.reference

    @property
    def is_offer(self) -> bool:
        return self.type in {self.Type.BUSINESS_OFFER, self.Type.TECHNOLOGY_OFFER}

    @property
    def public_text(self) -> str:
        return "\n".join(filter(None, (self.title, self.summary, self.description, self.partner_sought)))

    def get_absolute_url(self) -> str:
        return reverse("brokerage:request", args=[self.reference])


class RequestPrivate(models.Model):
    """What the client's own agency alone may see, until it is opened to another. PostgreSQL's row-level security
    holds that rule a second time: the application's role sees a row only for the agencies of the reader."""

    request = models.OneToOneField(Request, models.CASCADE, primary_key=True, related_name="private")
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    client_name = models.CharField(_("client"), max_length=200, blank=True)
    text = models.TextField(_("private text"), max_length=4000, blank=True)
    opened_to = ArrayField(models.BigIntegerField(), default=list, blank=True)

    def __str__(self) -> str:
        return f"private part of {self.request_id}"


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


@pghistory.track()
class Case(models.Model):
    """What grows from a proposed introduction: its state, the next step and its date. Both agencies see it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("case", "introduction proposed")
        INTRODUCED = "introduced", pgettext_lazy("case", "introduced")
        IN_TALKS = "in_talks", pgettext_lazy("case", "in talks")
        AGREEMENT = "agreement", pgettext_lazy("case", "agreement")
        JOINT_STRATEGY = "joint_strategy", pgettext_lazy("case", "joint strategy")
        DECLINED = "declined", pgettext_lazy("case", "declined")

    reference = models.CharField(_("reference"), max_length=24, unique=True)
    match = models.OneToOneField(Match, models.PROTECT, related_name="case")
    request = models.ForeignKey(Request, models.PROTECT, related_name="cases")
    priority = models.ForeignKey(Priority, models.PROTECT, related_name="cases")
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="cases")
    other_agency = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="cases_as_other")
    broker = models.ForeignKey(Person, models.PROTECT, related_name="cases")
    title = models.CharField(max_length=300)
    state = models.CharField(_("state"), max_length=14, choices=State.choices, default=State.PROPOSED)
    refusal = models.CharField(max_length=14, choices=Match.Refusal.choices, blank=True)
    next_step = models.CharField(_("next step"), max_length=200)
    next_due = models.DateField(_("by"))
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("next_due", "pk")
        indexes = [
            models.Index(fields=["agency", "state", "next_due"], name="case_agency"),
            models.Index(fields=["priority"], name="case_priority"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def get_absolute_url(self) -> str:
        return reverse("brokerage:case", args=[self.reference])


class Introduction(models.Model):
    """The proposal to bring two sides together; it counts as an indicator by itself."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="introduction")
    message = models.TextField(_("message to the other side"), max_length=2000, blank=True)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="introductions")
    proposed_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    accepted = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ("-proposed_at",)

    def __str__(self) -> str:
        return self.case.reference


class CaseEntry(models.Model):
    """One line of a case's diary: a move from state to state, or a note."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="entries")
    from_state = models.CharField(max_length=14, choices=Case.State.choices, blank=True)
    to_state = models.CharField(max_length=14, choices=Case.State.choices, blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="case_entries")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.case.reference} {self.at:%Y-%m-%d}"


class Counter(models.Model):
    """The last number given out per series (`PL84-2026`, `C-2026`); a row lock keeps two acts from sharing one."""

    series = models.CharField(max_length=24, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}: {self.last}"
