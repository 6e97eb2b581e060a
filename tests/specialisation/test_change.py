"""Change between two years: entry and exit, growth, shift-share, change of the location quotient."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.specialisation import (
    Activity,
    ActivityError,
    Presence,
    ShiftShareParts,
    entry_exit,
    growth,
    location_quotient,
    presence,
    quotient_change,
    shift_share,
    symmetric_quotient,
)

from .reference import columns, path
from .strategies import activities

NEW_ZEALAND, KINGDOM = "nz_employment_1976_2013", "uk_bres_nuts2_sic4_2015_2018"
PANELS = [
    ("nz_employment", NEW_ZEALAND, 1981, 1991),
    ("nz_employment", NEW_ZEALAND, 1991, 2001),
    ("nz_employment", NEW_ZEALAND, 2001, 2013),
    ("citations_asjc", "citations_asjc_2017_2020", 2017, 2020),
    ("uk_bres", KINGDOM, 2015, 2018),
]
MASKS = ("entered", "left", "stayed", "absent")
PARTS = ("change", "national", "mix", "competitive")


@cache
def panel(name: str, year: int) -> Activity:
    rows = pq.read_table(path(f"{name}.parquet"))
    rows = rows.filter(pc.equal(rows["year"], year))
    labels = rows["region"].to_pylist(), rows["domain"].to_pylist()
    return Activity.from_long(*labels, rows["value"].to_numpy(zero_copy_only=False), year=year)


@st.composite
def two_years(draw: st.DrawFn, unknown: bool = True) -> tuple[Activity, Activity]:
    """Two tables whose labels partly differ and stand in any order."""
    pair = []
    for year in (2015, 2020):
        table = draw(activities(unknown=unknown, largest=5))
        rows, columns_ = (
            draw(st.permutations(range(len(table.regions)))),
            draw(st.permutations(range(len(table.domains)))),
        )
        shift = draw(st.integers(0, 2))
        regions = [f"R{r + shift}" for r in rows]
        domains = [f"D{i + shift}" for i in columns_]
        pair.append(Activity(regions, domains, table.values[np.ix_(rows, columns_)], year))
    return pair[0], pair[1]


def value(activity: Activity, region: str, domain: str) -> float:
    """A cell by label, NaN where unknown or where the table has no such label."""
    if region not in activity.regions or domain not in activity.domains:
        return math.nan
    return float(activity.values[activity.region_index(region), activity.domain_index(domain)])


def state(held: Presence, region: str, domain: str) -> bool | None:
    """Held, lacked, or undecided (None): also where the year has no such label."""
    if region not in held.regions or domain not in held.domains:
        return None
    r, i = held.regions.index(region), held.domains.index(domain)
    return bool(held.present[r, i]) if held.assessed[r, i] else None


@given(two_years(), st.sampled_from([0.5, 1.0, 2.0]))
def test_entry_and_exit_are_their_definitions(pair: tuple[Activity, Activity], threshold: float) -> None:
    earlier, later = pair
    before, after = presence(earlier, threshold), presence(later, threshold)
    found = entry_exit(earlier, later, threshold=threshold)
    assert found.definition["threshold"] == threshold
    assert (found.definition["earlier_year"], found.definition["later_year"]) == (2015, 2020)
    meaning = {(False, True): "entered", (True, False): "left", (True, True): "stayed", (False, False): "absent"}
    for r, region in enumerate(found.regions):
        for i, domain in enumerate(found.domains):
            was, became = state(before, region, domain), state(after, region, domain)
            expected = "undecided" if was is None or became is None else meaning[was, became]
            assert [name for name in (*MASKS, "undecided") if getattr(found, name)[r, i]] == [expected]


@given(two_years())
def test_counts_and_rates_add_up_over_either_axis(pair: tuple[Activity, Activity]) -> None:
    found = entry_exit(*pair)
    for side, axis, labels in ((found.by_region, 1, found.regions), (found.by_domain, 0, found.domains)):
        assert side.labels == labels
        assert np.nansum(side.entries) == found.entered.sum()
        assert np.nansum(side.exits) == found.left.sum()
        assert np.nansum(side.lacked_before) == (found.entered | found.absent).sum()
        assert np.nansum(side.held_before) == (found.left | found.stayed).sum()
        np.testing.assert_array_equal(np.isnan(side.entries), found.undecided.all(axis=axis))
        for rate, part, whole in (
            (side.entry_rate, side.entries, side.lacked_before),
            (side.exit_rate, side.exits, side.held_before),
        ):
            for one, some, all_ in zip(rate, part, whole, strict=True):
                assert one == pytest.approx(some / all_ if all_ > 0 else math.nan, nan_ok=True)
    if np.nansum(found.by_region.lacked_before):
        assert found.entry_rate == found.entered.sum() / np.nansum(found.by_region.lacked_before)
    else:
        assert np.isnan(found.entry_rate)


@given(two_years())
def test_what_was_entered_forwards_was_left_backwards(pair: tuple[Activity, Activity]) -> None:
    earlier, later = pair
    forwards = entry_exit(earlier, later)
    backwards = entry_exit(Activity(later.regions, later.domains, later.values), earlier)
    grid = np.ix_(
        [backwards.regions.index(one) for one in forwards.regions],
        [backwards.domains.index(one) for one in forwards.domains],
    )
    for name, mirrored in zip(MASKS, ("left", "entered", "stayed", "absent"), strict=True):
        np.testing.assert_array_equal(getattr(forwards, name), getattr(backwards, mirrored)[grid])


@given(two_years())
def test_labels_that_come_and_go_are_named_and_undecided(pair: tuple[Activity, Activity]) -> None:
    earlier, later = pair
    found = entry_exit(earlier, later)
    labels = found.labels
    assert set(labels.regions) == set(earlier.regions) | set(later.regions)
    assert set(labels.regions_gone) == set(earlier.regions) - set(later.regions)
    assert set(labels.regions_new) == set(later.regions) - set(earlier.regions)
    assert set(labels.domains_gone) == set(earlier.domains) - set(later.domains)
    assert set(labels.domains_new) == set(later.domains) - set(earlier.domains)
    for region in (*labels.regions_gone, *labels.regions_new):
        assert found.undecided[found.regions.index(region)].all()
        assert np.isnan(found.by_region.entries[found.regions.index(region)])
    for domain in (*labels.domains_gone, *labels.domains_new):
        assert found.undecided[:, found.domains.index(domain)].all()


@pytest.mark.parametrize(("dataset", "name", "first", "second"), PANELS)
def test_entries_of_real_panels_equal_the_reference(dataset: str, name: str, first: int, second: int) -> None:
    """The stored back-tests counted candidates and entries from other packages' RCA of the same tables."""
    rows = columns("expected/backtest_auc.csv")
    chosen = (rows["dataset"] == dataset) & (rows["t0"] == first) & (rows["t1"] == second)
    chosen &= rows["entry_rule"] == "rca<1 -> >=1"
    found = entry_exit(panel(name, first), panel(name, second))
    assert chosen.any()
    assert set(rows["candidates"][chosen]) == {np.nansum(found.by_region.lacked_before)}
    assert rows["base_rate"][chosen] == pytest.approx(found.entry_rate, abs=1e-6)  # printed with six decimals


