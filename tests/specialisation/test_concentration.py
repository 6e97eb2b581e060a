"""Specialisation of regions and concentration of domains: definitions, bounds, and ten tables of references."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.specialisation import (
    Activity,
    ActivityError,
    DomainConcentration,
    RegionConcentration,
    domain_concentration,
    region_concentration,
)

from .reference import TABLES, activity_of, at, expected, long_rows
from .strategies import activities

REGION_PEERS = {
    "herfindahl": ["herfindahl_econcomplex", "herfindahl_econgeo"],
    "herfindahl_normalised": ["herfindahl_norm_econcomplex"],
    "entropy": ["entropy_bits_econcomplex"],
    "krugman": ["krugman_econcomplex", "krugman_econgeo"],
    "hoover": ["hoover_spec_econcomplex", "spec_econgeo"],
    "hachman": ["hachman_econcomplex", "hachman_econgeo"],
    "mean_location_quotient": ["lq_avg_econcomplex", "lqavg_econgeo"],
}
DOMAIN_PEERS = {
    "gini": ["gini_econcomplex"],
    "locational_gini": ["locational_gini_econcomplex", "locgini_econgeo"],
}
REGION_MEASURES = [*REGION_PEERS, "counted", "entropy_normalised", "theil", "relative_theil"]
SPREAD = ["counted", "herfindahl", "herfindahl_normalised", "entropy", "entropy_normalised", "theil", "relative_theil"]
DOMAIN_MEASURES = [*SPREAD, "gini", "locational_gini", "hoover_gini"]


@cache
def regions_of(table: str) -> RegionConcentration:
    return region_concentration(activity_of(table))


@cache
def domains_of(table: str) -> DomainConcentration:
    return domain_concentration(activity_of(table))


def unknown_kept(table: str) -> Activity:
    return Activity.from_long(*long_rows(table, keep_null=True), absent="unknown")


def spread_by_hand(shares: list[float], reference: list[float], base: float) -> dict[str, float]:
    """Evenness of shares over counted cells, written from the definitions."""
    n = len(shares)
    entropy = -sum(s * math.log(s, base) for s in shares if s > 0)
    herfindahl = sum(s**2 for s in shares)
    return {
        "counted": n,
        "herfindahl": herfindahl,
        "herfindahl_normalised": (herfindahl - 1 / n) / (1 - 1 / n) if n > 1 else math.nan,
        "entropy": entropy,
        "entropy_normalised": entropy / math.log(n, base) if n > 1 else math.nan,
        "theil": sum(s * math.log(s * n, base) for s in shares if s > 0),
        "relative_theil": sum(s * math.log(s / p, base) for s, p in zip(shares, reference, strict=True) if s > 0),
    }


def region_by_hand(activity: Activity, r: int, base: float) -> dict[str, float] | None:
    x = activity.values
    counted = [i for i in range(x.shape[1]) if not np.isnan(x[r, i]) and np.nansum(x[:, i]) > 0]
    total = sum(x[r, i] for i in counted)
    if not total > 0:
        return None
    s = [x[r, i] / total for i in counted]
    everything = sum(np.nansum(x[:, i]) for i in counted)
    mix = [np.nansum(x[:, i]) / everything for i in counted]
    krugman = sum(abs(a - b) for a, b in zip(s, mix, strict=True))
    mean = sum(a * (a / b) for a, b in zip(s, mix, strict=True))
    others = {"krugman": krugman, "hoover": krugman / 2, "hachman": 1 / mean, "mean_location_quotient": mean}
    return {**spread_by_hand(s, mix, base), **others}


def domain_by_hand(activity: Activity, i: int, base: float) -> dict[str, float] | None:
    """Gini as mean absolute difference; the locational one between quotients, weighted by the regions' sizes."""
    x = activity.values
    counted = [r for r in range(x.shape[0]) if not np.isnan(x[r, i]) and np.nansum(x[r]) > 0]
    total = sum(x[r, i] for r in counted)
    if not total > 0:
        return None
    y = [x[r, i] / total for r in counted]
    everything, n = sum(np.nansum(x[r]) for r in counted), len(counted)
    p = [np.nansum(x[r]) / everything for r in counted]
    q = [a / b for a, b in zip(y, p, strict=True)]
    pairs = [(a, b) for a in range(n) for b in range(n)]
    gini = sum(abs(y[a] - y[b]) for a, b in pairs) / (2 * n)
    locational = sum(p[a] * p[b] * abs(q[a] - q[b]) for a, b in pairs) / 4
    others = {"gini": gini, "locational_gini": locational, "hoover_gini": 2 * locational}
    return {**spread_by_hand(y, p, base), **others}


