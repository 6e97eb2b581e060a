"""Regions by NUTS code, the languages records are kept in, and the index that finds parts of words."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

LANGUAGES_OF_RECORDS = [
    ("pl", _("Polish")),
    ("lt", _("Lithuanian")),
    ("lv", _("Latvian")),
    ("et", _("Estonian")),
    ("fi", _("Finnish")),
    ("sv", _("Swedish")),
    ("nb", _("Norwegian")),
    ("da", _("Danish")),
    ("de", _("German")),
    ("nl", _("Dutch")),
    ("it", _("Italian")),
    ("pt", _("Portuguese")),
    ("ro", _("Romanian")),
    ("en", _("English")),
]


def words_index(*fields: str, name: str) -> GinIndex:
    """An index that finds parts of words in any of `fields`: `icontains` compares in capitals, so it does too."""
    return GinIndex(*(OpClass(Upper(field), name="gin_trgm_ops") for field in fields), name=name)


class Region(models.Model):
    """A NUTS region, or a smaller place that belongs to one; the code is read with its NUTS version."""

    class Kind(models.TextChoices):
        NUTS = "nuts", _("NUTS region")
        PLACE = "place", _("municipality")

    code = models.CharField(_("code"), max_length=16, unique=True)
    nuts_version = models.CharField(_("NUTS version"), max_length=4)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.NUTS)
    level = models.PositiveSmallIntegerField(_("level"), help_text=_("0 country to 3; 4 is a municipality"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    country = models.CharField(_("country"), max_length=2)
    name = models.CharField(_("name"), max_length=120)
    name_latin = models.CharField(_("name in Latin letters"), max_length=120)
    names = models.JSONField(_("names per language"), default=dict, blank=True)

    class Meta:
        ordering = ("code",)
        indexes = [words_index("code", "name_latin", "name", name="region_words")]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        """The name in the reader's language where one is recorded, else the region's own, else its code."""
        return str(self.names.get(get_language() or "") or self.name or self.name_latin or self.code)