def test_presences_decided_once_give_the_same_and_differing_ones_are_refused() -> None:
    earlier, later = panel(KINGDOM, 2015), panel(KINGDOM, 2018)
    one, other = entry_exit(earlier, later), entry_exit(presence(earlier), presence(later))
    for name in MASKS:
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
        assert not getattr(one, name).flags.writeable
    assert one.definition == other.definition
    with pytest.raises(ActivityError, match=r"decided differently .* use one definition for both"):
        entry_exit(presence(earlier, 1.0), presence(later, 1.5))


def test_years_in_the_wrong_order_are_refused() -> None:
    earlier, later = panel(KINGDOM, 2015), panel(KINGDOM, 2018)
    for measure in (entry_exit, growth, shift_share, quotient_change):
        for first, second in ((later, earlier), (later, later)):
            with pytest.raises(ActivityError, match=f"later table is of {second.year} and the earlier of 2018"):
                measure(first, second)


@given(two_years(), st.sampled_from([None, 0.5, 3]))
def test_growth_is_its_definition_and_says_why_not(pair: tuple[Activity, Activity], years: float | None) -> None:
    earlier, later = pair
    found = growth(earlier, later, years=years)
    k = years or 5
    assert found.years == found.definition["period"] == k
    cells = found.cells
    for r, region in enumerate(found.labels.regions):
        for i, domain in enumerate(found.labels.domains):
            x0, x1 = value(earlier, region, domain), value(later, region, domain)
            unknown = math.isnan(x0) or math.isnan(x1)
            reasons = (bool(cells.unknown[r, i]), bool(cells.zero_base[r, i]), bool(cells.zero_end[r, i]))
            assert reasons == (unknown, not unknown and x0 == 0, not unknown and x0 > 0 and x1 == 0)
            rate = math.nan if unknown or x0 == 0 else (x1 / x0) ** (1 / k) - 1
            assert cells.compound[r, i] == pytest.approx(rate, abs=1e-9, nan_ok=True)
            log_rate = math.nan if any(reasons) else math.log(x1 / x0) / k
            assert cells.logarithmic[r, i] == pytest.approx(log_rate, abs=1e-12, nan_ok=True)


