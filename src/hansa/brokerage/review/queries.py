"""Reads about reviews and about requests that will expire."""

from __future__ import annotations

from datetime import date

from django.db.models import OuterRef, Q, QuerySet, Subquery

from hansa.brokerage.models import Request, RequestReview
from hansa.network.models import Membership, Person, Role
from hansa.network.queries import current

ORDERS = {
    "asked": ("asked_at", "pk"),
    "title": ("request__title", "pk"),
    "region": ("request__region__code", "pk"),
    "type": ("request__type", "pk"),
}


def reviewers(request: Request) -> QuerySet[Person]:
    """The brokers of the other agencies who do not act for the request's own besides."""
    seats = current(Membership.objects.filter(role__in=(Role.BROKER, Role.LEAD_PARTNER)))
    own = seats.filter(organisation=request.agency_id).values("person")
    return Person.objects.filter(memberships__in=seats.filter(role=Role.BROKER)).exclude(pk__in=own).distinct()


def to_review(agencies: set[int], words: str = "") -> QuerySet[RequestReview]:
    """What waits for a reviewer outside these agencies; nothing for somebody without an agency."""
    if not agencies:
        return RequestReview.objects.none()
    found = RequestReview.objects.filter(outcome=RequestReview.Outcome.ASKED)
    found = found.exclude(request__agency__in=agencies).select_related("request__region", "request__agency", "asked_by")
    if words.strip():
        inside = Q(request__title__icontains=words) | Q(request__summary__icontains=words)
        found = found.filter(inside | Q(request__reference__istartswith=words.strip()))
    return found


def ordered(found: QuerySet[RequestReview], sort: str) -> QuerySet[RequestReview]:
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["asked"])
    sign = "-" if sort.startswith("-") else ""
    return found.order_by(*(sign + name for name in fields))


def reviews_of(request: Request) -> list[RequestReview]:
    return list(request.reviews.select_related("reviewer", "agency", "asked_by"))


def came_back(agencies: set[int]) -> QuerySet[Request]:
    """Drafts whose last review found something to improve."""
    wanted = (RequestReview.Outcome.HELD, RequestReview.Outcome.REJECTED)
    latest = RequestReview.objects.filter(request=OuterRef("pk")).order_by("-asked_at", "-pk").values("outcome")[:1]
    drafts = Request.objects.filter(agency__in=agencies, state=Request.State.DRAFT)
    return drafts.annotate(last=Subquery(latest)).filter(last__in=wanted)


def ending(agencies: set[int], until: date) -> QuerySet[Request]:
    """Open requests of these agencies that expire by a day."""
    found = Request.objects.filter(agency__in=agencies, state__in=Request.OPEN, valid_until__lte=until)
    return found.order_by("valid_until", "pk")
