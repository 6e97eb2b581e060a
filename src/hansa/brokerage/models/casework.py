"""The work on a case: tasks with a clock, what was said and written, documents, follow-ups and what came of it."""

from __future__ import annotations

import hashlib

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.brokerage.models.cases import Case
from hansa.network.models import Organisation, Person

LARGEST = 10 * 1024 * 1024
"""Bytes of a document."""


@pghistory.track()
class Task(models.Model):
    """Something that somebody does by a day; both sides of the case see it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="tasks")
    owner = models.ForeignKey(Person, models.PROTECT, related_name="tasks", verbose_name=_("who"))
    title = models.CharField(_("what"), max_length=200)
    due = models.DateField(_("by"))
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("due", "pk")
        indexes = [models.Index(fields=["owner", "due"], condition=Q(done_at__isnull=True), name="task_open")]

    def __str__(self) -> str:
        return f"task {self.pk}"

    def get_absolute_url(self) -> str:
        return f"{reverse('brokerage:case', args=[self.case.reference])}#tasks"


class Interaction(models.Model):
    """A call, visit, meeting or e-mail; both sides read what it was about."""

    class Kind(models.TextChoices):
        CALL = "call", _("call")
        VISIT = "visit", _("visit")
        MEETING = "meeting", _("meeting")
        EMAIL = "email", _("e-mail")

    case = models.ForeignKey(Case, models.CASCADE, related_name="interactions")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    at = models.DateTimeField(_("when"))
    who = models.CharField(_("who took part"), max_length=300, blank=True)
    subject = models.CharField(_("about"), max_length=200)
    text = models.TextField(_("what was said"), max_length=20000, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class PrivateNote(models.Model):
    """What a broker notes for the own agency alone; the other side does not see that it exists."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="private_notes")
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    text = models.TextField(_("note"), max_length=4000)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"private note {self.pk}"


class CaseDocument(models.Model):
    """A file of a case, kept in the database with its SHA-256, so that a backup is whole. A removed one can be taken
    back."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="documents")
    name = models.CharField(_("name"), max_length=200)
    media_type = models.CharField(max_length=100)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"document {self.pk}"

    def is_whole(self) -> bool:
        return hashlib.sha256(bytes(self.content)).hexdigest() == self.sha256


@pghistory.track()
class FollowUp(models.Model):
    """The question, some months after an agreement, what came of it; made by itself."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="follow_ups")
    months = models.PositiveSmallIntegerField(_("months after the agreement"))
    due = models.DateField(_("by"))
    answer = models.TextField(_("what came of it"), max_length=4000, blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("due", "pk")
        constraints = [models.UniqueConstraint(fields=["case", "months"], name="follow_up_once")]

    def __str__(self) -> str:
        return f"follow-up {self.pk}"


@pghistory.track()
class Outcome(models.Model):
    """What a case brought, with its evidence. `value` is empty where it is not known; `verified_by` is somebody else
    than who claimed it."""

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", _("agreement signed")
        PROJECT = "project", _("joint project")
        TURNOVER = "turnover", _("turnover")
        EXPORT = "export", _("export")
        JOBS = "jobs", _("jobs")
        PRODUCT = "product", _("new product or service")
        INVESTMENT = "investment", _("investment")
        OTHER = "other", pgettext_lazy("outcome", "other")

    UNITS = {Kind.TURNOVER: "EUR", Kind.EXPORT: "EUR", Kind.INVESTMENT: "EUR", Kind.JOBS: "FTE"}
    """The unit of a kind's value; every other kind is counted."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="outcomes")
    follow_up = models.ForeignKey(FollowUp, models.SET_NULL, null=True, blank=True, related_name="outcomes")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    value = models.DecimalField(
        _("value"), max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    year = models.PositiveSmallIntegerField(_("year"), validators=[MinValueValidator(1990), MaxValueValidator(2100)])
    evidence = models.CharField(_("evidence"), max_length=500)
    link = models.URLField(_("link to the evidence"), max_length=400, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="outcomes")
    at = models.DateTimeField(default=timezone.now)
    verified_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-year", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=models.F("by")), name="verified_by_another"
            ),
            models.CheckConstraint(condition=Q(value__isnull=True) | Q(value__gte=0), name="outcome_value_not_below_0"),
        ]

    def __str__(self) -> str:
        return f"outcome {self.pk}"

    @property
    def unit(self) -> str:
        return self.UNITS.get(self.Kind(self.kind), "")
