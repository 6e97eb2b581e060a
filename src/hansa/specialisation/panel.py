"""Activity over years: one table a year, made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from .activity import Activity
from .long_table import Absent, Labels, Values, columns_of, long_table, years_of
from .results import ActivityError

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Panel:
    """Activity of regions in domains over years: `panel[2020]` is the `Activity` of one year.

    A year is made when it is asked for and not kept, so walking through a panel needs the memory of its long columns
    and of one year, or of one year alone when `load` reads it from a file or a relation. Each year has the regions and
    domains that occur in it, so a year of a panel equals the same rows given alone; measures of change align two
    years by label.

    >>> panel = Panel.from_long(["A", "B", "A", "B"], ["x", "x", "x", "y"], [1, 2, 3, 4], [2020, 2020, 2021, 2021])
    >>> panel.years, panel[2021].domains
    ((2020, 2021), ('x', 'y'))
    >>> panel.over_years(lambda activity: activity.total)
    {2020: 3.0, 2021: 7.0}
    """

    years: tuple[int, ...]
    load: Callable[[int], Activity]

    def __getitem__(self, year: int) -> Activity:
        """The activity of one year; raises ActivityError when the panel has no such year."""
        if year not in self.years:
            known = ", ".join(map(str, self.years[:10]))
            raise ActivityError(f"There is no year {year} in this panel; it has {known}.")
        return self.load(year)

    def __iter__(self) -> Iterator[Activity]:
        return (self.load(year) for year in self.years)

    def __len__(self) -> int:
        return len(self.years)

    def over_years(self, measure: Callable[[Activity], Result]) -> dict[int, Result]:
        """One result per year, oldest first, in the memory of one year and the results."""
        return {year: measure(self.load(year)) for year in self.years}

    @classmethod
    def of(cls, activities: Iterable[Activity]) -> Panel:
        """A panel of activities that each know their year; raises ActivityError for a missing or repeated year."""
        by_year: dict[int, Activity] = {}
        for activity in activities:
            if activity.year is None or activity.year in by_year:
                raise ActivityError(f"The year {activity.year} is missing or given twice; give each activity its year.")
            by_year[activity.year] = activity
        return cls(tuple(sorted(by_year)), by_year.__getitem__)

    @classmethod
    def from_long(
        cls, regions: Labels, domains: Labels, values: Values, years: Any, *, absent: Absent = "zero"
    ) -> Panel:
        """A panel from four columns of equal length, one row per region, domain and year.

        Raises ActivityError as `Activity.from_long` does, and for a year that is no whole number.
        """
        rows, of_row = long_table(regions, domains, values), years_of(years)
        if len(of_row) != len(rows.values):
            raise ActivityError(
                f"The columns differ in length: {len(rows.values)} values, {len(of_row)} years; "
                "give one of each per row."
            )
        order = np.argsort(of_row, kind="stable")
        found, starts = np.unique(of_row[order], return_index=True)
        places = {int(year): part for year, part in zip(found, np.split(order, starts[1:]), strict=True)}

        def load(year: int) -> Activity:
            return Activity.from_rows(rows.of(places[year]), year, absent=absent)

        return cls(tuple(places), load)

    @classmethod
    def from_table(
        cls,
        table: Any,
        *,
        region: str = "region",
        domain: str = "domain",
        value: str = "value",
        year: str = "year",
        absent: Absent = "zero",
    ) -> Panel:
        """A panel from a pandas or Polars frame, an Arrow table, a DuckDB relation or a mapping of columns.

        A DuckDB relation is asked for one year at a time, so a table larger than memory can be walked through.
        Raises ActivityError as `from_long`, and for a column that is not there.
        """
        names = {"region": region, "domain": domain, "value": value, "year": year}
        if hasattr(table, "fetchnumpy"):
            return _of_relation(table, names, absent)
        columns = columns_of(table, names)
        return cls.from_long(columns["region"], columns["domain"], columns["value"], columns["year"], absent=absent)


def _of_relation(relation: Any, names: dict[str, str], absent: Absent) -> Panel:
    quoted = '"' + names["year"].replace('"', '""') + '"'
    columns_of(relation.limit(0), names)  # says at once which column is missing
    years = years_of(columns_of(relation.project(quoted).distinct(), {"year": names["year"]})["year"])
    roles = {role: name for role, name in names.items() if role != "year"}

    def load(year: int) -> Activity:
        columns = columns_of(relation.filter(f"{quoted} = {int(year)}"), roles)
        return Activity.from_rows(
            long_table(columns["region"], columns["domain"], columns["value"]), year, absent=absent
        )

    return Panel(tuple(sorted(int(year) for year in years)), load)
