"""Step 4, assess: the potential abroad from computed and judged criteria, its ranking and how firm that is.

Computed measures of a criterion, each stated on its page: `regions_holding` and `mean_quotient` from step 2's regions,
`complementarity` (mean relatedness density that the other regions together add where a domain is lacking),
`joint_projects` (see `projects`), `demand` (requests that brokers published). Where the data for one are missing it
stays unknown and the weight is spread over what is known; the coverage tells how much that is.

Judged criteria: the median over the judges of their score 0..5; a judge who scored single regions alone, and not all of
them together, counts with the mean of those.

Ranking and firmness: see `robustness`; which change of a weight turns the ranking: see `turning`.
"""

from __future__ import annotations

import threading
import tomllib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

import numpy as np

from hansa.strategy.models import Criterion, CriterionScore, Priority, Run
from hansa.strategy.parts import parts
from hansa.strategy.queries import open_priorities
from hansa.strategy.stepwork.projects import joint_projects
from hansa.strategy.stepwork.robustness import Firmness, Floats, Observed, Ranking, firmness, ranking
from hansa.strategy.stepwork.rule import Rule, rule_of
from hansa.strategy.stepwork.turning import Turn, adjacent, smallest
from hansa.strategy.stepwork.verifying import Verification, verify

MEASURES = ("regions_holding", "mean_quotient", "complementarity", "joint_projects", "demand")
REGIONAL = frozenset({"regions_holding", "mean_quotient", "complementarity"})
KEPT = 8


