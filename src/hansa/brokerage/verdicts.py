"""What brokers said about suggested partners, in the codes of `hansa.matching.feedback`, and the ranking after it.

A partner is named by the record it stands for, `r12` a request and `o34` an organisation, so that what was said holds
when texts are written or projects chosen anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import Q

from hansa.brokerage.models import Case, Match, Request
from hansa.network.models import Organisation

if TYPE_CHECKING:
    from hansa.brokerage.matchmaking import Candidate
    from hansa.matching import Document, Query, Verdict

MEANS: Mapping[str, str] = {
    Match.Refusal.OTHER_FIELD: "wrong_topic",
    Match.Refusal.WRONG_PARTNER: "wrong_kind",
    Match.Refusal.TOO_FAR: "wrong_region",
    Match.Refusal.NO_CAPACITY: "no_capacity",
    Match.Refusal.KNOWN: "already_partner",
    Match.Refusal.NO_GROUND: "other",
    Match.Refusal.PRICE: "other",
    Match.Refusal.FINANCE: "other",
    Match.Refusal.LOST: "other",
    Match.Refusal.NO_ANSWER: "no_capacity",
    Match.Refusal.WITHDRAWN: "other",
    Match.Refusal.OTHER: "other",
}
"""The refusals of a match page, in the codes of `hansa.matching.feedback`."""
KINDS: Mapping[str, str] = {
    # not "company": a document of that kind is taken to offer something, and a refused side would reach it
    Organisation.Kind.COMPANY: "firm",
    Organisation.Kind.UNIVERSITY: "university",
    Organisation.Kind.RESEARCH: "research",
    Organisation.Kind.PUBLIC: "public",
    Organisation.Kind.SUPPORT: "support",
    Organisation.Kind.SOCIAL: "social",
}
"""Kinds of organisation that a refusal can turn against; `other` says nothing, so it is not among them."""


def key_of_request(pk: int) -> str:
    return f"r{pk}"


def key_of_organisation(pk: int) -> str:
    return f"o{pk}"


def document_of(key: str, *, request: Request | None = None, organisation: Organisation | None = None) -> Document:
    """What a refusal may turn against: the country, the side of a request, the kind of an organisation.

    The region is the country, since the code says "wrong country or too far". Who stands behind a request is not
    recorded, so it has no kind; and no owner either, since its agency speaks for many clients.
    """
    from hansa.matching import Document

    if request is not None:
        wants = ("request",) if request.is_offer else ("offer",)
        return Document(id=key, kind="", region=request.region.country, text="", wants=wants)
    if organisation is None:
        return Document(id=key, kind="", region="", text="")
    country = organisation.country or (organisation.region.country if organisation.region is not None else "")
    return Document(id=key, kind=KINDS.get(organisation.kind, ""), region=country, text="")


def verdicts_of(request: Request) -> list[Verdict]:
    """What was said about the partners of a request: its declined matches, and cases that ended with a refusal.

    The asker is the request itself: clients have no record yet, and what one client of an agency knows already may be
    new to another.
    """
    from hansa.matching import Verdict

    return [
        Verdict(request.reference, key_of(match), MEANS.get(refusal_of(match), "other"), asker=_asker(request))
        for match in _refused(request)
    ]


def after_declined(request: Request, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates of a request as they rank after what its brokers said; the declined ones are left out."""
    from hansa.matching import Hit, Reason, after_verdicts

    refused = _refused(request)
    if not refused or not candidates:
        return list(candidates)
    documents = {
        key_of(match): document_of(key_of(match), request=match.other_request, organisation=match.organisation)
        for match in refused
    }
    known, hits = {}, []
    for rank, candidate in enumerate(candidates, start=1):
        key = _key_of_candidate(candidate)
        known[key] = candidate
        documents[key] = document_of(key, request=candidate.request, organisation=candidate.organisation)
        reasons = tuple(Reason(**reason) for reason in candidate.reasons)
        hits.append(Hit(request.reference, rank, key, candidate.score, reasons))
    ranked = after_verdicts(hits, documents, verdicts_of(request), asker=_asker(request))
    return [
        replace(known[hit.id], score=hit.score, reasons=[reason.as_json() for reason in hit.reasons]) for hit in ranked
    ]


def without_declined(request: Request, query: Query) -> Query:
    """The query of a request with the requests declined for it among its `exclude_ids`, so that others take their
    places. Projects stay: one organisation was declined, not everybody who took part."""
    from hansa.matching import Verdict, without_refused

    said = [
        Verdict(query.id, f"{match.other_request.match_text.pk}", MEANS.get(refusal_of(match), "other"))
        for match in _refused(request)
        if match.other_request is not None and hasattr(match.other_request, "match_text")
    ]
    return without_refused(query, {}, said)


def _refused(request: Request) -> list[Match]:
    declined = Q(state=Match.State.DECLINED) | Q(case__state=Case.State.DECLINED)
    related = ("other_request__region", "other_request__match_text", "organisation__region", "case")
    return list(Match.objects.filter(declined, request=request).select_related(*related).order_by("pk"))


def refusal_of(match: Match) -> str:
    return match.refusal or (match.case.refusal if hasattr(match, "case") else "")


def key_of(match: Match) -> str:
    if match.other_request_id is not None:
        return key_of_request(match.other_request_id)
    return key_of_organisation(match.organisation_id)


def _key_of_candidate(candidate: Candidate) -> str:
    if candidate.request is not None:
        return key_of_request(candidate.request.pk)
    return key_of_organisation(candidate.organisation.pk if candidate.organisation is not None else 0)


def _asker(request: Request) -> str:
    return f"request {request.pk}"
