"""What waits for a review, the page on which one is given, and a request renewed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage import queries as room
from hansa.brokerage.models import Request, RequestReview
from hansa.brokerage.parts import parts
from hansa.brokerage.permissions import agency_ids
from hansa.brokerage.review import actions, passing, queries
from hansa.brokerage.review.forms import ReviewForm
from hansa.brokerage.views.requests import profile_of
from hansa.brokerage.views.showing import SECTION, request_or_404
from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.registry import rule
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv


@signed_in
def reviews(request: HttpRequest) -> HttpResponse:
    """What brokers of other agencies ask to be reviewed."""
    person = actor(request)
    authorise(person, "brokerage.list_reviews")
    words = request.GET.get("q", "")
    found = queries.ordered(queries.to_review(agency_ids(person), words), request.GET.get("sort", "asked"))
    if wants_csv(request):
        heading = ["reference", "type", "title", "language", "region", "agency", "asked"]
        return csv_response("to-review", heading, found.iterator(chunk_size=500), row_of)
    context = {
        "section": SECTION,
        "links": parts.links_in_order(person),
        "page": page_of(request, found),
        "q": words,
        "default_sort": "asked",
    }
    return render(request, "hansa_brokerage/review/reviews.html", context)


def row_of(each: RequestReview) -> list[Any]:
    asked = each.request
    named = [asked.reference, asked.type, asked.title, asked.language, asked.region.code, asked.agency.name]
    return [*named, each.asked_at.isoformat()]


@signed_in
def review(request: HttpRequest, reference: str) -> HttpResponse:
    """The public text of a request in review, and the form with the four criteria."""
    person = actor(request)
    try:
        shown = room.request(reference)
    except Request.DoesNotExist:
        raise Http404 from None
    if not may(person, "brokerage.review_request", shown):
        # who may read the request is told where it stands; for anybody else it does not exist
        return redirect(request_or_404(request, reference))
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            given = actions.review_request(person, shown, scores=form.scores(), comment=form.cleaned_data["comment"])
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            done = given.outcome == RequestReview.Outcome.PASSED
            messages.success(request, _("It is published.") if done else _("It goes back to its author."))
            return redirect("brokerage:reviews")
    context = {
        "section": SECTION,
        "shown": shown,
        "told": shown,
        "profile": profile_of(shown),
        "form": form,
        "publish_from": rule(passing.PUBLISH_FROM),
        "hold_from": rule(passing.HOLD_FROM),
    }
    return render(request, "hansa_brokerage/review/review.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def ask_review(request: HttpRequest, reference: str) -> HttpResponse:
    shown = request_or_404(request, reference)
    done = _("The brokers of the other agencies are asked to review it.")
    attempt(request, lambda: actions.ask_review(actor(request), shown), done)
    return redirect(shown)


@require_POST
@signed_in
def take_back_review(request: HttpRequest, reference: str) -> HttpResponse:
    shown = request_or_404(request, reference)
    attempt(request, lambda: actions.take_back_review(actor(request), shown), _("It is a draft again."))
    return redirect(shown)


@require_POST
@signed_in
def renew(request: HttpRequest, reference: str) -> HttpResponse:
    shown = request_or_404(request, reference)
    attempt(request, lambda: actions.renew_request(actor(request), shown), _("It holds for another twelve months."))
    return redirect(shown)
