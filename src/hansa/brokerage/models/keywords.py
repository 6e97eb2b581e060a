"""Keyword trees of a partnership: technologies, markets or whatever table it loads; none comes with Hansa."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language

from hansa.network.models import words_index


class Keyword(models.Model):
    """One term of a tree, by its scheme and code; labels per language, the first loaded one always there."""

    scheme = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    label = models.CharField(max_length=200)
    labels = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("scheme", "code")
        constraints = [models.UniqueConstraint(fields=["scheme", "code"], name="keyword_once")]
        indexes = [words_index("label", "code", name="keyword_words")]

    def __str__(self) -> str:
        return self.local_label

    @property
    def local_label(self) -> str:
        return str(self.labels.get((get_language() or "").split("-")[0]) or self.label)
