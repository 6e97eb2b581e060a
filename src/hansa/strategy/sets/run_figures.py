"""The figures of a run as it was computed: for any domain of its table, which regions hold it or are close to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hansa.strategy import computing
from hansa.strategy.actions.runs import figure_code
from hansa.strategy.models import EvidenceCopy, Priority, Run
from hansa.strategy.proposal import Parameters, Table, held_cells, mean_quotient, near_cells

Held = NDArray[np.bool_]


@dataclass(frozen=True)
class RunFigures:
    """`outcome` is the run computed again from the evidence it kept; its regions are those of the run."""

    outcome: computing.Outcome
    parameters: Parameters
    column_of: dict[str, int]

    @cached_property
    def table(self) -> Table:
        rows = list(self.outcome.rows)
        found = self.outcome.measures
        return Table(
            found.location_quotient.values[rows],
            found.density.values[rows],
            found.proximity.values,
            found.activity.values[rows],
        )

    @cached_property
    def held(self) -> Held:
        return held_cells(self.table, self.parameters)

    @cached_property
    def near(self) -> Held:
        return near_cells(self.table, self.held, self.parameters.near_share, self.parameters.threshold)

    def proximity(self, a: str, b: str) -> float | None:
        """Proximity of two domains, None where the table lacks one or it is unknown."""
        if a not in self.column_of or b not in self.column_of:
            return None
        found = float(self.table.proximity[self.column_of[a], self.column_of[b]])
        return found if np.isfinite(found) else None

    def strength(self, domains: Sequence[str], kind: str) -> float | None:
        """The strength of `proposal` for any domains: the largest of them; None where the table has none of them."""
        columns = [self.column_of[d] for d in domains if d in self.column_of]
        if not columns:
            return None
        share = (self.held if kind == Priority.Kind.SHARED else self.near).mean(axis=0)
        strength = share * np.log2(1 + mean_quotient(self.table, self.held))
        return float(max(strength[column] for column in columns))

    def cells(self, domains: Sequence[str]) -> list[dict[str, Any]]:
        """The fields of a `PriorityFigure` for every region that holds or is near a domain; `region` is its code."""
        found = []
        for domain in domains:
            column = self.column_of.get(domain)
            if column is None:
                continue
            for role, cells in (("holds", self.held), ("near", self.near)):
                for row in np.flatnonzero(cells[:, column]).tolist():
                    found.append(
                        {
                            "region": self.outcome.codes[row],
                            "figures_from": self.outcome.sources[row],
                            "domain": domain,
                            "role": role,
                            "value": self.outcome.cell("value", row, column),
                            "location_quotient": self.outcome.cell("location_quotient", row, column),
                            "density": self.outcome.cell("density", row, column),
                            "complexity": self.outcome.complexity(column),
                        }
                    )
        return found


def figures_of(run: Run) -> RunFigures | None:
    """The figures of a run; None where it kept no evidence."""
    if run.evidence_id is None:
        return None
    regions = tuple(sorted((r.code, figure_code(r)) for r in run.regions.select_related("parent")))
    parameters = tuple(sorted(run.parameters.items()))
    return _computed(run.evidence_id, f"{run.created_at:%s%f}", regions, tuple(run.reference), parameters)


@lru_cache(maxsize=4)
def _computed(
    evidence: int,
    made: str,
    regions: tuple[tuple[str, str], ...],
    reference: tuple[str, ...],
    parameters: tuple[tuple[str, Any], ...],
) -> RunFigures:
    """Kept for a few runs, since the measures of a whole table take a second; `made` tells apart runs of one key."""
    copy = EvidenceCopy.objects.get(pk=evidence)
    activity = computing.unpacked(bytes(copy.content), copy.year)
    rule = Parameters(**dict(parameters))
    outcome = computing.compute(activity, dict(regions), reference, rule)
    return RunFigures(outcome, rule, {code: n for n, code in enumerate(outcome.domains)})
