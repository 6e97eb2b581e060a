"""Revealed advantage: location quotient, presence, and the counts of presences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy import sparse

from .activity import Activity
from .cells import pattern_of
from .results import ActivityError, Bools, Definition, Floats, checked_threshold, read_only, read_only_mask

PresenceTest = Literal[">=", ">"]


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
    def pattern(self) -> sparse.csr_array:
        """The held cells as a CSR array of ones (float64), shape (regions, domains); not to be written to."""
        return pattern_of(self.present)

    @cached_property
    def held_counts(self) -> Floats:
        """Number of domains each region holds (0 for a region that cannot be assessed)."""
        return read_only(np.diff(self.pattern.indptr).astype(np.float64))

    @cached_property
    def holder_counts(self) -> Floats:
        """Number of regions that hold each domain (0 for a domain that cannot be assessed)."""
        return read_only(np.bincount(self.pattern.indices, minlength=len(self.domains)).astype(np.float64))

    @cached_property
    def assessed_regions(self) -> Bools:
        """True for regions with any assessed cell."""
        return read_only_mask(np.asarray(self.assessed.any(axis=1)))

    @cached_property
    def assessed_domains(self) -> Bools:
        """True for domains with any assessed cell."""
        return read_only_mask(np.asarray(self.assessed.any(axis=0)))


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
    values = np.full(activity.cells.shape, np.nan)
    scaled = _scaled(activity)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        for part, block in activity.cells.blocks():
            np.divide(block * scaled.total, scaled.expected(part), out=values[part], where=block > 0)
            values[part][block == 0] = 0.0
    if not activity.assessed.all():
        values[~activity.assessed] = np.nan
    definition = _definition(activity, "location quotient")
    return LocationQuotient(activity.regions, activity.domains, read_only(values), definition)


def presence(
    activity: Activity, threshold: float = 1.0, *, minimum: float = 0.0, test: PresenceTest = ">="
) -> Presence:
    """A region holds a domain when LQ >= threshold, and its value is at least `minimum` (unit of the values).

    Tested as x·X >= threshold·X_r·X_i, which never divides: for whole numbers (and threshold 1) a cell that is
    exactly average is always present, and scaling all values by a whole number changes nothing.
    `test=">"` leaves the exactly average out. A minimum keeps one firm in a tiny region from counting as a strength.
    A value of 0 is never a presence. Raises ActivityError for a threshold that is not positive, a minimum that is
    negative, and any other test.

    >>> table = Activity.from_matrix(["A", "B"], ["x", "y"], [[3, 1], [60, 40]])
    >>> presence(table).values.tolist(), presence(table, minimum=10).values.tolist()
    ([[1.0, 0.0], [0.0, 1.0]], [[0.0, 0.0], [0.0, 1.0]])
    """
    threshold = checked_threshold(threshold)
    if test not in (">=", ">"):
        raise ActivityError(f'The test of presence is {test!r}; choose ">=" or ">".')
    if not (np.isfinite(minimum) and minimum >= 0):
        raise ActivityError(f"The smallest value of a presence is {minimum!r}; give a number of at least 0.")
    compare = np.greater_equal if test == ">=" else np.greater
    present = np.zeros(activity.cells.shape, dtype=np.bool_)
    scaled = _scaled(activity)
    with np.errstate(over="ignore"):
        for part, block in activity.cells.blocks():
            expected = scaled.expected(part)
            if threshold != 1.0:
                expected *= threshold
            compare(block * scaled.total, expected, out=present[part])
            present[part] &= (block >= minimum) if minimum > 0 else (block > 0)
    definition = _definition(activity, "presence").extended(
        threshold=threshold, test=f"x*X {test} threshold*X_r*X_i", minimum=float(minimum)
    )
    return Presence(activity.regions, activity.domains, read_only_mask(present), activity.assessed, definition)


def diversity(activity: Activity, threshold: float = 1.0) -> Diversity:
    """Number of domains each region holds (Hidalgo and Hausmann 2009); NaN for an empty region."""
    return diversity_from(presence(activity, threshold))


def diversity_from(held: Presence) -> Diversity:
    """Diversity of an already computed presence."""
    values = np.where(held.assessed_regions, held.held_counts, np.nan)
    return Diversity(held.regions, read_only(values), held.definition.extended(measure="diversity"))


def ubiquity(activity: Activity, threshold: float = 1.0) -> Ubiquity:
    """Number of regions that hold each domain (Hidalgo and Hausmann 2009); NaN for an empty domain."""
    return ubiquity_from(presence(activity, threshold))


def ubiquity_from(held: Presence) -> Ubiquity:
    """Ubiquity of an already computed presence."""
    values = np.where(held.assessed_domains, held.holder_counts, np.nan)
    return Ubiquity(held.domains, read_only(values), held.definition.extended(measure="ubiquity"))


@dataclass(frozen=True, eq=False)
class _Scaled:
    """X and X_r·X_i divided by the same power of two: only exponents move, and nothing overflows."""

    total: float
    by_region: Floats
    by_domain: Floats

    def expected(self, part: slice) -> Floats:
        return self.by_region[part, None] * self.by_domain


def _scaled(activity: Activity) -> _Scaled:
    exponent = -int(np.frexp(activity.total)[1])
    return _Scaled(
        float(np.ldexp(activity.total, exponent)), activity.region_totals, np.ldexp(activity.domain_totals, exponent)
    )


def _definition(activity: Activity, measure: str) -> Definition:
    return Definition.of(measure=measure, year=activity.year, unknown="counts in no total, never present")
