"""Names to codes, codes to figures, figures to polygons."""

import json
import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.evidence import ATTRIBUTION, EvidenceError, build_map, fallback, match_region_names, read_regions
from hansa.evidence.maps import MAP_BYTES, Drawn, geometry_names, is_remote, read_geometry, signed_area, thin
from hansa.evidence.region_names import aliases, country_code, normal_form


@pytest.fixture(scope="module")
def features(data):
    return read_geometry(data / "nuts" / "nuts2016_level2_simplified.geojson")


@pytest.fixture(scope="module")
def matches(data, features):
    table = pq.ParquetFile(data / "complexity" / "eurostat_sbs_nuts2_2014.parquet").read(["country", "region"])
    pairs = zip(table["country"].to_pylist(), table["region"].to_pylist(), strict=True)
    return match_region_names(pairs, geometry_names(features))


@pytest.fixture(scope="module")
def chart(matches, features):
    drawn = [Drawn(match.code, match.label, match.drawn_by, match.approximate) for match in matches.values()]
    return build_map(drawn, features)


def test_every_region_of_the_employment_table_finds_its_code_and_none_twice(matches):
    ways = Counter(match.how for match in matches.values())
    sys.stdout.write(f"region names matched: {dict(ways)}\n")
    assert ways == {"exact": 245, "normalised": 26, "alias": 11}
    assert len({match.code for match in matches.values()}) == len(matches) == 282
    assert {match.code[:2] for match in matches.values()} == {country_code(country) for country, _ in matches}


def test_a_region_keeps_its_2013_code_only_where_the_area_changed(matches, features):
    old = {match.code for match in matches.values() if match.nuts_version == "2013"}
    assert old == {"LT00", "HU10", "PL12", "IE01", "IE02", "UKM2", "UKM3"}
    assert not old & set(features)
    assert all(match.code in features for match in matches.values() if match.nuts_version == "2016")
    assert matches["France", "Centre (FR)"].code == "FRB0"
    assert matches["Poland", "Podlaskie"].code == "PL84"


def test_eastern_scotland_is_not_the_region_that_took_its_name(matches):
    match = matches["United Kingdom", "Eastern Scotland"]
    assert (match.code, match.drawn_by, match.approximate) == ("UKM2", ("UKM7",), True)


def test_every_polygon_draws_one_region_at_most_and_every_region_is_drawn(matches, features):
    drawn = Counter(polygon for match in matches.values() for polygon in match.drawn_by)
    assert set(drawn.values()) == {1}
    assert set(drawn) <= set(features)
    assert matches["Lithuania", "Lithuania"].drawn_by == ("LT01", "LT02")


def test_names_are_shown_as_the_regions_write_them(matches):
    assert matches["Czech Republic", "Strední Cechy"].label == "Střední Čechy"
    assert matches["Lithuania", "Lithuania"].label == "Lietuva"


def test_unknown_and_doubled_names_are_refused(features):
    names = geometry_names(features)
    with pytest.raises(EvidenceError, match=r"1 of 2 region names .* Atlantis \(Poland\)"):
        match_region_names([("Poland", "Atlantis"), ("Poland", "Podlaskie")], names)
    with pytest.raises(EvidenceError, match="both mean PL84"):
        match_region_names([("Poland", "PODLASKIE"), ("Poland", "Podlaskie")], names)
    with pytest.raises(EvidenceError, match="country “Ruritania” is not known"):
        match_region_names([("Ruritania", "Podlaskie")], names)
    with pytest.raises(EvidenceError, match="match no NUTS"):
        match_region_names([("Germany", "Podlaskie")], names)


def test_aliases_have_reasons_and_known_countries():
    for alias in aliases():
        assert alias.reason
        assert alias.code.startswith(alias.country)
        assert alias.nuts_version in {"2013", "2016"}


@given(st.text(max_size=20))
def test_the_normal_form_is_its_own_normal_form(name):
    assert normal_form(normal_form(name)) == normal_form(name)


