"""A request's public text in other languages, by people or by a machine, beside the original that always stays."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.brokerage.models.requests import Request
from hansa.network.models import LANGUAGES_OF_RECORDS, Person

TRANSLATED = ("title", "summary", "description", "advantages", "specification", "partner_sought")


class RequestTranslation(models.Model):
    """One language of a request. `stale` says that the original was changed since; `by` is empty for a machine."""

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("translation", "being translated")
        MACHINE = "machine", pgettext_lazy("translation", "machine translation")
        HUMAN = "human", pgettext_lazy("translation", "translated by a person")
        FAILED = "failed", pgettext_lazy("translation", "failed")

    request = models.ForeignKey(Request, models.CASCADE, related_name="translations")
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS)
    source_language = models.CharField(max_length=2, choices=LANGUAGES_OF_RECORDS)
    status = models.CharField(max_length=8, choices=Status.choices)
    stale = models.BooleanField(default=False)
    title = models.CharField(_("title"), max_length=300, blank=True)
    summary = models.TextField(_("summary"), max_length=1000, blank=True)
    description = models.TextField(_("description"), max_length=8000, blank=True)
    advantages = models.TextField(_("advantages and innovations"), max_length=2000, blank=True)
    specification = models.TextField(_("technical specification"), max_length=2000, blank=True)
    partner_sought = models.TextField(_("partner sought"), max_length=8000, blank=True)
    engine = models.CharField(max_length=60, blank=True)
    engine_version = models.CharField(max_length=40, blank=True)
    fault = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("language",)
        constraints = [
            models.UniqueConstraint(fields=["request", "language"], name="translation_once"),
            models.CheckConstraint(condition=~Q(language=F("source_language")), name="translation_is_another_language"),
            models.CheckConstraint(
                condition=~Q(status="machine") | ~Q(engine=""), name="machine_translation_names_its_engine"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request.reference} {self.language}"

    @property
    def readable(self) -> bool:
        """Whether there is a text to read: an earlier one stays readable while it is made anew."""
        return bool(self.title and self.summary)
