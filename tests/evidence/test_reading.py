"""Activity tables from files: what is read, what is refused, and in which words."""

import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.evidence import SCHEMA, ActivityTable, ColumnMapping, Constant, EvidenceError, read_activity
from hansa.evidence.values import UNKNOWN, read_value


def written(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(path: Path, mapping: ColumnMapping | None = None) -> str:
    with pytest.raises(EvidenceError) as caught:
        read_activity(path, mapping)
    sentence = str(caught.value)
    assert path.name in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_a_small_table_has_exactly_the_columns_of_the_schema(tmp_path):
    table = read_activity(written(tmp_path, "region,domain,value,year\nPL84,05,12.5,2014\nLT01,5,,2014\n"))
    assert table.table.schema.equals(SCHEMA)
    assert table.table.to_pylist()[0] == {
        "region": "PL84",
        "domain": "05",
        "value": 12.5,
        "year": 2014,
        "unit": None,
        "source": None,
        "flag": None,
    }
    assert table.unknown == 1
    assert table.coverage == 0.5


def test_an_unknown_value_is_not_zero(tmp_path):
    table = read_activity(written(tmp_path, "region,domain,value\nA,1,\nA,2,0\n"))
    assert table.table["value"].to_pylist() == [None, 0.0]
    assert table.years == []
    assert math.isnan(table.grid().values[0, 0])


def test_namibia_stays_a_region(tmp_path):
    table = read_activity(written(tmp_path, "region,domain,value\nNA,null,1\nnull,NA,NA\n"))
    assert table.regions == ["NA", "null"]
    assert table.domains == ["NA", "null"]
    assert table.table["value"].to_pylist() == [1.0, None]


@pytest.mark.parametrize(
    ("cell", "value", "flag"),
    [
        (":", None, ":"),
        (": c", None, "c"),
        (":c", None, "c"),
        ("12 e", 12.0, "e"),
        ("12.5 bu", 12.5, "bu"),
        ("12e", 12.0, "e"),
        ("1.2e3", 1200.0, None),
        ("", None, None),
    ],
)
def test_eurostat_flags(tmp_path, cell, value, flag):
    table = read_activity(written(tmp_path, f"region\tdomain\tvalue\nA\t1\t{cell}\nB\t1\t1\n", "table.tsv"))
    assert table.table["value"].to_pylist()[0] == value
    assert table.table["flag"].to_pylist()[0] == flag


def test_other_column_names_and_constants(tmp_path):
    path = written(tmp_path, "geo;nace;persons;state\nPL84;C10;7;p\n")
    mapping = ColumnMapping("geo", "nace", "persons", year=Constant(2014), unit=Constant("persons"), flag="state")
    row = read_activity(path, mapping).table.to_pylist()[0]
    assert row["year"] == 2014
    assert row["unit"] == "persons"
    assert row["flag"] == "p"


def test_a_byte_order_mark_blank_lines_and_quoted_line_breaks_are_read_through(tmp_path):
    content = '\ufeffregion,domain,value\r\n\r\nA,"one\ntwo",1\r\n\r\nB,x,oops\r\n'
    assert "row 6, column “value”" in refused(written(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", ["empty", "fetch it again"]),
        ("\n\n", ["blank lines"]),
        ("region,domain,value\n", ["no rows"]),
        ("region,sector,value\nA,1,2\n", ["no column “domain”", "“region”, “sector”, “value”"]),
        ("region,region,domain,value\nA,A,1,2\n", ["“region” occurs twice", "row 1"]),
        ("region,domain,value\nA,1,2\nA,2,x2\n", ["row 3", "“value”", "“x2” is no number"]),
        ("region;domain;value\nA;1;12,5\n", ["row 2", "“12,5” has a decimal comma"]),
        ("region;domain;value\nA;1;1 234\n", ["groups digits"]),
        ("region,domain,value\nA,1,-2\n", ["row 2", "-2 is below zero", "allow negative"]),
        ("region,domain,value\nA,1,1e999\n", ["row 2", "too large"]),
        ("region,domain,value\nA,1,inf\n", ["row 2", "no number"]),
        ("region,domain,value\nA,1\n", ["row 2", "2 cells where the header has 3"]),
        ("region,domain,value\n ,1,2\n", ["row 2", "no region"]),
        ("region,domain,value,year\nA,1,2,soon\n", ["row 2", "“year”", "“soon” is no year"]),
        ("region,domain,value,year\nA,1,2,2014\nA,1,2,\n", ["row 3", "there is no year"]),
        ("region,domain,value\nA,1,2\nB,1,2\nA,1,3\n", ["region “A”, domain “1”", "row 2 and again in row 4"]),
        ('region,domain,value\nA,1,"2\n', ["the line is broken"]),
        ("région,domain,value\nA,1,2\n".encode("latin-1"), ["row 1", "0xE9 is not UTF-8"]),
        ("region,domain,value\nA,1,2\n".encode("utf-16"), ["UTF-16"]),
    ],
)
def test_faults_are_told_in_one_sentence(tmp_path, content, said):
    sentence = refused(written(tmp_path, content))
    for part in said:
        assert part in sentence


def test_the_same_pair_in_two_years_is_no_duplicate_but_in_one_year_is(tmp_path):
    fine = "region,domain,value,year\nA,1,2,2014\nA,1,2,2015\n"
    assert read_activity(written(tmp_path, fine)).years == [2014, 2015]
    assert "year 2015 stands in row 3 and again in row 4" in refused(written(tmp_path, fine + "A,1,9,2015\n"))


def test_negative_values_can_be_allowed(tmp_path):
    path = written(tmp_path, "region,domain,value\nA,1,-2\n")
    assert read_activity(path, ColumnMapping(allow_negative=True)).table["value"].to_pylist() == [-2.0]


def test_a_missing_file_and_an_unknown_ending_are_refused(tmp_path):
    assert "no such file" in refused(tmp_path / "absent.csv")
    assert "is not known" in refused(written(tmp_path, "x", "table.xls"))
    (tmp_path / "folder.csv").mkdir()
    refused(tmp_path / "folder.csv")


def test_parquet_nulls_nan_and_types(tmp_path):
    path = tmp_path / "t.parquet"
    columns = {
        "region": ["A", "B", "NA"],
        "domain": [5, 6, 7],
        "value": [1.0, float("nan"), None],
        "year": [2014.0] * 3,
    }
    pq.write_table(pa.table(columns), path)
    table = read_activity(path)
    assert table.table["value"].to_pylist() == [1.0, None, None]
    assert table.domains == ["5", "6", "7"]
    assert table.years == [2014]
    pq.write_table(pa.table({"region": ["A"], "domain": ["1"], "value": [float("inf")]}), path)
    assert "row 2" in refused(path)
    pq.write_table(pa.table({"region": ["A", None], "domain": ["1", "2"], "value": [1, 2]}), path)
    assert "row 3, column “region”: there is no region" in refused(path)
    pq.write_table(pa.table({"region": ["A"], "domain": ["1"], "value": [True]}), path)
    assert "bool is no number" in refused(path)


def test_a_truncated_parquet_file_is_refused(data, tmp_path):
    whole = (data / "complexity" / "eurostat_sbs_nuts2_2014.parquet").read_bytes()
    for size in (3, 11, 100, len(whole) // 2, len(whole) - 1):
        refused(written(tmp_path, whole[:size], "t.parquet"))
    damaged = whole[: len(whole) // 2] + bytes(64) + whole[len(whole) // 2 + 64 :]
    try:
        read_activity(written(tmp_path, damaged, "t.parquet"))
    except EvidenceError as error:
        assert "t.parquet" in str(error)


def test_the_employment_table_agrees_with_its_description(data):
    table = read_activity(data / "complexity" / "eurostat_sbs_nuts2_2014.parquet")
    described = (data / "complexity" / "README.md").read_text()
    assert f"{table.rows:,} rows, {1 - table.coverage:.1%}".replace("%", " % null") in described
    assert f"{len(table.regions)} NUTS 2 regions" in described
    assert f"x {len(table.domains)} NACE Rev. 2 divisions" in described
    assert table.grid(2014).values.shape == (282, 68)
    with pytest.raises(EvidenceError, match="no figures for 1999"):
        table.grid(1999)


def test_namibia_is_in_the_real_data(data):
    path = data / "complexity" / "links_h2020_countries.parquet"
    mapping = ColumnMapping("region_a", "region_b", "projects", year="year")
    table = read_activity(path, mapping)
    assert "NA" in table.regions
    assert "NA" in table.domains
    assert len(table.years) > 1


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
keys = st.tuples(names, names, st.integers(1800, 2200))
values = st.none() | st.floats(min_value=0, allow_nan=False, allow_infinity=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(keys, values, min_size=1, max_size=20), st.sampled_from(["csv", "tsv", "parquet"]))
def test_what_is_written_is_read_again(tmp_path, cells, ending):
    path = tmp_path / f"round.{ending}"
    rows = [(*key, value) for key, value in cells.items()]
    if ending == "parquet":
        columns = dict(zip(("region", "domain", "year", "value"), map(list, zip(*rows, strict=True)), strict=True))
        pq.write_table(pa.table({**columns, "value": pa.array(columns["value"], pa.float64())}), path)
    else:
        import csv

        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t" if ending == "tsv" else ",")
            writer.writerow(["region", "domain", "year", "value"])
            writer.writerows((*key, "" if value is None else repr(value)) for *key, value in rows)
    read = read_activity(path).table
    found = {(row["region"], row["domain"], row["year"]): row["value"] for row in read.to_pylist()}
    assert found == cells


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    st.binary(max_size=200)
    | st.text(st.sampled_from('region,domain,value\n";:ce0123456789.-\t\r é\x00'), max_size=200).map(str.encode)
    | st.binary(max_size=80).map(lambda tail: b"region,domain,value\nA,1," + tail),
    st.sampled_from(["g.csv", "g.tsv", "g.parquet", "g.txt"]),
)
def test_garbage_gives_a_table_or_an_evidence_error(tmp_path, content, name):
    try:
        table = read_activity(written(tmp_path, content, name))
    except EvidenceError as error:
        assert str(error).endswith(".")
    else:
        assert table.rows > 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.data())
def test_damaged_parquet_gives_a_table_or_an_evidence_error(tmp_path, data):
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"region": ["A", "B"], "domain": ["1", "2"], "value": [1.0, None]}), sink)
    content = bytearray(sink.getvalue().to_pybytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    try:
        assert isinstance(read_activity(written(tmp_path, bytes(content), "d.parquet")), ActivityTable)
    except EvidenceError as error:
        assert "d.parquet" in str(error)


@given(st.text(max_size=12))
def test_every_cell_is_a_number_an_unknown_or_a_fault(text):
    cell = read_value(text)
    if cell.fault is None and text.strip() not in UNKNOWN:
        assert (cell.value is not None and math.isfinite(cell.value)) or cell.flag
    else:
        assert cell.value is None
