"""A run of Trans-S3 and the evidence it was computed from, kept so that it can be computed again."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hansa.network.models import Person, Region


class EvidenceCopy(models.Model):
    """The activity table of one year as it stood when a run was computed; runs on the same evidence share it.

    `content` is a Parquet file with the columns region, domain, value; an unknown value is null.
    """

    table = models.CharField(max_length=120)
    version = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    entry = models.JSONField(default=dict)
    content = models.BinaryField()
    kept_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "version", "year"], name="evidence_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.year or ''} {self.version[:12]}".strip()


class Run(models.Model):
    """One computation of common priorities; it keeps the parameters and the evidence it was made from."""

    title = models.CharField(_("title"), max_length=160)
    regions = models.ManyToManyField(Region, related_name="runs", verbose_name=_("regions"))
    reference = ArrayField(models.CharField(max_length=16), default=list, blank=True, verbose_name=_("reference area"))
    table = models.CharField(_("activity table"), max_length=120)
    classification = models.CharField(_("classification"), max_length=40, default="NACE Rev. 2")
    evidence_version = models.CharField(max_length=80)
    evidence = models.ForeignKey(EvidenceCopy, models.PROTECT, null=True, related_name="runs")
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    parameters = models.JSONField(_("parameters"))
    result = models.JSONField(default=list, help_text="what was proposed, in the order of the proposal")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the result in canonical JSON")
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followers")
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    note = models.TextField(_("what changed and why"), blank=True)
    synthetic = models.BooleanField(default=False)
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="runs")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.title if self.version == 1 else f"{self.title} (v{self.version})"

    def get_absolute_url(self) -> str:
        return reverse("strategy:run", args=[self.pk])
