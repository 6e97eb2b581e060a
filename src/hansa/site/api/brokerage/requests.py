"""Requests: what is published for everybody, the own agency's drafts, and what happens to them."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from hansa.brokerage import actions, queries
from hansa.brokerage.models import Request
from hansa.brokerage.texts import LONGEST, RequestText
from hansa.site.api.brokerage.shared import RequestType, acting_agency, open_to, priority_of
from hansa.site.api.common import (
    Country,
    Key,
    Language,
    Page,
    Scope,
    Scoped,
    allows,
    clean,
    keyset,
    one,
    person_of,
    unchanged,
    words,
)

router = Router(tags=["requests"])
writes = Scoped(Scope.REQUESTS_WRITE)
State = Literal["draft", "in_review", "published", "answered", "closed", "expired", "withdrawn"]


class RequestOut(Schema):
    reference: str
    type: str
    state: State
    title: str
    summary: str
    description: str
    partner_sought: str
    language: str
    region: str
    agency: str
    priority: str
    countries: list[str]
    published_at: datetime | None
    valid_until: date | None


class Requests(Schema):
    items: list[RequestOut]
    next: str | None


class PrivateOut(Schema):
    reference: str
    client_name: str
    private: str


class RequestIn(Schema):
    agency: Key | None = Field(None, description="who acts, for people who act for several agencies")
    priority: words(20) = Field(description="identifier, such as P-7")  # type: ignore[valid-type]
    type: RequestType
    language: Language
    title: words(LONGEST["title"])  # type: ignore[valid-type]
    summary: words(LONGEST["summary"])  # type: ignore[valid-type]
    description: words(LONGEST["description"]) = ""  # type: ignore[valid-type]
    partner_sought: words(4000) = ""  # type: ignore[valid-type]
    countries: list[Country] = Field([], max_length=60)
    client_name: words(200) = Field("", description="read by the agency alone")  # type: ignore[valid-type]
    private: words(4000) = Field("", description="read by the agency alone")  # type: ignore[valid-type]


class RequestPatch(Schema):
    """What is not named stays as it is."""

    priority: words(20) = None  # type: ignore[valid-type, assignment]
    type: RequestType = None  # type: ignore[assignment]
    language: Language = None  # type: ignore[assignment]
    title: words(LONGEST["title"]) = None  # type: ignore[valid-type, assignment]
    summary: words(LONGEST["summary"]) = None  # type: ignore[valid-type, assignment]
    description: words(LONGEST["description"]) = None  # type: ignore[valid-type, assignment]
    partner_sought: words(4000) = None  # type: ignore[valid-type, assignment]
    countries: list[Country] = Field(None, max_length=60)  # type: ignore[assignment]
    client_name: words(200) = None  # type: ignore[valid-type, assignment]
    private: words(4000) = None  # type: ignore[valid-type, assignment]


class Until(Schema):
    valid_until: date | None = Field(None, description="12 months from today when it is not named")


class Reason(Schema):
    reason: words(500) = ""  # type: ignore[valid-type]


def shape(each: Request) -> dict[str, Any]:
    names = ("reference", "type", "state", "title", "summary", "description", "partner_sought", "language")
    return {
        **{name: getattr(each, name) for name in names},
        "region": each.region.code,
        "agency": each.agency.name,
        "priority": each.priority.identifier,
        "countries": each.countries,
        "published_at": each.published_at,
        "valid_until": each.valid_until,
    }


def wanted(request: HttpRequest, reference: str, lock: bool = False) -> Request:
    """The request, as far as its reader may see it with this key."""
    rows = Request.objects.select_related("region", "priority", "agency", "broker")
    if lock:
        rows = rows.select_for_update(of=("self",))
    reader = person_of(request) if lock or allows(request, Scope.REQUESTS_READ) else None
    found: Request = open_to(reader, "brokerage.view_request", rows.filter(reference=clean(reference)).first())
    return found


def told(request: HttpRequest, done: Request) -> dict[str, Any]:
    return one(request, shape(queries.request(done.reference)))


@router.get("/requests", response=Requests, auth=Scoped(Scope.READ), summary="Published requests, public text only")
def requests(
    request: HttpRequest, page: Query[Page], priority: str = "", region: str = "", state: State | None = None
) -> Any:
    """With the scope `requests:read` also the drafts of the own agencies."""
    reader = person_of(request) if allows(request, Scope.REQUESTS_READ) else None
    rows = queries.visible_requests(reader).select_related("region", "priority", "agency")
    rows = rows.filter(state__in=[state] if state else [*Request.OPEN, Request.State.DRAFT, Request.State.IN_REVIEW])
    if priority:
        number = clean(priority).upper().removeprefix("P-")
        known = number.isascii() and number.isdigit() and len(number) < 9
        rows = rows.filter(priority__number=int(number)) if known else rows.none()
    if region:
        rows = rows.filter(region__code=clean(region))
    return keyset(request, rows, "id", page, shape)


@router.get("/requests/{reference}", response=RequestOut, auth=Scoped(Scope.READ), summary="One request")
def request_one(request: HttpRequest, reference: str) -> Any:
    return one(request, shape(wanted(request, reference)))


@router.get(
    "/requests/{reference}/private",
    response=PrivateOut,
    auth=Scoped(Scope.PRIVATE_READ),
    summary="The private part of a request; each look is noted",
)
def private(request: HttpRequest, reference: str) -> Any:
    person = person_of(request)
    found = Request.objects.filter(reference=clean(reference)).first()
    held = open_to(person, "brokerage.read_private", found and queries.private_of(person, found))
    actions.note_look_at_private(person, held)
    return one(request, {"reference": reference, "client_name": held.client_name, "private": held.text})


@router.post("/requests", response={201: RequestOut}, auth=writes, summary="Write a draft")
def create(request: HttpRequest, body: RequestIn) -> Any:
    person, given = person_of(request), body.dict()
    agency, priority = acting_agency(person, given.pop("agency")), priority_of(given.pop("priority"))
    made = actions.create_request(person, agency=agency, priority=priority, text=RequestText(**given))
    return Status(201, told(request, made))


@router.patch("/requests/{reference}", response=RequestOut, auth=writes, summary="Change a draft or published request")
def edit(request: HttpRequest, reference: str, body: RequestPatch) -> Any:
    held = wanted(request, reference, lock=True)
    unchanged(request, shape(held))
    person, given = person_of(request), body.dict(exclude_unset=True)
    priority = priority_of(given.pop("priority")) if "priority" in given else held.priority
    closed = queries.private_of(person, held)
    kept: dict[str, Any] = {"keywords": [*held.keywords.values_list("pk", flat=True)]}
    if closed is not None:
        kept |= {"client_name": closed.client_name, "private": closed.text, "client": closed.client_id}
    columns = {each.name: getattr(held, each.name) for each in fields(RequestText) if hasattr(held, each.name)}
    # a request's own attribute `private` is the record of that part, and not its text
    columns["private"] = ""
    text = replace(RequestText(**(columns | kept)), **given)
    return told(request, actions.edit_request(person, held, priority=priority, text=text))


def verb(request: HttpRequest, reference: str) -> Request:
    held = wanted(request, reference, lock=True)
    unchanged(request, shape(held))
    return held


@router.post("/requests/{reference}/publish", response=RequestOut, auth=writes, summary="Publish a draft")
def publish(request: HttpRequest, reference: str, body: Until) -> Any:
    held = verb(request, reference)
    return told(request, actions.publish_request(person_of(request), held, valid_until=body.valid_until))


@router.post("/requests/{reference}/reopen", response=RequestOut, auth=writes, summary="Take a request up again")
def reopen(request: HttpRequest, reference: str, body: Until) -> Any:
    held = verb(request, reference)
    return told(request, actions.reopen_request(person_of(request), held, valid_until=body.valid_until))


@router.post("/requests/{reference}/withdraw", response=RequestOut, auth=writes, summary="Take a request back")
def withdraw(request: HttpRequest, reference: str, body: Reason) -> Any:
    return told(request, actions.withdraw_request(person_of(request), verb(request, reference), reason=body.reason))


@router.post("/requests/{reference}/close", response=RequestOut, auth=writes, summary="End a request that has served")
def close(request: HttpRequest, reference: str, body: Reason) -> Any:
    return told(request, actions.close_request(person_of(request), verb(request, reference), reason=body.reason))
