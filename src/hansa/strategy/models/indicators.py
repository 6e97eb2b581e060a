"""How it is seen whether the plan works: indicators with their values, and risks."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person
from hansa.strategy.models.plan import YEAR, Action, Entry
from hansa.strategy.models.priorities import Priority


def amount(label: object) -> models.DecimalField:
    return models.DecimalField(label, max_digits=20, decimal_places=4, null=True, blank=True)


def year(label: object) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(label, null=True, blank=True, validators=YEAR)


class Attached(Entry):
    """An entry that belongs to an action or, where it concerns the whole of one, to a priority."""

    action = models.ForeignKey(
        Action, models.CASCADE, null=True, blank=True, related_name="%(class)ss", verbose_name=_("action")
    )
    priority = models.ForeignKey(
        Priority, models.PROTECT, null=True, blank=True, related_name="%(class)ss", verbose_name=_("priority")
    )

    class Meta:
        abstract = True

    @property
    def subject(self) -> Action | Priority:
        found = self.action or self.priority
        assert found is not None, "the database holds that there is one"  # noqa: S101
        return found

    def clean(self) -> None:
        if (self.action_id is None) == (self.priority_id is None):
            raise ValidationError(_("Name either an action or a priority."))


def one_subject(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(action__isnull=False, priority__isnull=True) | Q(action__isnull=True, priority__isnull=False),
        name=name,
    )


class Indicator(Attached):
    """What is counted, from which baseline to which target. Years stand for their last day.

    `silent_after` is the number of days without a value after which it is reported.
    """

    code = models.CharField(_("code"), max_length=12, blank=True)
    name = models.CharField(_("name of the indicator"), max_length=200)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")
    unit = models.CharField(_("unit"), max_length=80)
    programme = models.CharField(_("programme"), max_length=80, blank=True)
    baseline = amount(_("baseline"))
    baseline_year = year(_("year of the baseline"))
    baseline_source = models.CharField(_("source of the baseline"), max_length=300, blank=True)
    milestone = amount(_("milestone"))
    milestone_year = year(_("year of the milestone"))
    target = amount(_("target"))
    target_year = year(_("year of the target"))
    target_source = models.CharField(_("source of the target"), max_length=300, blank=True)
    silent_after = models.PositiveSmallIntegerField(
        _("days without a value after which it is reported"), default=365, validators=[MinValueValidator(1)]
    )

    class Meta:
        ordering = ("code", "name", "pk")
        constraints = [one_subject("indicator_has_one_subject")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()

    def get_absolute_url(self) -> str:
        return reverse("strategy:plan_indicator", args=[self.pk])

    def clean(self) -> None:
        super().clean()
        for name in ("baseline", "milestone", "target"):
            if (getattr(self, name) is None) != (getattr(self, f"{name}_year") is None):
                raise ValidationError({f"{name}_year": _("A figure and its year belong together.")})
        for name in ("baseline", "target"):
            if getattr(self, name) is not None and not getattr(self, f"{name}_source").strip():
                raise ValidationError({f"{name}_source": _("Say where the figure is from.")})
        years = [y for y in (self.baseline_year, self.milestone_year, self.target_year) if y is not None]
        if years != sorted(set(years)):
            raise ValidationError(_("The years must follow one another: baseline, milestone, target."))


class IndicatorValue(Entry):
    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="values")
    on = models.DateField(_("date"))
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4)
    note = models.CharField(_("source or evidence"), max_length=400)

    class Meta:
        ordering = ("-on", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "on"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_value_a_day",
                violation_error_message=_("There is a value of that day already; change that one."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.on}"


class Risk(Attached):
    """What could go wrong: likelihood and impact from 1 (low) to 5 (high), and what is done about it."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("risk", "open")
        TREATED = "treated", pgettext_lazy("risk", "being treated")
        OCCURRED = "occurred", pgettext_lazy("risk", "occurred")
        CLOSED = "closed", pgettext_lazy("risk", "closed")

    title = models.CharField(_("what could happen"), max_length=200)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")
    likelihood = models.PositiveSmallIntegerField(
        _("likelihood, 1 to 5"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    impact = models.PositiveSmallIntegerField(
        _("impact, 1 to 5"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    measure = models.TextField(_("what is done about it"), max_length=2000)
    owner = models.ForeignKey(
        Organisation, models.PROTECT, related_name="owned_risks", verbose_name=_("organisation that answers for it")
    )
    lead = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="led_risks", verbose_name=_("person in charge")
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)

    class Meta:
        ordering = ("pk",)
        constraints = [
            one_subject("risk_has_one_subject"),
            models.CheckConstraint(
                condition=Q(likelihood__gte=1, likelihood__lte=5, impact__gte=1, impact__lte=5), name="risk_scale"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def level(self) -> int:
        """Likelihood x impact, 1 to 25."""
        return self.likelihood * self.impact
