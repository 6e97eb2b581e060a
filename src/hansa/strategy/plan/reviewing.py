"""What the newest figures say of a priority beside those it was made from, and what follows by a stated rule.

Both sides are measured alike: the run's regions, reference area and parameters on the evidence kept with the run
(then) and on the loaded figures (now), with the arithmetic of `proposal`. An unknown figure is neither held nor lost.

A domain is *carried* where at least `min_regions` regions hold it (shared), or where at least one holds it and
`min_regions` others are close to it (complementary); where that hangs on unknown figures it is unknown.

The rule, Hansa's own: *reopen* where figures once carried at least one of its domains and now carry none for certain;
*look again* where a domain or a holding region was lost or is unknown, where the strength fell by the stated share, or
where an indicator or a milestone asks for attention; *keep* otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hansa import evidence
from hansa.strategy import computing, figures
from hansa.strategy.models import Priority, ReviewItem, Run
from hansa.strategy.proposal import Parameters, Table, held_cells, mean_quotient, near_cells

if TYPE_CHECKING:
    from hansa.specialisation import Activity

Verdict = ReviewItem.Verdict


@dataclass(frozen=True)
class Cell:
    """One region and one domain: held or not (None unknown), close to it or not, and its figures."""

    held: bool | None
    near: bool | None
    location_quotient: float | None
    value: float | None


UNKNOWN = Cell(None, None, None, None)


@dataclass(frozen=True)
class Picture:
    """The figures of a run's regions at one moment: cells by (region, domain) and strength by (kind, domain)."""

    cells: Mapping[tuple[str, str], Cell]
    strengths: Mapping[tuple[str, str], float]

    def cell(self, region: str, domain: str) -> Cell:
        return self.cells.get((region, domain), UNKNOWN)

    def strength(self, kind: str, domains: Sequence[str]) -> float | None:
        """The largest strength of the domains whose figures are known; None where none is."""
        known = [self.strengths[kind, d] for d in domains if (kind, d) in self.strengths]
        return max(known, default=None)


def picture(run: Run, activity: Activity, sources: Mapping[str, str]) -> Picture:
    """Measure `activity` by the run's rule. `sources`: region code -> code its figures are looked for under."""
    usable = {
        code: source for code, source in sources.items() if evidence.fallback(source, activity.regions).code is not None
    }
    if not usable:
        return Picture({}, {})
    rule = Parameters(**run.parameters)
    outcome = computing.compute(activity, usable, run.reference, rule)
    rows = list(outcome.rows)
    measured = outcome.measures
    table = Table(
        measured.location_quotient.values[rows],
        measured.density.values[rows],
        measured.proximity.values,
        measured.activity.values[rows],
    )
    held = held_cells(table, rule)
    near = near_cells(table, held, rule.near_share, rule.threshold)
    quotient = mean_quotient(table, held)
    cells, strengths = {}, {}
    for d, domain in enumerate(outcome.domains):
        known = np.isfinite(table.location_quotient[:, d])
        for r, code in enumerate(outcome.codes):
            lq, value = outcome.cell("location_quotient", r, d), outcome.cell("value", r, d)
            cells[code, domain] = Cell(
                bool(held[r, d]) if known[r] else None, bool(near[r, d]) if known[r] else None, lq, value
            )
        if known.any():
            strengths["shared", domain] = float(held[:, d].mean() * np.log2(1 + quotient[d]))
            strengths["complementary", domain] = float(near[:, d].mean() * np.log2(1 + quotient[d]))
    return Picture(cells, strengths)


def kept_picture(priorities: Sequence[Priority]) -> Picture:
    """What was stored with the priorities, for a run that is older than the keeping of evidence."""
    cells = {
        (f.region.code, f.domain): Cell(f.role == "holds", f.role == "near", f.location_quotient, f.value)
        for p in priorities
        for f in p.figures.all()
    }
    return Picture(cells, {})


def same_evidence(run: Run, loaded: figures.Figures) -> bool:
    """Whether the loaded figures are those that the run was made from, cell by cell."""
    if run.evidence is None:
        return run.table == loaded.name and run.evidence_version == loaded.version
    kept = computing.unpacked(bytes(run.evidence.content), run.evidence.year)
    return (
        run.evidence.year == loaded.year
        and list(kept.regions) == list(loaded.regions)
        and list(kept.domains) == list(loaded.domains)
        and bool(np.array_equal(kept.values, loaded.value, equal_nan=True))
    )


