"""How a run proposes common priorities from the figures: pure arithmetic on arrays, no database.

No official overlap rule, weight or threshold of Trans-S3 is published; these are Hansa's own, shown beside every
result and stored with the run.

A region *holds* a domain with a location quotient of at least `threshold` and at least `min_size` in the table's unit.

*Shared*: a domain that at least `min_regions` of the chosen regions hold. Shared domains that are close in the
product space (average linkage of 1 - proximity, cut at `1 - min_proximity`; Hidalgo et al. 2007 for proximity) make
one priority together.

*Complementary*: a domain that one to `min_regions - 1` of the chosen regions hold, while at least `min_regions`
others do not hold it but are close to it (their relatedness density there lies in the upper `near_share` of the
domains they lack). What one has, the others could build on.

Strength of a shared domain: share of the regions that hold it x log2(1 + their mean location quotient).
Strength of a complementary domain: share of the regions that are near it x log2(1 + the holders' mean quotient).
A priority's strength is the largest of its domains'.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameters:
    """The rule of a run; every field can be edited and is stored with the result."""

    threshold: float = 1.0
    min_size: float = 500.0
    min_regions: int = 2
    min_proximity: float = 0.45
    near_share: float = 0.25
    most_domains: int = 5
    most_priorities: int = 12

    def as_json(self) -> dict[str, float | int]:
        return asdict(self)


@dataclass(frozen=True)
class Table:
    """The chosen regions' slice of the measures: arrays of shape (regions, domains), NaN where unknown."""

    location_quotient: Floats
    density: Floats
    proximity: Floats  # (domains, domains)
    value: Floats | None = None


@dataclass(frozen=True)
class Proposal:
    """Domains (column numbers, strongest first) that make one priority, with the regions that hold or are near them."""

    kind: str
    domains: list[int]
    strength: float
    holders: dict[int, list[int]] = field(default_factory=dict)
    near: dict[int, list[int]] = field(default_factory=dict)


def propose(table: Table, parameters: Parameters) -> list[Proposal]:
    """Propose priorities, strongest first; the same table and parameters always give the same list."""
    held = held_cells(table, parameters)
    near = near_cells(table, held, parameters.near_share, parameters.threshold)
    found = shared(table, held, near, parameters) + complementary(table, held, near, parameters)
    found.sort(key=lambda p: (-p.strength, p.kind, p.domains))
    half = parameters.most_priorities // 3
    kept = [p for p in found if p.kind == "shared"][: parameters.most_priorities - half]
    kept += [p for p in found if p.kind == "complementary"][: parameters.most_priorities - len(kept)]
    return sorted(kept, key=lambda p: (-p.strength, p.kind, p.domains))


def held_cells(table: Table, parameters: Parameters) -> NDArray[np.bool_]:
    held: NDArray[np.bool_] = np.nan_to_num(table.location_quotient, nan=-1.0) >= parameters.threshold
    return held if table.value is None else held & (np.nan_to_num(table.value, nan=0.0) >= parameters.min_size)


def near_cells(table: Table, held: NDArray[np.bool_], share: float, threshold: float) -> NDArray[np.bool_]:
    """Cells a region lacks (and whose figure is known) with a density in its own upper `share` of such cells."""
    lacks = ~held & (np.nan_to_num(table.location_quotient, nan=np.inf) < threshold) & np.isfinite(table.density)
    near = np.zeros_like(held)
    for r in range(held.shape[0]):
        cells = table.density[r, lacks[r]]
        if cells.size:
            near[r] = lacks[r] & (table.density[r] >= np.quantile(cells, 1 - share))
    return near


def mean_quotient(table: Table, held: NDArray[np.bool_]) -> Floats:
    quotients = np.where(held, table.location_quotient, 0.0)
    count = held.sum(axis=0)
    return np.divide(quotients.sum(axis=0), count, out=np.zeros(held.shape[1]), where=count > 0)


def shared(table: Table, held: NDArray[np.bool_], near: NDArray[np.bool_], parameters: Parameters) -> list[Proposal]:
    columns = np.flatnonzero(held.sum(axis=0) >= parameters.min_regions)
    strength = held.mean(axis=0) * np.log2(1 + mean_quotient(table, held))
    proposals = []
    for members in clusters(table.proximity, columns, parameters.min_proximity):
        strongest = sorted(members, key=lambda d: (-strength[d], d))[: parameters.most_domains]
        proposals.append(_proposal("shared", strongest, strength, held, near))
    return proposals


def complementary(
    table: Table, held: NDArray[np.bool_], near: NDArray[np.bool_], parameters: Parameters
) -> list[Proposal]:
    holders = held.sum(axis=0)
    neighbours = near.sum(axis=0)
    columns = np.flatnonzero(
        (holders >= 1) & (holders < parameters.min_regions) & (neighbours >= parameters.min_regions)
    )
    strength = near.mean(axis=0) * np.log2(1 + mean_quotient(table, held))
    return [_proposal("complementary", [int(d)], strength, held, near) for d in columns]


def _proposal(
    kind: str, domains: list[int], strength: Floats, held: NDArray[np.bool_], near: NDArray[np.bool_]
) -> Proposal:
    return Proposal(
        kind=kind,
        domains=domains,
        strength=float(max(strength[d] for d in domains)),
        holders={d: [int(r) for r in np.flatnonzero(held[:, d])] for d in domains},
        near={d: [int(r) for r in np.flatnonzero(near[:, d])] for d in domains},
    )


def clusters(proximity: Floats, columns: NDArray[np.intp], min_proximity: float) -> list[list[int]]:
    """Groups of `columns` by average linkage on 1 - proximity, cut at `1 - min_proximity`."""
    if columns.size == 0:
        return []
    if columns.size == 1:
        return [[int(columns[0])]]
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    distance = 1.0 - np.nan_to_num(proximity[np.ix_(columns, columns)], nan=0.0)
    distance = np.clip((distance + distance.T) / 2, 0.0, 1.0)
    np.fill_diagonal(distance, 0.0)
    labels = fcluster(linkage(squareform(distance, checks=False), "average"), 1 - min_proximity, "distance")
    groups: dict[int, list[int]] = {}
    for column, label in zip(columns, labels, strict=True):
        groups.setdefault(int(label), []).append(int(column))
    return sorted(groups.values())
