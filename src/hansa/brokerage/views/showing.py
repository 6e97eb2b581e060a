"""What the pages of this room show of a request and of its matches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hansa.brokerage import actions, queries, weighing
from hansa.brokerage.explanations import Explanation, explain, missing_signals
from hansa.brokerage.find_forms import Weights as TriedWeights
from hansa.brokerage.matchmaking import strength
from hansa.brokerage.models import Case, Match, Request, RequestPrivate
from hansa.brokerage.reweighing import reweighed_matches
from hansa.brokerage.weighing import Weighing
from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.strategy.models import Priority

SECTION = "brokerage"
SHOWN_FIRST = 8


@dataclass(frozen=True)
class Step:
    """One stretch of a thread: done, now, or still to come."""

    label: str
    detail: str
    standing: str


@dataclass(frozen=True)
class ShownMatch:
    match: Match
    strength: str
    label: str
    reasons: list[Explanation]
    case: Case | None
    weighing: Weighing | None
    tried: float | None = None
    was: int | None = None


def reader(request: HttpRequest) -> Person | None:
    return getattr(request, "person", None)


def look_at_private(request: HttpRequest, shown: Request) -> RequestPrivate | None:
    """The private part where it is open to the reader; that they read it is written down."""
    person = reader(request)
    private = queries.private_of(person, shown)
    if person is not None and private is not None and (private.text or private.client_name):
        actions.note_look_at_private(person, private)
    return private


def request_or_404(request: HttpRequest, reference: str) -> Request:
    """The request, where the reader may see it: one that must not be seen does not exist for them."""
    try:
        shown = queries.request(reference)
    except Request.DoesNotExist:
        raise Http404 from None
    if not may(reader(request), "brokerage.view_request", shown):
        raise Http404
    return shown


def strengths() -> dict[str, str]:
    return {
        "strong": pgettext("match", "strong"),
        "likely": pgettext("match", "likely"),
        "possible": pgettext("match", "possible"),
    }


def shown_match(match: Match, versions: Mapping[str, Weighing] | None = None) -> ShownMatch:
    """A match as pages tell it; `versions` are the weights it may have been ranked with, if they were read already."""
    made = (weighing.known() if versions is None else versions).get(weighing.version_of(match.method))
    word = strength(match.score, of_request=match.other_request_id is not None, scale=made.scale if made else 1.0)
    return ShownMatch(
        match=match,
        strength=word,
        label=strengths()[word],
        reasons=explain(match.reasons),
        case=getattr(match, "case", None),
        weighing=made,
    )


def is_withdrawn(match: Match) -> bool:
    """Whether the other side has taken its request back before a case grew: its text is its own agency's again."""
    other = match.other_request
    return other is not None and other.state == Request.State.WITHDRAWN and not hasattr(match, "case")


def tried_out(request: Request, told: list[ShownMatch], weights: Mapping[str, float]) -> list[ShownMatch]:
    """The matches as other weights would rank them, each with its place before; those that cannot be weighed anew come
    last."""
    again = reweighed_matches(request, [each.match for each in told], weights)
    moved = [
        replace(
            each,
            tried=again[each.match.pk].score,
            was=was,
            reasons=explain([reason.as_json() for reason in again[each.match.pk].reasons]),
        )
        for was, each in enumerate(sorted(told, key=lambda each: each.match.rank), start=1)
        if each.match.pk in again
    ]
    moved.sort(key=lambda each: again[each.match.pk].rank)
    return [*moved, *(each for each in told if each.match.pk not in again)]


def matches_context(person: Person | None, shown: Request, asked: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The matches of a request, those being worked on first; nothing for readers outside the agency.

    `asked` may hold other weights to try, as the page's form names them."""
    if not may(person, "brokerage.view_matches", shown):
        return {"shown": shown, "may_match": False, "computing": False, "standing": {}}
    found = [match for match in queries.matches_of(shown) if not is_withdrawn(match)]
    order = {Match.State.INTRODUCED: 0, Match.State.SHORT_LISTED: 1, Match.State.SUGGESTED: 2}
    versions = weighing.known()
    told = [shown_match(m, versions) for m in sorted(found, key=lambda m: (order.get(Match.State(m.state), 3), m.rank))]
    going = [each for each in told if each.match.state != Match.State.DECLINED]
    weights = TriedWeights(asked or {})
    older = 0
    if weights.tried:
        going = tried_out(shown, going, weights.tried)
        older = sum(each.tried is None for each in going)
    return {
        "weights": weights,
        "older": older,
        "shown": shown,
        "may_match": True,
        "computing": shown.state in Request.OPEN and shown.matched_at is None,
        "matches": going[:SHOWN_FIRST],
        "more": going[SHOWN_FIRST:],
        "declined": [each for each in told if each.match.state == Match.State.DECLINED],
        "missing": missing_signals(shown.missing_signals),
        "standing": queries.standing(found),
    }


def steps_of_request(shown: Request, standing: Any, cases: list[Case]) -> list[Step]:
    """Where a request stands on its way from a draft to an agreement."""
    published = shown.state != Request.State.DRAFT
    found, listed = sum(standing.values()), standing.get(Match.State.SHORT_LISTED, 0)
    matching = ""
    if found:
        matching = ngettext("%(n)d found", "%(n)d found", found) % {"n": found}
        if listed:
            matching += ", " + ngettext("%(n)d short-listed", "%(n)d short-listed", listed) % {"n": listed}
    reached = [CASE_ORDER.get(case.state, 0) for case in cases]
    furthest = max(reached, default=0)
    counted = [sum(1 for r in reached if r >= place) for place in range(1, 5)]
    day = shown.published_at.date().isoformat() if shown.published_at else ""
    labels = [
        (_("Written"), shown.created_at.date().isoformat()),
        (_("Published"), day),
        (_("Matching"), matching),
        (_("Introduction proposed"), _count(len(cases))),
        (_("In contact"), _count(counted[1])),
        (_("In talks"), _count(counted[2])),
        (_("Agreement"), _count(counted[3])),
    ]
    here = 0 if not published else 2 if not cases else 2 + max(furthest, 1)
    return [
        Step(label, detail, "done" if place < here else "now" if place == here else "")
        for place, (label, detail) in enumerate(labels)
    ]


CASE_ORDER = {
    Case.State.PROPOSED: 1,
    Case.State.INTRODUCED: 2,
    Case.State.IN_TALKS: 3,
    Case.State.AGREEMENT: 4,
    Case.State.JOINT_STRATEGY: 4,
}


def _count(number: int) -> str:
    return ngettext("%(n)d case", "%(n)d cases", number) % {"n": number} if number else ""


def priority_number(text: str) -> int | None:
    """The number of an identifier such as P-07 in a query string; None when it is none."""
    digits = text.upper().removeprefix("P-")
    return int(digits) if digits.isdecimal() and len(digits) < 9 else None


def priority_named(text: str) -> Priority | None:
    number = priority_number(text)
    return Priority.objects.filter(number=number).first() if number is not None else None
