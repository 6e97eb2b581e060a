"""Reads of the catalogue."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from hansa.catalogue.models import SupportInstrument
from hansa.network.models import Region
from hansa.network.registry import rule

ORDERS = {
    "title": ("title", "pk"),
    "region": ("region__code", "title", "pk"),
    "kind": ("kind", "title", "pk"),
    "closes": (F("closes_on").asc(nulls_last=True), "pk"),
    "checked": ("checked_on", "pk"),
}
STALE = "catalogue.checked_within_days"


def support_instruments(
    *, words: str = "", region: str = "", kind: str = "", offered: bool = True
) -> QuerySet[SupportInstrument]:
    """Instruments by words, region (also of the regions inside it) and kind; those that have ended only on demand."""
    found = SupportInstrument.objects.select_related("region", "agency", "checked_by")
    if words.strip():
        within = ("title", "provider", "summary", "eligibility")
        said = Q()
        for name in within:
            said |= Q(**{f"{name}__icontains": words.strip()})
        found = found.filter(said)
    if region:
        found = found.filter(region__code__startswith=region)
    if kind:
        found = found.filter(kind=kind)
    if offered:
        found = found.filter(_offered())
    return found


def ordered(found: QuerySet[SupportInstrument], sort: str) -> QuerySet[SupportInstrument]:
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["region"])
    ordered_by = found.order_by(*fields)
    return ordered_by.reverse() if sort.startswith("-") else ordered_by


def around(region: Region | None) -> QuerySet[SupportInstrument]:
    """What is offered in a region, in the one around it and in its country."""
    if region is None:
        return SupportInstrument.objects.none()
    codes = {region.code[:length] for length in range(2, len(region.code) + 1)}
    places = Q(region__code__in=codes) | Q(region=region.parent_id)
    return SupportInstrument.objects.filter(places, _offered()).select_related("region", "agency")


def stale_before() -> date:
    """What was checked last before this day wants a look."""
    return timezone.localdate() - timedelta(days=rule(STALE))


def to_check(agencies: set[int]) -> QuerySet[SupportInstrument]:
    """The entries of these agencies that nobody has looked at for longer than the partnership agreed on."""
    return SupportInstrument.objects.filter(_offered(), agency__in=agencies, checked_on__lt=stale_before())


def regions() -> QuerySet[Region]:
    return Region.objects.filter(support_instruments__isnull=False).distinct().order_by("code")


def _offered() -> Q:
    still = Q(closes_on__isnull=True) | Q(closes_on__gte=timezone.localdate())
    return Q(ended_at__isnull=True) & still
