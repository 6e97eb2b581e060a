"""The review of a run's priorities against the newest figures."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models import Person
from hansa.strategy.models.priorities import Priority
from hansa.strategy.models.runs import Run


class Review(models.Model):
    """A review of one run: planned, opened (when the figures are compared), closed with minutes.

    `evidence_same` says whether the figures were those the run was made from; None while it is planned.
    """

    run = models.ForeignKey(Run, models.PROTECT, related_name="reviews", verbose_name=_("run"))
    planned_for = models.DateField(_("planned for"))
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    table = models.CharField(_("activity table"), max_length=120, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    evidence_version = models.CharField(max_length=80, blank=True)
    evidence_same = models.BooleanField(null=True)
    strength_fall = models.FloatField(default=0.25, help_text="share of its strength whose loss asks for a second look")
    minutes = models.TextField(_("minutes"), blank=True)
    next_on = models.DateField(_("next review"), null=True, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="planned_reviews")

    class Meta:
        ordering = ("-planned_for", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["run"],
                condition=Q(opened_at__isnull=False, closed_at__isnull=True),
                name="one_open_review_of_a_run",
            )
        ]

    def __str__(self) -> str:
        return f"{self.run}, {self.planned_for:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None

    def get_absolute_url(self) -> str:
        return reverse("strategy:review", args=[self.pk])


class ReviewItem(models.Model):
    """What a review found about one priority, what follows from it by the stated rule, and what a person decided.

    `found`: JSON with `cells` (domain, region, held then and now, figures), `domains`, `strength` and `signals`;
    `reasons`: codes with their figures, told in words by `plan.telling`.
    """

    class Verdict(models.TextChoices):
        KEEP = "keep", pgettext_lazy("review", "keep")
        LOOK = "look", pgettext_lazy("review", "look again")
        REOPEN = "reopen", pgettext_lazy("review", "reopen")

    review = models.ForeignKey(Review, models.CASCADE, related_name="items")
    priority = models.ForeignKey(Priority, models.PROTECT, related_name="review_items")
    state_then = models.CharField(max_length=10, choices=Priority.State.choices)
    found = models.JSONField(default=dict)
    proposal = models.CharField(max_length=6, choices=Verdict.choices)
    reasons = models.JSONField(default=list)
    decision = models.CharField(_("decision"), max_length=6, choices=Verdict.choices, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="review_decisions")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["review", "priority"], name="reviewed_once")]

    def __str__(self) -> str:
        return f"{self.review}: {self.priority.identifier}"
