"""Recognising a folder and loading it: the starter data, a folder with its own catalogue, and any other."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from hansa.evidence import EvidenceError, Store, choose_starter, discover, division, labels, load, section, sections
from hansa.evidence.classifications import NACE
from hansa.evidence.region_names import same_area


def test_the_starter_folder_is_loaded_whole(loaded, data):
    store, report, heard = loaded
    assert report.left == ()
    assert heard == report.sentences
    assert len(report.loaded) == len(discover(data))
    assert store.verify() == []
    entry = store.entry("sbs-nuts2-2014")
    assert (entry["rows"], entry["regions"], entry["domains"], entry["years"]) == (19176, 282, 68, [2014])
    assert entry["unit"] == "persons employed"
    assert entry["synthetic"] is False
    table = store.activity("sbs-nuts2-2014")
    assert f"{1 - table.coverage:.1%}" == "11.9%"
    assert {"PL84", "LT00", "FRB0"} <= set(table.regions)
    assert set(table.table["source"].to_pylist()) == {entry["source"]}


def test_loading_keeps_every_figure(loaded, data):
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    raw = pq.ParquetFile(data / "complexity" / "eurostat_sbs_nuts2_2014.parquet").read()
    table = loaded[0].activity("sbs-nuts2-2014").table
    assert pc.sum(table["value"]) == pc.sum(raw["value"])
    assert table["value"].null_count == raw["value"].null_count


def test_regions_and_map_lie_beside_the_table(loaded):
    store = loaded[0]
    rows = store.tables("regions-sbs-nuts2-2014")["regions"].to_pylist()
    assert {row["code"] for row in rows} == set(store.activity("sbs-nuts2-2014").regions)
    assert Counter(row["matched_by"] for row in rows) == {"exact": 245, "normalised": 26, "alias": 11}
    chart = json.loads(store.file("map-sbs-nuts2-2014").read_bytes())
    assert store.entry("map-sbs-nuts2-2014")["attribution"] == chart["attribution"]
    assert all(store.entry(name)["attribution"] for name in store.names(role="geometry"))
    assert all(store.entry(name)["source"] and store.entry(name)["licence"] for name in store.names())


def test_loading_again_changes_nothing_but_the_time(loaded, data):
    store = loaded[0]
    before = store.manifest()
    load(data, store)
    after = store.manifest()
    assert {name: entry["sha256"] for name, entry in before.items()} == {n: e["sha256"] for n, e in after.items()}


def test_labels_in_several_languages(loaded):
    store = loaded[0]
    english, polish = labels(store), labels(store, lang="pl-PL")
    assert english["05"] == "Mining of coal and lignite"
    assert polish["05"] != english["05"]
    assert labels(store, lang="nb")["05"] == labels(store, lang="no")["05"] != english["05"]
    assert labels(store, lang="xx") == english
    assert set(store.activity("sbs-nuts2-2014").domains) <= set(english) <= set(polish)
    assert labels(store, "no such classification") == {}


def test_the_sections_of_the_labels_agree_with_the_regulation(loaded):
    found = sections(loaded[0])
    assert found["05.10"] == "B"
    assert len(set(found.values())) == 21
    assert all(section(code) == letter for code, letter in found.items())


def test_labels_without_the_official_ones(tmp_path):
    store = Store(tmp_path)
    assert labels(store) == {}
    assert sections(store) == {}
    from hansa.evidence import Meta

    store.put_file("n", b"domain,name\n5,Coal\n10,Food\n", Meta("N", classification=NACE, role="domain-names"), ".csv")
    assert labels(store, lang="pl") == {"05": "Coal", "10": "Food"}
    assert sections(store) == {"05": "B", "10": "C"}


@pytest.mark.parametrize(
    ("given", "code", "letter"),
    [(5, "05", "B"), ("5", "05", "B"), ("C10", "10", "C"), ("05.1", "05.1", "B"), ("C", "C", "C"), ("84", "84", "O"),
     ("C10-C12", "C10-C12", None), ("0", "00", None), ("", "", None), ("Other", "Other", None)],
)  # fmt: skip
def test_codes_of_divisions(given, code, letter):
    assert division(given) == code
    assert section(given) == letter


def test_a_folder_with_its_own_catalogue(tmp_path):
    (tmp_path / "jobs.csv").write_text("geo;nace;n\nPL84;5;7\nPL84;10;: c\n")
    (tmp_path / "bad.csv").write_text("geo;nace;n\nPL84;5;7,5\n")
    common = 'kind = "activity"\ntitle = "Jobs"\nunit = "jobs"\nyears = [2020]\nclassification = "NACE Rev. 2"\n'
    columns = 'columns = { region = "geo", domain = "nace", value = "n" }\n'
    (tmp_path / "hansa.toml").write_text(
        f'[[dataset]]\nname = "jobs"\npath = "jobs.csv"\nsynthetic = true\n{common}{columns}'
        f'[[dataset]]\nname = "bad"\npath = "bad.csv"\n{common}{columns}'
        f'[[dataset]]\nname = "gone"\npath = "gone.csv"\n{common}'
    )
    store = Store(tmp_path / "store")
    report = load(tmp_path, store)
    assert [name for name, _ in report.loaded] == ["jobs"]
    left = dict(report.left)
    assert "bad.csv, row 2, column “n”: the value “7,5” has a decimal comma" in left["bad"]
    assert "no such file" in left["gone"]
    rows = store.activity("jobs").table.to_pylist()
    assert rows[0] == {
        "region": "PL84", "domain": "05", "value": 7.0, "year": 2020, "unit": "jobs", "source": None, "flag": None,
    }  # fmt: skip
    assert rows[1]["flag"] == "c"
    assert store.entry("jobs")["synthetic"] is True
    assert store.names() == ["jobs"]


def test_a_file_that_is_not_what_its_role_says_is_left(tmp_path):
    (tmp_path / "map.geojson").write_text("{}")
    text = '[[dataset]]\nname = "map"\npath = "map.geojson"\nkind = "file"\nrole = "geometry"\ntitle = "Map"\n'
    (tmp_path / "hansa.toml").write_text(text)
    store = Store(tmp_path / "store")
    assert "no GeoJSON" in load(tmp_path, store).left[0][1]
    assert store.names() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[dataset", "no valid TOML"),
        ("x = 1", r"lists no \[\[dataset\]\]"),
        ('[[dataset]]\nname = "a"', "dataset 1 .a.: “path” is missing"),
        ('[[dataset]]\nname = "a"\npath = "../b"\nkind = "file"\ntitle = "t"', "leaves the folder"),
        ('[[dataset]]\nname = "a"\npath = "b"\nkind = "tale"\ntitle = "t"', "kind “tale” is not known"),
        ('[[dataset]]\nname = "A B"\npath = "b"\nkind = "file"\ntitle = "t"', "name cannot be used"),
        ('[[dataset]]\nname = "a"\npath = "b"\nkind = "file"\ntitle = "t"\nauthor = "x"', "“author” is not known"),
        ('[[dataset]]\nname = "a"\npath = "b"\nkind = "file"\ntitle = "t"\nyears = ["x"]', "“years” holds"),
        ('[[dataset]]\nname = "a"\npath = "b"\nkind = "file"\ntitle = "t"\nunit = 3', "“unit” has the wrong type"),
        ('[[dataset]]\nname = "a"\npath = "b"\nkind = "activity"\ntitle = "t"\nregion_key = "name"', "no country"),
        ('[[dataset]]\nname = "a"\npath = "b"\nkind = "file"\ntitle = "t"\n' * 2, "two datasets are called “a”"),
    ],
)
def test_faults_of_a_catalogue_are_told(tmp_path, text, said):
    (tmp_path / "hansa.toml").write_text(text)
    with pytest.raises(EvidenceError, match=said):
        discover(tmp_path)


def test_any_other_folder_gives_the_tables_that_have_the_columns(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "Émploi 1.csv").write_text("region,domain,value,year\nA,1,2,2014\n")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    (tmp_path / "notes.md").write_text("not a table")
    store = Store(tmp_path / "store")
    report = load(tmp_path, store)
    assert store.names() == ["sub-emploi-1"]
    left = dict(report.left)
    assert "no column “region”" in left["other"]
    assert "not a whole Parquet file" in left["broken"]
    assert len(report.sentences) == 3


def test_nothing_to_load_is_told(tmp_path):
    with pytest.raises(EvidenceError, match="no such folder"):
        load(tmp_path / "absent", Store(tmp_path / "store"))
    with pytest.raises(EvidenceError, match="choose another folder"):
        load(tmp_path, Store(tmp_path / "store"))


def test_the_starter_folder_is_the_one_asked_for_or_the_one_beside_or_none(tmp_path, data):
    assert choose_starter(None, None) is None
    assert choose_starter(None, tmp_path / "absent") is None
    assert choose_starter(None, tmp_path) is None
    assert choose_starter(None, data) == data
    assert choose_starter(tmp_path, data) == tmp_path
    with pytest.raises(EvidenceError, match="no such folder of starter data"):
        choose_starter(tmp_path / "absent", data)


def test_a_folder_with_codes_and_a_geometry_gets_a_map(tmp_path, data):
    (tmp_path / "jobs.csv").write_text("region,domain,value\nPL84,5,7\nPL63,5,1\n")
    geometry = data / "nuts" / "nuts2016_level2_simplified.geojson"
    (tmp_path / "g.geojson").write_bytes(geometry.read_bytes())
    (tmp_path / "hansa.toml").write_text(
        '[[dataset]]\nname = "jobs"\npath = "jobs.csv"\nkind = "activity"\ntitle = "Jobs"\ngeometry = "shapes"\n'
        '[[dataset]]\nname = "shapes"\npath = "g.geojson"\nkind = "file"\nrole = "geometry"\ntitle = "G"\n'
    )
    store = Store(tmp_path / "store")
    assert load(tmp_path, store).left == ()
    chart = json.loads(store.file("map-jobs").read_bytes())
    figures = {item["properties"]["code"] for item in chart["features"] if item["properties"]["figures"]}
    assert figures == {"PL84", "PL63"}
    names = {row["code"]: row["name"] for row in store.tables("regions-jobs")["regions"].to_pylist()}
    assert names["PL84"] == "Podlaskie"


def test_importing_the_room_loads_nothing_heavy():
    heavy = {"numpy", "pandas", "pyarrow", "ibis", "duckdb", "django", "scipy"}
    code = f"import sys, hansa.evidence; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there():
    import hansa.evidence as room

    for name in room.__all__:
        assert getattr(room, name) is not None
        assert type(getattr(room, name)).__name__ != "module"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = room.nothing
    assert same_area("PL9") == ("PL12",)


def test_a_short_command_ends_cleanly(loaded):
    """pyarrow's threaded reader has aborted processes that end right after reading; ours must not."""
    code = f"from hansa.evidence import Store; print(Store({str(loaded[0].folder)!r}).activity('sbs-nuts2-2014').rows)"
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.strip()) == (0, "19176"), done.stderr
