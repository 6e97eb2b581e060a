"""What a broker keeps looking for, and what was found for it since.

Both tables hold a client's need in plain words, so PostgreSQL's row-level security shows a row to its own agency alone.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.brokerage.models.requests import Request
from hansa.network.models import Organisation, Person, Project
from hansa.strategy.models import Priority

LONGEST_NEED = 50_000
"""Characters of a need that are kept and compared."""


class SavedSearch(models.Model):
    """A need with its filters. While it is active, every text published later is compared with it."""

    class State(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("search", "active")
        PAUSED = "paused", pgettext_lazy("search", "paused")

    class Threshold(models.TextChoices):
        """The strength from which a new text is told; the words are those of the matches."""

        STRONG = "strong", _("strong only")
        LIKELY = "likely", _("likely or strong")
        POSSIBLE = "possible", _("possible, likely or strong")

    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    broker = models.ForeignKey(Person, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    text = models.TextField(_("need"), max_length=LONGEST_NEED)
    language = models.CharField(max_length=2, blank=True)
    want = models.CharField(max_length=8, blank=True)
    types = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    countries = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    place = models.CharField(max_length=16, blank=True)
    languages = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    priority = models.ForeignKey(Priority, models.PROTECT, null=True, blank=True, related_name="+")
    own_region = models.BooleanField(default=False)
    threshold = models.CharField(max_length=8, choices=Threshold.choices, default=Threshold.LIKELY)
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField(default=timezone.now)
    """Saved or resumed: requests that were published before were there to be found, and are not told."""
    newest_text = models.BigIntegerField(default=0)
    """The highest key of a project's text that was there when the search was last compared with projects."""

    class Meta:
        ordering = ("-created_at", "-pk")
        verbose_name_plural = "saved searches"
        indexes = [models.Index(fields=["agency", "state"], name="search_agency")]

    def __str__(self) -> str:
        """The number alone: it stands in audit notes, and the name may tell who the client is."""
        return f"search {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    def get_absolute_url(self) -> str:
        return reverse("brokerage:search", args=[self.pk])


class SearchAlert(models.Model):
    """One text that came later and answers a saved search, with the reasons of that moment."""

    search = models.ForeignKey(SavedSearch, models.CASCADE, related_name="alerts")
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    request = models.ForeignKey(Request, models.CASCADE, null=True, related_name="+")
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, related_name="+")
    score = models.FloatField()
    weights = models.CharField(max_length=60, blank=True)
    reasons = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=["agency"], condition=Q(seen_at__isnull=True), name="alert_unseen")]
        constraints = [
            models.UniqueConstraint(fields=["search", "request"], name="alert_of_request_once"),
            models.UniqueConstraint(fields=["search", "project"], name="alert_of_project_once"),
            models.CheckConstraint(
                condition=Q(request__isnull=False, project__isnull=True, organisation__isnull=True)
                | Q(request__isnull=True, project__isnull=False, organisation__isnull=False),
                name="alert_of_one_text",
            ),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk}"
