"""Common sets of regional priorities as they were computed, arranged by people, and taken up or refused."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models import LANGUAGES_OF_RECORDS, Person
from hansa.strategy.models.priorities import Priority
from hansa.strategy.models.regional import RegionalPriority
from hansa.strategy.models.runs import Run


class SetComputation(models.Model):
    """One search for common sets in a run: the rule it followed and what it looked at."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="set_computations")
    parameters = models.JSONField(_("parameters"))
    method = models.CharField(max_length=120, help_text="what the likeness of meaning was measured with")
    looked_at = models.PositiveIntegerField(help_text="regional priorities compared")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the proposed sets in canonical JSON")
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.run} {self.at:%Y-%m-%d}"


class CommonSet(models.Model):
    """Regional priorities of several regions that belong together, in the words of one run.

    `overlap` is the share of the run's regions that carry the set, weighted by how sure the coders are of the tags
    that bind it; null where people arranged it and nothing was computed since. `ties` says what binds it.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("common set", "proposed")
        TAKEN = "taken", pgettext_lazy("common set", "taken up")
        REFUSED = "refused", pgettext_lazy("common set", "refused")

    run = models.ForeignKey(Run, models.CASCADE, related_name="common_sets")
    computation = models.ForeignKey(
        SetComputation, models.SET_NULL, null=True, blank=True, related_name="sets", verbose_name=_("computation")
    )
    kind = models.CharField(_("kind"), max_length=14, choices=Priority.Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")
    overlap = models.FloatField(
        _("overlap"), null=True, blank=True, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)]
    )
    parameters = models.JSONField(_("parameters"), default=dict)
    ties = models.JSONField(default=list, help_text="what binds the set: tags, themes or pairs of domains")
    arranged = models.BooleanField(default=False, help_text="changed by a person since it was computed")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PROPOSED)
    priority = models.ForeignKey(
        Priority, models.PROTECT, null=True, blank=True, related_name="common_sets", verbose_name=_("priority")
    )
    reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-overlap", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(overlap__isnull=True) | Q(overlap__gte=0.0, overlap__lte=1.0), name="overlap_is_a_share"
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("strategy:common_set", args=[self.pk])


class SetMember(models.Model):
    """A regional priority in a common set; `similarity` is its mean to the other members, null where arranged."""

    common_set = models.ForeignKey(CommonSet, models.CASCADE, related_name="memberships")
    priority = models.ForeignKey(RegionalPriority, models.PROTECT, related_name="set_memberships")
    similarity = models.FloatField(_("similarity"), null=True, blank=True)

    class Meta:
        ordering = ("priority__region__code", "priority_id")
        constraints = [models.UniqueConstraint(fields=["common_set", "priority"], name="set_member_once")]

    def __str__(self) -> str:
        return f"{self.common_set}: {self.priority}"
