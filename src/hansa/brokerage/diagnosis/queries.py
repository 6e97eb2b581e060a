"""Reads about diagnoses. Row-level security narrows them a second time."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from hansa.brokerage.models import Client, Diagnosis, DiagnosisAnswer
from hansa.brokerage.permissions import agency_ids
from hansa.network.models import Person

ORDERS = {"begun": ("begun_at", "pk"), "client": ("client__name", "pk"), "state": ("state", "-begun_at", "pk")}


def diagnoses(person: Person | None, *, words: str = "", state: str = "") -> QuerySet[Diagnosis]:
    found = Diagnosis.objects.filter(agency__in=agency_ids(person)).select_related("client", "broker")
    if state:
        found = found.filter(state=state)
    if words.strip():
        found = found.filter(Q(client__name__icontains=words) | Q(client__reference__istartswith=words.strip()))
    return found


def ordered(found: QuerySet[Diagnosis], sort: str) -> QuerySet[Diagnosis]:
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["begun"])
    made = found.order_by(*fields)
    return made.reverse() if sort.startswith("-") else made


def answers_of(diagnosis: Diagnosis, by: str) -> dict[str, DiagnosisAnswer]:
    return {answer.component: answer for answer in diagnosis.answers.all() if answer.by == by}


def before(diagnosis: Diagnosis) -> Diagnosis | None:
    """The complete diagnosis of the same client before this one."""
    earlier = Diagnosis.objects.filter(client=diagnosis.client_id, state=Diagnosis.State.COMPLETE)
    found = earlier.filter(begun_at__lt=diagnosis.begun_at).order_by("-begun_at")
    return found.prefetch_related("answers").first()


def answered_by_clients(agencies: set[int]) -> QuerySet[Diagnosis]:
    """What clients have answered and nobody has looked at."""
    found = Diagnosis.objects.filter(agency__in=agencies, state=Diagnosis.State.DRAFT, client_done_at__isnull=False)
    return found.filter(looked_at__isnull=True).select_related("client")


def outdated(agencies: set[int], days: int = 365) -> QuerySet[Client]:
    """Admitted clients whose last diagnosis is older than a year, and who are not being looked at."""
    since = timezone.now() - timedelta(days=days)
    admitted = Client.objects.filter(agency__in=agencies, state=Client.State.ADMITTED, diagnoses__isnull=False)
    return admitted.exclude(Q(diagnoses__completed_at__gte=since) | Q(diagnoses__state="draft")).distinct()
