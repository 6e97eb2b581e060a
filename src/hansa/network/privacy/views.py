"""What is held on a person, as a page and a file; erasure with its proof; how long records are kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hansa.network.actions import send_link
from hansa.network.faults import Refused
from hansa.network.models import Erasure, Person, RetentionRun, RowChange
from hansa.network.permissions import authorise, may
from hansa.network.privacy import actions
from hansa.network.registry import registry, rule
from hansa.network.web.acting import actor, by_link, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv

SECTION = "partnership"
PURPOSE = "my_data"


class EraseForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    name = forms.CharField(label=gettext_lazy("Type the person’s name to confirm"), max_length=120)


def counted(held: dict[str, Any]) -> dict[str, Any]:
    """An export as a page shows it: how many rows of which table."""
    acted: dict[str, int] = {}
    for act in held["acted"]:
        acted[act["table"]] = acted.get(act["table"], 0) + 1
    about = {table: len(rows) for table, rows in held["about"].items()}
    return {"about": sorted(about.items()), "acted": sorted(acted.items()), "rows_changed": held["rows_changed"]}


def as_file(held: dict[str, Any]) -> JsonResponse:
    response = JsonResponse(held, json_dumps_params={"indent": 1, "ensure_ascii": False})
    name = f"hansa-person-{held['person']['id']}-{timezone.localdate():%Y-%m-%d}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@never_cache
@signed_in
def person_data(request: HttpRequest, pk: int) -> HttpResponse:
    """What is held on a person: for themselves and for the lead partner; `?format=json` is the file."""
    reader = actor(request)
    shown = get_object_or_404(Person, pk=pk)
    authorise(reader, "network.export_person", shown)
    held = actions.export_person(reader, shown)
    if request.GET.get("format") == "json":
        return as_file(held)
    return _page(request, shown, counted(held), EraseForm())


def _page(request: HttpRequest, shown: Person, held: dict[str, Any], form: EraseForm) -> HttpResponse:
    reader = actor(request)
    erases = may(reader, "network.erase_person", shown) and reader.pk != shown.pk
    context = {"section": SECTION, "person": shown, "held": held, "form": form if erases else None}
    return render(request, "hansa_network/privacy/person.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    reader = actor(request)
    shown = get_object_or_404(Person, pk=pk)
    authorise(reader, "network.erase_person", shown)
    form = EraseForm(request.POST)
    if form.is_valid() and form.cleaned_data["name"].strip() != shown.name:
        form.add_error("name", _("This is not the person’s name as it stands here."))
    if form.is_valid():
        try:
            actions.erase_person(reader, shown, reason=form.cleaned_data["reason"])
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("The person is erased; the proof stands below."))
            return redirect("network:privacy")
    return _page(request, shown, counted(actions.export_person(reader, shown)), form)


@signed_in
def privacy(request: HttpRequest) -> HttpResponse:
    """How long what is kept, what the last nights took away, and the proofs of erasure."""
    authorise(actor(request), "network.view_privacy")
    found = Erasure.objects.select_related("by")
    if wants_csv(request):
        heading = ["at", "person", "by", "reason", "emptied", "deleted", "kept", "mentions"]
        return csv_response("erasures", heading, found.iterator(chunk_size=500), erasure_row)
    latest = {run.key: run for run in RetentionRun.objects.order_by("key", "-at").distinct("key")}
    classes = [(key, kept, rule(key), latest.get(key)) for key, kept in sorted(registry.retention.items())]
    context = {"section": SECTION, "classes": classes, "page": page_of(request, found)}
    return render(request, "hansa_network/privacy/privacy.html", context)


def erasure_row(each: Erasure) -> list[Any]:
    sums = [sum(part.values()) for part in (each.emptied, each.deleted, each.kept, each.mentions)]
    return [each.at.isoformat(), each.person, each.by.name if each.by else "Hansa", each.reason, *sums]


@signed_in
def changes(request: HttpRequest) -> HttpResponse:
    """The database's own log of changed rows, by table, row or person."""
    authorise(actor(request), "network.view_audit")
    chosen = {key: request.GET.get(key, "").strip()[:63] for key in ("table", "row", "person")}
    found = RowChange.objects.all()
    if chosen["table"]:
        found = found.filter(table__icontains=chosen["table"])
    if chosen["row"]:
        found = found.filter(row=chosen["row"])
    if chosen["person"].isdecimal() and len(chosen["person"]) < 18:
        found = found.filter(person=int(chosen["person"]))
    if wants_csv(request):
        heading = ["at", "person", "operation", "table", "row", "columns"]
        return csv_response("row-changes", heading, found.iterator(chunk_size=1000), change_row)
    page = page_of(request, found)
    names = dict(Person.objects.filter(pk__in={c.person for c in page if c.person}).values_list("pk", "name"))
    context = {"section": SECTION, "page": page, "chosen": chosen, "names": names}
    return render(request, "hansa_network/privacy/changes.html", context)


def change_row(each: RowChange) -> list[Any]:
    return [each.at.isoformat(), each.person, each.operation, each.table, each.row, " ".join(each.columns)]


@require_POST
@signed_in
def send_my_data(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail a person without an account the link to what is held on them."""
    reader = actor(request)
    authorise(reader, "network.send_my_data")
    shown = get_object_or_404(Person, pk=pk)
    address = request.build_absolute_uri("/")
    send_link(reader, purpose=PURPOSE, record=shown.pk, person=shown, address=address)
    messages.success(request, _("The link is on its way to the person’s own address."))
    return redirect(request.POST.get("next") if request.POST.get("next", "").startswith("/brokerage/") else "today")


@by_link(PURPOSE)
def my_data(request: HttpRequest, secret: str) -> HttpResponse:
    """What is held on whoever holds the link."""
    link = request.link  # type: ignore[attr-defined]
    held = actions.export_person(None, get_object_or_404(Person, pk=link.record))
    if request.GET.get("format") == "json":
        return as_file(held)
    context = {"section": "", "person": link.person, "held": counted(held)}
    return render(request, "hansa_network/privacy/my_data.html", context)
