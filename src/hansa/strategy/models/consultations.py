"""Step 5: consultations with their rounds, invitations, answers and points, and the sessions held with people."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person, Region
from hansa.strategy.models.priorities import Priority
from hansa.strategy.models.runs import Run

HELIX = (
    Organisation.Helix.BUSINESS,
    Organisation.Helix.ACADEMIA,
    Organisation.Helix.GOVERNMENT,
    Organisation.Helix.CIVIL,
)
HELIX_CHOICES = [(each.value, each.label) for each in HELIX]
SMALLEST_THRESHOLD = 3


class Consultation(models.Model):
    """What a partnership asks people of the four groups of the quadruple helix about the priorities of a run.

    `texts` holds title and introduction per language; `targets` the share of answers wanted from each group, 0..1,
    summing to 1. No result is computed from fewer answers than `threshold`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("consultation", "draft")
        OPEN = "open", pgettext_lazy("consultation", "open")
        CLOSED = "closed", pgettext_lazy("consultation", "closed")

    run = models.ForeignKey(Run, models.PROTECT, related_name="consultations")
    title = models.CharField(_("title"), max_length=200)
    intro = models.TextField(_("introduction"), max_length=6000, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")
    texts = models.JSONField(_("texts per language"), default=dict, blank=True)
    opens_at = models.DateTimeField(_("answers from"), null=True, blank=True)
    deadline = models.DateTimeField(_("answers until"))
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.DRAFT)
    threshold = models.PositiveSmallIntegerField(
        _("smallest number of answers that is shown"),
        default=5,
        validators=[MinValueValidator(SMALLEST_THRESHOLD), MaxValueValidator(100)],
    )
    targets = models.JSONField(_("wanted shares"), default=dict, blank=True)
    address = models.URLField(max_length=300, blank=True, help_text="of the installation, as seen by who opened it")
    minutes = models.TextField(_("minutes"), blank=True)
    minutes_signed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    minutes_signed_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(condition=Q(threshold__gte=SMALLEST_THRESHOLD), name="consultation_threshold")
        ]

    def __str__(self) -> str:
        return self.local("title")

    def local(self, name: str) -> str:
        """The title or introduction in the reader's language where it is recorded, else the original."""
        return str(self.texts.get(get_language() or "", {}).get(name) or getattr(self, name))

    @property
    def local_intro(self) -> str:
        return self.local("intro")

    @property
    def local_language(self) -> str:
        """The language that the shown title is written in."""
        language = get_language() or ""
        return language if self.texts.get(language, {}).get("title") else self.language

    @property
    def overdue(self) -> bool:
        return self.state == self.State.OPEN and self.deadline <= timezone.now()

    @property
    def early(self) -> bool:
        return self.opens_at is not None and timezone.now() < self.opens_at

    def get_absolute_url(self) -> str:
        return reverse("strategy:consultation", args=[self.pk])


