"""The one input of every measure: activity of regions in domains in one year."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, cast

import numpy as np
from scipy import sparse

from .cells import Cells
from .long_table import (
    Absent,
    Labels,
    LongTable,
    Values,
    columns_of,
    long_table,
    numbers_of,
    plain,
    refuse_impossible,
    refuse_non_text,
    years_of,
)
from .results import ActivityError, Bools, Floats, position, read_only, read_only_mask


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
        """Raises ActivityError for repeated labels, a wrong shape, negative or infinite values.

        Values whose sum no float can hold are refused when they are first added up.
        """
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
        return cls(plain(regions), plain(domains), values, year)

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
        return cls.from_rows(long_table(regions, domains, values), year, absent=absent)

    @classmethod
    def from_rows(cls, rows: LongTable, year: int | None = None, *, absent: Absent = "zero") -> Activity:
        """Activity from the checked rows of a long table (see `from_long`)."""
        return cls(rows.regions.labels, rows.domains.labels, rows.matrix(absent), year)

    @classmethod
    def from_table(
        cls,
        table: Any,
        *,
        region: str = "region",
        domain: str = "domain",
        value: str = "value",
        year: str | None = None,
        absent: Absent = "zero",
    ) -> Activity:
        """Activity from a pandas or Polars frame, an Arrow table, a DuckDB relation or a mapping of columns.

        `year` names a column that holds one year throughout; `Panel.from_table` takes several. Raises ActivityError as
        `from_long`, for a column that is not there and for more than one year.

        >>> table = {"nuts": ["PL84", "LT02"], "nace": ["16", "16"], "persons": [10, None], "y": [2024, 2024]}
        >>> activity = Activity.from_table(table, region="nuts", domain="nace", value="persons", year="y")
        >>> activity.year, activity.values.tolist()
        (2024, [[nan], [10.0]])
        """
        names = {"region": region, "domain": domain, "value": value}
        columns = columns_of(table, names if year is None else {**names, "year": year})
        years = np.unique(years_of(columns["year"])) if year is not None else np.array([], dtype=np.int64)
        if len(years) > 1:
            raise ActivityError(
                f"The table holds the years {years[0]} to {years[-1]}; filter one or read all with Panel.from_table."
            )
        rows = long_table(columns["region"], columns["domain"], columns["value"])
        return cls.from_rows(rows, int(years[0]) if len(years) else None, absent=absent)

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
        with np.errstate(over="ignore"):
            for part, block in self._cells.blocks():
                known = np.nan_to_num(block, nan=0.0) if self._has_unknown else block
                known.sum(axis=1, out=by_region[part])
                by_domain += known.sum(axis=0)
        if not np.isfinite(by_region.sum()):
            raise ActivityError("The values add up to more than a number can hold; give them in a larger unit.")
        return read_only(by_region), read_only(by_domain)

    def _checked(self) -> bool:
        """Whether there are unknown cells; refuses what cannot be an activity."""
        stored = self._cells.stored
        if not stored.size:
            return False
        lowest, highest = float(stored.min()), float(stored.max())
        if lowest >= 0 and np.isfinite(highest):
            return False
        refuse_impossible(self.values, lambda at: f"region {self._regions[at[0]]!r}, domain {self._domains[at[1]]!r}")
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


def _everywhere(shape: tuple[int, int]) -> Bools:
    """A mask that is True throughout and takes one byte."""
    return np.broadcast_to(np.True_, shape)


def _numbers(values: object) -> Floats | sparse.csr_array:
    """The caller's numbers as float64, copied unless they are this library's own and refuse writes already."""
    if sparse.issparse(values):
        packed: sparse.csr_array = sparse.csr_array(cast(Any, values), dtype=np.float64, copy=True)
        packed.sum_duplicates()
        packed.eliminate_zeros()
        return packed
    if isinstance(values, np.ndarray) and not values.flags.writeable and values.base is None:
        return np.asarray(values, dtype=np.float64, order="C")
    return numbers_of(values)


def _axis(labels: Iterable[str], axis: str) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    for row, label in enumerate(labels, start=1):
        refuse_non_text(label, axis, row)
        if label in seen:
            raise ActivityError(
                f"The {axis} {str(label)!r} stands in rows {seen[label]} and {row}; give each {axis} once."
            )
        seen[str(label)] = row
    return tuple(seen)
