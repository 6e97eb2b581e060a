"""Relatedness: proximity between domains, density of a region around a domain, and what a density is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from .activity import Activity
from .advantage import Presence, presence
from .cells import BLOCK
from .products import Precision, added_over_held, dtype_of, holders_in_common, name_of
from .results import ActivityError, Definition, Floats, read_only

Diagonal = Literal["exclude", "include"]


@dataclass(frozen=True, eq=False)
class Proximity:
    """Proximity between domains: symmetric, shape (domains, domains), 0..1, diagonal 1, NaN for unheld domains."""

    domains: tuple[str, ...]
    values: Floats
    definition: Definition


@dataclass(frozen=True, eq=False)
class RelatednessDensity:
    """Relatedness density, shape (regions, domains), a share 0..1 (times 100 for the percentages some print)."""

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    values: Floats
    definition: Definition


@dataclass(frozen=True)
class DensityContribution:
    """One held domain's part in a density: `contribution` = `proximity` / all proximity of the explained domain."""

    domain: str
    proximity: float
    contribution: float


@dataclass(frozen=True)
class DensityExplanation:
    """A density and the held domains that make it up, largest first; the contributions add up to the density.

    Where the density is NaN there is nothing to add up and `contributions` is empty.
    """

    region: str
    domain: str
    density: float
    contributions: tuple[DensityContribution, ...]
    definition: Definition


def proximity(
    activity: Activity, threshold: float = 1.0, *, minimum: float = 0.0, precision: Precision = "auto"
) -> Proximity:
    """phi_ij = (regions holding both i and j) / max(ubiquity_i, ubiquity_j) (Hidalgo et al. 2007).

    The smaller of the two conditional probabilities of holding one domain given the other.
    A domain that nobody holds has no proximity: its row and column are NaN.
    `precision="single"` keeps float32: half the memory, six to seven digits; "auto" does so from 2·10^10
    multiplications (regions x domains x domains) on, and `definition["precision"]` says which it was.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[5, 5, 0], [5, 0, 5], [0, 5, 5]])
    >>> proximity(table).values.tolist()
    [[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]]
    """
    return proximity_from(presence(activity, threshold, minimum=minimum), precision)


