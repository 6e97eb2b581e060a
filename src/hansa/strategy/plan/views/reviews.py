"""Reviews: the list, one review with what the figures say, and the decisions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.models import Review, ReviewItem
from hansa.strategy.plan import actions, queries, telling
from hansa.strategy.plan.forms import CloseReviewForm, DecideForm, OpenReviewForm, PlanReviewForm
from hansa.strategy.plan.views import shared
from hansa.strategy.plan.views.entries import confirmed
from hansa.strategy.queries import runs
from hansa.strategy.views.board import domain_labels


def reviews(request: HttpRequest) -> HttpResponse:
    """Every review, the latest first."""
    words = request.GET.get("q", "")
    found = queries.reviews().filter(run__title__icontains=words)
    sort = request.GET.get("sort", "-planned")
    names = {"planned": "planned_for", "run": "run__title"}
    field = names.get(sort.removeprefix("-"), "planned_for")
    found = found.order_by(f"-{field}" if sort.startswith("-") else field, "-pk")
    if wants_csv(request):
        heading = [
            "run",
            "planned for",
            "opened",
            "closed",
            "table",
            "year",
            "same evidence",
            "priorities",
            "undecided",
        ]
        return csv_response("reviews", heading, found, _review_row)
    return render(
        request,
        "hansa_strategy/plan/reviews.html",
        {
            **shared("reviews"),
            "page": page_of(request, found),
            "words": words,
            "default_sort": "-planned",
            "may_hold": may(getattr(request, "person", None), "strategy.hold_review"),
        },
    )


def _review_row(review: Any) -> list[Any]:
    return [
        review.run,
        review.planned_for,
        review.opened_at and review.opened_at.isoformat(),
        review.closed_at and review.closed_at.isoformat(),
        review.table,
        review.year,
        review.evidence_same,
        review.count,
        review.undecided,
    ]


def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One review: for each priority what was held and is held now, what follows, and what was decided."""
    shown = get_object_or_404(queries.reviews().select_related("run", "by"), pk=pk)
    person = getattr(request, "person", None)
    items = list(shown.items.select_related("priority", "decided_by"))
    if wants_csv(request):
        heading = ["priority", "domain", "region", "held then", "held now", "LQ then", "LQ now", "proposal", "decision"]
        return csv_response(f"review-{shown.pk}", heading, _cells(items), list)
    names = {region.code: region.local_name for region in shown.run.regions.all()}
    told = [(item, [telling.reason(each, names) for each in item.reasons]) for item in items]
    return render(
        request,
        "hansa_strategy/plan/review.html",
        {
            **shared("reviews"),
            "review": shown,
            "told": told,
            "names": names,
            "labels": domain_labels(),
            "may_hold": may(person, "strategy.hold_review"),
            "may_see_people": may(person, "network.view_people"),
        },
    )


def _cells(items: list[ReviewItem]) -> list[list[Any]]:
    return [
        [
            item.priority.identifier,
            cell["domain"],
            cell["region"],
            cell["then"],
            cell["now"],
            cell["quotient_then"],
            cell["quotient_now"],
            item.proposal,
            item.decision,
        ]
        for item in items
        for cell in item.found["cells"]
    ]


@signed_in
def plan_review(request: HttpRequest) -> HttpResponse:
    person = actor(request)
    authorise(person, "strategy.hold_review")
    form = PlanReviewForm(request.POST or None, initial={"run": runs().values_list("pk", flat=True).first()})
    return confirmed(
        request,
        form,
        lambda given: actions.plan_review(person, given["run"], planned_for=given["planned_for"]),
        heading=_("Plan a review"),
        address=reverse("strategy:reviews"),
        context=shared("reviews"),
    )


@signed_in
def open_review(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Review, pk=pk)
    person = actor(request)
    authorise(person, "strategy.hold_review")
    return confirmed(
        request,
        OpenReviewForm(request.POST or None),
        lambda given: actions.open_review(person, shown, strength_fall=given["strength_fall"]),
        heading=_("Open the review and compare with the newest figures"),
        address=shown.get_absolute_url(),
        context=shared("reviews"),
    )


@signed_in
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(ReviewItem.objects.select_related("review", "priority"), pk=pk)
    person = actor(request)
    authorise(person, "strategy.hold_review")
    initial = {"decision": item.decision or item.proposal, "reason": item.reason}
    return confirmed(
        request,
        DecideForm(request.POST or None, initial=initial),
        lambda given: actions.decide(person, item, decision=given["decision"], reason=given["reason"]),
        heading=_("Decide on %(priority)s") % {"priority": item.priority},
        address=f"{item.review.get_absolute_url()}#item-{item.pk}",
        context={
            **shared("reviews"),
            "warning": _("To reopen returns the priority to its first step at once."),
        },
    )


@signed_in
def close_review(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Review, pk=pk)
    person = actor(request)
    authorise(person, "strategy.hold_review")
    return confirmed(
        request,
        CloseReviewForm(request.POST or None),
        lambda given: actions.close_review(person, shown, minutes=given["minutes"], next_on=given["next_on"]),
        heading=_("Close the review"),
        address=shown.get_absolute_url(),
        context=shared("reviews"),
    )
