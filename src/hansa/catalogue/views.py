"""The list of support instruments, one of them, and its form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.catalogue import actions, queries
from hansa.catalogue.forms import SupportForm
from hansa.catalogue.models import SupportInstrument
from hansa.catalogue.permissions import agencies_of
from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv

SECTION = "catalogue"
HEADING = ["title", "language", "kind", "region", "provider", "amount", "opens", "closes", "website", "last checked"]


def support(request: HttpRequest) -> HttpResponse:
    """What the regions offer to firms, laboratories and social innovators."""
    chosen = {key: request.GET.get(key, "") for key in ("q", "region", "kind", "state")}
    found = queries.support_instruments(
        words=chosen["q"], region=chosen["region"], kind=chosen["kind"], offered=chosen["state"] != "all"
    )
    found = queries.ordered(found, request.GET.get("sort", "region"))
    if wants_csv(request):
        return csv_response("support-instruments", HEADING, found.iterator(chunk_size=500), row_of)
    context = {
        "section": SECTION,
        "page": page_of(request, found),
        "chosen": chosen,
        "default_sort": "region",
        "kinds": SupportInstrument.Kind.choices,
        "regions": queries.regions(),
        "stale_before": queries.stale_before(),
        "may_add": may(getattr(request, "person", None), "catalogue.add_support"),
    }
    return render(request, "hansa_catalogue/support.html", context)


def row_of(each: SupportInstrument) -> list[Any]:
    opens, closes = (day.isoformat() if day else None for day in (each.opens_on, each.closes_on))
    return [
        each.title, each.language, each.kind, each.region.code, each.provider, each.amount, opens, closes,
        each.website, each.checked_on.isoformat(),
    ]  # fmt: skip


def support_instrument(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(SupportInstrument.objects.select_related("region", "agency", "checked_by"), pk=pk)
    kinds = dict(shown.agency.Kind.choices)
    context = {
        "section": SECTION,
        "shown": shown,
        "for_kinds": [kinds[kind] for kind in shown.for_kinds if kind in kinds],
        "stale": shown.checked_on < queries.stale_before(),
        "may_edit": may(getattr(request, "person", None), "catalogue.edit_support", shown),
    }
    return render(request, "hansa_catalogue/support_instrument.html", context)


@signed_in
def new_support(request: HttpRequest) -> HttpResponse:
    person = actor(request)
    authorise(person, "catalogue.add_support")
    agencies = agencies_of(person)
    language = (get_language() or "en").split("-")[0]
    begun = {"region": agencies[0].region_id, "language": person.language if language == "en" else language}
    form = SupportForm(request.POST or None, person=person, initial=begun)
    if request.method == "POST" and form.is_valid():
        agency = form.cleaned_data.get("agency") or agencies[0]
        try:
            made = actions.add_support(person, agency=agency, text=form.text())
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("%(title)s is listed.") % {"title": made.title})
            return redirect(made)
    return _form(request, form, None)


@signed_in
def edit_support(request: HttpRequest, pk: int) -> HttpResponse:
    person = actor(request)
    held = get_object_or_404(SupportInstrument, pk=pk)
    authorise(person, "catalogue.edit_support", held)
    form = SupportForm(request.POST or None, person=person, held=held, initial=vars(held) | {"region": held.region_id})
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_support(person, held, text=form.text())
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Saved, and checked today."))
            return redirect(held)
    return _form(request, form, held)


def _form(request: HttpRequest, form: SupportForm, held: SupportInstrument | None) -> HttpResponse:
    context = {"section": SECTION, "form": form, "held": held}
    return render(request, "hansa_catalogue/support_form.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def check_support(request: HttpRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(SupportInstrument, pk=pk)
    attempt(request, lambda: actions.check_support(actor(request), held), _("Checked today."))
    return redirect(held)


@require_POST
@signed_in
def end_support(request: HttpRequest, pk: int) -> HttpResponse:
    """End an instrument, or take that back."""
    held = get_object_or_404(SupportInstrument, pk=pk)
    ended = request.POST.get("ended") == "yes"
    done = _("It is marked as ended.") if ended else _("It is offered again.")
    attempt(request, lambda: actions.end_support(actor(request), held, ended=ended), done)
    return redirect(held)