def carried(kind: str, cells: Sequence[Cell], least: int) -> bool | None:
    """Whether the figures carry a domain; None where that hangs on unknown figures."""
    holding = sum(cell.held is True for cell in cells)
    unknown = sum(cell.held is None for cell in cells)
    if kind == Priority.Kind.SHARED:
        return True if holding >= least else None if holding + unknown >= least else False
    near = sum(cell.near is True for cell in cells)
    if holding >= 1 and near >= least:
        return True
    return None if unknown and near + unknown >= least else False


@dataclass(frozen=True)
class Signals:
    """What the plan says of a priority: indicators behind or silent, and overdue milestones, in their own words."""

    indicators: Sequence[str] = ()
    milestones: Sequence[str] = ()


def compared(
    priority: Priority, regions: Sequence[str], then: Picture, now: Picture, signals: Signals
) -> dict[str, Any]:
    """What a review keeps of a priority, as JSON."""
    cells = [
        {
            "domain": domain,
            "region": region,
            "then": then.cell(region, domain).held,
            "now": now.cell(region, domain).held,
            "quotient_then": then.cell(region, domain).location_quotient,
            "quotient_now": now.cell(region, domain).location_quotient,
        }
        for domain in priority.domains
        for region in regions
    ]
    least = int(priority.run.parameters.get("min_regions", 2))
    domains = [
        {
            "domain": domain,
            "then": carried(priority.kind, [then.cell(r, domain) for r in regions], least),
            "now": carried(priority.kind, [now.cell(r, domain) for r in regions], least),
            "held_then": sum(then.cell(r, domain).held is True for r in regions),
            "held_now": sum(now.cell(r, domain).held is True for r in regions),
            "unknown_now": sum(now.cell(r, domain).held is None for r in regions),
        }
        for domain in priority.domains
    ]
    strength_then = then.strength(priority.kind, priority.domains)
    return {
        "cells": cells,
        "domains": domains,
        "strength_then": priority.score if strength_then is None else strength_then,
        "strength_now": now.strength(priority.kind, priority.domains),
        "indicators": list(signals.indicators),
        "milestones": list(signals.milestones),
    }


def proposed(found: Mapping[str, Any], *, strength_fall: float) -> tuple[str, list[dict[str, Any]]]:
    """What follows by the rule, with every reason: a code and its figures. Pure arithmetic on what `compared` kept."""
    domains, reasons = found["domains"], []
    gone = [d for d in domains if d["then"] is True and d["now"] is False]
    unclear = [d for d in domains if d["then"] is True and d["now"] is None]
    once = [d for d in domains if d["then"] is True]
    reasons += [{"code": "domain_lost", **_of(d)} for d in gone]
    reasons += [{"code": "domain_unknown", **_of(d)} for d in unclear]
    lost = [c for c in found["cells"] if c["then"] is True and c["now"] is False]
    missing = [c for c in found["cells"] if c["then"] is True and c["now"] is None]
    reasons += [{"code": "region_lost", "region": c["region"], "domain": c["domain"]} for c in lost]
    reasons += [{"code": "region_unknown", "region": c["region"], "domain": c["domain"]} for c in missing]
    then, now = found["strength_then"], found["strength_now"]
    if then and now is not None and now <= then * (1 - strength_fall):
        reasons.append({"code": "weaker", "then": then, "now": now})
    reasons += [{"code": "indicator", "text": text} for text in found["indicators"]]
    reasons += [{"code": "milestone", "text": text} for text in found["milestones"]]
    if once and not any(d["now"] is not False for d in domains):
        return Verdict.REOPEN, reasons
    if reasons:
        return Verdict.LOOK, reasons
    return Verdict.KEEP, [{"code": "carried"} if once else {"code": "never_carried" if domains else "no_domains"}]


def _of(domain: Mapping[str, Any]) -> dict[str, Any]:
    return {name: domain[name] for name in ("domain", "held_then", "held_now", "unknown_now")}
