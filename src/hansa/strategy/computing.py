"""From kept evidence to proposed priorities: the same copy, regions and parameters always give the same digits."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hansa import evidence
from hansa.strategy.figures import known
from hansa.strategy.proposal import Parameters, Proposal, Table, propose

if TYPE_CHECKING:
    from hansa.specialisation import Activity, Measures

Floats = NDArray[np.float64]


class UnknownRegion(Exception):
    """A chosen region has no figures, nor has any region above it; `str()` is its code."""


@dataclass(frozen=True)
class Outcome:
    """What a run computes: proposals over `rows` of the measures, which stand for the chosen regions in their order.

    `codes` are the chosen regions, `sources` those whose figures stand in for them.
    """

    measures: Measures
    codes: tuple[str, ...]
    sources: tuple[str, ...]
    rows: tuple[int, ...]
    proposals: tuple[Proposal, ...]

    @property
    def domains(self) -> tuple[str, ...]:
        return tuple(self.measures.activity.domains)

    def cell(self, measure: str, region: int, column: int) -> float | None:
        """A figure of the chosen region number `region`; None is unknown."""
        row = self.rows[region]
        values = {
            "value": self.measures.activity.values,
            "location_quotient": self.measures.location_quotient.values,
            "density": self.measures.density.values,
        }[measure]
        return known(values[row, column])

    def complexity(self, column: int) -> float | None:
        return known(self.measures.complexity.pci[column])

    def as_json(self) -> list[dict[str, Any]]:
        """The proposals with every figure behind them, in an order that does not depend on the machine."""
        return [self._told(proposal) for proposal in self.proposals]

    def _told(self, proposal: Proposal) -> dict[str, Any]:
        names = self.domains
        figures = [
            {
                "region": self.codes[r],
                "figures_from": self.sources[r],
                "domain": names[d],
                "role": role,
                "value": self.cell("value", r, d),
                "location_quotient": self.cell("location_quotient", r, d),
                "density": self.cell("density", r, d),
                "complexity": self.complexity(d),
            }
            for d in proposal.domains
            for role, members in (("holds", proposal.holders[d]), ("near", proposal.near[d]))
            for r in members
        ]
        return {
            "kind": proposal.kind,
            "domains": [names[d] for d in proposal.domains],
            "strength": proposal.strength,
            "figures": figures,
        }


def compute(
    activity: Activity, regions: Mapping[str, str], reference: Sequence[str], parameters: Parameters
) -> Outcome:
    """Measure the activity of the reference area and propose priorities of `regions`: code -> code of its figures.

    `reference` are codes or beginnings of codes (`PL`, `FI1C`); empty is the whole table. The chosen regions always
    belong to their reference area. A region without figures takes those of the nearest region above it.

    Raises:
        UnknownRegion: a region has no figures and none above it has.
    """
    from hansa.specialisation import measures

    sources = []
    for region, code in regions.items():
        found = evidence.fallback(code, activity.regions)
        if found.code is None:
            raise UnknownRegion(region)
        sources.append(found.code)
    held = within(activity, reference, sources)
    found_measures = measures(held)
    at = {code: row for row, code in enumerate(held.regions)}
    rows = tuple(at[code] for code in sources)
    table = Table(
        found_measures.location_quotient.values[list(rows)],
        found_measures.density.values[list(rows)],
        found_measures.proximity.values,
        held.values[list(rows)],
    )
    return Outcome(found_measures, tuple(regions), tuple(sources), rows, tuple(propose(table, parameters)))


def within(activity: Activity, reference: Sequence[str], always: Sequence[str]) -> Activity:
    """The rows of the reference area and of the regions that always belong to it."""
    from hansa.specialisation import Activity

    if not reference:
        return activity
    beginnings = tuple(reference)
    kept = [row for row, code in enumerate(activity.regions) if code.startswith(beginnings) or code in set(always)]
    return Activity.from_matrix(
        [activity.regions[row] for row in kept], activity.domains, activity.values[kept], year=activity.year
    )


def digest(result: Sequence[Any]) -> str:
    """SHA-256 of a result in canonical JSON; floats are written so that they read back to the same bits."""
    return hashlib.sha256(json.dumps(result, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def packed(activity: Activity) -> bytes:
    """An activity table of one year as a Parquet file: region, domain, value; unknown is null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "region": pa.array(np.repeat(activity.regions, len(activity.domains)).tolist(), pa.string()),
            "domain": pa.array(list(activity.domains) * len(activity.regions), pa.string()),
            "value": pa.array(activity.values.ravel(), from_pandas=True),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def unpacked(content: bytes, year: int | None) -> Activity:
    """The table that `packed` wrote, region by region and domain by domain in the same order."""
    import pyarrow.parquet as pq

    from hansa.specialisation import Activity

    table = pq.read_table(io.BytesIO(content))
    regions = list(dict.fromkeys(table["region"].to_pylist()))
    domains = list(dict.fromkeys(table["domain"].to_pylist()))
    values = table["value"].cast("double").to_numpy(zero_copy_only=False)
    return Activity.from_matrix(regions, domains, values.reshape(len(regions), len(domains)), year=year)
