"""The directory of brokers, absences, and clients handed over."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage import queries as room
from hansa.brokerage.brokers import actions, queries
from hansa.brokerage.brokers.forms import AbsenceForm, AnswerForm, HandoverForm
from hansa.brokerage.brokers.queries import Desk
from hansa.brokerage.clients import queries as clients
from hansa.brokerage.models import Absence, Client, Handover
from hansa.brokerage.parts import parts
from hansa.brokerage.permissions import agency_ids
from hansa.brokerage.views.showing import SECTION, reader
from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv


def shell(request: HttpRequest, here: str) -> dict[str, Any]:
    return {"section": SECTION, "links": parts.links_in_order(reader(request)), "here": here}


def brokers(request: HttpRequest) -> HttpResponse:
    """Who brokers in which region, who is away and who stands in; addresses are shown to those who take part."""
    person = reader(request)
    chosen = {key: request.GET.get(key, "") for key in ("q", "country")}
    found = queries.ordered(queries.agencies(chosen["q"], chosen["country"]), request.GET.get("sort", "region"))
    inside = may(person, "brokerage.view_absences")
    away = queries.away_today() if inside else {}
    if wants_csv(request):
        heading = ["region", "agency", "country", "languages", "brokers", "requests published"]
        return csv_response("brokers", heading, found, row_of)
    page = page_of(request, found)
    context = {
        **shell(request, "brokers"),
        "page": page,
        "desks": [Desk(each, each.brokers_today, away) for each in page],
        "chosen": chosen,
        "countries": room.countries(),
        "default_sort": "region",
        "inside": inside,
        "absences": queries.absences(person) if inside else [],
        "ends": {a.pk for a in queries.absences(person) if may(person, "brokerage.end_absence", a)} if inside else (),
        "may_plan": may(person, "brokerage.plan_absence"),
    }
    return render(request, "hansa_brokerage/brokers/brokers.html", context)


def row_of(each: Any) -> list[Any]:
    names = ", ".join(seat.person.name for seat in each.brokers_today)
    region = each.region.code if each.region else None
    return [region, each.name, each.country, " ".join(each.languages), names, each.published]


@signed_in
def plan_absence(request: HttpRequest) -> HttpResponse:
    person = actor(request)
    authorise(person, "brokerage.plan_absence")
    form = AbsenceForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        seat = given["seat"]
        try:
            actions.plan_absence(
                person,
                agency=seat.organisation,
                broker=seat.person,
                cover=given["cover"].person,
                since=given["since"],
                until=given["until"],
                remark=given["remark"],
            )
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("The absence is planned; who stands in is told."))
            return redirect("brokerage:brokers")
    context = {**shell(request, "brokers"), "form": form}
    return render(request, "hansa_brokerage/brokers/absence.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def end_absence(request: HttpRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(Absence, pk=pk)
    attempt(request, lambda: actions.end_absence(actor(request), held), _("The absence has ended."))
    return redirect("brokerage:brokers")


@signed_in
def hand_over(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask another broker to take a client over."""
    person = actor(request)
    try:
        held = clients.client(reference)
    except Client.DoesNotExist:
        raise Http404 from None
    authorise(person, "brokerage.hand_over_client", held)
    form = HandoverForm(request.POST or None, held=held)
    if request.method == "POST" and form.is_valid():
        seat, reason = form.cleaned_data["seat"], form.cleaned_data["reason"]
        try:
            made = actions.hand_over_client(
                person, held, to_agency=seat.organisation, to_broker=seat.person, reason=reason
            )
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            done = made.state == Handover.State.DONE
            messages.success(request, _("The client has a new broker.") if done else _("The other agency is asked."))
            return redirect(held if done else "brokerage:handovers")
    context = {**shell(request, "clients"), "form": form, "client": held}
    return render(request, "hansa_brokerage/brokers/hand_over.html", context, status=400 if form.errors else 200)


@signed_in
def handovers(request: HttpRequest) -> HttpResponse:
    """What the reader's agencies gave and were asked to take; the name of a client stands where it may be read."""
    person = actor(request)
    authorise(person, "brokerage.list_clients")
    chosen = {key: request.GET.get(key, "") for key in ("q", "state")}
    found = queries.handovers(person, words=chosen["q"], state=chosen["state"])
    if wants_csv(request):
        heading = ["asked", "from", "to", "state", "reason", "answer", "answered"]
        return csv_response("handovers", heading, found.iterator(chunk_size=500), handover_row)
    page = page_of(request, found)
    mine = agency_ids(person)
    known = {c.pk: c for c in clients.clients(person).filter(handovers__in=[h.pk for h in page])}
    context = {
        **shell(request, "clients"),
        "page": page,
        "rows": [(h, known.get(h.client_id), h.to_agency_id in mine, h.agency_id in mine) for h in page],
        "chosen": chosen,
        "states": Handover.State.choices,
    }
    return render(request, "hansa_brokerage/brokers/handovers.html", context)


def handover_row(each: Handover) -> list[Any]:
    answered = each.answered_at.isoformat() if each.answered_at else None
    names = (each.agency.name, each.to_agency.name)
    return [each.asked_at.isoformat(), *names, each.state, each.reason, each.answer, answered]


@require_POST
@signed_in
def answer_handover(request: HttpRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(Handover.objects.select_related("agency", "to_agency", "by", "to_broker"), pk=pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say whether you take the client over."))
        return redirect("brokerage:handovers")
    accept = form.cleaned_data["accept"] == "yes"
    done = _("The client is yours now.") if accept else _("Declined; the other broker is told.")
    attempt(
        request,
        lambda: actions.answer_handover(actor(request), held, accept=accept, answer=form.cleaned_data["answer"]),
        done,
    )
    return redirect("brokerage:handovers")


@require_POST
@signed_in
def take_back_handover(request: HttpRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(Handover, pk=pk)
    attempt(request, lambda: actions.take_back_handover(actor(request), held), _("Taken back."))
    return redirect("brokerage:handovers")
