"""Reads about the brokers of the partnership."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from hansa.brokerage.models import Absence, Handover, Request
from hansa.brokerage.permissions import agency_ids
from hansa.network.models import Membership, Organisation, Person, Role
from hansa.network.queries import current

ORDERS = {
    "agency": ("name", "pk"),
    "region": ("region__code", "name"),
    "country": ("country", "name"),
    "requests": ("published", "name"),
}


@dataclass(frozen=True)
class Desk:
    """An agency with those who broker for it today, and who is away."""

    agency: Organisation
    brokers: list[Membership]
    away: dict[int, Absence]


def agencies(words: str = "", country: str = "") -> QuerySet[Organisation]:
    """The agencies with a broker, with their brokers of today and how many of their requests are published."""
    brokers = current(Membership.objects.filter(role=Role.BROKER)).select_related("person").order_by("person__name")
    found = (
        Organisation.objects.filter(memberships__in=brokers)
        .distinct()
        .select_related("region")
        .prefetch_related(Prefetch("memberships", queryset=brokers, to_attr="brokers_today"))
        .annotate(published=Count("requests", filter=Q(requests__state__in=Request.OPEN), distinct=True))
    )
    if words.strip():
        inside = Q(name__icontains=words) | Q(region__name__icontains=words) | Q(region__code__istartswith=words)
        found = found.filter(inside | Q(memberships__in=brokers, memberships__person__name__icontains=words))
    return found.filter(country=country) if country else found


def ordered(found: QuerySet[Organisation], sort: str) -> QuerySet[Organisation]:
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["region"])
    sign = "-" if sort.startswith("-") else ""
    return found.order_by(*(sign + name for name in fields))


def away_today() -> dict[int, Absence]:
    """Who is away today, by the key of the person."""
    today = timezone.localdate()
    found = Absence.objects.filter(since__lte=today, until__gte=today, ended_at=None).select_related("cover", "agency")
    return {absence.broker_id: absence for absence in found}


def absences(person: Person | None) -> QuerySet[Absence]:
    """The absences that are not over: of the reader's agencies, and those they stand in for."""
    living = Absence.objects.filter(until__gte=timezone.localdate(), ended_at=None)
    mine = Q(agency__in=agency_ids(person)) | Q(cover=person)
    return living.filter(mine).select_related("agency", "broker", "cover").order_by("since", "pk")


def covers_of(person: Person) -> QuerySet[Absence]:
    """For whom a person stands in today."""
    today = timezone.localdate()
    found = Absence.objects.filter(cover=person, since__lte=today, until__gte=today, ended_at=None)
    return found.select_related("agency", "broker")


def handovers(person: Person | None, *, words: str = "", state: str = "") -> QuerySet[Handover]:
    """Handovers that the reader's agencies gave or were asked for. The client itself is read apart, by its agency."""
    mine = agency_ids(person)
    found = Handover.objects.filter(Q(agency__in=mine) | Q(to_agency__in=mine))
    found = found.select_related("agency", "to_agency", "by", "to_broker")
    if state:
        found = found.filter(state=state)
    if words.strip():
        within = Q(reason__icontains=words) | Q(agency__name__icontains=words) | Q(to_agency__name__icontains=words)
        found = found.filter(within)
    return found


def asked(agencies: set[int]) -> QuerySet[Handover]:
    """What waits for an answer of these agencies."""
    waiting = Handover.objects.filter(to_agency__in=agencies, state=Handover.State.ASKED)
    return waiting.select_related("agency", "by")
