"""Reads of recommendations: the public sees what was taken up, people who handle them see all."""

from __future__ import annotations

from django.db.models import Count, Prefetch, Q, QuerySet

from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.strategy.models import Recommendation, RecommendationMove, Uptake

ORDERS = {
    "collected": ("collected_at", "pk"),
    "title": ("title", "pk"),
    "region": ("region__code", "pk"),
    "state": ("state", "pk"),
}


def visible(person: Person | None) -> QuerySet[Recommendation]:
    """The recommendations that a reader may see."""
    found = Recommendation.objects.select_related("region", "priority", "merged_into")
    return found if may(person, "strategy.see_collected_recommendation") else found.filter(public_since__isnull=False)


def recommendations(
    person: Person | None, words: str = "", state: str = "", region: str = "", sort: str = "-collected"
) -> QuerySet[Recommendation]:
    """Those that answer the filters; merged ones only when asked for by state."""
    found = visible(person).annotate(
        joined=Count("merged_from", filter=Q(merged_from__state=Recommendation.State.MERGED), distinct=True)
    )
    found = found.filter(state=state) if state else found.exclude(state=Recommendation.State.MERGED)
    if region:
        found = found.filter(region__code=region)
    if words:
        hit = Q(title__icontains=words) | Q(text__icontains=words) | Q(section__icontains=words)
        number = words.upper().removeprefix("R-").lstrip("0")
        if number.isascii() and number.isdigit() and len(number) < 15:
            hit |= Q(pk=int(number))
        found = found.filter(hit)
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["collected"])
    return found.order_by(*(f"-{name}" if sort.startswith("-") else name for name in fields))


def recommendation(person: Person | None, pk: int) -> Recommendation:
    """One recommendation with its history; raises `Recommendation.DoesNotExist` where the reader may not see it."""
    moves = RecommendationMove.objects.select_related("by", "undoes").prefetch_related("others")
    uptakes = Uptake.objects.filter(withdrawn_at__isnull=True)
    merged = visible(person).filter(state=Recommendation.State.MERGED)
    return (
        visible(person)
        .select_related("source")
        .prefetch_related(
            Prefetch("moves", moves),
            Prefetch("uptakes", uptakes, to_attr="standing_uptakes"),
            Prefetch("merged_from", merged, to_attr="joined_ones"),
        )
        .get(pk=pk)
    )


def waiting(person: Person | None) -> int:
    """How many were collected and wait to be taken up or declined."""
    return Recommendation.objects.filter(state=Recommendation.State.COLLECTED).count()
