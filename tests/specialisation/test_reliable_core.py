"""Scoring by a reliable core: what the core says is complex, applied to everyone, with how much of each it covers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, complexity, presence
from hansa.specialisation.fitness import fitness
from hansa.specialisation.reliable_core import (
    Core,
    core_complexity,
    core_fitness,
    mapped_complexity,
    select_core,
)

from .reference import TABLES, activity_of, measures_of
from .strategies import activities

LARGE = {"patents_cpc_2020": 100.0, "trade_hs_2020": 1e10, "nz_employment_2013": 5000.0}
"""Smallest region total of a core, in the unit of each table."""


def _part(activity: Activity, core: Core) -> Activity:
    rows, columns = [activity.region_index(r) for r in core.regions], [activity.domain_index(i) for i in core.domains]
    return Activity(core.regions, core.domains, activity.values[np.ix_(rows, columns)])


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("reference", ["own", "core"])
def test_a_core_of_everyone_gives_the_complexity_of_the_table(table: str, reference: str) -> None:
    activity, limit = activity_of(table), measures_of(table).complexity
    found = core_complexity(activity, select_core(activity), reference=reference)  # type: ignore[arg-type]
    np.testing.assert_allclose(found.values, limit.eci, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(found.domain_values, limit.pci)
    np.testing.assert_array_equal(found.in_core, measures_of(table).presence.assessed.any(axis=1))


@pytest.mark.parametrize("table", LARGE)
def test_core_regions_keep_their_own_complexity_and_the_others_are_scored(table: str) -> None:
    activity = activity_of(table)
    core = select_core(activity, least_region_total=LARGE[table])
    found, alone = core_complexity(activity, core), complexity(_part(activity, core))
    inside = [activity.region_index(region) for region in core.regions]
    assert 20 < len(inside) < len(activity.regions)
    np.testing.assert_allclose(found.values[inside], alone.eci, rtol=0, atol=1e-9)
    outside = ~found.in_core & (activity.region_totals > 0)
    assert outside.any()
    assert np.isfinite(found.values[outside & (found.held_scored > 0)]).all()
    assert found.definition["core_least_region_total"] == LARGE[table]
    assert found.definition["reference"] == "core"


@given(activities(smallest=4), st.integers(0, 6), st.integers(1, 9))
def test_the_others_change_nothing_for_a_region_scored_against_the_core(
    activity: Activity, changed: int, factor: int
) -> None:
    chosen = list(activity.regions[:3])
    assume((activity.region_totals[:3] > 0).all())
    domains = [d for d, total in zip(activity.domains, activity.values[:3].sum(axis=0), strict=True) if total > 0]
    assume(len(domains) >= 2)
    core = select_core(activity, regions=chosen, domains=domains)
    before = core_complexity(activity, core)
    row = 3 + changed % (len(activity.regions) - 3)
    values = activity.values.copy()
    values[row] = values[row] * factor + 1
    after = core_complexity(Activity(activity.regions, activity.domains, values), core)
    others = [r for r in range(len(activity.regions)) if r != row]
    np.testing.assert_array_equal(after.values[others], before.values[others])
    np.testing.assert_array_equal(after.domain_values, before.domain_values)


@given(activities(smallest=3), st.sampled_from(["own", "core"]), st.sampled_from(["core", "scored", "none"]))
def test_scores_equal_their_definition(activity: Activity, reference: str, standardise: str) -> None:
    try:
        core = select_core(activity, regions=activity.regions[:-1], least_domain_total=5)
    except ActivityError:
        assume(False)
    found = core_complexity(activity, core, reference=reference, standardise=standardise)  # type: ignore[arg-type]
    part = _part(activity, core)
    pci = dict(zip(core.domains, complexity(part).pci, strict=True))
    inner, totals = dict(zip(core.domains, part.domain_totals, strict=True)), part.total
    held, raw = presence(activity).present, np.full(len(activity.regions), np.nan)
    for r in range(len(activity.regions)):
        known = {d: activity.known_values[r, activity.domain_index(d)] for d in core.domains}
        basket = []
        for domain, value in known.items():
            holds = value > 0 and value * totals >= sum(known.values()) * inner[domain]
            if reference == "own":
                holds = bool(held[r, activity.domain_index(domain)])
            if holds and inner[domain] > 0 and np.isfinite(pci[domain]):
                basket.append(pci[domain])
        if activity.region_totals[r] > 0:
            assert found.held_scored[r] == len(basket)
        raw[r] = np.mean(basket) if basket else np.nan
        valued = [activity.domain_index(d) for d in core.domains if np.isfinite(pci[d])]
        if activity.region_totals[r] > 0:
            share = activity.known_values[r, valued].sum() / activity.region_totals[r]
            assert found.activity_share[r] == pytest.approx(share)
        if held[r].any():
            assert found.held_share[r] == pytest.approx(held[r, valued].sum() / held[r].sum())
    base = raw[found.in_core] if standardise == "core" else raw
    base = base[np.isfinite(base)]
    assume(len(base) and (standardise == "none" or base.std() > 1e-6))
    wanted = raw if standardise == "none" else (raw - base.mean()) / base.std()
    np.testing.assert_allclose(found.values, wanted, atol=1e-9)


def test_rules_of_size_are_those_of_the_whole_table() -> None:
    activity = activity_of("patents_cpc_2020")
    held = measures_of("patents_cpc_2020").presence
    core = select_core(activity, least_region_total=100, least_domain_total=50, least_diversity=10, least_ubiquity=5)
    rows = (activity.region_totals >= 100) & (held.held_counts >= 10)
    columns = (activity.domain_totals >= 50) & (held.holder_counts >= 5)
    assert core.regions == tuple(np.array(activity.regions)[rows])
    assert core.domains == tuple(np.array(activity.domains)[columns])
    found = core_complexity(activity, core)
    assert np.isnan(found.domain_values[~columns]).all()
    assert (found.activity_share[activity.region_totals > 0] < 1).any()


@pytest.mark.parametrize("table", ["trade_sitc4_1999", "nz_employment_2001", "publications_asjc_2020"])
def test_a_core_of_everyone_gives_the_fitness_of_the_table(table: str) -> None:
    activity, limit = activity_of(table), fitness(activity_of(table))
    found = core_fitness(activity, select_core(activity))
    lasting = ~limit.vanishing & np.isfinite(limit.fitness)
    np.testing.assert_allclose(
        found.values[lasting] / limit.fitness[lasting], found.values[lasting][0] / limit.fitness[lasting][0]
    )
    np.testing.assert_array_equal(found.domain_values, limit.complexity)
    assert np.nanmean(found.values[found.in_core]) == pytest.approx(1)


def test_a_mapping_from_another_table_scores_this_one() -> None:
    earlier, later = measures_of("uk_bres_2015").complexity, activity_of("uk_bres_2018")
    pci = {d: p for d, p in zip(earlier.domains, earlier.pci.tolist(), strict=True) if np.isfinite(p)}
    pci["no such domain"] = 3.0
    found = mapped_complexity(later, pci, source="UK BRES 2015")
    own = measures_of("uk_bres_2018").complexity.eci
    assert np.corrcoef(found.values, own)[0, 1] > 0.9
    assert np.nanmean(found.values) == pytest.approx(0, abs=1e-9)
    assert found.definition["core_source"] == "UK BRES 2015"
    assert found.definition["core_ignored_labels"] == 1
    assert not found.in_core.any()
    held = presence(later).present
    raw = mapped_complexity(later, pci, source="UK BRES 2015", standardise="none")
    for row in (0, 17, 38):
        values = [pci[d] for d, holds in zip(later.domains, held[row], strict=True) if holds and d in pci]
        assert raw.values[row] == pytest.approx(np.mean(values))
        assert raw.held_scored[row] == len(values)


def test_a_region_the_core_cannot_score_is_not_given_a_number() -> None:
    table = Activity.from_matrix("ABC", "xyz", [[3, 1, 0], [1, 3, 0], [0, 0, 5]])
    found = mapped_complexity(table, {"x": 1.0, "y": -1.0}, source="test", standardise="none")
    assert found.values[:2].tolist() == [1.0, -1.0]
    assert np.isnan(found.values[2])
    assert (found.held_scored[2], found.held_share[2], found.activity_share[2]) == (0, 0, 0)


def test_refusals_say_what_to_do() -> None:
    table = Activity.from_matrix("ABC", "xyz", [[3, 1, 1], [1, 3, 0], [0, 1, 5]])
    core = select_core(table)
    for call, words in [
        (lambda: select_core(table, least_region_total=100), "at least two"),
        (lambda: select_core(table, regions=["A", "Q"]), "'Q'"),
        (lambda: core_complexity(table, core, reference="national"), '"own" or "core"'),  # type: ignore[arg-type]
        (lambda: core_complexity(table, core, standardise="z"), '"core", "scored"'),  # type: ignore[arg-type]
        (lambda: core_complexity(table, Core(("A", "Q"), ("x", "y"), core.definition)), "'Q'"),
        (lambda: mapped_complexity(table, {"x": float("nan")}, source="s"), "leave out"),
        (lambda: mapped_complexity(table, {"q": 1.0}, source="s"), "same domain labels"),
        (lambda: mapped_complexity(table, {"x": 1.0}, source="s", standardise="core"), "no core"),
    ]:
        with pytest.raises(ActivityError, match=words):
            call()