@given(two_years())
def test_growth_of_totals_uses_only_cells_known_in_both_years(pair: tuple[Activity, Activity]) -> None:
    earlier, later = pair
    found, labels = growth(earlier, later), growth(earlier, later).labels
    known = [
        (region, domain)
        for region in labels.regions
        for domain in labels.domains
        if not math.isnan(value(earlier, region, domain) + value(later, region, domain))
    ]
    for rates, axis, names in ((found.by_region, 0, labels.regions), (found.by_domain, 1, labels.domains)):
        for at, name in enumerate(names):
            cells = [cell for cell in known if cell[axis] == name]
            x0, x1 = (sum(value(one, *cell) for cell in cells) for one in (earlier, later))
            rate = (x1 / x0) ** (1 / 5) - 1 if x0 else math.nan
            assert rates.compound[at] == pytest.approx(rate, abs=1e-9, nan_ok=True)
            assert rates.unknown[at] == (not cells)


def test_growth_of_real_panels_counts_what_has_no_rate() -> None:
    earlier, later = panel(NEW_ZEALAND, 2001), panel(NEW_ZEALAND, 2013)
    found = growth(earlier, later)
    assert found.years == 12
    assert found.cells.zero_base.sum() == (earlier.values == 0).sum() > 0
    assert found.cells.zero_end.sum() == ((earlier.values > 0) & (later.values == 0)).sum() > 0
    assert np.isnan(found.cells.compound).sum() == found.cells.zero_base.sum()
    lost = np.isnan(found.cells.logarithmic).sum() - np.isnan(found.cells.compound).sum()
    assert lost == found.cells.zero_end.sum()
    rebuilt = earlier.values * (1 + found.cells.compound) ** 12
    known = ~np.isnan(rebuilt)
    np.testing.assert_allclose(rebuilt[known], later.values[known], rtol=1e-9, atol=1e-9)


def test_the_length_of_the_period_must_be_known_and_positive() -> None:
    table = Activity.from_matrix(["A"], ["x"], [[1]])
    with pytest.raises(ActivityError, match="do not both say their year; give the length"):
        growth(table, table)
    for years in (0, -1, math.nan, math.inf):
        with pytest.raises(ActivityError, match="years long; give a positive number"):
            growth(table, table, years=years)
    assert growth(table, table, years=2).cells.compound.tolist() == [[0.0]]


