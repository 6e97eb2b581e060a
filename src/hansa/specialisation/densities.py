"""Densities on any relatedness: plain, weighted, k-nearest, binary and relative, each with its parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from .activity import Activity
from .advantage import Presence, location_quotient, presence
from .relatedness import Diagonal, proximity_from
from .results import ActivityError, Bools, Definition, Floats, RelatednessMatrix, position, read_only, read_only_mask
from .similarity import (
    TIE,
    aligned_relatedness,
    binary_relatedness,
    co_occurrence_from,
    nearest_relatedness,
    relatedness_index_from,
)

Unknown = Literal["adds nothing", "left out"]
Weights = Literal["location quotient", "activity"]
Scored = Literal["absent", "all"]


@dataclass(frozen=True)
class DensityPart:
    """What one domain gives to a density: `amount` of it in the region, times `relatedness`, over all relatedness."""

    domain: str
    relatedness: float
    amount: float
    contribution: float


@dataclass(frozen=True)
class DensityParts:
    """One cell of a density and the domains that make it up, largest first; contributions add up to `value`.

    Where the value is NaN there is nothing to add up and `parts` is empty.
    """

    region: str
    domain: str
    value: float
    parts: tuple[DensityPart, ...]
    definition: Definition


@dataclass(frozen=True, eq=False)
class Density:
    """Density of each region around each domain, `values` of shape (regions, domains), with what explains any cell.

    `related` (domains x held domains) is how much each held domain counts for each domain; `amounts` (regions x held
    domains) is how much of it a region has: 1 or 0 for presence, the weight for a weighted density.
    `held_domains` are the same as `domains` unless two domain sets are crossed.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    values: Floats
    held_domains: tuple[str, ...]
    related: Floats
    amounts: Floats
    counted: Bools | None
    definition: Definition

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {label: index for index, label in enumerate(self.regions)}

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {label: index for index, label in enumerate(self.domains)}

    def explain(self, region: str, domain: str) -> DensityParts:
        """Which domains make up this cell, and by how much; raises ActivityError for labels that are not there."""
        row, column = position(self._rows, region, "region"), position(self._columns, domain, "domain")
        value, parts = float(self.values[row, column]), list[DensityPart]()
        if np.isfinite(value):
            each = self.contributions(row, column)
            near, amounts = self.related[column], self.amounts[row]
            parts = [
                DensityPart(self.held_domains[j], float(near[j]), float(amounts[j]), float(each[j]))
                for j in np.flatnonzero(each)
            ]
            parts.sort(key=lambda part: (-part.contribution, part.domain))
        return DensityParts(region, domain, value, tuple(parts), self.definition)

    def contributions(self, row: int, column: int) -> Floats:
        """What each held domain gives to the cell, shape (held domains,); adds up to the cell unless that is NaN."""
        return self.mean_contributions(row, np.array([column]))

    def mean_contributions(self, row: int, columns: NDArray[np.intp]) -> Floats:
        """The mean of `contributions` over several domains of one region; a domain with nothing related gives 0."""
        near = self.related[columns]
        totals = near.sum(axis=1) if self.counted is None else near @ self.counted[row]
        per_total = np.divide(1.0, totals, out=np.zeros(len(columns)), where=totals > 0)
        return np.asarray((per_total @ near) * self.amounts[row] / len(columns))


@dataclass(frozen=True)
class RelativePart:
    """What a held domain gives to this cell beyond what it gives to the region's average absent domain, in sd."""

    domain: str
    contribution: float


@dataclass(frozen=True)
class RelativeParts:
    """One relative density with the domains that make it up, largest first; contributions add up to `value`."""

    region: str
    domain: str
    value: float
    density: float
    mean: float
    deviation: float
    parts: tuple[RelativePart, ...]
    definition: Definition


