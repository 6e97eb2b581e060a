"""Charts: as many marks as data, captions as given, no address anywhere, the same bytes twice."""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
import sys
from collections import Counter
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.specialisation import (
    Activity,
    ActivityError,
    Proximity,
    complexity,
    plots,
    presence,
    proximity,
    quadrant,
)
from hansa.specialisation.plots import (
    Caption,
    complementarity_matrix,
    nested_presence,
    opportunity_plane,
    partner_map,
    proximity_network,
    rank_chart,
)
from hansa.specialisation.plots.layout import backbone, positions
from hansa.specialisation.plots.look import AMBER, SEA, VOID, legible
from hansa.specialisation.quadrant import NOT_PLACED, quadrant_from

from .reference import measures_of

CAPTION = Caption("What is near", unit="people employed", source="Census of population", year=2013)
TABLE = "nz_employment_2013"


@pytest.fixture
def altair() -> Any:
    return pytest.importorskip("altair", reason="charts need the optional package altair")


def _quadrant(table: str, region: str) -> Any:
    found = measures_of(table)
    return quadrant_from(found.location_quotient, found.presence, found.density, found.complexity, region)


def _chart(name: str) -> Any:
    found = measures_of(TABLE)
    regions = found.presence.regions
    match name:
        case "network":
            return proximity_network(found.proximity, CAPTION, highlighted=found.proximity.domains[:3])
        case "plane":
            return opportunity_plane(_quadrant(TABLE, "1"), CAPTION)
        case "nested":
            return nested_presence(found.presence, CAPTION, highlighted=regions[:1])
        case "ranks":
            years = {year: measures_of(f"nz_employment_{year}").complexity for year in (1981, 2001, 2013)}
            return rank_chart(years, CAPTION, highlighted=regions[:2])
        case "matrix":
            return complementarity_matrix(found.complementarity, CAPTION, regions=regions[:12])
        case _:
            points = {label: (170.0 + k % 7, -45.0 + k % 11) for k, label in enumerate(regions[:30])}
            return partner_map(found.complementarity, regions[0], points, CAPTION)


CHARTS = ["network", "plane", "nested", "ranks", "matrix", "map"]


def _svg(chart: Any) -> ET.Element:
    import vl_convert

    return ET.fromstring(vl_convert.vegalite_to_svg(json.dumps(chart.to_dict())))  # noqa: S314 - our own drawing


def _marks(drawn: ET.Element, kind: str) -> list[ET.Element]:
    """The marks of one kind that stand for data: not those of axes and legends."""
    found = []
    for group in drawn.iter():
        words = group.get("class", "").split()
        if f"mark-{kind}" in words and "role-mark" in words:
            found += [one for one in group if one.tag.endswith(("path", "line", "text"))]
    return found


def _fills(marks: list[ET.Element]) -> Counter[str]:
    return Counter((mark.get("fill") or "").lower() for mark in marks)


def _words(drawn: ET.Element) -> str:
    return " ".join("".join(one.itertext()) for one in drawn.iter() if one.tag.endswith("text"))


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_states_unit_source_and_year_and_loads_nothing(altair: Any, name: str) -> None:
    chart = _chart(name)
    written = chart.to_dict()
    words = _words(_svg(chart))
    for told in ("What is near", "people employed", "Census of population", "2013"):
        assert told in words
        assert told in written["description"]
    assert written.pop("$schema").startswith("https://vega.github.io/schema/vega-lite/")
    rest = json.dumps(written)
    assert "://" not in rest and '"url"' not in rest and "//" not in rest


@pytest.mark.parametrize("name", CHARTS)
def test_the_same_data_give_the_same_chart(altair: Any, name: str) -> None:
    one, other = (json.dumps(_chart(name).to_dict(), sort_keys=True) for _ in range(2))
    assert one == other


def test_a_network_has_a_circle_per_domain_and_a_line_per_link(altair: Any) -> None:
    phi = measures_of(TABLE).proximity
    drawn = _svg(proximity_network(phi, CAPTION, highlighted=phi.domains[:3], extra_links=20))
    held = int(np.isfinite(np.diagonal(phi.values)).sum())
    circles = _fills(_marks(drawn, "symbol"))
    assert circles == {SEA: held - 3, AMBER: 3}
    assert len(_marks(drawn, "rule")) == held - 1 + 20
    assert f"{held} domains, {held + 19} strongest links" in _words(drawn)


