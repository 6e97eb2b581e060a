"""A call or joint strategy for which a consortium is put together: open roles, rules, who is in and who is not."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hansa.brokerage.models.requests import Request
from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person, Project
from hansa.strategy.models import Priority

AT_MOST = [MaxValueValidator(99)]


class Team(models.Model):
    """What a consortium is sought for and the rules it must meet. Its agency alone works on it; the lead partner reads.

    `answer` keeps what was computed last, by keys of organisations and roles, so that a page says it in any language.
    """

    class Status(models.TextChoices):
        NONE = "", _("not computed yet")
        OPTIMAL = "optimal", _("the best there is")
        BOUNDED = "bounded", _("good, perhaps not the best")
        IMPOSSIBLE = "impossible", _("not possible")
        UNDECIDED = "undecided", _("not decided")
        FAILED = "failed", _("failed")

    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="teams", verbose_name=_("agency"))
    broker = models.ForeignKey(Person, models.PROTECT, related_name="teams", verbose_name=_("broker"))
    priority = models.ForeignKey(
        Priority, models.PROTECT, null=True, blank=True, related_name="teams", verbose_name=_("priority")
    )
    name = models.CharField(_("name"), max_length=160)
    about = models.TextField(_("what it is for"), max_length=2000, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS)
    countries = models.PositiveSmallIntegerField(_("countries, at least"), default=2, validators=AT_MOST)
    regions = models.PositiveSmallIntegerField(_("regions, at least"), default=0, validators=AT_MOST)
    most_per_country = models.PositiveSmallIntegerField(
        _("members from one country, at most"), null=True, blank=True, validators=AT_MOST
    )
    fewest = models.PositiveSmallIntegerField(_("members in all, at least"), null=True, blank=True, validators=AT_MOST)
    most = models.PositiveSmallIntegerField(_("members in all, at most"), null=True, blank=True, validators=AT_MOST)
    sme_led = models.BooleanField(_("an SME coordinates"), default=False)
    helix = ArrayField(models.CharField(max_length=16), verbose_name=_("must be there"), default=list, blank=True)
    domains = ArrayField(models.CharField(max_length=20), verbose_name=_("domains"), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    computed_at = models.DateTimeField(null=True, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=12, choices=Status.choices, blank=True, default=Status.NONE)
    answer = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=["agency", "-created_at"], name="team_agency")]

    def __str__(self) -> str:
        """Without the name: it stands in audit notes, and a name may tell what only the agency should know."""
        return f"T-{self.pk}"

    @property
    def computing(self) -> bool:
        return self.asked_at is not None and (self.computed_at is None or self.computed_at < self.asked_at)

    def get_absolute_url(self) -> str:
        return reverse("brokerage:team", args=[self.pk])


class TeamRole(models.Model):
    """A place in a team; `sought` says in any language what its holder has to bring."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="roles")
    name = models.CharField(_("role"), max_length=80)
    sought = models.TextField(_("what is sought"), max_length=1000)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS)
    kinds = ArrayField(models.CharField(max_length=12), verbose_name=_("kinds"), default=list, blank=True)
    required = models.BooleanField(_("required"), default=True)
    leads = models.BooleanField(_("coordinates"), default=False)
    number = models.PositiveSmallIntegerField(
        _("number"), default=1, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["team", "name"], name="team_role_once"),
            models.UniqueConstraint(fields=["team"], condition=Q(leads=True), name="team_one_coordinator"),
        ]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """An organisation that the broker has decided about: it is in, perhaps in a role, or it is left out."""

    class Standing(models.TextChoices):
        IN = "in", _("is in")
        OUT = "out", _("left out")

    team = models.ForeignKey(Team, models.CASCADE, related_name="members")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    role = models.ForeignKey(TeamRole, models.SET_NULL, null=True, blank=True, related_name="holders")
    standing = models.CharField(max_length=3, choices=Standing.choices)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("standing", "pk")
        constraints = [models.UniqueConstraint(fields=["team", "organisation"], name="team_member_once")]

    def __str__(self) -> str:
        return f"{self.organisation_id} in {self.team_id}"


class TeamCandidate(models.Model):
    """An organisation found for a role, with what speaks for it: a project it took part in, or a request of its own."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="candidates")
    role = models.ForeignKey(TeamRole, models.CASCADE, related_name="candidates")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, models.SET_NULL, null=True, related_name="+")
    request = models.ForeignKey(Request, models.SET_NULL, null=True, related_name="+")
    rank = models.PositiveSmallIntegerField()
    score = models.FloatField()
    reasons = models.JSONField(default=list)
    meets = models.JSONField(default=list)
    breaks = models.JSONField(default=list)

    class Meta:
        ordering = ("role", "rank")
        constraints = [models.UniqueConstraint(fields=["role", "organisation"], name="team_candidate_once")]

    def __str__(self) -> str:
        return f"{self.organisation_id} for {self.role_id}"
