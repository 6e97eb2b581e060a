"""The list of cases and the page of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage import actions, queries
from hansa.brokerage.actions.cases import PATH, TRANSITIONS
from hansa.brokerage.forms import AnswerForm, MoveForm, NoteForm, ScheduleForm
from hansa.brokerage.models import Case
from hansa.brokerage.parts import parts
from hansa.brokerage.permissions import agency_ids
from hansa.brokerage.views.showing import SECTION, Step, look_at_private, priority_number, reader, shown_match
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.queries import open_priorities

HEADING = ["reference", "title", "priority", "agency", "other agency", "state", "next step", "by", "opened", "closed"]


def cases(request: HttpRequest) -> HttpResponse:
    """Who is being brought together. Everybody sees that a case exists; what it is about, those who are in it."""
    person = reader(request)
    chosen = {key: request.GET.get(key, "") for key in ("q", "state", "priority", "introduction", "whose")}
    brokers = bool(agency_ids(person))
    whose = chosen["whose"] or ("mine" if brokers else "all")
    found = queries.cases(
        person,
        words=chosen["q"],
        state=chosen["state"],
        priority=priority_number(chosen["priority"]),
        introduction=chosen["introduction"],
        mine=whose == "mine" and brokers,
    )
    found = queries.ordered_cases(found, request.GET.get("sort", "due"))
    if wants_csv(request):
        return csv_response("cases", HEADING, found.iterator(chunk_size=500), lambda each: row_of(each, person))
    page = page_of(request, found)
    return render(
        request,
        "hansa_brokerage/cases.html",
        {
            "section": SECTION,
            "page": page,
            "rows": [(each, may(person, "brokerage.view_case", each)) for each in page],
            "chosen": chosen | {"whose": whose},
            "brokers": brokers,
            "default_sort": "due",
            "states": Case.State.choices,
            "priorities": open_priorities().only("number", "title", "titles"),
        },
    )


def row_of(each: Case, person: Person | None) -> list[Any]:
    inside = may(person, "brokerage.view_case", each)
    return [
        each.reference,
        each.title if inside else None,
        each.priority.identifier,
        each.agency.name,
        each.other_agency.name if each.other_agency else None,
        each.state,
        each.next_step if inside else None,
        each.next_due.isoformat() if inside else None,
        each.opened_at.date().isoformat(),
        each.closed_at.date().isoformat() if each.closed_at else None,
    ]


def case_or_404(reference: str) -> Case:
    try:
        return queries.case(reference)
    except Case.DoesNotExist:
        raise Http404 from None


@signed_in
def case(request: HttpRequest, reference: str) -> HttpResponse:
    return page_of_case(request, case_or_404(reference))


def page_of_case(request: HttpRequest, shown: Case, faulty: forms.Form | None = None) -> HttpResponse:
    """One case: where it stands, what happens next, both sides; a form with a fault keeps what was typed."""
    person = actor(request)
    if not may(person, "brokerage.view_case", shown):
        raise PermissionDenied(_("Only the brokers of both sides see what this case is about."))
    next_up = {"next_step": shown.next_step, "next_due": shown.next_due}
    usual: list[forms.Form] = [
        ScheduleForm(initial=next_up, auto_id="id_schedule_%s"),
        MoveForm(held=shown, auto_id="id_move_%s"),
        AnswerForm(auto_id="id_answer_%s"),
        NoteForm(auto_id="id_note_%s"),
    ]
    forms_by_name = {type(form).__name__: form for form in [*usual, *([faulty] if faulty is not None else [])]}
    acts, own = may(person, "brokerage.move_case", shown), may(person, "brokerage.open_private", shown)
    unanswered = shown.state == Case.State.PROPOSED and shown.introduction.answered_at is None
    answers = unanswered and may(person, "brokerage.answer_introduction", shown)
    asked = answers and not own
    return render(
        request,
        "hansa_brokerage/case.html",
        {
            "section": SECTION,
            "case": shown,
            "steps": steps_of_case(shown),
            "each": shown_match(shown.match) if own else None,
            "acts": acts,
            "private": None if own else look_at_private(request, shown.request),
            "schedule_form": forms_by_name["ScheduleForm"] if acts and shown.is_open and not asked else None,
            "move_form": forms_by_name["MoveForm"] if acts and TRANSITIONS[shown.state] and not asked else None,
            "note_form": forms_by_name["NoteForm"] if acts else None,
            "answer_form": forms_by_name["AnswerForm"] if answers else None,
            "may_open": own and shown.state != Case.State.PROPOSED and shown.is_open and shown.other_agency is not None,
            "panels": parts.panels_of("case", shown, person),
            "opened": own and shown.other_agency_id in opened_to(person, shown),
        },
        status=400 if faulty is not None else 200,
    )


def opened_to(person: Person, shown: Case) -> list[int]:
    private = queries.private_of(person, shown.request)
    return private.opened_to if private is not None else []


def steps_of_case(shown: Case) -> list[Step]:
    """The path of a case; where it was declined, the path ends there."""
    days = {entry.to_state: entry.at.date().isoformat() for entry in shown.entries.all() if entry.to_state}
    labels = dict(Case.State.choices)
    if shown.state == Case.State.DECLINED:
        walked = [state for state in PATH if state in days]
        return [
            *(Step(labels[state], days[state], "done") for state in walked),
            Step(labels[Case.State.DECLINED], days.get(Case.State.DECLINED, ""), "now"),
        ]
    here = PATH.index(Case.State(shown.state))
    return [
        Step(labels[state], days.get(state, ""), "done" if place < here else "now" if place == here else "")
        for place, state in enumerate(PATH)
    ]


@require_POST
@signed_in
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    shown = case_or_404(reference)
    form = AnswerForm(request.POST, auto_id="id_answer_%s")
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.answer_introduction(
                actor(request),
                shown,
                accept=given["answer"] == "accept",
                refusal=given["refusal"],
                remark=given["remark"],
                address=request.build_absolute_uri("/"),
            )
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Your answer is recorded; the other broker sees it on Today."))
            return redirect(shown)
    return page_of_case(request, shown, form)


@require_POST
@signed_in
def move(request: HttpRequest, reference: str) -> HttpResponse:
    shown = case_or_404(reference)
    form = MoveForm(request.POST, held=shown, auto_id="id_move_%s")
    if form.is_valid():
        try:
            actions.move_case(actor(request), shown, **form.cleaned_data)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("The case has moved on."))
            return redirect(shown)
    return page_of_case(request, shown, form)


@require_POST
@signed_in
def note(request: HttpRequest, reference: str) -> HttpResponse:
    shown = case_or_404(reference)
    form = NoteForm(request.POST, auto_id="id_note_%s")
    if form.is_valid():
        attempt(request, lambda: actions.add_note(actor(request), shown, text=form.cleaned_data["text"]))
        return redirect(shown)
    return page_of_case(request, shown, form)


@require_POST
@signed_in
def reschedule(request: HttpRequest, reference: str) -> HttpResponse:
    shown = case_or_404(reference)
    form = ScheduleForm(request.POST, auto_id="id_schedule_%s")
    if form.is_valid():
        try:
            actions.reschedule(actor(request), shown, **form.cleaned_data)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("The next step is set."))
            return redirect(shown)
    return page_of_case(request, shown, form)


@require_POST
@signed_in
def open_private(request: HttpRequest, reference: str) -> HttpResponse:
    shown = case_or_404(reference)
    if attempt(request, lambda: actions.open_private(actor(request), shown)):
        opened = shown.other_agency_id in opened_to(actor(request), shown)
        done = _("The other agency can read the private part now.")
        later = _("Your client’s yes is written down; the private parts open when the other side’s client agrees too.")
        messages.success(request, done if opened else later)
    return redirect(shown)
