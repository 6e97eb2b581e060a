"""Whom a broker works for. Who it is, its own agency alone knows, until an introduction opens it."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models import Organisation, Person, Region, words_index


@pghistory.track()
class Client(models.Model):
    """A firm, laboratory or social innovator that an agency works for.

    Its identity stands here and not in the public list of organisations; `organisation` points to the public record
    where one was found. `opened_to` are the agencies to which four consents have opened it.
    """

    class State(models.TextChoices):
        INTAKE = "intake", pgettext_lazy("client", "being taken in")
        ADMITTED = "admitted", pgettext_lazy("client", "admitted")
        REFERRED = "referred", pgettext_lazy("client", "referred elsewhere")
        ENDED = "ended", pgettext_lazy("client", "ended")
        MERGED = "merged", pgettext_lazy("client", "merged into another")

    class Size(models.TextChoices):
        MICRO = "micro", _("micro, fewer than 10 people")
        SMALL = "small", _("small, fewer than 50 people")
        MEDIUM = "medium", _("medium-sized, fewer than 250 people")
        LARGE = "large", _("large, 250 people or more")
        UNKNOWN = "", _("unknown")

    reference = models.CharField(_("reference"), max_length=24, unique=True)
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="clients", verbose_name=_("agency"))
    broker = models.ForeignKey(Person, models.PROTECT, related_name="clients", verbose_name=_("broker"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.INTAKE)
    organisation = models.ForeignKey(
        Organisation, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("public record")
    )
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=Organisation.Kind.choices)
    size = models.CharField(_("size"), max_length=8, choices=Size.choices, blank=True, default=Size.UNKNOWN)
    founded = models.PositiveSmallIntegerField(_("founded in the year"), null=True, blank=True)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("region")
    )
    country = models.CharField(_("country"), max_length=2, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    website = models.URLField(_("website"), max_length=400, blank=True)
    identifiers = models.JSONField(_("identifiers"), default=dict, blank=True)
    domains = ArrayField(models.CharField(max_length=20), verbose_name=_("domains (NACE)"), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=2), verbose_name=_("languages"), default=list, blank=True)
    about = models.TextField(_("what it does"), max_length=4000, blank=True)
    criteria = models.JSONField(default=dict, blank=True)
    opened_to = ArrayField(models.BigIntegerField(), default=list, blank=True)
    referred_to = models.CharField(_("sent to"), max_length=300, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name", "pk")
        indexes = [
            models.Index(fields=["agency", "state"], name="client_agency"),
            words_index("name", "reference", name="client_words"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | ~Q(state="merged") & Q(merged_into__isnull=True),
                name="merged_client_says_into_which",
            )
        ]

    def __str__(self) -> str:
        """The reference alone: it stands in audit notes, and the name is the agency's."""
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("brokerage:client", args=[self.reference])


class ClientContact(models.Model):
    """A person who speaks for a client; the person's consents are in `network`."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="contacts")
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="client_contacts")
    position = models.CharField(_("position"), max_length=120, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    is_main = models.BooleanField(_("main contact"), default=False)
    since = models.DateField(default=timezone.localdate)

    class Meta:
        ordering = ("-is_main", "pk")
        constraints = [
            models.UniqueConstraint(fields=["client", "person"], name="contact_once"),
            models.UniqueConstraint(fields=["client"], condition=Q(is_main=True), name="one_main_contact"),
        ]

    def __str__(self) -> str:
        return f"contact of {self.client_id}"
