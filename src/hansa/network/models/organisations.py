"""Organisations with their identifiers, and the projects they took part in."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from hansa.network.models.regions import Region, words_index


class Organisation(models.Model):
    class Kind(models.TextChoices):
        COMPANY = "company", _("company")
        UNIVERSITY = "university", _("university or school")
        RESEARCH = "research", _("research institute")
        PUBLIC = "public", _("public body")
        SUPPORT = "support", _("innovation support")
        SOCIAL = "social", _("social enterprise or association")
        OTHER = "other", _("other")

    class Helix(models.TextChoices):
        BUSINESS = "business", _("business")
        ACADEMIA = "academia", _("academia")
        GOVERNMENT = "government", _("government")
        CIVIL = "civil", _("civil society")
        UNKNOWN = "", _("unknown")

    class Placed(models.TextChoices):
        """How the region was found, so that a guess never passes for a statement."""

        STATED = "stated", _("stated by the source")
        CITY = "city", _("by the name of the city")
        COUNTRY = "country", _("only the country is known")
        UNKNOWN = "", _("unknown")

    name = models.CharField(_("name"), max_length=300)
    short_name = models.CharField(_("short name"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.OTHER)
    helix = models.CharField(_("helix"), max_length=12, choices=Helix.choices, blank=True, default=Helix.UNKNOWN)
    is_sme = models.BooleanField(_("small or medium-sized"), null=True, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="organisations")
    placed = models.CharField(max_length=8, choices=Placed.choices, blank=True, default=Placed.UNKNOWN)
    country = models.CharField(_("country"), max_length=2, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    website = models.URLField(_("website"), max_length=400, blank=True)
    languages = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    is_partner = models.BooleanField(_("takes part in the partnership"), default=False)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        ordering = ("name", "pk")
        indexes = [
            words_index("name", "short_name", name="organisation_words"),
            models.Index(fields=["country"], name="organisation_country"),
        ]

    def __str__(self) -> str:
        return self.name


class Identifier(models.Model):
    """A number by which others know an organisation (PIC, VAT, NIP, REGON, ROR)."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="identifiers")
    scheme = models.CharField(max_length=12)
    value = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "value"], name="identifier_once")]

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class Project(models.Model):
    """A public project of organisations: the track record by which partners are found."""

    source = models.CharField(_("source"), max_length=80)
    number = models.CharField(_("number"), max_length=40)
    acronym = models.CharField(_("acronym"), max_length=80, blank=True)
    title = models.CharField(_("title"), max_length=500)
    summary = models.TextField(_("summary"), blank=True)
    language = models.CharField(max_length=2, blank=True)
    year = models.PositiveSmallIntegerField(_("start year"), null=True, blank=True)

    class Meta:
        ordering = ("-year", "number")
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="project_once")]

    def __str__(self) -> str:
        return self.acronym or self.title


class Participation(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="participations")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="participations")
    role = models.CharField(_("role"), max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "organisation"], name="participation_once")]

    def __str__(self) -> str:
        return f"{self.organisation} in {self.project}"
