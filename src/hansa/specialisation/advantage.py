"""Revealed advantage: location quotient, presence, and the counts of presences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .activity import Activity
from .results import Bools, Definition, Floats, checked_threshold, read_only, read_only_mask


@dataclass(frozen=True, eq=False)
class LocationQuotient:
    """Location quotients, shape (regions, domains): 1 = the share the domain has over all regions; no unit."""

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    values: Floats
    definition: Definition


@dataclass(frozen=True, eq=False)
class Presence:
    """Which regions hold which domains: `present` and `assessed` are masks of shape (regions, domains).

    A cell is *held* where `present`, *lacked* where assessed but not present, and undecided where not `assessed`
    (unknown value, or a region or domain without any activity).
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    present: Bools
    assessed: Bools
    definition: Definition

    @property
    def values(self) -> Floats:
        """1 held, 0 lacked, NaN undecided."""
        return np.where(self.assessed, self.present.astype(np.float64), np.nan)

    @cached_property
    def lacked(self) -> Bools:
        """True where the region is known not to hold the domain."""
        return read_only_mask(self.assessed & ~self.present)

    @cached_property
    def held_counts(self) -> Floats:
        """Number of domains each region holds (0 for a region that cannot be assessed)."""
        return read_only(self.present.sum(axis=1).astype(np.float64))

    @cached_property
    def holder_counts(self) -> Floats:
        """Number of regions that hold each domain (0 for a domain that cannot be assessed)."""
        return read_only(self.present.sum(axis=0).astype(np.float64))


@dataclass(frozen=True, eq=False)
class Diversity:
    """Number of domains each region holds, shape (regions,); a lower bound where cells are unknown."""

    regions: tuple[str, ...]
    values: Floats
    definition: Definition


@dataclass(frozen=True, eq=False)
class Ubiquity:
    """Number of regions that hold each domain, shape (domains,); a lower bound where cells are unknown."""

    domains: tuple[str, ...]
    values: Floats
    definition: Definition


def location_quotient(activity: Activity) -> LocationQuotient:
    """LQ = (x_ri / X_r) / (X_i / X), the revealed comparative advantage of Balassa (1965).

    Computed as x·X / (X_r·X_i), the products `presence` compares, so the two never disagree about 1.
    Known cells of non-empty regions and domains get a number >= 0, all others NaN. Weighted by the
    regions' shares of all activity, a fully known domain's LQ averages to 1.

    >>> table = Activity.from_matrix(["A", "B"], ["x", "y"], [[3, 1], [1, 3]])
    >>> location_quotient(table).values.tolist()
    [[1.5, 0.5], [0.5, 1.5]]
    """
    actual, expected = _compared(activity)
    values = np.where(activity.assessed, 0.0, np.nan)
    with np.errstate(divide="ignore", over="ignore"):
        np.divide(actual, expected, out=values, where=activity.assessed & (activity.known_values > 0))
    definition = _definition(activity, "location quotient")
    return LocationQuotient(activity.regions, activity.domains, read_only(values), definition)


def presence(activity: Activity, threshold: float = 1.0) -> Presence:
    """A region holds a domain when LQ >= threshold.

    Tested as x·X >= threshold·X_r·X_i, which never divides: for whole numbers (and threshold 1) a cell that is
    exactly average is always present, and scaling all values by a whole number changes nothing.
    A value of 0 is never a presence. Raises ActivityError for a threshold that is not positive.
    """
    threshold = checked_threshold(threshold)
    actual, expected = _compared(activity)
    present = (actual >= threshold * expected) & activity.assessed & (activity.known_values > 0)
    definition = _definition(activity, "presence").extended(threshold=threshold, test="x*X >= threshold*X_r*X_i")
    return Presence(
        activity.regions, activity.domains, read_only_mask(present), read_only_mask(activity.assessed), definition
    )


def diversity(activity: Activity, threshold: float = 1.0) -> Diversity:
    """Number of domains each region holds (Hidalgo and Hausmann 2009); NaN for an empty region."""
    return diversity_from(presence(activity, threshold))


def diversity_from(held: Presence) -> Diversity:
    """Diversity of an already computed presence."""
    values = np.where(held.assessed.any(axis=1), held.held_counts, np.nan)
    return Diversity(held.regions, read_only(values), held.definition.extended(measure="diversity"))


def ubiquity(activity: Activity, threshold: float = 1.0) -> Ubiquity:
    """Number of regions that hold each domain (Hidalgo and Hausmann 2009); NaN for an empty domain."""
    return ubiquity_from(presence(activity, threshold))


def ubiquity_from(held: Presence) -> Ubiquity:
    """Ubiquity of an already computed presence."""
    values = np.where(held.assessed.any(axis=0), held.holder_counts, np.nan)
    return Ubiquity(held.domains, read_only(values), held.definition.extended(measure="ubiquity"))


def _compared(activity: Activity) -> tuple[Floats, Floats]:
    """x·X and X_r·X_i, both divided by the same power of two: only exponents move, and nothing overflows."""
    exponent = -int(np.frexp(activity.total)[1])
    actual = activity.known_values * np.ldexp(activity.total, exponent)
    return actual, activity.region_totals[:, None] * np.ldexp(activity.domain_totals, exponent)


def _definition(activity: Activity, measure: str) -> Definition:
    return Definition.of(measure=measure, year=activity.year, unknown="counts in no total, never present")
