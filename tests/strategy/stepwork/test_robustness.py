"""How firm a ranking is: what holds for any table of values, weights and judges."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.strategy.stepwork.robustness import Observed, firmness, in_first, normalise, places, ranking
from hansa.strategy.stepwork.turning import adjacent, smallest, turns

NOTHING = float("nan")
numbers = st.floats(-5, 5).map(lambda x: round(x, 2))
some = st.one_of(numbers, st.just(NOTHING))


@st.composite
def tables(draw: st.DrawFn) -> Observed:
    """Up to six priorities under three kinds of criteria, some of it unknown."""
    size, regions, judges = draw(st.integers(1, 6)), draw(st.integers(1, 4)), draw(st.integers(1, 4))

    def grid(width: int, cells: st.SearchStrategy[float]) -> np.ndarray:
        flat = draw(st.lists(cells, min_size=size * width, max_size=size * width))
        return np.array(flat, dtype=float).reshape(size, width)

    return Observed(
        fixed=grid(4, some),
        weights=np.array(draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=4, max_size=4))),
        directions=np.array(draw(st.lists(st.sampled_from([1.0, -1.0]), min_size=4, max_size=4))),
        regional={2: grid(regions, some)},
        judged={3: grid(judges, st.one_of(st.integers(0, 5).map(float), st.just(NOTHING)))},
    )


methods = st.sampled_from(["minmax", "rank"])
few = settings(max_examples=40, deadline=None)


@few
@given(tables(), methods, st.integers(1, 6), st.randoms())
def test_the_order_in_which_priorities_are_listed_changes_no_digit(observed, method, k, random):
    order = list(range(len(observed.fixed)))
    random.shuffle(order)
    turned = replace(
        observed,
        fixed=observed.fixed[order],
        regional={2: observed.regional[2][order]},
        judged={3: observed.judged[3][order]},
    )
    one = firmness(observed, k=k, draws=200, seed=7, method=method)
    other = firmness(turned, k=k, draws=200, seed=7, method=method)
    for name in one:
        for part in ("in_first", "first", "low", "median", "high"):
            np.testing.assert_array_equal(getattr(one[name], part)[order], getattr(other[name], part))
    np.testing.assert_array_equal(ranking(observed, method).scores[order], ranking(turned, method).scores)


@few
@given(tables(), methods, st.integers(1, 6))
def test_probabilities_of_the_first_k_add_up_to_k_or_to_all_that_can_be_ranked(observed, method, k):
    ranked = int(np.isfinite(ranking(observed, method).scores).sum())
    for found in firmness(observed, k=k, draws=150, method=method).values():
        assert found.in_first.sum() == pytest.approx(min(k, ranked))
        assert found.first.sum() == pytest.approx(min(1, ranked))
        assert ((found.in_first >= 0) & (found.in_first <= 1 + 1e-12)).all()
        known = np.isfinite(found.low)
        assert known.sum() == ranked
        assert (found.low[known] <= found.median[known]).all() and (found.median[known] <= found.high[known]).all()


@few
@given(tables(), st.integers(0, 2**31 - 1))
def test_the_same_seed_gives_the_same_digits(observed, seed):
    one, other = (firmness(observed, k=2, draws=150, seed=seed) for _ in range(2))
    for name in one:
        np.testing.assert_array_equal(one[name].in_first, other[name].in_first)
        np.testing.assert_array_equal(one[name].high, other[name].high)


def test_another_seed_draws_something_else():
    observed = Observed(np.array([[1.0, 0.0], [0.6, 0.5], [0.0, 1.0]]), np.ones(2), np.ones(2))
    one, other = (firmness(observed, k=1, draws=500, seed=seed)["uniform"].first for seed in (1, 2))
    assert not np.array_equal(one, other)


@few
@given(tables(), methods)
def test_what_is_better_under_every_criterion_is_always_first(observed, method):
    known = replace(
        observed,
        fixed=np.nan_to_num(observed.fixed),
        weights=observed.weights + 1.0,
        regional={2: np.nan_to_num(observed.regional[2])},
        judged={3: np.nan_to_num(observed.judged[3])},
    )
    best = 10.0 * known.directions
    crowned = replace(
        known,
        fixed=np.vstack([known.fixed, best]),
        regional={2: np.vstack([known.regional[2], np.full((1, known.regional[2].shape[1]), best[2])])},
        judged={3: np.vstack([known.judged[3], np.full((1, known.judged[3].shape[1]), best[3])])},
    )
    assert ranking(crowned, method).places[-1] == 1
    for found in firmness(crowned, k=1, draws=150, method=method).values():
        assert found.first[-1] == 1 and found.high[-1] == 1


@few
@given(tables(), methods)
def test_what_is_unknown_takes_no_place_and_lowers_coverage_alone(observed, method):
    blank = replace(
        observed,
        fixed=np.vstack([observed.fixed, np.full(4, np.nan)]),
        regional={2: np.vstack([observed.regional[2], np.full(observed.regional[2].shape[1], np.nan)])},
        judged={3: np.vstack([observed.judged[3], np.full(observed.judged[3].shape[1], np.nan)])},
    )
    before, after = ranking(observed, method), ranking(blank, method)
    assert np.isnan(after.scores[-1]) and np.isnan(after.places[-1]) and after.coverage[-1] == 0
    np.testing.assert_array_equal(before.scores, after.scores[:-1])
    for name, found in firmness(blank, k=2, draws=150, method=method).items():
        assert found.in_first[-1] == 0 and np.isnan(found.low[-1])
        np.testing.assert_array_equal(
            found.in_first[:-1], firmness(observed, k=2, draws=150, method=method)[name].in_first
        )


def test_a_missing_value_spreads_its_weight_over_what_is_known():
    observed = Observed(np.array([[1.0, NOTHING], [0.0, 1.0], [0.5, 0.0]]), np.array([1.0, 3.0]), np.ones(2))
    found = ranking(observed)
    assert found.scores.tolist() == [1.0, 0.75, 0.125]
    assert found.coverage.tolist() == [0.25, 1.0, 1.0]
    assert found.places.tolist() == [1.0, 2.0, 3.0]


def test_ties_share_their_places_and_their_chance():
    scores = np.array([[3.0, 2.0, 2.0, 1.0, NOTHING]])
    np.testing.assert_array_equal(places(scores), [[1, 2.5, 2.5, 4, NOTHING]])
    np.testing.assert_array_equal(in_first(scores, 2), [[1, 0.5, 0.5, 0, 0]])


def test_normalisation_is_as_stated():
    row = np.array([2.0, 4.0, 4.0, 6.0, NOTHING])
    np.testing.assert_array_equal(normalise(row, np.array(1.0)), [0, 0.5, 0.5, 1, NOTHING])
    np.testing.assert_array_equal(normalise(row, np.array(-1.0)), [1, 0.5, 0.5, 0, NOTHING])
    np.testing.assert_array_equal(normalise(row, np.array(1.0), "rank"), [0.125, 0.5, 0.5, 0.875, NOTHING])
    np.testing.assert_array_equal(normalise(np.array([7.0, 7.0]), np.array(1.0)), [0.5, 0.5])


def test_values_are_means_over_known_regions_and_medians_over_known_judges():
    observed = Observed(
        np.full((2, 2), np.nan),
        np.ones(2),
        np.ones(2),
        regional={0: np.array([[1.0, 3.0, NOTHING], [NOTHING, NOTHING, NOTHING]])},
        judged={1: np.array([[5.0, 1.0, NOTHING], [2.0, 3.0, 5.0]])},
    )
    np.testing.assert_array_equal(observed.values, [[2, 3], [NOTHING, 3]])


def test_one_region_and_one_judge_leave_nothing_to_resample():
    """Then only the weights are drawn; with one criterion they cannot matter, so every draw is the ranking itself."""
    observed = Observed(np.full((3, 1), np.nan), np.ones(1), np.ones(1), regional={0: np.array([[1.0], [3.0], [2.0]])})
    for found in firmness(observed, k=1, draws=100).values():
        assert found.low.tolist() == found.high.tolist() == [3, 1, 2]


def test_weights_near_the_chosen_ones_move_less_than_any_weights():
    observed = Observed(np.array([[1.0, 0.0], [0.0, 1.0], [0.4, 0.4]]), np.array([9.0, 1.0]), np.ones(2))
    found = firmness(observed, k=1, draws=4_000, concentration=200)
    assert found["around"].first[0] > 0.99 > found["uniform"].first[0]
    # with two criteria the uniform weight of the first is uniform on 0..1, and the first wins from one half on
    assert found["uniform"].first[0] == pytest.approx(0.5, abs=0.03)


# What turns a ranking


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[list[float]], list[float]]:
    cell = st.one_of(st.integers(0, 8).map(lambda n: n / 8), st.just(NOTHING))
    rows = [draw(st.lists(cell, min_size=3, max_size=3)) for _ in range(2)]
    return rows, draw(st.lists(st.sampled_from([0.5, 1.0, 2.0, 3.0]), min_size=3, max_size=3))


def score(row: list[float], weights: list[Fraction]) -> Fraction | None:
    known = [(w, Fraction(v)) for w, v in zip(weights, row, strict=True) if math.isfinite(v)]
    total = sum(w for w, _v in known)
    return sum(w * v for w, v in known) / total if total > 0 else None


@settings(max_examples=150, deadline=None)
@given(pairs())
def test_beyond_the_smallest_change_two_priorities_change_places_and_before_it_they_do_not(pair):
    rows, weights = pair
    exact = [Fraction(w) for w in weights]
    first, second = score(rows[0], exact), score(rows[1], exact)
    if first is None or second is None or first == second:
        return
    ahead, behind = (0, 1) if first > second else (1, 0)
    for criterion, turn in enumerate(turns(rows, weights, ahead, behind)):
        limit = None if turn is None else abs(Fraction(turn.change))

        def leads(change: Fraction, criterion: int = criterion) -> bool | None:
            moved = [*exact]
            moved[criterion] += change
            one, other = score(rows[ahead], moved), score(rows[behind], moved)
            return None if moved[criterion] < 0 or one is None or other is None else one >= other

        for step in range(1, 40):
            change = Fraction(step, 10)
            for signed in (change, -change):
                if limit is None or abs(signed) < limit * Fraction(999, 1000):
                    assert leads(signed) in (True, None), (criterion, float(signed), turn)
        if turn is not None:
            assert leads(Fraction(turn.change) * Fraction(1001, 1000)) in (False, None)


def test_the_change_that_turns_two_is_exact():
    # at equal weights A leads with 1 against 0.75; it needs 1 + d·0 = 0.75 + d·0.5 more of the second
    (first, second) = turns([[1.0, 0.0], [0.25, 0.5]], [1.0, 1.0], 0, 1)
    assert (second.change, second.weight) == (0.5, 1.5)
    assert (first.change, first.weight) == (pytest.approx(-1 / 3), pytest.approx(2 / 3))


def test_a_ranking_that_no_single_weight_turns_says_so():
    assert turns([[1.0, 1.0], [0.0, 0.0]], [1.0, 1.0], 0, 1) == [None, None]
    assert smallest([[1.0, 1.0], [0.0, 0.0]], [1.0, 1.0], [0, 1], 1) == []
    assert adjacent([[1.0, 1.0], [0.0, 0.0]], [1.0, 1.0], [0, 1]) == [(0, 1, None)]


def test_the_smallest_change_looks_at_everyone_outside_the_first_k():
    rows = [[1.0, 0.0], [0.9, 0.05], [0.0, 1.0]]
    found = smallest(rows, [3.0, 1.0], [0, 1, 2], 1)
    by_criterion = {turn.criterion: turn for turn in found}
    assert {(t.ahead, t.behind) for t in found} <= {(0, 1), (0, 2)}
    everyone = [turns(rows, [3.0, 1.0], 0, other) for other in (1, 2)]
    for criterion, turn in by_criterion.items():
        assert abs(turn.change) == min(abs(each[criterion].change) for each in everyone if each[criterion])
