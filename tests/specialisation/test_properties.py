"""What must hold for every table, whatever its numbers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hansa.specialisation import Activity, complexity, location_quotient, measures, presence, relatedness_density
from hansa.specialisation.economic_complexity import complexity_from

from .reference import measures_of
from .strategies import activities


def _arrays(activity: Activity) -> list[np.ndarray]:
    found = measures(activity)
    return [
        found.location_quotient.values,
        found.presence.values,
        found.diversity.values,
        found.ubiquity.values,
        found.proximity.values,
        found.density.values,
        found.complexity.eci,
        found.complexity.pci,
        found.complementarity.mean_added_density,
    ]


def _shuffled(activity: Activity, random: object) -> tuple[Activity, list[int], list[int]]:
    rows, columns = list(range(len(activity.regions))), list(range(len(activity.domains)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    random.shuffle(columns)  # type: ignore[attr-defined]
    moved = Activity(
        tuple(activity.regions[r] for r in rows),
        tuple(activity.domains[i] for i in columns),
        activity.values[np.ix_(rows, columns)],
    )
    return moved, rows, columns


@given(activities(), st.randoms(use_true_random=False))
def test_relabelling_only_reorders(activity: Activity, random: object) -> None:
    moved, rows, columns = _shuffled(activity, random)
    one, other = measures(activity), measures(moved)
    grid, pairs = np.ix_(rows, columns), np.ix_(rows, rows)
    np.testing.assert_allclose(other.location_quotient.values, one.location_quotient.values[grid], atol=1e-12)
    np.testing.assert_array_equal(other.presence.present, one.presence.present[grid])
    np.testing.assert_array_equal(other.proximity.values, one.proximity.values[np.ix_(columns, columns)])
    np.testing.assert_allclose(other.density.values, one.density.values[grid], atol=1e-12)
    np.testing.assert_allclose(
        other.complementarity.mean_added_density, one.complementarity.mean_added_density[pairs], atol=1e-12
    )


@given(activities(smallest=4, largest=8), st.randoms(use_true_random=False))
def test_relabelling_only_reorders_complexity(activity: Activity, random: object) -> None:
    moved, rows, columns = _shuffled(activity, random)
    one, other = complexity(activity), complexity(moved)
    assume(one.sign is not None and one.lambda2 - one.lambda3 > 1e-3)
    assert one.sign is not None
    assume(abs(one.sign.diversity_weighted) > 1e-6)
    np.testing.assert_allclose(other.eci, one.eci[rows], atol=1e-8)
    np.testing.assert_allclose(other.pci, one.pci[columns], atol=1e-8)


@given(activities(), st.integers(1, 1000), st.integers(-40, 40))
def test_the_unit_of_the_values_does_not_matter(activity: Activity, factor: int, exponent: int) -> None:
    scaled = Activity(activity.regions, activity.domains, activity.values * factor * 2.0**exponent)
    for one, other in zip(_arrays(activity), _arrays(scaled), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_very_large_and_very_small_units_neither_overflow_nor_vanish(scale: float) -> None:
    values = np.array([[3.0, 1.0, 0.0], [1.0, 3.0, 2.0]])
    quotients = location_quotient(Activity.from_matrix("AB", "xyz", values * scale)).values
    np.testing.assert_allclose(quotients, location_quotient(Activity.from_matrix("AB", "xyz", values)).values)


def test_a_zero_is_never_held_even_where_the_expected_value_is_too_small_to_represent() -> None:
    dwarfs = Activity.from_matrix("ABC", "xyz", [[1e-200, 0, 0], [0, 1e-200, 0], [0, 0, 1]])
    assert presence(dwarfs).present.tolist() == np.eye(3, dtype=bool).tolist()
    assert (location_quotient(dwarfs).values >= 1).tolist() == np.eye(3, dtype=bool).tolist()


@given(activities(unknown=False))
def test_location_quotients_of_a_domain_average_to_one(activity: Activity) -> None:
    quotients = location_quotient(activity).values
    weights = activity.region_totals / max(activity.total, 1.0)
    for column in np.flatnonzero(activity.domain_totals > 0):
        used = np.isfinite(quotients[:, column])
        assert float(weights[used] @ quotients[used, column]) == pytest.approx(1.0, abs=1e-12)


@given(activities())
def test_presence_and_location_quotient_agree_about_one(activity: Activity) -> None:
    quotients = location_quotient(activity).values
    np.testing.assert_array_equal(presence(activity).present, np.nan_to_num(quotients, nan=-1.0) >= 1.0)
    whole = activity.known_values * activity.total >= np.outer(activity.region_totals, activity.domain_totals)
    np.testing.assert_array_equal(presence(activity).present, whole & activity.assessed & (activity.known_values > 0))


@given(activities(), st.sampled_from(["exclude", "include"]))
def test_density_is_a_share_and_equals_its_definition(activity: Activity, diagonal: str) -> None:
    found = measures(activity)
    density = relatedness_density(activity, diagonal).values  # type: ignore[arg-type]
    phi, held = np.nan_to_num(found.proximity.values), found.presence
    for i in range(len(activity.domains)):
        others = [j for j in range(len(activity.domains)) if diagonal == "include" or j != i]
        total = sum(phi[i, j] for j in others)
        for r in range(len(activity.regions)):
            if not held.assessed[r].any() or not held.assessed[:, i].any() or total == 0:
                assert np.isnan(density[r, i])
                continue
            assert 0.0 <= density[r, i] <= 1.0
            reached = sum(phi[i, j] for j in others if held.present[r, j])
            assert density[r, i] == pytest.approx(reached / total, abs=1e-12)


@given(activities())
def test_the_parts_of_a_density_add_up_to_it(activity: Activity) -> None:
    found = measures(activity)
    for r, region in enumerate(activity.regions):
        for i, domain in enumerate(activity.domains):
            explanation, density = found.explain_density(region, domain), found.density.values[r, i]
            if np.isnan(density):
                assert np.isnan(explanation.density)
                assert explanation.contributions == ()
                continue
            parts = [part.contribution for part in explanation.contributions]
            assert sum(parts) == pytest.approx(density, abs=1e-12)
            assert explanation.density == pytest.approx(density, abs=1e-12)
            assert parts == sorted(parts, reverse=True)
            assert domain not in [part.domain for part in explanation.contributions]


@given(activities(), st.sampled_from([0.0, float("nan")]))
def test_an_empty_region_and_an_empty_domain_change_nothing_else(activity: Activity, filler: float) -> None:
    rows, columns = len(activity.regions), len(activity.domains)
    values = np.full((rows + 1, columns + 1), filler)
    values[:rows, :columns] = activity.values
    larger = Activity((*activity.regions, "Z"), (*activity.domains, "Z"), values)
    for one, other in zip(_arrays(activity), _arrays(larger), strict=True):
        inside = tuple(slice(0, length) for length in one.shape)
        np.testing.assert_allclose(other[inside], one, rtol=0, atol=1e-9)
        assert np.isnan(other[-1]).all()
        assert np.isnan(other[..., -1]).all()


@given(activities(unknown=False, smallest=2), st.data())
def test_unknown_is_not_zero(activity: Activity, data: st.DataObject) -> None:
    r = data.draw(st.integers(0, len(activity.regions) - 1))
    i = data.draw(st.integers(0, len(activity.domains) - 1))
    values = activity.values.copy()
    values[r, i] = 0.0
    zero = Activity(activity.regions, activity.domains, values)
    values[r, i] = np.nan
    unknown = Activity(activity.regions, activity.domains, values)
    assume(zero.assessed[r, i])
    as_zero, as_unknown = measures(zero), measures(unknown)
    assert as_zero.location_quotient.values[r, i] == 0.0
    assert as_zero.presence.values[r, i] == 0.0
    for array in (as_unknown.location_quotient, as_unknown.presence):
        assert np.isnan(array.values[r, i])
    # what surrounds the cell is known either way
    if unknown.assessed[r].any() and unknown.assessed[:, i].any():
        np.testing.assert_array_equal(as_unknown.density.values[r, i], as_zero.density.values[r, i])
    label, region = activity.domains[i], activity.regions[r]
    assert label in [one.domain for one in as_zero.opportunities(region).ranked]
    assert label not in [one.domain for one in as_unknown.opportunities(region).ranked]
    assert label in as_unknown.opportunities(region).not_assessed


@given(activities())
def test_same_input_same_bytes(activity: Activity) -> None:
    again = Activity(activity.regions, activity.domains, activity.values)
    for one, other in zip(_arrays(activity), _arrays(again), strict=True):
        assert one.tobytes() == other.tobytes()


@given(activities(unknown=False, smallest=4, largest=8))
def test_complexity_solves_its_eigenvector_equation(activity: Activity) -> None:
    found, held = complexity(activity), presence(activity)
    assume(found.sign is not None)
    rows, columns = np.isfinite(found.eci), np.isfinite(found.pci)
    part = held.present[np.ix_(rows, columns)].astype(float)
    diversity, ubiquity = part.sum(axis=1), part.sum(axis=0)
    transition = (part / diversity[:, None]) @ (part / ubiquity).T
    # Standardising adds a constant, which the transition matrix keeps: what remains must be one constant.
    remainder = transition @ found.eci[rows] - found.lambda2 * found.eci[rows]
    np.testing.assert_allclose(remainder, remainder.mean(), atol=1e-7)
    assert found.eci[rows].mean() == pytest.approx(0, abs=1e-9)
    assert found.eci[rows].std() == pytest.approx(1, abs=1e-9)
    assert found.pci[columns].std() == pytest.approx(1, abs=1e-9)


@given(activities(unknown=False, smallest=4), activities(unknown=False, largest=3))
def test_a_split_graph_is_answered_for_its_largest_component(one: Activity, other: Activity) -> None:
    rows, columns = len(one.regions), len(one.domains)
    values = np.zeros((rows + len(other.regions), columns + len(other.domains)))
    values[:rows, :columns], values[rows:, columns:] = one.values, other.values
    both = Activity(
        one.regions + tuple(f"S{label}" for label in other.regions),
        one.domains + tuple(f"S{label}" for label in other.domains),
        values,
    )
    held, found = presence(both), complexity(both)
    inside = dataclasses.replace(
        held,
        regions=one.regions,
        domains=one.domains,
        present=held.present[:rows, :columns],
        assessed=held.assessed[:rows, :columns],
    )
    alone = complexity_from(inside)
    small = held.present[rows:, columns:]
    assume(alone.components == 1 and small.any())
    assume(alone.sign is not None)
    largest = inside.present.any(axis=1).sum() + inside.present.any(axis=0).sum()
    assume(largest > small.any(axis=1).sum() + small.any(axis=0).sum())
    assert found.components > 1
    np.testing.assert_array_equal(found.eci[:rows], alone.eci)
    np.testing.assert_array_equal(found.pci[:columns], alone.pci)
    assert np.isnan(found.eci[rows:]).all()
    assert np.isnan(found.pci[columns:]).all()
    left_out = [label for label, any_held in zip(held.regions[rows:], small.any(axis=1), strict=True) if any_held]
    assert list(found.regions_left_out) == left_out
    assert "only one of them" in found.note


def test_where_no_second_direction_exists_nothing_is_invented() -> None:
    equal = complexity(Activity.from_matrix("ABC", "xyz", np.ones((3, 3))))
    assert np.isnan(equal.eci).all()
    assert np.isnan(equal.pci).all()
    assert equal.sign is None
    assert "same mix" in equal.note
    ring = complexity(Activity.from_matrix("ABC", "xyz", [[1, 1, 0], [0, 1, 1], [1, 0, 1]]))
    assert np.isnan(ring.eci).all()
    assert "coincide" in ring.note


@pytest.mark.parametrize("sparsely", [True, False])
def test_iterative_and_full_solver_agree(monkeypatch: pytest.MonkeyPatch, sparsely: bool) -> None:
    for table in ("nz_employment_2013", "patents_cpc_2020"):
        held = measures_of(table).presence
        monkeypatch.setattr("hansa.specialisation.spectrum.FULL_LIMIT", 10_000)
        full = complexity_from(held)
        monkeypatch.setattr("hansa.specialisation.spectrum.FULL_LIMIT", 5)
        monkeypatch.setattr("hansa.specialisation.spectrum.SPARSE_STEP", 0 if sparsely else 1e9)
        iterative, again = complexity_from(held), complexity_from(held)
        monkeypatch.undo()
        np.testing.assert_allclose(iterative.eci, full.eci, rtol=0, atol=1e-9)
        np.testing.assert_allclose(iterative.pci, full.pci, rtol=0, atol=1e-9)
        assert iterative.eci.tobytes() == again.eci.tobytes()
        assert iterative.eci.tobytes() != full.eci.tobytes()  # the other solver was really used
