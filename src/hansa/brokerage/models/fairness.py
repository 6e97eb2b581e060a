"""The partnership's own choice whether matches from named regions are shown further up."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hansa.network.models import Person


class LiftSetting(models.Model):
    """One row for the whole installation; without it nothing is lifted. Which regions count as less developed is what
    the lead partner lists, with the source of the list; nothing in the program decides it."""

    on = models.BooleanField(default=False)
    regions = ArrayField(models.CharField(max_length=16), verbose_name=_("regions"), default=list, blank=True)
    source = models.CharField(_("source of the list"), max_length=300, blank=True)
    share = models.FloatField(_("share"), default=0.3, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    depth = models.PositiveSmallIntegerField(
        _("places"), default=10, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    set_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(auto_now=True)
    cost = models.FloatField(null=True, blank=True)
    only = models.BooleanField(default=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["only"], name="one_lift_setting"),
            models.CheckConstraint(condition=Q(only=True), name="lift_setting_is_the_only_one"),
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="lift_share_is_a_share"),
        ]

    def __str__(self) -> str:
        return "lift on" if self.on else "lift off"