@given(activities(), st.sampled_from([2.0, math.e, 10.0]))
def test_region_measures_are_their_definitions(activity: Activity, base: float) -> None:
    found = region_concentration(activity, log_base=base)
    assert found.definition["log_base"] == base
    for r in range(len(activity.regions)):
        by_hand = region_by_hand(activity, r, base)
        for name in REGION_MEASURES:
            one = getattr(found, name)[r]
            assert one == pytest.approx(by_hand[name] if by_hand else math.nan, abs=1e-11, nan_ok=True), name


@given(activities(), st.sampled_from([2.0, math.e]))
def test_domain_measures_are_their_definitions(activity: Activity, base: float) -> None:
    found = domain_concentration(activity, log_base=base)
    for i in range(len(activity.domains)):
        by_hand = domain_by_hand(activity, i, base)
        for name in DOMAIN_MEASURES:
            one = getattr(found, name)[i]
            assert one == pytest.approx(by_hand[name] if by_hand else math.nan, abs=1e-11, nan_ok=True), name


@pytest.mark.parametrize("table", TABLES)
def test_region_measures_equal_the_references(table: str) -> None:
    theirs, ours = expected(table, "regions"), regions_of(table)
    rows = at(ours.regions, theirs["region"])
    for name, columns in REGION_PEERS.items():
        for column in columns:
            np.testing.assert_allclose(getattr(ours, name)[rows], theirs[column], rtol=1e-9, atol=1e-9, err_msg=column)
    # regions the references dropped as empty
    others = np.setdiff1d(np.arange(len(ours.regions)), rows)
    assert np.isnan(ours.entropy[others]).all()


@pytest.mark.parametrize("table", TABLES)
def test_domain_measures_equal_the_references(table: str) -> None:
    theirs, ours = expected(table, "domains"), domains_of(table)
    rows = at(ours.domains, theirs["domain"])
    for name, columns in DOMAIN_PEERS.items():
        for column in columns:
            np.testing.assert_allclose(getattr(ours, name)[rows], theirs[column], rtol=0, atol=1e-9, err_msg=column)
    np.testing.assert_array_equal(ours.hoover_gini, 2 * ours.locational_gini)
    assert np.isnan(ours.gini[np.setdiff1d(np.arange(len(ours.domains)), rows)]).all()


@pytest.mark.parametrize("table", TABLES)
def test_econgeo_rounds_entropy_and_gini_to_three_decimals(table: str) -> None:
    regions, domains = expected(table, "regions"), expected(table, "domains")
    entropy = regions_of(table).entropy[at(regions_of(table).regions, regions["region"])]
    gini = domains_of(table).gini[at(domains_of(table).domains, domains["domain"])]
    # half a unit of the third decimal; its entropy adds 1e-9 inside the logarithm before rounding
    assert np.abs(entropy - regions["entropy_econgeo"]).max() < 0.0005 + 2e-6
    assert np.abs(gini - domains["gini_econgeo"]).max() < 0.0005 + 1e-9
    np.testing.assert_array_equal(regions["entropy_econgeo"], regions["entropy_econgeo"].round(3))


@pytest.mark.parametrize("table", TABLES)
def test_the_peers_gini_counts_zeros_and_has_no_small_sample_correction(table: str) -> None:
    theirs, activity = expected(table, "domains"), activity_of(table)
    rows, n = at(activity.domains, theirs["domain"]), (activity.region_totals > 0).sum()
    corrected = domain_concentration(activity, gini_correction=True)
    assert corrected.definition["gini_correction"] == "n/(n-1)"
    np.testing.assert_allclose(corrected.gini[rows] * (n - 1) / n, theirs["gini_econcomplex"], rtol=0, atol=1e-9)
    # leaving the zeros out gives another number wherever a region has none of the domain
    some_zero = [i for i in rows if (activity.known_values[:, i] == 0).any()]
    assert some_zero
    for i in some_zero[:20]:
        values = activity.known_values[:, i]
        holders = Activity.from_matrix([str(k) for k in range((values > 0).sum())], ["x"], values[values > 0][:, None])
        assert domain_concentration(holders).gini[0] < domains_of(table).gini[i] - 1e-6


