"""Complementarity: what partner regions would add to a region's relatedness density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from .activity import Activity
from .advantage import Presence, presence
from .relatedness import proximity_from, proximity_per_total
from .results import ActivityError, Bools, Definition, Floats, RelatednessMatrix, position, read_only

Precision = Literal["double", "single"]

BLOCK = 1024
"""Regions per step of the two products: large enough for full speed, small enough to keep copies small."""


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
    presence: Presence
    weights: Floats
    definition: Definition

    @cached_property
    def partner_only(self) -> Floats:
        """Number of domains that the partner (column) holds and the region (row) is known to lack."""
        held = self.presence
        assessable = _assessable(held)
        # Counts of up to 2**24 domains are exact in single precision.
        present = held.present.astype(np.float32)
        if np.array_equal(held.assessed, assessable[:, None] & held.assessed.any(axis=0)):
            counts = present.sum(axis=1) - present @ present.T
        else:
            counts = held.lacked.astype(np.float32) @ present.T
        result = counts.astype(np.float64)
        result[~assessable] = np.nan
        result[:, ~assessable] = np.nan
        return read_only(result)

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

    def added_by_partner(self, region: str) -> Floats:
        """Density that each partner (row) would add to one region in each domain (column), shares of 1.

        Shape (regions, domains). NaN in the columns of domains that the region is not known to lack or whose density
        is not defined, and in the rows of partners that cannot be assessed.
        """
        row = position(self._positions, region, "region")
        held = self.presence
        gaining = gaining_domains(held, self.weights, row)
        offered = np.flatnonzero(held.lacked[row])
        result = np.full((len(self.regions), len(self.domains)), np.nan)
        result[:, gaining] = held.present[:, offered].astype(np.float64) @ self.weights[np.ix_(gaining, offered)].T
        result[~_assessable(held)] = np.nan
        return read_only(result)

    def largest_added(self, region: str) -> Floats:
        """The largest density that each partner would add to any domain the region lacks, shape (regions,).

        One matrix product for one region; NaN exactly where the mean is.
        """
        added = self.added_by_partner(region)
        row = self._positions[region]
        largest = np.fmax.reduce(added, axis=1, initial=-np.inf)
        return read_only(np.where(np.isfinite(self.mean_added_density[row]), largest, np.nan))

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


def complementarity(
    activity: Activity,
    *,
    threshold: float = 1.0,
    relatedness: RelatednessMatrix | None = None,
    precision: Precision = "double",
) -> Complementarity:
    """Added relatedness density of every ordered pair of regions (Balland and Boschma 2021).

    For region r, partner s and a domain i that r lacks: sum_j phi_ij (1 - M_rj) M_sj / sum_j phi_ij, j != i, which is
    the density of r and s together minus the density of r; averaged over the domains r lacks. In shares of 1, where
    the article prints percent. Unknown cells of r count neither as lacked nor as gaining, so the figure is a lower
    bound. Without links between regions; see `linked_complementarity` for those.

    phi is the proximity of this table, or any `relatedness` whose labels cover the table's domains, in any order.
    `precision="single"` halves the cost of the two matrix products and keeps six to seven digits.
    Raises ActivityError for a relatedness that lacks domains or has negative or infinite values.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[9, 0, 0], [0, 5, 5], [5, 5, 0]])
    >>> complementarity(table).partners_of("A")
    (('B', 0.75), ('C', 0.5))
    """
    held = presence(activity, threshold)
    if relatedness is None:
        return complementarity_from(held, proximity_per_total(proximity_from(held)), precision=precision)
    weights = relatedness_weights(relatedness, held.domains)
    return complementarity_from(held, weights, precision=precision, relatedness=described(relatedness))


def complementarity_from(
    held: Presence,
    weights: Floats,
    *,
    precision: Precision = "double",
    relatedness: str = "proximity: co-occurrence / larger ubiquity",
) -> Complementarity:
    """Complementarity of a presence and its `proximity_per_total` or `relatedness_weights`: two matrix products.

    `relatedness` is the name recorded in the definition.
    """
    number: Any = _number(precision)
    assessable, related = _assessable(held), weights.any(axis=1)
    counts = (held.lacked & related).sum(axis=1)
    share = np.divide(1.0, counts, out=np.zeros(len(counts)), where=counts > 0).astype(number)
    factors, present = weights.astype(number, copy=False), held.present.astype(number).T
    mean = np.empty((len(held.regions), len(held.regions)))
    for start in range(0, len(held.regions), BLOCK):
        rows = slice(start, start + BLOCK)
        lacked = held.lacked[rows].astype(number)
        # First product: what holding domain j would be worth to r; second: summed over what only s holds.
        # Rows of `factors` that belong to unrelated domains are zero, so gaining and lacked need no second copy.
        worth = lacked @ factors
        worth *= lacked
        worth *= share[rows, None]
        if number is np.float64:
            np.matmul(worth, present, out=mean[rows])
        else:
            mean[rows] = worth @ present
    mean[counts == 0] = np.nan
    mean[~assessable] = np.nan
    mean[:, ~assessable] = np.nan
    definition = held.definition.extended(
        measure="complementarity",
        relatedness=relatedness,
        diagonal="exclude",
        mean_over="domains the region lacks",
        link_weights=None,
        precision=precision,
    )
    return Complementarity(held.regions, held.domains, read_only(mean), held, weights, definition)


def relatedness_weights(relatedness: RelatednessMatrix, domains: tuple[str, ...]) -> Floats:
    """phi_ij / sum_j phi_ij without j = i for any relatedness, rows and columns in the order of `domains`.

    The counterpart of `proximity_per_total` for a relatedness from elsewhere. A relatedness of NaN counts as none.
    Raises ActivityError where the matrix has another shape than its labels, lacks a domain, or holds a negative or
    infinite number.
    """
    values = np.asarray(relatedness.values, dtype=np.float64)
    if values.shape != (len(relatedness.domains),) * 2:
        raise ActivityError(
            f"The relatedness has shape {values.shape}, but {len(relatedness.domains)} domains; "
            "give one row and one column per domain."
        )
    if tuple(relatedness.domains) != domains:
        order = _order(relatedness.domains, domains)
        values = values[np.ix_(order, order)]
    weights = np.where(np.isnan(values), 0.0, values)
    np.fill_diagonal(weights, 0.0)
    wrong = (weights < 0) | np.isinf(weights)
    if wrong.any():
        i, j = np.argwhere(wrong)[0].tolist()
        raise ActivityError(
            f"The relatedness of {domains[i]!r} and {domains[j]!r} is {float(weights[i, j])!r}; "
            "give finite numbers of at least 0."
        )
    totals = weights.sum(axis=1)
    weights *= np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)[:, None]
    return read_only(weights)


def described(relatedness: RelatednessMatrix) -> str:
    """The name of a relatedness as it stands in definitions: its measure and formula or method."""
    told = [relatedness.definition.get(name) for name in ("measure", "method", "formula")]
    return ": ".join(str(part) for part in told if part) or "relatedness given by the caller"


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


def _assessable(held: Presence) -> Bools:
    return np.asarray(held.assessed.any(axis=1))


def _number(precision: str) -> type[np.floating[Any]]:
    if precision not in ("double", "single"):
        raise ActivityError(f'The precision is {precision!r}; choose "double" or "single".')
    return np.float64 if precision == "double" else np.float32


def _order(given: Sequence[str], wanted: Sequence[str]) -> list[int]:
    places = {label: index for index, label in enumerate(given)}
    missing = [label for label in wanted if label not in places]
    if missing:
        raise ActivityError(
            f"The relatedness lacks {len(missing)} of the table's {len(wanted)} domains, the first is {missing[0]!r}; "
            "give a relatedness that covers every domain."
        )
    return [places[label] for label in wanted]
