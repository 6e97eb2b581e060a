"""What unknown cells could change: bounds on location quotient, presence, diversity and ubiquity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .activity import Activity
from .results import ActivityError, Bools, Definition, Floats, checked_threshold, read_only, read_only_mask

ROUNDS = 10
"""How often row and column totals narrow each other's cells; more rounds only narrow further."""


@dataclass(frozen=True, eq=False)
class SuppressionBounds:
    """Bounds that hold whatever the unknown cells are, within the given limits.

    `cell_low`, `cell_high`: the limits of every cell, shape (regions, domains); both the value where it is known.
    `quotient_low`, `quotient_high`: limits of the location quotient, NaN where no completion gives it one.
    `held`: present in every completion; `lacked`: present in none; `undecided`: neither. A cell that may be 0 is never
    certainly held, though it be held whenever it is not.
    `diversity_low`/`_high`, `ubiquity_low`/`_high`: numbers of certain, and of not impossible, presences; NaN for
    regions and domains that are empty in every completion.
    `tight`: the quotient limits are the smallest and largest values (or their limit) that completions reach. Counts
    are never claimed tight: not all cells can be at their limits at once.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    cell_low: Floats
    cell_high: Floats
    quotient_low: Floats
    quotient_high: Floats
    held: Bools
    lacked: Bools
    diversity_low: Floats
    diversity_high: Floats
    ubiquity_low: Floats
    ubiquity_high: Floats
    tight: bool
    definition: Definition

    @property
    def undecided(self) -> Bools:
        """True where some completions hold the domain and, as far as the bounds tell, some do not."""
        return np.isfinite(self.quotient_low) & ~self.held & ~self.lacked


@dataclass(frozen=True, eq=False)
class _Around:
    """A cell x, the rest of its row (a), the rest of its column (b) and all other cells (c): arrays of one shape."""

    x: Floats
    a: Floats
    b: Floats
    c: Floats


def suppression_bounds(
    activity: Activity,
    *,
    upper: float | Floats | None = None,
    lower: float | Floats = 0.0,
    region_totals: Floats | None = None,
    domain_totals: Floats | None = None,
    threshold: float = 1.0,
) -> SuppressionBounds:
    """Bounds on what the unknown cells of a table can change.

    `lower` and `upper` limit the unknown cells (numbers, or arrays of shape (regions, domains); other cells are
    ignored). Published totals, where the statistical office gives them (NaN where it does not), narrow the cells
    further. Every unknown cell needs an upper limit from one of the three.

    Without totals the quotient limits are exact (`tight`): the quotient of a cell x with a = rest of its row, b = rest
    of its column, c = everything else is x·(x+a+b+c) / ((x+a)·(x+b)), and the four are free of each other. With
    totals they are guaranteed, not exact.

    Completions that empty the cell's region or domain give it no quotient and are left out. Raises ActivityError for
    limits that are missing, negative or crossed, and for totals smaller than their known cells.

    >>> table = Activity.from_matrix(["A", "B"], ["x", "y"], [[8, 2], [None, 6]])
    >>> found = suppression_bounds(table, upper=4)
    >>> found.quotient_low.round(2).tolist(), found.quotient_high.round(2).tolist()
    ([[1.33, 0.4], [0.0, 1.5]], [[1.6, 0.5], [0.67, 2.0]])
    >>> int(found.undecided.sum()), found.tight
    (0, True)
    """
    threshold = checked_threshold(threshold)
    low, high = _limits(activity, lower, upper)
    rows = _checked_totals(activity, region_totals, "region")
    columns = _checked_totals(activity, domain_totals, "domain")
    published = bool(np.isfinite(rows).any() or np.isfinite(columns).any())
    if published:
        low, high = _narrowed(low, high, rows, columns)
    _refuse_unlimited(activity, low, high)
    quotient_low, quotient_high, held, lacked = _quotient_limits(low, high, threshold)
    if published:
        by_totals = _quotients_by_totals(low, high, rows, columns)
        quotient_low, quotient_high = np.maximum(quotient_low, by_totals[0]), np.minimum(quotient_high, by_totals[1])
        held, lacked = held | ((by_totals[0] > threshold) & (low > 0)), lacked | (by_totals[1] < threshold)
    assessable = (high.sum(axis=1) > 0)[:, None] & (high.sum(axis=0) > 0)
    held, lacked = held & assessable, lacked & assessable
    possible = assessable & ~lacked
    return SuppressionBounds(
        regions=activity.regions,
        domains=activity.domains,
        cell_low=read_only(low),
        cell_high=read_only(high),
        quotient_low=read_only(np.where(assessable, quotient_low, np.nan)),
        quotient_high=read_only(np.where(assessable, quotient_high, np.nan)),
        held=read_only_mask(held),
        lacked=read_only_mask(lacked),
        diversity_low=_counts(held, assessable, 1),
        diversity_high=_counts(possible, assessable, 1),
        ubiquity_low=_counts(held, assessable, 0),
        ubiquity_high=_counts(possible, assessable, 0),
        tight=not published,
        definition=_definition(activity, threshold, (lower, upper), (rows, columns)),
    )


def _definition(
    activity: Activity,
    threshold: float,
    limits: tuple[float | Floats, float | Floats | None],
    totals: tuple[Floats, Floats],
) -> Definition:
    lower, upper = ("per cell" if isinstance(limit, np.ndarray) else limit for limit in limits)
    return Definition.of(
        measure="suppression bounds",
        year=activity.year,
        threshold=threshold,
        lower=lower,
        upper=upper,
        region_totals=bool(np.isfinite(totals[0]).any()),
        domain_totals=bool(np.isfinite(totals[1]).any()),
    )


def _counts(cells: Bools, assessable: Bools, axis: int) -> Floats:
    return read_only(np.where(assessable.any(axis=axis), cells.sum(axis=axis), np.nan))


def _limits(activity: Activity, lower: float | Floats, upper: float | Floats | None) -> tuple[Floats, Floats]:
    known, values = activity.known, activity.known_values
    shape = known.shape
    ends = []
    for name, given in (("lower", lower), ("upper", np.inf if upper is None else upper)):
        array = np.asarray(given, dtype=np.float64)
        if array.shape not in ((), shape):
            raise ActivityError(f"The {name} limits have shape {array.shape}; give one number or the shape {shape}.")
        ends.append(np.where(known, values, array))
    low, high = ends
    wrong = ~known & ~((low >= 0) & np.isfinite(low) & (low <= high))
    if wrong.any():
        r, i = np.argwhere(wrong)[0]
        raise ActivityError(
            f"The limits of region {activity.regions[r]!r}, domain {activity.domains[i]!r} are {float(low[r, i])!r} "
            f"and {float(high[r, i])!r}; give a finite lower limit of at least 0 that is not above the upper one."
        )
    return low, high


def _checked_totals(activity: Activity, totals: Floats | None, axis: str) -> Floats:
    labels = activity.regions if axis == "region" else activity.domains
    if totals is None:
        return np.full(len(labels), np.nan)
    found = np.asarray(totals, dtype=np.float64)
    if found.shape != (len(labels),):
        raise ActivityError(f"The {axis} totals have shape {found.shape}; give one for each of {len(labels)} {axis}s.")
    known = activity.region_totals if axis == "region" else activity.domain_totals
    # Sums of the same cells in another order may differ in the last digits.
    small = np.flatnonzero(found < known * (1 - 1e-12))
    if small.size:
        at = int(small[0])
        raise ActivityError(
            f"The total of {axis} {labels[at]!r} is {float(found[at])!r}, less than its known cells "
            f"({float(known[at])!r}); correct it, or give NaN where totals and cells are rounded apart."
        )
    return np.maximum(found, known)


def _narrowed(low: Floats, high: Floats, rows: Floats, columns: Floats) -> tuple[Floats, Floats]:
    """Cells narrowed by totals: a cell is the total minus the other cells of its row (column), at their limits."""
    for _ in range(ROUNDS):
        before = (low, high)
        for axis, totals in ((1, rows), (0, columns)):
            target = np.expand_dims(totals, axis)
            given = np.isfinite(target)
            most = target - (low.sum(axis=axis, keepdims=True) - low)
            least = target - _others(high, axis)
            slack = 1e-12 * np.where(given, target, 0.0)  # sums of many cells are exact to about this
            high = np.where(given, np.maximum(np.minimum(high, most + slack), low), high)
            low = np.where(given, np.minimum(np.maximum(low, least - slack), high), low)
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break
    return low, high


def _others(high: Floats, axis: int) -> Floats:
    """Sum of the other cells along an axis, infinite where one of them is."""
    endless = np.isinf(high)
    finite = np.where(endless, 0.0, high)
    others: Floats = finite.sum(axis=axis, keepdims=True) - finite
    return np.where(endless.sum(axis=axis, keepdims=True) - endless > 0, np.inf, others)


def _refuse_unlimited(activity: Activity, low: Floats, high: Floats) -> None:
    wrong = np.isinf(high)
    if wrong.any():
        r, i = np.argwhere(wrong)[0]
        raise ActivityError(
            f"Nothing limits the unknown cell of region {activity.regions[r]!r}, domain {activity.domains[i]!r}; "
            "give an upper limit, or the published total of its region or domain."
        )


def _around(x: Floats, cells: Floats, opposite: Floats) -> _Around:
    """a and b from `cells`, c from `opposite`: sums without the cell itself."""
    # Sums without one cell are differences of sums: what rounding leaves below zero is zero.
    a = np.maximum(cells.sum(axis=1, keepdims=True) - cells, 0.0)
    b = np.maximum(cells.sum(axis=0) - cells, 0.0)
    rows, columns = opposite.sum(axis=1, keepdims=True), opposite.sum(axis=0)
    c = np.maximum(opposite.sum() - rows - columns + opposite, 0.0)
    return _Around(x, a, b, c)


def _quotient_limits(low: Floats, high: Floats, threshold: float) -> tuple[Floats, Floats, Bools, Bools]:
    """Smallest and largest quotient of each cell, and certain presence and absence at the threshold.

    f(x, a, b, c) = x·T / ((x+a)·(x+b)) with T = x+a+b+c. The derivative of log f is 1/T - 1/(x+a) <= 0 in a, alike in
    b, and 1/T >= 0 in c: smallest at a and b highest and c lowest, largest the other way round. In x its sign is that
    of a·b·(x+T) - c·x², which is positive first and negative after its one root: the smallest value stands at an end
    of x, the largest at the root or the end next to it.
    """
    # Whole numbers are compared exactly; with fractions an average cell is certain only beyond the rounding of sums.
    slack = 0.0 if np.array_equal(low, np.floor(low)) and np.array_equal(high, np.floor(high)) else 1e-12
    least = [_around(end, high, low) for end in (low, high)]
    lowest = _quotient(least[0])
    # x = 0 in a row or column that is otherwise empty has no quotient: only the other end counts.
    no_quotient = (low == 0) & ((least[0].a == 0) | (least[0].b == 0))
    lowest = np.where(no_quotient, _quotient(least[1]), np.minimum(lowest, _quotient(least[1])))
    held = _reaches(least[0], threshold * (1 + slack)) & _reaches(least[1], threshold * (1 + slack))
    most = _around(low, low, high)
    top = _Around(np.clip(_peak(most), low, high), most.a, most.b, most.c)
    highest = np.where(top.x > 0, _quotient(top), _limit_at_zero(top))
    highest = np.where(high == 0, 0.0, highest)
    lacked = (high == 0) | ((highest < threshold) & ~_reaches(top, threshold * (1 - slack)))
    return np.where(high == 0, 0.0, lowest), highest, held, lacked


def _quotient(at: _Around) -> Floats:
    total = at.x + at.a + at.b + at.c
    result = np.zeros_like(at.x)
    row = np.divide(at.x, at.x + at.a, out=result, where=at.x > 0)
    return row * np.divide(total, at.x + at.b, out=np.zeros_like(at.x), where=at.x > 0)


def _reaches(at: _Around, threshold: float) -> Bools:
    """The test of `presence`, multiplied out, so that an exactly average cell is held here too."""
    total = at.x + at.a + at.b + at.c
    return np.asarray((at.x * total >= threshold * ((at.x + at.a) * (at.x + at.b))) & (at.x > 0))


def _peak(at: _Around) -> Floats:
    """The positive root of a·b·(x+T) = c·x², i.e. of c·x² - 2ab·x - ab·(a+b+c); infinite where c = 0."""
    product = at.a * at.b
    root = np.sqrt(product**2 + at.c * product * (at.a + at.b + at.c))
    return np.divide(product + root, at.c, out=np.full_like(at.c, np.inf), where=at.c > 0)


def _limit_at_zero(at: _Around) -> Floats:
    """What f tends to as x falls to 0; above 0 only where the rest of the row or of the column is 0."""
    result = np.zeros_like(at.x)
    rest = at.a + at.b
    one_empty = (at.a == 0) ^ (at.b == 0)
    np.divide(rest + at.c, rest, out=result, where=one_empty)
    result[(at.a == 0) & (at.b == 0)] = np.inf
    return result


def _quotients_by_totals(low: Floats, high: Floats, rows: Floats, columns: Floats) -> tuple[Floats, Floats]:
    """x·X / (X_r·X_i) with every total between its own limits: wider than exact, but uses what is published."""
    row_low, row_high = _known_or(rows, low.sum(axis=1)), _known_or(rows, high.sum(axis=1))
    column_low, column_high = _known_or(columns, low.sum(axis=0)), _known_or(columns, high.sum(axis=0))
    total_low, total_high = max(row_low.sum(), column_low.sum()), min(row_high.sum(), column_high.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        smallest = low * total_low / (row_high[:, None] * column_high)
        largest = high * total_high / (row_low[:, None] * column_low)
    # Rounding of the sums may carry a limit past the truth by a few units in the last place.
    return np.nan_to_num(smallest, nan=0.0) * (1 - 1e-12), np.nan_to_num(largest, nan=np.inf, posinf=np.inf) * (
        1 + 1e-12
    )


def _known_or(totals: Floats, otherwise: Floats) -> Floats:
    return np.where(np.isfinite(totals), totals, otherwise)
