"""A client's answer: written down by the broker, or given on the client's own page; and the inbox of matches."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage.introductions import actions, consenting, inbox
from hansa.brokerage.introductions.forms import ConsentForm, LinkForm, ReasonForm
from hansa.brokerage.models import Case, IntroductionConsent, Match
from hansa.brokerage.parts import parts
from hansa.brokerage.permissions import agency_ids
from hansa.brokerage.views.cases import case_or_404
from hansa.brokerage.views.showing import SECTION
from hansa.network.faults import Refused
from hansa.network.permissions import authorise
from hansa.network.web.acting import actor, by_link, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv


@require_POST
@signed_in
def record_consent(request: HttpRequest, pk: int) -> HttpResponse:
    related = IntroductionConsent.objects.select_related("introduction__case")
    consent = get_object_or_404(related, pk=pk)
    form = ConsentForm(request.POST)
    case = consent.introduction.case
    if not form.is_valid():
        messages.error(request, _("Say whether the client agrees, and how they said it."))
        return redirect(case)
    given = form.cleaned_data
    try:
        actions.record_consent(
            actor(request), consent, agrees=given["agrees"] == "yes", how=given["how"], refusal=given["refusal"]
        )
    except Refused as fault:
        messages.error(request, str(fault))
    else:
        messages.success(request, _("The client’s answer is written down."))
    return redirect(case)


@require_POST
@signed_in
def withdraw_introduction(request: HttpRequest, reference: str) -> HttpResponse:
    shown = case_or_404(reference)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        actions.withdraw_introduction(actor(request), shown, reason=reason)
    except Refused as fault:
        messages.error(request, str(fault))
    else:
        messages.success(request, _("The introduction is taken back."))
    return redirect(shown)


@by_link(consenting.PURPOSE)
def answer(request: HttpRequest, secret: str) -> HttpResponse:
    """The client's own page: what is proposed, what opens to whom if they agree, and their yes or no."""
    link = request.link  # type: ignore[attr-defined]
    related = ("introduction__case__match__other_request__region", "introduction__case__request__region")
    consent = IntroductionConsent.objects.select_related(*related).filter(pk=link.record).first()
    if consent is None:
        raise Http404
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.answer_by_link(link, agrees=given["agrees"] == "yes", refusal=given["refusal"])
        except Refused as fault:
            form.add_error("refusal", str(fault))
        else:
            return redirect("brokerage:introduction_answer", secret)
    case = consent.introduction.case
    ours = consent.place == consenting.Place.OUR_CLIENT
    other = case.match.other_request if ours else case.request
    context = {
        "section": "",
        "consent": consent,
        "case": case,
        "own": case.request if ours else case.match.other_request,
        "other": other,
        "match": case.match,
        "open": case.state == Case.State.PROPOSED and consent.answer is None,
        "form": form,
    }
    return render(request, "hansa_brokerage/introductions/answer.html", context, status=400 if form.errors else 200)


@signed_in
def matches_inbox(request: HttpRequest) -> HttpResponse:
    """All partners found for the requests of the reader's agencies, in one list, with what the other side sees."""
    person = actor(request)
    authorise(person, "brokerage.find_partners")
    chosen = {key: request.GET.get(key, "") for key in ("q", "state", "country")}
    found = inbox.matches(agency_ids(person), words=chosen["q"], state=chosen["state"], country=chosen["country"])
    found = inbox.ordered(found, request.GET.get("sort", "-found"))
    if wants_csv(request):
        return csv_response("matches", inbox.HEADING, found.iterator(chunk_size=500), inbox.row_of)
    context = {
        "section": SECTION,
        "links": parts.links_in_order(person),
        "page": page_of(request, found),
        "chosen": chosen,
        "default_sort": "-found",
        "states": Match.State.choices,
    }
    return render(request, "hansa_brokerage/introductions/inbox.html", context)
