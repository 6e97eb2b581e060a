"""What can be used in the regions: for now, support instruments, each with the day it was last checked."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person, Region, words_index


@pghistory.track()
class SupportInstrument(models.Model):
    """A grant, loan, voucher, service or infrastructure access that a region offers; everybody reads it.

    `checked_on` is the last day on which somebody looked at the source and found what stands here.
    """

    class Kind(models.TextChoices):
        GRANT = "grant", _("grant")
        LOAN = "loan", _("loan or guarantee")
        EQUITY = "equity", _("equity")
        VOUCHER = "voucher", _("innovation voucher")
        ADVICE = "advice", _("advice or mentoring")
        START_UP = "start_up", _("help for start-ups")
        ACCESS = "access", _("access to infrastructure")
        TRAINING = "training", _("training")
        OTHER = "other", pgettext_lazy("support instrument", "other")

    agency = models.ForeignKey(
        Organisation, models.PROTECT, related_name="support_instruments", verbose_name=_("kept current by")
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="support_instruments", verbose_name=_("region"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS)
    title = models.CharField(_("title"), max_length=200)
    provider = models.CharField(_("who offers it"), max_length=200)
    summary = models.TextField(_("what it gives"), max_length=2000)
    eligibility = models.TextField(_("who can have it"), max_length=2000, blank=True)
    for_kinds = ArrayField(models.CharField(max_length=12), verbose_name=_("for"), default=list, blank=True)
    amount = models.CharField(_("amount"), max_length=120, blank=True)
    opens_on = models.DateField(_("opens on"), null=True, blank=True)
    closes_on = models.DateField(_("closes on"), null=True, blank=True)
    website = models.URLField(_("website"), max_length=400, blank=True)
    checked_on = models.DateField(_("last checked"), default=timezone.localdate)
    checked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("checked by"))
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("region__code", "title", "pk")
        indexes = [
            models.Index(fields=["region", "kind"], name="support_region"),
            words_index("title", "provider", name="support_words"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_on__isnull=True) | Q(closes_on__isnull=True) | Q(closes_on__gte=F("opens_on")),
                name="support_closes_after_it_opens",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_offered(self) -> bool:
        """Whether somebody can ask for it today."""
        return self.ended_at is None and (self.closes_on is None or self.closes_on >= timezone.localdate())

    def get_absolute_url(self) -> str:
        return reverse("catalogue:support_instrument", args=[self.pk])
