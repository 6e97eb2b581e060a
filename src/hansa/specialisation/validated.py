"""Validated links: which domains are held together more often than chance, tested pair by pair and corrected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from .activity import Activity
from .advantage import Presence, presence
from .results import ActivityError, Bools, Definition, Floats, read_only, read_only_mask

Null = Literal["hypergeometric", "configuration"]
Correction = Literal["bonferroni", "benjamini-hochberg"]
Integers = NDArray[np.int64]

PAIRS_AT_ONCE = 1 << 20
STATES_AT_ONCE = 1 << 19
NEWTON_STEPS = 200
MARGIN_ERROR = 1e-7
"""Largest allowed difference between a fitted and an observed diversity or ubiquity, in presences."""


@dataclass(frozen=True)
class ValidatedLink:
    """Two domains held together by more regions than chance explains; `domain_a` stands first in the table."""

    domain_a: str
    domain_b: str
    co_occurrence: int
    p_value: float
    z_score: float


@dataclass(frozen=True, eq=False)
class ValidatedLinks:
    """The tested pairs of domains; all arrays are symmetric, shape (domains, domains).

    `p_values`: chance of at least the observed co-occurrence under the null; NaN on the diagonal and for pairs
    that could not be tested. `z_scores`: observed minus expected co-occurrence in standard deviations of the null, NaN
    where the null allows only one outcome. `validated`: p <= `p_cut`, which the correction of `tests` tests gave.
    """

    domains: tuple[str, ...]
    validated: Bools
    p_values: Floats
    z_scores: Floats
    co_occurrence: Floats
    tests: int
    p_cut: float
    definition: Definition

    @property
    def values(self) -> Floats:
        """The links as a relatedness: 1 validated, 0 tested and not validated, NaN not tested."""
        return np.where(np.isnan(self.p_values), np.nan, self.validated.astype(np.float64))

    @cached_property
    def links(self) -> tuple[ValidatedLink, ...]:
        """The validated pairs, smallest p-value first, then largest z-score, then by the order of the domains."""
        rows, columns = np.nonzero(np.triu(self.validated, 1))
        p, z = self.p_values[rows, columns], self.z_scores[rows, columns]
        order = np.lexsort((columns, rows, -z, p))
        return tuple(
            ValidatedLink(
                self.domains[rows[n]],
                self.domains[columns[n]],
                int(self.co_occurrence[rows[n], columns[n]]),
                float(p[n]),
                float(z[n]),
            )
            for n in order
        )


def validated_links(
    activity: Activity,
    null: Null = "hypergeometric",
    correction: Correction = "bonferroni",
    level: float = 0.05,
    *,
    threshold: float = 1.0,
) -> ValidatedLinks:
    """Which pairs of domains co-occur in more regions than a null model explains (one-sided tests).

    null:

    - "hypergeometric": each domain's holders are a random draw of regions (Tumminello et al. 2011). Fixes the
      ubiquities, takes all regions for equally likely holders; exact. Where some regions are far more diverse than
      others it validates pairs that are common only because diverse regions hold everything.
    - "configuration": a region holds a domain with probability x_r y_i / (1 + x_r y_i), fitted so that every
      diversity and ubiquity is right on average (Saracco et al. 2015, 2017). The p-value is the Poisson-binomial
      tail, exact given the fitted probabilities.

    correction: "bonferroni" (p <= level / tests: at most `level` chance of any false link, whatever the dependence)
    or "benjamini-hochberg" (1995: at most a share `level` of false links expected among the validated ones, proven
    for independent or positively dependent tests; pairs that share a domain are not independent).
    Every pair of held domains is a test, also pairs that never co-occur.

    Unknown cells are neither held nor lacked: a pair is tested over the regions where both cells are known, and not
    tested where there is no such region.
    Raises ActivityError for an unknown choice, a level outside 0..1, or probabilities that cannot be fitted.

    >>> held = [[5, 5, 0], [5, 5, 0], [5, 5, 0]] + [[0, 0, 9]] * 6
    >>> table = Activity.from_matrix("ABCDEFGHI", ["ships", "ports", "wine"], held)
    >>> found = validated_links(table)
    >>> [(link.domain_a, link.domain_b, link.co_occurrence, round(link.p_value, 4)) for link in found.links]
    [('ships', 'ports', 3, 0.0119)]
    >>> found.tests, round(found.p_cut, 4)
    (3, 0.0167)
    """
    return validated_links_from(presence(activity, threshold), null, correction, level)


def validated_links_from(
    held: Presence, null: Null = "hypergeometric", correction: Correction = "bonferroni", level: float = 0.05
) -> ValidatedLinks:
    """Validated links of an already computed presence; see `validated_links`."""
    if null not in get_args(Null):
        raise ActivityError(f'The null model is {null!r}; choose "hypergeometric" or "configuration".')
    if correction not in get_args(Correction):
        raise ActivityError(f'The correction is {correction!r}; choose "bonferroni" or "benjamini-hochberg".')
    if not 0 < level < 1:
        raise ActivityError(f"The level is {level!r}; give a number between 0 and 1, usually 0.05.")
    rows = np.flatnonzero(held.assessed.any(axis=1))
    columns = np.flatnonzero(held.holder_counts > 0)
    present, known = held.present[np.ix_(rows, columns)], held.assessed[np.ix_(rows, columns)]
    counts = _together(present, present)
    size = len(held.domains)
    p_values, z_scores, co_occurrence = (np.full((size, size), np.nan) for _ in range(3))
    co_occurrence[np.ix_(columns, columns)] = counts
    both_known = None if known.all() else _together(known, known)
    tested = (
        _hypergeometric(present, known, counts, both_known)
        if null == "hypergeometric"
        else _configured(present, known, counts)
    )
    for first, second, p, z in tested:
        one, other = columns[first], columns[second]
        p_values[one, other] = p_values[other, one] = p
        z_scores[one, other] = z_scores[other, one] = z
    if both_known is not None:
        never = np.ix_(columns, columns)
        p_values[never] = np.where(both_known > 0, p_values[never], np.nan)
    each = p_values[np.triu_indices(size, 1)]
    tests = int(np.isfinite(each).sum())
    p_cut = _cut(each, correction, level, tests)
    definition = held.definition.extended(
        measure="validated links", null=null, correction=correction, level=float(level), tests=tests, side="more often"
    )
    validated = read_only_mask(p_values <= p_cut)
    arrays = (read_only(p_values), read_only(z_scores), read_only(co_occurrence))
    return ValidatedLinks(held.domains, validated, *arrays, tests, p_cut, definition)


def configuration_probabilities(held: Presence) -> Floats:
    """Chance of each presence given only diversity and ubiquity (bipartite configuration model, Saracco et al. 2015).

    Shape (regions, domains): x_r y_i / (1 + x_r y_i), with row sums the diversities and column sums the ubiquities,
    to `MARGIN_ERROR`. Unknown cells have none (NaN) and count in no sum.
    Raises ActivityError where no such probabilities are found.
    """
    fitted = _fitted(held.present & held.assessed, held.assessed)
    return read_only(np.where(held.assessed, fitted, np.nan))


def _together(one: Bools, other: Bools) -> Floats:
    # Counts of up to 2**24 regions are exact in single precision, which BLAS multiplies twice as fast.
    counts: Floats = (one.T.astype(np.float32) @ other.astype(np.float32)).astype(np.float64)
    return counts


def _pairs(count: int) -> Iterator[tuple[Integers, Integers]]:
    """All pairs first < second, a bounded number at a time."""
    step = max(1, PAIRS_AT_ONCE // max(count, 1))
    for start in range(0, count, step):
        first, second = np.triu_indices(min(step, count - start), 1, count - start)
        yield first + start, second + start


Tested = Iterator[tuple[Integers, Integers, Floats, Floats]]


def _hypergeometric(present: Bools, known: Bools, counts: Floats, both_known: Floats | None) -> Tested:
    from scipy.stats import hypergeom

    holders = np.diagonal(counts)
    where_known = counts[:0] if both_known is None else _together(present, known)
    for first, second in _pairs(len(counts)):
        shared = counts[first, second]
        if both_known is None:
            regions = np.full(len(first), float(len(present)))
            one, other = holders[first], holders[second]
        else:
            regions, one = both_known[first, second], where_known[first, second]
            other = where_known[second, first]
        # Many pairs share their numbers; each different case is computed once.
        cases, places = _distinct(shared, regions, np.minimum(one, other), np.maximum(one, other))
        c, n, a, b = (numbers[cases] for numbers in (shared, regions, np.minimum(one, other), np.maximum(one, other)))
        p = np.clip(hypergeom.sf(c - 1, n, a, b), 0.0, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = a * b / n
            z = (c - expected) / np.sqrt(expected * (1 - a / n) * (n - b) / (n - 1))
        z[~np.isfinite(z)] = np.nan
        yield first, second, p[places], z[places]


def _distinct(*numbers: Floats) -> tuple[Integers, Integers]:
    """Index of one pair per different combination of whole numbers, and each pair's combination."""
    code = np.zeros(len(numbers[0]), dtype=np.int64)
    for column in numbers:
        code = np.unique(code, return_inverse=True)[1] * (int(column.max(initial=0.0)) + 1) + column.astype(np.int64)
    _, cases, places = np.unique(code, return_index=True, return_inverse=True)
    return cases, places


