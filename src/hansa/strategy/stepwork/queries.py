"""Reads of the registers of steps 3 and 4."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q, QuerySet

from hansa.network.models import Person, Region
from hansa.strategy.models import Criterion, CriterionScore, Priority, Trend

TREND_ORDERS = {
    "kind": ("kind", "title"),
    "title": ("title",),
    "year": ("year", "title"),
    "source": ("source", "title"),
}


def register(words: str = "", kind: str = "", withdrawn: bool = False, sort: str = "kind") -> QuerySet[Trend]:
    """Trends whose title, description or source contains `words`, in the order asked for."""
    found = Trend.objects.filter(withdrawn_at__isnull=not withdrawn)
    if words:
        hit = Q(title__icontains=words) | Q(description__icontains=words) | Q(source__icontains=words)
        for code, _name in settings.LANGUAGES:
            hit |= Q(**{f"titles__{code}__icontains": words})
        found = found.filter(hit)
    if kind:
        found = found.filter(kind=kind)
    fields = TREND_ORDERS.get(sort.removeprefix("-"), TREND_ORDERS["kind"])
    sign = "-" if sort.startswith("-") else ""
    return found.order_by(*(sign + field for field in fields), "pk")


def judged_criteria(priority: Priority) -> list[Criterion]:
    """The judged criteria of the priority's run that weigh something."""
    found = Criterion.objects.filter(run=priority.run_id, origin=Criterion.Origin.JUDGED, weight__gt=0)
    return list(found.order_by("place", "pk"))


def own_scores(priority: Priority, judge: Person, region: Region | None) -> dict[int, CriterionScore]:
    """One judge's scores of a priority for a region, or for all together, by criterion."""
    found = CriterionScore.objects.filter(priority=priority, judge=judge, region=region)
    return {each.criterion_id: each for each in found}


def scores_of(priority: Priority) -> QuerySet[CriterionScore]:
    """Every score of a priority with its evidence."""
    found = CriterionScore.objects.filter(priority=priority).select_related("criterion", "region")
    return found.order_by("criterion__place", "score", "pk")
