"""Complementarity: what partner regions would add to a region's relatedness density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .activity import Activity
from .advantage import Presence, presence
from .relatedness import proximity_from, proximity_per_total
from .results import Definition, Floats, position, read_only


@dataclass(frozen=True)
class CarryingDomain:
    """A domain only the partner holds, and its part of the mean added density (the parts add up to the mean)."""

    domain: str
    contribution: float


@dataclass(frozen=True)
class AddedDensity:
    """By how much a domain's density would rise, in shares of 1."""

    domain: str
    added: float


@dataclass(frozen=True)
class PairComplementarity:
    """What one partner adds to one region: the mean, the domains that carry it, and the domains that gain."""

    region: str
    partner: str
    mean_added_density: float
    carried_by: tuple[CarryingDomain, ...]
    gains: tuple[AddedDensity, ...]
    definition: Definition


@dataclass(frozen=True, eq=False)
class Complementarity:
    """What each partner (column) adds to each region (row); both arrays have shape (regions, regions).

    `mean_added_density` is the mean, over the domains the region lacks, of the density that the partner's domains
    would add (share, 0..1); `partner_only` counts the domains only the partner is known to hold.
    NaN where the region lacks nothing or either side cannot be assessed. Not symmetric.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    mean_added_density: Floats
    partner_only: Floats
    presence: Presence
    weights: Floats
    definition: Definition

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {label: index for index, label in enumerate(self.regions)}

    def partners_of(self, region: str) -> tuple[tuple[str, float], ...]:
        """All other assessable regions with their mean added density, largest first, ties by label."""
        row = position(self._positions, region, "region")
        pairs = [
            (label, float(self.mean_added_density[row, index]))
            for index, label in enumerate(self.regions)
            if index != row and np.isfinite(self.mean_added_density[row, index])
        ]
        return tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))

    def pair(self, region: str, partner: str) -> PairComplementarity:
        """One pair in full: which of the partner's domains carry the addition, and where it lands."""
        row = position(self._positions, region, "region")
        column = position(self._positions, partner, "region")
        gaining = gaining_domains(self.presence, self.weights, row)
        carrying = np.flatnonzero(self.presence.lacked[row] & self.presence.present[column])
        mean = float(self.mean_added_density[row, column])
        carried: list[CarryingDomain] = []
        gains: list[AddedDensity] = []
        if np.isfinite(mean):
            parts = self.weights[np.ix_(gaining, carrying)]
            each = parts.sum(axis=0) / len(gaining)
            carried = [CarryingDomain(self.domains[j], float(each[k])) for k, j in enumerate(carrying)]
            added = parts.sum(axis=1)
            gains = [AddedDensity(self.domains[i], float(added[k])) for k, i in enumerate(gaining)]
        carried.sort(key=lambda part: (-part.contribution, part.domain))
        gains.sort(key=lambda gain: (-gain.added, gain.domain))
        return PairComplementarity(region, partner, mean, tuple(carried), tuple(gains), self.definition)


def complementarity(activity: Activity, *, threshold: float = 1.0) -> Complementarity:
    """Added relatedness density of every ordered pair of regions (Balland and Boschma 2021).

    For region r, partner s and a domain i that r lacks: sum_j phi_ij (1 - M_rj) M_sj / sum_j phi_ij, j != i, which is
    the density of r and s together minus the density of r; averaged over the domains r lacks. In shares of 1, where
    the article prints percent. Unknown cells of r count neither as lacked nor as gaining, so the figure is a lower
    bound. The article's link weights (co-inventor ties) are not applied.
    """
    held = presence(activity, threshold)
    return complementarity_from(held, proximity_per_total(proximity_from(held)))


def complementarity_from(held: Presence, weights: Floats) -> Complementarity:
    """Complementarity of a presence and its `proximity_per_total`: two matrix products for all pairs."""
    related = weights.any(axis=1)
    lacked = held.lacked.astype(np.float64)
    present = held.present.astype(np.float64)
    gaining = lacked * related
    counts = gaining.sum(axis=1)
    # First product: what holding domain j would be worth to r; second: summed over what only s holds.
    worth = (gaining @ weights) * lacked
    added = worth @ present.T
    assessable = np.asarray(held.assessed.any(axis=1))
    answered = (counts > 0)[:, None] & assessable
    mean = np.full_like(added, np.nan)
    np.divide(added, counts[:, None], out=mean, where=answered)
    partner_only = lacked @ present.T
    partner_only[~(assessable[:, None] & assessable)] = np.nan
    definition = held.definition.extended(
        measure="complementarity", diagonal="exclude", mean_over="domains the region lacks", link_weights=None
    )
    return Complementarity(
        held.regions, held.domains, read_only(mean), read_only(partner_only), held, weights, definition
    )


def gaining_domains(held: Presence, weights: Floats, region: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Columns the region is known to lack and whose density is defined."""
    return np.flatnonzero(held.lacked[region] & weights.any(axis=1))


def added_density(held: Presence, weights: Floats, region: int, partners: Sequence[int]) -> Floats:
    """Density that the partners' domains together would add to one region, shape (domains,); NaN where it has none.

    Defined for the domains the region is known to lack; partners that hold the same domain count once.
    """
    offered = held.present[list(partners)].any(axis=0) & held.lacked[region]
    result = np.full(len(held.domains), np.nan)
    gaining = gaining_domains(held, weights, region)
    result[gaining] = weights[np.ix_(gaining, np.flatnonzero(offered))].sum(axis=1)
    return result
