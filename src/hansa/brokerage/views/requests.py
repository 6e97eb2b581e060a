"""The list of requests, one request, and its form."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage import actions, queries
from hansa.brokerage.actions.requests import EDITABLE, possible_verbs
from hansa.brokerage.models import Request
from hansa.brokerage.parts import parts
from hansa.brokerage.permissions import PUBLIC_STATES, agencies_of
from hansa.brokerage.request_form import RequestForm
from hansa.brokerage.texts import PUBLIC_FIELDS, PUBLIC_LISTS
from hansa.brokerage.views.finding import notice_of_prefilled, prefilled
from hansa.brokerage.views.likenesses import alike_context
from hansa.brokerage.views.showing import (
    SECTION,
    look_at_private,
    matches_context,
    priority_named,
    priority_number,
    reader,
    request_or_404,
    steps_of_request,
)
from hansa.brokerage.views.translations import translations_context
from hansa.network.faults import Refused
from hansa.network.models import LANGUAGES_OF_RECORDS
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy import figures
from hansa.strategy.queries import open_priorities

ENOUGH_TO_TELL = 12
REMEMBERED = "brokerage_priority"
HEADING = [
    "reference",
    "type",
    "title",
    "language",
    "region",
    "country",
    "priority",
    "state",
    "published",
    "valid until",
]


def requests(request: HttpRequest) -> HttpResponse:
    """What is offered and looked for in the partnership; brokers also find their own drafts."""
    chosen = {key: request.GET.get(key, "") for key in ("q", "type", "region", "priority", "state", "language")}
    person = reader(request)
    found = queries.requests(
        person,
        words=chosen["q"],
        type_=chosen["type"],
        region=chosen["region"],
        priority=priority_number(chosen["priority"]),
        state=chosen["state"],
        language=chosen["language"],
    )
    found = queries.ordered_requests(found, request.GET.get("sort", "-published"))
    if wants_csv(request):
        return csv_response("requests", HEADING, found.iterator(chunk_size=500), row_of)
    return render(
        request,
        "hansa_brokerage/requests.html",
        {
            "section": SECTION,
            "links": parts.links_in_order(person),
            "page": page_of(request, found.defer("description", "advantages", "specification", "partner_sought")),
            "chosen": chosen,
            "filtered": any(chosen.values()),
            "default_sort": "-published",
            "public_states": PUBLIC_STATES,
            "types": Request.Type.choices,
            "states": Request.State.choices,
            "languages_of_records": LANGUAGES_OF_RECORDS,
            "regions": queries.regions_with_requests(),
            "priorities": open_priorities().only("number", "title", "titles"),
            "may_write": may(person, "brokerage.create_request"),
            "may_find": may(person, "brokerage.find_partners"),
        },
    )


def row_of(each: Request) -> list[Any]:
    return [
        each.reference,
        each.type,
        each.title,
        each.language,
        each.region.code,
        each.region.country,
        each.priority.identifier,
        each.state,
        each.published_at.date().isoformat() if each.published_at else None,
        each.valid_until.isoformat() if each.valid_until else None,
    ]


def request(request: HttpRequest, reference: str) -> HttpResponse:
    """One request: its text, where it stands, and for its own agency the partners found with their reasons."""
    shown = request_or_404(request, reference)
    person = reader(request)
    private = look_at_private(request, shown)
    own = may(person, "brokerage.edit_request", shown)
    cases = list(queries.cases_of(shown)) if own else []
    context = matches_context(person, shown, request.GET)
    return render(
        request,
        "hansa_brokerage/request.html",
        {
            **context,
            "section": SECTION,
            "own": own,
            "private": private,
            "cases": cases,
            "steps": steps_of_request(shown, context["standing"], cases),
            "verbs": [v for v in possible_verbs(shown) if may(person, f"brokerage.{v}_request", shown)],
            "may_edit": own and shown.state in EDITABLE,
            **alike_context(person, shown),
            **translations_context(request, person, shown),
            "profile": profile_of(shown),
            "panels": parts.panels_of("request", shown, person),
        },
        status=400 if context.get("weights") and context["weights"].fault else 200,
    )


def profile_of(shown: Request) -> dict[str, list[str]]:
    """What a request chose from lists, in the reader's words."""
    cooperation, partners = dict(Request.Cooperation.choices), dict(Request.Partner.choices)
    loaded = figures.current() if shown.domains else None
    labels = figures.labels(loaded.version, get_language() or "en") if loaded is not None else {}
    return {
        "cooperation": [str(cooperation.get(kind, kind)) for kind in shown.cooperation],
        "partners": [str(partners.get(kind, kind)) for kind in shown.partner_types],
        "domains": [f"{code} {labels.get(code, '')}".strip() for code in shown.domains],
        "keywords": [keyword.local_label for keyword in shown.keywords.all()],
    }


