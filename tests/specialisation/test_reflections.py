"""Reflections: averages of averages at any order, and how far they are from ECI and PCI."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, complexity, presence
from hansa.specialisation.economic_complexity import complexity_from
from hansa.specialisation.reflections import knowledge_complexity, reflections

from .reference import TABLES, activity_of, at, difference_up_to_sign, expected, measures_of, standardised
from .strategies import activities


def _exact(present: np.ndarray, order: int) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
    """k_r,n and k_i,n in fractions; empty regions and domains stay 0."""
    rows, columns = present.shape
    regional = [[Fraction(int(present[r].sum())) for r in range(rows)]]
    domestic = [[Fraction(int(present[:, i].sum())) for i in range(columns)]]
    for _ in range(order):
        last_region, last_domain = regional[-1], domestic[-1]
        regional.append(
            [
                sum((last_domain[i] for i in np.flatnonzero(present[r])), Fraction()) / max(present[r].sum(), 1)
                for r in range(rows)
            ]
        )
        domestic.append(
            [
                sum((last_region[r] for r in np.flatnonzero(present[:, i])), Fraction()) / max(present[:, i].sum(), 1)
                for i in range(columns)
            ]
        )
    return regional, domestic


@given(activities(), st.integers(1, 6))
def test_levels_equal_the_definition(activity: Activity, order: int) -> None:
    held, found = presence(activity), reflections(activity, order)
    regional, domestic = _exact(held.present, order)
    rows, columns = held.held_counts > 0, held.holder_counts > 0
    np.testing.assert_allclose(found.region_levels[:, rows], np.array(regional, dtype=float)[:, rows], rtol=1e-12)
    np.testing.assert_allclose(found.domain_levels[:, columns], np.array(domestic, dtype=float)[:, columns], rtol=1e-12)
    assert np.isnan(found.region_levels[:, ~rows]).all()
    assert np.isnan(found.domain_levels[:, ~columns]).all()


@given(activities(smallest=3, unknown=False))
def test_high_orders_do_not_drown_in_rounding(activity: Activity) -> None:
    # At order 120 the levels of most tables are equal to sixteen digits; their differences must be right all the same.
    held = presence(activity)
    levels = _exact(held.present, 120)[0]
    kept = [[x for x, count in zip(levels[n], held.held_counts, strict=True) if count] for n in (118, 120)]
    level = kept[1]
    assume(len(level) > 1)
    mean = sum(level, Fraction()) / len(level)
    before, largest = (max(abs(x - sum(one, Fraction()) / len(one)) for x in one) for one in kept)
    assume(largest > 0)
    # Where the start has no part at all along the second direction, rounding brings one in and it outgrows the rest.
    second = complexity_from(held)
    assume(second.components == 1 and float(largest / before) > second.lambda2 - 1e-6)
    exact = np.array([float((x - mean) / largest) for x in level])
    found = reflections(activity, 120)
    ours = found.eci[held.held_counts > 0]
    assume(np.isfinite(ours).all())
    np.testing.assert_allclose(ours, exact / exact.std(), atol=1e-8)


@pytest.mark.parametrize("table", TABLES)
def test_order_twenty_equals_econcomplex(table: str) -> None:
    # Peers subtract nearly equal levels, so that only about seven digits of theirs are left.
    found, regions, domains = (
        reflections(activity_of(table), 20),
        expected(table, "regions"),
        expected(table, "domains"),
    )
    ours = found.eci[at(found.regions, regions["region"])]
    np.testing.assert_allclose(ours, regions["mor20_econcomplex"], rtol=0, atol=1e-6)
    # Its column for domains is the even order, turned round by ubiquity.
    level = found.domain_levels[20, at(found.domains, domains["domain"])]
    np.testing.assert_allclose(-standardised(level), domains["mor20_econcomplex"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("table", TABLES)
def test_order_twenty_on_a_scale_of_hundred_equals_econgeo(table: str) -> None:
    found, regions = reflections(activity_of(table), 20), expected(table, "regions")
    level = found.eci[at(found.regions, regions["region"])]
    scaled = 100 * (level - level.min()) / (level.max() - level.min())
    np.testing.assert_allclose(scaled, regions["mor20_econgeo"], rtol=0, atol=1e-4)


@pytest.mark.parametrize("table", TABLES)
def test_twenty_steps_counted_from_the_start_equal_datawheel_and_economiccomplexity(table: str) -> None:
    # They count k_0 as the first step and use the sample standard deviation: orders 18 and 19.
    found, regions, domains = (
        reflections(activity_of(table), 19),
        expected(table, "regions"),
        expected(table, "domains"),
    )
    assert (found.region_order, found.domain_order) == (18, 19)
    for ours, theirs in [
        (found.eci[at(found.regions, regions["region"])], [regions["eci_datawheel"], regions["reflections_ec200"]]),
        (found.pci[at(found.domains, domains["domain"])], [domains["pci_datawheel"], domains["reflections_ec200"]]),
    ]:
        for reference in theirs:
            np.testing.assert_allclose(ours * ours.std() / ours.std(ddof=1), reference, rtol=0, atol=1e-6)


@pytest.mark.parametrize("table", TABLES)
def test_the_distance_from_eci_and_pci_is_what_it_says(table: str) -> None:
    found, limit = reflections(activity_of(table), 20), measures_of(table).complexity
    both = np.isfinite(limit.eci)
    assert found.eci_correlation == pytest.approx(np.corrcoef(found.eci[both], limit.eci[both])[0, 1], abs=1e-12)
    assert found.remaining == pytest.approx((limit.lambda3 / limit.lambda2) ** 10)
    further = reflections(activity_of(table), 400)
    assert further.eci_correlation > 1 - 1e-6
    assert further.pci_correlation > 1 - 1e-6


def test_twenty_steps_are_not_enough_for_publications() -> None:
    found = reflections(activity_of("publications_asjc_2020"), 20)
    assert 0.8 < found.eci_correlation < 0.85
    others = [reflections(activity_of(table), 20).eci_correlation for table in TABLES if not table.startswith("publ")]
    assert min(others) > 0.999


@given(activities(smallest=4, unknown=False))
def test_even_orders_of_regions_and_odd_orders_of_domains_rise_with_complexity(activity: Activity) -> None:
    limit = complexity(activity)
    assume(limit.sign is not None and limit.components == 1 and limit.lambda2 - limit.lambda3 > 0.05)
    assert limit.sign is not None
    assume(limit.sign.diversity_weighted > 0.05)
    found = reflections(activity, 600)
    assert found.eci_correlation > 0.999
    assert found.pci_correlation > 0.999


def test_where_every_region_holds_the_same_nothing_differs() -> None:
    found = reflections(Activity.from_matrix("ABC", "xyz", np.ones((3, 3))), 4)
    assert np.isnan(found.eci).all()
    assert np.isnan(found.eci_correlation)
    assert (found.region_levels == 3).all()
    assert "same mix" in found.note


def test_an_order_below_one_is_refused() -> None:
    with pytest.raises(ActivityError, match="at least 1"):
        reflections(Activity.from_matrix("AB", "xy", [[2, 1], [1, 2]]), 0)


@pytest.mark.parametrize("table", TABLES)
def test_knowledge_complexity_is_near_econgeo_which_rounds_its_matrix(table: str) -> None:
    found, regions, domains = (
        knowledge_complexity(activity_of(table)),
        expected(table, "regions"),
        expected(table, "domains"),
    )
    kci, tci = found.kci[at(found.regions, regions["region"])], found.tci[at(found.domains, domains["domain"])]
    for ours, theirs, rounding in [
        (kci, regions["kci_econgeo"], 0.008 if table != "publications_asjc_2020" else 0.013),
        (tci, domains["tci_econgeo"], 0.055),
    ]:
        assert 1e-6 < difference_up_to_sign(ours, theirs) < rounding + 5e-4
        assert abs(ours.sum()) == pytest.approx(1)
        difference = min(np.abs(ours - theirs).max(), np.abs(ours + theirs).max())
        assert difference < 0.025 * np.abs(theirs).max()


@given(activities(smallest=4))
def test_knowledge_complexity_is_the_unstandardised_eigenvector(activity: Activity) -> None:
    found, limit, held = knowledge_complexity(activity), complexity(activity), presence(activity)
    kept, valued = np.isfinite(found.kci), np.isfinite(found.tci)
    assume(kept.any() and valued.any())
    part = held.present[np.ix_(kept, valued)].astype(float)
    diversity, ubiquity = part.sum(axis=1), part.sum(axis=0)
    on_regions = (part / diversity[:, None]) @ (part / ubiquity).T
    size = np.abs(found.kci[kept]).max()
    np.testing.assert_allclose(on_regions @ found.kci[kept], limit.lambda2 * found.kci[kept], atol=1e-7 * size)
    on_domains = (part / ubiquity).T @ (part / diversity[:, None])
    size = np.abs(found.tci[valued]).max()
    np.testing.assert_allclose(on_domains @ found.tci[valued], limit.lambda2 * found.tci[valued], atol=1e-7 * size)
    assert np.corrcoef(found.kci[kept], limit.eci[kept])[0, 1] > 1 - 1e-9
    assert np.corrcoef(found.tci[valued], limit.pci[valued])[0, 1] > 1 - 1e-9
