"""Step 2, verify: what policy chose against what is measured, region by region, with every figure behind it.

*Chosen*: the region has a regional priority among the members; unknown where no priority of the region is recorded.
*Measured*: of a priority with domains, the region holds at least one of them (location quotient from the run's
threshold, size from its minimum); known not to, when all are known and none is held. Of a priority of themes alone,
the domains of its themes count together, each with the weight of the concordance: their weighted size and quotient
must reach the same thresholds, and at least `min_known` of the weight must be known.

The combined quotient is (Σ w x_rd / X_r) / (Σ w X_d / X) over the domains known in the region (Balassa 1965, on a
weighted sum of domains), X the sums over the run's reference area.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hansa.network.models import Region
from hansa.strategy.figures import known
from hansa.strategy.models import Disagreement, DisagreementAnswer, Priority, RegionalPriority, Run, ThemeDomain
from hansa.strategy.stepwork.evidence import RunEvidence, evidence_of
from hansa.strategy.stepwork.rule import Rule, by_run, rule_of

BOTH, NEITHER, UNKNOWN = "both", "neither", "unknown"
# what a reader sees first: policy without figures, figures without policy, what is unknown, then agreement
STANDINGS = (Disagreement.CHOSEN.value, Disagreement.MEASURED.value, UNKNOWN, BOTH, NEITHER)
DISAGREEMENTS = frozenset(Disagreement.values)


@dataclass(frozen=True)
class Line:
    """One domain in one region. None is unknown. `theme` is empty for a domain of the priority's own.

    `share` is that of the region's known total, `growth` compound per year, `ahead` what it grew faster per year than
    the domain in the reference area, `added` the relatedness density that the partners together would add.
    """

    domain: str
    theme: str
    weight: float
    value: float | None
    share: float | None
    location_quotient: float | None
    density: float | None
    complexity: float | None
    growth: float | None
    ahead: float | None
    added: float | None
    holds: bool | None


@dataclass(frozen=True)
class RegionFound:
    """Policy and statistics of one region side by side; `chosen` and `measured` are None where unknown.

    `size` is the weighted sum of the known values, `known` the share of the weight whose figure is known.
    """

    region: Region
    figures_from: str
    chosen: bool | None
    members: tuple[RegionalPriority, ...]
    measured: bool | None
    size: float | None
    share: float | None
    location_quotient: float | None
    density: float | None
    added: float | None
    growth: float | None
    known: float
    lines: tuple[Line, ...]
    answer: DisagreementAnswer | None

    @property
    def standing(self) -> str:
        if self.chosen is None or self.measured is None:
            return UNKNOWN
        if self.chosen:
            return BOTH if self.measured else Disagreement.CHOSEN.value
        return Disagreement.MEASURED.value if self.measured else NEITHER

    @property
    def is_disagreement(self) -> bool:
        return self.standing in DISAGREEMENTS

    @property
    def is_open(self) -> bool:
        """A disagreement that nobody has answered as it stands now."""
        return self.is_disagreement and self.answer is None


@dataclass(frozen=True)
class Verification:
    """One priority against the figures of its run; `regions` with disagreements first. None of it is stored yet."""

    priority: Priority
    rule: Rule
    evidence: RunEvidence | None
    concordance: tuple[ThemeDomain, ...]
    regions: tuple[RegionFound, ...]

    @property
    def by_themes(self) -> bool:
        return not self.priority.domains

    def count(self, standing: str) -> int:
        return sum(each.standing == standing for each in self.regions)

    @property
    def counts(self) -> dict[str, int]:
        return {standing: self.count(standing) for standing in STANDINGS}

    @property
    def disagreements(self) -> int:
        return sum(each.is_disagreement for each in self.regions)

    @property
    def unanswered(self) -> int:
        return sum(each.is_open for each in self.regions)

    @property
    def holding(self) -> int:
        return sum(each.measured is True for each in self.regions)

    @property
    def has_figures(self) -> bool:
        return any(each.location_quotient is not None for each in self.regions)

    @property
    def mean_quotient(self) -> float | None:
        """Mean of the combined location quotients of the regions where it is known."""
        return _mean(each.location_quotient for each in self.regions)

    @property
    def missing_domains(self) -> tuple[str, ...]:
        """Domains of the priority that the table does not have."""
        there = self.evidence.column_of if self.evidence else {}
        return tuple(
            domain for domain, _theme, _weight in _wanted(self.priority, self.concordance) if domain not in there
        )


def verify(priorities: Sequence[Priority]) -> dict[int, Verification]:
    """The verification of each priority by primary key, in a constant number of queries per run."""
    found: dict[int, Verification] = {}
    for run, together in by_run(priorities):
        found |= _of_run(run, together)
    return found


def _of_run(run: Run, priorities: Sequence[Priority]) -> dict[int, Verification]:
    rule = rule_of(run)
    evidence = evidence_of(run, rule.change_years)
    regions = sorted(run.regions.all(), key=lambda region: region.code)
    members = _members(priorities)
    spoken = set(
        RegionalPriority.objects.filter(region__in=regions, withdrawn_at__isnull=True).values_list(
            "region_id", flat=True
        )
    )
    answers = {
        (each.priority_id, each.region_id): each
        for each in DisagreementAnswer.objects.filter(priority__in=priorities).select_related("by")
    }
    concordance = _concordance(run, priorities)
    found = {}
    for priority in priorities:
        lines = (
            tuple(line for line in concordance if line.theme.code in priority.themes) if not priority.domains else ()
        )
        rows = [
            _region(
                evidence,
                rule,
                priority,
                lines,
                (number, region),
                tuple(members.get((priority.pk, region.pk), ())),
                region.pk in spoken,
                answers.get((priority.pk, region.pk)),
            )
            for number, region in enumerate(regions)
        ]
        rows.sort(key=lambda row: (STANDINGS.index(row.standing), -(row.location_quotient or 0.0), row.region.code))
        found[priority.pk] = Verification(priority, rule, evidence, lines, tuple(rows))
    return found


def _members(priorities: Sequence[Priority]) -> dict[tuple[int, int], list[RegionalPriority]]:
    """Members by (priority, region)."""
    through = Priority.members.through
    links = through.objects.filter(priority__in=priorities, regionalpriority__withdrawn_at__isnull=True)
    found: dict[tuple[int, int], list[RegionalPriority]] = {}
    for link in links.select_related("regionalpriority").order_by("regionalpriority__pk"):
        member = link.regionalpriority
        found.setdefault((link.priority_id, member.region_id), []).append(member)
    return found


def _concordance(run: Run, priorities: Sequence[Priority]) -> list[ThemeDomain]:
    codes = {code for priority in priorities if not priority.domains for code in priority.themes}
    if not codes:
        return []
    found = ThemeDomain.objects.filter(theme__code__in=codes, classification=run.classification, weight__gt=0)
    return list(found.select_related("theme"))


def _wanted(priority: Priority, concordance: Iterable[ThemeDomain]) -> list[tuple[str, str, float]]:
    """Domain, theme and weight; a domain of two themes counts once, with the larger weight."""
    if priority.domains:
        return [(domain, "", 1.0) for domain in priority.domains]
    best: dict[str, tuple[str, str, float]] = {}
    for line in concordance:
        if line.domain not in best or line.weight > best[line.domain][2]:
            best[line.domain] = (line.domain, line.theme.code, line.weight)
    return [best[domain] for domain in sorted(best)]


def _region(
    evidence: RunEvidence | None,
    rule: Rule,
    priority: Priority,
    concordance: Sequence[ThemeDomain],
    place: tuple[int, Region],
    members: tuple[RegionalPriority, ...],
    spoken: bool,
    answer: DisagreementAnswer | None,
) -> RegionFound:
    number, region = place
    wanted = _wanted(priority, concordance)
    lines = tuple(_line(evidence, number, *each) for each in wanted) if evidence else ()
    combined = _combined(evidence, number, lines)
    measured = _measured(priority, lines, combined, rule)
    found = RegionFound(
        region=region,
        figures_from=evidence.outcome.sources[number] if evidence else "",
        chosen=bool(members) if members or spoken else None,
        members=members,
        measured=measured,
        density=_mean((line.density for line in lines), [line.weight for line in lines]),
        added=_mean((line.added for line in lines), [line.weight for line in lines]),
        growth=_mean((line.growth for line in lines), [(line.value or 0.0) * line.weight for line in lines]),
        lines=lines,
        answer=None,
        **combined,
    )
    holds_still = answer is not None and answer.disagreement == found.standing
    return found if not holds_still else RegionFound(**{**_fields(found), "answer": answer})


def _fields(found: RegionFound) -> dict[str, Any]:
    return {name: getattr(found, name) for name in RegionFound.__dataclass_fields__}


def _line(evidence: RunEvidence | None, number: int, domain: str, theme: str, weight: float) -> Line:
    column = evidence.column_of.get(domain) if evidence else None
    if evidence is None or column is None:
        return Line(domain, theme, weight, *([None] * 9))
    outcome, threshold = evidence.outcome, evidence.run.parameters
    value = outcome.cell("value", number, column)
    quotient = outcome.cell("location_quotient", number, column)
    total = evidence.activity.region_totals[outcome.rows[number]]
    holds = None
    if value is not None and quotient is not None:
        holds = bool(quotient >= threshold["threshold"] and value >= threshold["min_size"])
    return Line(
        domain=domain,
        theme=theme,
        weight=weight,
        value=value,
        share=known(value / total) if value is not None and total > 0 else None,
        location_quotient=quotient,
        density=outcome.cell("density", number, column),
        complexity=outcome.complexity(column),
        growth=evidence.yearly(number, column),
        ahead=evidence.ahead(number, column),
        added=known(evidence.added[number, column]),
        holds=holds,
    )


def _combined(evidence: RunEvidence | None, number: int, lines: Sequence[Line]) -> dict[str, Any]:
    """Size, share and quotient of the domains together, over those known in the region, and the share known."""
    all_weight = sum(line.weight for line in lines)
    there = [line for line in lines if line.value is not None and line.location_quotient is not None]
    share_known = sum(line.weight for line in there) / all_weight if all_weight else 0.0
    if evidence is None or not there:
        return {"size": None, "share": None, "location_quotient": None, "known": share_known}
    activity = evidence.activity
    size = sum(line.weight * (line.value or 0.0) for line in there)
    total = float(activity.region_totals[evidence.outcome.rows[number]])
    common = sum(line.weight * float(activity.domain_totals[evidence.column_of[line.domain]]) for line in there)
    share = size / total if total > 0 else float("nan")
    reference = common / activity.total if activity.total > 0 else float("nan")
    return {
        "size": known(size),
        "share": known(share),
        "location_quotient": known(share / reference) if reference > 0 else None,
        "known": share_known,
    }


def _measured(priority: Priority, lines: Sequence[Line], combined: Mapping[str, Any], rule: Rule) -> bool | None:
    if not lines:
        return None
    if priority.domains:
        held = [line.holds for line in lines]
        return True if True in held else None if None in held else False
    quotient, size = combined["location_quotient"], combined["size"]
    if quotient is None or size is None or combined["known"] < rule.min_known:
        return None
    parameters = priority.run.parameters
    return bool(quotient >= parameters["threshold"] and size >= parameters["min_size"])


def _mean(values: Iterable[float | None], weights: Sequence[float] | None = None) -> float | None:
    """Weighted mean of the known; None where none is known or none of them weighs anything."""
    listed = list(values)
    pairs = [
        (value, weight)
        for value, weight in zip(listed, weights if weights is not None else [1.0] * len(listed), strict=True)
        if value is not None
    ]
    total = sum(weight for _value, weight in pairs)
    return known(np.float64(sum(value * weight for value, weight in pairs) / total)) if pairs and total > 0 else None
