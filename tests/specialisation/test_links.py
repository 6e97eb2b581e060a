"""Links between regions: reading them, and what linked partners add to each domain."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as st

from hansa.specialisation import (
    Activity,
    ActivityError,
    LinkedComplementarity,
    Links,
    complementarity,
    linked_complementarity,
)

from .reference import activity_of, columns
from .strategies import activities


@st.composite
def link_tables(draw: st.DrawFn, regions: tuple[str, ...]) -> list[tuple[str, str, float | None]]:
    pairs = [(a, b) for a in regions for b in regions if a < b]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    values = st.one_of(st.integers(0, 9).map(float), st.none())
    return [(a, b, draw(values)) for a, b in chosen]


@st.composite
def linked_tables(draw: st.DrawFn) -> tuple[Activity, Links]:
    activity = draw(activities())
    rows = draw(link_tables(activity.regions))
    return activity, Links.from_long(*_columns(rows), covered=activity.regions, year=2020)


def _columns(rows: list[tuple[str, str, float | None]]) -> tuple[list[str], list[str], list[float | None]]:
    return [a for a, _, _ in rows], [b for _, b, _ in rows], [value for _, _, value in rows]


@given(linked_tables(), st.sampled_from(["counts", "shares", "binary"]))
def test_each_cell_is_the_weighted_sum_of_what_partners_add(both: tuple[Activity, Links], kind: str) -> None:
    activity, links = both
    found = linked_complementarity(activity, links, weights=kind)  # type: ignore[arg-type]
    single = complementarity(activity)
    size = len(activity.regions)
    w = np.nan_to_num(np.array([[links.between(a, b) for b in activity.regions] for a in activity.regions]))
    for r, region in enumerate(activity.regions):
        weights = {"counts": w[r], "binary": (w[r] > 0) * 1.0, "shares": w[r] / max(w[r].sum(), 1.0)}[kind]
        added = np.array([_alone(single, activity, r, s) for s in range(size)])
        for i, domain in enumerate(activity.domains):
            ours = found.values[r, i]
            parts = found.partners_of(region, domain)
            if np.isnan(added[r, i]) or (kind == "shares" and w[r].sum() == 0):
                assert np.isnan(ours)
                assert parts == ()
                continue
            assert ours == pytest.approx(weights @ np.nan_to_num(added[:, i]), abs=1e-10)
            assert sum(part.contribution for part in parts) == pytest.approx(ours, abs=1e-10)
            for part in parts:
                assert part.contribution == pytest.approx(part.link_weight * part.added_density)
                assert part.link == links.between(region, part.partner) > 0


def _alone(single: object, activity: Activity, r: int, s: int) -> np.ndarray:
    """What s adds to r, domain by domain, written from the definition; NaN where r does not lack the domain."""
    held, weights = single.presence, single.weights  # type: ignore[attr-defined]
    result = np.full(len(activity.domains), np.nan)
    for i in range(len(activity.domains)):
        if held.lacked[r, i] and weights[i].any():
            result[i] = sum(weights[i, j] for j in np.flatnonzero(held.lacked[r] & held.present[s]))
    return result


@given(linked_tables(), st.integers(2, 9))
def test_the_unit_of_the_links_matters_to_counts_alone(both: tuple[Activity, Links], factor: int) -> None:
    activity, links = both
    rows = [
        (a, b, links.between(a, b)) for a in links.regions for b in links.regions if a < b and links.between(a, b) != 0
    ]
    scaled = Links.from_long(*_columns([(a, b, v * factor) for a, b, v in rows]), covered=links.regions)
    for kind, rise in (("counts", factor), ("shares", 1), ("binary", 1)):
        one, other = (linked_complementarity(activity, each, weights=kind).values for each in (links, scaled))  # type: ignore[arg-type]
        np.testing.assert_allclose(other, one * rise, rtol=1e-9, atol=1e-12)


@given(linked_tables())
def test_shares_give_an_added_density_between_nothing_and_all(both: tuple[Activity, Links]) -> None:
    values = linked_complementarity(*both, weights="shares").values
    known = values[np.isfinite(values)]
    assert ((known >= 0) & (known <= 1 + 1e-12)).all()


@given(linked_tables(), st.randoms(use_true_random=False))
def test_the_order_of_regions_does_not_matter(both: tuple[Activity, Links], random: object) -> None:
    activity, links = both
    rows = list(range(len(activity.regions)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    moved = Activity(tuple(activity.regions[r] for r in rows), activity.domains, activity.values[rows])
    one, other = linked_complementarity(activity, links), linked_complementarity(moved, links)
    np.testing.assert_allclose(other.values, one.values[rows], atol=1e-10)


def test_a_pair_in_both_orders_is_one_link_and_directed_links_are_two() -> None:
    both = Links.from_long(["A", "B"], ["B", "A"], [3, 3])
    assert both.values.toarray().tolist() == [[0, 3], [3, 0]]
    directed = Links.from_long(["A", "B"], ["B", "A"], [3, 1], direction="directed")
    assert directed.values.toarray().tolist() == [[0, 3], [1, 0]]
    assert (directed.between("A", "B"), directed.between("B", "A")) == (3.0, 1.0)


def test_no_link_is_zero_but_an_unknown_link_and_an_uncovered_region_are_not() -> None:
    table = Activity.from_matrix("ABC", "xyz", [[9, 0, 0], [0, 5, 5], [5, 5, 0]])
    links = Links.from_long(["A"], ["B"], [None], covered=["A", "B"])
    assert np.isnan(links.between("A", "B"))
    assert links.unknown == (("A", "B"),)
    found = linked_complementarity(table, links)
    assert found.definition["unknown_links"] == 1
    assert found.not_covered == ("C",)
    assert found.values[0].tolist()[1:] == [0.0, 0.0]
    assert np.isnan(found.values[2]).all()
    assert np.isnan(linked_complementarity(table, links, weights="shares").values).all()


def test_links_of_a_region_with_itself_change_no_share() -> None:
    table = Activity.from_matrix("ABC", "xyz", [[9, 0, 0], [0, 5, 5], [5, 5, 0]])
    plain = Links.from_long(["A", "A"], ["B", "C"], [3, 1])
    with_own = Links.from_long(["A", "A", "A"], ["A", "B", "C"], [99, 3, 1])
    one, other = (linked_complementarity(table, links, weights="shares").values for links in (plain, with_own))
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    ("rows", "keywords", "message"),
    [
        ((["A"], ["B"], [1, 2]), {}, "differ in length"),
        ((["A", "A"], ["B", "B"], [1, 2]), {}, "'A' and 'B' stands in rows 1 and 2"),
        ((["A", "B"], ["B", "A"], [1, 2]), {}, "different values in rows 1 and 2"),
        ((["A"], ["B"], [-1]), {}, "row 1 is -1.0"),
        ((["A"], [""], [1]), {}, "row 1 of the link table is ''"),
        ((["A"], ["B"], ["many"]), {}, "not all numbers"),
        ((["A"], ["B"], [1]), {"covered": ["A"]}, r"outside the covered ones \(1\): 'B'"),
        ((["A", "A"], ["B", "C"], [1, 1]), {"rename": {"C": "B"}}, "'A' and 'B' stands in rows 1 and 2"),
        ((["A"], ["B"], [1]), {"direction": "both"}, '"symmetric" or "directed"'),
    ],
)
def test_a_link_table_that_cannot_be_read_is_refused(rows: tuple, keywords: dict, message: str) -> None:
    with pytest.raises(ActivityError, match=message):
        Links.from_long(*rows, **keywords)


@cache
def _h2020(year: int) -> dict[str, np.ndarray]:
    table = columns("links_h2020_countries.parquet")
    return {name: values[table["year"] == year] for name, values in table.items()}


def _cordis_to_iso3() -> dict[str, str]:
    """CLDR's alpha-3 aliases turned round, and the two codes CORDIS writes in its own way."""
    aliases = get_global("territory_aliases")
    turned = {two[0]: three for three, two in aliases.items() if len(three) == 3 and three.isalpha() and len(two) == 1}
    return {**turned, "EL": turned["GR"], "UK": turned["GB"]}


