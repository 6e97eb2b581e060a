"""A common priority, the figures and results behind it, and every move of it."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hansa.network.models import LANGUAGES_OF_RECORDS, Person, Region
from hansa.strategy.models.regional import RegionalPriority
from hansa.strategy.models.runs import Run


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
        MERGED = "merged", pgettext_lazy("priority", "merged into another")
        SPLIT = "split", pgettext_lazy("priority", "split")
        DROPPED = "dropped", pgettext_lazy("priority", "dropped")

    CLOSED = frozenset({State.MERGED, State.SPLIT, State.DROPPED})

    class Kind(models.TextChoices):
        SHARED = "shared", _("shared specialisation")
        COMPLEMENTARY = "complementary", _("complementary specialisation")

    class Origin(models.TextChoices):
        FIGURES = "figures", _("proposed from figures")
        STRATEGIES = "strategies", _("proposed from regional strategies")
        PEOPLE = "people", _("made by a merge or a split")

    number = models.PositiveIntegerField(unique=True)
    run = models.ForeignKey(Run, models.PROTECT, related_name="priorities")
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")
    titles = models.JSONField(_("titles per language"), default=dict, blank=True)
    title_is_proposed = models.BooleanField(default=True)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices, default=Origin.FIGURES)
    domains = ArrayField(models.CharField(max_length=24), verbose_name=_("domains"), default=list, blank=True)
    themes = ArrayField(models.CharField(max_length=40), verbose_name=_("themes"), default=list, blank=True)
    members = models.ManyToManyField(
        RegionalPriority, related_name="common", blank=True, verbose_name=_("regional priorities")
    )
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")
    split_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="split_into")
    reopened = models.CharField(max_length=8, blank=True, help_text="the step that a return reopened; empty otherwise")
    classification = models.CharField(max_length=40, default="NACE Rev. 2")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.INITIAL)
    score = models.FloatField(_("strength"), null=True, blank=True)
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
        return self.state not in self.CLOSED

    @property
    def reopened_label(self) -> str:
        """The name of the step that a return reopened."""
        return str(Step(self.reopened).label) if self.reopened else ""

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


class Step(models.TextChoices):
    """The steps of Trans-S3 that a priority passes after it was proposed."""

    VERIFY = "verify", _("verify")
    REFINE = "refine", _("refine")
    ASSESS = "assess", _("assess")
    FINALISE = "finalise", _("finalise")


class StepResult(models.Model):
    """What a step found about a priority, with the parameters and evidence it was computed from.

    `data` are the figures and judgements as they stood. A result stands until a return reopens its step
    (`reopened_at`) or a newer one replaces it; none is ever deleted.
    """

    priority = models.ForeignKey(Priority, models.CASCADE, related_name="results")
    step = models.CharField(_("step"), max_length=8, choices=Step.choices)
    data = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    evidence_version = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64)
    open_points = models.JSONField(default=list, help_text="what still stood against the move when it was made")
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="step_results")
    at = models.DateTimeField(auto_now_add=True)
    reopened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["priority", "step"], condition=models.Q(reopened_at__isnull=True), name="one_standing_result"
            )
        ]

    def __str__(self) -> str:
        return f"{self.priority.identifier} {self.step}"


class PriorityMove(models.Model):
    """One step of a priority: who, when, why. The list of moves is its history.

    `before` keeps what the move changed, so that a later move can undo it.
    """

    class Verb(models.TextChoices):
        PROPOSE = "propose", _("proposed")
        VERIFY = "verify", _("verified")
        REFINE = "refine", _("refined")
        ASSESS = "assess", _("assessed")
        FINALISE = "finalise", _("finalised")
        RENAME = "rename", _("renamed")
        RETURN = "return", _("returned")
        MERGE = "merge", _("merged")
        SPLIT = "split", _("split")
        DROP = "drop", _("dropped")
        RESTORE = "restore", _("taken up again")
        UNDO = "undo", _("undone")

    priority = models.ForeignKey(Priority, models.CASCADE, related_name="moves")
    verb = models.CharField(max_length=10, choices=Verb.choices)
    from_state = models.CharField(max_length=10, choices=Priority.State.choices, blank=True)
    to_state = models.CharField(max_length=10, choices=Priority.State.choices)
    old_title = models.CharField(max_length=200, blank=True)
    new_title = models.CharField(max_length=200, blank=True)
    step = models.CharField(_("step"), max_length=8, choices=Step.choices, blank=True)
    others = models.ManyToManyField(Priority, related_name="moved_with", blank=True)
    before = models.JSONField(default=dict)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    reason = models.TextField(_("reason"), blank=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="priority_moves")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.priority.identifier} {self.verb}"
