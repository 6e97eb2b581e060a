"""What reviews and validity show of themselves on a request's page, on Today and among the rules of the network."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.brokerage.actions.requests import REVIEW_FIRST
from hansa.brokerage.models import CRITERIA, Case, Request
from hansa.brokerage.parts import Link, Panel, parts
from hansa.brokerage.permissions import agency_ids
from hansa.brokerage.review import actions, passing, queries
from hansa.brokerage.review.jobs import REMIND_DAYS
from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.network.registry import NoticeKind, Rule, TodayItem, registry, rule

GROUP = "brokerage.requests"
MOST = 20


def today(person: Person) -> Iterable[TodayItem]:
    mine = agency_ids(person)
    if not mine:
        return
    for review in queries.to_review(mine).order_by("asked_at")[:MOST]:
        yield TodayItem(
            title=_("Review: %(title)s") % {"title": review.request.title},
            url=reverse("brokerage:review", args=[review.request.reference]),
            why=_("%(agency)s asks for it before publishing.") % {"agency": review.request.agency.name},
        )
    for request in queries.came_back(mine)[:MOST]:
        yield TodayItem(
            title=_("Improve the draft: %(title)s") % {"title": request.title},
            url=request.get_absolute_url(),
            why=_("Its review came back with a comment."),
        )
    for request in queries.ending(mine, timezone.localdate() + timedelta(days=rule(REMIND_DAYS)))[:MOST]:
        yield TodayItem(
            title=_("Renew or close: %(title)s") % {"title": request.title},
            url=request.get_absolute_url(),
            why=_("Its validity ends; nobody finds it afterwards."),
            due=request.valid_until,
        )


def panel(request: Request, person: Person | None) -> Panel | None:
    """The reviews of a request, and what its agency can do: ask, take back, renew."""
    if not may(person, "brokerage.view_reviews", request):
        return None
    own = may(person, "brokerage.ask_review", request)
    given = [
        (review, [*zip([c.label for c in CRITERIA], review.scores, strict=False)])
        for review in queries.reviews_of(request)
    ]
    soon = timezone.localdate() + timedelta(days=rule(REMIND_DAYS))
    ends = request.state in Request.OPEN and request.valid_until is not None and request.valid_until <= soon
    asks = own and request.state == Request.State.DRAFT
    if not given and not asks and not ends:
        return None
    told = {
        "request": request,
        "reviews": given,
        "asks": asks,
        "required": rule(REVIEW_FIRST),
        "takes_back": own and request.state == Request.State.IN_REVIEW,
        "reviews_it": may(person, "brokerage.review_request", request),
        "ends": ends and own,
    }
    return Panel("review", _("Review and validity"), "hansa_brokerage/review/_panel.html", told, order=20, aside=True)


def answered(case: Case, before: str, after: str) -> None:
    """The first introduction answers a request, on both sides."""
    if after == Case.State.INTRODUCED:
        actions.mark_answered(case.request_id)
        if case.match.other_request_id is not None:
            actions.mark_answered(case.match.other_request_id)


def register() -> None:
    parts.links["reviews"] = Link(
        "reviews", gettext_lazy("To review"), "brokerage:reviews", 5, "brokerage.list_reviews"
    )
    parts.today["review"] = today
    parts.panels["request"]["review"] = panel
    parts.follows["review"] = answered
    registry.notice_groups[GROUP] = gettext_lazy("Requests: reviews and validity")
    registry.notices |= {
        "brokerage.review_asked": NoticeKind(
            gettext_lazy("%(agency)s asks for a review of the request %(reference)s."), GROUP
        ),
        "brokerage.review_passed": NoticeKind(
            gettext_lazy("The request %(reference)s has passed its review and is published."), GROUP
        ),
        "brokerage.review_came_back": NoticeKind(
            gettext_lazy("The review of the request %(reference)s came back with a comment."), GROUP
        ),
        "brokerage.expires": NoticeKind(gettext_lazy("The request %(reference)s expires on %(until)s."), GROUP),
    }
    points = gettext_lazy("of 20 points")
    registry.rules |= {
        REVIEW_FIRST: Rule(
            gettext_lazy("Every request is reviewed by a broker of another agency before it is published"),
            "yes_no",
            False,
            help=gettext_lazy("Without it a broker may ask for a review or publish at once."),
        ),
        passing.PUBLISH_FROM: Rule(
            gettext_lazy("A review passes from"), "number", 10, unit=points, least=1, most=20,
            help=gettext_lazy("A zero in one of the four criteria blocks a text, whatever the sum."),
        ),
        passing.HOLD_FROM: Rule(
            gettext_lazy("Below this a review rejects"), "number", 5, unit=points, least=0, most=20
        ),
        REMIND_DAYS: Rule(
            gettext_lazy("Brokers are reminded before a request expires"),
            "number", 30, unit=gettext_lazy("days"), least=8, most=180,
        ),
    }  # fmt: skip