def test_codes_of_another_system_are_named_until_they_are_mapped() -> None:
    rows, table = _h2020(2018), activity_of("patents_cpc_2020")
    raw = Links.from_long(rows["region_a"], rows["region_b"], rows["projects"], year=2018)
    assert {"EL", "UK"} <= set(raw.regions)
    with pytest.raises(ActivityError, match=r"activity table does not have \(\d+\): 'A.', .* and \d+ more; rename"):
        linked_complementarity(table, raw)


def _linked_patents() -> LinkedComplementarity:
    rows, table = _h2020(2018), activity_of("patents_cpc_2020")
    links = Links.from_long(rows["region_a"], rows["region_b"], rows["projects"], rename=_cordis_to_iso3(), year=2018)
    return linked_complementarity(table, links, weights="shares", outside="leave out")


def test_joint_projects_of_countries_on_their_patents() -> None:
    rows, found, table = _h2020(2018), _linked_patents(), activity_of("patents_cpc_2020")
    at_greece = (rows["region_a"] == "EL") | (rows["region_b"] == "EL")
    greece, projects = table.region_index("GRC"), float(rows["projects"][at_greece].sum())
    inside = float(found.links.values[[greece]].sum())
    assert 0 < inside < projects
    assert found.left_out_share[greece] == pytest.approx(1 - inside / projects, abs=1e-12)
    assert found.weights[[greece]].sum() == pytest.approx(1.0, abs=1e-12)
    assert not set(found.left_out) & set(table.regions)
    assert "GRC" not in found.not_covered
    column = int(np.nanargmax(found.values[greece]))
    parts = found.partners_of("GRC", table.domains[column])
    assert sum(part.contribution for part in parts) == pytest.approx(found.values[greece, column], abs=1e-10)
    uk = _h2020(2018)["projects"][at_greece & ((rows["region_a"] == "UK") | (rows["region_b"] == "UK"))]
    assert found.links.between("GRC", "GBR") == uk.sum() > 0


def test_what_was_chosen_stands_in_the_definition() -> None:
    told = _linked_patents().definition
    assert (told["link_weights"], told["link_year"], told["regions_outside"]) == ("shares", 2018, "left out")
    with pytest.raises(ActivityError, match='"counts", "shares" or "binary"'):
        Links.from_long(["A"], ["B"], [1]).weights("share")  # type: ignore[arg-type]
