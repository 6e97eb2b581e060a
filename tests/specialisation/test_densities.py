"""Densities on any relatedness: references, definitions written out, ties, unknown cells, and what they are made of."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, location_quotient, presence, proximity, relatedness_density
from hansa.specialisation.densities import (
    Density,
    binary_density,
    nearest_density,
    nearest_density_from,
    portfolio_density,
    relative_density,
    relative_density_from,
    weighted_density,
)
from hansa.specialisation.relatedness import Diagonal
from hansa.specialisation.results import Definition
from hansa.specialisation.similarity import Relatedness, binary_relatedness, relatedness_index

from .reference import TABLES, activity_of, at, expected
from .strategies import activities, labels

diagonals = pytest.mark.parametrize("diagonal", ["exclude", "include"])


def _econgeo(table: str, column: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    cells, activity = expected(table, "cells"), activity_of(table)
    return at(activity.regions, cells["region"]), at(activity.domains, cells["domain"]), cells[column]


def _agrees_with_econgeo(found: Density, table: str, column: str) -> None:
    rows, columns, theirs = _econgeo(table, column)
    ours = found.values[rows, columns] * 100
    defined = np.isfinite(ours)
    assert defined.mean() > 0.9
    # EconGeo prints percent with two decimals, stored in single precision.
    np.testing.assert_allclose(ours[defined], theirs[defined], rtol=0, atol=0.005 + 1e-5)
    assert (theirs[~defined] == 0).all()  # where nothing is related EconGeo answers 0, Hansa nothing


@pytest.mark.parametrize("table", TABLES)
def test_density_on_prob_equals_econgeo(table: str) -> None:
    activity = activity_of(table)
    _agrees_with_econgeo(portfolio_density(activity, relatedness_index(activity)), table, "density_prob_econgeo")


@pytest.mark.parametrize("table", TABLES)
def test_binary_density_equals_econgeo(table: str) -> None:
    _agrees_with_econgeo(binary_density(activity_of(table)), table, "density_binprob_econgeo")


@diagonals
@given(activity=activities())
def test_density_on_proximity_is_the_relatedness_density(diagonal: Diagonal, activity: Activity) -> None:
    one = portfolio_density(activity, proximity(activity), diagonal).values
    np.testing.assert_allclose(one, relatedness_density(activity, diagonal).values, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(one, portfolio_density(activity, None, diagonal).values)


def _naive(activity: Activity, weights: np.ndarray, amounts: np.ndarray, left_out: bool) -> np.ndarray:
    """sum_j amount_rj weight_ij / sum_j weight_ij, cell by cell; NaN amounts are unknown."""
    held = presence(activity)
    values = np.full(amounts.shape, np.nan)
    for r in range(amounts.shape[0]):
        for i in range(amounts.shape[1]):
            judged = [j for j in range(amounts.shape[1]) if not (left_out and np.isnan(amounts[r, j]))]
            total = sum(weights[i, j] for j in judged)
            if total > 0 and held.assessed[r].any() and held.assessed[:, i].any():
                parts = sum(weights[i, j] * amounts[r, j] for j in judged if not np.isnan(amounts[r, j]))
                values[r, i] = parts / total
    return values


def _off_diagonal(values: np.ndarray) -> np.ndarray:
    weights = np.nan_to_num(values)
    np.fill_diagonal(weights, 0.0)
    return weights


@pytest.mark.parametrize("unknown", ["adds nothing", "left out"])
@given(activity=activities())
def test_density_equals_its_definition(unknown: str, activity: Activity) -> None:
    related = relatedness_index(activity)
    weights, held = _off_diagonal(related.values), presence(activity)
    found = portfolio_density(activity, related, unknown=unknown)  # type: ignore[arg-type]
    naive = _naive(activity, weights, held.values, unknown == "left out")
    np.testing.assert_allclose(found.values, naive, rtol=0, atol=1e-12)
    assert found.definition["unknown_cells"] == unknown
    assert found.definition["relatedness index"] == "prob"


@pytest.mark.parametrize("unknown", ["adds nothing", "left out"])
@pytest.mark.parametrize("weights", ["location quotient", "activity"])
@given(activity=activities())
def test_weighted_density_equals_its_definition(unknown: str, weights: str, activity: Activity) -> None:
    amounts = location_quotient(activity).values if weights == "location quotient" else activity.values
    found = weighted_density(activity, None, weights, unknown=unknown)  # type: ignore[arg-type]
    naive = _naive(activity, _off_diagonal(proximity(activity).values), amounts, unknown == "left out")
    np.testing.assert_allclose(found.values, naive, rtol=1e-12, atol=1e-12)
    given_weights = weighted_density(activity, None, amounts, unknown=unknown)  # type: ignore[arg-type]
    np.testing.assert_array_equal(given_weights.values, found.values)
    assert (found.definition["weights"], given_weights.definition["weights"]) == (weights, "given")


@given(activities())
def test_presence_as_weight_gives_the_density(activity: Activity) -> None:
    found = weighted_density(activity, None, presence(activity).values)
    np.testing.assert_allclose(found.values, portfolio_density(activity).values, rtol=0, atol=1e-12)


@given(activities(unknown=False))
def test_a_held_domain_more_never_lowers_a_density(activity: Activity) -> None:
    held = presence(activity)
    assume(held.lacked.any())
    row, column = np.argwhere(held.lacked)[0]
    more = held.values.copy()
    more[row, column] = 1.0
    one, other = (weighted_density(activity, None, weights).values for weights in (held.values, more))
    defined = np.isfinite(one)
    assert (other[defined] >= one[defined] - 1e-15).all()


@pytest.mark.parametrize("unknown", ["adds nothing", "left out"])
@diagonals
@given(activity=activities(largest=6), k=st.integers(1, 7))
def test_the_parts_of_every_density_add_up_to_it(unknown: str, diagonal: Diagonal, activity: Activity, k: int) -> None:
    switches = {"diagonal": diagonal, "unknown": unknown}
    for found in (
        portfolio_density(activity, **switches),  # type: ignore[arg-type]
        nearest_density(activity, k, **switches),  # type: ignore[arg-type]
        weighted_density(activity, **switches),  # type: ignore[arg-type]
        binary_density(activity, unknown=unknown),  # type: ignore[arg-type]
    ):
        for r, region in enumerate(activity.regions):
            for i, domain in enumerate(activity.domains):
                explained = found.explain(region, domain)
                np.testing.assert_equal(explained.value, found.values[r, i])
                parts = [part.contribution for part in explained.parts]
                if np.isnan(explained.value):
                    assert parts == []
                else:
                    assert sum(parts) == pytest.approx(explained.value, rel=1e-12, abs=1e-12)
                    assert parts == sorted(parts, reverse=True)
                    assert all(part.amount > 0 and part.relatedness > 0 for part in explained.parts)


def _all_ways(weights: np.ndarray, row: int, k: int) -> list[tuple[int, ...]]:
    """Every choice of k other domains such that none left out is more related than one chosen."""
    others = [j for j in range(len(weights)) if j != row]
    ways = []
    for chosen in combinations(others, k):
        left = [weights[row, j] for j in others if j not in chosen]
        if not left or min(weights[row, list(chosen)]) >= max(left):
            ways.append(chosen)
    return ways


@given(
    activity=activities(smallest=4, largest=6),
    k=st.integers(1, 5),
    levels=st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=15, max_size=15),
)
def test_nearest_density_is_the_mean_over_all_ways_to_break_ties(
    activity: Activity, k: int, levels: list[float]
) -> None:
    count = len(activity.domains)
    assume(k <= count - 1)
    # Few levels, so that most domains have ties at the k-th place.
    weights = np.zeros((count, count))
    upper = np.triu_indices(count, 1)
    weights[upper] = levels[: len(upper[0])]
    weights += weights.T
    held = presence(activity)
    found = nearest_density_from(held, Relatedness(activity.domains, weights, Definition()), k)
    for i in range(count):
        ways = _all_ways(weights, i, k)
        for r in range(len(activity.regions)):
            if np.isnan(found.values[r, i]):
                continue
            each = [
                sum(weights[i, j] * held.present[r, j] for j in way) / sum(weights[i, j] for j in way) for way in ways
            ]
            assert found.values[r, i] == pytest.approx(np.mean(each), abs=1e-12)
            parts = found.explain(activity.regions[r], activity.domains[i]).parts
            assert sum(part.contribution for part in parts) == pytest.approx(found.values[r, i], abs=1e-12)


def test_domains_tied_at_the_last_place_share_it() -> None:
    related = np.array([[0.0, 0.9, 0.5, 0.5, 0.5], [0.9, 0, 0, 0, 0], *([[0.5, 0, 0, 0, 0]] * 3)])
    held = Activity.from_matrix("AB", "vwxyz", [[0, 9, 9, 0, 0], [9, 0, 0, 9, 9]])
    found = nearest_density_from(presence(held), Relatedness(held.domains, related, Definition()), 2)
    assert found.values[0, 0] == pytest.approx((0.9 + 0.5 / 3) / (0.9 + 0.5))


@diagonals
@given(activity=activities(), more=st.integers(0, 3))
def test_with_k_of_all_domains_the_nearest_density_is_the_full_one(
    diagonal: Diagonal, activity: Activity, more: int
) -> None:
    k = max(1, len(activity.domains) - 1 + more)
    one, other = nearest_density(activity, k, None, diagonal), portfolio_density(activity, None, diagonal)
    np.testing.assert_array_equal(one.values, other.values)


def test_nearest_density_is_a_share_and_never_a_count() -> None:
    # ecomplexity answers with the number of held neighbours (its issue 35).
    activity = activity_of("nz_employment_2001")
    for k in (1, 5, 20):
        values = nearest_density(activity, k).values
        assert np.nanmin(values) >= 0.0
        assert np.nanmax(values) <= 1.0
        assert len(np.unique(values[np.isfinite(values)].round(9))) > k + 1  # not only multiples of 1/k


@given(activities(), st.integers(1, 6), st.randoms(use_true_random=False))
def test_nearest_density_does_not_depend_on_the_order_of_domains(activity: Activity, k: int, random: object) -> None:
    columns = list(range(len(activity.domains)))
    random.shuffle(columns)  # type: ignore[attr-defined]
    moved = Activity(activity.regions, tuple(activity.domains[i] for i in columns), activity.values[:, columns])
    one, other = nearest_density(activity, k).values, nearest_density(moved, k).values
    np.testing.assert_allclose(other, one[:, columns], rtol=0, atol=1e-12)


@given(activity=activities(largest=6), cells=st.sampled_from(["absent", "all"]))
def test_relative_density_equals_its_definition(activity: Activity, cells: str) -> None:
    held, density = presence(activity), portfolio_density(activity)
    found = relative_density(activity, cells=cells)  # type: ignore[arg-type]
    for r in range(len(activity.regions)):
        options = [i for i in range(len(activity.domains)) if held.lacked[r, i] and np.isfinite(density.values[r, i])]
        ours = found.values[r]
        if len(options) < 2 or np.ptp(density.values[r, options]) <= 1e-12:
            assert np.isnan(ours).all()
            continue
        mean, deviation = np.mean(density.values[r, options]), np.std(density.values[r, options])
        for i in range(len(activity.domains)):
            if i in options or (cells == "all" and np.isfinite(density.values[r, i])):
                assert ours[i] == pytest.approx((density.values[r, i] - mean) / deviation, abs=1e-9)
            else:
                assert np.isnan(ours[i])
        assert np.mean(ours[options]) == pytest.approx(0, abs=1e-9)
        assert np.std(ours[options]) == pytest.approx(1, abs=1e-9)


@given(activities(largest=6))
def test_the_parts_of_a_relative_density_add_up_to_it(activity: Activity) -> None:
    found = relative_density(activity, cells="all")
    for r, region in enumerate(activity.regions):
        for i, domain in enumerate(activity.domains):
            explained = found.explain(region, domain)
            if np.isnan(found.values[r, i]):
                assert np.isnan(explained.value)
                assert explained.parts == ()
                continue
            assert sum(part.contribution for part in explained.parts) == pytest.approx(explained.value, abs=1e-9)
            assert explained.value == pytest.approx((explained.density - explained.mean) / explained.deviation)


def test_options_that_are_equally_dense_do_not_stand_out() -> None:
    # Every domain is equally related to what the region holds; only rounding could tell them apart.
    held = Activity.from_matrix(labels("R", 3), labels("D", 6), np.kron(np.eye(3), np.ones((1, 2))))
    same = Relatedness(held.domains, np.full((6, 6), 0.1), Definition())
    assert np.isnan(relative_density(held, same).values).all()


def test_options_that_differ_by_rounding_alone_do_not_stand_out() -> None:
    # Densities (0.1 + 0.2) / 0.4 and 0.3 / 0.4 are equal; the computer's are not.
    related = np.zeros((5, 5))
    related[3, :3], related[4, :3] = (0.1, 0.2, 0.1), (0.3, 0.0, 0.1)
    related += related.T
    held = Activity.from_matrix("AB", "uvwxy", [[9, 9, None, 0, 0], [1, 1, 9, 9, 9]])
    density = portfolio_density(held, Relatedness(held.domains, related, Definition()))
    assert density.values[0, 3] != density.values[0, 4]
    assert np.isnan(relative_density_from(presence(held), density).values[0]).all()


def test_a_domain_without_activity_has_no_density_even_if_it_is_related_elsewhere() -> None:
    activity = activity_of("nz_employment_2001")
    values = activity.values.copy()
    values[:, 3] = 0.0
    found = portfolio_density(Activity(activity.regions, activity.domains, values), proximity(activity))
    assert np.isnan(found.values[:, 3]).all()
    assert np.isfinite(found.values[:, 4]).any()


def test_unknown_cells_are_no_options_and_bound_the_density_from_below() -> None:
    values = activity_of("eurostat_sbs_2014").values.copy()
    generator = np.random.default_rng(7)
    values[generator.random(values.shape) < 0.1] = np.nan
    activity = Activity(activity_of("eurostat_sbs_2014").regions, activity_of("eurostat_sbs_2014").domains, values)
    phi = proximity(activity)
    lower, among_known = portfolio_density(activity, phi), portfolio_density(activity, phi, unknown="left out")
    defined = np.isfinite(lower.values) & np.isfinite(among_known.values)
    assert (lower.values[defined] <= among_known.values[defined] + 1e-12).all()
    assert (lower.values[defined] < among_known.values[defined] - 0.01).any()
    found = relative_density(activity, phi)
    assert np.isnan(found.values[~activity.known]).all()
    assert np.isfinite(relative_density(activity, phi, cells="all").values[~activity.known]).any()


def test_relatedness_from_another_table_is_used_by_label() -> None:
    earlier, later = activity_of("nz_employment_2001"), activity_of("nz_employment_2013")
    phi = proximity(earlier)
    order = list(range(len(phi.domains)))[::-1]
    turned = Relatedness(tuple(phi.domains[i] for i in order), phi.values[np.ix_(order, order)], phi.definition)
    one, other = portfolio_density(later, phi), portfolio_density(later, turned)
    np.testing.assert_allclose(one.values, other.values, rtol=0, atol=1e-12)
    assert not np.allclose(one.values, portfolio_density(later).values, equal_nan=True)


def test_results_are_read_only_and_the_same_again() -> None:
    activity = activity_of("nz_employment_2001")
    for make in (portfolio_density, binary_density, weighted_density, relative_density):
        one, other = make(activity), make(activity)
        assert one.values.tobytes() == other.values.tobytes()
        assert one.definition == other.definition
        with pytest.raises(ValueError, match="read-only"):
            one.values[0, 0] = 1.0


def test_a_relatedness_given_by_hand_is_never_changed() -> None:
    activity = activity_of("nz_employment_2001")
    phi = proximity(activity)
    mine = Relatedness(phi.domains, np.array(phi.values), Definition())
    before = mine.values.tobytes()
    for k in (3, 10_000):
        nearest_density_from(presence(activity), mine, k)
    binary_relatedness(mine)
    assert mine.values.tobytes() == before
    assert mine.values.flags.writeable


def test_bad_input_is_refused_in_a_sentence() -> None:
    activity = activity_of("nz_employment_2001")
    phi = proximity(activity)
    for k in (0, -1, 2.5, True):
        with pytest.raises(ActivityError, match="whole number of at least 1"):
            nearest_density(activity, k)  # type: ignore[arg-type]
    with pytest.raises(ActivityError, match="diagonal rule"):
        portfolio_density(activity, phi, "both")  # type: ignore[arg-type]
    with pytest.raises(ActivityError, match="left out"):
        portfolio_density(activity, phi, unknown="zero")  # type: ignore[arg-type]
    with pytest.raises(ActivityError, match="location quotient"):
        weighted_density(activity, phi, "lq")  # type: ignore[arg-type]
    with pytest.raises(ActivityError, match="shape"):
        weighted_density(activity, phi, np.ones((2, 2)))
    with pytest.raises(ActivityError, match="at least 0"):
        portfolio_density(activity, Relatedness(phi.domains, -phi.values, phi.definition))
    with pytest.raises(ActivityError, match="absent"):
        relative_density(activity, cells="held")  # type: ignore[arg-type]
    with pytest.raises(ActivityError, match="other labels"):
        relative_density_from(presence(activity), portfolio_density(activity_of("patents_cpc_2020")))
    with pytest.raises(ActivityError, match="no region 'Nowhere'"):
        portfolio_density(activity).explain("Nowhere", activity.domains[0])