@dataclass(frozen=True, eq=False)
class RelativeDensity:
    """Density in standard deviations from the region's mean over its absent domains, shape (regions, domains)."""

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    values: Floats
    means: Floats
    deviations: Floats
    density: Density
    absent: Bools
    definition: Definition

    def explain(self, region: str, domain: str) -> RelativeParts:
        """Which held domains lift or lower this cell against the region's absent domains."""
        plain = self.density.explain(region, domain)
        row, column = self.regions.index(region), self.domains.index(domain)
        value, parts = float(self.values[row, column]), list[RelativePart]()
        mean, deviation = float(self.means[row]), float(self.deviations[row])
        if np.isfinite(value):
            usual = self.density.mean_contributions(row, np.flatnonzero(self.absent[row]))
            each = (self.density.contributions(row, column) - usual) / deviation
            labels = self.density.held_domains
            parts = [RelativePart(labels[j], float(each[j])) for j in np.flatnonzero(each)]
            parts.sort(key=lambda part: (-part.contribution, part.domain))
        return RelativeParts(region, domain, value, plain.value, mean, deviation, tuple(parts), self.definition)


def portfolio_density(
    activity: Activity,
    related: RelatednessMatrix | None = None,
    diagonal: Diagonal = "exclude",
    *,
    unknown: Unknown = "adds nothing",
    threshold: float = 1.0,
) -> Density:
    """omega_ri = sum_j M_rj R_ij / sum_j R_ij on any relatedness R (Hidalgo et al. 2007), a share 0..1.

    `related` is a `Proximity`, `Relatedness`, `ValidatedLinks` or anything with domains and values; without it,
    the proximity of this table. It may come from another table: it is matched by label, and must have all domains
    of this one. Undefined relatedness (NaN) counts as none. `diagonal="include"` needs a defined diagonal.

    Unknown cells of the region: "adds nothing" counts them as not held (a lower bound, as `relatedness_density`);
    "left out" takes them out of both sums, the density among what is known.
    NaN where the region or domain is empty or nothing related is counted.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[5, 5, 0], [5, 0, 5], [0, 5, 5]])
    >>> portfolio_density(table).explain("A", "z").value
    1.0
    """
    held = presence(activity, threshold)
    return portfolio_density_from(held, proximity_from(held) if related is None else related, diagonal, unknown=unknown)


def portfolio_density_from(
    held: Presence, related: RelatednessMatrix, diagonal: Diagonal = "exclude", *, unknown: Unknown = "adds nothing"
) -> Density:
    """Density of an already computed presence; see `portfolio_density`."""
    weights = aligned_relatedness(related, held.domains, diagonal)
    definition = _definition(held, related, "relatedness density", diagonal)
    return density_of_amounts(held, held.present.astype(np.float64), weights, definition, unknown)


def binary_density(
    activity: Activity,
    related: RelatednessMatrix | None = None,
    cut: float = 1.0,
    *,
    unknown: Unknown = "adds nothing",
    threshold: float = 1.0,
) -> Density:
    """Share of the related domains that the region holds: density on R_ij > cut instead of R_ij, 0..1.

    Without `related`, the "prob" index of this table on co-occurrence totals, for which 1 is chance (Boschma,
    Balland and Kogler 2015). A domain does not count for itself. NaN for a domain with no related domain.

    >>> table = Activity.from_matrix("ABCD", "xyzw", [[5, 5, 0, 0], [5, 5, 0, 0], [0, 0, 5, 5], [0, 0, 5, 5]])
    >>> binary_density(table).explain("A", "x").parts
    (DensityPart(domain='y', relatedness=1.0, amount=1.0, contribution=1.0),)
    """
    held = presence(activity, threshold)
    if related is None:
        related = relatedness_index_from(co_occurrence_from(held))
    return portfolio_density_from(held, binary_relatedness(related, cut), unknown=unknown)


