"""Find a partner for a need in plain words; nothing of the need is kept."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema
from ninja.errors import HttpError

from hansa.brokerage import finding
from hansa.brokerage.finding import Partner, Wish
from hansa.network.models import Organisation, Person
from hansa.network.permissions import authorise
from hansa.site.api.brokerage.matches import ReasonOut
from hansa.site.api.brokerage.shared import RequestType, acting_agency, priority_of, reasons
from hansa.site.api.common import Country, Key, Language, Scope, Scoped, person_of, words

router = Router(tags=["partners"])
LONGEST_ASKED = 20_000


class Need(Schema):
    agency: Key | None = Field(None, description="who acts, for people who act for several agencies")
    text: words(LONGEST_ASKED) = Field(description="the need, in any language")  # type: ignore[valid-type]
    language: Language | Literal[""] = Field("", description="recognised when it is empty")
    want: Literal["", "offer", "request"] = ""
    types: list[RequestType | Literal["organisation"]] = Field([], max_length=6)
    countries: list[Country] = Field([], max_length=60)
    place: words(16) = Field("", description="code of a region, or its beginning")  # type: ignore[valid-type]
    languages: list[Language] = Field([], max_length=40)
    priority: words(20) = Field("", description="identifier, such as P-7")  # type: ignore[valid-type]
    own_region: bool = False


class PartnerOut(Schema):
    place: int
    kind: Literal["request", "organisation"]
    reference: str | None
    organisation: str | None
    title: str
    region: str | None
    country: str
    strength: str
    score: float
    reasons: list[ReasonOut]
    against: list[ReasonOut]


class Partners(Schema):
    items: list[PartnerOut]
    language: str = Field(description="the language of the need, as it was recognised")
    missing: list[str] = Field(description="signals that could not be looked at")


def wish(person: Person, agency: Organisation, body: Need) -> Wish:
    """The need as the room compares it."""
    from hansa.matching import detect

    hint = body.language or (get_language() or person.language).split("-")[0]
    return Wish(
        text=body.text,
        agency_id=agency.pk,
        region=agency.region,
        language=detect(body.text, hint=hint) or "",
        want=body.want,
        types=tuple(body.types),
        countries=tuple(body.countries),
        place=body.place,
        languages=tuple(body.languages),
        priority=priority_of(body.priority) if body.priority else None,
        own_region=body.own_region,
    )


def shape(partner: Partner) -> dict[str, Any]:
    return {
        "place": partner.place,
        "kind": "organisation" if partner.organisation is not None else "request",
        "reference": partner.request.reference if partner.request else None,
        "organisation": partner.organisation.name if partner.organisation else None,
        "title": partner.title,
        "region": partner.region.code if partner.region else None,
        "country": partner.country,
        "strength": partner.strength,
        "score": partner.score,
        "reasons": reasons(partner.reasons),
        "against": reasons(partner.against),
    }


@router.post("/partners", response=Partners, auth=Scoped(Scope.MATCHES_READ), summary="Find partners for a need")
def find(request: HttpRequest, body: Need) -> Any:
    """At most 30 requests and 30 organisations, best first."""
    person = person_of(request)
    authorise(person, "brokerage.find_partners")
    if not body.text.strip():
        raise HttpError(422, _("Write what is needed; a sentence finds better than a slogan."))
    asked = wish(person, acting_agency(person, body.agency), body)
    found = finding.find(asked)
    return {
        "items": [shape(partner) for partner in found.partners[: 2 * finding.MOST]],
        "language": asked.language,
        "missing": found.missing,
    }
