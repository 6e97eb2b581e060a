"""Reads about tasks, follow-ups and outcomes."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from hansa.brokerage.models import Case, FollowUp, Outcome, Task
from hansa.brokerage.permissions import agency_ids
from hansa.network.models import Person, Role
from hansa.network.permissions import holds

TASK_ORDERS = {"due": ("due", "pk"), "title": ("title", "pk"), "case": ("case__reference", "due", "pk")}
OUTCOME_ORDERS = {
    "year": ("year", "pk"),
    "kind": ("kind", "-year", "pk"),
    "case": ("case__reference", "pk"),
    "value": ("value", "pk"),
}


def on_sides(agencies: set[int]) -> Q:
    return Q(case__agency__in=agencies) | Q(case__other_agency__in=agencies)


def tasks(person: Person | None, *, words: str = "", state: str = "", mine: bool = True) -> QuerySet[Task]:
    """Tasks of the reader's cases, their own ones first of all; without a state those that are open."""
    found = Task.objects.filter(on_sides(agency_ids(person))).select_related("case", "owner")
    if mine:
        found = found.filter(owner=person)
    if state != "any":
        found = found.filter(done_at__isnull=state != "done")
    if words.strip():
        found = found.filter(Q(title__icontains=words) | Q(case__reference__istartswith=words.strip()))
    return found


def outcomes(person: Person | None, *, words: str = "", kind: str = "", state: str = "") -> QuerySet[Outcome]:
    """Outcomes of the reader's cases; of all for whoever leads the partnership."""
    found = Outcome.objects.select_related("case__priority", "by", "verified_by")
    if not holds(person, Role.LEAD_PARTNER):
        found = found.filter(on_sides(agency_ids(person)))
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(verified_at__isnull=state != "verified")
    if words.strip():
        found = found.filter(Q(evidence__icontains=words) | Q(case__reference__istartswith=words.strip()))
    return found


def ordered(found: QuerySet[Any], sort: str, orders: dict[str, tuple[str, ...]], usual: str) -> QuerySet[Any]:
    fields = orders.get(sort.removeprefix("-"), orders[usual])
    made = found.order_by(*fields)
    return made.reverse() if sort.startswith("-") else made


def due_tasks(person: Person, until: date) -> QuerySet[Task]:
    return Task.objects.filter(owner=person, done_at__isnull=True, due__lte=until).select_related("case")


def due_follow_ups(agencies: set[int], until: date) -> QuerySet[FollowUp]:
    found = FollowUp.objects.filter(on_sides(agencies), answered_at__isnull=True, due__lte=until)
    return found.select_related("case").order_by("due", "pk")


def to_verify(agencies: set[int], person: Person) -> QuerySet[Outcome]:
    found = Outcome.objects.filter(on_sides(agencies), verified_at__isnull=True).exclude(by=person)
    return found.select_related("case")


def quiet(agencies: set[int], days: int) -> QuerySet[Case]:
    """Open cases that are past the proposal, in which nobody wrote anything for so many days."""
    since = timezone.now() - timedelta(days=days)
    sides = Q(agency__in=agencies) | Q(other_agency__in=agencies)
    open_ = Case.objects.filter(sides, closed_at__isnull=True, opened_at__lt=since).exclude(state=Case.State.PROPOSED)
    lately = Q(entries__at__gte=since) | Q(interactions__written_at__gte=since) | Q(tasks__made_at__gte=since)
    return open_.exclude(pk__in=Case.objects.filter(lately).values("pk")).order_by("next_due", "pk")


def dated(person: Person, until: date) -> list[Task | FollowUp]:
    """What a calendar shows: a person's open tasks and the follow-ups of their agencies."""
    return [*chain(due_tasks(person, until)[:500], due_follow_ups(agency_ids(person), until)[:500])]
