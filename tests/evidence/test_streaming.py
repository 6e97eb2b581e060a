"""A long table read year by year says what the whole table says, faults included."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.evidence import ColumnMapping, EvidenceError, read_activity, yearly_activity

MAPPING = ColumnMapping(year="year")


def _rows(path: Path, mapping: ColumnMapping = MAPPING) -> dict[int | None, list[dict[str, object]]]:
    with yearly_activity(path, mapping) as found:
        return {year: found.of(year).to_pylist() for year in found.years}


def _rows_at_once(path: Path, mapping: ColumnMapping = MAPPING) -> dict[int | None, list[dict[str, object]]]:
    table = read_activity(path, mapping).table
    kept = table.select(["region", "domain", "value"])
    return {
        year: kept.filter(pc.is_null(table["year"]) if year is None else pc.equal(table["year"], year)).to_pylist()
        for year in pc.unique(table["year"]).to_pylist()
    }


cells = st.sampled_from(["", "0", "12", "3.5", ":", "n/a", "1e3"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["PL84", "NA", "Kraków"]), st.sampled_from(["05", "5", "A 1"]), st.integers(2000, 2003)
        ),
        unique=True,
        min_size=1,
    ),
    st.data(),
)
def test_a_text_file_in_chunks_equals_the_file_at_once(tmp_path_factory, keys, data) -> None:
    folder = tmp_path_factory.mktemp("years")
    sign = data.draw(st.sampled_from([",", ";", "\t"]))
    ending = data.draw(st.sampled_from(["\n", "\r\n", "\n\n"]))
    quote = data.draw(st.sampled_from(["", '"']))
    header = ["region", "domain", "value", "year", data.draw(st.sampled_from(["note", ""]))]
    lines = [sign.join(header)]
    lines += [sign.join([f"{quote}{r}{quote}", d, data.draw(cells), str(y), "x"]) for r, d, y in keys]
    path = folder / "table.csv"
    path.write_bytes((ending.join(lines) + ending).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hansa.evidence.streaming.BYTES", data.draw(st.sampled_from([64, 200, 1 << 24])))
        assert _rows(path) == _rows_at_once(path)


def test_a_parquet_file_in_chunks_equals_the_file_at_once(data, monkeypatch) -> None:
    path = data / "complexity" / "nz_employment_1976_2013.parquet"
    monkeypatch.setattr("hansa.evidence.streaming.CHUNK", 1_000)
    found = _rows(path)
    assert sorted(found) == [1976, 1981, 1986, 1991, 1996, 2001, 2006, 2013]
    assert found == _rows_at_once(path)
    with yearly_activity(path, MAPPING) as table:
        assert (table.rows, table.unknown) == (pq.read_metadata(path).num_rows, 0)
        kept = list(table.files.values())
    assert not any(file.exists() for file in kept)


def test_without_a_year_there_is_one_table(tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("region,domain,value\nA,x,1\nB,x,\n")
    assert _rows(path, ColumnMapping()) == {
        None: [{"region": "A", "domain": "x", "value": 1.0}, {"region": "B", "domain": "x", "value": None}]
    }


FAULTS = {
    "a pair twice": "region,domain,value,year\nA,x,1,2020\nB,x,1,2020\nA,x,2,2020\n",
    "a value that is no number": "region,domain,value,year\nA,x,1,2020\nB,x,many,2020\n",
    "a short row": "region,domain,value,year\nA,x,1,2020\nB,x,1\n",
    "no region": "region,domain,value,year\nA,x,1,2020\n,x,1,2020\n",
    "no year": "region,domain,value,year\nA,x,1,2020\nB,x,1,soon\n",
    "below zero": "region,domain,value,year\nA,x,-1,2020\n",
    "no such column": "region,sector,value,year\nA,x,1,2020\n",
    "no rows": "region,domain,value,year\n",
    "two columns of one name": "region,domain,value,value,year\nA,x,1,1,2020\n",
    "nothing": "",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_in_the_same_sentence(tmp_path, fault, monkeypatch) -> None:
    path = tmp_path / "t.csv"
    path.write_text(FAULTS[fault])
    with pytest.raises(EvidenceError) as at_once:
        read_activity(path, MAPPING)
    monkeypatch.setattr("hansa.evidence.streaming.BYTES", 70)
    with pytest.raises(EvidenceError) as in_chunks:
        _rows(path)
    assert str(in_chunks.value) == str(at_once.value)


def test_a_fault_of_a_parquet_file_is_told_in_the_same_sentence(tmp_path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"region": ["A", "A"], "domain": ["x", "x"], "value": [1, 2], "year": [2020, 2020]}), path)
    with pytest.raises(EvidenceError, match="stands in row 2 and again in row 3"):
        _rows(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(EvidenceError, match="not a whole Parquet file"):
        _rows(path)
    with pytest.raises(EvidenceError, match="no such file"):
        _rows(tmp_path / "none.parquet")
