"""Symmetric and logarithmic location quotient, and the quotient against population."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.specialisation import (
    Activity,
    ActivityError,
    location_quotient,
    log_quotient,
    population_quotient,
    symmetric_quotient,
)

from .reference import SINGLE_PRECISION, TABLES, activity_of, at, expected
from .strategies import activities


@st.composite
def peopled(draw: st.DrawFn) -> tuple[Activity, list[float]]:
    """A table, and the inhabitants of its regions, of which some are unknown."""
    activity = draw(activities())
    heads = st.one_of(st.integers(1, 10_000).map(float), st.integers(1, 10_000).map(float), st.just(math.nan))
    count = len(activity.regions)
    return activity, draw(st.lists(heads, min_size=count, max_size=count))


@given(activities())
def test_symmetric_quotient_is_its_definition_and_can_be_turned_back(activity: Activity) -> None:
    quotient, symmetric = location_quotient(activity).values, symmetric_quotient(activity).values
    np.testing.assert_array_equal(np.isnan(symmetric), np.isnan(quotient))
    known = np.isfinite(quotient)
    assert ((symmetric[known] >= -1) & (symmetric[known] < 1)).all()
    np.testing.assert_allclose((1 + symmetric[known]) / (1 - symmetric[known]), quotient[known], rtol=1e-9)
    np.testing.assert_array_equal(symmetric[known] >= 0, quotient[known] >= 1)


def test_symmetric_quotient_of_a_quotient_too_large_to_represent_is_one() -> None:
    dwarfs = Activity.from_matrix("ABC", "xyz", [[1e-200, 0, 0], [0, 1e-200, 0], [0, 0, 1]])
    quotient, symmetric = location_quotient(dwarfs).values, symmetric_quotient(dwarfs).values
    assert np.isposinf(quotient).any()
    np.testing.assert_array_equal(symmetric[np.isposinf(quotient)], 1)
    np.testing.assert_array_equal(symmetric[quotient == 0], -1)


@given(activities(), st.sampled_from(["exclude", "infinite"]))
def test_log_quotient_hides_no_zero(activity: Activity, zero: str) -> None:
    quotient, found = location_quotient(activity).values, log_quotient(activity, zero=zero)  # type: ignore[arg-type]
    none = quotient == 0
    assert found.zeros == none.sum()
    assert found.definition["zero"] == zero
    assert np.isnan(found.values[none]).all() if zero == "exclude" else np.isneginf(found.values[none]).all()
    np.testing.assert_array_equal(np.isnan(found.values[~none]), np.isnan(quotient[~none]))
    positive = np.nan_to_num(quotient) > 0
    np.testing.assert_allclose(np.exp(found.values[positive]), quotient[positive], rtol=1e-12)


def test_another_rule_for_zero_is_refused() -> None:
    with pytest.raises(ActivityError, match='choose "exclude" or "infinite"'):
        log_quotient(activity_of("uk_bres_2018"), zero="one")  # type: ignore[arg-type]


@given(peopled())
def test_population_quotient_is_its_definition(case: tuple[Activity, list[float]]) -> None:
    activity, heads = case
    x, found = activity.values, population_quotient(activity, heads).values
    rows = range(len(activity.regions))
    for r in rows:
        for i in range(len(activity.domains)):
            counted = [s for s in rows if not np.isnan(heads[s]) and not np.isnan(x[s, i])]
            total = sum(x[s, i] for s in counted)
            if r not in counted or total == 0 or not np.nansum(x[r]) > 0:
                assert np.isnan(found[r, i])
                continue
            average = total / sum(heads[s] for s in counted)
            assert found[r, i] == pytest.approx(x[r, i] / heads[r] / average, rel=1e-12)


@given(peopled(), st.integers(1, 1000))
def test_the_units_of_activity_and_population_do_not_matter(case: tuple[Activity, list[float]], factor: int) -> None:
    activity, heads = case
    one = population_quotient(activity, heads).values
    scaled = Activity(activity.regions, activity.domains, activity.values * factor)
    np.testing.assert_allclose(population_quotient(scaled, np.array(heads) * factor).values, one, rtol=1e-12)


@given(peopled())
def test_population_may_be_given_by_label_or_by_position(case: tuple[Activity, list[float]]) -> None:
    activity, heads = case
    by_label = {**dict(zip(activity.regions, heads, strict=True)), "elsewhere": 5.0}
    shuffled = dict(sorted(by_label.items(), reverse=True))
    one, other = population_quotient(activity, heads), population_quotient(activity, shuffled)
    assert one.values.tobytes() == other.values.tobytes()
    assert one.definition["regions_without_population"] == np.isnan(heads).sum()
    if np.isfinite(heads).any():
        assert one.total_population == np.nansum(heads)
    else:
        assert np.isnan(one.total_population)


@pytest.mark.parametrize("table", TABLES)
def test_with_activity_as_population_the_quotient_is_the_location_quotient(table: str) -> None:
    activity, cells = activity_of(table), expected(table, "cells")
    totals = np.where(activity.region_totals > 0, activity.region_totals, np.nan)
    found = population_quotient(activity, totals).values
    rows, columns = at(activity.regions, cells["region"]), at(activity.domains, cells["domain"])
    tolerance = 1e-6 if table in SINGLE_PRECISION else 1e-9
    np.testing.assert_allclose(found[rows, columns], cells["rca"], rtol=tolerance, atol=tolerance)


def test_the_people_of_a_region_with_a_known_zero_lower_the_average_and_those_of_an_unknown_one_do_not() -> None:
    heads = [100.0, 100.0, 200.0]
    zero = population_quotient(Activity.from_matrix("ABC", "xy", [[4, 1], [2, 1], [0, 1]]), heads).values
    unknown = population_quotient(Activity.from_matrix("ABC", "xy", [[4, 1], [2, 1], [None, 1]]), heads).values
    assert zero[0, 0] == pytest.approx(0.04 / (6 / 400))
    assert unknown[0, 0] == pytest.approx(0.04 / (6 / 200))
    assert np.isnan(unknown[2, 0])


@pytest.mark.parametrize(
    ("population", "message"),
    [
        ({"A": 5}, "no entry for region 'B' .1 in all.; give a number, or None"),
        ([5], r"shape \(1,\), but there are 2 regions"),
        ([5, 0], "population of region 'B' is 0.0; give a positive finite number"),
        ([-5, 5], "population of region 'A' is -5.0"),
        ({"A": math.inf, "B": 5}, "population of region 'A' is inf"),
        (["many", "few"], "not all numbers"),
    ],
)
def test_impossible_populations_are_refused(population: object, message: str) -> None:
    with pytest.raises(ActivityError, match=message):
        population_quotient(Activity.from_matrix("AB", "xy", [[1, 2], [3, 4]]), population)  # type: ignore[arg-type]


def test_results_can_not_be_written_to_and_leave_the_population_alone() -> None:
    activity, heads = activity_of("uk_bres_2018"), np.arange(1.0, 40.0)
    found = population_quotient(activity, heads)
    heads[0] = 7.0
    assert found.population[0] == 1.0
    for array in (found.values, found.population, symmetric_quotient(activity).values, log_quotient(activity).values):
        assert not array.flags.writeable