class Round(models.Model):
    """One question to all who are invited. `result` is kept when it closes; a Delphi round may rest on one before."""

    class Kind(models.TextChoices):
        OPEN = "open", pgettext_lazy("round", "open question")
        VOTE = "vote", pgettext_lazy("round", "vote")
        DELPHI = "delphi", pgettext_lazy("round", "Delphi rating")
        BUDGET = "budget", pgettext_lazy("round", "budget of 100 points")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("round", "waiting")
        OPEN = "open", pgettext_lazy("round", "open")
        CLOSED = "closed", pgettext_lazy("round", "closed")

    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="rounds")
    number = models.PositiveSmallIntegerField(_("round"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    question = models.CharField(_("question"), max_length=500)
    questions = models.JSONField(_("question per language"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.WAITING)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followers")
    result = models.JSONField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.TextField(_("reason"), blank=True)

    class Meta:
        ordering = ("consultation", "number")
        constraints = [
            models.UniqueConstraint(fields=["consultation", "number"], name="round_once"),
            models.UniqueConstraint(
                fields=["consultation"], condition=Q(state="open"), name="one_open_round_per_consultation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consultation} {self.number}"

    @property
    def local_question(self) -> str:
        return str(self.questions.get(get_language() or "") or self.question)

    @property
    def local_language(self) -> str:
        language = get_language() or ""
        return language if self.questions.get(language) else self.consultation.language


class RoundItem(models.Model):
    """What a round asks about: a priority, or a text of its own."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    priority = models.ForeignKey(Priority, models.PROTECT, null=True, blank=True, related_name="round_items")
    text = models.CharField(_("text"), max_length=500, blank=True)
    texts = models.JSONField(_("text per language"), default=dict, blank=True)

    class Meta:
        ordering = ("round", "position")
        constraints = [
            models.UniqueConstraint(fields=["round", "position"], name="round_item_once"),
            models.UniqueConstraint(fields=["round", "priority"], name="round_priority_once"),
            models.CheckConstraint(condition=Q(priority__isnull=False) | ~Q(text=""), name="round_item_says_something"),
        ]

    def __str__(self) -> str:
        return str(self.priority) if self.priority else str(self.texts.get(get_language() or "") or self.text)

    @property
    def local_language(self) -> str:
        if self.priority:
            return self.priority.local_language
        language = get_language() or ""
        return language if self.texts.get(language) else self.round.consultation.language


class Invitation(models.Model):
    """One voice. Of its link only the SHA-256 is kept; helix and region stay when name and address are erased."""

    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="invitations")
    name = models.CharField(_("name"), max_length=160, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    helix = models.CharField(_("group"), max_length=12, choices=HELIX_CHOICES)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("region")
    )
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")
    digest = models.CharField(max_length=64, unique=True)
    digest_of_reminder = models.CharField(max_length=64, unique=True, null=True, blank=True)
    invited_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("consultation", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["consultation", "email"],
                condition=~Q(email="") & Q(withdrawn_at__isnull=True),
                name="one_invitation_per_address",
            )
        ]
        indexes = [models.Index(fields=["consultation", "helix"], name="invitation_helix")]

    def __str__(self) -> str:
        return f"{self.consultation_id}/{self.pk}"


class Answer(models.Model):
    """What one voice answered about one item of a round, or in words about the whole; no answer is no row."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="answers")
    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="answers")
    item = models.ForeignKey(RoundItem, models.CASCADE, null=True, blank=True, related_name="answers")
    value = models.SmallIntegerField(null=True, blank=True)
    text = models.TextField(blank=True, max_length=4000)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "invitation", "item"], name="answer_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=-1, value__lte=100), name="answer_in_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.item_id}"


class Point(models.Model):
    """One thing that was said, and what the partnership answers to it; who said it is never shown."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", pgettext_lazy("point", "accepted")
        PARTLY = "partly", pgettext_lazy("point", "accepted in part")
        NOT = "not", pgettext_lazy("point", "not accepted")

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="points")
    text = models.TextField(_("point"))
    priority = models.ForeignKey(Priority, models.PROTECT, null=True, blank=True, related_name="points")
    verdict = models.CharField(_("reply"), max_length=8, choices=Verdict.choices, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=["priority", "verdict"], name="point_of_priority")]

    def __str__(self) -> str:
        return self.text[:80]


class FocusSession(models.Model):
    """A round table or workshop of the entrepreneurial discovery: who came from which group, and what came of it."""

    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="sessions")
    title = models.CharField(_("title"), max_length=200)
    starts_at = models.DateTimeField(_("begins"))
    place = models.CharField(_("place"), max_length=300, blank=True)
    agenda = models.TextField(_("agenda"), max_length=6000, blank=True)
    participants = models.JSONField(_("participants per group"), default=dict, blank=True)
    notes = models.TextField(_("notes"), max_length=20000, blank=True)
    results = models.TextField(_("results"), max_length=20000, blank=True)

    class Meta:
        ordering = ("starts_at", "pk")

    def __str__(self) -> str:
        return self.title

    @property
    def came(self) -> dict[str, Any]:
        """Participants by group; a group that nobody counted is absent, not zero."""
        return {key: self.participants[key] for key, _label in HELIX_CHOICES if self.participants.get(key) is not None}
