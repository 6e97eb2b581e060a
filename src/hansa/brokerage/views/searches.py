"""Saved searches: the list, one with what came for it, and what a broker does with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from hansa.brokerage import actions, finding, marks, queries, weighing
from hansa.brokerage.explanations import Explanation, explain
from hansa.brokerage.find_forms import REFUSALS, SearchForm, filters_of
from hansa.brokerage.matchmaking import strength
from hansa.brokerage.models import MatchText, Request, SavedSearch, SearchAlert
from hansa.brokerage.objections import language_name
from hansa.brokerage.views.finding import hint_of
from hansa.brokerage.views.showing import SECTION, reader, strengths
from hansa.brokerage.weighing import Weighing
from hansa.network.countries import country_name
from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import page_of

PER_PAGE = 10


@dataclass(frozen=True)
class ShownAlert:
    """An alert as the page tells it."""

    alert: SearchAlert
    title: str
    label: str
    reasons: list[Explanation]
    need: SafeString
    text: SafeString
    language: str


@signed_in
def searches(request: HttpRequest) -> HttpResponse:
    """What the reader's agencies keep looking for, and what is new."""
    person = actor(request)
    authorise(person, "brokerage.find_partners")
    chosen = {key: request.GET.get(key, "") for key in ("q", "state")}
    found = queries.searches(person, words=chosen["q"], state=chosen["state"])
    found = queries.ordered_searches(found, request.GET.get("sort", ""))
    return render(
        request,
        "hansa_brokerage/searches.html",
        {
            "section": SECTION,
            "page": page_of(request, found.defer("text")),
            "chosen": chosen,
            "filtered": any(chosen.values()),
            "states": SavedSearch.State.choices,
        },
    )


def search_or_404(request: HttpRequest, pk: int) -> SavedSearch:
    """The search, where the reader may see it: that of another agency does not exist for them."""
    found = SavedSearch.objects.select_related("agency__region", "broker", "priority").filter(pk=pk).first()
    if found is None or not may(reader(request), "brokerage.view_search", found):
        raise Http404
    return found


@signed_in
def search(request: HttpRequest, pk: int) -> HttpResponse:
    """One saved search: what is looked for, and what came since, each with its reasons."""
    held = search_or_404(request, pk)
    page, versions = page_of(request, queries.alerts_of(held), PER_PAGE), weighing.known()
    return render(
        request,
        "hansa_brokerage/search.html",
        {
            "section": SECTION,
            "held": held,
            "page": page,
            "alerts": [shown_alert(held, alert, versions) for alert in page],
            "new": sum(1 for alert in page if alert.seen_at is None),
            "filters": filters_told(held),
            "again": fields_of(held),
            "refusals": REFUSALS,
        },
    )


def shown_alert(search: SavedSearch, alert: SearchAlert, versions: Mapping[str, Weighing]) -> ShownAlert:
    text = text_of(alert)
    named = alert.request.title if alert.request is not None else alert.organisation and alert.organisation.name
    made = versions.get(alert.weights)
    word = strength(alert.score, of_request=alert.request_id is not None, scale=made.scale if made else 1.0)
    return ShownAlert(
        alert=alert,
        title=str(named or ""),
        label=strengths()[word],
        reasons=explain(alert.reasons),
        need=marks.marked(search.text, marks.phrases_of(alert.reasons, "query_phrase")),
        text=marks.marked(text.text if text else "", marks.phrases_of(alert.reasons, "document_phrase")),
        language=text.language if text else "",
    )


def text_of(alert: SearchAlert) -> MatchText | None:
    """The text that was told, as it reads now."""
    told: MatchText | None = getattr(alert.request or alert.project, "match_text", None)
    return told


def filters_told(search: SavedSearch) -> list[tuple[str, str]]:
    """The filters in words, those that are set."""
    types = {**dict(Request.Type.choices), finding.ORGANISATION: _("organisation, by its projects")}
    want = {"offer": _("an offer"), "request": _("a request"), "": _("either")}
    told = [
        (_("Looked for"), str(want.get(search.want, search.want))),
        (_("Types"), ", ".join(str(types.get(each, each)) for each in search.types)),
        (_("Countries"), ", ".join(country_name(code) for code in search.countries)),
        (_("Region"), search.place),
        (_("Languages of the texts found"), ", ".join(language_name(code) for code in search.languages)),
        (_("Priority"), search.priority.identifier if search.priority is not None else ""),
        (_("Own region"), _("included") if search.own_region else _("left out")),
        (_("Tell me of"), search.get_threshold_display()),
        (_("Language of the text"), language_name(search.language) if search.language else ""),
    ]
    return [(name, value) for name, value in told if value]


def fields_of(search: SavedSearch) -> list[tuple[str, Any]]:
    """The fields by which the page of finding takes a saved search up, name and value each."""
    single = {"agency": search.agency_id, "text": search.text, "want": search.want, "language": search.language}
    single |= {
        "place": search.place,
        "priority": search.priority_id or "",
        "own_region": "on" if search.own_region else "",
    }
    many = [(name, value) for name in ("types", "countries", "languages") for value in getattr(search, name)]
    return [*single.items(), *many]


@signed_in
def edit_search(request: HttpRequest, pk: int) -> HttpResponse:
    held = search_or_404(request, pk)
    person = actor(request)
    authorise(person, "brokerage.edit_search", held)
    form = SearchForm(request.POST or None, person=person, held=held, initial=filters_of(held))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.edit_search(
                person, held, name=given["name"], wish=form.wish(hint_of(person)), threshold=given["threshold"]
            )
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("The search is changed."))
            return redirect(held)
    return render(
        request,
        "hansa_brokerage/search_form.html",
        {"section": SECTION, "form": form, "held": held},
        status=400 if form.errors else 200,
    )


@signed_in
def delete_search(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask first; then forget."""
    held = search_or_404(request, pk)
    person = actor(request)
    authorise(person, "brokerage.delete_search", held)
    if request.method == "POST":
        attempt(request, lambda: actions.delete_search(person, held), _("“%(name)s” is deleted.") % {"name": held.name})
        return redirect("brokerage:searches")
    return render(request, "hansa_brokerage/search_delete.html", {"section": SECTION, "held": held})


@require_POST
@signed_in
def pause_search(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, actions.pause_search, _("“%(name)s” is paused; nothing new is told."))


@require_POST
@signed_in
def resume_search(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, actions.resume_search, _("“%(name)s” is active again."))


@require_POST
@signed_in
def mark_alerts_seen(request: HttpRequest, pk: int) -> HttpResponse:
    held = search_or_404(request, pk)
    count = actions.mark_alerts_seen(actor(request), held)
    messages.success(
        request, ngettext("%(n)d new text marked as seen.", "%(n)d new texts marked as seen.", count) % {"n": count}
    )
    return redirect(held)


def _act(request: HttpRequest, pk: int, act: Callable[..., SavedSearch], done: str) -> HttpResponse:
    held = search_or_404(request, pk)
    attempt(request, lambda: act(actor(request), held), done % {"name": held.name})
    return redirect(held)