def test_domains_that_nobody_holds_are_not_in_the_network_but_counted(altair: Any) -> None:
    table = Activity.from_matrix("ABC", "wxyz", [[5, 5, 0, 0], [5, 0, 5, 0], [0, 5, 5, 0]])
    drawn = _svg(proximity_network(proximity(table), CAPTION))
    assert len(_marks(drawn, "symbol")) == 3
    assert "1 without any proximity are not drawn" in _words(drawn)


def test_the_plane_has_a_circle_per_placed_domain_and_both_lines(altair: Any) -> None:
    found = _quadrant(TABLE, "1")
    drawn = _svg(opportunity_plane(found, CAPTION))
    placed = [point for point in found.points if point.quadrant != NOT_PLACED]
    assert len(_marks(drawn, "symbol")) == len(placed)
    assert _fills(_marks(drawn, "symbol"))[AMBER] == len(found.among("near and complex"))
    assert len(_marks(drawn, "rule")) == 2
    assert f"density {found.density_cut:.3f} (region median)" in _words(drawn)
    assert "direction is uncertain" in _words(drawn)


def test_domains_without_complexity_are_counted_beside_the_plane(altair: Any) -> None:
    values = np.zeros((6, 6))
    values[:4, :4] = [[3, 2, 2, 2], [2, 3, 3, 0], [2, 3, 0, 0], [4, 0, 0, 0]]
    values[4:, 4:] = [[5, 0], [5, 5]]
    table = Activity.from_matrix("ABCDEF", "uvwxyz", values)
    found = quadrant(table, "C")
    drawn = _svg(opportunity_plane(found, CAPTION))
    missing = len(found.among(NOT_PLACED))
    assert missing > 0
    assert len(_marks(drawn, "symbol")) == len(found.points) - missing
    assert f"{missing} of {len(found.points)} lacked domains have no complexity" in _words(drawn)
    flat = Activity.from_matrix("AB", "xyz", [[1, 0, 0], [0, 1, 1]])
    with pytest.raises(ActivityError, match="No domain of region 'A' can be placed"):
        opportunity_plane(quadrant(flat, "A"), CAPTION)


@pytest.mark.parametrize("table", ["eurostat_sbs_2014", TABLE])
def test_the_presence_matrix_has_a_square_per_presence(altair: Any, table: str) -> None:
    held = measures_of(table).presence
    region = held.regions[4]
    squares = _fills(_marks(_svg(nested_presence(held, CAPTION, highlighted=[region])), "rect"))
    own = int(held.present[4].sum())
    assert squares == {SEA: int(held.present.sum()) - own, AMBER: own}


def test_unknown_cells_are_drawn_apart_from_presences(altair: Any) -> None:
    held = presence(Activity.from_matrix("ABC", "xyz", [[9, 9, None], [9, 0, 9], [0, 9, 9]]))
    drawn = _svg(nested_presence(held, CAPTION))
    assert _fills(_marks(drawn, "rect")) == {SEA: int(held.present.sum()), VOID: 1}
    assert "1 unknown cells" in _words(drawn)


def _placed(chart: Any) -> dict[str, list[str]]:
    written = chart.to_dict()
    (rows,) = written["datasets"].values()
    axes = {}
    for axis, label in (("row", "region"), ("column", "domain")):
        at = {row[axis]: row[label] for row in rows}
        axes[label] = [at[place] for place in sorted(at)]
    return axes


def test_the_presence_matrix_is_ordered_by_diversity_and_ubiquity_or_as_asked(altair: Any) -> None:
    held = measures_of(TABLE).presence
    axes = _placed(nested_presence(held, CAPTION))
    diversity = dict(zip(held.regions, held.held_counts.tolist(), strict=True))
    ubiquity = dict(zip(held.domains, held.holder_counts.tolist(), strict=True))
    counts = [diversity[label] for label in axes["region"]]
    assert counts == sorted(counts, reverse=True)
    spread = [ubiquity[label] for label in axes["domain"]]
    assert spread == sorted(spread, reverse=True)
    found = measures_of(TABLE).complexity
    other = _placed(nested_presence(held, CAPTION, region_order=found.eci, domain_order=found.pci))
    eci, pci = dict(zip(found.regions, found.eci, strict=True)), dict(zip(found.domains, found.pci, strict=True))
    assert [eci[label] for label in other["region"]] == sorted((eci[one] for one in other["region"]), reverse=True)
    assert [pci[label] for label in other["domain"]] == sorted(pci[one] for one in other["domain"])


