"""Intervals: exact order statistics of honest draws, one sign, and everything counted that was not answered."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, complexity, diversity, location_quotient
from hansa.specialisation.uncertainty import (
    MEASURES,
    RandomRounding,
    SuppressedBetween,
    _Tails,
    rank_intervals,
    resampled_intervals,
)

from .reference import activity_of, long_rows
from .strategies import activities


@given(
    st.integers(1, 60), st.sampled_from([0.0, 0.05, 0.1, 0.25]), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3])
)
def test_streamed_ends_are_those_of_all_draws(draws: int, alpha: float, seed: int, silent: float) -> None:
    sampler = np.random.default_rng(seed)
    values = sampler.normal(size=(draws, 4))
    values[sampler.random(values.shape) < silent] = np.nan
    tails = _Tails((4,), draws, alpha)
    for one in values:
        tails.add(one)
    low, high = tails.interval()
    for at in range(4):
        answered = np.sort(values[~np.isnan(values[:, at]), at])
        assert tails.count[at] == len(answered)
        if not len(answered):
            assert np.isnan(low[at])
            assert np.isnan(high[at])
            continue
        place = math.floor(Fraction(str(alpha)) * len(answered))
        assert low[at] == answered[place]
        assert high[at] == answered[-1 - place]


@given(st.integers(2, 6), st.sampled_from(["random", "uniform", "nearest"]), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_drawn_counts_could_have_been_rounded_to_the_published_ones(base: int, model: str, seed: int) -> None:
    sampler = np.random.default_rng(seed)
    published = base * sampler.integers(0, 5, (6, 7)).astype(float)
    published[0, 0] = np.nan
    kept = published.copy()
    drawn = RandomRounding(base, model).drawn(published, sampler)  # type: ignore[arg-type]
    np.testing.assert_array_equal(published, kept)
    assert np.isnan(drawn[0, 0])
    counts, before = drawn[~np.isnan(drawn)], published[~np.isnan(drawn)]
    assert (counts == np.round(counts)).all()
    assert (counts >= 0).all()
    if model == "nearest":
        np.testing.assert_array_equal(np.floor(counts / base + 0.5) * base, before)
    else:
        assert (np.abs(counts - before) < base).all()


def test_random_rounding_weighs_near_counts_more() -> None:
    sampler = np.random.default_rng(0)
    drawn = RandomRounding(3).drawn(np.full((300, 300), 9.0), sampler)
    shares = [float((drawn == count).mean()) for count in range(7, 12)]
    np.testing.assert_allclose(shares, np.array([1, 2, 3, 2, 1]) / 9, atol=0.01)
    behind_zero = RandomRounding(3).drawn(np.zeros((300, 300)), sampler)
    np.testing.assert_allclose(
        [float((behind_zero == count).mean()) for count in range(3)], np.array([3, 2, 1]) / 6, atol=0.01
    )


@given(activities(smallest=2), st.floats(0, 5), st.floats(5, 50), st.integers(0, 9))
def test_suppressed_cells_are_drawn_between_their_limits_and_known_ones_kept(
    activity: Activity, low: float, high: float, seed: int
) -> None:
    drawn = SuppressedBetween(low, high=high).drawn(activity.values, np.random.default_rng(seed))
    np.testing.assert_array_equal(drawn[activity.known], activity.values[activity.known])
    filled = drawn[~activity.known]
    assert (filled >= low).all()
    assert (filled <= high).all()


@given(activities(smallest=2, largest=5), st.integers(0, 99))
@settings(max_examples=25)
def test_intervals_equal_a_plain_loop_over_all_draws(activity: Activity, seed: int) -> None:
    step = SuppressedBetween(0.0, high=30.0)
    found = rank_intervals(activity, "location quotient", perturbation=step, draws=20, seed=seed, level=0.8)
    drawn = np.array(
        [
            location_quotient(
                Activity(
                    activity.regions,
                    activity.domains,
                    step.drawn(activity.values, np.random.default_rng([seed, draw])),
                )
            ).values
            for draw in range(20)
        ]
    )
    np.testing.assert_allclose(found.answered, np.isfinite(drawn).mean(axis=0))
    for r, i in np.ndindex(activity.values.shape):
        answered = np.sort(drawn[np.isfinite(drawn[:, r, i]), r, i])
        if not len(answered):
            assert np.isnan(found.low[r, i])
            continue
        place = len(answered) // 10  # a level of 0.8 leaves a tenth on each side
        assert found.low[r, i] == answered[place]
        assert found.high[r, i] == answered[-1 - place]
    np.testing.assert_array_equal(found.value, location_quotient(activity).values)


def test_nothing_to_perturb_gives_intervals_of_no_width() -> None:
    activity = activity_of("nz_employment_2013")
    found = rank_intervals(activity, "ECI", perturbation=SuppressedBetween(high=10.0), draws=5)
    for low, value, high in ((found.low, found.value, found.high), (found.rank_low, found.rank, found.rank_high)):
        np.testing.assert_array_equal(low, value)
        np.testing.assert_array_equal(high, value)
    assert (found.flips, found.draws, found.answered.min()) == (0, 5, 1.0)


def test_rank_one_is_the_highest_and_ties_share_the_middle() -> None:
    activity = Activity.from_matrix("ABC", "xyz", [[9, 9, 0], [9, 0, 9], [9, 0, 0]])
    found = rank_intervals(
        activity, lambda table: table.region_totals, axis="region", perturbation=SuppressedBetween(high=1.0), draws=1
    )
    assert found.rank.tolist() == [1.5, 1.5, 3.0]


def test_rounding_to_base_three_leaves_wide_ranks_of_complexity_on_new_zealand() -> None:
    activity = activity_of("nz_employment_2013")
    found = rank_intervals(activity, "ECI", perturbation=RandomRounding(3), draws=60)
    width = found.rank_high - found.rank_low
    assert 5 < float(np.median(width)) < 60
    assert (found.low <= found.high).all()
    largest = np.argsort(-activity.region_totals)[:20]
    assert np.median(width[largest]) < np.median(width), "rounding moves small places most"


@pytest.mark.parametrize("table", ["nz_employment_2013", "publications_asjc_2020"])
def test_regions_whose_omission_turns_complexity_around_are_named(table: str) -> None:
    activity = activity_of(table)
    whole = complexity(activity).eci
    found = resampled_intervals(activity, "ECI", method="jackknife")
    turned = []
    for row, region in enumerate(activity.regions):
        rest = [at for at in range(len(activity.regions)) if at != row]
        part = complexity(Activity(tuple(activity.regions[at] for at in rest), activity.domains, activity.values[rest]))
        if np.nansum((part.eci - np.nanmean(part.eci)) * (whole[rest] - np.nanmean(whole[rest]))) < 0:
            turned.append(region)
    assert found.flipped_by == tuple(turned)
    assert found.flips == len(turned) > 0
    # one sign for all: a flip is counted, not mixed into the interval
    strong = np.abs(whole) > 1.5
    assert (np.sign(found.low[strong]) == np.sign(whole[strong])).all()
    assert (np.sign(found.high[strong]) == np.sign(whole[strong])).all()


def test_no_omission_turns_a_firm_ranking_around() -> None:
    activity = activity_of("uk_bres_2018")
    sign = complexity(activity).sign
    assert sign is not None
    assert resampled_intervals(activity, "ECI", method="jackknife").flips == 0 or not sign.firm


def test_a_jackknife_leaves_each_region_out_once() -> None:
    activity = activity_of("uk_bres_2018")
    found = resampled_intervals(activity, "diversity", method="jackknife")
    count = len(activity.regions)
    np.testing.assert_allclose(found.answered, (count - 1) / count)
    drawn = np.full((count, count), np.nan)
    for row in range(count):
        rest = np.delete(np.arange(count), row)
        part = Activity(tuple(activity.regions[at] for at in rest), activity.domains, activity.values[rest])
        drawn[row, rest] = diversity(part).values
    np.testing.assert_array_equal(found.low, np.nanmin(drawn, axis=0))
    np.testing.assert_array_equal(found.high, np.nanmax(drawn, axis=0))


def test_a_bootstrap_answers_for_the_regions_it_drew() -> None:
    activity = activity_of("uk_bres_2018")
    found = resampled_intervals(activity, "ECI", draws=80)
    assert 0.5 < found.answered.mean() < 0.75
    assert (found.rank_low >= 0.5).all()
    assert (found.rank_high <= len(activity.regions) + 0.5).all()
    domains = resampled_intervals(activity, "ubiquity", draws=10)
    assert domains.value.shape == (len(activity.domains),)


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_every_named_measure_has_intervals_of_its_own_shape(name: str) -> None:
    activity = Activity.from_matrix("ABCD", "wxyz", [[9, 6, 3, 3], [3, 9, 6, 0], [0, 3, 9, 6], [9, 0, 3, 9]], year=2020)
    found = rank_intervals(activity, name, perturbation=RandomRounding(3), draws=12)
    again = rank_intervals(activity, name, perturbation=RandomRounding(3), draws=12)
    axis = MEASURES[name][0]
    assert found.low.shape == {"region": (4,), "domain": (4,), "cell": (4, 4)}[axis]
    assert found.low.tobytes() == again.low.tobytes()
    assert found.rank_high.tobytes() == again.rank_high.tobytes()
    assert found.definition["perturbation"] == "rounding to base 3 (random)"
    with pytest.raises(ValueError, match="read-only"):
        found.low[...] = 0.0


def test_a_region_without_an_answer_has_no_interval_and_says_how_often() -> None:
    activity = Activity.from_matrix("ABC", "xyz", [[9, 3, 0], [3, 9, 3], [np.nan, np.nan, np.nan]])
    found = rank_intervals(activity, "diversity", perturbation=RandomRounding(3), draws=10)
    assert found.answered.tolist() == [1.0, 1.0, 0.0]
    assert np.isnan([found.low[2], found.high[2], found.rank[2], found.rank_low[2]]).all()


def test_a_long_run_tells_its_progress_and_stops_when_asked() -> None:
    activity = activity_of("uk_bres_2018")
    seen: list[tuple[int, int]] = []
    found = rank_intervals(
        activity,
        "diversity",
        perturbation=SuppressedBetween(high=1.0),
        draws=50,
        progress=lambda done, draws: seen.append((done, draws)),
        should_stop=lambda: len(seen) == 7,
    )
    assert seen == [(at, 50) for at in range(1, 8)]
    assert (found.stopped, found.draws) == (True, 7)
    assert found.definition["draws"] == 7
    assert np.isfinite(found.low).all()


def test_several_perturbations_follow_each_other() -> None:
    activity = Activity.from_long(*long_rows("eurostat_sbs_2014", keep_null=True), year=2014)
    steps = [SuppressedBetween(0.0, high=99.0), RandomRounding(1_000_000)]
    with pytest.raises(ActivityError, match="no multiple of 1000000"):
        rank_intervals(activity, "ECI", perturbation=steps, draws=1)
    found = rank_intervals(activity, "diversity", perturbation=steps[:1], draws=3)
    assert found.definition["perturbation"] == "suppressed cells evenly between 0..0 and 99..99"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"draws": 0}, "number of draws"),
        ({"level": 1.5}, "level of the intervals"),
        ({"measure": "beauty"}, "no measure 'beauty'"),
        ({"axis": "domain"}, "leave the axis out"),
        ({"measure": lambda table: table.region_totals}, "needs its axis"),
        ({"measure": lambda table: table.region_totals, "axis": "domain"}, "answers shape"),
    ],
)
def test_impossible_requests_are_refused_in_a_sentence(change: dict[str, object], sentence: str) -> None:
    activity = Activity.from_matrix("ABC", "xy", [[9, 3], [3, 9], [0, 3]])
    settings_ = {"measure": "ECI", "perturbation": RandomRounding(3), **change}
    with pytest.raises(ActivityError, match=sentence):
        rank_intervals(activity, settings_.pop("measure"), **settings_)  # type: ignore[arg-type]


def test_impossible_perturbations_are_refused_in_a_sentence() -> None:
    with pytest.raises(ActivityError, match="at least 2"):
        RandomRounding(1)
    with pytest.raises(ActivityError, match="rounding model"):
        RandomRounding(3, "down")  # type: ignore[arg-type]
    with pytest.raises(ActivityError, match="0 <= low <= high"):
        SuppressedBetween(5.0, high=3.0)
    with pytest.raises(ActivityError, match="way of resampling"):
        resampled_intervals(Activity.from_matrix("A", "x", [[1]]), "ECI", method="magic")  # type: ignore[arg-type]
