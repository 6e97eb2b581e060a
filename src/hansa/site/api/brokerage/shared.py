"""What the operations of this room look up: the agency that acts, a priority, a record that must be open."""

from __future__ import annotations

from typing import Any, Literal

from django.http import Http404
from django.utils.translation import gettext as _
from ninja.errors import HttpError

from hansa.brokerage.explanations import explain
from hansa.brokerage.models import Match
from hansa.brokerage.permissions import agencies_of
from hansa.network.faults import Forbidden
from hansa.network.models import Organisation, Person
from hansa.network.permissions import may
from hansa.strategy.models import Priority

RequestType = Literal[
    "business_offer", "business_request", "technology_offer", "technology_request", "research_request"
]
Refusal = Literal[tuple(Match.Refusal.values)]  # type: ignore[valid-type]
CaseState = Literal["proposed", "introduced", "in_talks", "agreement", "joint_strategy", "declined"]


def acting_agency(person: Person, pk: int | None) -> Organisation:
    """The agency named, else the only one for which the person acts."""
    mine = agencies_of(person)
    if pk is None:
        if len(mine) > 1:
            raise HttpError(422, _("Name the agency that acts: you act for several."))
        if not mine:
            raise Forbidden(_("Your roles do not allow this. Ask your lead partner if they should."))
        return mine[0]
    found = next((agency for agency in mine if agency.pk == pk), None)
    if found is None:
        raise Forbidden(_("You do not act for this agency."))
    return found


def priority_of(identifier: str) -> Priority:
    """A priority by its identifier, `P-7`."""
    number = identifier.upper().removeprefix("P-")
    found = None
    if number.isascii() and number.isdecimal() and len(number) < 9:
        found = Priority.objects.filter(number=int(number)).first()
    if found is None:
        raise HttpError(422, _("There is no priority “%(id)s”.") % {"id": identifier[:20]})
    return found


def open_to(person: Person, permission: str, record: Any) -> Any:
    """The record, where the person may see it: what must not be seen does not exist for them."""
    if record is None or not may(person, permission, record):
        raise Http404
    return record


def reasons(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reasons of a match as sentences in the reader's language, with what each adds to the score."""
    return [{"name": str(e.name), "sentence": str(e.sentence), "contribution": e.contribution} for e in explain(told)]
