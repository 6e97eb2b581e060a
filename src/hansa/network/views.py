"""The partnership: its groups and organisations, its people and their roles, keys for programs, the audit."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hansa.network import actions, queries
from hansa.network.faults import Refused
from hansa.network.forms import EndForm, InviteForm, TokenForm
from hansa.network.models import ApiToken, AuditNote, Membership, Organisation, Person, Role
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv

SECTION = "partnership"


def partnership(request: HttpRequest) -> HttpResponse:
    """The groups with their members, and the regions that take part."""
    return render(
        request,
        "hansa_network/partnership.html",
        {
            "section": SECTION,
            "groups": queries.groups(),
            "regions": queries.partner_regions(),
            "may_see_people": may(getattr(request, "person", None), "network.view_people"),
        },
    )


ORGANISATION_ORDERS = {"name": ("name", "pk"), "country": ("country", "name"), "projects": ("projects", "name")}


def organisations(request: HttpRequest) -> HttpResponse:
    chosen = {key: request.GET.get(key, "") for key in ("q", "country", "kind", "partners", "region")}
    found = queries.organisations(chosen["q"], chosen["country"], chosen["kind"], bool(chosen["partners"]))
    if chosen["region"]:
        found = found.filter(region__code__startswith=chosen["region"])
    sort = request.GET.get("sort", "name")
    sign = "-" if sort.startswith("-") else ""
    fields = ORGANISATION_ORDERS.get(sort.removeprefix("-"), ORGANISATION_ORDERS["name"])
    found = found.annotate(projects=Count("participations")).order_by(*(sign + name for name in fields))
    if wants_csv(request):
        return csv_response(
            "organisations",
            ["name", "kind", "helix", "country", "city", "region", "region found by", "projects", "website", "source"],
            found.iterator(chunk_size=1000),
            lambda o: [
                o.name,
                o.kind,
                o.helix,
                o.country,
                o.city,
                o.region.code if o.region else None,
                o.placed,
                o.projects,
                o.website,
                o.source,
            ],
        )
    return render(
        request,
        "hansa_network/organisations.html",
        {
            "section": SECTION,
            "page": page_of(request, found),
            "chosen": chosen,
            "default_sort": "name",
            "kinds": Organisation.Kind.choices,
            "countries": countries(),
        },
    )


def countries() -> list[str]:
    return list(
        Organisation.objects.exclude(country="").order_by("country").values_list("country", flat=True).distinct()
    )


def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(
        Organisation.objects.select_related("region__parent").prefetch_related(
            "identifiers", "group_memberships__group", "leads"
        ),
        pk=pk,
    )
    found = shown.participations.select_related("project").order_by("-project__year", "project__title")
    return render(
        request,
        "hansa_network/organisation.html",
        {"section": SECTION, "organisation": shown, "page": page_of(request, found)},
    )


PERSON_ORDERS = {"name": ("name", "pk"), "since": ("created_at", "pk")}


@signed_in
def people(request: HttpRequest) -> HttpResponse:
    """Who acts for whom, in which role, since when."""
    reader = actor(request)
    authorise(reader, "network.view_people")
    chosen = {key: request.GET.get(key, "") for key in ("q", "role", "region")}
    sort = request.GET.get("sort", "name")
    sign = "-" if sort.startswith("-") else ""
    fields = PERSON_ORDERS.get(sort.removeprefix("-"), PERSON_ORDERS["name"])
    found: QuerySet[Person] = queries.people(chosen["q"], chosen["role"], chosen["region"])
    found = found.order_by(*(sign + name for name in fields))
    if wants_csv(request):
        rows = [(p, m) for p in found for m in p.current_memberships]  # type: ignore[attr-defined]
        return csv_response(
            "people",
            ["name", "e-mail", "role", "organisation", "region", "since"],
            rows,
            lambda pair: [
                pair[0].name,
                pair[0].email,
                pair[1].role,
                pair[1].organisation.name,
                pair[1].organisation.region.code if pair[1].organisation.region else None,
                pair[1].since,
            ],
        )
    return render(
        request,
        "hansa_network/people.html",
        {
            "section": SECTION,
            "page": page_of(request, found),
            "chosen": chosen,
            "default_sort": "name",
            "roles": Role.choices,
            "may_invite": may(reader, "network.invite_person"),
            "may_audit": may(reader, "network.view_audit"),
        },
    )


@signed_in
@never_cache
def invite(request: HttpRequest) -> HttpResponse:
    reader = actor(request)
    authorise(reader, "network.invite_person")
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person, password = actions.invite_person(reader, **form.cleaned_data)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            return render(
                request,
                "hansa_network/invited.html",
                {"section": SECTION, "person": person, "password": password},
            )
    return render(
        request,
        "hansa_network/invite.html",
        {"section": SECTION, "form": form},
        status=400 if form.errors else 200,
    )


@signed_in
def end_role(request: HttpRequest, pk: int) -> HttpResponse:
    reader = actor(request)
    membership = get_object_or_404(Membership.objects.select_related("person", "organisation"), pk=pk)
    authorise(reader, "network.end_membership", membership)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        end = partial(actions.end_membership, reader, membership, reason=form.cleaned_data["reason"])
        if attempt(request, end, _("The role has ended; the record stays.")):
            return redirect("network:people")
    return render(
        request,
        "hansa_network/end_role.html",
        {"section": SECTION, "form": form, "membership": membership},
        status=400 if form.errors else 200,
    )


@signed_in
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """My keys for programs; a new one is shown once, on the answer to its creation."""
    reader = actor(request)
    form = TokenForm(request.POST or None)
    key = ""
    if request.method == "POST" and form.is_valid():
        _token, key = actions.create_token(
            reader,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at(),
        )
        form = TokenForm()
    return render(
        request,
        "hansa_network/tokens.html",
        {"section": SECTION, "form": form, "key": key, "tokens": queries.tokens_of(reader)},
        status=400 if form.errors else 200,
    )


@signed_in
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk)
    actions.revoke_token(actor(request), token)
    messages.success(request, _("The token is of no use any more."))
    return redirect("network:tokens")


@signed_in
def audit(request: HttpRequest) -> HttpResponse:
    """Every act with who, when and why."""
    authorise(actor(request), "network.view_audit")
    words = request.GET.get("q", "")
    found = AuditNote.objects.select_related("person")
    if words:
        found = found.filter(label__icontains=words)
    if wants_csv(request):
        return csv_response(
            "audit",
            ["at", "person", "verb", "record", "label", "reason"],
            found.iterator(chunk_size=1000),
            lambda n: [
                n.at.isoformat(),
                n.person.name if n.person else "Hansa",
                n.verb,
                n.record_type,
                n.label,
                n.reason,
            ],
        )
    return render(
        request, "hansa_network/audit.html", {"section": SECTION, "page": page_of(request, found), "words": words}
    )
