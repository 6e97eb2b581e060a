"""Bounds on what suppression can change: no completion leaves them, and quotients reach them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, diversity, location_quotient, presence, ubiquity
from hansa.specialisation.suppression import SuppressionBounds, suppression_bounds

from .reference import long_rows
from .strategies import activities


def eurostat() -> Activity:
    return Activity.from_long(*long_rows("eurostat_sbs_2014", keep_null=True), year=2014)


def completed(activity: Activity, filling: np.ndarray) -> Activity:
    return Activity(activity.regions, activity.domains, np.where(activity.known, activity.values, filling))


def assert_within(bounds: SuppressionBounds, table: Activity, threshold: float = 1.0) -> None:
    quotient, held = location_quotient(table).values, presence(table, threshold)
    there = np.isfinite(quotient)
    assert np.isfinite(bounds.quotient_low[there]).all()
    room = 1e-9 * np.abs(quotient[there])
    assert (bounds.quotient_low[there] <= quotient[there] + room).all()
    assert (quotient[there] <= bounds.quotient_high[there] + room).all()
    assert not (bounds.held & held.lacked).any()
    assert not (bounds.lacked & held.present).any()
    for low, value, high in (
        (bounds.diversity_low, diversity(table, threshold).values, bounds.diversity_high),
        (bounds.ubiquity_low, ubiquity(table, threshold).values, bounds.ubiquity_high),
    ):
        answered = np.isfinite(value)
        assert (low[answered] <= value[answered]).all()
        assert (value[answered] <= high[answered]).all()


@st.composite
def tables_with_limits(draw: st.DrawFn) -> tuple[Activity, np.ndarray, np.ndarray]:
    activity = draw(activities(smallest=1, largest=5))
    size = activity.values.size
    ends = draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=size, max_size=size))
    low, high = np.sort(np.array(ends, dtype=float).reshape(*activity.values.shape, 2), axis=-1).transpose(2, 0, 1)
    return activity, low, high


@given(tables_with_limits(), st.integers(0, 2**32 - 1), st.sampled_from([0.5, 1.0, 2.0]))
def test_no_completion_leaves_the_bounds(
    drawn: tuple[Activity, np.ndarray, np.ndarray], seed: int, threshold: float
) -> None:
    activity, low, high = drawn
    bounds = suppression_bounds(activity, lower=low, upper=high, threshold=threshold)
    sampler = np.random.default_rng(seed)
    for share in (sampler.random(low.shape), sampler.integers(0, 2, low.shape), sampler.beta(0.2, 0.2, low.shape)):
        assert_within(bounds, completed(activity, low + share * (high - low)), threshold)
    # whole numbers hit exact averages, where a rounding error would show
    whole = sampler.integers(low.astype(int), high.astype(int) + 1).astype(float)
    assert_within(bounds, completed(activity, whole), threshold)


@given(tables_with_limits())
@settings(max_examples=40)
def test_quotient_bounds_are_attained(drawn: tuple[Activity, np.ndarray, np.ndarray]) -> None:
    activity, low, high = drawn
    bounds = suppression_bounds(activity, lower=low, upper=high)
    assert bounds.tight
    free = ~activity.known
    for r, i in np.argwhere(np.isfinite(bounds.quotient_low)):
        row, column = np.zeros_like(free), np.zeros_like(free)
        row[r], column[:, i] = True, True
        own = row & column
        for ends, wanted, best in (
            (np.where(row | column, high, low), bounds.quotient_low, min),
            (np.where(row | column, low, high), bounds.quotient_high, max),
        ):
            found = []
            # the cell itself is searched over its whole interval, on a grid that is dense near 0
            steps = (
                np.concatenate([[0.0], np.geomspace(1e-9, 1.0, 60), np.linspace(0.05, 1.0, 40)])
                if free[r, i]
                else np.zeros(1)
            )
            for step in steps:
                filling = np.where(own, low + step * (high - low), ends)
                found.append(location_quotient(completed(activity, filling)).values[r, i])
            answered = [one for one in found if np.isfinite(one)]
            assume(answered)
            if np.isinf(wanted[r, i]):
                assert best(answered) > 1e3
            else:
                # relative to the bound: the grid misses a smooth peak by less than this
                assert best(answered) == pytest.approx(wanted[r, i], rel=1e-2, abs=1e-12)


@given(tables_with_limits(), st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_published_totals_narrow_the_bounds_and_keep_the_truth_inside(
    drawn: tuple[Activity, np.ndarray, np.ndarray], seed: int, by_region: bool, by_domain: bool
) -> None:
    activity, low, high = drawn
    truth = completed(activity, low + np.random.default_rng(seed).random(low.shape) * (high - low))
    found = suppression_bounds(
        activity,
        lower=low,
        upper=high,
        region_totals=truth.values.sum(axis=1) if by_region else None,
        domain_totals=truth.values.sum(axis=0) if by_domain else None,
    )
    assert_within(found, truth)
    free = suppression_bounds(activity, lower=low, upper=high)
    both = np.isfinite(found.quotient_low)
    assert (found.cell_low >= low.clip(max=high) - 1e-9)[~activity.known].all()
    assert (found.quotient_low[both] >= free.quotient_low[both] * (1 - 1e-9)).all()
    assert (found.quotient_high[both] <= free.quotient_high[both] * (1 + 1e-9)).all()
    assert found.tight == (not by_region and not by_domain)


@given(tables_with_limits())
def test_wider_limits_never_give_narrower_bounds(drawn: tuple[Activity, np.ndarray, np.ndarray]) -> None:
    activity, low, high = drawn
    narrow = suppression_bounds(activity, lower=low, upper=high)
    wide = suppression_bounds(activity, lower=low / 2, upper=high * 2)
    both = np.isfinite(narrow.quotient_low)
    assert (wide.quotient_low[both] <= narrow.quotient_low[both] * (1 + 1e-12)).all()
    assert (wide.quotient_high[both] >= narrow.quotient_high[both] * (1 - 1e-12)).all()
    assert not (wide.held & ~narrow.held & both).any()
    assert not (wide.lacked & ~narrow.lacked & both).any()


@given(activities(unknown=False))
def test_without_unknown_cells_the_bounds_are_the_measures(activity: Activity) -> None:
    found = suppression_bounds(activity)
    quotient, held = location_quotient(activity).values, presence(activity)
    np.testing.assert_allclose(found.quotient_low, quotient, rtol=1e-12)
    np.testing.assert_allclose(found.quotient_high, quotient, rtol=1e-12)
    np.testing.assert_array_equal(found.held, held.present)
    np.testing.assert_array_equal(found.lacked, held.lacked)
    assert not found.undecided.any()
    np.testing.assert_array_equal(found.diversity_low, diversity(activity).values)
    np.testing.assert_array_equal(found.ubiquity_high, ubiquity(activity).values)


def test_a_larger_cell_may_have_a_smaller_quotient() -> None:
    # the domain is small elsewhere and the region large: the cell soon is the whole domain, and then the region grows
    activity = Activity.from_matrix(["A", "B"], ["x", "y"], [[None, 1], [1, 98]])
    found = suppression_bounds(activity, upper=1000)
    at_end = location_quotient(completed(activity, np.full((2, 2), 1000.0))).values[0, 0]
    assert found.quotient_high[0, 0] > 5 * at_end


def test_a_cell_alone_in_its_region_has_a_quotient_only_when_it_is_not_zero() -> None:
    activity = Activity.from_matrix(["A", "B"], ["x", "y"], [[None, 0], [3, 1]])
    found = suppression_bounds(activity, upper=6)
    assert found.undecided[0, 0], "empty, or the one domain the region holds"
    assert (found.diversity_low[0], found.diversity_high[0]) == (0, 1)
    assert found.quotient_low[0, 0] == pytest.approx(10 / 9)
    assert found.quotient_high[0, 0] == pytest.approx(4 / 3)


def test_eurostat_suppression_leaves_few_presences_open_when_the_hidden_cells_are_small() -> None:
    activity = eurostat()
    assert (~activity.known).mean() == pytest.approx(0.119, abs=0.0005)
    shares = []
    for upper in (0.0, 10.0, 100.0, 1000.0, 10000.0):
        found = suppression_bounds(activity, upper=upper)
        shares.append(float(found.undecided[activity.known].mean()))
        sampler = np.random.default_rng(int(upper))
        for _ in range(3):
            assert_within(found, completed(activity, upper * sampler.random(activity.values.shape)))
        assert (found.diversity_low <= found.diversity_high).all()
    assert shares[0] == 0.0
    assert shares == sorted(shares)
    assert 0 < shares[1] < 0.002
    assert shares[-1] > 0.2


def test_the_measures_of_the_known_table_lie_within_the_bounds_from_zero() -> None:
    activity = eurostat()
    found = suppression_bounds(activity, upper=100.0)
    known = completed(activity, np.zeros_like(activity.values))
    assert_within(found, known)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({}, "Nothing limits the unknown cell of region 'A', domain 'y'"),
        ({"upper": -1.0}, "give a finite lower limit"),
        ({"upper": 5.0, "lower": 6.0}, "not above the upper one"),
        ({"upper": 5.0, "lower": float("nan")}, "give a finite lower limit"),
        ({"upper": np.zeros(3)}, "upper limits have shape"),
        ({"region_totals": np.array([3.0, 9.0])}, "less than its known cells"),
        ({"domain_totals": np.array([9.0])}, "give one for each of 2 domains"),
    ],
)
def test_impossible_limits_are_refused_in_a_sentence(limits: dict[str, object], sentence: str) -> None:
    activity = Activity.from_matrix(["A", "B"], ["x", "y"], [[4, None], [2, 3]])
    with pytest.raises(ActivityError, match=sentence):
        suppression_bounds(activity, **limits)  # type: ignore[arg-type]


def test_totals_alone_can_limit_the_unknown_cells() -> None:
    activity = Activity.from_matrix(["A", "B"], ["x", "y"], [[4, None], [2, 3]])
    found = suppression_bounds(activity, region_totals=np.array([10.0, np.nan]))
    assert found.cell_low[0, 1] == pytest.approx(6.0)
    assert found.cell_high[0, 1] == pytest.approx(6.0)
    assert_within(found, completed(activity, np.full((2, 2), 6.0)))
