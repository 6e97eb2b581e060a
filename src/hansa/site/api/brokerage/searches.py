"""Saved searches of the own agencies, and what was told for them since."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Path, Query, Router, Schema, Status

from hansa.brokerage import actions, queries
from hansa.brokerage.alerts import wish_of
from hansa.brokerage.models import SavedSearch, SearchAlert
from hansa.site.api.brokerage.matches import ReasonOut
from hansa.site.api.brokerage.partners import Need, wish
from hansa.site.api.brokerage.shared import acting_agency, open_to, reasons
from hansa.site.api.common import Key, Page, Scope, Scoped, keyset, one, person_of, unchanged, words

router = Router(tags=["searches"])
reads, writes = Scoped(Scope.SEARCHES_READ), Scoped(Scope.SEARCHES_WRITE)
Threshold = Literal["strong", "likely", "possible"]


class SearchOut(Schema):
    id: int
    agency: str
    name: str
    text: str
    language: str
    want: str
    types: list[str]
    countries: list[str]
    place: str
    languages: list[str]
    priority: str | None
    own_region: bool
    threshold: str
    state: str
    created_at: datetime


class Searches(Schema):
    items: list[SearchOut]
    next: str | None


class AlertOut(Schema):
    id: int
    request: str | None
    organisation: str | None
    score: float
    reasons: list[ReasonOut]
    created_at: datetime
    seen_at: datetime | None


class Alerts(Schema):
    items: list[AlertOut]
    next: str | None


class SearchIn(Need):
    name: words(120)  # type: ignore[valid-type]
    threshold: Threshold = "likely"


class SearchPatch(Schema):
    """What is not named stays as it is."""

    name: words(120) = Field(None)  # type: ignore[valid-type]
    threshold: Threshold = Field(None)


def shape(search: SavedSearch) -> dict[str, Any]:
    names = ("name", "text", "language", "want", "types", "countries", "place", "languages", "own_region")
    return {
        "id": search.pk,
        "agency": search.agency.name,
        **{name: getattr(search, name) for name in (*names, "threshold", "state", "created_at")},
        "priority": search.priority.identifier if search.priority else None,
    }


def alert(each: SearchAlert) -> dict[str, Any]:
    return {
        "id": each.pk,
        "request": each.request.reference if each.request else None,
        "organisation": each.organisation.name if each.organisation else None,
        "score": each.score,
        "reasons": reasons(each.reasons),
        "created_at": each.created_at,
        "seen_at": each.seen_at,
    }


def wanted(request: HttpRequest, pk: int) -> SavedSearch:
    rows = SavedSearch.objects.select_related("agency__region", "broker", "priority")
    if request.method != "GET":
        rows = rows.select_for_update(of=("self",))
    found: SavedSearch = open_to(person_of(request), "brokerage.view_search", rows.filter(pk=pk).first())
    if request.method != "GET":
        unchanged(request, shape(found))
    return found


def told(request: HttpRequest, done: SavedSearch) -> dict[str, Any]:
    return one(request, shape(SavedSearch.objects.select_related("agency", "priority").get(pk=done.pk)))


@router.get("/searches", response=Searches, auth=reads, summary="Saved searches of the own agencies")
def searches(request: HttpRequest, page: Query[Page]) -> Any:
    return keyset(request, queries.searches(person_of(request)), "id", page, shape)


@router.get("/searches/{pk}", response=SearchOut, auth=reads, summary="One saved search")
def search_one(request: HttpRequest, pk: Path[Key]) -> Any:
    return one(request, shape(wanted(request, pk)))


@router.get("/searches/{pk}/alerts", response=Alerts, auth=reads, summary="What was told for a saved search")
def alerts(request: HttpRequest, pk: Path[Key], page: Query[Page]) -> Any:
    return keyset(request, queries.alerts_of(wanted(request, pk)), "id", page, alert)


@router.post("/searches", response={201: SearchOut}, auth=writes, summary="Keep a need and be told what comes for it")
def save(request: HttpRequest, body: SearchIn) -> Any:
    person = person_of(request)
    agency = acting_agency(person, body.agency)
    made = actions.save_search(
        person, agency=agency, name=body.name, wish=wish(person, agency, body), threshold=body.threshold
    )
    return Status(201, told(request, made))


@router.patch("/searches/{pk}", response=SearchOut, auth=writes, summary="Rename a search, or tell more or less")
def edit(request: HttpRequest, pk: Path[Key], body: SearchPatch) -> Any:
    held = wanted(request, pk)
    given = {"name": held.name, "threshold": held.threshold} | body.dict(exclude_unset=True)
    return told(request, actions.edit_search(person_of(request), held, wish=wish_of(held), **given))


@router.post("/searches/{pk}/pause", response=SearchOut, auth=writes, summary="Tell nothing new for a while")
def pause(request: HttpRequest, pk: Path[Key]) -> Any:
    return told(request, actions.pause_search(person_of(request), wanted(request, pk)))


@router.post("/searches/{pk}/resume", response=SearchOut, auth=writes, summary="Tell again what comes from now on")
def resume(request: HttpRequest, pk: Path[Key]) -> Any:
    return told(request, actions.resume_search(person_of(request), wanted(request, pk)))


@router.delete("/searches/{pk}", response={204: None}, auth=writes, summary="Forget a search and what it told")
def delete(request: HttpRequest, pk: Path[Key]) -> Any:
    actions.delete_search(person_of(request), wanted(request, pk))
    return HttpResponse(status=204)
