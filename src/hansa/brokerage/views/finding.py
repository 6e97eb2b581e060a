"""Find a partner: a need is typed, and the partners of other regions come with their reasons.

The need travels in the body of the form alone: neither an address nor a log nor the history of a browser holds it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import activate, get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from hansa.brokerage import absence, actions, finding, marks
from hansa.brokerage.explanations import Explanation, explain, missing_signals
from hansa.brokerage.find_forms import ONLY_OF, REFUSALS, FindForm, Weights, carried, verdicts_in
from hansa.brokerage.finding import Findings, Partner, Wish
from hansa.brokerage.models import SavedSearch
from hansa.brokerage.objections import language_name
from hansa.brokerage.views.showing import SECTION, priority_named, strengths
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response

PER_PAGE = 10
SWITCH = "switch"
"""The button of a language: the form comes along, so that nothing typed is lost."""
HEADING = [
    "place",
    "kind",
    "reference",
    "title",
    "region",
    "country",
    "language",
    "strength",
    "score",
    "for",
    "against",
]


@dataclass(frozen=True)
class ShownPartner:
    """A partner as the page tells it: reasons for and against as sentences, and both texts with what ties them."""

    partner: Partner
    label: str
    language: str
    reasons: list[Explanation]
    against: list[Explanation]
    need: SafeString
    text: SafeString
    liked: bool
    refusals: list[tuple[str, Any]]


@dataclass
class Page:
    """What one round of the form leads to."""

    form: FindForm
    weights: Weights
    said: list[tuple[str, str | None]] = field(default_factory=list)
    wish: Wish | None = None
    findings: Findings | None = None
    fault: str = ""


@signed_in
@cache_control(private=True, no_cache=True)
def find(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Look for partners. Every button of the page sends the whole form again, so that nothing typed is lost and
    everything works without a script."""
    person = actor(request)
    authorise(person, "brokerage.find_partners")
    if request.method != "POST":
        named = priority_named(request.GET.get("priority", ""))
        initial = {"priority": named.pk if named is not None and named.is_open else None}
        return _shown(request, Page(FindForm(person=person, initial=initial), Weights({})))
    page = Page(FindForm(request.POST, person=person), Weights(request.POST), verdicts_in(request.POST))
    if SWITCH in request.POST:
        return _switched(request, person, page)
    return _answered(request, person, page)


def _switched(request: HttpRequest, person: Person, page: Page) -> HttpResponse | StreamingHttpResponse:
    """The same page, and all that was typed, in the language whose button was pressed; it stays the reader's choice."""
    chosen = request.POST[SWITCH]
    if chosen not in dict(settings.LANGUAGES):
        return _answered(request, person, page)
    activate(chosen)
    if request.POST.get("text", "").strip():
        response = _answered(request, person, page)
    else:
        # nothing was asked yet, so there is nothing to find fault with
        typed = {name: request.POST.getlist(name) for name in FindForm.GROUPS}
        page.form = FindForm(person=person, initial={**request.POST.dict(), **typed})
        response = _shown(request, page)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )
    return response


def _answered(request: HttpRequest, person: Person, page: Page) -> HttpResponse | StreamingHttpResponse:
    if not page.form.is_valid() or page.weights.fault:
        page.fault = page.weights.fault
        return _shown(request, page, status=400)
    page.wish = page.form.wish(hint_of(person))
    if request.POST.get("act") == "save":
        try:
            return redirect(_saved(request, person, page))
        except Refused as fault:
            page.fault = str(fault)
    page.findings = finding.find(page.wish, page.said, page.weights.tried)
    if request.POST.get("act") == "csv":
        return csv_response("partners", HEADING, page.findings.partners, row_of)
    return _shown(request, page, status=400 if page.fault else 200)


def hint_of(person: Person) -> str:
    """The reader's language, which decides for a few words: the one of the pages, else the one on record."""
    chosen = (get_language() or "en").split("-")[0]
    return person.language if chosen == "en" else chosen


def _saved(request: HttpRequest, person: Person, page: Page) -> SavedSearch:
    assert page.wish is not None  # noqa: S101  (only a valid form is saved)
    return actions.save_search(
        person,
        agency=page.form.acting_agency(),
        name=request.POST.get("name", "")[:120],
        wish=page.wish,
        threshold=request.POST.get("threshold", ""),
    )


