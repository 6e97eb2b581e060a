"""The one input of every measure: activity of regions in domains in one year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .cells import SPARSE_BELOW, Cells
from .results import ActivityError, Bools, Floats, position, read_only, read_only_mask

Absent = Literal["zero", "unknown"]
Values = Sequence[float | None] | NDArray[np.generic]
Labels = Sequence[str] | NDArray[np.generic]


class Activity:
    """Activity of regions in domains (persons employed, patents, exports ...) for one year.

    Values are float64 of shape (regions, domains) in the unit of the source, >= 0; a matrix or a SciPy sparse array is
    taken, and kept sparsely inside when most cells are zero. NaN means *unknown* (suppressed, confidential, not
    collected) and is never the same as 0.

    How unknown cells enter every measure: an unknown cell counts in no total, is never a presence, and the
    result for that cell is NaN. Whatever is counted over presences (diversity, ubiquity, density) is therefore
    a lower bound for regions and domains with unknown cells; `region_coverage` and `domain_coverage` say where.

    Regions and domains without any positive known value stay in the labels; measures answer NaN for them.

    >>> activity = Activity.from_long(["PL84", "PL84", "LT02"], ["16", "31", "16"], [10, 5, 8], year=2024)
    >>> activity.regions, activity.domains
    (('LT02', 'PL84'), ('16', '31'))
    >>> activity.values.tolist()
    [[8.0, 0.0], [10.0, 5.0]]
    """

    def __init__(self, regions: Iterable[str], domains: Iterable[str], values: object, year: int | None = None) -> None:
        """Raises ActivityError for repeated labels, a wrong shape, negative or infinite values."""
        self._regions, self._domains, self._year = _axis(regions, "region"), _axis(domains, "domain"), year
        numbers = _numbers(values)
        if numbers.shape != (len(self._regions), len(self._domains)):
            raise ActivityError(
                f"The values have shape {numbers.shape}, but there are {len(self._regions)} regions and "
                f"{len(self._domains)} domains; give one row per region and one column per domain."
            )
        self._cells = Cells.of(numbers)
        self._has_unknown = self._checked()

    @property
    def regions(self) -> tuple[str, ...]:
        """Labels of the rows."""
        return self._regions

    @property
    def domains(self) -> tuple[str, ...]:
        """Labels of the columns."""
        return self._domains

    @property
    def year(self) -> int | None:
        """The year of the values, if it was given."""
        return self._year

    @property
    def cells(self) -> Cells:
        """The cells as they are kept; `cells.blocks()` reads a large table without making it dense."""
        return self._cells

    @property
    def values(self) -> Floats:
        """All values, regions x domains, NaN = unknown; made anew at each call where they are kept sparsely."""
        return self._cells.values

    @classmethod
    def from_matrix(cls, regions: Labels, domains: Labels, values: object, *, year: int | None = None) -> Activity:
        """Activity from a regions x domains matrix, keeping the order of the labels.

        Raises ActivityError for repeated labels, a wrong shape, negative or infinite values.

        >>> Activity.from_matrix(["A", "B"], ["x", "y"], [[1, 2], [None, 4]]).coverage
        0.75
        """
        return cls(_plain(regions), _plain(domains), values, year)

    @classmethod
    def from_long(
        cls, regions: Labels, domains: Labels, values: Values, year: int | None = None, *, absent: Absent = "zero"
    ) -> Activity:
        """Activity from three columns of equal length, one row per (region, domain) pair.

        A value of None or NaN is unknown. A pair without a row is 0 or unknown, as `absent` says.
        Labels are sorted, so the order of the rows changes nothing.
        Raises ActivityError for columns of unequal length, a pair given twice, labels that are not text,
        negative or infinite values; rows are counted from 1.
        """
        region_axis, domain_axis, cells, numbers = _aligned(regions, domains, values)
        if absent not in ("zero", "unknown"):
            raise ActivityError(f'Absent pairs cannot be {absent!r}; choose "zero" or "unknown".')
        shape = (len(region_axis), len(domain_axis))
        if absent == "zero" and len(cells) < SPARSE_BELOW * shape[0] * shape[1]:
            order = np.argsort(cells)
            at = cells[order]
            indptr = np.searchsorted(at, np.arange(shape[0] + 1) * shape[1])
            packed = sparse.csr_array((numbers[order], at % shape[1], indptr), shape=shape)
            packed.eliminate_zeros()
            return cls(region_axis, domain_axis, packed, year)
        filled = np.full(shape, 0.0 if absent == "zero" else np.nan)
        filled.reshape(-1)[cells] = numbers
        return cls(region_axis, domain_axis, read_only(filled), year)

    @property
    def has_unknown(self) -> bool:
        """Whether any cell is unknown."""
        return self._has_unknown

    @cached_property
    def known(self) -> Bools:
        """True where the value is known (regions x domains)."""
        if not self._has_unknown:
            return _everywhere(self._cells.shape)
        known = np.ones(self._cells.shape, dtype=np.bool_)
        for part, block in self._cells.blocks():
            np.logical_not(np.isnan(block), out=known[part])
        return read_only_mask(known)

    @property
    def coverage(self) -> float:
        """Share of known cells, 0..1; NaN for a table without cells."""
        return float(self.known.mean()) if self.known.size else float("nan")

    @cached_property
    def region_coverage(self) -> Floats:
        """Share of known cells of each region, 0..1."""
        return read_only(self.known.sum(axis=1) / np.float64(max(len(self.domains), 1)))

    @cached_property
    def domain_coverage(self) -> Floats:
        """Share of known cells of each domain, 0..1."""
        return read_only(self.known.sum(axis=0) / np.float64(max(len(self.regions), 1)))

    @property
    def known_values(self) -> Floats:
        """The values with 0 in place of unknown: for totals only, where unknown counts nothing."""
        return read_only(np.where(self.known, self.values, 0.0)) if self._has_unknown else self.values

    @cached_property
    def region_totals(self) -> Floats:
        """Sum of the known values of each region, in the unit of the values."""
        return self._totals[0]

    @cached_property
    def domain_totals(self) -> Floats:
        """Sum of the known values of each domain, in the unit of the values."""
        return self._totals[1]

    @property
    def total(self) -> float:
        """Sum of all known values, in the unit of the values."""
        return float(self.region_totals.sum())

    @cached_property
    def assessed(self) -> Bools:
        """True where a cell can be judged: known, in a region and a domain with a positive known total."""
        rows, columns = self.region_totals > 0, self.domain_totals > 0
        if not self._has_unknown and rows.all() and columns.all():
            return _everywhere(self._cells.shape)
        return read_only_mask(self.known & rows[:, None] & columns)

    @cached_property
    def _totals(self) -> tuple[Floats, Floats]:
        by_region, by_domain = np.zeros(len(self._regions)), np.zeros(len(self._domains))
        for part, block in self._cells.blocks():
            known = np.nan_to_num(block, nan=0.0) if self._has_unknown else block
            known.sum(axis=1, out=by_region[part])
            by_domain += known.sum(axis=0)
        return read_only(by_region), read_only(by_domain)

    def _checked(self) -> bool:
        """Whether there are unknown cells; refuses what cannot be an activity."""
        stored = self._cells.stored
        if not stored.size:
            return False
        lowest, highest = float(stored.min()), float(stored.max())
        if lowest >= 0 and np.isfinite(highest):
            return False
        _refuse_impossible(self.values, lambda at: f"region {self._regions[at[0]]!r}, domain {self._domains[at[1]]!r}")
        return True

    @cached_property
    def _region_positions(self) -> dict[str, int]:
        return {label: index for index, label in enumerate(self.regions)}

    @cached_property
    def _domain_positions(self) -> dict[str, int]:
        return {label: index for index, label in enumerate(self.domains)}

    def region_index(self, region: str) -> int:
        """Row of a region; raises ActivityError when the table has no such region."""
        return position(self._region_positions, region, "region")

    def domain_index(self, domain: str) -> int:
        """Column of a domain; raises ActivityError when the table has no such domain."""
        return position(self._domain_positions, domain, "domain")


def _plain(labels: Labels) -> list[str]:
    return cast("list[str]", labels.tolist()) if isinstance(labels, np.ndarray) else list(labels)


def _aligned(
    regions: Labels, domains: Labels, values: Values
) -> tuple[tuple[str, ...], tuple[str, ...], NDArray[np.int64], Floats]:
    """Sorted labels, the position of each row's cell in a regions x domains matrix, and the row's value."""
    region_column, domain_column = _plain(regions), _plain(domains)
    numbers = cast(Floats, _numbers(values))
    if not len(region_column) == len(domain_column) == numbers.size or numbers.ndim != 1:
        raise ActivityError(
            f"The columns differ in length: {len(region_column)} regions, {len(domain_column)} domains, "
            f"{numbers.size} values; give one of each per row."
        )
    _refuse_impossible(numbers, lambda at: f"row {at[0] + 1} ({region_column[at[0]]!r}, {domain_column[at[0]]!r})")
    region_codes, region_axis = _codes(region_column, "region")
    domain_codes, domain_axis = _codes(domain_column, "domain")
    cells = region_codes * len(domain_axis) + domain_codes
    _refuse_repeated_pair(cells, region_column, domain_column)
    return region_axis, domain_axis, cells, numbers


def _everywhere(shape: tuple[int, int]) -> Bools:
    """A mask that is True throughout and takes one byte."""
    return np.broadcast_to(np.True_, shape)


def _numbers(values: object) -> Floats | sparse.csr_array:
    """The caller's numbers as float64, copied unless they are this library's own and refuse writes already."""
    try:
        if sparse.issparse(values):
            packed: sparse.csr_array = sparse.csr_array(cast(Any, values), dtype=np.float64, copy=True)
            packed.sum_duplicates()
            packed.eliminate_zeros()
            return packed
        ours = isinstance(values, np.ndarray) and not values.flags.writeable and values.base is None
        return np.array(values, dtype=np.float64, order="C", copy=None if ours else True)
    except (TypeError, ValueError) as error:
        raise ActivityError(
            f"The values are not all numbers ({error}); give numbers, and None or NaN for unknown."
        ) from error


def _refuse_non_text(label: object, axis: str, row: int) -> None:
    if not isinstance(label, str) or not label:
        raise ActivityError(
            f"The {axis} in row {row} is {label!r}; every {axis} label must be non-empty text (read codes as text)."
        )


def _codes(column: list[str], axis: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    distinct = set(column)
    if not all(isinstance(label, str) and label for label in distinct):
        for row, label in enumerate(column, start=1):
            _refuse_non_text(label, axis, row)
    labels = tuple(sorted(map(str, distinct)))
    codes = {label: code for code, label in enumerate(labels)}
    return np.fromiter(map(codes.__getitem__, column), dtype=np.int64, count=len(column)), labels


def _axis(labels: Iterable[str], axis: str) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    for row, label in enumerate(labels, start=1):
        _refuse_non_text(label, axis, row)
        if label in seen:
            raise ActivityError(
                f"The {axis} {str(label)!r} stands in rows {seen[label]} and {row}; give each {axis} once."
            )
        seen[str(label)] = row
    return tuple(seen)


def _refuse_repeated_pair(cells: NDArray[np.int64], regions: list[str], domains: list[str]) -> None:
    if not (np.diff(np.sort(cells)) == 0).any():
        return
    order = np.argsort(cells, kind="stable")
    repeats = np.flatnonzero(np.diff(cells[order]) == 0)
    if repeats.size:
        second = int(order[repeats + 1].min())
        first = int(np.flatnonzero(cells == cells[second])[0])
        raise ActivityError(
            f"The pair of region {regions[second]!r} and domain {domains[second]!r} stands in rows {first + 1} and "
            f"{second + 1}; add the values up or remove one row."
        )


def _refuse_impossible(numbers: Floats, where: Callable[[tuple[int, ...]], str]) -> None:
    wrong = np.isinf(numbers) | (numbers < 0)
    if wrong.any():
        at = tuple(int(index) for index in np.argwhere(wrong)[0])
        raise ActivityError(
            f"The value of {where(at)} is {float(numbers[at])!r}; activity must be a finite number of at least 0 "
            f"(use None or NaN for unknown)."
        )
