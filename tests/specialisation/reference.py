"""Real tables and what independent packages computed from them (see README in the data folder)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from hansa.specialisation import Activity, Measures, measures

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "complexity"

TABLES = {
    "eurostat_sbs_2014": ("eurostat_sbs_nuts2_2014", 2014),
    "nz_employment_1981": ("nz_employment_1976_2013", 1981),
    "nz_employment_2001": ("nz_employment_1976_2013", 2001),
    "nz_employment_2013": ("nz_employment_1976_2013", 2013),
    "uk_bres_2015": ("uk_bres_nuts2_sic4_2015_2018", 2015),
    "uk_bres_2018": ("uk_bres_nuts2_sic4_2015_2018", 2018),
    "publications_asjc_2020": ("publications_asjc_2020", 2020),
    "patents_cpc_2020": ("patents_cpc_2020", 2020),
    "trade_hs_2020": ("trade_hs_2020", 2020),
    "trade_sitc4_1999": ("trade_sitc4_1998_2000", 1999),
}

SINGLE_PRECISION = {"publications_asjc_2020", "patents_cpc_2020", "trade_hs_2020", "trade_sitc4_1999"}
"""Tables whose expected cells are stored as float32, so that only seven digits can agree."""


def path(name: str) -> Path:
    found = DATA / name
    if not found.exists():
        pytest.skip(f"the reference file {name} is not in {DATA}")
    return found


def columns(name: str) -> dict[str, np.ndarray]:
    table = pq.read_table(path(name)) if name.endswith(".parquet") else csv.read_csv(path(name))
    return {field: table[field].to_numpy(zero_copy_only=False) for field in table.column_names}


def expected(table: str, kind: str) -> dict[str, np.ndarray]:
    return columns(f"expected/{table}_{kind}.parquet")


def long_rows(table: str, *, keep_null: bool = False) -> tuple[list[str], list[str], np.ndarray]:
    name, year = TABLES[table]
    rows = pq.read_table(path(f"{name}.parquet"))
    rows = rows.filter(pc.equal(rows["year"], year))
    if not keep_null:
        rows = rows.filter(pc.is_valid(rows["value"]))
    return rows["region"].to_pylist(), rows["domain"].to_pylist(), rows["value"].to_numpy(zero_copy_only=False)


@cache
def activity_of(table: str) -> Activity:
    """The table as the reference packages saw it: nulls dropped, hence zero."""
    return Activity.from_long(*long_rows(table), year=TABLES[table][1])


@cache
def measures_of(table: str) -> Measures:
    return measures(activity_of(table))


def at(labels: tuple[str, ...], wanted: np.ndarray) -> np.ndarray:
    """Positions of the wanted labels."""
    positions = {label: index for index, label in enumerate(labels)}
    return np.array([positions[label] for label in wanted])


def standardised(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()


def difference_up_to_sign(ours: np.ndarray, theirs: np.ndarray) -> float:
    ours, theirs = standardised(ours), standardised(theirs)
    return float(min(np.abs(ours - theirs).max(), np.abs(ours + theirs).max()))
