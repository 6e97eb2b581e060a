"""What grows from a proposed introduction."""

from __future__ import annotations

import pghistory
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.brokerage.models.matches import Match
from hansa.brokerage.models.requests import Request
from hansa.network.models import Organisation, Person
from hansa.strategy.models import Priority


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
