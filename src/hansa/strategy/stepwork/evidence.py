"""The kept evidence of a run with its measures, computed once per process: what verification and assessment read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hansa.evidence import EvidenceError
from hansa.strategy import computing, figures
from hansa.strategy.actions.runs import figure_code
from hansa.strategy.computing import Outcome
from hansa.strategy.figures import known
from hansa.strategy.models import EvidenceCopy, Run
from hansa.strategy.proposal import Parameters

if TYPE_CHECKING:
    from hansa.specialisation import Activity, Growth

Floats = NDArray[np.float64]
KEPT_RUNS = 8


@dataclass(frozen=True)
class RunEvidence:
    """What the figures of a run say. Rows of `outcome.measures` stand for its regions, see `Outcome.rows`."""

    run: Run
    outcome: Outcome
    earlier: Activity | None

    @cached_property
    def column_of(self) -> dict[str, int]:
        return {code: column for column, code in enumerate(self.outcome.domains)}

    @property
    def activity(self) -> Activity:
        return self.outcome.measures.activity

    @property
    def complexity_trusted(self) -> bool:
        """Whether the direction of complexity may order anything; see `profile.complexity_direction`."""
        sign = self.outcome.measures.complexity.sign
        return sign is not None and sign.firm and sign.ubiquity_weighted < 0

    @property
    def unit(self) -> str:
        return str(self.run.evidence.entry.get("unit", "")) if self.run.evidence else ""

    @cached_property
    def added(self) -> Floats:
        """What the run's other regions together add to the density of a domain that a region lacks.

        Shape (regions of the run, domains), shares of 1; NaN where the region is not known to lack the domain.
        Partners that take their figures from the same place as the region add nothing and are left out.
        """
        from hansa.specialisation.partners import added_density

        measures, rows = self.outcome.measures, self.outcome.rows
        weights = measures.complementarity.weights
        found = []
        for row in rows:
            partners = sorted(set(rows) - {row})
            found.append(added_density(measures.presence, weights, row, partners) if partners else None)
        unknown = np.full(len(self.outcome.domains), np.nan)
        return np.array([unknown if each is None else each for each in found])

    @cached_property
    def change(self) -> Growth | None:
        """Growth of every cell from the earlier year, on the grid of both; None where the table has one year alone."""
        from hansa.specialisation import growth

        return growth(self.earlier, self.activity) if self.earlier is not None else None

    def yearly(self, region: int, column: int) -> float | None:
        """Compound yearly growth of a cell (0.05 is 5 % a year); None is unknown."""
        return self._rate(region, column, "cells")

    def ahead(self, region: int, column: int) -> float | None:
        """By how much the cell grew faster in a year than its domain in the whole reference area."""
        cell, domain = self._rate(region, column, "cells"), self._rate(region, column, "by_domain")
        return None if cell is None or domain is None else cell - domain

    def _rate(self, region: int, column: int, what: str) -> float | None:
        if self.change is None:
            return None
        at = self.change.labels.domains.index(self.outcome.domains[column])
        if what == "by_domain":
            return known(self.change.by_domain.compound[at])
        row = self.change.labels.regions.index(self.activity.regions[self.outcome.rows[region]])
        return known(self.change.cells.compound[row, at])


_lock = threading.Lock()
_held: OrderedDict[tuple[object, ...], RunEvidence] = OrderedDict()


def evidence_of(run: Run, change_years: int) -> RunEvidence | None:
    """The run's evidence with its measures; None for a run older than the keeping of evidence."""
    if run.evidence_id is None:
        return None
    chosen = sorted(run.regions.all(), key=lambda region: region.code)
    codes = {region.code: figure_code(region) for region in chosen}
    places = tuple(codes.items())
    key = (run.pk, run.digest, run.evidence_id, run.evidence_version, tuple(run.reference), places, change_years)
    with _lock:
        if key in _held:
            _held.move_to_end(key)
            return _held[key]
    copy = run.evidence
    assert copy is not None  # noqa: S101 - its key is there
    activity = computing.unpacked(bytes(copy.content), copy.year)
    outcome = computing.compute(activity, codes, run.reference, Parameters(**run.parameters))
    found = RunEvidence(run, outcome, _earlier(run, outcome, change_years))
    with _lock:
        _held[key] = found
        while len(_held) > KEPT_RUNS:
            _held.popitem(last=False)
    return found


def _earlier(run: Run, outcome: Outcome, change_years: int) -> Activity | None:
    """The year that change is counted from, cut to the reference area; None where the table has none before."""
    base = earlier_year(run, change_years)
    if base is None:
        return None
    kept = EvidenceCopy.objects.filter(table=run.table, version=run.evidence_version, year=base).first()
    activity = computing.unpacked(bytes(kept.content), base) if kept else _stored(run, base)
    return computing.within(activity, run.reference, outcome.sources) if activity is not None else None


def earlier_year(run: Run, change_years: int) -> int | None:
    """The latest year at least `change_years` before the run's, else the table's first; None where there is none."""
    copy = run.evidence
    if copy is None or copy.year is None:
        return None
    years = [year for year in copy.entry.get("years", ()) if year < copy.year]
    far = [year for year in years if year <= copy.year - change_years]
    return max(far) if far else min(years, default=None)


def _stored(run: Run, year: int) -> Activity | None:
    """That year from the store, as long as the table in it is the one the run was computed from."""
    from hansa.specialisation import Activity

    shelf = figures.store()
    try:
        entry = shelf.manifest().get(run.table)
        if entry is None or run.evidence is None or entry.get("sha256") != run.evidence.entry.get("sha256"):
            return None
        grid = shelf.activity(run.table).grid(year)
    except EvidenceError:
        return None
    return Activity.from_matrix(grid.regions, grid.domains, grid.values, year=grid.year)


def keep_earlier(run: Run, change_years: int) -> None:
    """Keep the year that change is counted from beside the run's own, so that a result can be computed again."""
    base = earlier_year(run, change_years)
    activity = _stored(run, base) if base is not None else None
    if activity is not None and run.evidence is not None:
        EvidenceCopy.objects.get_or_create(
            table=run.table,
            version=run.evidence_version,
            year=base,
            defaults={"content": computing.packed(activity), "entry": run.evidence.entry},
        )
