"""What follows the final priorities: a shared vision, who governs, and actions with milestones and budget."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person, Region
from hansa.strategy.models.priorities import Priority
from hansa.strategy.models.runs import Run

YEAR = [MinValueValidator(1990), MaxValueValidator(2100)]


class EntryQuerySet(models.QuerySet[Any]):
    def standing(self) -> EntryQuerySet:
        """Without what was withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class Entry(models.Model):
    """A record that several people keep: `version` grows with every change, and withdrawing is no deletion."""

    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        abstract = True


@pgtrigger.register(
    pgtrigger.Protect(
        name="signed_is_final",
        operation=pgtrigger.Update | pgtrigger.Delete,
        condition=pgtrigger.Q(old__signed_at__isnull=False),
    )
)
class Vision(models.Model):
    """One version of the vision that the regions of a run share; the database refuses to change a signed one.

    `texts` by language, `language` that of the original; `revision` counts the edits.
    """

    run = models.ForeignKey(Run, models.PROTECT, related_name="visions")
    number = models.PositiveSmallIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")
    texts = models.JSONField(_("texts per language"), default=dict)
    revision = models.PositiveIntegerField(default=0)
    signed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("run", "-number")
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="vision_version_once")]

    def __str__(self) -> str:
        return f"{self.run.title}: {_('vision')} {self.number}"

    @property
    def text(self) -> str:
        return str(self.texts.get(self.language, ""))

    @property
    def local_language(self) -> str:
        language = get_language() or ""
        return language if self.texts.get(language) else self.language

    @property
    def local_text(self) -> str:
        """The text in the reader's language, else the original."""
        return str(self.texts.get(self.local_language, ""))

    def get_absolute_url(self) -> str:
        return f"{reverse('strategy:plan_vision')}?run={self.run_id}&version={self.number}"


class VisionEdit(models.Model):
    """One edit of a vision's text in one language: what it was made into, by whom and why."""

    vision = models.ForeignKey(Vision, models.CASCADE, related_name="edits")
    revision = models.PositiveIntegerField()
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS)
    text = models.TextField(_("text"))
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="vision_edits")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-revision",)
        constraints = [models.UniqueConstraint(fields=["vision", "revision"], name="vision_revision_once")]

    def __str__(self) -> str:
        return f"{self.vision} r{self.revision}"


class Signature(models.Model):
    """That a region or an organisation stands behind a vision: who signed for it, when and on what basis."""

    vision = models.ForeignKey(Vision, models.PROTECT, related_name="signatures")
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("region")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("organisation")
    )
    signatory = models.CharField(_("signed by"), max_length=160)
    on = models.DateField(_("date"))
    basis = models.CharField(_("basis: resolution, mandate or minutes"), max_length=300)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="recorded_signatures")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("on", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(region__isnull=False) | Q(organisation__isnull=False), name="signature_for_somebody"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation or self.region}: {self.signatory}"


class Body(Entry):
    """A body that governs the strategy of a run."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="bodies", verbose_name=_("run"))
    name = models.CharField(_("name of the body"), max_length=160)
    task = models.TextField(_("task"), max_length=2000)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name


class Seat(Entry):
    """A role in a body, held by a person or an organisation from a day to a day."""

    body = models.ForeignKey(Body, models.CASCADE, related_name="seats")
    role = models.CharField(_("role"), max_length=120)
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name=_("person")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name=_("organisation")
    )
    since = models.DateField(_("from"))
    until = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        ordering = ("role", "since", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(organisation__isnull=False), name="seat_is_held"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="seat_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.organisation or self.person}"

    def clean(self) -> None:
        if not (self.person_id or self.organisation_id):
            raise ValidationError(_("Name a person or an organisation."))
        _in_order(self.since, self.until)


class Action(Entry):
    """What is to be done for one or more priorities, who answers for it and until when."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("action", "planned")
        RUNNING = "running", pgettext_lazy("action", "running")
        DONE = "done", pgettext_lazy("action", "done")
        STOPPED = "stopped", pgettext_lazy("action", "stopped")

    priorities = models.ManyToManyField(Priority, related_name="actions", verbose_name=_("priorities"))
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), max_length=5000)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")
    owner = models.ForeignKey(
        Organisation, models.PROTECT, related_name="owned_actions", verbose_name=_("organisation that answers for it")
    )
    lead = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="led_actions", verbose_name=_("person in charge")
    )
    since = models.DateField(_("from"), null=True, blank=True)
    until = models.DateField(_("to"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PLANNED)
    state_reason = models.TextField(_("why it is in this state"), blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(since__isnull=True) | Q(until__gte=F("since")),
                name="action_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return f"{self.identifier} {self.title}"

    @property
    def identifier(self) -> str:
        return f"A-{self.pk:02d}" if self.pk else "A-"

    def clean(self) -> None:
        _in_order(self.since, self.until)

    def get_absolute_url(self) -> str:
        return reverse("strategy:plan_action", args=[self.pk])


class Milestone(Entry):
    action = models.ForeignKey(Action, models.CASCADE, related_name="milestones")
    title = models.CharField(_("title"), max_length=200)
    due = models.DateField(_("due"))
    done_on = models.DateField(_("done on"), null=True, blank=True)
    evidence = models.CharField(_("evidence: document, address or record"), max_length=400, blank=True)

    class Meta:
        ordering = ("due", "pk")

    def __str__(self) -> str:
        return self.title

    @property
    def overdue(self) -> bool:
        return self.done_on is None and self.due < timezone.localdate()

    def clean(self) -> None:
        if self.done_on and not self.evidence.strip():
            raise ValidationError({"evidence": _("Say what shows that it is done.")})


class FundingSource(models.Model):
    """A fund, programme or budget that money comes from; named once, whatever the capitals."""

    name = models.CharField(_("funding source"), max_length=120)

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(Lower("name"), name="funding_source_once")]

    def __str__(self) -> str:
        return self.name


def money(label: Any) -> Any:
    return models.DecimalField(
        label, max_digits=16, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )


class BudgetLine(Entry):
    """Money of one source in one year for an action; an amount that is not known stays empty and is never zero."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="budget")
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="lines", verbose_name=_("funding source"))
    year = models.PositiveSmallIntegerField(_("year"), validators=YEAR)
    planned = money(pgettext_lazy("money", "planned"))
    committed = money(pgettext_lazy("money", "committed"))
    spent = money(pgettext_lazy("money", "spent"))
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters such as EUR."))],
    )
    note = models.CharField(_("where the amounts are from"), max_length=300)

    class Meta:
        ordering = ("year", "source__name", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(planned__isnull=False) | Q(committed__isnull=False) | Q(spent__isnull=False),
                name="budget_line_says_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.year}"

    def clean(self) -> None:
        if self.planned is None and self.committed is None and self.spent is None:
            raise ValidationError(_("Give at least one amount; leave the unknown ones empty."))

    @property
    def doubts(self) -> list[str]:
        """What a reader should know of the amounts; none of it forbids the line."""
        found = []
        if self.planned is not None and self.committed is not None and self.committed > self.planned:
            found.append(str(_("more is committed than planned")))
        if self.committed is not None and self.spent is not None and self.spent > self.committed:
            found.append(str(_("more is spent than committed")))
        return found


def _in_order(since: Any, until: Any) -> None:
    if since and until and until < since:
        raise ValidationError({"until": _("It ends before it begins.")})
