"""Clients: the list, the one page of intake, and the page of one client."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage.clients import actions, contacts, queries
from hansa.brokerage.clients.forms import ClientForm, ConsentsForm, ContactForm, CriteriaForm
from hansa.brokerage.clients.identifiers import SCHEMES
from hansa.brokerage.clients.showing import client_context
from hansa.brokerage.models import Client
from hansa.brokerage.parts import parts
from hansa.brokerage.permissions import agencies_of
from hansa.brokerage.views.showing import SECTION
from hansa.network.faults import Refused
from hansa.network.models import Consent, Organisation
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, by_link, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv

HEADING = ["reference", "name", "kind", "size", "city", "region", "state", "broker", "since"]


@signed_in
def clients(request: HttpRequest) -> HttpResponse:
    """The clients of the reader's agencies."""
    person = actor(request)
    authorise(person, "brokerage.list_clients")
    chosen = {key: request.GET.get(key, "") for key in ("q", "state", "kind")}
    found = queries.clients(person, words=chosen["q"], state=chosen["state"], kind=chosen["kind"])
    found = queries.ordered(found, request.GET.get("sort", "name"))
    if wants_csv(request):
        return csv_response("clients", HEADING, found.iterator(chunk_size=500), row_of)
    context = {
        "section": SECTION,
        "links": parts.links_in_order(person),
        "page": page_of(request, found),
        "chosen": chosen,
        "default_sort": "name",
        "states": Client.State.choices,
        "kinds": Organisation.Kind.choices,
        "may_add": may(person, "brokerage.record_client"),
    }
    return render(request, "hansa_brokerage/clients/clients.html", context)


def row_of(each: Client) -> list[Any]:
    region = each.region.code if each.region else None
    named = [each.reference, each.name, each.kind, each.size or None, each.city, region, each.state]
    return [*named, each.broker.name, each.created_at.date().isoformat()]


def client_or_404(request: HttpRequest, reference: str) -> Client:
    """The client, where the reader may see it: any other does not exist for them."""
    try:
        shown = queries.client(reference)
    except Client.DoesNotExist:
        raise Http404 from None
    if not may(actor(request), "brokerage.view_client", shown):
        raise Http404
    return shown


@signed_in
def client(request: HttpRequest, reference: str) -> HttpResponse:
    """One client, its contacts and consents, and what the parts of the room know of it."""
    shown = client_or_404(request, reference)
    return render(request, "hansa_brokerage/clients/client.html", client_context(actor(request), shown))


def found_of(request: HttpRequest) -> dict[str, Any]:
    """What the form begins with when an organisation was looked up and chosen."""
    key = request.GET.get("organisation", "")
    chosen = Organisation.objects.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 18 else None
    if chosen is None:
        return {"name": request.GET.get("q", "")}
    numbers = {n.scheme: n.value for n in chosen.identifiers.all() if n.scheme in SCHEMES}
    names = ("name", "kind", "city", "website", "languages")
    size = Client.Size.SMALL if chosen.is_sme else ""
    return {name: getattr(chosen, name) for name in names} | numbers | {
        "organisation": chosen.pk, "region": chosen.region_id, "size": size,
    }  # fmt: skip


