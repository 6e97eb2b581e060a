"""Change between two years: entry and exit, growth, shift-share, and change of the location quotient.

Both years are laid on one grid by label. A region or domain that a year's table does not have is unknown in that year,
never zero: nothing enters, leaves or grows because a label came or went. Such labels are named in `labels`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from .activity import Activity
from .advantage import Presence, location_quotient, presence
from .comparison import ComparedLabels, Grid, years_in_order
from .quotients import symmetric_quotient
from .results import ActivityError, Bools, Definition, Floats, Setting, read_only, read_only_mask

QuotientForm = Literal["plain", "symmetric"]


@dataclass(frozen=True, eq=False)
class Turnover:
    """Entries and exits counted along one axis, one number per label; NaN where no cell is decided.

    `entry_rate` = entries / `lacked_before`, `exit_rate` = exits / `held_before`, both over decided cells, 0..1; NaN
    where the denominator is 0.
    """

    labels: tuple[str, ...]
    entries: Floats
    exits: Floats
    lacked_before: Floats
    held_before: Floats
    entry_rate: Floats
    exit_rate: Floats


@dataclass(frozen=True, eq=False)
class EntryExit:
    """What every cell did between two years: masks of shape (regions, domains), at most one of them True in a cell.

    `entered`: lacked, then held; `left`: held, then lacked; `stayed`: held twice; `absent`: lacked twice. Where none
    is True the cell is *undecided*: unknown, empty or without a label in at least one of the years.
    """

    labels: ComparedLabels
    entered: Bools
    left: Bools
    stayed: Bools
    absent: Bools
    definition: Definition

    @property
    def regions(self) -> tuple[str, ...]:
        """Labels of the rows."""
        return self.labels.regions

    @property
    def domains(self) -> tuple[str, ...]:
        """Labels of the columns."""
        return self.labels.domains

    @cached_property
    def undecided(self) -> Bools:
        """True where at least one of the years does not say whether the domain was held."""
        return read_only_mask(~(self.entered | self.left | self.stayed | self.absent))

    @cached_property
    def by_region(self) -> Turnover:
        """Counts and rates of each region."""
        return self._turnover(1, self.regions)

    @cached_property
    def by_domain(self) -> Turnover:
        """Counts and rates of each domain."""
        return self._turnover(0, self.domains)

    @property
    def entry_rate(self) -> float:
        """Entries / cells lacked before, over the whole table: the base rate of any prediction of entry."""
        return _rate(int(self.entered.sum()), int(self.absent.sum()))

    @property
    def exit_rate(self) -> float:
        """Exits / cells held before, over the whole table."""
        return _rate(int(self.left.sum()), int(self.stayed.sum()))

    def _turnover(self, axis: int, labels: tuple[str, ...]) -> Turnover:
        decided = ~self.undecided.all(axis=axis)
        masks = (self.entered, self.left, self.absent, self.stayed)
        entered, left, absent, stayed = (np.where(decided, mask.sum(axis=axis), np.nan) for mask in masks)
        lacked, held = entered + absent, left + stayed
        found = (entered, left, lacked, held, _divided(entered, lacked), _divided(left, held))
        return Turnover(labels, *(read_only(one) for one in found))


@dataclass(frozen=True, eq=False)
class GrowthRates:
    """Yearly growth as shares (0.05 = 5 % a year); NaN with a reason that can be counted.

    `compound` = (x1/x0)^(1/k) − 1; `logarithmic` = ln(x1/x0)/k. `unknown`: a year's value is not known; `zero_base`:
    x0 is 0, neither rate exists; `zero_end`: x1 is 0, `compound` is −1 and `logarithmic` NaN.
    """

    compound: Floats
    logarithmic: Floats
    unknown: Bools
    zero_base: Bools
    zero_end: Bools


@dataclass(frozen=True, eq=False)
class Growth:
    """Growth of cells (regions, domains), and of the totals of regions and domains over cells known in both years."""

    labels: ComparedLabels
    years: float
    cells: GrowthRates
    by_region: GrowthRates
    by_domain: GrowthRates
    definition: Definition


@dataclass(frozen=True, eq=False)
class ShiftShareParts:
    """Change and its three parts, in the unit of the values; `national + mix + competitive = change`."""

    change: Floats
    national: Floats
    mix: Floats
    competitive: Floats


@dataclass(frozen=True, eq=False)
class ShiftShare:
    """Shift-share of cells (NaN where not `used`), and its sums for regions and domains (NaN where nothing is used).

    `national_growth` and `domain_growth` are the rates over the whole period the parts were computed with.
    `coverage`: share of the grid's cells used; `earlier_coverage`, `later_coverage`: share of all known activity of
    that year in them; `region_coverage`: share of each region's cells used.
    """

    labels: ComparedLabels
    used: Bools
    cells: ShiftShareParts
    by_region: ShiftShareParts
    by_domain: ShiftShareParts
    national_growth: float
    domain_growth: Floats
    coverage: float
    earlier_coverage: float
    later_coverage: float
    region_coverage: Floats
    definition: Definition


@dataclass(frozen=True, eq=False)
class QuotientChange:
    """Location quotients of two years on one grid and `values` = later − earlier, shape (regions, domains).

    NaN unless the cell can be judged in both years; `region_mean` and `domain_mean` are means of what is left.
    """

    labels: ComparedLabels
    earlier: Floats
    later: Floats
    values: Floats
    region_mean: Floats
    domain_mean: Floats
    definition: Definition


def entry_exit(earlier: Activity | Presence, later: Activity | Presence, *, threshold: float = 1.0) -> EntryExit:
    """Domains that regions entered and left between two years (Hidalgo et al. 2007; Boschma et al. 2013).

    A region enters a domain it is known to have lacked and later holds, and leaves one it held and is later known to
    lack. A cell unknown in either year is undecided and counts in no rate; so does a domain no region had before.
    `threshold` is for years given as Activity; years given as Presence must have been decided alike.
    Raises ActivityError for presences decided differently and for years in the wrong order.

    >>> before = Activity.from_matrix(["A", "B"], ["x", "y"], [[9, 1], [1, 9]], year=2015)
    >>> after = Activity.from_matrix(["A", "B"], ["x", "y"], [[9, 9], [1, 0]], year=2020)
    >>> found = entry_exit(before, after)
    >>> found.entered.tolist(), found.by_region.exits.tolist(), found.entry_rate
    ([[False, True], [True, False]], [1.0, 1.0], 1.0)
    """
    held = [one if isinstance(one, Presence) else presence(one, threshold) for one in (earlier, later)]
    settings = [{name: value for name, value in one.definition.items() if name != "year"} for one in held]
    if settings[0] != settings[1]:
        raise ActivityError(
            f"The presences of the two years were decided differently ({settings[0]} and {settings[1]}); "
            f"use one definition for both."
        )
    grid = Grid(held[0], held[1])
    years = years_in_order(*(one.definition.get("year") for one in held))
    masks = [(grid.place(one.present, k, False), grid.place(one.lacked, k, False)) for k, one in enumerate(held)]
    (held0, lacked0), (held1, lacked1) = masks
    definition = _definition("entry and exit", years, {**settings[0]}, entry_rate="entries / known to be lacked before")
    return EntryExit(
        labels=grid.labels,
        entered=read_only_mask(lacked0 & held1),
        left=read_only_mask(held0 & lacked1),
        stayed=read_only_mask(held0 & held1),
        absent=read_only_mask(lacked0 & lacked1),
        definition=definition,
    )


def growth(earlier: Activity, later: Activity, *, years: float | None = None) -> Growth:
    """Compound annual and logarithmic growth between two years of cells, regions and domains.

    `years` is the length of the period, taken from the tables' years when not given. Totals of regions and domains
    add up only cells known in both years, so that a value published for the first time is no growth.
    Raises ActivityError where the length is neither given nor known, or not positive.

    >>> before = Activity.from_matrix(["A"], ["x", "y"], [[100, 0]], year=2018)
    >>> found = growth(before, Activity.from_matrix(["A"], ["x", "y"], [[121, 7]], year=2020))
    >>> found.cells.compound.round(3).tolist(), int(found.cells.zero_base.sum())
    ([[0.1, nan]], 1)
    """
    between = years_in_order(earlier.year, later.year)
    length = _length(between, years)
    grid = Grid(earlier, later)
    before, after, used = grid.known_twice(earlier, later)
    cells = _rates(before, after, used, length)
    by_region = _rates(before.sum(axis=1), after.sum(axis=1), used.sum(axis=1) > 0, length)
    by_domain = _rates(before.sum(axis=0), after.sum(axis=0), used.sum(axis=0) > 0, length)
    definition = _definition("growth", between, {}, period=length, totals="cells known in both years")
    return Growth(grid.labels, length, cells, by_region, by_domain, definition)


def shift_share(earlier: Activity, later: Activity) -> ShiftShare:
    """Change split into national, industry-mix and competitive effect (Dunn 1960).

    x1 − x0 = x0·g + x0·(g_i − g) + (x1 − x0 − x0·g_i), with g the growth of all regions and domains together and g_i
    that of domain i, over the whole period. Only cells known in both years enter the change, g and g_i; the coverage
    fields say how much that leaves out. A domain without activity before has no g_i: what appears in it is
    competitive effect. All is NaN where there was no activity at all before.
    Raises ActivityError for years in the wrong order.

    >>> before = Activity.from_matrix(["A", "B"], ["x", "y"], [[60, 40], [40, 60]])
    >>> after = Activity.from_matrix(["A", "B"], ["x", "y"], [[96, 36], [54, 54]])
    >>> parts = shift_share(before, after).by_region
    >>> [part.round(6).tolist() for part in (parts.change, parts.national, parts.mix, parts.competitive)]
    [[32.0, 8.0], [20.0, 20.0], [6.0, -6.0], [6.0, -6.0]]
    """
    between = years_in_order(earlier.year, later.year)
    grid = Grid(earlier, later)
    before, after, used = grid.known_twice(earlier, later)
    before_domain, after_domain = before.sum(axis=0), after.sum(axis=0)
    all_before, all_after = float(before_domain.sum()), float(after_domain.sum())
    rate = (all_after - all_before) / all_before if all_before > 0 else float("nan")
    domain_rate = _divided(after_domain - before_domain, before_domain)
    # Without a base every x0 of the domain is 0, so any rate gives the same parts; the common one keeps mix at 0.
    applied = np.where(before_domain > 0, domain_rate, rate)
    parts = (after - before, before * rate, before * (applied - rate), after - before - before * applied)
    if all_before == 0:
        used = np.zeros_like(used)
    definition = _definition("shift-share", between, {}, cells="known in both years", rates="over the whole period")
    return ShiftShare(
        labels=grid.labels,
        used=read_only_mask(used),
        cells=ShiftShareParts(*(read_only(np.where(used, part, np.nan)) for part in parts)),
        by_region=_summed(parts, used, 1),
        by_domain=_summed(parts, used, 0),
        national_growth=rate,
        domain_growth=read_only(domain_rate),
        coverage=float(used.mean()) if used.size else float("nan"),
        earlier_coverage=_share(all_before, earlier.total),
        later_coverage=_share(all_after, later.total),
        region_coverage=read_only(used.sum(axis=1) / np.float64(max(used.shape[1], 1))),
        definition=definition,
    )


def quotient_change(earlier: Activity, later: Activity, *, form: QuotientForm = "plain") -> QuotientChange:
    """Change of the location quotient of every cell; `form="symmetric"` compares (LQ − 1)/(LQ + 1) instead.

    Each year's quotient is taken against that year's own table, so regions or domains that come or go move the others.
    Raises ActivityError for another form and for years in the wrong order.

    >>> before = Activity.from_matrix(["A", "B"], ["x", "y"], [[3, 1], [1, 3]])
    >>> after = Activity.from_matrix(["A", "B"], ["x", "y"], [[2, 2], [2, 2]])
    >>> quotient_change(before, after).values.tolist()
    [[-0.5, 0.5], [0.5, -0.5]]
    """
    if form not in ("plain", "symmetric"):
        raise ActivityError(f'The form of the quotient is {form!r}; choose "plain" or "symmetric".')
    between = years_in_order(earlier.year, later.year)
    measure: Callable[[Activity], Floats] = (
        (lambda one: location_quotient(one).values) if form == "plain" else (lambda one: symmetric_quotient(one).values)
    )
    grid = Grid(earlier, later)
    before, after = (grid.place(measure(one), k, np.nan) for k, one in enumerate((earlier, later)))
    values = after - before
    return QuotientChange(
        labels=grid.labels,
        earlier=read_only(before),
        later=read_only(after),
        values=read_only(values),
        region_mean=read_only(_mean(values, 1)),
        domain_mean=read_only(_mean(values, 0)),
        definition=_definition("change of location quotient", between, {}, form=form),
    )


def _length(between: tuple[Setting, Setting], years: float | None) -> float:
    earlier, later = between
    if years is None:
        if not (isinstance(earlier, int) and isinstance(later, int)):
            raise ActivityError("The tables do not both say their year; give the length of the period as years.")
        return float(later - earlier)
    if not (np.isfinite(years) and years > 0):
        raise ActivityError(f"The period is {years!r} years long; give a positive number.")
    return float(years)


def _rates(before: Floats, after: Floats, used: Bools, years: float) -> GrowthRates:
    zero_base, zero_end = used & (before == 0), used & (before > 0) & (after == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithmic = (np.log(after) - np.log(before)) / years
    logarithmic[~used | zero_base | zero_end] = np.nan
    compound = np.where(zero_end, -1.0, np.expm1(logarithmic))
    masks = (read_only_mask(mask) for mask in (~used, zero_base, zero_end))
    return GrowthRates(read_only(compound), read_only(logarithmic), *masks)


def _summed(parts: tuple[Floats, ...], used: Bools, axis: int) -> ShiftShareParts:
    some = used.any(axis=axis)
    return ShiftShareParts(*(read_only(np.where(some, part.sum(axis=axis), np.nan)) for part in parts))


def _divided(parts: Floats, wholes: Floats) -> Floats:
    result: Floats = np.divide(parts, wholes, out=np.full_like(wholes, np.nan), where=wholes > 0)
    return result


def _mean(values: Floats, axis: int) -> Floats:
    counted = np.isfinite(values)
    return _divided(np.where(counted, values, 0.0).sum(axis=axis), counted.sum(axis=axis).astype(np.float64))


def _rate(some: int, others: int) -> float:
    return some / (some + others) if some + others else float("nan")


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def _definition(
    measure: str, years: tuple[Setting, Setting], shared: dict[str, Setting], **settings: Setting
) -> Definition:
    own: dict[str, Setting] = {"measure": measure, "earlier_year": years[0], "later_year": years[1]}
    return Definition.of(**{**shared, **own, **settings})
