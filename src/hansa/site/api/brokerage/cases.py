"""Cases of which the own agency is a side: read with their diary, answered, moved."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Field, Query, Router, Schema, Status

from hansa.brokerage import actions, queries
from hansa.brokerage.models import Case
from hansa.brokerage.permissions import agency_ids
from hansa.network.models import Role
from hansa.network.permissions import holds
from hansa.site.api.brokerage.shared import CaseState, Refusal, open_to
from hansa.site.api.common import Page, Scope, Scoped, clean, keyset, one, person_of, unchanged, words

router = Router(tags=["cases"])
reads, writes = Scoped(Scope.CASES_READ), Scoped(Scope.CASES_WRITE)


class EntryOut(Schema):
    at: datetime
    by: str
    from_state: str
    to_state: str
    note: str


class CaseLine(Schema):
    reference: str
    title: str
    state: str
    refusal: str
    request: str
    priority: str
    agency: str
    other_agency: str | None
    next_step: str
    next_due: date
    opened_at: datetime
    closed_at: datetime | None


class CaseOut(CaseLine):
    message: str = Field(description="the message of the introduction")
    accepted: bool | None = Field(description="null while the introduction is not answered")
    diary: list[EntryOut]


class Cases(Schema):
    items: list[CaseLine]
    next: str | None


class Answer(Schema):
    accept: bool
    refusal: Refusal | None = Field(None, description="the reason of a no")  # type: ignore[valid-type]
    remark: words(300) = ""  # type: ignore[valid-type]


class Move(Schema):
    to_state: CaseState
    remark: words(300) = ""  # type: ignore[valid-type]
    next_step: words(200) = ""  # type: ignore[valid-type]
    next_due: date | None = None
    refusal: Refusal | None = None  # type: ignore[valid-type]


class Note(Schema):
    text: words(4000)  # type: ignore[valid-type]


class Step(Schema):
    next_step: words(200)  # type: ignore[valid-type]
    next_due: date


def line(case: Case) -> dict[str, Any]:
    names = ("reference", "title", "state", "refusal", "next_step", "next_due", "opened_at", "closed_at")
    return {
        **{name: getattr(case, name) for name in names},
        "request": case.request.reference,
        "priority": case.priority.identifier,
        "agency": case.agency.name,
        "other_agency": case.other_agency.name if case.other_agency else None,
    }


def shape(case: Case) -> dict[str, Any]:
    diary = [
        {"at": e.at, "by": e.by.name, "from_state": e.from_state, "to_state": e.to_state, "note": e.note}
        for e in case.entries.all()
    ]
    introduction = case.introduction
    return {**line(case), "message": introduction.message, "accepted": introduction.accepted, "diary": diary}


def wanted(request: HttpRequest, reference: str) -> Case:
    """The case, open to the person; locked and compared with `If-Match` where it is about to change."""
    if request.method != "GET":
        Case.objects.select_for_update().filter(reference=clean(reference)).first()
    try:
        found = queries.case(clean(reference))
    except Case.DoesNotExist:
        raise Http404 from None
    case: Case = open_to(person_of(request), "brokerage.view_case", found)
    if request.method != "GET":
        unchanged(request, shape(case))
    return case


def told(request: HttpRequest, done: Case) -> dict[str, Any]:
    return one(request, shape(queries.case(done.reference)))


@router.get("/cases", response=Cases, auth=reads, summary="Cases of the own agencies; a lead partner's of all")
def cases(request: HttpRequest, page: Query[Page], state: CaseState | None = None) -> Any:
    person = person_of(request)
    rows = Case.objects.select_related("request", "priority", "agency", "other_agency")
    if not holds(person, Role.LEAD_PARTNER):
        rows = rows.filter(queries.of_agencies(agency_ids(person)))
    return keyset(request, rows.filter(state=state) if state else rows, "id", page, line)


@router.get("/cases/{reference}", response=CaseOut, auth=reads, summary="One case with its diary")
def case_one(request: HttpRequest, reference: str) -> Any:
    return one(request, shape(wanted(request, reference)))


@router.post("/cases/{reference}/answer", response=CaseOut, auth=writes, summary="Answer a proposed introduction")
def answer(request: HttpRequest, reference: str, body: Answer) -> Any:
    case = wanted(request, reference)
    done = actions.answer_introduction(
        person_of(request), case, accept=body.accept, refusal=body.refusal or "", remark=body.remark
    )
    return told(request, done)


@router.post("/cases/{reference}/move", response=CaseOut, auth=writes, summary="Move a case along its path")
def move(request: HttpRequest, reference: str, body: Move) -> Any:
    given = body.dict() | {"refusal": body.refusal or ""}
    return told(request, actions.move_case(person_of(request), wanted(request, reference), **given))


@router.post("/cases/{reference}/notes", response={201: CaseOut}, auth=writes, summary="Write a line into the diary")
def add_note(request: HttpRequest, reference: str, body: Note) -> Any:
    case = wanted(request, reference)
    actions.add_note(person_of(request), case, text=body.text)
    return Status(201, told(request, case))


@router.patch("/cases/{reference}", response=CaseOut, auth=writes, summary="Set what happens next, and by when")
def reschedule(request: HttpRequest, reference: str, body: Step) -> Any:
    return told(request, actions.reschedule(person_of(request), wanted(request, reference), **body.dict()))