@pytest.mark.parametrize("table", TABLES)
def test_mean_location_quotient_says_no_more_than_hachman(table: str) -> None:
    theirs = expected(table, "regions")
    np.testing.assert_allclose(theirs["lq_avg_econcomplex"] * theirs["hachman_econcomplex"], 1.0, rtol=1e-9)
    np.testing.assert_allclose(regions_of(table).mean_location_quotient * regions_of(table).hachman, 1.0, rtol=1e-12)


@pytest.mark.parametrize("table", TABLES)
def test_regions_and_domains_share_one_relative_theil(table: str) -> None:
    """Weighted by size, both add up to the mutual information of region and domain."""
    activity, regions, domains = activity_of(table), regions_of(table), domains_of(table)
    over_regions = np.nansum(regions.relative_theil * activity.region_totals) / activity.total
    over_domains = np.nansum(domains.relative_theil * activity.domain_totals) / activity.total
    assert over_regions == pytest.approx(over_domains, rel=1e-9)


@given(activities())
def test_every_measure_keeps_its_bounds(activity: Activity) -> None:
    regions, domains = region_concentration(activity), domain_concentration(activity)
    for found, name, low, high in [
        (regions, "krugman", 0, 2),
        (regions, "hoover", 0, 1),
        (regions, "hachman", 0, 1),
        (regions, "mean_location_quotient", 1, math.inf),
        (domains, "gini", 0, 1),
        (domains, "locational_gini", 0, 0.5),
        (domains, "hoover_gini", 0, 1),
        *[(one, name, 0, 1) for one in (regions, domains) for name in ("herfindahl_normalised", "entropy_normalised")],
        *[(one, name, 0, math.inf) for one in (regions, domains) for name in ("entropy", "theil", "relative_theil")],
    ]:
        values = getattr(found, name)
        values = values[~np.isnan(values)]
        assert ((values >= low) & (values <= high)).all(), name
    corrected = domain_concentration(activity, gini_correction=True).gini
    assert (corrected[~np.isnan(corrected)] <= 1 + 1e-15).all()


