"""What is done on the page of a case, and the lists of tasks and outcomes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage.casework import actions, work
from hansa.brokerage.casework.forms import (
    DocumentForm,
    FollowUpForm,
    InteractionForm,
    MailForm,
    OutcomeForm,
    PrivateNoteForm,
    TaskForm,
)
from hansa.brokerage.models import Case, CaseDocument, FollowUp, Outcome, Task
from hansa.brokerage.parts import parts
from hansa.brokerage.views.cases import case_or_404
from hansa.brokerage.views.showing import SECTION
from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv


def _added(request: HttpRequest, case: Case, form: forms.Form, title: str, act: Callable[[], Any]) -> HttpResponse:
    """Carry out a small form of the case page; with a fault it is shown on a page of its own with what was typed."""
    authorise(actor(request), "brokerage.add_work", case)
    if form.is_valid():
        try:
            act()
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("It is written down."))
            return redirect(case)
    context = {"section": SECTION, "case": case, "form": form, "title": title}
    return render(request, "hansa_brokerage/casework/form.html", context, status=400)


@require_POST
@signed_in
def add_task(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    form = TaskForm(request.POST, case=case)
    return _added(
        request, case, form, _("New task"), lambda: actions.add_task(actor(request), case, **form.cleaned_data)
    )


@require_POST
@signed_in
def add_interaction(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    form = InteractionForm(request.POST)
    return _added(
        request, case, form, _("What was said"),
        lambda: actions.add_interaction(actor(request), case, **form.cleaned_data),
    )  # fmt: skip


@require_POST
@signed_in
def take_in_mail(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    form = MailForm(request.POST, request.FILES)
    return _added(
        request, case, form, _("File an e-mail"), lambda: actions.take_in_mail(actor(request), case, form.content())
    )


@require_POST
@signed_in
def add_private_note(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    form = PrivateNoteForm(request.POST)
    return _added(
        request, case, form, _("Private note"),
        lambda: actions.add_private_note(actor(request), case, **form.cleaned_data),
    )  # fmt: skip


@require_POST
@signed_in
def add_document(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    form = DocumentForm(request.POST, request.FILES)

    def act() -> Any:
        file = form.cleaned_data["file"]
        return actions.add_document(
            actor(request), case, name=file.name, media_type=file.content_type or "", content=file.read()
        )

    return _added(request, case, form, _("New document"), act)


@require_POST
@signed_in
def claim_outcome(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    form = OutcomeForm(request.POST)
    return _added(
        request, case, form, _("New outcome"),
        lambda: actions.claim_outcome(actor(request), case, **form.cleaned_data),
    )  # fmt: skip


@require_POST
@signed_in
def finish_task(request: HttpRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(Task.objects.select_related("case"), pk=pk)
    done = request.POST.get("done", "yes") == "yes"
    attempt(request, lambda: actions.finish_task(actor(request), held, done=done))
    return redirect(held)


@require_POST
@signed_in
def answer_follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(FollowUp.objects.select_related("case"), pk=pk)
    form = FollowUpForm(request.POST)
    return _added(
        request, held.case, form, _("What came of it"),
        lambda: actions.answer_follow_up(actor(request), held, **form.cleaned_data),
    )  # fmt: skip


@require_POST
@signed_in
def verify_outcome(request: HttpRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(Outcome.objects.select_related("case"), pk=pk)
    attempt(request, partial(actions.verify_outcome, actor(request), held), _("It is verified."))
    return redirect(held.case if may(actor(request), "brokerage.view_case", held.case) else "brokerage:outcomes")


@signed_in
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """The file itself, always as a download: a browser never runs what somebody uploaded."""
    held = get_object_or_404(CaseDocument.objects.select_related("case"), pk=pk, removed_at__isnull=True)
    if not may(actor(request), "brokerage.change_work", held):
        raise Http404
    response = HttpResponse(bytes(held.content), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = forms_disposition(held.name)
    return response


def forms_disposition(name: str) -> str:
    from django.utils.http import content_disposition_header

    return content_disposition_header(as_attachment=True, filename=name) or "attachment"


@require_POST
@signed_in
def remove_document(request: HttpRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(CaseDocument.objects.select_related("case"), pk=pk)
    reason = request.POST.get("reason", "")[:300]
    attempt(request, lambda: actions.remove_document(actor(request), held, reason=reason), _("Removed."))
    return redirect(held.case)


@require_POST
@signed_in
def restore_document(request: HttpRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(CaseDocument.objects.select_related("case"), pk=pk)
    attempt(request, lambda: actions.restore_document(actor(request), held), _("It is back."))
    return redirect(held.case)


@signed_in
def tasks(request: HttpRequest) -> HttpResponse:
    """What is to be done by when, one's own first."""
    person = actor(request)
    authorise(person, "brokerage.list_work")
    chosen = {key: request.GET.get(key, "") for key in ("q", "state", "whose")}
    found = work.tasks(person, words=chosen["q"], state=chosen["state"], mine=chosen["whose"] != "all")
    found = work.ordered(found, request.GET.get("sort", "due"), work.TASK_ORDERS, "due")
    if wants_csv(request):
        heading = ["what", "who", "by", "case", "done"]
        return csv_response("tasks", heading, found.iterator(chunk_size=500), task_row)
    context = {
        "section": SECTION,
        "links": parts.links_in_order(person),
        "page": page_of(request, found),
        "chosen": chosen,
        "default_sort": "due",
    }
    return render(request, "hansa_brokerage/casework/tasks.html", context)


def task_row(each: Task) -> list[Any]:
    done = each.done_at.isoformat() if each.done_at else None
    return [each.title, each.owner.name, each.due.isoformat(), each.case.reference, done]


@signed_in
def outcomes(request: HttpRequest) -> HttpResponse:
    """What cases brought, claimed and verified."""
    person = actor(request)
    authorise(person, "brokerage.list_work")
    chosen = {key: request.GET.get(key, "") for key in ("q", "kind", "state")}
    found = work.outcomes(person, words=chosen["q"], kind=chosen["kind"], state=chosen["state"])
    found = work.ordered(found, request.GET.get("sort", "-year"), work.OUTCOME_ORDERS, "year")
    if wants_csv(request):
        heading = ["case", "priority", "kind", "value", "unit", "year", "evidence", "link", "claimed by", "verified by"]
        return csv_response("outcomes", heading, found.iterator(chunk_size=500), outcome_row)
    page = page_of(request, found)
    context = {
        "section": SECTION,
        "links": parts.links_in_order(person),
        "page": page,
        "rows": [(o, o.verified_at is None and may(person, "brokerage.verify_outcome", o)) for o in page],
        "chosen": chosen,
        "default_sort": "-year",
        "kinds": Outcome.Kind.choices,
    }
    return render(request, "hansa_brokerage/casework/outcomes.html", context)


def outcome_row(each: Outcome) -> list[Any]:
    verified = each.verified_by.name if each.verified_by else None
    named = [each.case.reference, each.case.priority.identifier, each.kind, each.value, each.unit, each.year]
    return [*named, each.evidence, each.link, each.by.name, verified]
