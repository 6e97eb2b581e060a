"""The look that a broker of another agency takes at a request before it is published."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.brokerage.models.requests import Request
from hansa.network.models import Organisation, Person


class RequestReview(models.Model):
    """A review that was asked for, and its answer: four criteria from 0 to 5 in the order of `CRITERIA`.

    `text_digest` is the SHA-256 of the public text that was read, so that a text changed later has lost its review.
    """

    class Criterion(models.TextChoices):
        ADVANTAGES = "advantages", _("advantages and innovations")
        CLARITY = "clarity", _("clarity of the description")
        COOPERATION = "cooperation", _("what is expected of the partner")
        GUIDELINES = "guidelines", _("guidelines and language")

    class Outcome(models.TextChoices):
        ASKED = "asked", pgettext_lazy("review", "waits for a reviewer")
        PASSED = "passed", pgettext_lazy("review", "may be published")
        HELD = "held", pgettext_lazy("review", "to be improved")
        REJECTED = "rejected", pgettext_lazy("review", "not to be published")
        TAKEN_BACK = "taken_back", pgettext_lazy("review", "taken back")

    request = models.ForeignKey(Request, models.CASCADE, related_name="reviews")
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    reviewer = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="reviews")
    agency = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.ASKED)
    scores = ArrayField(models.PositiveSmallIntegerField(validators=[MaxValueValidator(5)]), size=4, default=list)
    comment = models.TextField(_("comment"), max_length=2000, blank=True)
    text_digest = models.CharField(max_length=64, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(outcome="asked"), name="one_open_review"),
        ]

    def __str__(self) -> str:
        return f"{self.request.reference} {self.outcome}"

    @property
    def total(self) -> int | None:
        """Of 20; None while nobody has answered."""
        return sum(self.scores) if self.scores else None


CRITERIA = tuple(RequestReview.Criterion)
