"""Co-specialisation: what regions hold in common, and how alike their profiles are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .activity import Activity
from .advantage import LocationQuotient, Presence, location_quotient, presence
from .results import ActivityError, Definition, Floats, position, read_only


@dataclass(frozen=True)
class SharedDomain:
    """A domain that both regions hold, with both location quotients."""

    domain: str
    location_quotient: float
    other_location_quotient: float


@dataclass(frozen=True)
class RegionPair:
    """Two regions side by side: what both hold, what only one holds, what is unknown, and how alike they are.

    `compared` counts the domains assessed in both; only these enter `jaccard` and `cosine`. The other figures are
    those of `CoSpecialisation`.
    """

    region: str
    other: str
    shared: tuple[SharedDomain, ...]
    only_region: tuple[str, ...]
    only_other: tuple[str, ...]
    not_compared: tuple[str, ...]
    compared: int
    jaccard: float
    cosine: float
    correlation: float
    krugman: float
    definition: Definition


@dataclass(frozen=True, eq=False)
class CoSpecialisation:
    """How much pairs of regions have in common; every array is symmetric with shape (regions, regions).

    `compared`: domains assessed in both. `shared`: domains both hold. `jaccard` = shared / held by either and
    `cosine` = shared / sqrt(held by one x held by the other), counted over the compared domains, 0..1, NaN where
    neither (for cosine: one of them) holds anything there. NaN for regions that cannot be assessed.
    """

    activity: Activity
    presence: Presence
    compared: Floats
    shared: Floats
    jaccard: Floats
    cosine: Floats
    definition: Definition

    @property
    def regions(self) -> tuple[str, ...]:
        """Labels of both axes of every array."""
        return self.activity.regions

    @cached_property
    def correlation(self) -> Floats:
        """Pearson correlation of the regions' shares x_ri / X_r over the domains known in both, -1..1.

        NaN where fewer than two domains are known in both or one region's shares do not vary there.
        """
        return read_only(_correlations(_region_shares(self.activity), self._counted))

    @cached_property
    def krugman(self) -> Floats:
        """Krugman dissimilarity sum_i |x_ri / X_r - x_si / X_s|, 0 = same profile, 2 = nothing in common.

        Over the domains known in both; each region's shares are of its total in those domains. NaN where one of the
        two has nothing there.
        """
        return read_only(_krugman(_region_shares(self.activity), self._counted))

    @cached_property
    def location_quotient(self) -> LocationQuotient:
        """Location quotients of the same table."""
        return location_quotient(self.activity)

    @cached_property
    def _counted(self) -> Floats:
        return self.presence.assessed.astype(np.float64)

    def pair(self, region: str, other: str) -> RegionPair:
        """One pair in full; shared domains by the smaller of the two location quotients, largest first."""
        row, column = self.activity.region_index(region), self.activity.region_index(other)
        held, quotients = self.presence, self.location_quotient.values
        both = held.assessed[row] & held.assessed[column]
        domains = held.domains
        shared = [
            SharedDomain(domains[i], float(quotients[row, i]), float(quotients[column, i]))
            for i in np.flatnonzero(held.present[row] & held.present[column])
        ]
        shared.sort(key=lambda one: (-min(one.location_quotient, one.other_location_quotient), one.domain))
        only_region = both & held.present[row] & ~held.present[column]
        only_other = both & held.present[column] & ~held.present[row]
        return RegionPair(
            region=region,
            other=other,
            shared=tuple(shared),
            only_region=tuple(domains[i] for i in np.flatnonzero(only_region)),
            only_other=tuple(domains[i] for i in np.flatnonzero(only_other)),
            not_compared=tuple(domains[i] for i in np.flatnonzero(~both)),
            compared=int(both.sum()),
            jaccard=float(self.jaccard[row, column]),
            cosine=float(self.cosine[row, column]),
            correlation=float(self.correlation[row, column]),
            krugman=float(self.krugman[row, column]),
            definition=self.definition,
        )


@dataclass(frozen=True)
class CommonDomain:
    """A domain that several regions of a set hold: the holders with their location quotients, largest first.

    `weakest` is the smallest of these quotients; `not_assessed` names regions of the set where it is unknown.
    """

    domain: str
    holders: tuple[tuple[str, float], ...]
    weakest: float
    not_assessed: tuple[str, ...]


@dataclass(frozen=True)
class CommonDomains:
    """Domains that at least `at_least` of `regions` hold: candidates for common priorities."""

    regions: tuple[str, ...]
    at_least: int
    domains: tuple[CommonDomain, ...]
    definition: Definition


def cospecialisation(activity: Activity, *, threshold: float = 1.0) -> CoSpecialisation:
    """Common specialisations of all pairs of regions, and how alike their profiles are.

    Presence: LQ >= threshold. Jaccard (1901) and cosine of presences; Pearson correlation and Krugman (1991)
    dissimilarity of shares, each computed at first use. A domain that is unknown in one of two regions is left out
    of that pair; counts of shared domains are lower bounds there.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[6, 4, 0], [5, 5, 0], [0, 2, 8]])
    >>> found = cospecialisation(table)
    >>> found.shared[0].tolist(), found.pair("A", "B").shared[0].domain, round(found.pair("A", "B").krugman, 3)
    ([2.0, 2.0, 0.0], 'x', 0.2)
    """
    held = presence(activity, threshold)
    present, assessed = held.present.astype(np.float64), held.assessed.astype(np.float64)
    shared, compared = present @ present.T, assessed @ assessed.T
    counted = present @ assessed.T
    either = counted + counted.T - shared
    both = np.sqrt(counted * counted.T)
    jaccard, cosine = np.full_like(shared, np.nan), np.full_like(shared, np.nan)
    np.divide(shared, either, out=jaccard, where=either > 0)
    np.divide(shared, both, out=cosine, where=both > 0)
    np.minimum(cosine, 1.0, out=cosine)
    empty = ~held.assessed.any(axis=1)
    for array in (shared, compared):
        array[empty] = np.nan
        array[:, empty] = np.nan
    definition = held.definition.extended(measure="co-specialisation", compared="domains assessed in both regions")
    return CoSpecialisation(
        activity, held, read_only(compared), read_only(shared), read_only(jaccard), read_only(cosine), definition
    )


def common_domains(
    activity: Activity, regions: Sequence[str], *, at_least: int = 2, threshold: float = 1.0
) -> CommonDomains:
    """Domains that at least `at_least` of the regions hold, most holders first, then by the weakest holder's LQ.

    LQ compares with all regions of the table, not with the set. Ties go to the label.
    Raises ActivityError for unknown or repeated regions and for a number the set cannot reach.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[6, 4, 0], [5, 5, 0], [0, 2, 8]])
    >>> [(one.domain, [label for label, _ in one.holders]) for one in common_domains(table, ["A", "B"]).domains]
    [('x', ['A', 'B']), ('y', ['B', 'A'])]
    """
    places = {label: index for index, label in enumerate(activity.regions)}
    rows = [position(places, label, "region") for label in regions]
    if len(set(rows)) != len(rows):
        raise ActivityError("A region is named twice in the set; name each region once.")
    if not 1 <= at_least <= len(rows):
        raise ActivityError(
            f"At least {at_least} of {len(rows)} regions cannot be asked for; give a number from 1 to {len(rows)}."
        )
    held, quotients = presence(activity, threshold), location_quotient(activity).values
    found = []
    for i in np.flatnonzero(held.present[rows].sum(axis=0) >= at_least):
        holders = [(held.regions[r], float(quotients[r, i])) for r in rows if held.present[r, i]]
        holders.sort(key=lambda one: (-one[1], one[0]))
        unknown = tuple(sorted(held.regions[r] for r in rows if not held.assessed[r, i]))
        found.append(CommonDomain(held.domains[i], tuple(holders), holders[-1][1], unknown))
    found.sort(key=lambda one: (-len(one.holders), -round(one.weakest, 12), one.domain))
    definition = held.definition.extended(measure="common domains", at_least=at_least, of=len(rows))
    return CommonDomains(tuple(regions), at_least, tuple(found), definition)


def _region_shares(activity: Activity) -> Floats:
    """x_ri / X_r with 0 for what is unknown; 0 for empty regions."""
    totals = activity.region_totals
    shares: Floats = (
        activity.known_values * np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)[:, None]
    )
    return shares


def _correlations(shares: Floats, counted: Floats) -> Floats:
    """Pairwise Pearson correlations over the columns counted in both rows."""
    sizes = counted.sum(axis=1, keepdims=True)
    # A pair's correlation does not depend on the origin; the region's own mean keeps the sums small.
    centred = (shares - (shares * counted).sum(axis=1, keepdims=True) / np.maximum(sizes, 1.0)) * counted
    number = counted @ counted.T
    sums, squares = centred @ counted.T, (centred**2) @ counted.T
    with np.errstate(divide="ignore", invalid="ignore"):
        together = centred @ centred.T - sums * sums.T / number
        spread = squares - sums**2 / number
        result = together / np.sqrt(spread * spread.T)
    noise = 1e-12 * squares
    result[(number < 2) | ~(spread > noise) | ~(spread.T > noise.T)] = np.nan
    correlations: Floats = np.clip((result + result.T) / 2.0, -1.0, 1.0)
    return correlations


def _krugman(shares: Floats, counted: Floats) -> Floats:
    from scipy.spatial.distance import pdist, squareform

    rows = np.flatnonzero(counted.any(axis=1))
    columns = np.flatnonzero(counted.any(axis=0))
    result = np.full((len(shares), len(shares)), np.nan)
    if not rows.size:
        return result
    part, known = shares[np.ix_(rows, columns)], counted[np.ix_(rows, columns)]
    if known.all():
        apart = squareform(pdist(part, "cityblock"))
    else:
        apart = np.empty((len(rows), len(rows)))
        totals = part @ known.T
        with np.errstate(divide="ignore", invalid="ignore"):
            for k in range(len(rows)):
                # Shares of what is known in both: this region's total differs from partner to partner.
                own = part[k] * known / totals[k][:, None]
                others = part * known[k] / totals[:, k][:, None]
                apart[k] = np.abs(own - others).sum(axis=1)
        apart = (apart + apart.T) / 2.0
    result[np.ix_(rows, rows)] = np.minimum(apart, 2.0)
    return result