def test_a_bump_chart_ranks_all_regions_and_draws_those_asked_for(altair: Any) -> None:
    years = {year: measures_of(f"nz_employment_{year}").complexity for year in (1981, 2001, 2013)}
    shown = years[2013].regions[:10]
    chart = rank_chart(years, CAPTION, shown=shown, highlighted=shown[:2])
    drawn = _svg(chart)
    ranked = sum(int(np.isfinite(found.eci[: len(shown)]).sum()) for found in years.values())
    assert len(_marks(drawn, "symbol")) == ranked
    rows = max(chart.to_dict()["datasets"].values(), key=len)
    for row in rows:
        found = years[row["year"]]
        value = found.eci[found.regions.index(row["label"])]
        assert row["rank"] == 1 + int(np.sum(found.eci > value + 1e-12))
    assert "10 of 143 regions drawn" in _words(drawn)
    assert "uncertain in 2001, 2013" in _words(drawn)


def test_a_year_without_a_figure_breaks_the_line(altair: Any) -> None:
    years = {2019: {"A": 3.0, "B": 2.0}, 2020: {"B": 2.0, "A": float("nan")}, 2021: {"A": 1.0, "B": 2.0}}
    drawn = _svg(rank_chart(years, CAPTION))
    assert len(_marks(drawn, "symbol")) == 5
    lines = [one for one in _marks(drawn, "line") if one.get("d")]
    assert len(lines) == 3
    equal = rank_chart({2020: {"A": 1.0, "B": 1.0, "C": 0.5}}, CAPTION).to_dict()
    rows = max(equal["datasets"].values(), key=len)
    assert {row["label"]: row["rank"] for row in rows} == {"A": 1, "B": 1, "C": 3}


def test_the_matrix_of_partners_has_a_square_per_ordered_pair(altair: Any) -> None:
    found = measures_of(TABLE).complementarity
    chosen = found.regions[:12]
    chart = complementarity_matrix(found, CAPTION, regions=chosen)
    assert len(_marks(_svg(chart), "rect")) == 12 * 11
    (rows,) = chart.to_dict()["datasets"].values()
    for row in rows[::7]:
        r, s = found.regions.index(row["region"]), found.regions.index(row["partner"])
        assert row["added"] == pytest.approx(found.mean_added_density[r, s] * 100)


def test_the_map_has_a_circle_per_partner_with_a_point_and_one_for_the_region(altair: Any) -> None:
    found = measures_of(TABLE).complementarity
    home = found.regions[0]
    points = {label: (170.0 + k % 7, -45.0 + k % 11) for k, label in enumerate(found.regions[:30])}
    drawn = _svg(partner_map(found, home, points, CAPTION, lines=4))
    partners = [label for label, _ in found.partners_of(home)]
    inside = [label for label in partners if label in points]
    assert len(_marks(drawn, "symbol")) == len(inside) + 1
    assert _fills(_marks(drawn, "symbol"))[AMBER] == 1
    assert len(_marks(drawn, "rule")) == 4
    assert f"{len(partners) - len(inside)} partners without a position are not drawn" in _words(drawn)


def test_names_given_by_the_caller_are_printed(altair: Any) -> None:
    table = Activity.from_matrix("ABC", "xyz", [[5, 5, 0], [5, 0, 5], [0, 5, 5]])
    words = _words(_svg(proximity_network(proximity(table), CAPTION, names={"x": "Ship building"})))
    assert "Ship building" in words and " y" in words


def test_without_altair_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(ActivityError, match="pip install altair"):
        proximity_network(measures_of(TABLE).proximity, CAPTION)


@pytest.mark.parametrize("missing", ["title", "unit", "source"])
def test_a_caption_without_unit_or_source_is_refused(missing: str) -> None:
    with pytest.raises(ActivityError, match=f"no {missing}"):
        Caption(**({"title": "t", "unit": "u", "source": "s"} | {missing: " "}))


