"""Recommendations to the strategies of regions: from anyone's words to an adopted text and its use."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models import LANGUAGES_OF_RECORDS, Person, Region
from hansa.strategy.models.priorities import Priority
from hansa.strategy.models.regional import StrategySource


class Recommendation(models.Model):
    """What somebody recommends to a region. `public_since` is empty until a person of the partnership takes it up."""

    class State(models.TextChoices):
        COLLECTED = "collected", pgettext_lazy("recommendation", "collected")
        TAKEN_UP = "taken_up", pgettext_lazy("recommendation", "taken up")
        CONSULTED = "consulted", pgettext_lazy("recommendation", "consulted")
        SUBMITTED = "submitted", pgettext_lazy("recommendation", "submitted")
        ANSWERED = "answered", pgettext_lazy("recommendation", "answered")
        ADOPTED = "adopted", pgettext_lazy("recommendation", "adopted")
        IN_USE = "in_use", pgettext_lazy("recommendation", "in use")
        DECLINED = "declined", pgettext_lazy("recommendation", "declined")
        MERGED = "merged", pgettext_lazy("recommendation", "merged into another")

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", pgettext_lazy("recommendation", "accepted")
        PARTLY = "partly", pgettext_lazy("recommendation", "partly accepted")
        NOT = "not", pgettext_lazy("recommendation", "not accepted")

    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("recommendation"), max_length=5000)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="recommendations", verbose_name=_("region it is addressed to")
    )
    priority = models.ForeignKey(
        Priority, models.PROTECT, null=True, blank=True, related_name="recommendations", verbose_name=_("priority")
    )
    contact_name = models.CharField(_("your name"), max_length=120, blank=True)
    contact_email = models.EmailField(_("your e-mail"), blank=True)
    consent = models.TextField(blank=True, help_text="the words that the person agreed to")
    collected_at = models.DateTimeField(auto_now_add=True)
    public_since = models.DateTimeField(null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.COLLECTED)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")

    consultation = models.PositiveBigIntegerField(_("number of the consultation"), null=True, blank=True)
    consultation_note = models.TextField(_("what the consultation said"), blank=True)
    source = models.ForeignKey(
        StrategySource, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("strategy")
    )
    section = models.CharField(_("section of the strategy"), max_length=300, blank=True)
    submitted_on = models.DateField(_("submitted on"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=8, choices=Answer.choices, blank=True)
    answer_reason = models.TextField(_("reason of the region"), blank=True)
    answered_by = models.CharField(_("answered by"), max_length=160, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    adopted_text = models.TextField(_("adopted text, word for word"), blank=True)
    adopted_document = models.CharField(_("document"), max_length=300, blank=True)
    adopted_page = models.PositiveIntegerField(_("page"), null=True, blank=True)

    class Meta:
        ordering = ("-collected_at", "-pk")
        indexes = [models.Index(fields=["state", "-collected_at"], name="recommendation_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(contact_email="", contact_name="") | ~Q(consent=""), name="contact_with_consent"
            )
        ]

    def __str__(self) -> str:
        return f"{self.identifier} {self.title}"

    @property
    def identifier(self) -> str:
        return f"R-{self.pk:02d}" if self.pk else "R-"

    def get_absolute_url(self) -> str:
        return reverse("strategy:recommendation", args=[self.pk])


class RecommendationMove(models.Model):
    """One move of a recommendation; `before` keeps what it changed, so that it can be undone."""

    class Verb(models.TextChoices):
        COLLECT = "collect", pgettext_lazy("recommendation", "collected")
        TAKE_UP = "take_up", pgettext_lazy("recommendation", "taken up")
        CONSULT = "consult", pgettext_lazy("recommendation", "consulted")
        SUBMIT = "submit", pgettext_lazy("recommendation", "submitted")
        ANSWER = "answer", pgettext_lazy("recommendation", "answered")
        ADOPT = "adopt", pgettext_lazy("recommendation", "adopted")
        USE = "use", pgettext_lazy("recommendation", "taken into use")
        MERGE = "merge", pgettext_lazy("recommendation", "merged")
        DECLINE = "decline", pgettext_lazy("recommendation", "declined")
        UNDO = "undo", pgettext_lazy("recommendation", "undone")

    recommendation = models.ForeignKey(Recommendation, models.CASCADE, related_name="moves")
    verb = models.CharField(max_length=8, choices=Verb.choices)
    from_state = models.CharField(max_length=10, choices=Recommendation.State.choices, blank=True)
    to_state = models.CharField(max_length=10, choices=Recommendation.State.choices)
    before = models.JSONField(default=dict)
    others = models.ManyToManyField(Recommendation, related_name="moved_with", blank=True)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    reason = models.TextField(_("reason"), blank=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="recommendation_moves")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.recommendation.identifier} {self.verb}"


class Uptake(models.Model):
    """What became of an adopted recommendation: a day, what happened, and where it can be seen."""

    recommendation = models.ForeignKey(Recommendation, models.CASCADE, related_name="uptakes")
    move = models.ForeignKey(RecommendationMove, models.PROTECT, null=True, related_name="uptakes")
    on = models.DateField(_("date"))
    what = models.TextField(_("what happened"), max_length=2000)
    evidence = models.URLField(_("address of the evidence"), max_length=400)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="recorded_uptakes")
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-on", "-pk")

    def __str__(self) -> str:
        return f"{self.recommendation.identifier} {self.on}"