@given(two_years())
def test_shift_share_is_its_definition_and_adds_up(pair: tuple[Activity, Activity]) -> None:
    earlier, later = pair
    found = shift_share(earlier, later)
    regions, domains = found.labels.regions, found.labels.domains
    cells = {
        (region, domain): (value(earlier, region, domain), value(later, region, domain))
        for region in regions
        for domain in domains
        if not math.isnan(value(earlier, region, domain) + value(later, region, domain))
    }
    base = sum(x0 for x0, _ in cells.values())
    if base == 0:
        assert not found.used.any()
        assert all(np.isnan(getattr(found.cells, part)).all() for part in PARTS)
        assert np.isnan(found.national_growth)
        return
    g = sum(x1 for _, x1 in cells.values()) / base - 1
    assert found.national_growth == pytest.approx(g, abs=1e-12)
    for i, domain in enumerate(domains):
        own = [pair_ for (_, name), pair_ in cells.items() if name == domain]
        before = sum(x0 for x0, _ in own)
        g_i = sum(x1 for _, x1 in own) / before - 1 if before else math.nan
        assert found.domain_growth[i] == pytest.approx(g_i, abs=1e-12, nan_ok=True)
        for r, region in enumerate(regions):
            assert found.used[r, i] == ((region, domain) in cells)
            if not found.used[r, i]:
                assert all(np.isnan(getattr(found.cells, part)[r, i]) for part in PARTS)
                continue
            x0, x1 = cells[region, domain]
            by_hand = (x1 - x0, x0 * g, x0 * (g_i - g) if x0 else 0, x1 - x0 - x0 * g_i if x0 else x1)
            for part, one in zip(PARTS, by_hand, strict=True):
                assert getattr(found.cells, part)[r, i] == pytest.approx(one, abs=1e-9)
    for parts in (found.cells, found.by_region, found.by_domain):
        together = parts.national + parts.mix + parts.competitive
        np.testing.assert_allclose(together, parts.change, rtol=1e-12, atol=1e-9)


def _assert_sums(parts: ShiftShareParts, cells: ShiftShareParts, axis: int) -> None:
    for name in PARTS:
        np.testing.assert_allclose(getattr(parts, name), np.nansum(getattr(cells, name), axis=axis), atol=1e-6)


@pytest.mark.parametrize(("dataset", "name", "first", "second"), PANELS)
def test_shift_share_of_real_panels_balances(dataset: str, name: str, first: int, second: int) -> None:
    earlier, later = panel(name, first), panel(name, second)
    found = shift_share(earlier, later)
    common = set(earlier.regions) & set(later.regions)
    assert found.coverage == pytest.approx(len(common) / len(found.labels.regions))
    _assert_sums(found.by_domain, found.cells, 0)
    shared = np.array([region in common for region in found.labels.regions])
    assert np.isnan(found.by_region.change[~shared]).all()
    np.testing.assert_allclose(found.by_region.change[shared], np.nansum(found.cells.change, axis=1)[shared])
    # the national effect is all of the change, the other two only move it between domains and regions
    change = np.nansum(found.cells.change)
    assert np.nansum(found.cells.national) == pytest.approx(change, rel=1e-9)
    based = ~np.isnan(found.domain_growth)
    scale = np.nansum(np.abs(found.cells.change))
    assert np.abs(found.by_domain.competitive[based]).max() < 1e-9 * scale
    assert abs(np.nansum(found.by_domain.mix) + np.nansum(found.by_domain.competitive)) < 1e-9 * scale
    kept = [earlier.region_index(region) for region in common]
    assert found.earlier_coverage == pytest.approx(earlier.values[kept].sum() / earlier.total)
    if dataset != "citations_asjc":
        assert (found.coverage, found.earlier_coverage, found.later_coverage) == (1, 1, 1)
        np.testing.assert_allclose(found.by_region.change, later.region_totals - earlier.region_totals, atol=1e-6)


def test_a_suppressed_cell_changes_neither_the_growth_of_its_domain_nor_that_of_its_region() -> None:
    before = Activity.from_matrix("AB", "xy", [[100, 50], [100, 50]])
    after = Activity.from_matrix("AB", "xy", [[110, 50], [None, 50]])
    found = shift_share(before, after)
    assert found.domain_growth.tolist() == pytest.approx([0.1, 0.0])
    assert found.national_growth == pytest.approx(10 / 200)
    assert found.by_region.change.tolist() == [10.0, 0.0]
    assert found.coverage == 0.75
    assert found.region_coverage.tolist() == [1.0, 0.5]
    assert (found.earlier_coverage, found.later_coverage) == (200 / 300, 1.0)


