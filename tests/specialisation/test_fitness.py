"""Fitness: what it tends to is decided by the pattern of presences, and every number says how near it is to that."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import spearmanr

from hansa.specialisation import Activity, ActivityError, Presence, presence
from hansa.specialisation.fitness import Fitness, fitness, fitness_from, stable_fitness, stable_fitness_from

from .reference import TABLES, activity_of, at, expected, measures_of
from .strategies import activities

ON_PATENTS = "patents_cpc_2020"
CONVERGED_AT_PEERS = [table for table in TABLES if table != ON_PATENTS]


def _aligned(table: str, found: Fitness) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    regions, domains = expected(table, "regions"), expected(table, "domains")
    return found.fitness[at(found.regions, regions["region"])], found.complexity[at(found.domains, domains["domain"])]


@st.composite
def presences(draw: st.DrawFn, largest: int = 6) -> Presence:
    """Any pattern of presences without empty regions and domains."""
    rows, columns = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    cells = draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns))
    present = np.array(cells).reshape(rows, columns)
    assume(present.any(axis=1).all() and present.any(axis=0).all())
    return _pattern(present)


def _pattern(present: NDArray[np.bool_]) -> Presence:
    rows, columns = present.shape
    table = Activity.from_matrix(
        [f"R{r:02d}" for r in range(rows)], [f"D{i:02d}" for i in range(columns)], np.ones(present.shape)
    )
    return dataclasses.replace(presence(table), present=present)


def _naive(present: NDArray[np.bool_], iterations: int, update: str) -> tuple[list[float], list[float]]:
    rows, columns = present.shape
    fit, complexity = [1.0] * rows, [1.0] * columns
    for _ in range(iterations):
        latest = [sum(complexity[i] for i in range(columns) if present[r, i]) for r in range(rows)]
        latest = [one / (sum(latest) / rows) for one in latest]
        used = latest if update == "new" else fit
        complexity = [1 / sum(1 / used[r] for r in range(rows) if present[r, i]) for i in range(columns)]
        complexity = [one / (sum(complexity) / columns) for one in complexity]
        fit = latest
    return fit, complexity


@pytest.mark.parametrize("table", TABLES)
def test_twenty_iterations_equal_econcomplex(table: str) -> None:
    regional, domestic = _aligned(table, fitness(activity_of(table), iterations=20))
    np.testing.assert_allclose(regional, expected(table, "regions")["fitness20_econcomplex"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(domestic, expected(table, "domains")["complexity20_econcomplex"], rtol=0, atol=1e-9)


@pytest.mark.parametrize("table", TABLES)
def test_nineteen_iterations_from_the_old_fitness_equal_economiccomplexity(table: str) -> None:
    # Its "20 iterations" count the start as the first, and complexity uses the fitness of the iteration before.
    regional, domestic = _aligned(table, fitness(activity_of(table), iterations=19, update="old"))
    np.testing.assert_allclose(regional, expected(table, "regions")["fitness_ec200"], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(domestic, expected(table, "domains")["fitness_ec200"], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("table", CONVERGED_AT_PEERS)
def test_the_limit_equals_what_independent_packages_converge_to(table: str) -> None:
    found = fitness(activity_of(table))
    regional, domestic = _aligned(table, found)
    assert found.converged
    assert found.groups == 1
    for column in ("fitness2000_fermi", "fitness2000_econcomplex"):
        np.testing.assert_allclose(regional, expected(table, "regions")[column], rtol=0, atol=1e-9)
    for column in ("complexity2000_fermi", "complexity2000_econcomplex"):
        np.testing.assert_allclose(domestic, expected(table, "domains")[column], rtol=0, atol=1e-9)


def test_publications_converge_with_three_regions_tending_to_zero() -> None:
    found = fitness(activity_of("publications_asjc_2020"))
    theirs = expected("publications_asjc_2020", "regions")
    below = theirs["fitness2000_fermi"] < 1e-20
    vanishing = found.vanishing[at(found.regions, theirs["region"])]
    np.testing.assert_array_equal(vanishing, below)
    assert found.vanishing_count == 3
    assert (found.fitness[found.vanishing] == 0).all()


def test_patents_where_peers_overflow_have_a_limit_and_say_which_fitness_vanishes() -> None:
    table = activity_of(ON_PATENTS)
    found, long = fitness(table), fitness(table, iterations=3000)
    assert np.isnan(expected(ON_PATENTS, "regions")["fitness2000_econcomplex"]).all()
    assert found.converged
    assert not long.converged
    held = np.isfinite(found.fitness)
    assert np.isfinite(long.log_fitness[held]).all()
    assert np.isfinite(long.fitness[held]).all()
    assert np.isfinite(long.complexity[np.isfinite(found.complexity)]).all()
    assert long.log_fitness[held].min() < -1000 * np.log(10)
    # What the pattern says will vanish is what falls at every step; the rest has settled on the limit.
    earlier = fitness(table, iterations=2990)
    falling = earlier.log_fitness[held] - long.log_fitness[held] > 1e-3
    np.testing.assert_array_equal(found.vanishing[held], falling)
    np.testing.assert_array_equal(found.vanishing, long.vanishing)
    assert 0.5 < found.vanishing_count / held.sum() < 0.7
    lasting = held & ~found.vanishing
    np.testing.assert_allclose(long.fitness[lasting], found.fitness[lasting], rtol=1e-9)
    np.testing.assert_allclose(long.complexity, found.complexity, rtol=0, atol=1e-9)
    assert "tends to zero" in found.note
    assert "stopping after 3000" in long.note


@given(presences(), st.integers(1, 12), st.sampled_from(["new", "old"]))
def test_iterations_equal_the_definition(held: Presence, iterations: int, update: str) -> None:
    found = fitness_from(held, iterations=iterations, update=update)  # type: ignore[arg-type]
    regional, domestic = _naive(held.present, iterations, update)
    np.testing.assert_allclose(found.fitness, regional, rtol=1e-11)
    np.testing.assert_allclose(found.complexity, domestic, rtol=1e-11)
    assert found.iterations == iterations


@given(presences(), st.integers(1, 10))
def test_updating_from_the_old_fitness_takes_twice_as_many_iterations(held: Presence, n: int) -> None:
    old, new = fitness_from(held, iterations=2 * n - 1, update="old"), fitness_from(held, iterations=n)
    np.testing.assert_allclose(old.fitness, new.fitness, rtol=1e-11)


def _densest(present: NDArray[np.bool_]) -> set[int]:
    """Union of the sets of regions with the most domains of their own per region, by trying all sets."""
    rows = range(present.shape[0])
    best, union = (0, 1), set[int]()
    for size in range(1, present.shape[0] + 1):
        for chosen in combinations(rows, size):
            others = [r for r in rows if r not in chosen]
            own = int((~present[others].any(axis=0)).sum())
            if own * best[1] > best[0] * size:
                best, union = (own, size), set()
            if own * best[1] == best[0] * size:
                union |= set(chosen)
    return union


@given(presences())
def test_only_the_regions_with_most_domains_of_their_own_last(held: Presence) -> None:
    found = fitness_from(held)
    lasting = set(np.flatnonzero(~found.vanishing).tolist())
    assert lasting
    assert lasting <= _densest(held.present)
    assert (found.fitness[~found.vanishing] > 0).all()
    assert (found.fitness[found.vanishing] == 0).all()
    assert (found.complexity[found.vanishing_domains] == 0).all()
    assert (found.complexity[~found.vanishing_domains] > 0).all()
    np.testing.assert_array_equal(found.vanishing_domains, held.present[found.vanishing].any(axis=0))
    assert found.fitness.mean() == pytest.approx(1)
    assert found.complexity.mean() == pytest.approx(1)


@given(presences())
def test_the_limit_is_a_fixed_point_of_the_iteration(held: Presence) -> None:
    found = fitness_from(held)
    assert found.converged
    assume(found.groups == 1)
    lasting, valued = ~found.vanishing, ~found.vanishing_domains
    part = held.present[np.ix_(lasting, valued)].astype(float)
    regional, domestic = found.fitness[lasting], found.complexity[valued]
    following = part @ domestic
    np.testing.assert_allclose(following / following.mean(), regional / regional.mean(), rtol=1e-8)
    following = 1 / (part.T @ (1 / regional))
    np.testing.assert_allclose(following / following.mean(), domestic / domestic.mean(), rtol=1e-8)


@settings(max_examples=40)
@given(presences(largest=5))
def test_many_iterations_approach_the_limit(held: Presence) -> None:
    limit, near, nearer = fitness_from(held), *(fitness_from(held, iterations=n) for n in (150, 2000))
    assume(limit.groups == 1)
    distance = [float(np.abs(one.fitness - limit.fitness).max()) for one in (near, nearer)]
    assert distance[1] < 0.05
    assert distance[1] <= distance[0] + 1e-9


def test_a_fitness_that_fades_ever_more_slowly_is_recognised_too() -> None:
    # B's only domain is also held by A, which has one of its own: F_B falls like 1/n and no iteration would show it.
    found = fitness_from(_pattern(np.array([[True, True], [False, True]])))
    stopped = fitness_from(_pattern(np.array([[True, True], [False, True]])), iterations=1000)
    assert found.vanishing.tolist() == [False, True]
    assert found.fitness.tolist() == [2.0, 0.0]
    assert stopped.fitness[1] > 1e-4
    assert stopped.change < 2e-3
    assert not stopped.converged


def test_separate_groups_are_reported_and_not_compared() -> None:
    present = np.zeros((4, 4), dtype=bool)
    present[:2, :2] = present[2:, 2:] = True
    found = fitness_from(_pattern(present))
    assert found.groups == 2
    assert found.fitness.tolist() == pytest.approx([1.0] * 4)
    assert "within a group" in found.note
    assert fitness_from(_pattern(present[:2, :2])).note == ""


@given(activities(), st.randoms(use_true_random=False))
def test_relabelling_only_reorders(activity: Activity, random: object) -> None:
    rows, columns = list(range(len(activity.regions))), list(range(len(activity.domains)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    random.shuffle(columns)  # type: ignore[attr-defined]
    moved = Activity(
        tuple(activity.regions[r] for r in rows),
        tuple(activity.domains[i] for i in columns),
        activity.values[np.ix_(rows, columns)],
    )
    for measure in (fitness, stable_fitness):
        one, other = measure(activity), measure(moved)
        np.testing.assert_allclose(other.fitness, one.fitness[rows], rtol=1e-8)
        np.testing.assert_allclose(other.complexity, one.complexity[columns], rtol=1e-8)
        np.testing.assert_array_equal(other.vanishing, one.vanishing[rows])


@given(activities())
def test_empty_regions_and_domains_are_nan_and_nothing_else(activity: Activity) -> None:
    held = presence(activity)
    for found in (fitness(activity), fitness(activity, iterations=5), stable_fitness(activity)):
        np.testing.assert_array_equal(np.isnan(found.fitness), held.held_counts == 0)
        np.testing.assert_array_equal(np.isnan(found.complexity), held.holder_counts == 0)
        assert not found.vanishing[held.held_counts == 0].any()
        with pytest.raises(ValueError, match="read-only"):
            found.fitness[:] = 0


@given(activities())
def test_same_input_same_bytes(activity: Activity) -> None:
    for measure in (fitness, stable_fitness):
        assert measure(activity).fitness.tobytes() == measure(activity).fitness.tobytes()


@given(presences(), st.sampled_from([1e-4, 1e-2, 0.5]))
def test_stable_fitness_solves_its_equations(held: Presence, delta: float) -> None:
    found = stable_fitness_from(held, delta=delta)
    part = held.present.astype(float)
    assert found.converged
    np.testing.assert_allclose(found.fitness, delta + part @ found.complexity, rtol=1e-8)
    np.testing.assert_allclose(found.complexity, 1 / (1 + part.T @ (1 / found.fitness)), rtol=1e-8)
    assert found.definition["delta"] == delta
    assert found.vanishing_count == 0


@pytest.mark.parametrize("table", ["nz_employment_2013", ON_PATENTS, "publications_asjc_2020"])
def test_stable_fitness_equals_the_plain_iteration(table: str) -> None:
    held = measures_of(table).presence
    rows, columns = held.held_counts > 0, held.holder_counts > 0
    part = held.present[np.ix_(rows, columns)].astype(float)
    regional, domestic = np.ones(len(part)), np.ones(part.shape[1])
    for _ in range(20_000):
        regional = 0.1 + part @ domestic
        domestic = 1 / (1 + part.T @ (1 / regional))
    found = stable_fitness(activity_of(table), delta=0.1)
    np.testing.assert_allclose(found.fitness[rows], regional, rtol=1e-9)
    np.testing.assert_allclose(found.complexity[columns], domestic, rtol=1e-9)


@pytest.mark.parametrize("table", ["eurostat_sbs_2014", "nz_employment_2001", "publications_asjc_2020"])
def test_stable_fitness_ranks_alike_but_has_a_limit_of_its_own(table: str) -> None:
    limit = fitness(activity_of(table)).fitness
    held = np.isfinite(limit)
    small, smaller = (stable_fitness(activity_of(table), delta=delta).fitness for delta in (1e-3, 1e-6))
    relative = smaller[held] / smaller[held].mean()
    assert np.abs(small[held] / small[held].mean() - relative).max() < 0.01
    assert np.abs(relative - limit[held]).max() > 0.5
    assert spearmanr(smaller[held], limit[held]).statistic > 0.98


@pytest.mark.parametrize("table", ["uk_bres_2018", "trade_hs_2020"])
def test_stable_fitness_is_all_but_diversity_where_domains_are_many(table: str) -> None:
    found, counts = stable_fitness(activity_of(table)), measures_of(table).presence.held_counts
    held = counts > 0
    assert spearmanr(found.fitness[held], counts[held]).statistic > 0.99
    assert spearmanr(fitness(activity_of(table)).fitness[held], counts[held]).statistic < 0.98


def test_refusals_say_what_to_do() -> None:
    table = Activity.from_matrix("AB", "xy", [[2, 1], [1, 2]])
    for call, words in [
        (lambda: fitness(table, iterations=0), "at least 1"),
        (lambda: fitness(table, update="both"), '"new" or "old"'),  # type: ignore[arg-type]
        (lambda: fitness(table, tolerance=0.0), "positive number"),
        (lambda: stable_fitness(table, delta=-1.0), "positive number"),
    ]:
        with pytest.raises(ActivityError, match=words):
            call()
