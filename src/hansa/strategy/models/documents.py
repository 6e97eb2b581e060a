"""The documents of a run: their versions as they were written, their adoption, and the writing under way."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models import Person
from hansa.strategy.models.runs import Run


class Document(models.Model):
    """One of the four documents of a run; what it says is in its versions."""

    class Kind(models.TextChoices):
        STRATEGY = "strategy", _("Trans-S3 strategy")
        SUMMARY = "summary", _("Public summary")
        ANNEX = "annex", _("Methodology annex")
        DOSSIER = "dossier", _("Enabling-condition dossier")

    run = models.ForeignKey(Run, models.PROTECT, related_name="documents")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["run", "kind"], name="document_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.run}"

    def get_absolute_url(self) -> str:
        return reverse("strategy:document", args=[self.pk])


@pgtrigger.register(pgtrigger.Protect(name="version_stands", operation=pgtrigger.Update | pgtrigger.Delete))
class DocumentVersion(models.Model):
    """A document as it was written on a day, block by block. The database refuses to change or delete it."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    content = models.JSONField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the content without its drawings")
    figures = models.PositiveIntegerField(_("figures"))
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="document_versions")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [models.UniqueConstraint(fields=["document", "language", "number"], name="document_version_once")]

    def __str__(self) -> str:
        return f"{self.document} ({self.language}, v{self.number})"

    def get_absolute_url(self) -> str:
        return reverse("strategy:document_version", args=[self.pk])


class Adoption(models.Model):
    """That a version was adopted on a day, by a named lead partner; withdrawn only by another stated decision."""

    version = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="adoptions")
    on = models.DateField(_("adopted on"))
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="adoptions")
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawal_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-on", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(withdrawn_at__isnull=True), name="one_standing_adoption"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.on}"


class DocumentWriting(models.Model):
    """A document being written by the worker, in one language or several; it can be stopped between two chapters."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("writing", "waiting")
        WORKING = "working", pgettext_lazy("writing", "being written")
        DONE = "done", pgettext_lazy("writing", "written")
        UNCHANGED = "unchanged", pgettext_lazy("writing", "nothing has changed")
        STOPPED = "stopped", pgettext_lazy("writing", "stopped")
        FAILED = "failed", pgettext_lazy("writing", "failed")

    UNDER_WAY = (State.WAITING, State.WORKING)

    document = models.ForeignKey(Document, models.CASCADE, related_name="writings")
    languages = ArrayField(models.CharField(max_length=2, choices=settings.LANGUAGES))
    reason = models.TextField(_("reason"))
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(100)], help_text="per cent")
    fault = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["document"], condition=Q(state__in=["waiting", "working"]), name="one_writing_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.state}"

    @property
    def under_way(self) -> bool:
        return self.state in self.UNDER_WAY