def test_the_list_of_regions(data):
    regions = list(read_regions(data / "nuts" / "nuts_regions.csv"))
    described = (data / "nuts" / "README.md").read_text()
    assert f"{len(regions):,}" in described
    codes = {(region.nuts_version, region.code) for region in regions}
    podlaskie = next(region for region in regions if region.code == "PL84" and region.nuts_version == "2021")
    assert (podlaskie.parent, podlaskie.level, podlaskie.name) == ("PL8", 2, "Podlaskie")
    assert all((region.nuts_version, region.parent) in codes for region in regions if region.level > 1)


def test_a_faulty_list_of_regions_is_refused(tmp_path):
    path = tmp_path / "r.csv"
    with pytest.raises(EvidenceError, match="no such file"):
        list(read_regions(path))
    path.write_text("version,nuts,level,country,name\n")
    with pytest.raises(EvidenceError, match="no column “name_latin”"):
        list(read_regions(path))
    path.write_text("version,nuts,level,country,name,name_latin\n2021,PL84,3,PL,P,P\n")
    with pytest.raises(EvidenceError, match="row 2, column “level”"):
        list(read_regions(path))


@pytest.mark.parametrize(
    ("region", "code", "reason", "exact"),
    [
        ("PL84", "PL84", "same", True),
        ("LV008", "LV00", "larger", False),
        ("DK032", "DK03", "larger", False),
        ("LT", "LT00", "only-part", True),
        ("LT0", "LT00", "only-part", True),
        ("EE", "EE00", "only-part", True),
        ("LT02", "LT00", "earlier", False),
        ("LT023", "LT00", "earlier", False),
        ("PL9", "PL12", "only-part", True),
        ("PL911", "PL12", "earlier", False),
        ("HU1", "HU10", "only-part", True),
        ("CY000", "CY00", "only-part", True),
        ("IE06", "IE02", "earlier", False),
        ("PL", None, "none", False),
        ("SE1", None, "none", False),
        ("XX00", None, "none", False),
    ],
)
def test_whose_figures_stand_in(matches, region, code, reason, exact):
    found = fallback(region, [match.code for match in matches.values()])
    assert (found.code, found.reason, found.exact) == (code, reason, exact)
    assert region in found.sentence
    assert found.sentence.endswith(".")


def test_an_undivided_code_stands_for_its_country_only_when_it_is_all_there_is():
    assert fallback("EE", ["EE00", "EE01"]).code is None
    assert fallback("EE", ["EE00", "EE001"]).code == "EE00"
    assert fallback("LT", ["LT00", "LT01"]).code == "LT00"


nuts_codes = st.from_regex(r"(PL|LT|EE)[0-9]{0,3}", fullmatch=True)


@given(st.sets(nuts_codes), nuts_codes)
def test_figures_come_from_what_is_available(available, region):
    found = fallback(region, available)
    assert found.code is None or found.code in available
    assert (region in available) == (found.reason == "same")


def spherical_area(ring):
    """Steradians on the left-hand-rule side of a ring of lon, lat in degrees: the clockwise inside is below 2 pi."""
    lon, lat = np.radians(np.asarray(ring, dtype=float)).T
    x = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    total = 0.0
    for a, b in zip(x.T[:-1], x.T[1:], strict=True):
        apex = np.array([0.0, 0.0, 1.0])
        total += 2 * np.arctan2(np.dot(a, np.cross(b, apex)), 1 + a @ b + b @ apex + apex @ a)
    return (-total) % (4 * np.pi)


def test_the_map_is_small_and_complete(chart, matches):
    collection = json.loads(chart)
    assert len(chart) <= MAP_BYTES
    assert collection["attribution"] == ATTRIBUTION == "© EuroGeographics for the administrative boundaries"
    with_figures = [item["properties"]["code"] for item in collection["features"] if item["properties"]["figures"]]
    assert sorted(with_figures) == sorted(match.code for match in matches.values())
    every = [item["properties"]["code"] for item in collection["features"]]
    assert len(set(every)) == len(every)


