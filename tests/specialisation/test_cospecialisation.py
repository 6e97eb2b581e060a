"""What pairs and sets of regions hold in common."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, common_domains, cospecialisation, location_quotient, presence

from .reference import activity_of, at, expected
from .strategies import activities


@given(activities())
def test_every_figure_of_a_pair_equals_its_definition(activity: Activity) -> None:
    found, held = cospecialisation(activity), presence(activity)
    for r, region in enumerate(activity.regions):
        for s, other in enumerate(activity.regions):
            pair = found.pair(region, other)
            both = [i for i in range(len(activity.domains)) if held.assessed[r, i] and held.assessed[s, i]]
            one = {i for i in both if held.present[r, i]}
            two = {i for i in both if held.present[s, i]}
            assert {shared.domain for shared in pair.shared} == {activity.domains[i] for i in one & two}
            assert set(pair.only_region) == {activity.domains[i] for i in one - two}
            assert set(pair.only_other) == {activity.domains[i] for i in two - one}
            assert pair.compared == len(both) == len(activity.domains) - len(pair.not_compared)
            _same(pair.jaccard, len(one & two) / len(one | two) if one | two else np.nan)
            _same(pair.cosine, len(one & two) / np.sqrt(len(one) * len(two)) if one and two else np.nan)
            x, y = activity.values[r, both], activity.values[s, both]
            defined = len(both) > 0 and x.sum() > 0 and y.sum() > 0
            _same(pair.krugman, np.abs(x / x.sum() - y / y.sum()).sum() if defined else np.nan)
            varied = len(both) > 1 and np.ptp(x) > 0 and np.ptp(y) > 0
            _same(pair.correlation, np.corrcoef(x, y)[0, 1] if varied else np.nan)


def _same(ours: float, theirs: float) -> None:
    assert ours == pytest.approx(theirs, abs=1e-9, nan_ok=True)


@given(activities())
def test_pairs_are_symmetric_and_within_their_bounds(activity: Activity) -> None:
    found = cospecialisation(activity)
    bounds = {"jaccard": (0, 1), "cosine": (0, 1), "correlation": (-1, 1), "krugman": (0, 2)}
    for name, (low, high) in bounds.items():
        values = getattr(found, name)
        np.testing.assert_array_equal(values, values.T)
        known = values[np.isfinite(values)]
        assert ((known >= low) & (known <= high)).all(), name
    alone = np.diagonal(found.jaccard)
    assert (alone[np.isfinite(alone)] == 1).all()
    assert (np.nan_to_num(np.diagonal(found.krugman)) == 0).all()


@given(activities(), st.integers(1, 1000))
def test_the_size_of_regions_does_not_matter(activity: Activity, factor: int) -> None:
    one = cospecialisation(activity)
    other = cospecialisation(Activity(activity.regions, activity.domains, activity.values * factor))
    for name in ("shared", "jaccard", "cosine", "krugman", "correlation"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=0, atol=1e-9)


@given(activities(unknown=False), st.integers(0, 6))
def test_an_empty_domain_changes_nothing(activity: Activity, place: int) -> None:
    column = min(place, len(activity.domains))
    wider = Activity(
        activity.regions,
        (*activity.domains[:column], "empty", *activity.domains[column:]),
        np.insert(activity.values, column, 0.0, axis=1),
    )
    one, other = cospecialisation(activity), cospecialisation(wider)
    for name in ("compared", "shared", "jaccard", "cosine", "krugman", "correlation"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=0, atol=1e-9)


@pytest.mark.parametrize("table", ["nz_employment_2013", "uk_bres_2018", "eurostat_sbs_2014"])
def test_a_region_shares_all_it_holds_with_itself(table: str) -> None:
    rows, found = expected(table, "regions"), cospecialisation(activity_of(table))
    np.testing.assert_array_equal(np.diagonal(found.shared)[at(found.regions, rows["region"])], rows["diversity"])


@pytest.mark.parametrize("table", ["nz_employment_2013", "uk_bres_2018"])
def test_krugman_against_all_others_equals_the_reference(table: str) -> None:
    """The published index compares a region with the whole table: an extra region that holds all totals."""
    rows, activity = expected(table, "regions"), activity_of(table)
    whole = Activity((*activity.regions, "all"), activity.domains, np.vstack([activity.values, activity.domain_totals]))
    ours = cospecialisation(whole).krugman[-1, at(activity.regions, rows["region"])]
    np.testing.assert_allclose(ours, rows["krugman_econcomplex"], rtol=0, atol=1e-9)


@given(activities(smallest=2), st.data())
def test_common_domains_are_those_that_enough_of_the_set_hold(activity: Activity, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(activity.regions), min_size=1, unique=True))
    least = data.draw(st.integers(1, len(chosen)))
    found, held = common_domains(activity, chosen, at_least=least), presence(activity)
    quotients = location_quotient(activity).values
    rows = [activity.region_index(region) for region in chosen]
    by_name = {one.domain: one for one in found.domains}
    for i, domain in enumerate(activity.domains):
        holders = {activity.regions[r] for r in rows if held.present[r, i]}
        assert (domain in by_name) == (len(holders) >= least)
        if domain in by_name:
            one = by_name[domain]
            assert {label for label, _ in one.holders} == holders
            assert all(value == quotients[activity.region_index(label), i] >= 1 for label, value in one.holders)
            assert one.weakest == min(value for _, value in one.holders)
            assert set(one.not_assessed) == {activity.regions[r] for r in rows if not held.assessed[r, i]}
    counts = [len(one.holders) for one in found.domains]
    assert counts == sorted(counts, reverse=True)
    assert common_domains(activity, chosen[::-1], at_least=least).domains == found.domains


def test_two_of_three_regions() -> None:
    table = Activity.from_matrix("ABC", "xyz", [[6, 4, 0], [5, 5, 0], [0, 2, 8]])
    assert [one.domain for one in common_domains(table, "ABC", at_least=2).domains] == ["x", "y"]
    assert common_domains(table, "ABC", at_least=3).domains == ()
    assert common_domains(table, "ABC", at_least=2).definition["at_least"] == 2


@pytest.mark.parametrize(
    ("regions", "least", "message"),
    [("AZ", 1, "no region 'Z'"), ("AA", 1, "named twice"), ("AB", 3, "At least 3 of 2"), ("AB", 0, "At least 0 of 2")],
)
def test_sets_that_make_no_sense_are_refused(regions: str, least: int, message: str) -> None:
    with pytest.raises(ActivityError, match=message):
        common_domains(Activity.from_matrix("AB", "xy", [[1, 2], [2, 1]]), regions, at_least=least)


def test_a_domain_unknown_in_one_region_is_left_out_of_its_pairs() -> None:
    table = Activity.from_matrix("ABC", "xyz", [[6, 4, None], [5, 5, 7], [0, 2, 8]])
    found = cospecialisation(table)
    assert found.compared.tolist() == [[2, 2, 2], [2, 3, 3], [2, 3, 3]]
    assert found.pair("A", "B").not_compared == ("z",)
    assert found.pair("A", "B").krugman == pytest.approx(0.2)