def _shown(request: HttpRequest, page: Page, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "section": SECTION,
        "form": page.form,
        "fault": page.fault,
        "weights": page.weights,
        "said": carried(page.said),
        "thresholds": SavedSearch.Threshold.choices,
        "typed": {key: request.POST.get(key, "") for key in ("name", "threshold", "sought", "why")},
    }
    if page.wish is not None and page.findings is not None:
        context |= _results(request, page.wish, page.findings)
    return render(request, "hansa_brokerage/find.html", context, status=status)


def _results(request: HttpRequest, wish: Wish, findings: Findings) -> dict[str, Any]:
    shown = Paginator(findings.partners, PER_PAGE).get_page(request.POST.get("page"))
    liked = {partner.key for partner in findings.liked}
    words, key = request.POST.get("sought", ""), request.POST.get("why", "")
    return {
        "wish": wish,
        "findings": findings,
        "page": shown,
        "partners": [shown_partner(wish, partner, partner.key in liked) for partner in shown],
        "recognised": language_name(wish.language) if wish.language else "",
        "missing": missing_signals(findings.missing),
        "named": absence.named(words, getattr(request, "person", None)),
        "absent": _absent(wish, findings, key) if key else None,
    }


def _absent(wish: Wish, findings: Findings, key: str) -> dict[str, Any] | None:
    places = {partner.key: partner.place for partner in findings.partners}
    told = absence.why_not(wish, key, places, {partner.key: partner for partner in findings.refused})
    if told is None:
        return None
    return {"told": told, "reasons": explain(told.reasons), "against": explain(told.against)}


def shown_partner(wish: Wish, partner: Partner, liked: bool) -> ShownPartner:
    kind = "organisation" if partner.organisation is not None else "request"
    return ShownPartner(
        partner=partner,
        label=strengths()[partner.strength],
        language=language_name(partner.row.language) if partner.row.language else "",
        reasons=[each for each in explain(partner.reasons) if not each.against],
        against=explain(partner.against),
        need=marks.marked(wish.text, marks.phrases_of(partner.reasons, "query_phrase")),
        text=marks.marked(partner.row.text, marks.phrases_of(partner.reasons, "document_phrase")),
        liked=liked,
        refusals=[(code, label) for code, label in REFUSALS.items() if ONLY_OF.get(code, kind) == kind],
    )


def row_of(partner: Partner) -> list[Any]:
    """One line of the file: what the page shows, without the texts."""
    asks = partner.organisation is None and partner.request is not None
    reasons = [f"{each.name}: {each.sentence}" for each in explain(partner.reasons) if not each.against]
    against = [f"{each.name}: {each.sentence}" for each in explain(partner.against)]
    return [
        partner.place,
        partner.request.type if asks and partner.request is not None else finding.ORGANISATION,
        partner.request.reference if partner.request is not None else partner.project and partner.project.number,
        partner.title,
        partner.region.code if partner.region is not None else None,
        partner.country,
        partner.row.language,
        partner.strength,
        round(partner.score, 4),
        "; ".join(reasons),
        "; ".join(against),
    ]


def prefilled(request: HttpRequest) -> dict[str, Any]:
    """The first values of a new request that comes from a need; the need is in the body of the form here too."""
    from hansa.brokerage.texts import parts_of
    from hansa.matching import detect
    from hansa.network.models import LANGUAGES_OF_RECORDS

    text = request.POST.get("text", "")
    parts = parts_of(text)
    language = detect(text, hint=request.POST.get("language") or None) if text.strip() else None
    offers = request.POST.get("want") == "request"
    return {
        **parts,
        **({"language": language} if language in dict(LANGUAGES_OF_RECORDS) else {}),
        "priority": request.POST.get("priority") or None,
        "type": "technology_offer" if offers else "technology_request",
        "countries": request.POST.getlist("countries"),
    }


def notice_of_prefilled() -> str:
    return _(
        "This comes from the need you typed, and nothing is saved yet. What stands here will be read by everybody once "
        "it is published: take out what your client wants kept."
    )
