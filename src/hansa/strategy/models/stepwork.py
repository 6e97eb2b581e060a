"""What people add to the figures in steps 2 to 4: answers to disagreements, trends and ratings, criteria and scores."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hansa.network.models import LANGUAGES_OF_RECORDS, Person, Region
from hansa.strategy.models.priorities import Priority
from hansa.strategy.models.runs import Run

LOWEST_RATING, HIGHEST_RATING = -2, 2
LOWEST_SCORE, HIGHEST_SCORE = 0, 5


class StepRule(models.Model):
    """The parameters of steps 2 to 4 of a run, where they are not the defaults; see `stepwork.rule`."""

    run = models.OneToOneField(Run, models.CASCADE, related_name="step_rule")
    parameters = models.JSONField(default=dict)
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.run}"


class Disagreement(models.TextChoices):
    """How policy choice and statistics can contradict each other in a region."""

    CHOSEN = "chosen", _("chosen, but not measured")
    MEASURED = "measured", _("measured, but not chosen")


class DisagreementAnswer(models.Model):
    """What a person decided where policy choice and statistics disagree; it holds for the disagreement it names."""

    class Answer(models.TextChoices):
        POLICY = "policy", _("the choice of policy stands")
        FIGURES = "figures", _("the figures stand")
        DATA = "data", _("the data must be mended first")

    priority = models.ForeignKey(Priority, models.CASCADE, related_name="disagreement_answers")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    disagreement = models.CharField(_("disagreement"), max_length=8, choices=Disagreement.choices)
    answer = models.CharField(_("answer"), max_length=8, choices=Answer.choices)
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["priority", "region"], name="disagreement_answer_once")]

    def __str__(self) -> str:
        return f"{self.priority.identifier} {self.region_id} {self.answer}"


class Trend(models.Model):
    """A trend that priorities are rated against, with the report it was read in."""

    class Kind(models.TextChoices):
        MARKET = "market", pgettext_lazy("trend", "market")
        TECHNOLOGY = "technology", pgettext_lazy("trend", "technology")
        SOCIETY = "society", pgettext_lazy("trend", "society")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")
    titles = models.JSONField(_("titles per language"), default=dict, blank=True)
    source = models.CharField(_("source"), max_length=400)
    url = models.URLField(_("address"), max_length=400, blank=True)
    year = models.PositiveSmallIntegerField(
        _("year"), null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2100)]
    )
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("kind", "title", "pk")

    def __str__(self) -> str:
        return str(self.titles.get(get_language() or "", self.title))

    @property
    def local_language(self) -> str:
        """The language that the shown title is written in."""
        language = get_language() or ""
        return language if language in self.titles else self.language

    def get_absolute_url(self) -> str:
        return reverse("strategy:trend", args=[self.pk])


class RatingRound(models.Model):
    """A round in which assessors rate the priorities of a run; the first is blind, later ones show the group before."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="rating_rounds")
    number = models.PositiveSmallIntegerField(_("round"))
    opened_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    opened_because = models.TextField(_("reason"))
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.TextField(_("reason"), blank=True)

    class Meta:
        ordering = ("run", "number")
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="rating_round_once"),
            models.UniqueConstraint(
                fields=["run"], condition=Q(closed_at__isnull=True), name="one_open_rating_round_per_run"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.number}"


class TrendRating(models.Model):
    """How resilient one assessor thinks a priority is to a trend, −2 to +2; no rating is no row, never a zero."""

    round = models.ForeignKey(RatingRound, models.CASCADE, related_name="ratings")
    priority = models.ForeignKey(Priority, models.CASCADE, related_name="trend_ratings")
    trend = models.ForeignKey(Trend, models.PROTECT, related_name="ratings")
    assessor = models.ForeignKey(Person, models.PROTECT, related_name="trend_ratings")
    rating = models.SmallIntegerField(_("rating"))
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "priority", "trend", "assessor"], name="trend_rating_once"),
            models.CheckConstraint(
                condition=Q(rating__gte=LOWEST_RATING, rating__lte=HIGHEST_RATING), name="trend_rating_in_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.priority.identifier} {self.trend_id} {self.rating:+d}"


class Criterion(models.Model):
    """A criterion of the potential abroad, as one run weighs it: computed by a stated measure, or judged by people."""

    class Origin(models.TextChoices):
        COMPUTED = "computed", pgettext_lazy("criterion", "computed")
        JUDGED = "judged", pgettext_lazy("criterion", "judged")

    class Direction(models.IntegerChoices):
        MORE = 1, _("more is better")
        LESS = -1, _("less is better")

    run = models.ForeignKey(Run, models.CASCADE, related_name="criteria")
    code = models.SlugField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=160)
    titles = models.JSONField(_("titles per language"), default=dict, blank=True)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    descriptions = models.JSONField(_("descriptions per language"), default=dict, blank=True)
    weight = models.FloatField(_("weight"), default=1.0, validators=[MinValueValidator(0.0), MaxValueValidator(1000.0)])
    direction = models.SmallIntegerField(_("direction"), choices=Direction.choices, default=Direction.MORE)
    origin = models.CharField(_("origin"), max_length=8, choices=Origin.choices)
    measure = models.CharField(_("measure"), max_length=40, blank=True, help_text="of a computed one; see `assessing`")
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("run", "place", "pk")
        constraints = [
            models.UniqueConstraint(fields=["run", "code"], name="criterion_once"),
            models.CheckConstraint(condition=Q(weight__gte=0.0), name="criterion_weight_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.titles.get(get_language() or "", self.title))

    @property
    def local_description(self) -> str:
        return str(self.descriptions.get(get_language() or "", self.description))


class CriterionScore(models.Model):
    """One judge's score of a priority under a criterion, 0 to 5, with the evidence it rests on."""

    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="scores")
    priority = models.ForeignKey(Priority, models.CASCADE, related_name="criterion_scores")
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("region")
    )
    judge = models.ForeignKey(Person, models.PROTECT, related_name="criterion_scores")
    score = models.SmallIntegerField(_("score"))
    evidence = models.TextField(_("evidence"), max_length=2000)
    source = models.CharField(_("source"), max_length=400, blank=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("criterion", "-at")
        constraints = [
            models.UniqueConstraint(
                fields=["criterion", "priority", "region", "judge"], name="criterion_score_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(score__gte=LOWEST_SCORE, score__lte=HIGHEST_SCORE), name="criterion_score_in_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion.code} {self.priority.identifier} {self.score}"
