"""The quadrant of relatedness and complexity for the domains a region lacks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, measures, quadrant
from hansa.specialisation.quadrant import NOT_PLACED, QUADRANTS, Quadrant, quadrant_from

from .reference import measures_of
from .strategies import activities

CUTS = st.sampled_from(["region median", "global median", 0.3, -0.5, 0.0])


def _of(table: str, region: str, **keywords: object) -> Quadrant:
    found = measures_of(table)
    return quadrant_from(
        found.location_quotient,
        found.presence,
        found.density,
        found.complexity,
        region,
        **keywords,  # type: ignore[arg-type]
    )


@given(activities(), CUTS, CUTS, st.data())
def test_every_lacked_domain_lies_where_the_lines_say(
    activity: Activity, x_cut: str | float, y_cut: str | float, data: st.DataObject
) -> None:
    region = data.draw(st.sampled_from(activity.regions))
    found = quadrant(activity, region, density_cut=x_cut, complexity_cut=y_cut)  # type: ignore[arg-type]
    every, row = measures(activity), activity.region_index(region)
    lacked = {activity.domains[i] for i in np.flatnonzero(every.presence.lacked[row])}
    assert {point.domain for point in found.points} == lacked
    assert set(found.not_assessed) == {
        label for i, label in enumerate(activity.domains) if not every.presence.assessed[row, i]
    }
    for point in found.points:
        i = activity.domain_index(point.domain)
        np.testing.assert_equal(point.density, every.density.values[row, i])
        np.testing.assert_equal(point.complexity, every.complexity.pci[i])
        assert point.location_quotient == every.location_quotient.values[row, i] < 1
        if np.isnan(point.density) or np.isnan(point.complexity):
            assert point.quadrant == NOT_PLACED
            continue
        near, complex_ = point.quadrant.split(" and ")
        assert point.density >= found.density_cut - 1e-11 if near == "near" else point.density < found.density_cut
        assert (
            point.complexity >= found.complexity_cut - 1e-11
            if complex_ == "complex"
            else point.complexity < found.complexity_cut
        )
    assert sum(len(found.among(name)) for name in (*QUADRANTS, NOT_PLACED)) == len(found.points)
    assert (found.definition["density_cut"], found.definition["complexity_cut"]) == (x_cut, y_cut)


@given(activities())
def test_medians_halve_what_they_are_medians_of(activity: Activity) -> None:
    every = measures(activity)
    for row, region in enumerate(activity.regions):
        own, wide = quadrant(activity, region), quadrant(activity, region, density_cut="global median")
        near = every.density.values[row, every.presence.lacked[row]]
        everywhere = every.density.values[every.presence.lacked]
        for cut, each in ((own.density_cut, near), (wide.density_cut, everywhere)):
            values = each[np.isfinite(each)]
            if not values.size:
                assert np.isnan(cut)
                continue
            assert np.sum(values < cut) <= values.size / 2 and np.sum(values > cut) <= values.size / 2


@given(activities(), st.data())
def test_moving_a_line_up_only_moves_domains_down(activity: Activity, data: st.DataObject) -> None:
    region = data.draw(st.sampled_from(activity.regions))
    low, high = sorted(data.draw(st.tuples(*[st.floats(0, 1)] * 2)))
    for name in QUADRANTS[:2]:
        loose = {p.domain for p in quadrant(activity, region, density_cut=low, complexity_cut=0.0).among(name)}
        tight = {p.domain for p in quadrant(activity, region, density_cut=high, complexity_cut=0.0).among(name)}
        assert tight <= loose


def test_an_uncertain_direction_of_complexity_is_said() -> None:
    """New Zealand 2013: leaving out one of 143 regions turns every complexity around."""
    uncertain, firm = _of("nz_employment_2013", "1"), _of("trade_hs_2020", "POL")
    assert uncertain.sign_firm is False
    assert "direction is uncertain" in uncertain.note
    assert firm.sign_firm is True
    assert firm.note == ""


def test_domains_without_complexity_are_listed_but_not_placed() -> None:
    block = [[3, 2, 2, 2], [2, 3, 3, 0], [2, 3, 0, 0], [4, 0, 0, 0]]
    values = np.zeros((6, 6))
    values[:4, :4] = block
    values[4:, 4:] = [[5, 0], [5, 5]]
    found = quadrant(Activity.from_matrix("ABCDEF", "uvwxyz", values), "A")
    assert {point.domain for point in found.among(NOT_PLACED)} >= {"y", "z"}
    assert "have no complexity and are not placed" in found.note
    assert found.points[-1].quadrant == NOT_PLACED


def test_without_any_complexity_nothing_is_placed_and_the_reason_is_given() -> None:
    found = quadrant(Activity.from_matrix("AB", "xyz", [[1, 0, 0], [0, 1, 1]]), "A")
    assert found.sign_firm is None
    assert {point.quadrant for point in found.points} == {NOT_PLACED}
    assert np.isnan(found.complexity_cut)
    assert "2 of 2 lacked domains have no complexity" in found.note
    assert "needs at least two of each" in found.note


def test_domains_related_to_nothing_are_said_to_be_without_density() -> None:
    found = quadrant(Activity.from_matrix("ABC", "wxyz", [[9, 9, 0, 0], [0, 9, 9, 0], [0, 0, 0, 9]]), "A")
    alone = [point for point in found.points if np.isnan(point.density)]
    assert [point.domain for point in alone] == ["z"]
    assert alone[0].quadrant == NOT_PLACED
    assert "1 of 2 lacked domains have no relatedness density" in found.note


def test_real_regions_fill_all_four_quadrants() -> None:
    found = _of("trade_hs_2020", "POL")
    assert all(found.among(name) for name in QUADRANTS)
    ranks = [(*QUADRANTS, NOT_PLACED).index(point.quadrant) for point in found.points]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize(
    ("region", "keywords", "message"),
    [
        ("Z", {}, "no region 'Z'"),
        ("A", {"density_cut": "mean"}, "density cut is 'mean'"),
        ("A", {"complexity_cut": float("nan")}, "complexity cut is nan"),
    ],
)
def test_lines_that_make_no_sense_are_refused(region: str, keywords: dict, message: str) -> None:
    with pytest.raises(ActivityError, match=message):
        quadrant(Activity.from_matrix("AB", "xy", [[1, 2], [2, 1]]), region, **keywords)
    with pytest.raises(ActivityError, match="no quadrant 'casino'"):
        quadrant(Activity.from_matrix("AB", "xy", [[1, 2], [2, 1]]), "A").among("casino")
