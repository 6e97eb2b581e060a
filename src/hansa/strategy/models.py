"""Trans-S3 as it is stored: a run over regions, the priorities it proposes, and every move of each."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hansa.network.models import LANGUAGES_OF_RECORDS, Person, Region


class Run(models.Model):
    """One computation of common priorities; it keeps the parameters and the evidence it was made from."""

    title = models.CharField(_("title"), max_length=160)
    regions = models.ManyToManyField(Region, related_name="runs", verbose_name=_("regions"))
    table = models.CharField(_("activity table"), max_length=120)
    evidence_version = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    parameters = models.JSONField(_("parameters"))
    synthetic = models.BooleanField(default=False)
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="runs")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("strategy:run", args=[self.pk])


@pghistory.track()
class Priority(models.Model):
    """A common priority of several regions. Its identifier holds from the day it is first proposed."""

    class State(models.TextChoices):
        INITIAL = "initial", pgettext_lazy("priority", "initial")
        VERIFIED = "verified", pgettext_lazy("priority", "verified")
        REFINED = "refined", pgettext_lazy("priority", "refined")
        ASSESSED = "assessed", pgettext_lazy("priority", "assessed")
        FINAL = "final", pgettext_lazy("priority", "final")
        RETURNED = "returned", pgettext_lazy("priority", "returned")
        DROPPED = "dropped", pgettext_lazy("priority", "dropped")

    class Kind(models.TextChoices):
        SHARED = "shared", _("shared specialisation")
        COMPLEMENTARY = "complementary", _("complementary specialisation")

    number = models.PositiveIntegerField(unique=True)
    run = models.ForeignKey(Run, models.PROTECT, related_name="priorities")
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")
    titles = models.JSONField(_("titles per language"), default=dict, blank=True)
    title_is_proposed = models.BooleanField(default=True)
    domains = ArrayField(models.CharField(max_length=24), verbose_name=_("domains"))
    classification = models.CharField(max_length=40, default="NACE Rev. 2")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.INITIAL)
    score = models.FloatField(_("strength"))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("number",)
        indexes = [models.Index(fields=["state", "number"], name="priority_state")]

    def __str__(self) -> str:
        return f"{self.identifier} {self.local_title}"

    @property
    def identifier(self) -> str:
        return f"P-{self.number:02d}"

    @property
    def local_title(self) -> str:
        """The title in the reader's language where it is recorded, else the original."""
        return str(self.titles.get(get_language() or "", self.title))

    @property
    def local_language(self) -> str:
        """The language that `local_title` is written in."""
        language = get_language() or ""
        return language if language in self.titles else self.language

    @property
    def is_open(self) -> bool:
        """Whether work can still be tied to it."""
        return self.state != self.State.DROPPED

    def get_absolute_url(self) -> str:
        return reverse("strategy:priority", args=[self.number])


class PriorityFigure(models.Model):
    """A figure behind a priority as it stood in the run: one region, one domain."""

    priority = models.ForeignKey(Priority, models.CASCADE, related_name="figures")
    region = models.ForeignKey(Region, models.PROTECT, related_name="priority_figures")
    figures_from = models.CharField(max_length=16, help_text="code of the region whose figures stand in for it")
    domain = models.CharField(max_length=24)
    role = models.CharField(max_length=8, choices=[("holds", _("holds")), ("near", _("close to it"))])
    value = models.FloatField(null=True)
    location_quotient = models.FloatField(null=True)
    density = models.FloatField(null=True)
    complexity = models.FloatField(null=True)

    class Meta:
        ordering = ("domain", "-location_quotient")
        constraints = [models.UniqueConstraint(fields=["priority", "region", "domain"], name="figure_once")]

    def __str__(self) -> str:
        return f"{self.priority.identifier} {self.region_id} {self.domain}"


class PriorityMove(models.Model):
    """One step of a priority: who, when, why. The list of moves is its history."""

    class Verb(models.TextChoices):
        PROPOSE = "propose", _("proposed")
        ACCEPT = "accept", _("accepted")
        RENAME = "rename", _("renamed")
        RETURN = "return", _("returned")
        DROP = "drop", _("dropped")
        RESTORE = "restore", _("taken up again")

    priority = models.ForeignKey(Priority, models.CASCADE, related_name="moves")
    verb = models.CharField(max_length=10, choices=Verb.choices)
    from_state = models.CharField(max_length=10, choices=Priority.State.choices, blank=True)
    to_state = models.CharField(max_length=10, choices=Priority.State.choices)
    old_title = models.CharField(max_length=200, blank=True)
    new_title = models.CharField(max_length=200, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="priority_moves")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.priority.identifier} {self.verb}"