def _configured(present: Bools, known: Bools, counts: Floats) -> Tested:
    chances = _fitted(present, known)
    # Domains with the same holders and the same unknown cells have the same probabilities by symmetry.
    key = np.vstack([np.diagonal(counts)[None, :], np.packbits(known, axis=0)]).T
    _, members, classes = np.unique(key, axis=0, return_index=True, return_inverse=True)
    classes = classes.ravel()
    chances = np.ascontiguousarray(chances[:, members])
    expected = chances.T @ chances
    squares = np.square(chances)
    deviation = np.sqrt(np.maximum(expected - squares.T @ squares, 0.0))
    kinds, most = len(members), int(counts.max(initial=0.0)) + 1

    def coded(first: Integers, second: Integers) -> Integers:
        low, high = np.minimum(classes[first], classes[second]), np.maximum(classes[first], classes[second])
        return (low * kinds + high) * most + counts[first, second].astype(np.int64)

    found = [np.unique(coded(first, second)) for first, second in _pairs(len(counts))]
    cases = np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)
    tails = _tails(chances, cases // most // kinds, cases // most % kinds, cases % most)
    for first, second in _pairs(len(counts)):
        where = np.searchsorted(cases, coded(first, second))
        one, other = classes[first], classes[second]
        z = np.full(len(first), np.nan)
        apart = counts[first, second] - expected[one, other]
        np.divide(apart, deviation[one, other], out=z, where=deviation[one, other] > MARGIN_ERROR)
        yield first, second, tails[where], z


def _tails(chances: Floats, one: Integers, other: Integers, counts: Integers) -> Floats:
    """P(X >= count) of sums of independent presences with chances p_ra p_rb (Poisson-binomial), by exact recursion.

    Only sums and products of non-negative numbers, so that tiny tails keep their digits.
    """
    result = np.empty(len(counts))
    order = np.argsort(counts, kind="stable")
    start = 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and (stop + 1 - start) * (counts[order[stop]] + 1) <= STATES_AT_ONCE:
            stop += 1
        chosen = order[start:stop]
        width = int(counts[chosen[-1]])
        # State x: x presences so far; the last state gathers everything from the largest count on.
        state = np.zeros((width + 1, len(chosen)))
        state[0] = 1.0
        for row in chances:
            chance = row[one[chosen]] * row[other[chosen]]
            moved = state[:-1] * chance
            state[:-1] *= 1.0 - chance
            state[1:] += moved
        tail = np.cumsum(state[::-1], axis=0)[::-1]
        result[chosen] = np.minimum(tail[counts[chosen], np.arange(len(chosen))], 1.0)
        start = stop
    return result


def _fitted(present: Bools, known: Bools) -> Floats:
    """Probabilities with the observed margins: certain rows and columns first, the rest by Newton's method."""
    chances = np.zeros(present.shape)
    open_cells = known.copy()
    while True:
        left = np.where(open_cells, present, False)
        full_rows = left.sum(axis=1) == open_cells.sum(axis=1)
        full_columns = left.sum(axis=0) == open_cells.sum(axis=0)
        certain = open_cells & (full_rows[:, None] | full_columns)
        impossible = open_cells & ((left.sum(axis=1) == 0)[:, None] | (left.sum(axis=0) == 0))
        if not (certain | impossible).any():
            break
        chances[certain & ~impossible] = 1.0
        open_cells &= ~(certain | impossible)
    rows, columns = np.flatnonzero(open_cells.any(axis=1)), np.flatnonzero(open_cells.any(axis=0))
    if rows.size:
        inner = np.ix_(rows, columns)
        chances[inner] += _newton(present[inner] & open_cells[inner], open_cells[inner])
    return chances


def _newton(present: Bools, cells: Bools) -> Floats:
    """Maximum likelihood of the logistic model with one effect per row and column, which has the observed margins."""
    if present.shape[0] > present.shape[1]:
        return np.ascontiguousarray(_newton(present.T, cells.T).T)
    inside = cells.astype(np.float64)
    row_sums, column_sums = present.sum(axis=1), present.sum(axis=0)
    rows = np.log(row_sums / np.sqrt(row_sums.sum()))
    columns = np.log(column_sums / np.sqrt(column_sums.sum()))
    for _ in range(NEWTON_STEPS):
        chances: Floats = inside / (1.0 + np.exp(-np.clip(rows[:, None] + columns, -500, 500)))
        row_gap, column_gap = row_sums - chances.sum(axis=1), column_sums - chances.sum(axis=0)
        if max(np.abs(row_gap).max(), np.abs(column_gap).max()) <= MARGIN_ERROR:
            return chances
        slopes = chances * (inside - chances)
        row_slopes, column_slopes = slopes.sum(axis=1), slopes.sum(axis=0)
        scaled = slopes / column_slopes
        small = -scaled @ slopes.T
        small[np.diag_indices_from(small)] += row_slopes * (1 + 1e-12)
        # Only the product x_r y_i matters: adding to all rows what columns lose is a free direction, held fixed.
        small += row_slopes.mean() / len(rows)
        row_step = np.linalg.solve(small, row_gap - scaled @ column_gap)
        column_step = (column_gap - slopes.T @ row_step) / column_slopes
        # A bounded step cannot overshoot far: the likelihood is concave, but flat far from its top.
        length = min(1.0, 2.0 / max(np.abs(row_step).max(), np.abs(column_step).max()))
        rows, columns = rows + length * row_step, columns + length * column_step
    raise ActivityError(
        f"The configuration model did not reach the table's diversities and ubiquities within {NEWTON_STEPS} steps; "
        f'use null="hypergeometric" for this table.'
    )


def _cut(p_values: Floats, correction: Correction, level: float, tests: int) -> float:
    """The largest p-value that is validated."""
    if tests == 0:
        return 0.0
    if correction == "bonferroni":
        return level / tests
    small = np.sort(p_values[p_values <= level])
    passing = np.flatnonzero(small <= level * np.arange(1, len(small) + 1) / tests)
    return float(small[passing[-1]]) if passing.size else 0.0