def nearest_density(
    activity: Activity,
    k: int,
    related: RelatednessMatrix | None = None,
    diagonal: Diagonal = "exclude",
    *,
    unknown: Unknown = "adds nothing",
    threshold: float = 1.0,
) -> Density:
    """Density among the k most related domains of each domain only, a share 0..1 (Hausmann, Stock, Yildirim 2022).

    Ties at the k-th place: the tied domains share the places that are left, each counting with (places left) /
    (number tied). That is the mean over all ways to break the tie, and needs no order of labels. A k of at least
    the number of other domains gives the full density. With `diagonal="include"` the domain itself is added to
    its k nearest. Raises ActivityError when k is not a whole number of at least 1.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[5, 5, 0], [5, 5, 1], [0, 1, 5]])
    >>> nearest_density(table, 1).explain("A", "x").parts[0].domain
    'y'
    """
    held = presence(activity, threshold)
    related = proximity_from(held) if related is None else related
    return nearest_density_from(held, related, k, diagonal, unknown=unknown)


def nearest_density_from(
    held: Presence,
    related: RelatednessMatrix,
    k: int,
    diagonal: Diagonal = "exclude",
    *,
    unknown: Unknown = "adds nothing",
) -> Density:
    """k-nearest density of an already computed presence; see `nearest_density`."""
    weights = nearest_relatedness(aligned_relatedness(related, held.domains, diagonal), k)
    definition = _definition(held, related, "k-nearest density", diagonal).extended(k=int(k), ties="share the places")
    return density_of_amounts(held, held.present.astype(np.float64), weights, definition, unknown)


def weighted_density(
    activity: Activity,
    related: RelatednessMatrix | None = None,
    weights: Weights | Floats = "location quotient",
    diagonal: Diagonal = "exclude",
    *,
    unknown: Unknown = "adds nothing",
    threshold: float = 1.0,
) -> Density:
    """omega_ri = sum_j w_rj R_ij / sum_j R_ij: the related domains' mean weight, in the unit of the weights.

    Weights instead of presence keep how strongly a domain is held (Hausmann, Stock and Yildirim 2022 average
    specialisation over related domains). `weights`: "location quotient", "activity" (the values), or a finite
    matrix regions x domains with NaN for unknown. An unknown weight adds nothing (with weights >= 0: a lower bound)
    or is "left out" of both sums. `threshold` only matters for the proximity used when `related` is not given.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[5, 5, 0], [5, 0, 5], [0, 5, 5]])
    >>> weighted_density(table).explain("A", "z").value
    1.5
    """
    held = presence(activity, threshold)
    if isinstance(weights, str):
        if weights not in get_args(Weights):
            raise ActivityError(f'The weights are {weights!r}; choose "location quotient", "activity" or a matrix.')
        amounts = location_quotient(activity).values if weights == "location quotient" else activity.values
    else:
        amounts = np.array(weights, dtype=np.float64)
        if amounts.shape != activity.values.shape or np.isinf(amounts).any():
            raise ActivityError(
                f"The weights have shape {amounts.shape} for {len(activity.regions)} regions and "
                f"{len(activity.domains)} domains; give one finite number or NaN for each region and domain."
            )
    related = proximity_from(held) if related is None else related
    near = aligned_relatedness(related, held.domains, diagonal)
    name = weights if isinstance(weights, str) else "given"
    definition = _definition(held, related, "weighted density", diagonal).extended(weights=name)
    return density_of_amounts(held, np.asarray(amounts), near, definition, unknown, bounded=False)


def relative_density(
    activity: Activity,
    related: RelatednessMatrix | None = None,
    diagonal: Diagonal = "exclude",
    *,
    cells: Scored = "absent",
    threshold: float = 1.0,
) -> RelativeDensity:
    """(omega_ri - mean) / sd, both over the domains that region r lacks (Pinheiro et al. 2022).

    What stands out among a region's options, free of the region's diversity. The standard deviation is that of the
    population. Known presences and unknown cells are no options: they enter neither mean nor deviation, and get NaN,
    or with `cells="all"` a score on the same scale. Where all options are equally dense, or there is only one,
    nothing stands out: NaN.

    >>> table = Activity.from_matrix(["A", "B"], ["x", "y", "z"], [[9, 1, 0], [1, 5, 4]])
    >>> relative_density(table).values[0].tolist()
    [nan, nan, nan]
    """
    held = presence(activity, threshold)
    related = proximity_from(held) if related is None else related
    return relative_density_from(held, portfolio_density_from(held, related, diagonal), cells=cells)