def proximity_from(held: Presence, precision: Precision = "auto") -> Proximity:
    """Proximity of an already computed presence."""
    dtype = dtype_of(precision, held.present.shape)
    values = holders_in_common(held)
    holders = held.holder_counts.astype(dtype)
    shares = values if dtype is np.float32 else np.empty(values.shape)
    step = max(1, BLOCK // max(len(holders), 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        for start in range(0, len(holders), step):
            rows = slice(start, start + step)
            shares[rows] = values[rows]
            shares[rows] /= np.maximum(holders[rows, None], holders)
    unheld = holders == 0
    if unheld.any():
        shares[unheld] = np.nan
        shares[:, unheld] = np.nan
    definition = held.definition.extended(
        measure="proximity", formula="co-occurrence / larger ubiquity", precision=name_of(dtype)
    )
    return Proximity(held.domains, read_only(cast(Floats, shares)), definition)


def relatedness_density(
    activity: Activity, diagonal: Diagonal = "exclude", *, threshold: float = 1.0, precision: Precision = "auto"
) -> RelatednessDensity:
    """omega_ri = sum_j M_rj phi_ij / sum_j phi_ij: how much of what is related to i the region holds.

    Hidalgo et al. (2007) for the formula; the smart specialisation literature leaves j = i out of both sums
    (Balland et al. 2019: `diagonal="exclude"`), the trade literature keeps it (`"include"`), which lifts the
    density of held domains. What surrounds an unknown cell is known, so it has a density too; the region's unknown
    cells count as not held, which makes every density a lower bound. NaN where the region or domain is empty or
    nothing is related.
    """
    held = presence(activity, threshold)
    return density_from(held, proximity_from(held, precision), diagonal)


def density_from(held: Presence, phi: Proximity, diagonal: Diagonal = "exclude") -> RelatednessDensity:
    """Relatedness density of an already computed presence and proximity."""
    totals = proximity_totals(phi, diagonal).astype(phi.values.dtype)
    values = added_over_held(held, _proximity_weights(phi))
    empty = totals == 0
    totals[empty] = np.nan
    step = max(1, BLOCK // max(len(totals), 1))
    for start in range(0, len(values), step):
        rows = values[start : start + step]
        if diagonal == "exclude":
            rows -= held.present[start : start + step]
        rows /= totals
        # Rounding in the product may pass the ends of the scale by one unit in the last place.
        np.clip(rows, 0.0, 1.0, out=rows)
    values[~held.assessed_regions] = np.nan
    values[:, ~held.assessed_domains] = np.nan
    definition = held.definition.extended(
        measure="relatedness density",
        diagonal=diagonal,
        precision=name_of(values.dtype),
    )
    return RelatednessDensity(held.regions, held.domains, read_only(values), definition)


def explain_density(
    activity: Activity, region: str, domain: str, diagonal: Diagonal = "exclude", *, threshold: float = 1.0
) -> DensityExplanation:
    """Which held domains make up a region's density around a domain, and by how much.

    Raises ActivityError for a region or domain the table does not have.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[5, 5, 0], [5, 0, 5], [0, 5, 5]])
    >>> explanation = explain_density(table, "A", "z")
    >>> [(part.domain, part.contribution) for part in explanation.contributions], explanation.density
    ([('x', 0.5), ('y', 0.5)], 1.0)
    """
    held = presence(activity, threshold)
    phi = proximity_from(held)
    return explain_density_from(held, phi, activity.region_index(region), activity.domain_index(domain), diagonal)


def explain_density_from(
    held: Presence, phi: Proximity, region: int, domain: int, diagonal: Diagonal = "exclude"
) -> DensityExplanation:
    """Explanation of the density in row `region` and column `domain`."""
    checked_diagonal(diagonal)
    own = phi.values[domain].copy()
    if diagonal == "exclude":
        own[domain] = 0.0
    total = float(np.nansum(own))
    parts: list[DensityContribution] = []
    density = float("nan")
    if held.assessed_regions[region] and held.assessed_domains[domain] and total > 0:
        near = np.flatnonzero(held.present[region] & (own > 0))
        parts = [DensityContribution(held.domains[j], float(own[j]), float(own[j]) / total) for j in near]
        parts.sort(key=lambda part: (-part.contribution, part.domain))
        density = min(1.0, float(np.sum(own[near])) / total)
    definition = held.definition.extended(measure="relatedness density", diagonal=diagonal)
    return DensityExplanation(held.regions[region], held.domains[domain], density, tuple(parts), definition)


def checked_diagonal(diagonal: str) -> str:
    """The diagonal rule itself; refuses anything but "exclude" and "include"."""
    if diagonal not in ("exclude", "include"):
        raise ActivityError(f'The diagonal rule is {diagonal!r}; choose "exclude" or "include".')
    return diagonal


def proximity_totals(phi: Proximity, diagonal: Diagonal) -> Floats:
    """sum_j phi_ij of each domain, with or without j = i; 0 for a domain that nobody holds."""
    totals: Floats = _proximity_weights(phi).sum(axis=1, dtype=np.float64)
    if checked_diagonal(diagonal) == "exclude":
        totals -= np.isfinite(np.diagonal(phi.values))
    return totals


def proximity_per_total(phi: Proximity) -> Floats:
    """phi_ij / sum_j phi_ij without j = i, rows i; rows and columns of domains without proximity are 0.

    One row weighs what holding each other domain is worth to the density around domain i.
    """
    totals = proximity_totals(phi, "exclude")
    weights = _proximity_weights(phi) * np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)[:, None]
    np.fill_diagonal(weights, 0.0)
    return read_only(weights)


def _proximity_weights(phi: Proximity) -> Floats:
    missing = np.isnan(phi.values)
    return np.where(missing, 0.0, phi.values) if missing.any() else phi.values