def test_what_is_not_in_the_data_cannot_be_drawn() -> None:
    found = measures_of(TABLE)
    with pytest.raises(ActivityError, match="no domain 'Z'"):
        proximity_network(found.proximity, CAPTION, highlighted=["Z"])
    with pytest.raises(ActivityError, match="not symmetric"):
        lopsided = np.triu(np.nan_to_num(found.proximity.values))
        proximity_network(Proximity(found.proximity.domains, lopsided, found.proximity.definition), CAPTION)
    with pytest.raises(ActivityError, match="no region 'Z'"):
        nested_presence(found.presence, CAPTION, highlighted=["Z"])
    with pytest.raises(ActivityError, match="order of regions has shape"):
        nested_presence(found.presence, CAPTION, region_order=np.zeros(3))
    with pytest.raises(ActivityError, match="has no point"):
        partner_map(found.complementarity, "1", {}, CAPTION)
    with pytest.raises(ActivityError, match="longitude and latitude in degrees"):
        partner_map(found.complementarity, "1", {"1": (50.0, 120.0)}, CAPTION)
    with pytest.raises(ActivityError, match="no years to rank"):
        rank_chart({}, CAPTION)
    with pytest.raises(ActivityError, match="no region 'Z'"):
        rank_chart({2020: {"A": 1.0}}, CAPTION, shown=["Z"])
    with pytest.raises(ActivityError, match='"regions" or "domains"'):
        rank_chart({2020: found.complexity}, CAPTION, side="all")  # type: ignore[arg-type]


@st.composite
def strengths(draw: st.DrawFn) -> np.ndarray:
    size = draw(st.integers(1, 9))
    cells = draw(st.lists(st.sampled_from([0.0, 0.0, 0.25, 0.5, 0.75, 1.0]), min_size=size**2, max_size=size**2))
    upper = np.triu(np.array(cells).reshape(size, size), 1)
    return upper + upper.T


@given(strengths(), st.integers(0, 12))
def test_the_backbone_connects_what_is_connected_with_the_strongest_links(values: np.ndarray, extra: int) -> None:
    pairs = [tuple(pair) for pair in backbone(values, extra).tolist()]
    every = [(i, j) for i in range(len(values)) for j in range(i + 1, len(values)) if values[i, j] > 0]
    assert len(set(pairs)) == len(pairs) and set(pairs) <= set(every)
    ranked = sorted(every, key=lambda pair: (-values[pair], pair))
    forest, group = set(), list(range(len(values)))
    for i, j in ranked:
        if group[i] != group[j]:
            forest.add((i, j))
            group = [group[i] if one == group[j] else one for one in group]
    rest = [pair for pair in ranked if pair not in forest][:extra]
    assert set(pairs) == forest | set(rest)


@given(strengths(), st.integers(0, 12))
def test_the_layout_is_bounded_distinct_and_repeatable(values: np.ndarray, extra: int) -> None:
    pairs = backbone(values, extra)
    one, other = positions(len(values), pairs), positions(len(values), pairs)
    assert one.tobytes() == other.tobytes()
    assert one.shape == (len(values), 2)
    assert (np.abs(one) <= 1 + 1e-12).all()
    gaps = np.linalg.norm(one[:, None] - one[None, :], axis=2)[np.triu_indices(len(one), 1)]
    assert (gaps > 1e-3).all()


def test_a_path_is_laid_out_as_a_line() -> None:
    size = 6
    pairs = np.array([[k, k + 1] for k in range(size - 1)])
    place = positions(size, pairs)
    ends = np.linalg.norm(place[0] - place[-1])
    steps = np.linalg.norm(np.diff(place, axis=0), axis=1)
    assert ends > 0.95 * steps.sum()
    assert steps.std() < 0.05 * steps.mean()


def test_the_examples_in_the_docstrings_are_true() -> None:
    names = [f"{plots.__name__}.{module.name}" for module in pkgutil.iter_modules(plots.__path__)]
    results = [doctest.testmod(importlib.import_module(name)) for name in names]
    assert sum(result.attempted for result in results) >= 2
    assert sum(result.failed for result in results) == 0


def test_labels_over_one_another_are_left_out_in_order() -> None:
    assert legible([(0, 0), (0, 5), (0, 40)], ["a", "b", "c"], 10, centred=True) == [0, 2]
    assert legible([(0, 0), (0, 5)], ["a", "b"], 4, centred=True) == [0, 1]


def test_complexity_of_domains_can_be_ranked_too(altair: Any) -> None:
    found = complexity(Activity.from_matrix("ABCD", "wxyz", [[3, 2, 2, 2], [2, 3, 3, 0], [2, 3, 0, 0], [4, 0, 0, 0]]))
    rows = max(rank_chart({2020: found}, CAPTION, side="domains").to_dict()["datasets"].values(), key=len)
    first = next(row for row in rows if row["rank"] == 1)
    assert first["label"] == found.domains[int(np.nanargmax(found.pci))]
