"""Partners suggested by who has worked with whom, for organisations with a history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

from hansa.matching.explain import Reason
from hansa.matching.records import Hit

_RRF = 60
_SHOWN = 3


@dataclass(frozen=True)
class Project:
    """A project and the organisations in it; `year` is when it began."""

    id: str
    members: tuple[str, ...]
    year: int | None = None


@dataclass(frozen=True)
class PartnerQuery:
    """Whose partners are looked for. `new_only` leaves out past partners; `before` looks only at projects that began
    earlier than that year (those without a year count as earlier)."""

    id: str
    organisation: str
    new_only: bool = False
    before: int | None = None


def partners(projects: Iterable[Project], query: PartnerQuery, limit: int = 20) -> list[Hit]:
    """Organisations a given one may want to work with, best first; equal scores in order of id.

    Two rankings are fused by reciprocal rank (Cormack, Clarke and Buettcher 2009, k = 60): by shared projects, and by
    common partners weighted 1 / ln(1 + number of their partners) (after Adamic and Adar 2003, so that an organisation
    that knows everybody says little). Equal values share a rank. The score is divided by what first place in both
    would give, so it lies between 0 and 1; contributions of the reasons add up to it. An organisation without
    projects gets no suggestions: use its texts. Raises ValueError if `limit` is below 1.
    """
    if limit < 1:
        raise ValueError(f"The limit is {limit}: at least one partner must be asked for.")
    together = _together(projects, query.before)
    own = together.get(query.organisation, Counter())
    common: dict[str, dict[str, float]] = defaultdict(dict)
    for partner in own:
        weight = 1 / log(1 + max(2, len(together[partner])))
        for candidate in together[partner]:
            if candidate != query.organisation:
                common[candidate][partner] = weight
    near = {candidate: sum(between.values()) for candidate, between in common.items()}
    known = {} if query.new_only else dict(own)
    if query.new_only:
        near = {candidate: value for candidate, value in near.items() if candidate not in own}
    best = (1 if known else 0) + (1 if near else 0)
    known_ranks, near_ranks = _ranks(known), _ranks(near)
    reasons: dict[str, list[Reason]] = defaultdict(list)
    for candidate, rank in known_ranks.items():
        share = (_RRF + 1) / (_RRF + rank) / best
        reasons[candidate].append(Reason("history", share, "past_partner", {"projects": known[candidate]}))
    for candidate, rank in near_ranks.items():
        share = (_RRF + 1) / (_RRF + rank) / best
        between = sorted(common[candidate], key=lambda p: (-common[candidate][p], p))
        params = {"count": len(between), "organisations": between[:_SHOWN]}
        reasons[candidate].append(Reason("network", share, "common_partners", params))
    scores = {candidate: sum(r.contribution for r in said) for candidate, said in reasons.items()}
    order = sorted(scores, key=lambda candidate: (-scores[candidate], candidate))[:limit]
    return [
        Hit(query.id, rank, c, scores[c], tuple(sorted(reasons[c], key=lambda r: -r.contribution)))
        for rank, c in enumerate(order, start=1)
    ]


def _together(projects: Iterable[Project], before: int | None) -> dict[str, Counter[str]]:
    """Number of shared projects per pair of organisations."""
    together: dict[str, Counter[str]] = defaultdict(Counter)
    for project in projects:
        if before is not None and project.year is not None and project.year >= before:
            continue
        members = sorted(set(project.members))
        for one in members:
            together[one].update(other for other in members if other != one)
    return together


def _ranks(values: Mapping[str, float]) -> dict[str, int]:
    """Rank per key, 1 for the largest value; equal values share the better rank."""
    ranks: dict[str, int] = {}
    previous, rank = None, 0
    for place, key in enumerate(sorted(values, key=lambda k: -values[k]), start=1):
        if values[key] != previous:
            previous, rank = values[key], place
        ranks[key] = rank
    return ranks