@signed_in
def new_client(request: HttpRequest) -> HttpResponse:
    """The one page of intake: looked up first, then who it is, who speaks for it, what they agree to, the criteria."""
    person = actor(request)
    authorise(person, "brokerage.record_client")
    words = request.GET.get("q", "")
    mine, public = queries.looked_up(person, words)
    language = (get_language() or "en").split("-")[0]
    begun = {"language": person.language if language == "en" else language, "how": Consent.How.SPOKEN}
    data = request.POST or None
    form = ClientForm(data, person=person, initial={"kind": Organisation.Kind.COMPANY} | found_of(request))
    contact, consents = ContactForm(data, initial=begun), ConsentsForm(data, initial=begun)
    criteria = CriteriaForm(data)
    alike: list[Client] = []
    valid = [f.is_valid() for f in (form, contact, consents, criteria)]  # each says what is wrong with it
    if request.method == "POST" and all(valid):
        alike = queries.alike(person, form.cleaned_data["name"], form.identifiers())
        if not alike or request.POST.get("act") == "anyway":
            try:
                made = _take_in(request, form, contact, consents, criteria)
            except Refused as fault:
                form.add_error(None, str(fault))
            else:
                messages.success(request, _("%(reference)s is recorded.") % {"reference": made.reference})
                return redirect(made)
    faulty = any(f.errors for f in (form, contact, consents, criteria))
    context = {
        "section": SECTION, "words": words, "mine": mine, "public": public, "looked": len(words.strip()) > 1,
        "form": form, "contact": contact, "consents": consents, "criteria": criteria, "alike": alike,
    }  # fmt: skip
    status = 400 if faulty else 409 if alike else 200
    return render(request, "hansa_brokerage/clients/intake.html", context, status=status)


@transaction.atomic
def _take_in(
    request: HttpRequest, form: ClientForm, contact: ContactForm, consents: ConsentsForm, criteria: CriteriaForm
) -> Client:
    """Everything of one conversation, or nothing."""
    person = actor(request)
    agency = form.cleaned_data.get("agency") or agencies_of(person)[0]
    made = actions.record_client(person, agency=agency, text=form.text())
    named = contacts.add_contact(person, made, **contact.contact())
    labels = dict(Consent.Purpose.choices)
    for purpose in consents.cleaned_data["purposes"]:
        contacts.record_contact_consent(
            person, named, purpose=purpose, how=consents.cleaned_data["how"], wording=str(labels[purpose]),
            language=(get_language() or "en").split("-")[0],
        )  # fmt: skip
    return actions.answer_criteria(person, made, answers=criteria.answers())


@signed_in
def edit_client(request: HttpRequest, reference: str) -> HttpResponse:
    shown = client_or_404(request, reference)
    person = actor(request)
    begun = {name: getattr(shown, name) for name in ("name", "kind", "size", "founded", "city", "website", "about")}
    begun |= {"region": shown.region_id, "languages": shown.languages, "domains": " ".join(shown.domains)}
    begun |= {"organisation": shown.organisation_id} | shown.identifiers
    form = ClientForm(request.POST or None, person=person, held=shown, initial=begun)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_client(person, shown, text=form.text())
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Saved."))
            return redirect(shown)
    context = {"section": SECTION, "form": form, "client": shown}
    return render(request, "hansa_brokerage/clients/edit.html", context, status=400 if form.errors else 200)


@by_link(contacts.PURPOSE)
def own_consents(request: HttpRequest, secret: str) -> HttpResponse:
    """A contact's own page: what they agreed to, given and taken back by themselves."""
    from hansa.network.actions import record_consent, withdraw_consent

    link = request.link  # type: ignore[attr-defined]
    person = link.person
    if person is None:
        raise Http404
    if request.method == "POST":
        wanted = set(request.POST.getlist("purposes"))
        language = (get_language() or "en").split("-")[0]
        for purpose, label in Consent.Purpose.choices:
            if purpose in wanted:
                record_consent(
                    None, person, purpose=purpose, how=Consent.How.LINK, wording=str(label), language=language
                )
            else:
                withdraw_consent(None, person, purpose=purpose)
        messages.success(request, _("Your choices are kept."))
        return redirect("brokerage:own_consents", secret)
    given = {c.purpose: c for c in person.consents.filter(withdrawn_at__isnull=True)}
    rows = [(purpose, label, given.get(purpose)) for purpose, label in Consent.Purpose.choices]
    context = {"section": "", "person": person, "rows": rows}
    return render(request, "hansa_brokerage/clients/own_consents.html", context)


@require_POST
@signed_in
def delete_contact(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    shown = client_or_404(request, reference)
    contacts.remove_contact(actor(request), get_object_or_404(shown.contacts.select_related("client"), pk=pk))
    messages.success(request, _("The contact is taken off; the person stays until they are erased."))
    return redirect(shown)
