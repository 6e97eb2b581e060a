"""The partners found for a request, and what a broker does with one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage import actions
from hansa.brokerage.forms import DeclineForm, ProposalForm, in_a_week
from hansa.brokerage.models import Case, Match
from hansa.brokerage.views.showing import SECTION, is_withdrawn, matches_context, reader, request_or_404, shown_match
from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in


def matches(request: HttpRequest, reference: str) -> HttpResponse:
    """The matches alone: the page of a request asks for them every second while they are being computed."""
    shown = request_or_404(request, reference)
    if not may(reader(request), "brokerage.view_matches", shown):
        raise Http404
    if not getattr(request, "htmx", False):
        return redirect(shown)
    return render(request, "hansa_brokerage/_matches.html", matches_context(reader(request), shown))


def match_or_404(pk: int) -> Match:
    related = ("request__region", "request__agency", "region", "organisation", "project", "other_request", "case")
    match = get_object_or_404(Match.objects.select_related(*related), pk=pk)
    if is_withdrawn(match):
        raise Http404
    return match


@require_POST
@signed_in
def look_again(request: HttpRequest, reference: str) -> HttpResponse:
    shown = request_or_404(request, reference)
    attempt(request, lambda: actions.look_again(actor(request), shown))
    return redirect(shown)


@require_POST
@signed_in
def shortlist(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, actions.shortlist_match, _("“%(title)s” is short-listed."))


@require_POST
@signed_in
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, actions.restore_match, _("“%(title)s” is among the suggestions again."))


def _act(request: HttpRequest, pk: int, act: Callable[..., Any], done: str) -> HttpResponse:
    match = match_or_404(pk)
    attempt(request, lambda: act(actor(request), match), done % {"title": match.title})
    return redirect(f"{match.request.get_absolute_url()}#match-{match.pk}")


@signed_in
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why a partner does not suit."""
    match = match_or_404(pk)
    authorise(actor(request), "brokerage.decline_match", match)
    form = DeclineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.decline_match(actor(request), match, refusal=given["refusal"], remark=given["remark"])
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("“%(title)s” is set aside.") % {"title": match.title})
            return redirect(match.request)
    return render(
        request,
        "hansa_brokerage/decline.html",
        {"section": SECTION, "match": match, "form": form},
        status=400 if form.errors else 200,
    )


@signed_in
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose an introduction, with the next step and its day."""
    match = match_or_404(pk)
    authorise(actor(request), "brokerage.propose_introduction", match)
    case = Case.objects.filter(match=match).first()
    if case is not None:
        return redirect(case)
    other = actions.agency_behind(match)
    step = (
        _("Ask %(name)s for the answer") % {"name": other.name}
        if other is not None
        else _("Write to %(name)s") % {"name": match.title}
    )
    form = ProposalForm(request.POST or None, initial={"next_step": step[:200], "next_due": in_a_week()})
    if request.method == "POST" and form.is_valid():
        try:
            introduction = actions.propose_introduction(actor(request), match, **form.cleaned_data)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("The introduction is proposed; the case keeps the next step and its day."))
            return redirect(introduction.case)
    return render(
        request,
        "hansa_brokerage/propose.html",
        {"section": SECTION, "match": match, "form": form, "each": shown_match(match), "other_agency": other},
        status=400 if form.errors else 200,
    )
