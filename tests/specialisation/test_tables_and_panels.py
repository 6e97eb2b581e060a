"""One table in, whatever library holds it; and years one at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hansa.specialisation import Activity, ActivityError, Panel, measures

from .reference import path

ROWS = {
    "nuts": ["PL84", "LT02", "PL84", "SE11", "LT02"],
    "nace": ["16", "16", "31", "16", "05"],
    "persons": [10.0, None, 5.0, 0.0, 2.5],
    "year": [2023, 2023, 2023, 2023, 2023],
}
NAMES = {"region": "nuts", "domain": "nace", "value": "persons", "year": "year"}


def _pandas(rows: dict[str, list[Any]]) -> Any:
    return pytest.importorskip("pandas").DataFrame(rows)


def _pandas_own_missing(rows: dict[str, list[Any]]) -> Any:
    frame = _pandas(rows).convert_dtypes()
    return frame.astype({"nuts": "category"})


def _polars(rows: dict[str, list[Any]]) -> Any:
    return pytest.importorskip("polars").DataFrame(rows)


def _polars_lazy(rows: dict[str, list[Any]]) -> Any:
    return _polars(rows).lazy()


def _arrow(rows: dict[str, list[Any]]) -> Any:
    return pytest.importorskip("pyarrow").table(rows)


def _arrow_dictionary(rows: dict[str, list[Any]]) -> Any:
    import pyarrow as pa

    table = _arrow(rows)
    return table.set_column(0, "nuts", pa.chunked_array([table["nuts"].combine_chunks().dictionary_encode()]))


def _duckdb(rows: dict[str, list[Any]]) -> Any:
    return pytest.importorskip("duckdb").from_arrow(_arrow(rows))


def _arrays(rows: dict[str, list[Any]]) -> Any:
    return {name: np.array(column, dtype=float if name == "persons" else None) for name, column in rows.items()}


KINDS = [_pandas, _pandas_own_missing, _polars, _polars_lazy, _arrow, _arrow_dictionary, _duckdb, _arrays, dict]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table_gives_the_same_activity(kind: Any) -> None:
    activity = Activity.from_table(kind(ROWS), **NAMES)
    assert activity.year == 2023
    assert activity.regions == ("LT02", "PL84", "SE11")
    assert activity.domains == ("05", "16", "31")
    np.testing.assert_array_equal(activity.values, [[2.5, np.nan, 0], [0, 10, 5], [0, 0, 0]])
    unknown = Activity.from_table(kind(ROWS), **NAMES, absent="unknown")
    assert unknown.known.sum() == 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_that_is_not_there_is_named(kind: Any) -> None:
    with pytest.raises(ActivityError, match="no column 'nuts2' for the region"):
        Activity.from_table(kind(ROWS), **{**NAMES, "region": "nuts2"})
    with pytest.raises(ActivityError, match="no column 'jahr' for the year"):
        Panel.from_table(kind(ROWS), **{**NAMES, "year": "jahr"})


@pytest.mark.parametrize("kind", KINDS)
def test_a_pair_given_twice_and_an_impossible_value_are_refused(kind: Any) -> None:
    twice = {**ROWS, "nuts": ["PL84", "LT02", "PL84", "PL84", "LT02"]}
    with pytest.raises(ActivityError, match="'PL84' and domain '16' stands in rows"):
        Activity.from_table(kind(twice), **NAMES)
    with pytest.raises(ActivityError, match=r"'SE11', '16'\) is -1"):
        Activity.from_table(kind({**ROWS, "persons": [10.0, None, 5.0, -1.0, 2.5]}), **NAMES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_panel_reads_each_year(kind: Any) -> None:
    rows = {**ROWS, "nuts": ["PL84", "LT02", "PL84", "LT02", "LT02"], "year": [2023, 2023, 2023, 2024, 2024]}
    panel = Panel.from_table(kind(rows), **NAMES)
    assert panel.years == (2023, 2024)
    assert [activity.year for activity in panel] == [2023, 2024]
    assert panel[2024].regions == ("LT02",)
    assert panel[2024].values.tolist() == [[2.5, 0.0]]
    with pytest.raises(ActivityError, match="no year 2022 in this panel; it has 2023, 2024"):
        panel[2022]
    with pytest.raises(ActivityError, match="years 2023 to 2024"):
        Activity.from_table(kind(rows), **NAMES)


def test_labels_that_are_no_text_are_refused_with_their_row() -> None:
    for kind in (_pandas, _polars, _arrow, _duckdb, dict):
        with pytest.raises(ActivityError, match=r"region in row 2 is (None|nan)"):
            Activity.from_table(kind({**ROWS, "nuts": ["PL84", None, "PL84", "SE11", "LT02"]}), **NAMES)
        with pytest.raises(ActivityError, match="domain in row 1 is 16"):
            Activity.from_table(kind({**ROWS, "nace": [16, 17, 31, 18, 5]}), **NAMES)


def test_years_that_are_no_whole_numbers_are_refused() -> None:
    with pytest.raises(ActivityError, match=r"year in row 2 is 2023\.5"):
        Panel.from_long(["A", "B"], ["x", "x"], [1, 2], [2023, 2023.5])
    with pytest.raises(ActivityError, match="2 values, 1 years"):
        Panel.from_long(["A", "B"], ["x", "x"], [1, 2], [2023])
    with pytest.raises(ActivityError, match="missing or given twice"):
        Panel.of([Activity.from_long(["A"], ["x"], [1])])


def test_a_table_of_another_kind_is_refused() -> None:
    with pytest.raises(ActivityError, match="type list cannot be read"):
        Activity.from_table([1, 2, 3])


def test_a_year_of_a_panel_equals_the_same_rows_alone() -> None:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(path("nz_employment_1976_2013.parquet"))
    duckdb = pytest.importorskip("duckdb")
    panels = [Panel.from_table(table), Panel.from_table(duckdb.from_arrow(table))]
    assert panels[0].years == panels[1].years == (1976, 1981, 1986, 1991, 1996, 2001, 2006, 2013)
    for year in panels[0].years[::3]:
        rows = table.filter(pc.equal(table["year"], year))
        alone = measures(Activity.from_table(rows, year="year"))
        for panel in panels:
            found = measures(panel[year])
            assert found.activity.year == year
            assert found.activity.regions == alone.activity.regions
            assert found.density.values.tobytes() == alone.density.values.tobytes()
            assert found.complexity.eci.tobytes() == alone.complexity.eci.tobytes()
    assert panels[0].over_years(lambda activity: activity.year) == {year: year for year in panels[0].years}


def test_rows_of_a_fault_in_a_panel_are_those_of_the_whole_table() -> None:
    panel = Panel.from_long(["A", "B", "B"], ["x", "x", "x"], [1, 2, 3], [2020, 2021, 2021])
    assert panel[2020].total == 1
    with pytest.raises(ActivityError, match="stands in rows 2 and 3"):
        panel[2021]