def relative_density_from(held: Presence, density: Density, *, cells: Scored = "absent") -> RelativeDensity:
    """Relative density of any density of the same regions and domains; see `relative_density`."""
    if cells not in get_args(Scored):
        raise ActivityError(f'The cells to score are {cells!r}; choose "absent" or "all".')
    if (held.regions, held.domains) != (density.regions, density.domains):
        raise ActivityError("The presence and the density have other labels; compute both from one activity table.")
    absent = held.lacked & np.isfinite(density.values)
    options = np.where(absent, density.values, 0.0)
    counts = absent.sum(axis=1)
    means, deviations = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    np.divide(options.sum(axis=1), counts, out=means, where=counts > 0)
    apart = np.where(absent, density.values - means[:, None], 0.0)
    # Options that differ by rounding alone must not be blown up to standard deviations.
    stands_out = np.abs(apart).max(axis=1, initial=0.0) > TIE * np.abs(options).max(axis=1, initial=0.0)
    np.sqrt(np.square(apart).sum(axis=1) / np.maximum(counts, 1), out=deviations, where=stands_out)
    scored = absent if cells == "absent" else np.isfinite(density.values)
    values = np.where(scored, density.values - means[:, None], np.nan) / deviations[:, None]
    definition = density.definition.extended(
        measure="relative density", moments="domains the region lacks", deviation="population", cells=cells
    )
    return RelativeDensity(
        density.regions,
        density.domains,
        read_only(values),
        read_only(means),
        read_only(deviations),
        density,
        read_only_mask(absent),
        definition,
    )


def density_of_amounts(
    held: Presence,
    amounts: Floats,
    related: Floats,
    definition: Definition,
    unknown: Unknown,
    *,
    bounded: bool = True,
    around: tuple[str, ...] | None = None,
) -> Density:
    """sum_j amount_rj related_ij / sum_j related_ij for all cells: one matrix product, two with "left out".

    `around` names the rows of `related` where they are not the held domains themselves.
    """
    known = held.assessed if bounded else np.isfinite(amounts)
    amounts = amounts if known.all() else np.where(known, amounts, 0.0)
    counted = None
    if unknown == "left out":
        counted = read_only_mask(np.array(known))
        totals = known.astype(np.float64) @ related.T
    elif unknown == "adds nothing":
        totals = np.broadcast_to(related.sum(axis=1), (amounts.shape[0], related.shape[0]))
    else:
        raise ActivityError(f'Unknown cells cannot be {unknown!r}; choose "adds nothing" or "left out".')
    values = amounts @ related.T
    np.divide(values, totals, out=values, where=totals > 0)
    values[totals <= 0] = np.nan
    if bounded:
        # Rounding in the product may pass the ends of the scale by one unit in the last place.
        np.clip(values, 0.0, 1.0, out=values)
    values[~held.assessed.any(axis=1)] = np.nan
    if around is None:
        values[:, ~held.assessed.any(axis=0)] = np.nan
    return Density(
        held.regions,
        held.domains if around is None else around,
        read_only(values),
        held.domains,
        read_only(related),
        amounts if not amounts.flags.writeable else read_only(amounts),
        counted,
        definition.extended(unknown_cells=unknown),
    )


def _definition(held: Presence, related: RelatednessMatrix, measure: str, diagonal: Diagonal) -> Definition:
    """The presence's switches and, each under its own name, those of the relatedness."""
    own = {f"relatedness {name}": value for name, value in related.definition.items()}
    return held.definition.extended(**own).extended(measure=measure, diagonal=diagonal)
