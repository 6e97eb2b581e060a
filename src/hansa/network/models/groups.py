"""Groups of organisations: partnership, consortium, cluster, stakeholders."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hansa.network.models.organisations import Organisation
from hansa.network.models.regions import Region


class Group(models.Model):
    """One type for every group: partnership, consortium, cluster of social and ecological innovation, stakeholders."""

    class Kind(models.TextChoices):
        PARTNERSHIP = "partnership", _("partnership")
        CONSORTIUM = "consortium", _("consortium")
        CLUSTER = "cluster", _("cluster of social and ecological innovation")
        STAKEHOLDERS = "stakeholders", _("stakeholder group")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=200, unique=True)
    names = models.JSONField(_("names per language"), default=dict, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="groups")
    lead = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="leads")
    since = models.DateField(_("from"), null=True, blank=True)
    until = models.DateField(_("to"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    notes = models.JSONField(_("notes per language"), default=dict, blank=True)
    source = models.URLField(_("source"), max_length=400, blank=True)

    class Meta:
        ordering = ("-kind", "name")

    def __str__(self) -> str:
        return str(self.names.get(get_language() or "", self.name))

    @property
    def local_note(self) -> str:
        return str(self.notes.get(get_language() or "", self.note))


class GroupMember(models.Model):
    group = models.ForeignKey(Group, models.CASCADE, related_name="members")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="group_memberships")
    basis = models.CharField(_("basis document"), max_length=200, blank=True)
    since = models.DateField(_("from"), null=True, blank=True)

    class Meta:
        ordering = ("organisation__name",)
        constraints = [models.UniqueConstraint(fields=["group", "organisation"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.organisation} in {self.group}"
