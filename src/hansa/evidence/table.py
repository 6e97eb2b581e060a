"""The activity table: what every reader gives and every analysis takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hansa.evidence.errors import EvidenceError

SCHEMA: Any = pa.schema(
    [
        pa.field("region", pa.string(), nullable=False),
        pa.field("domain", pa.string(), nullable=False),
        pa.field("value", pa.float64()),
        pa.field("year", pa.int32()),
        pa.field("unit", pa.string()),
        pa.field("source", pa.string()),
        pa.field("flag", pa.string()),
    ]
)
"""Exactly these columns. A null `value` is unknown, never zero; a null `year` was not given."""


@dataclass(frozen=True)
class Constant:
    """One text or year that holds for every row of a file which has no such column."""

    value: str | int


@dataclass(frozen=True)
class ColumnMapping:
    """Where a file keeps what an activity table needs.

    A text names a column of the file, a `Constant` holds for all rows, `None` means not given.
    `allow_negative` admits values below zero (balances, changes); shares and location quotients need it off.
    """

    region: str = "region"
    domain: str = "domain"
    value: str = "value"
    year: str | Constant | None = None
    unit: str | Constant | None = None
    source: str | Constant | None = None
    flag: str | Constant | None = None
    allow_negative: bool = False

    def columns(self) -> list[str]:
        """The columns the file must have."""
        named = (self.region, self.domain, self.value, self.year, self.unit, self.source, self.flag)
        return [column for column in named if isinstance(column, str)]


@dataclass(frozen=True)
class Grid:
    """One year as a matrix: `values[i, j]` belongs to `regions[i]` and `domains[j]`; NaN is unknown."""

    regions: list[str]
    domains: list[str]
    values: npt.NDArray[np.float64]
    year: int | None


@dataclass(frozen=True)
class ActivityTable:
    """A checked table of region x domain x year activity in `SCHEMA`; no key occurs twice.

    `synthetic` is true for invented figures and travels with them wherever they go.
    """

    table: Any
    synthetic: bool = False

    def __post_init__(self) -> None:
        if not self.table.schema.equals(SCHEMA, check_metadata=False):
            raise EvidenceError(
                f"An activity table has the columns {', '.join(SCHEMA.names)} in these types; "
                f"this one has {', '.join(self.table.schema.names)}: build it with read_activity."
            )

    @property
    def rows(self) -> int:
        return int(self.table.num_rows)

    @property
    def regions(self) -> list[str]:
        """Sorted region keys."""
        return sorted(pc.unique(self.table["region"]).to_pylist())

    @property
    def domains(self) -> list[str]:
        """Sorted domain codes."""
        return sorted(pc.unique(self.table["domain"]).to_pylist())

    @property
    def years(self) -> list[int]:
        """Sorted years; empty when the file gave none."""
        return sorted(year for year in pc.unique(self.table["year"]).to_pylist() if year is not None)

    @property
    def unknown(self) -> int:
        """Number of rows whose value is unknown."""
        return int(self.table["value"].null_count)

    @property
    def coverage(self) -> float:
        """Share (0 to 1) of the rows whose value is known."""
        return 1.0 - self.unknown / self.rows if self.rows else 0.0

    def grid(self, year: int | None = None, *, absent: float = float("nan")) -> Grid:
        """The matrix of one year, by default the latest.

        `absent` fills the cells that have no row; pass 0.0 only where the source says that absent means zero.
        Raises `EvidenceError` when the year is not in the table.
        """
        years = self.years
        chosen = (years[-1] if years else None) if year is None else year
        if year is not None and year not in years:
            known = ", ".join(str(value) for value in years) or "no year"
            raise EvidenceError(f"The table has no figures for {year}; it has {known}.")
        part = self.table if chosen is None else self.table.filter(pc.equal(self.table["year"], chosen))
        regions = sorted(pc.unique(part["region"]).to_pylist())
        domains = sorted(pc.unique(part["domain"]).to_pylist())
        values = np.full((len(regions), len(domains)), absent)
        row = pc.index_in(part["region"], value_set=pa.array(regions, pa.string())).to_numpy(zero_copy_only=False)
        column = pc.index_in(part["domain"], value_set=pa.array(domains, pa.string())).to_numpy(zero_copy_only=False)
        values[row, column] = part["value"].to_numpy(zero_copy_only=False)
        return Grid(regions, domains, values, chosen)
