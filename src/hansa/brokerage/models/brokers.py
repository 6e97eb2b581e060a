"""The network of brokers: who stands in for whom, and clients that go from one broker to another."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.brokerage.models.clients import Client
from hansa.network.models import Membership, Organisation, Person


class Absence(models.Model):
    """A broker is away, and another one acts for the agency meanwhile: by a membership that begins and ends with it."""

    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="absences", verbose_name=_("agency"))
    broker = models.ForeignKey(Person, models.CASCADE, related_name="absences", verbose_name=_("broker"))
    cover = models.ForeignKey(Person, models.PROTECT, related_name="covers", verbose_name=_("stands in"))
    membership = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    since = models.DateField(_("from"))
    until = models.DateField(_("last day"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-since", "pk")
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="absence_ends_after_start"),
            models.CheckConstraint(condition=~Q(broker=F("cover")), name="absence_covered_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d} {self.until:%Y-%m-%d}"

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or self.until < timezone.localdate()


class Handover(models.Model):
    """A client goes to another broker. Within the agency it is done at once; another agency is asked first, and is
    told who the client is only once it has agreed."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("handover", "asked")
        DONE = "done", pgettext_lazy("handover", "done")
        DECLINED = "declined", pgettext_lazy("handover", "declined")
        TAKEN_BACK = "taken_back", pgettext_lazy("handover", "taken back")

    client = models.ForeignKey(Client, models.CASCADE, related_name="handovers")
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    to_agency = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    from_broker = models.ForeignKey(Person, models.PROTECT, related_name="+")
    to_broker = models.ForeignKey(Person, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    reason = models.CharField(_("reason"), max_length=500)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [models.UniqueConstraint(fields=["client"], condition=Q(state="asked"), name="one_open_handover")]

    def __str__(self) -> str:
        return f"handover {self.pk}"