@given(activities(), st.integers(1, 1000), st.integers(-40, 40), st.randoms(use_true_random=False))
def test_neither_the_unit_nor_the_order_matters(activity: Activity, factor: int, exponent: int, random: object) -> None:
    rows, columns = list(range(len(activity.regions))), list(range(len(activity.domains)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    random.shuffle(columns)  # type: ignore[attr-defined]
    moved = Activity(
        [activity.regions[r] for r in rows],
        [activity.domains[i] for i in columns],
        activity.values[np.ix_(rows, columns)] * factor * 2.0**exponent,
    )
    one, other = region_concentration(activity), region_concentration(moved)
    for name in REGION_MEASURES:
        np.testing.assert_allclose(getattr(other, name), getattr(one, name)[rows], rtol=1e-9, atol=1e-12)
    two, another = domain_concentration(activity), domain_concentration(moved)
    for name in DOMAIN_MEASURES:
        np.testing.assert_allclose(getattr(another, name), getattr(two, name)[columns], rtol=1e-9, atol=1e-12)


@given(activities(), st.sampled_from([0.0, math.nan]))
def test_an_empty_region_and_an_empty_domain_change_nothing_else(activity: Activity, filler: float) -> None:
    rows, columns = activity.values.shape
    values = np.full((rows + 1, columns + 1), filler)
    values[:rows, :columns] = activity.values
    larger = Activity((*activity.regions, "Z"), (*activity.domains, "Z"), values)
    for measure, names in ((region_concentration, REGION_MEASURES), (domain_concentration, DOMAIN_MEASURES)):
        one, other = measure(activity), measure(larger)
        for name in names:
            np.testing.assert_allclose(getattr(other, name)[:-1], getattr(one, name), rtol=0, atol=1e-12)
            assert np.isnan(getattr(other, name)[-1])


@given(st.lists(st.integers(1, 50), min_size=2, max_size=6), st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_regions_of_one_mix_are_not_specialised_however_different_in_size(mix: list[int], sizes: list[int]) -> None:
    activity = Activity.from_matrix(
        [f"R{k}" for k in sizes_labels(sizes)], [f"D{k}" for k in sizes_labels(mix)], np.outer(sizes, mix)
    )
    regions, domains = region_concentration(activity), domain_concentration(activity)
    for zero in (
        regions.krugman,
        regions.hoover,
        regions.relative_theil,
        domains.locational_gini,
        domains.relative_theil,
    ):
        np.testing.assert_allclose(zero, 0, atol=1e-12)
    np.testing.assert_allclose(regions.hachman, 1, atol=1e-12)


def sizes_labels(sizes: list[int]) -> range:
    return range(len(sizes))


@given(activities(unknown=False, smallest=2))
def test_moving_activity_to_the_larger_region_never_lowers_the_gini(activity: Activity) -> None:
    values = activity.values.copy()
    small, large = values[:, 0].argmin(), values[:, 0].argmax()
    values[large, 0] += values[small, 0]
    values[small, 0] = 0
    # other domains keep every region in the table
    full = [np.column_stack([table, np.ones(len(table))]) for table in (activity.values, values)]
    labels = (activity.regions, (*activity.domains, "Z"))
    before, after = (domain_concentration(Activity(*labels, table)).gini[0] for table in full)
    assert small == large or np.isnan(before) or after >= before - 1e-12


def test_unknown_cells_of_a_real_table_are_left_out_of_both_sides() -> None:
    as_zero, kept = activity_of("eurostat_sbs_2014"), unknown_kept("eurostat_sbs_2014")
    assert kept.regions == as_zero.regions
    zero, unknown = region_concentration(as_zero), region_concentration(kept)
    partly = (kept.region_coverage < 1) & (kept.region_totals > 0)
    assert partly.sum() > 100
    # shares of what is known do not ask whether the rest is zero ...
    np.testing.assert_allclose(unknown.herfindahl[partly], zero.herfindahl[partly], rtol=1e-12)
    # ... but a comparison with all regions must not count the hidden domains as absent
    assert (unknown.krugman[partly] < zero.krugman[partly]).mean() > 0.9
    np.testing.assert_array_equal(unknown.counted[partly], kept.known[partly].sum(axis=1))
    for r in np.flatnonzero(partly)[:5]:
        by_hand = region_by_hand(kept, int(r), 2.0)
        assert by_hand is not None
        assert unknown.krugman[r] == pytest.approx(by_hand["krugman"], abs=1e-12)
        assert unknown.hachman[r] == pytest.approx(by_hand["hachman"], abs=1e-12)


def test_the_result_does_not_depend_on_how_many_rows_are_worked_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    activity = activity_of("nz_employment_2001")
    one, two = region_concentration(activity), domain_concentration(activity)
    monkeypatch.setattr("hansa.specialisation.concentration._BLOCK_CELLS", 700)
    for name in REGION_MEASURES:
        assert getattr(region_concentration(activity), name).tobytes() == getattr(one, name).tobytes()
    for name in DOMAIN_MEASURES:
        assert getattr(domain_concentration(activity), name).tobytes() == getattr(two, name).tobytes()


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_very_large_and_very_small_units_change_nothing(scale: float) -> None:
    values = np.array([[3.0, 1.0, 0.0], [1.0, 3.0, 2.0]])
    plain, scaled = (Activity.from_matrix("AB", "xyz", one) for one in (values, values * scale))
    for name in REGION_MEASURES:
        ours, theirs = getattr(region_concentration(scaled), name), getattr(region_concentration(plain), name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    for name in DOMAIN_MEASURES:
        ours, theirs = getattr(domain_concentration(scaled), name), getattr(domain_concentration(plain), name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("base", [1.0, 0.5, math.nan, math.inf, -2.0])
def test_impossible_log_bases_are_refused(base: float) -> None:
    for measure in (region_concentration, domain_concentration):
        with pytest.raises(ActivityError, match="give a number above 1, usually 2"):
            measure(activity_of("uk_bres_2018"), log_base=base)


def test_tables_without_regions_or_domains_give_empty_or_undefined_results() -> None:
    no_domain, no_region = Activity((), (), np.zeros((0, 0))), Activity.from_matrix(["A"], [], np.zeros((1, 0)))
    assert region_concentration(no_domain).entropy.shape == (0,)
    assert domain_concentration(no_domain).gini.shape == (0,)
    assert np.isnan(region_concentration(no_region).krugman).tolist() == [True]


def test_results_can_not_be_written_to() -> None:
    regions, domains = regions_of("uk_bres_2018"), domains_of("uk_bres_2018")
    for found, names in ((regions, REGION_MEASURES), (domains, DOMAIN_MEASURES)):
        for name in names:
            assert not getattr(found, name).flags.writeable