def test_rings_are_closed_rounded_and_without_doubled_points(chart):
    for item in json.loads(chart)["features"]:
        for polygon in item["geometry"]["coordinates"]:
            for ring in polygon:
                assert ring[0] == ring[-1]
                assert len(ring) >= 4
                assert all(one != two for one, two in pairwise(ring))
                assert all(round(number, 2) == number for point in ring for number in point)


def test_no_region_covers_the_globe(chart):
    for item in json.loads(chart)["features"]:
        for exterior, *holes in item["geometry"]["coordinates"]:
            assert 0 < spherical_area(exterior) < 0.1, item["properties"]
            assert all(spherical_area(hole) > 2 * np.pi for hole in holes)


def test_vega_agrees_that_no_region_covers_the_globe(chart):
    vl_convert = pytest.importorskip("vl_convert")
    collection = json.loads(chart)
    spec = {
        "$schema": "https://vega.github.io/schema/vega/v5.json",
        "data": [
            {
                "name": "regions",
                "values": collection["features"],
                "transform": [
                    {"type": "formula", "as": "area", "expr": "geoArea(null, datum)"},
                    {"type": "aggregate", "fields": ["area", "area"], "ops": ["max", "count"], "as": ["max", "count"]},
                ],
            }
        ],
        "marks": [
            {
                "type": "text",
                "from": {"data": "regions"},
                "encode": {"enter": {"text": {"signal": "'area=' + datum.max + ' of ' + datum.count"}}},
            }
        ],
    }
    drawn = vl_convert.vega_to_svg(spec)
    largest, count = drawn.split("area=")[1].split("<")[0].split(" of ")
    assert int(count) == len(collection["features"])
    assert 0 < float(largest) < 0.1


def test_overseas_regions_and_islands_are_marked_remote(chart):
    marked = {item["properties"]["code"] for item in json.loads(chart)["features"] if item["properties"]["remote"]}
    assert marked == {"FRY1", "FRY2", "FRY3", "FRY4", "FRY5", "ES70", "PT20", "PT30"}
    assert not is_remote(21.0, 52.2)


def test_thinning_keeps_the_area(chart, features, matches):
    by_code = {item["properties"]["code"]: item for item in json.loads(chart)["features"]}
    for code in ("PL84", "SE33", "DE80"):
        before = sum(abs(signed_area(np.array(polygon[0])[:-1])) for polygon in polygons(features[code]))
        after = sum(abs(signed_area(np.array(polygon[0])[:-1])) for polygon in polygons(by_code[code]))
        assert after == pytest.approx(before, rel=0.03)


def polygons(feature):
    geometry = feature["geometry"]
    return [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]


def test_a_map_that_cannot_be_small_enough_is_refused(features):
    with pytest.raises(EvidenceError, match="raise the limit"):
        build_map([Drawn("PL84", "Podlaskie", ("PL84",))], features, limit=1000)


def test_something_else_than_geometry_is_refused(tmp_path):
    path = tmp_path / "g.geojson"
    for content in (b"", b"[]", b'{"features": [{}]}', b"\xff"):
        path.write_bytes(content)
        with pytest.raises(EvidenceError, match=r"g\.geojson"):
            read_geometry(path)


@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=5, max_size=40, unique=True),
    st.floats(0.1, 20),
    st.integers(0, 39),
)
def test_thinning_keeps_points_of_the_ring_near_all_others_and_ignores_the_start(points, tolerance, shift):
    ring = np.array(points, dtype=float)
    thinned = thin(ring, tolerance)
    kept = {tuple(point) for point in thinned}
    assert kept <= {tuple(point) for point in ring}
    assert kept == {tuple(point) for point in thin(np.roll(ring, shift, axis=0), tolerance)}
