"""A client looked at along its value chain: state, need, potential and evidence of each component."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.brokerage.models.clients import Client
from hansa.network.models import Organisation, Person

AT_MOST = [MaxValueValidator(5)]


class Diagnosis(models.Model):
    """One look at a client. A complete one does not change any more; the next begins from it."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("diagnosis", "being written")
        COMPLETE = "complete", pgettext_lazy("diagnosis", "complete")

    client = models.ForeignKey(Client, models.CASCADE, related_name="diagnoses")
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    broker = models.ForeignKey(Person, models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    begun_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    client_done_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-begun_at", "-pk")
        verbose_name_plural = "diagnoses"
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(state="draft"), name="one_diagnosis_at_a_time")
        ]

    def __str__(self) -> str:
        return f"diagnosis {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("brokerage:diagnosis", args=[self.pk])


class DiagnosisAnswer(models.Model):
    """One component as one side sees it; unknown is empty, never nought. The broker's own answer is what counts, the
    client's stands beside it."""

    class By(models.TextChoices):
        BROKER = "broker", _("the broker")
        CLIENT = "client", _("the client")

    diagnosis = models.ForeignKey(Diagnosis, models.CASCADE, related_name="answers")
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, models.CASCADE, related_name="+")
    component = models.CharField(max_length=20)
    by = models.CharField(max_length=6, choices=By.choices)
    state = models.PositiveSmallIntegerField(_("state"), null=True, blank=True, validators=AT_MOST)
    need = models.PositiveSmallIntegerField(_("need"), null=True, blank=True, validators=AT_MOST)
    potential = models.PositiveSmallIntegerField(_("potential"), null=True, blank=True, validators=AT_MOST)
    evidence = models.TextField(_("evidence"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["diagnosis", "component", "by"], name="one_answer_per_side"),
            models.CheckConstraint(
                condition=(Q(state__isnull=True) | Q(state__lte=5))
                & (Q(need__isnull=True) | Q(need__lte=5))
                & (Q(potential__isnull=True) | Q(potential__lte=5)),
                name="marks_from_0_to_5",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.diagnosis_id} {self.component}"