@signed_in
def new_request(request: HttpRequest) -> HttpResponse:
    """Write a request. It starts from the priority named in the address, else from the one used last; or from a need
    that the page of finding sends."""
    person = actor(request)
    authorise(person, "brokerage.create_request")
    named = request.GET.get("priority", "")
    if named:
        request.session[REMEMBERED] = named
    started = priority_named(named or request.session.get(REMEMBERED, ""))
    language = (get_language() or "en").split("-")[0]
    if language == "en":
        language = person.language
    initial = {
        "priority": started.pk if started is not None and started.is_open else None,
        "type": Request.Type.TECHNOLOGY_REQUEST,
        "language": language,
    }
    if request.GET.get("client"):
        named_client = RequestForm.clients_of(person).filter(reference=request.GET["client"]).first()
        initial["client"] = named_client.pk if named_client is not None else None
    initial |= {name: request.GET[name] for name in ("type", "title", "summary") if request.GET.get(name)}
    from_a_need = request.POST.get("act") == "prefill"
    if from_a_need:
        initial |= {name: value for name, value in prefilled(request).items() if value}
        messages.info(request, notice_of_prefilled())
    form = RequestForm(None if from_a_need else request.POST or None, person=person, initial=initial)

    def write() -> Request:
        agency = form.cleaned_data.get("agency") or agencies_of(person)[0]
        return actions.create_request(person, agency=agency, priority=form.cleaned_data["priority"], text=form.text())

    return _written(request, form, write, None)


@signed_in
def edit_request(request: HttpRequest, reference: str) -> HttpResponse:
    person = actor(request)
    shown = request_or_404(request, reference)
    authorise(person, "brokerage.edit_request", shown)
    private = look_at_private(request, shown)
    initial = {name: getattr(shown, name) for name in (*PUBLIC_FIELDS, *PUBLIC_LISTS, "call_closes")}
    initial |= {"priority": shown.priority_id, "domains": " ".join(shown.domains)}
    initial["keywords"] = [*shown.keywords.values_list("pk", flat=True)]
    if private is not None:
        initial |= {"client_name": private.client_name, "private": private.text, "client": private.client_id}
    form = RequestForm(request.POST or None, person=person, held=shown, initial=initial)

    def write() -> Request:
        return actions.edit_request(person, shown, priority=form.cleaned_data["priority"], text=form.text())

    return _written(request, form, write, shown)


def _written(
    request: HttpRequest, form: RequestForm, write: Callable[[], Request], held: Request | None
) -> HttpResponse:
    """Carry out the form: saved as a draft, or saved and published; with a fault all that was typed is shown again."""
    if form.is_bound and form.is_valid():
        try:
            saved = write()
            request.session[REMEMBERED] = saved.priority.identifier
            if request.POST.get("act") == "publish" and saved.state == Request.State.DRAFT:
                actions.publish_request(actor(request), saved)
                messages.success(request, _("%(reference)s is published.") % {"reference": saved.reference})
            else:
                messages.success(request, _("%(reference)s is saved.") % {"reference": saved.reference})
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            warn_of_language(request, saved)
            return redirect(saved)
    return render(
        request,
        "hansa_brokerage/request_form.html",
        {
            "section": SECTION,
            "form": form,
            "held": held,
            "is_draft": held is None or held.state == Request.State.DRAFT,
            "no_priorities": not open_priorities().exists(),
            **(alike_context(actor(request), held) if held is not None else {}),
        },
        status=400 if form.errors else 200,
    )


def warn_of_language(request: HttpRequest, saved: Request) -> None:
    """Say so when a text of some length reads like another language than the one it is filed under."""
    from hansa.matching import detect

    if len(saved.public_text.split()) < ENOUGH_TO_TELL:
        return
    found, names = detect(saved.public_text), dict(LANGUAGES_OF_RECORDS)
    if found in names and found != saved.language:
        messages.warning(
            request,
            _("The text reads like %(found)s but is filed as %(filed)s. Edit the request if that is wrong.")
            % {"found": names[found], "filed": saved.get_language_display()},
        )


def _act(request: HttpRequest, reference: str, act: Callable[..., Request], done: str) -> HttpResponse:
    shown = request_or_404(request, reference)
    attempt(request, lambda: act(actor(request), shown), done % {"reference": shown.reference})
    return redirect(shown)


@require_POST
@signed_in
def publish(request: HttpRequest, reference: str) -> HttpResponse:
    return _act(request, reference, actions.publish_request, _("%(reference)s is published."))


@require_POST
@signed_in
def reopen(request: HttpRequest, reference: str) -> HttpResponse:
    return _act(request, reference, actions.reopen_request, _("%(reference)s is published again."))


@require_POST
@signed_in
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    act = partial(actions.withdraw_request, reason=request.POST.get("reason", "")[:300])
    return _act(request, reference, act, _("%(reference)s is withdrawn."))


@require_POST
@signed_in
def close(request: HttpRequest, reference: str) -> HttpResponse:
    return _act(request, reference, actions.close_request, _("%(reference)s is closed."))