def test_a_domain_that_appears_is_competitive_effect() -> None:
    before = Activity.from_matrix("AB", "xy", [[100, 0], [100, 0]])
    found = shift_share(before, Activity.from_matrix("AB", "xy", [[100, 20], [100, 0]]))
    assert np.isnan(found.domain_growth).tolist() == [False, True]
    assert found.cells.competitive[:, 1].tolist() == [20.0, 0.0]
    assert found.cells.mix[:, 1].tolist() == found.cells.national[:, 1].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(found.cells.competitive[:, 0], 0, atol=1e-12)


@given(two_years(unknown=False), st.integers(1, 1000))
def test_the_unit_scales_shift_share_and_leaves_rates_alone(pair: tuple[Activity, Activity], factor: int) -> None:
    scaled = [Activity(one.regions, one.domains, one.values * factor, one.year) for one in pair]
    one, other = shift_share(*pair), shift_share(*scaled)
    for part in PARTS:
        np.testing.assert_allclose(getattr(other.cells, part), getattr(one.cells, part) * factor, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(growth(*scaled).cells.compound, growth(*pair).cells.compound, atol=1e-12)
    np.testing.assert_array_equal(entry_exit(*scaled).entered, entry_exit(*pair).entered)


@given(two_years(), st.sampled_from(["plain", "symmetric"]))
def test_quotient_change_is_later_minus_earlier(pair: tuple[Activity, Activity], form: str) -> None:
    earlier, later = pair
    found = quotient_change(earlier, later, form=form)  # type: ignore[arg-type]
    assert found.definition["form"] == form
    measure = location_quotient if form == "plain" else symmetric_quotient
    tables = [measure(one).values for one in pair]
    for r, region in enumerate(found.labels.regions):
        for i, domain in enumerate(found.labels.domains):
            both = []
            for table, one in zip(tables, pair, strict=True):
                there = not math.isnan(value(one, region, domain))
                both.append(table[one.region_index(region), one.domain_index(domain)] if there else math.nan)
            np.testing.assert_array_equal([found.earlier[r, i], found.later[r, i]], both)
            np.testing.assert_array_equal(found.values[r, i], both[1] - both[0])
    for means, axis in ((found.region_mean, 1), (found.domain_mean, 0)):
        for at, mean in enumerate(means):
            row = found.values.take(at, axis=1 - axis)
            row = row[~np.isnan(row)]
            assert mean == pytest.approx(row.mean() if row.size else math.nan, nan_ok=True)


def test_an_entry_shows_in_the_quotient_and_its_change() -> None:
    earlier, later = panel(NEW_ZEALAND, 1981), panel(NEW_ZEALAND, 1991)
    moved, turned = quotient_change(earlier, later), entry_exit(earlier, later)
    assert moved.labels == turned.labels
    assert (moved.values[turned.entered] > 0).all()
    assert (moved.values[turned.left] < 0).all()
    assert turned.entered.sum() > 0


def test_another_form_of_the_quotient_is_refused() -> None:
    with pytest.raises(ActivityError, match='choose "plain" or "symmetric"'):
        quotient_change(panel(KINGDOM, 2015), panel(KINGDOM, 2018), form="log")  # type: ignore[arg-type]


@given(two_years())
def test_same_input_same_bytes_and_nothing_is_changed(pair: tuple[Activity, Activity]) -> None:
    given_ = [one.values.tobytes() for one in pair]
    arrays = []
    for _ in range(2):
        grown, shifted, moved = growth(*pair), shift_share(*pair), quotient_change(*pair)
        arrays.append(
            [grown.cells.compound, grown.by_region.logarithmic, grown.by_domain.unknown, shifted.used]
            + [getattr(parts, name) for parts in (shifted.cells, shifted.by_region) for name in PARTS]
            + [shifted.domain_growth, shifted.region_coverage, moved.values, moved.region_mean, moved.domain_mean]
        )
    for one, other in zip(*arrays, strict=True):
        assert one.tobytes() == other.tobytes()
        assert not one.flags.writeable
    assert [one.values.tobytes() for one in pair] == given_
