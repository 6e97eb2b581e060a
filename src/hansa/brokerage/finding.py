"""From a need in plain words to partners of other regions: requests, and organisations by their projects.

Nothing of the need is stored or written anywhere: it comes with the page's form and goes back into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from hansa.brokerage import explanations, matchmaking, reweighing, verdicts
from hansa.brokerage.catalogue import COMPUTING, PROJECT, Catalogue, catalogue
from hansa.brokerage.models import MatchText, Request
from hansa.network.models import Organisation, Participation, Project, Region

if TYPE_CHECKING:
    from hansa.brokerage.weighing import Weighing
    from hansa.matching import Document, Hit, Query, Verdict
    from hansa.strategy.models import Priority

ORGANISATION = "organisation"
MOST = 30
"""Requests, and projects, that are looked at for one need."""
MOST_FILTERED = 120
"""The same where a filter cannot be put to the index, because what it asks for is not part of the texts."""
ROUNDS = 3
"""Searches for one need: what was judged is looked up among what the need finds, and where that moved it, anew."""
QUERY = "need"


@dataclass(frozen=True)
class Wish:
    """A need and what to look for. `region` is the agency's own, left out unless `own_region`; `types` are types of
    requests and `organisation`; empty filters let everything through."""

    text: str
    agency_id: int | None = None
    region: Region | None = None
    language: str = ""
    want: str = ""
    types: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    place: str = ""
    languages: tuple[str, ...] = ()
    priority: Priority | None = None
    own_region: bool = False

    @property
    def priority_id(self) -> int | None:
        return None if self.priority is None else self.priority.pk

    @property
    def request_types(self) -> tuple[str, ...]:
        """The types of requests looked for; none where only organisations are."""
        chosen = tuple(each for each in self.types if each != ORGANISATION)
        return chosen if self.types else tuple(Request.Type.values)

    @property
    def organisations(self) -> bool:
        """Whether organisations are looked for: an organisation is tied to no priority."""
        return self.priority is None and (not self.types or ORGANISATION in self.types)

    def query(self, **changes: Any) -> Query:
        """The need as matching asks it."""
        from hansa.matching import Query

        own = () if self.own_region or self.region is None else (self.region.code,)
        asked: dict[str, Any] = {
            "id": QUERY,
            "text": self.text,
            "lang": self.language or None,
            "want": self.want or None,
            "languages": self.languages,
            "exclude_regions": own,
            "region": "" if self.region is None else self.region.code,
            "today": timezone.localdate(),
            "owner": None if self.own_region or self.agency_id is None else f"{self.agency_id}",
        }
        return Query(**asked | changes)

    def for_requests(self, **changes: Any) -> Query:
        places = (self.place,) if self.place else self.countries
        served = () if self.priority is None else (self.priority.identifier,)
        return self.query(kinds=self.request_types, regions=places, only_priorities=served, **changes)

    def for_projects(self, **changes: Any) -> Query:
        """A project has no region of its own: who took part is filtered by `admits`."""
        return self.query(kinds=(PROJECT,), **changes)

    def admits(self, organisation: Organisation) -> bool:
        """Whether an organisation passes the filters of place; one that may sit in the own region does not."""
        region = organisation.region
        country = organisation.country or (region.country if region is not None else "")
        if self.countries and country not in self.countries:
            return False
        if self.place and (region is None or not region.code.startswith(self.place)):
            return False
        return self.own_region or self.region is None or matchmaking.abroad(organisation, self)


@dataclass(frozen=True)
class Partner:
    """Somebody found: a request, or an organisation with the project that speaks for it. `was` is the place before
    other weights were tried."""

    key: str
    hit: Hit
    row: MatchText
    organisation: Organisation | None = None
    strength: str = ""
    reasons: list[dict[str, Any]] = field(default_factory=list)
    against: list[dict[str, Any]] = field(default_factory=list)
    place: int = 0
    was: int | None = None

    @property
    def score(self) -> float:
        return self.hit.score

    @property
    def request(self) -> Request | None:
        return self.row.request

    @property
    def project(self) -> Project | None:
        return self.row.project

    @property
    def title(self) -> str:
        return (
            self.organisation.name
            if self.organisation is not None
            else str(self.row.request and self.row.request.title)
        )

    @property
    def region(self) -> Region | None:
        return (
            self.organisation.region if self.organisation is not None else self.row.request and self.row.request.region
        )

    @property
    def country(self) -> str:
        if self.organisation is not None and self.organisation.country:
            return self.organisation.country
        return self.region.country if self.region is not None else ""


@dataclass(frozen=True)
class Findings:
    """What was found, best first; `refused` are the partners that were judged not to suit, and `missing` the signals
    that could not be looked at. `weighing` is what ranks, before other weights are tried."""

    partners: list[Partner]
    refused: list[Partner]
    liked: list[Partner]
    missing: list[str]
    weighing: Weighing


def find(
    wish: Wish, said: Sequence[tuple[str, str | None]] = (), weights: Mapping[str, float] | None = None
) -> Findings:
    """Partners for a need. `said` are the verdicts on partners so far, key and code (None: more like this one);
    `weights` are tried instead of those in use.

    Texts liked, and texts refused for their subject, move the query (Rocchio 1971). Costs a constant number of queries.
    Raises ValueError for a verdict with an unknown code.
    """
    from hansa.matching import Verdict

    said_here = [Verdict(QUERY, key, code, asker=QUERY) for key, code in said]
    with COMPUTING:
        held = catalogue()
        held.refresh()
        hits, before, seen = _moved(held, wish, said_here)
        plain = [partner.key for partner in before]
        partners = before
        if weights is not None:
            usual = held.weighing.weights
            tried = reweighing.reweighed(hits, weights, want=wish.want or None, ranked_with=usual)
            again = {hit.id: hit for hit in tried}
            partners = [replace(p, hit=again[p.hit.id]) for p in before]
    partners.sort(key=lambda p: (-p.score, p.key))
    shown, refused = _judged(partners, said_here, seen)
    spoke = {reason.signal for hit in hits for reason in hit.reasons if reason.contribution}
    return Findings(
        partners=[
            replace(
                p,
                place=place,
                was=plain.index(p.key) + 1 if weights is not None else None,
                reasons=[*matchmaking.told(p.hit, held), *_record(p)],
                against=objections(wish, p, spoke),
            )
            for place, p in enumerate(shown, start=1)
        ],
        refused=refused,
        liked=[p for p in shown if any(v.document == p.key and v.accepted for v in said_here)],
        missing=missing_of(held),
        weighing=held.weighing,
    )


def missing_of(held: Catalogue) -> list[str]:
    """Codes of the signals that cannot be looked at now."""
    return [*held.index.missing, *([matchmaking.PENDING] if held.without_vector else [])]


def searched(held: Catalogue, wish: Wish, **moves: Any) -> list[Hit]:
    """The hits worth showing among requests and projects; the best few projects are shown however low they score.
    `moves` are examples for the query."""
    pending = bool(held.without_vector)
    lowest = matchmaking.LOWEST_PENDING if pending else matchmaking.LOWEST
    lowest_request = matchmaking.LOWEST_PENDING if pending else matchmaking.LOWEST_REQUEST
    lowest, lowest_request = lowest * held.scale, lowest_request * held.scale
    hits: list[Hit] = []
    if wish.request_types:
        line = floor(lowest_request, wish, held.scale)
        hits += [hit for hit in held.search(wish.for_requests(**moves), limit=MOST) if hit.score >= line]
    if wish.organisations:
        limit = MOST_FILTERED if wish.countries or wish.place else MOST
        found = held.search(wish.for_projects(**moves), limit=limit)
        hits += [hit for hit in found if hit.score >= lowest or hit.rank <= matchmaking.SHOWN_ANYWAY]
    return hits


def floor(lowest_request: float, wish: Wish, scale: float = 1.0) -> float:
    """The lowest score of a request that is shown. Where nothing is said about the side, no need can meet an offer and
    raise the score, so the line of the projects holds."""
    return lowest_request if wish.want else min(lowest_request, matchmaking.LOWEST * scale)


def _partners(wish: Wish, hits: Sequence[Hit], scale: float = 1.0) -> list[Partner]:
    """Whom the hits stand for, best first: a request for itself, a project for up to three that took part in it, its
    coordinator first, and nobody twice."""
    related = ("request__region", "request__priority", "project")
    rows = {
        f"{row.pk}": row for row in MatchText.objects.filter(pk__in=[int(h.id) for h in hits]).select_related(*related)
    }
    took_part = participants(row.project_id for row in rows.values() if row.project_id is not None)
    taken: set[int] = set()
    partners: list[Partner] = []
    for hit in sorted(hits, key=lambda h: (-h.score, h.id)):
        row = rows.get(hit.id)
        if row is None:
            continue
        if row.request is not None:
            if row.request.state in Request.OPEN and wish.priority_id in (None, row.request.priority_id):
                partners.append(Partner(verdicts.key_of_request(row.request.pk), hit, row))
            continue
        free = [o for o in took_part.get(row.project_id, []) if o.pk not in taken and wish.admits(o)]
        for organisation in free[: matchmaking.PER_PROJECT]:
            taken.add(organisation.pk)
            partners.append(Partner(verdicts.key_of_organisation(organisation.pk), hit, row, organisation))
    return [
        replace(p, strength=matchmaking.strength(p.score, of_request=p.request is not None, scale=scale))
        for p in partners
    ]


def participants(projects: Iterable[int]) -> dict[int, list[Organisation]]:
    """The organisations of projects, the coordinator first; one query."""
    found: dict[int, list[Organisation]] = {}
    parts = Participation.objects.filter(project__in=[*projects]).select_related("organisation__region").order_by("pk")
    for part in sorted(parts, key=lambda p: p.role != matchmaking.COORDINATOR):
        found.setdefault(part.project_id, []).append(part.organisation)
    return found


def _moved(held: Catalogue, wish: Wish, said: Sequence[Verdict]) -> tuple[list[Hit], list[Partner], dict[str, Partner]]:
    """What a need finds after texts like and unlike what is looked for were named: hits, the partners they stand for,
    and every partner met on the way.

    A judged partner is known by its text, which only a search that finds it tells; so one that was found by an earlier
    judgement is met in the second round.
    """
    seen: dict[str, Partner] = {}
    moves: dict[str, tuple[str, ...]] = {}
    for _round in range(ROUNDS):
        hits = searched(held, wish, **moves)
        partners = _partners(wish, hits, held.scale)
        seen = {**{partner.key: partner for partner in partners}, **seen}
        found = _examples(said, seen)
        if found == moves:
            break
        moves = found
    return hits, partners, seen


def _examples(said: Sequence[Verdict], seen: Mapping[str, Partner]) -> dict[str, tuple[str, ...]]:
    """The texts that move the query, as far as they are known; none where nothing was said of a text."""
    judged = {
        "liked_ids": [v.document for v in said if v.accepted],
        "disliked_ids": [v.document for v in said if v.code == "wrong_topic"],
    }
    texts = {name: tuple(seen[key].hit.id for key in keys if key in seen) for name, keys in judged.items()}
    return {name: ids for name, ids in texts.items() if ids}


def _judged(
    partners: Sequence[Partner], said: Sequence[Verdict], seen: Mapping[str, Partner]
) -> tuple[list[Partner], list[Partner]]:
    """The partners after the verdicts, and those refused, also where the query has moved away from them."""
    from hansa.matching import after_verdicts

    known = {partner.key: partner for partner in partners}
    documents: dict[str, Document] = {
        key: verdicts.document_of(
            key, request=p.request if p.organisation is None else None, organisation=p.organisation
        )
        for key, p in {**seen, **known}.items()
    }
    hits = [replace(partner.hit, id=partner.key) for partner in partners]
    kept = after_verdicts(hits, documents, said, asker=QUERY)
    shown = [replace(known[hit.id], hit=replace(hit, id=known[hit.id].hit.id)) for hit in kept]
    refused = {verdict.document for verdict in said if not verdict.accepted} | (known.keys() - {hit.id for hit in kept})
    everybody = {**seen, **known}
    return shown, [partner for key, partner in everybody.items() if key in refused]


def _record(partner: Partner) -> list[dict[str, Any]]:
    return [matchmaking.record(partner.project)] if partner.project is not None else []


def objections(wish: Wish, partner: Partner, spoke: set[str]) -> list[dict[str, Any]]:
    """What speaks against a partner without having lowered its score, in the codes of `hansa.matching.AGAINST`."""
    given = {reason.signal for reason in partner.hit.reasons if reason.contribution > 0}
    made = [reason.as_json() for reason in partner.hit.reasons if reason.contribution < 0]
    for reason in partner.hit.reasons:
        rank, among = reason.params.get("rank"), reason.params.get("among")
        if reason.signal == "meaning" and rank and among and int(f"{rank}".rstrip("+")) > among / 4:
            made.append(_objection("meaning", "far_meaning", rank=rank, among=among))
    if "concepts" in spoke - given:
        made.append(_objection("concepts", "no_shared_concept"))
    if wish.want and partner.request is None:
        made.append(_objection("fit", "side_unclear", kind=PROJECT))
    return worth_saying(made)


def worth_saying(reasons: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Objections without a place among so few that it tells nothing."""
    return [
        reason
        for reason in reasons
        if reason["code"] != "far_meaning" or reason["params"]["among"] >= explanations.ENOUGH_TO_RANK
    ]


def _objection(signal: str, code: str, **params: Any) -> dict[str, Any]:
    return {"signal": signal, "contribution": 0.0, "code": code, "params": params}
