"""The four consents that an introduction needs: both brokers' and both clients'."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.brokerage.models.cases import Introduction
from hansa.brokerage.models.clients import Client
from hansa.brokerage.models.matches import Match
from hansa.network.models import Organisation, Person


class IntroductionConsent(models.Model):
    """One place of the four. `person` is who answers or answered: a broker, or a contact of the client by link.

    `agency` is the side the place belongs to. An answer, once given, changes to a no at most, and only until the
    introduction is made.
    """

    class Place(models.TextChoices):
        OUR_BROKER = "our_broker", _("broker who proposes")
        THEIR_BROKER = "their_broker", _("broker of the other side")
        OUR_CLIENT = "our_client", _("client of the proposing broker")
        THEIR_CLIENT = "their_client", _("client of the other side")

    class How(models.TextChoices):
        CLICK = "click", pgettext_lazy("introduction", "by their own click")
        LINK = "link", pgettext_lazy("introduction", "through their link")
        SPOKEN = "spoken", pgettext_lazy("introduction", "spoken, written down by the broker")
        PAPER = "paper", pgettext_lazy("introduction", "on paper, kept by the agency")

    introduction = models.ForeignKey(Introduction, models.CASCADE, related_name="consents")
    place = models.CharField(max_length=14, choices=Place.choices)
    agency = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    client = models.ForeignKey(Client, models.SET_NULL, null=True, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    answer = models.BooleanField(null=True)
    how = models.CharField(max_length=8, choices=How.choices, blank=True)
    refusal = models.CharField(max_length=14, choices=Match.Refusal.choices, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("introduction", "pk")
        constraints = [models.UniqueConstraint(fields=["introduction", "place"], name="one_consent_per_place")]

    def __str__(self) -> str:
        return f"{self.introduction_id} {self.place}"

    @property
    def is_client(self) -> bool:
        return self.place in {self.Place.OUR_CLIENT, self.Place.THEIR_CLIENT}
