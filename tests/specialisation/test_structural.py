"""Structural distance: weights, skew, missing variables, and what carries a distance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from hansa.specialisation import ActivityError, StructuralTable, structural_distance
from hansa.specialisation.structural import skewness, yeo_johnson

from .reference import activity_of, expected
from .strategies import labels


@st.composite
def structural_tables(draw: st.DrawFn, unknown: bool = True) -> StructuralTable:
    rows, columns = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    cell: st.SearchStrategy[float] = st.integers(-40, 400).map(float)
    if unknown:
        cell = st.one_of(cell, cell, st.just(float("nan")))
    values = draw(st.lists(cell, min_size=rows * columns, max_size=rows * columns))
    dimensions = tuple(draw(st.lists(st.sampled_from("pqr"), min_size=columns, max_size=columns)))
    cells = np.array(values).reshape(rows, columns)
    return StructuralTable(tuple(labels("R", rows)), tuple(labels("V", columns)), cells, dimensions)


def _weights(table: StructuralTable) -> dict[str, float]:
    return {label: float(k % 3 + 1) for k, label in enumerate(table.variables)}


@given(structural_tables())
def test_distance_equals_its_definition_pair_by_pair(table: StructuralTable) -> None:
    weights = _weights(table)
    found = structural_distance(table, weights=weights)
    z, w = found.rescaled, np.array(list(weights.values())) / sum(weights.values())
    for r in range(len(table.regions)):
        for s in range(len(table.regions)):
            both = [k for k in range(len(w)) if np.isfinite(z[r, k]) and np.isfinite(z[s, k])]
            share = sum(w[k] for k in both)
            assert found.known_share[r, s] == pytest.approx(share, abs=1e-12)
            if not both:
                assert np.isnan(found.values[r, s])
                continue
            distance = sum(w[k] * (z[r, k] - z[s, k]) ** 2 for k in both) / share
            assert found.values[r, s] == pytest.approx(distance, abs=1e-12)


@given(structural_tables())
def test_distance_is_a_symmetric_share_and_zero_to_itself(table: StructuralTable) -> None:
    found = structural_distance(table)
    np.testing.assert_array_equal(found.values, found.values.T)
    known = found.values[np.isfinite(found.values)]
    assert ((known >= 0) & (known <= 1)).all()
    for r in range(len(table.regions)):
        own = found.values[r, r]
        assert own == 0.0 if np.isfinite(table.values[r]).any() else np.isnan(own)


@given(structural_tables(), st.integers(1, 1000), st.integers(-1000, 1000))
def test_the_unit_and_origin_of_a_variable_do_not_matter(table: StructuralTable, factor: int, shift: int) -> None:
    # A unit in the last place may decide about a skewness exactly at the limit.
    before = [abs(one.skewness) for one in structural_distance(table).treatments]
    assume(not any(abs(one - 1.0) < 1e-9 for one in before))
    moved = StructuralTable(table.regions, table.variables, table.values * factor + shift, table.dimensions)
    one, other = structural_distance(table), structural_distance(moved)
    np.testing.assert_allclose(other.values, one.values, rtol=0, atol=1e-7)


@given(structural_tables())
def test_neighbours_come_nearest_first_with_parts_that_add_up(table: StructuralTable) -> None:
    found = structural_distance(table, weights=_weights(table))
    for region in table.regions:
        near = found.nearest(region)
        assert [round(one.distance, 12) for one in near] == sorted(round(one.distance, 12) for one in near)
        assert region not in [one.region for one in near]
        assert near[:2] == found.nearest(region, 2)
        for one in near:
            assert sum(part.contribution for part in one.carried_by) == pytest.approx(one.distance, abs=1e-12)
            assert all(part.contribution >= 0 for part in one.carried_by)


@given(structural_tables(unknown=False))
def test_a_variable_without_weight_might_as_well_not_be_there(table: StructuralTable) -> None:
    assume(len(table.variables) > 1)
    kept = table.variables[:-1]
    smaller = StructuralTable(table.regions, kept, table.values[:, :-1], table.dimensions[:-1])
    weights = dict.fromkeys(kept, 1.0) | {table.variables[-1]: 0.0}
    one, other = structural_distance(table, weights=weights), structural_distance(smaller)
    np.testing.assert_allclose(one.values, other.values, atol=1e-12)


@given(structural_tables())
def test_dimensions_share_their_weight_among_their_variables(table: StructuralTable) -> None:
    outer = {label: float(k + 1) for k, label in enumerate(dict.fromkeys(table.dimensions))}
    found = structural_distance(table, weights=_weights(table), dimension_weights=outer)
    for dimension, weight in outer.items():
        own = [one for one in found.treatments if one.dimension == dimension]
        assert sum(one.weight for one in own) == pytest.approx(weight / sum(outer.values()))
        given_ = [_weights(table)[one.variable] for one in own]
        np.testing.assert_allclose([one.weight / own[0].weight for one in own], np.array(given_) / given_[0])


def test_a_skewed_variable_is_corrected_and_an_even_one_left_alone() -> None:
    rng = np.random.default_rng(7)
    values = np.column_stack([rng.lognormal(3, 1, 300), rng.uniform(0, 5, 300), -rng.lognormal(1, 1, 300)])
    table = StructuralTable(tuple(labels("R", 300)), ("right", "even", "left"), values)
    right, even, left = structural_distance(table).treatments
    assert right.skewness > 1 and left.skewness < -1
    assert right.power < 1 < left.power
    assert abs(right.skewness_after) < 1e-6 and abs(left.skewness_after) < 1e-6
    assert even.power == 1.0 and even.skewness_after == even.skewness
    kept = structural_distance(table, skew="none")
    assert [one.power for one in kept.treatments] == [1.0, 1.0, 1.0]
    strict = structural_distance(table, skew_limit=0.0).treatments[1]
    assert abs(strict.skewness_after) < abs(even.skewness)


def test_correction_keeps_the_order_of_regions() -> None:
    turnover = activity_of("eurostat_sbs_2014").region_totals
    table = StructuralTable(activity_of("eurostat_sbs_2014").regions, ("persons employed",), turnover[:, None])
    found = structural_distance(table)
    assert found.treatments[0].skewness > 1
    np.testing.assert_array_equal(np.argsort(found.rescaled[:, 0], kind="stable"), np.argsort(turnover, kind="stable"))


@given(st.lists(st.integers(-50, 50), min_size=3, max_size=20), st.sampled_from([-2.0, 0.0, 0.5, 1.0, 2.0, 3.5]))
def test_moments_and_transformation_agree_with_scipy(numbers: list[int], power: float) -> None:
    values = np.array(numbers) / 10.0
    np.testing.assert_allclose(yeo_johnson(values, power), stats.yeojohnson(values, power), rtol=1e-10, atol=1e-10)
    if np.ptp(values) > 0:
        assert skewness(values) == pytest.approx(float(stats.skew(values)), abs=1e-9)


def test_the_nearest_region_among_real_ones_has_the_smallest_gaps() -> None:
    rows = expected("eurostat_sbs_2014", "regions")
    names = ("diversity", "herfindahl_econcomplex", "entropy_bits_econcomplex")
    columns_ = np.column_stack([rows[name].astype(float) for name in names])
    found = structural_distance(StructuralTable(tuple(rows["region"].tolist()), names, columns_))
    for row in range(0, len(found.regions), 40):
        first = found.nearest(found.regions[row], 1)[0]
        gaps = ((found.rescaled - found.rescaled[row]) ** 2).mean(axis=1)
        gaps[row] = np.inf
        assert first.region == found.regions[int(np.argmin(gaps))]
        assert first.distance == pytest.approx(gaps.min(), abs=1e-12)


def test_unknown_variables_are_left_out_of_a_pair_and_reported() -> None:
    table = StructuralTable(("A", "B", "C"), ("u", "v"), [[0, 10], [1, None], [4, 30]])
    found = structural_distance(table, weights={"u": 3, "v": 1})
    assert found.known_share[0].tolist() == [1.0, 0.75, 1.0]
    assert found.values[0, 1] == pytest.approx((1 / 4) ** 2)
    assert [part.variable for part in found.nearest("A", 1)[0].carried_by] == ["u"]
    strict = structural_distance(table, weights={"u": 3, "v": 1}, least_known=0.8)
    assert [one.region for one in strict.nearest("A")] == ["C"]
    assert strict.definition["least_known"] == 0.8


def test_a_variable_that_does_not_vary_separates_nobody() -> None:
    found = structural_distance(StructuralTable(("A", "B"), ("u", "v"), [[5, 0], [5, 1]]))
    assert found.rescaled[:, 0].tolist() == [0.0, 0.0]
    assert found.values[0, 1] == 0.5


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"weights": {"u": 1}}, "'v' has no weight"),
        ({"weights": {"u": 1, "v": 1, "w": 1}}, "'w' is not one of them"),
        ({"weights": {"u": -1, "v": 1}}, "weight of variable 'u' is -1.0"),
        ({"weights": {"u": 0, "v": 0}}, "All weights are zero"),
        ({"dimension_weights": {"p": 1}}, "'q' has no weight"),
        ({"weights": {"u": 0, "v": 1}, "dimension_weights": {"p": 1, "q": 1}}, "dimension 'p' has weight"),
        ({"skew": "log"}, '"yeo-johnson" or "none"'),
        ({"skew_limit": -1}, "skew limit is -1"),
        ({"least_known": 2}, "least known share is 2"),
    ],
)
def test_settings_that_make_no_sense_are_refused(keywords: dict, message: str) -> None:
    table = StructuralTable(("A", "B"), ("u", "v"), [[0, 1], [1, 0]], ("p", "q"))
    with pytest.raises(ActivityError, match=message):
        structural_distance(table, **keywords)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((("A", "A"), ("u",), [[1], [2]]), "region 'A' is given twice"),
        ((("A", ""), ("u",), [[1], [2]]), "region in place 2 is ''"),
        ((("A", "B"), ("u",), [[1, 2], [2, 3]]), "have shape"),
        ((("A", "B"), ("u",), [[1], [float("inf")]]), "region 'B' in variable 'u' is infinite"),
        ((("A", "B"), ("u",), [[1], ["x"]]), "not all numbers"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ActivityError, match=message):
        StructuralTable(*arguments)
    with pytest.raises(ActivityError, match="no region 'Z'"):
        structural_distance(StructuralTable(("A", "B"), ("u",), [[1], [2]])).nearest("Z")
