"""The list of diagnoses, one of them, and the page on which a client answers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage.clients.views import client_or_404
from hansa.brokerage.diagnosis import actions, queries
from hansa.brokerage.diagnosis.forms import AnswersForm
from hansa.brokerage.diagnosis.showing import context_of
from hansa.brokerage.models import ClientContact, Diagnosis, DiagnosisAnswer
from hansa.brokerage.parts import parts
from hansa.brokerage.views.showing import SECTION
from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, by_link, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv

By = DiagnosisAnswer.By


@signed_in
def diagnoses(request: HttpRequest) -> HttpResponse:
    """The diagnoses of the reader's agencies."""
    person = actor(request)
    authorise(person, "brokerage.list_clients")
    chosen = {key: request.GET.get(key, "") for key in ("q", "state")}
    found = queries.ordered(
        queries.diagnoses(person, words=chosen["q"], state=chosen["state"]), request.GET.get("sort", "-begun")
    )
    if wants_csv(request):
        heading = ["client", "reference", "state", "begun", "completed", "broker"]
        return csv_response("diagnoses", heading, found.iterator(chunk_size=500), row_of)
    context = {
        "section": SECTION,
        "links": parts.links_in_order(person),
        "page": page_of(request, found),
        "chosen": chosen,
        "default_sort": "-begun",
        "states": Diagnosis.State.choices,
    }
    return render(request, "hansa_brokerage/diagnosis/diagnoses.html", context)


def row_of(each: Diagnosis) -> list[Any]:
    completed = each.completed_at.date().isoformat() if each.completed_at else None
    named = [each.client.name, each.client.reference, each.state, each.begun_at.date().isoformat()]
    return [*named, completed, each.broker.name]


def diagnosis_or_404(request: HttpRequest, pk: int) -> Diagnosis:
    related = Diagnosis.objects.select_related("client", "broker").prefetch_related(
        "answers", "client__contacts__person"
    )
    shown = get_object_or_404(related, pk=pk)
    if not may(actor(request), "brokerage.view_diagnosis", shown):
        raise Http404
    return shown


@require_POST
@signed_in
def begin_diagnosis(request: HttpRequest, reference: str) -> HttpResponse:
    made = actions.begin_diagnosis(actor(request), client_or_404(request, reference))
    return redirect(made)


@signed_in
def diagnosis(request: HttpRequest, pk: int) -> HttpResponse:
    """One diagnosis: the chart, both sides' answers, what it proposes, and the form while it is being written."""
    shown = diagnosis_or_404(request, pk)
    form = AnswersForm(request.POST or None, answers=queries.answers_of(shown, By.BROKER))
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_diagnosis(actor(request), shown, answers=form.answers())
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("The answers are kept."))
            return redirect(shown)
    draft = shown.state == Diagnosis.State.DRAFT
    context = {**context_of(shown), "section": SECTION, "form": form if draft else None}
    return render(request, "hansa_brokerage/diagnosis/diagnosis.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def complete_diagnosis(request: HttpRequest, pk: int) -> HttpResponse:
    shown = diagnosis_or_404(request, pk)
    attempt(request, lambda: actions.complete_diagnosis(actor(request), shown), _("The diagnosis is complete."))
    return redirect(shown)


@require_POST
@signed_in
def send_diagnosis(request: HttpRequest, pk: int) -> HttpResponse:
    shown = diagnosis_or_404(request, pk)
    key = request.POST.get("contact", "")
    contact = ClientContact.objects.filter(pk=int(key) if key.isdecimal() and len(key) < 18 else 0).first()
    if contact is None:
        messages.error(request, _("Choose a contact of this client who has an e-mail address."))
        return redirect(shown)
    address = request.build_absolute_uri("/")
    attempt(
        request,
        lambda: actions.send_diagnosis(actor(request), shown, contact=contact, address=address),
        _("The link is on its way."),
    )
    return redirect(shown)


@by_link(actions.PURPOSE)
def answer(request: HttpRequest, secret: str) -> HttpResponse:
    """The client's own page: one component after the other on a phone, kept and gone on with at any time."""
    link = request.link  # type: ignore[attr-defined]
    shown = Diagnosis.objects.prefetch_related("answers").filter(pk=link.record).first()
    if shown is None:
        raise Http404
    form = AnswersForm(request.POST or None, answers=queries.answers_of(shown, By.CLIENT))
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_by_link(link, answers=form.answers(), done=request.POST.get("act") == "done")
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Your answers are kept."))
            return redirect("brokerage:diagnosis_answer", secret)
    open_ = shown.state == Diagnosis.State.DRAFT
    context = {"section": "", "diagnosis": shown, "form": form, "open": open_}
    return render(request, "hansa_brokerage/diagnosis/answer.html", context, status=400 if form.errors else 200)