@cache
def defaults() -> list[dict[str, Any]]:
    """The criteria a run begins with, as `criteria.toml` states them."""
    text = resources.files("hansa.strategy.stepwork").joinpath("criteria.toml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)["criterion"]
    return found


@dataclass(frozen=True)
class Judged:
    """What the judges said of one priority under one criterion: how many, their median and extremes (0..5)."""

    count: int
    median: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Row:
    """One priority in the ranking. `place` shares ties; None where nothing is known of it."""

    priority: Priority
    values: tuple[float | None, ...]
    normalised: tuple[float | None, ...]
    score: float | None
    coverage: float
    place: float | None
    around: dict[str, float | None]
    uniform: dict[str, float | None]


@dataclass(frozen=True)
class Assessment:
    """The open priorities of a run under its criteria, by primary key order of the priorities' numbers."""

    run: Run
    rule: Rule
    criteria: tuple[Criterion, ...]
    priorities: tuple[Priority, ...]
    observed: Observed
    judged: dict[tuple[int, int], Judged]
    ranking: Ranking

    @cached_property
    def firmness(self) -> dict[str, Firmness]:
        return _firmness(self.observed, self.rule)

    @cached_property
    def order(self) -> list[int]:
        """Rows with a known score, best first; ties in the order of their numbers."""
        known = [row for row, score in enumerate(self.ranking.scores) if np.isfinite(score)]
        return sorted(known, key=lambda row: (-self.ranking.scores[row], row))

    @cached_property
    def rows(self) -> list[Row]:
        """Best first, then those of which nothing is known."""
        rest = [row for row in range(len(self.priorities)) if row not in set(self.order)]
        return [self._row(row) for row in [*self.order, *rest]]

    @cached_property
    def turns_first(self) -> list[Turn]:
        """Per criterion the smallest change of its weight that gives the first place away."""
        return smallest(self.ranking.normalised.tolist(), self.observed.weights.tolist(), self.order, 1)

    @cached_property
    def turns_top(self) -> list[Turn]:
        """Per criterion the smallest change of its weight that changes who is among the first k."""
        return smallest(self.ranking.normalised.tolist(), self.observed.weights.tolist(), self.order, self.rule.top_k)

    @cached_property
    def neighbours(self) -> list[tuple[int, int, Turn | None]]:
        """Per pair of neighbours in the ranking, the smallest change of one weight at which they meet."""
        return adjacent(self.ranking.normalised.tolist(), self.observed.weights.tolist(), self.order)

    def _row(self, row: int) -> Row:
        values, places = self.observed.values[row], self.ranking.places
        return Row(
            priority=self.priorities[row],
            values=tuple(_known(value) for value in values),
            normalised=tuple(_known(value) for value in self.ranking.normalised[row]),
            score=_known(self.ranking.scores[row]),
            coverage=float(self.ranking.coverage[row]),
            place=_known(places[row]),
            around=_told(self.firmness["around"], row),
            uniform=_told(self.firmness["uniform"], row),
        )


def _known(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _told(found: Firmness, row: int) -> dict[str, float | None]:
    return {
        "in_top": float(found.in_first[row]),
        "first": float(found.first[row]),
        "low": _known(found.low[row]),
        "median": _known(found.median[row]),
        "high": _known(found.high[row]),
    }


def criteria_of(run: Run) -> list[Criterion]:
    return list(run.criteria.order_by("place", "pk"))


def assess(run: Run) -> Assessment | None:
    """The ranking of a run's open priorities; None while the run has no criteria or no open priority."""
    criteria = criteria_of(run)
    priorities = list(open_priorities().filter(run=run).select_related("run"))
    if not criteria or not priorities:
        return None
    found = verify(priorities)
    judges, scores = _scores(criteria, priorities)
    fixed = np.full((len(priorities), len(criteria)), np.nan)
    regional: dict[int, Floats] = {}
    judged: dict[int, Floats] = {}
    for column, criterion in enumerate(criteria):
        if criterion.origin == Criterion.Origin.JUDGED:
            judged[column] = scores[:, column] if judges else np.full((len(priorities), 1), np.nan)
        elif criterion.measure in REGIONAL:
            regional[column] = _regional(criterion.measure, [found[each.pk] for each in priorities])
        else:
            fixed[:, column] = _fixed(criterion.measure, run, priorities, found)
    observed = Observed(
        fixed=fixed,
        weights=np.array([criterion.weight for criterion in criteria]),
        directions=np.array([float(criterion.direction) for criterion in criteria]),
        regional=regional,
        judged=judged,
    )
    rule = rule_of(run)
    return Assessment(
        run,
        rule,
        tuple(criteria),
        tuple(priorities),
        observed,
        _spreads(criteria, priorities, judged),
        ranking(observed, _method(rule)),
    )


def _method(rule: Rule) -> Any:
    return rule.normalisation if rule.normalisation in ("minmax", "rank") else "minmax"


def _regional(measure: str, found: Sequence[Verification]) -> Floats:
    """Values (priorities, regions in the order of their codes)."""
    read = {
        "regions_holding": lambda each: None if each.measured is None else float(each.measured),
        "mean_quotient": lambda each: each.location_quotient,
        "complementarity": lambda each: each.added,
    }[measure]
    rows = [[read(each) for each in sorted(one.regions, key=lambda r: r.region.code)] for one in found]
    return np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=np.float64)


def _fixed(measure: str, run: Run, priorities: Sequence[Priority], found: dict[int, Verification]) -> Floats:
    unknown = np.full(len(priorities), np.nan)
    if measure == "demand":
        if not parts.demand:
            return unknown
        counted = [provide(priorities) for provide in parts.demand.values()]
        return np.array([float(sum(each.get(p.pk, 0) for each in counted)) for p in priorities])
    if measure == "joint_projects":
        domains = {p.pk: domains_of(found[p.pk]) for p in priorities}
        touching = joint_projects(run, set().union(*domains.values()) if domains else set())
        if touching is None:
            return unknown
        # a priority without any domain cannot be looked for
        counts = [
            float(len(frozenset().union(*(touching[d] for d in domains[p.pk])))) if domains[p.pk] else np.nan
            for p in priorities
        ]
        return np.array(counts)
    return unknown


def domains_of(found: Verification) -> set[str]:
    """The domains of a priority, its own or those of its themes."""
    return set(found.priority.domains) or {line.domain for line in found.concordance}


def _scores(criteria: Sequence[Criterion], priorities: Sequence[Priority]) -> tuple[list[int], Floats]:
    """The judges of the run, and their scores (priorities, criteria, judges); a judge's regions are averaged."""
    row = {priority.pk: n for n, priority in enumerate(priorities)}
    column = {criterion.pk: n for n, criterion in enumerate(criteria)}
    given = CriterionScore.objects.filter(criterion__in=criteria, priority__in=priorities).order_by("pk")
    by_cell: dict[tuple[int, int, int], dict[int | None, int]] = {}
    for each in given:
        cell = by_cell.setdefault((row[each.priority_id], column[each.criterion_id], each.judge_id), {})
        cell[each.region_id] = each.score
    judges = sorted({judge for _row, _column, judge in by_cell})
    found = np.full((len(priorities), len(criteria), len(judges)), np.nan)
    for (r, c, judge), said in by_cell.items():
        found[r, c, judges.index(judge)] = said[None] if None in said else sum(said.values()) / len(said)
    return judges, found


def _spreads(
    criteria: Sequence[Criterion], priorities: Sequence[Priority], judged: dict[int, Floats]
) -> dict[tuple[int, int], Judged]:
    """By primary keys of criterion and priority, what the judges said; nothing where nobody did."""
    found = {}
    for column, scores in judged.items():
        for row, priority in enumerate(priorities):
            known = scores[row][np.isfinite(scores[row])]
            if known.size:
                told = Judged(known.size, float(np.median(known)), float(known.min()), float(known.max()))
                found[criteria[column].pk, priority.pk] = told
    return found


_lock = threading.Lock()
_held: OrderedDict[bytes, dict[str, Firmness]] = OrderedDict()


def _firmness(observed: Observed, rule: Rule) -> dict[str, Firmness]:
    """The drawn rankings, kept per process for the last few inputs: the same input gives the same digits anyway."""
    import hashlib

    digest = hashlib.sha256(repr((rule, sorted(observed.regional), sorted(observed.judged))).encode())
    arrays = [observed.fixed, observed.weights, observed.directions]
    arrays += [each[key] for each in (observed.regional, observed.judged) for key in sorted(each)]
    for array in arrays:
        digest.update(repr(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    key = digest.digest()
    with _lock:
        if key in _held:
            _held.move_to_end(key)
            return _held[key]
    found = firmness(
        observed,
        k=rule.top_k,
        draws=rule.draws,
        seed=rule.seed,
        concentration=rule.concentration,
        method=_method(rule),
    )
    with _lock:
        _held[key] = found
        while len(_held) > KEPT:
            _held.popitem(last=False)
    return found
