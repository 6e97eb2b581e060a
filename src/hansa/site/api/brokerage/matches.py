"""Matches of the own agency's requests: read with their reasons, decided about, introduced."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router, Schema, Status

from hansa.brokerage import actions, queries
from hansa.brokerage.models import Match, Request
from hansa.site.api.brokerage.cases import CaseOut
from hansa.site.api.brokerage.cases import told as case_told
from hansa.site.api.brokerage.shared import Refusal, open_to, reasons
from hansa.site.api.common import Key, Page, Scope, Scoped, clean, keyset, one, person_of, unchanged, words

router = Router(tags=["matches"])
reads, writes = Scoped(Scope.MATCHES_READ), Scoped(Scope.MATCHES_WRITE)


class ReasonOut(Schema):
    name: str
    sentence: str
    contribution: float


class MatchOut(Schema):
    id: int
    request: str
    other_request: str | None
    organisation: str | None
    title: str
    region: str | None
    country: str
    language: str
    rank: int
    score: float
    state: str
    refusal: str
    reasons: list[ReasonOut]
    computed_at: datetime


class Matches(Schema):
    items: list[MatchOut]
    next: str | None


class Decline(Schema):
    refusal: Refusal  # type: ignore[valid-type]
    remark: words(300) = ""  # type: ignore[valid-type]


class Proposal(Schema):
    message: words(2000) = ""  # type: ignore[valid-type]
    next_step: words(200)  # type: ignore[valid-type]
    next_due: date


def shape(match: Match) -> dict[str, Any]:
    return {
        "id": match.pk,
        "request": match.request.reference,
        "other_request": match.other_request.reference if match.other_request else None,
        "organisation": match.organisation.name if match.organisation else None,
        "region": match.region.code if match.region else None,
        "reasons": reasons(match.reasons),
        **{n: getattr(match, n) for n in ("title", "country", "language", "rank", "score", "state", "refusal")},
        "computed_at": match.computed_at,
    }


ROWS = Match.objects.select_related("request__agency", "other_request", "organisation", "region")


def wanted(request: HttpRequest, pk: int) -> Match:
    found = ROWS.filter(pk=pk).first()
    match: Match = open_to(person_of(request), "brokerage.view_matches", found)
    unchanged(request, shape(match)) if request.method == "POST" else None
    return match


def told(request: HttpRequest, done: Match) -> dict[str, Any]:
    return one(request, shape(ROWS.get(pk=done.pk)))


@router.get("/requests/{reference}/matches", response=Matches, auth=reads, summary="The matches of a request")
def matches(request: HttpRequest, reference: str, page: Query[Page]) -> Any:
    try:
        found = queries.request(clean(reference))
    except Request.DoesNotExist:
        raise Http404 from None
    open_to(person_of(request), "brokerage.view_matches", found)
    return keyset(request, ROWS.filter(request=found), "id", page, shape)


@router.get("/matches/{pk}", response=MatchOut, auth=reads, summary="One match with its reasons")
def match_one(request: HttpRequest, pk: Path[Key]) -> Any:
    return one(request, shape(wanted(request, pk)))


@router.post("/matches/{pk}/shortlist", response=MatchOut, auth=writes, summary="Keep a partner in view")
def shortlist(request: HttpRequest, pk: Path[Key]) -> Any:
    return told(request, actions.shortlist_match(person_of(request), wanted(request, pk)))


@router.post("/matches/{pk}/decline", response=MatchOut, auth=writes, summary="Decline a partner with a reason")
def decline(request: HttpRequest, pk: Path[Key], body: Decline) -> Any:
    match = wanted(request, pk)
    return told(request, actions.decline_match(person_of(request), match, refusal=body.refusal, remark=body.remark))


@router.post("/matches/{pk}/restore", response=MatchOut, auth=writes, summary="Take a partner back as suggestion")
def restore(request: HttpRequest, pk: Path[Key]) -> Any:
    return told(request, actions.restore_match(person_of(request), wanted(request, pk)))


@router.post(
    "/matches/{pk}/introduction",
    response={201: CaseOut},
    auth=writes,
    summary="Propose an introduction; the answer is the case",
)
def introduce(request: HttpRequest, pk: Path[Key], body: Proposal) -> Any:
    made = actions.propose_introduction(person_of(request), wanted(request, pk), **body.dict())
    return Status(201, case_told(request, made.case))
