"""Who is shown against who turned out relevant, and the partnership's lift of less developed regions.

What counts as less developed is the list that the lead partner keeps in `LiftSetting`; nothing here decides it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Min, QuerySet

from hansa.brokerage.models import Case, LiftSetting, Match, Request
from hansa.network.models import Participation, Region

if TYPE_CHECKING:
    from hansa.brokerage.matchmaking import Candidate
    from hansa.matching import Hit, Lift
    from hansa.matching.fairness import GroupExposure, Lifted

LISTED = "less_developed"
OTHER = "other_regions"
UNKNOWN = "unknown"
NEWCOMER = "newcomer"
KNOWN = "known"
ENOUGH = 30
"""Queries below which figures are told as too few: an interval over fewer says little. A judgement."""
MOST_QUERIES = 5_000
RELEVANT = (Match.State.SHORT_LISTED, Match.State.INTRODUCED)


def setting() -> LiftSetting:
    """The partnership's setting; nothing is lifted until the lead partner has made one."""
    return LiftSetting.objects.first() or LiftSetting()


def lifted_for_partnership(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates of one request in the order in which the partnership wants them shown.

    Unchanged while the lift is off. Scores stay; who has moved carries one more reason, of contribution 0, that says
    so. Give the candidates in falling order of score, before they are cut to what is kept: only who is in the list can
    be lifted. One query.
    """
    held = setting()
    lift = _lift(held)
    if not held.on or lift.off:
        return list(candidates)
    given = {f"{place}": candidate for place, candidate in enumerate(candidates)}
    groups = {key: region_group(_region(candidate), held.regions) for key, candidate in given.items()}
    made = _lifted([(key, candidate.score) for key, candidate in given.items()], groups, lift)
    told = {hit.id: hit.reasons for hit in made.hits}
    return [
        replace(given[hit.id], reasons=[*given[hit.id].reasons, *(reason.as_json() for reason in told[hit.id])])
        for hit in made.hits
    ]


def region_group(region: Region | None, listed: Sequence[str]) -> str:
    """Whether a region lies in the lead partner's list; a code stands for all below it. Without a list all regions are
    others, without a region it is unknown; of a region larger than a listed one it is not known either."""
    if region is None:
        return UNKNOWN
    if any(region.code.startswith(code) for code in listed):
        return LISTED
    return UNKNOWN if any(code.startswith(region.code) for code in listed) else OTHER


def _region(candidate: Candidate) -> Region | None:
    if candidate.request is not None:
        return candidate.request.region
    return candidate.organisation.region if candidate.organisation is not None else None


def _lift(held: LiftSetting) -> Lift:
    from hansa.matching import Lift

    return Lift(groups=(LISTED,) if held.regions else (), share=held.share, depth=held.depth)


def _lifted(scored: Sequence[tuple[str, float]], groups: Mapping[str, str], lift: Lift, query: str = "q") -> Lifted:
    from hansa.matching import Hit, lifted

    hits: list[Hit] = [Hit(query, rank, key, score) for rank, (key, score) in enumerate(scored, start=1)]
    return lifted(hits, groups, lift)


@dataclass(frozen=True)
class Shown:
    """The matches of the requests of a period: keys best first per request, which of them turned out relevant, and the
    groups that each key belongs to."""

    rankings: Mapping[str, list[str]]
    scores: Mapping[str, list[tuple[str, float]]]
    relevance: Mapping[str, Mapping[str, float]]
    by_region: Mapping[str, str]
    by_past: Mapping[str, str]

    @property
    def decided(self) -> int:
        """Requests with somebody short-listed or introduced."""
        return sum(bool(relevant) for relevant in self.relevance.values())


def shown(since: date | None = None, until: date | None = None, listed: Sequence[str] | None = None) -> Shown:
    """What was shown for requests whose matches were computed in a period, the latest `MOST_QUERIES` requests at most.

    The number of queries does not depend on how many there are.
    """
    codes = setting().regions if listed is None else listed
    rows = list(_matches(since, until))
    debut = _first_cases()
    projects = _few_projects(rows)
    rankings: dict[str, list[str]] = {}
    scores: dict[str, list[tuple[str, float]]] = {}
    relevance: dict[str, dict[str, float]] = {}
    by_region: dict[str, str] = {}
    by_past: dict[str, str] = {}
    for match in rows:
        query, key = f"{match.request_id}", f"{match.pk}"
        rankings.setdefault(query, []).append(key)
        scores.setdefault(query, []).append((key, match.score))
        found = relevance.setdefault(query, {})
        if match.state in RELEVANT:
            found[key] = 1.0
        by_region[key] = region_group(match.region, codes)
        by_past[key] = _past(match, debut, projects)
    return Shown(rankings, scores, relevance, by_region, by_past)


def _matches(since: date | None, until: date | None) -> QuerySet[Match]:
    found = Match.objects.select_related("region", "other_request")
    asked = Request.objects.filter(matched_at__isnull=False)
    if since is not None:
        asked = asked.filter(matched_at__date__gte=since)
    if until is not None:
        asked = asked.filter(matched_at__date__lte=until)
    latest = list(asked.order_by("-matched_at", "-pk").values_list("pk", flat=True)[:MOST_QUERIES])
    return found.filter(request__in=latest).order_by("request", "rank", "pk").defer("text", "reasons")


def _first_cases() -> dict[tuple[str, int], object]:
    """When each organisation, and each agency, was first in a case."""
    first: dict[tuple[str, int], object] = {}
    by_organisation = Case.objects.filter(match__organisation__isnull=False).values_list("match__organisation")
    for pk, at in by_organisation.annotate(at=Min("opened_at")):
        first["organisation", pk] = at
    for side in ("agency", "other_agency"):
        for pk, at in Case.objects.filter(**{f"{side}__isnull": False}).values_list(side).annotate(at=Min("opened_at")):
            known = first.get(("agency", pk))
            first["agency", pk] = at if known is None else min(known, at)  # type: ignore[type-var]
    return first


def _few_projects(rows: Sequence[Match]) -> dict[int, int]:
    """How many projects each organisation among the matches took part in."""
    from django.db.models import Count

    keys = {match.organisation_id for match in rows if match.organisation_id is not None}
    counted = Participation.objects.filter(organisation__in=keys).values_list("organisation")
    return dict(counted.annotate(n=Count("pk")))


def _past(match: Match, debut: Mapping[tuple[str, int], object], projects: Mapping[int, int]) -> str:
    """`newcomer`: in no case before this match, and known by no other project than the one that speaks here."""
    if match.organisation_id is not None:
        first = debut.get(("organisation", match.organisation_id))
        alone = projects.get(match.organisation_id, 0) <= 1
    else:
        other = match.other_request
        first = debut.get(("agency", other.agency_id)) if other is not None else None
        alone = True
    before = first is not None and first < match.computed_at  # type: ignore[operator]
    return NEWCOMER if alone and not before else KNOWN


def exposures(found: Shown, groups: Mapping[str, str]) -> tuple[GroupExposure, ...]:
    """Exposure against relevance per group; empty where no request has both."""
    from hansa.matching import exposure

    try:
        return exposure(found.rankings, found.relevance, groups)
    except ValueError:
        return ()


@dataclass(frozen=True)
class LiftCost:
    """What a lift would change on the stored matches: `queries` lists looked at, `changed` of them in another order,
    mean nDCG lost against the scores and, over `judged` lists, against what brokers accepted (a gain is below zero).
    `cost` is None where there is nothing to measure on."""

    queries: int
    changed: int
    short: int
    cost: float | None
    judged: int
    judged_cost: float | None


def measured_cost(held: LiftSetting, found: Shown | None = None) -> LiftCost:
    """The cost of a setting, on or off, measured on the stored matches as they were scored."""
    from hansa.matching import Hit, lifted

    found = found or shown(listed=held.regions)
    lift = _lift(held)
    costs: list[float] = []
    judged: list[float] = []
    changed = short = 0
    for query, row in found.scores.items():
        ranked = sorted(row, key=lambda pair: -pair[1])
        hits = [Hit(query, rank, key, score) for rank, (key, score) in enumerate(ranked, start=1)]
        made = lifted(hits, found.by_region, lift)
        costs.append(made.cost)
        changed += bool(made.moves)
        short += bool(made.short)
        if found.relevance.get(query):
            judged.append(lifted(hits, found.by_region, lift, found.relevance[query]).cost)
    return LiftCost(len(costs), changed, short, _mean(costs), len(judged), _mean(judged))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
