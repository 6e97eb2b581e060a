"""What is done on the page of a client: criteria answered, decided, contacts and consents, merged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage.clients import actions, contacts
from hansa.brokerage.clients.forms import ConsentsForm, ContactForm, CriteriaForm, DecisionForm, MergeForm
from hansa.brokerage.clients.showing import client_context
from hansa.brokerage.clients.views import client_or_404
from hansa.brokerage.models import Client
from hansa.network.faults import Refused
from hansa.network.models import Consent
from hansa.network.web.acting import actor, attempt, signed_in


def _carried_out(
    request: HttpRequest, shown: Client, name: str, form: forms.Form, act: Callable[[], Any], done: str
) -> HttpResponse:
    """Carry out a form of the page, or show the page again with what was typed."""
    if form.is_valid():
        try:
            act()
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, done)
            return redirect(shown)
    context = client_context(actor(request), shown, **{name: form})
    return render(request, "hansa_brokerage/clients/client.html", context, status=400)


@require_POST
@signed_in
def answer_criteria(request: HttpRequest, reference: str) -> HttpResponse:
    shown = client_or_404(request, reference)
    form = CriteriaForm(request.POST, auto_id="id_criteria_%s")

    def act() -> Any:
        return actions.answer_criteria(actor(request), shown, answers=form.answers())

    return _carried_out(request, shown, "criteria_form", form, act, _("The answers are kept."))


@require_POST
@signed_in
def decide_client(request: HttpRequest, reference: str) -> HttpResponse:
    """Admit, refer, end or take up again."""
    shown = client_or_404(request, reference)
    form = DecisionForm(request.POST, auto_id="id_decision_%s")

    def act() -> Any:
        given, person = form.cleaned_data, actor(request)
        verbs: dict[str, Callable[[], Any]] = {
            "admit": partial(actions.admit_client, person, shown, reason=given["reason"]),
            "refer": partial(actions.refer_client, person, shown, to=given["to"], reason=given["reason"]),
            "end": partial(actions.end_client, person, shown, reason=given["reason"]),
            "reopen": partial(actions.reopen_client, person, shown),
        }
        return verbs[given["verb"]]()

    return _carried_out(request, shown, "decision_form", form, act, _("It is decided."))


@require_POST
@signed_in
def merge_client(request: HttpRequest, reference: str) -> HttpResponse:
    shown = client_or_404(request, reference)
    form = MergeForm(request.POST, held=shown, auto_id="id_merge_%s")

    def act() -> Any:
        given = form.cleaned_data
        return actions.merge_clients(actor(request), shown, into=given["into"], reason=given["reason"])

    return _carried_out(request, shown, "merge_form", form, act, _("The two are one now."))


@require_POST
@signed_in
def add_contact(request: HttpRequest, reference: str) -> HttpResponse:
    shown = client_or_404(request, reference)
    form = ContactForm(request.POST, auto_id="id_new_%s")

    def act() -> Any:
        return contacts.add_contact(actor(request), shown, **form.contact())

    return _carried_out(request, shown, "contact_form", form, act, _("The contact is added."))


@require_POST
@signed_in
def edit_contact(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    shown = client_or_404(request, reference)
    held = get_object_or_404(shown.contacts.select_related("client", "person"), pk=pk)
    form = ContactForm(request.POST, auto_id=f"id_contact_{pk}_%s")
    if not form.is_valid():
        messages.error(request, " ".join(fault for faults in form.errors.values() for fault in faults))
        return redirect(shown)
    act = partial(contacts.edit_contact, actor(request), held, is_main=form.cleaned_data["is_main"], **form.contact())
    attempt(request, act, _("Saved."))
    return redirect(shown)


@require_POST
@signed_in
def contact_consents(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Write down what a contact agrees to now: what is not ticked is taken back."""
    shown = client_or_404(request, reference)
    held = get_object_or_404(shown.contacts.select_related("client", "person"), pk=pk)
    form = ConsentsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say how they told you."))
        return redirect(shown)
    person, language = actor(request), (get_language() or "en").split("-")[0]
    for purpose, label in Consent.Purpose.choices:
        if purpose in form.cleaned_data["purposes"]:
            contacts.record_contact_consent(
                person, held, purpose=purpose, how=form.cleaned_data["how"], wording=str(label), language=language
            )
        else:
            contacts.withdraw_contact_consent(person, held, purpose=purpose)
    messages.success(request, _("The consents are written down."))
    return redirect(shown)


@require_POST
@signed_in
def send_consents(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    shown = client_or_404(request, reference)
    held = get_object_or_404(shown.contacts.select_related("client", "person"), pk=pk)
    act = partial(contacts.send_consents, actor(request), held, address=request.build_absolute_uri("/"))
    attempt(request, act, _("The link is on its way."))
    return redirect(shown)
