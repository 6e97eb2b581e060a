"""What a person agreed to: one purpose at a time, in the words they were shown, and when they took it back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models.people import Person
from hansa.network.models.regions import LANGUAGES_OF_RECORDS


class Consent(models.Model):
    """A consent bound to a purpose. A withdrawn one stays, so that what was done while it held can be justified."""

    class Purpose(models.TextChoices):
        SERVICE = "service", _("keeping and using my data for the brokerage service")
        SHARING = "sharing", _("showing my organisation’s profile to brokers of other regions")
        NEWS = "news", _("e-mails on calls, events and partners")
        FOLLOW_UP = "follow_up", _("being asked later what came of it")
        STATISTICS = "statistics", _("counting results in reports to funders")

    class How(models.TextChoices):
        LINK = "link", pgettext_lazy("consent", "by the person, through their link")
        SPOKEN = "spoken", pgettext_lazy("consent", "spoken, written down by the broker")
        PAPER = "paper", pgettext_lazy("consent", "on paper, kept by the agency")

    person = models.ForeignKey(Person, models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    how = models.CharField(_("how it was given"), max_length=8, choices=How.choices)
    wording = models.TextField(_("wording"))
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS)
    given_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("purpose", "-given_at")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose"], condition=Q(withdrawn_at__isnull=True), name="one_consent_per_purpose"
            )
        ]

    def __str__(self) -> str:
        return self.purpose
