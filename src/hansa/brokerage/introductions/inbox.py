"""The matches of an agency in one list, each with the other side's view of it."""

from __future__ import annotations

from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from hansa.brokerage.models import Match, Request

ORDERS = {
    "found": ("computed_at", "rank", "pk"),
    "score": ("score", "pk"),
    "request": ("request__title", "rank", "pk"),
    "partner": ("title", "pk"),
    "state": ("state", "rank", "pk"),
}
HEADING = ["request", "partner", "country", "rank", "score", "state", "reason", "their rank", "their state"]


def matches(agencies: set[int], *, words: str = "", state: str = "", country: str = "") -> QuerySet[Match]:
    """The matches of the agencies' open requests; without a state those that wait for a decision.

    `their_rank` and `their_state` are how the other side's own matches list our request, empty where they do not.
    """
    back = Match.objects.filter(request=OuterRef("other_request"), other_request=OuterRef("request"))
    found = Match.objects.filter(request__agency__in=agencies, request__state__in=Request.OPEN)
    found = found.exclude(other_request__state__in=[Request.State.WITHDRAWN, Request.State.DRAFT])
    if state == "":
        found = found.filter(state__in=[Match.State.SUGGESTED, Match.State.SHORT_LISTED])
    elif state != "any":
        found = found.filter(state=state)
    if country:
        found = found.filter(country=country)
    if words.strip():
        text = Q(title__icontains=words) | Q(text__icontains=words) | Q(request__title__icontains=words)
        found = found.filter(text | Q(request__reference__istartswith=words.strip()))
    found = found.select_related("request", "other_request", "organisation", "region", "case")
    return found.annotate(their_rank=Subquery(back.values("rank")[:1]), their_state=Subquery(back.values("state")[:1]))


def ordered(found: QuerySet[Match], sort: str) -> QuerySet[Match]:
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["found"])
    if sort.startswith("-"):
        return found.order_by(F(fields[0]).desc(), *fields[1:])
    return found.order_by(*fields)


def row_of(each: Any) -> list[Any]:
    named = [each.request.reference, each.title, each.country, each.rank, round(each.score, 3), each.state]
    return [*named, each.refusal or None, each.their_rank, each.their_state]
