"""What regions have written themselves: strategies, their priorities, and the tags that make them comparable."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hansa.network.models import LANGUAGES_OF_RECORDS, Person, Region


class StrategySource(models.Model):
    """A region's strategy as it was given: a pasted text, a PDF or a DOCX; its text is kept page by page."""

    class Kind(models.TextChoices):
        TEXT = "text", _("pasted text")
        PDF = "pdf", "PDF"
        DOCX = "docx", "DOCX"
        CSV = "csv", "CSV"

    region = models.ForeignKey(Region, models.PROTECT, related_name="strategy_sources", verbose_name=_("region"))
    title = models.CharField(_("title"), max_length=300)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file or the text")
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    url = models.URLField(_("address"), max_length=400, blank=True)
    pages = ArrayField(models.TextField(), default=list)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="strategy_sources")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("region__code", "title")
        constraints = [models.UniqueConstraint(fields=["region", "digest"], name="strategy_source_once")]

    def __str__(self) -> str:
        return self.title


class RegionalPriority(models.Model):
    """One priority of one region in its own words: original text, language, document and page."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="regional_priorities", verbose_name=_("region"))
    source = models.ForeignKey(
        StrategySource, models.PROTECT, null=True, blank=True, related_name="priorities", verbose_name=_("source")
    )
    page = models.PositiveIntegerField(_("page"), null=True, blank=True, validators=[MinValueValidator(1)])
    title = models.CharField(_("title"), max_length=300)
    text = models.TextField(_("text"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS)
    coder = models.ForeignKey(Person, models.PROTECT, null=True, related_name="coded_priorities")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    vector = models.BinaryField(null=True, help_text="meaning of title and text, float32, as the model gave it")
    vector_of = models.CharField(max_length=120, blank=True, help_text="model and text that the vector belongs to")

    class Meta:
        ordering = ("region__code", "pk")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("strategy:regional_priority", args=[self.pk])


class Facet(models.TextChoices):
    """The four sides of an opportunity area in Trans-S3."""

    SECTOR = "sector", _("sector")
    TECHNOLOGY = "technology", _("technology")
    THEME = "theme", _("theme")
    KNOWLEDGE = "knowledge", _("knowledge domain")


class RegionalTag(models.Model):
    """A tag on a regional priority: proposed by Hansa with a confidence, confirmed or refused by a person."""

    priority = models.ForeignKey(RegionalPriority, models.CASCADE, related_name="tags")
    facet = models.CharField(_("facet"), max_length=10, choices=Facet.choices)
    classification = models.CharField(_("classification"), max_length=40)
    code = models.CharField(_("code"), max_length=80)
    label = models.CharField(_("label"), max_length=300)
    labels = models.JSONField(_("labels per language"), default=dict, blank=True)
    confidence = models.FloatField(
        _("confidence"), null=True, blank=True, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)]
    )
    proposed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    holds = models.BooleanField(_("confirmed"), null=True, help_text="null while nobody has decided")

    class Meta:
        ordering = ("facet", "-confidence", "code")
        constraints = [
            models.UniqueConstraint(fields=["priority", "facet", "classification", "code"], name="regional_tag_once"),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__gte=0.0, confidence__lte=1.0),
                name="confidence_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    @property
    def local_label(self) -> str:
        return str(self.labels.get(get_language() or "", self.label))


class Theme(models.Model):
    """A theme that cuts across domains (bioeconomy, smart health): the thematic layer of a priority."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    names = models.JSONField(_("names per language"), default=dict, blank=True)
    description = models.TextField(_("description"), blank=True)
    source = models.CharField(_("source"), max_length=400, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return str(self.names.get(get_language() or "", self.name))


class ThemeDomain(models.Model):
    """One line of the concordance between themes and domains: stated, editable, never an official one."""

    theme = models.ForeignKey(Theme, models.CASCADE, related_name="concordance")
    classification = models.CharField(_("classification"), max_length=40, default="NACE Rev. 2")
    domain = models.CharField(_("domain"), max_length=24)
    weight = models.FloatField(_("weight"), default=1.0, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    note = models.CharField(_("why"), max_length=400, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("theme__code", "domain")
        constraints = [
            models.UniqueConstraint(fields=["theme", "classification", "domain"], name="concordance_once"),
            models.CheckConstraint(condition=Q(weight__gte=0.0, weight__lte=1.0), name="concordance_weight_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.theme.code} {self.domain}"
