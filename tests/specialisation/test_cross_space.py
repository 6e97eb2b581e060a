"""Two domain sets over the same regions: publications, patents and exports of countries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, presence, proximity, relatedness_density
from hansa.specialisation.cross_space import (
    FORMULAS,
    CrossProximity,
    Form,
    cross_density,
    cross_density_from,
    cross_proximity,
    cross_proximity_from,
)

from .reference import activity_of
from .strategies import activities

forms = pytest.mark.parametrize("form", list(FORMULAS))
SPACES = [
    ("publications_asjc_2020", "patents_cpc_2020"),
    ("publications_asjc_2020", "trade_hs_2020"),
    ("patents_cpc_2020", "trade_hs_2020"),
]


def _naive(source: Activity, target: Activity, form: Form) -> np.ndarray:
    """From the definition, pair by pair, with sets of regions."""
    first, second = presence(source), presence(target)
    judged = [{region for r, region in enumerate(held.regions) if held.assessed[r].any()} for held in (first, second)]
    common = judged[0] & judged[1]
    holders = [
        [
            {region for r, region in enumerate(held.regions) if held.present[r, i]} & common
            for i in range(len(held.domains))
        ]
        for held in (first, second)
    ]
    diversity = {region: sum(region in one for one in holders[1]) for region in common}
    values = np.full((len(source.domains), len(target.domains)), np.nan)
    for a, one in enumerate(holders[0]):
        for b, other in enumerate(holders[1]):
            if one and other:
                values[a, b] = {
                    "minimum": min(len(one & other) / len(one), len(one & other) / len(other)),
                    "conditional": len(one & other) / len(one),
                    "assist": sum(1 / diversity[region] for region in one & other) / len(one),
                }[form]
    return values


def _share_a_region(source: Activity, target: Activity) -> bool:
    return bool((presence(source).assessed.any(axis=1)[:1] & presence(target).assessed.any(axis=1)[:1]).any())


@forms
@given(source=activities(), target=activities())
def test_cross_proximity_equals_its_definition(form: Form, source: Activity, target: Activity) -> None:
    assume(_share_a_region(source, target))
    found = cross_proximity(source, target, form)
    np.testing.assert_allclose(found.values, _naive(source, target, form), rtol=1e-12, atol=0)
    defined = found.values[np.isfinite(found.values)]
    assert ((defined >= 0) & (defined <= 1 + 1e-12)).all()
    assert found.definition["form"] == form
    assert found.definition["regions_in_common"] == len(found.regions)


@given(activities())
def test_a_space_crossed_with_itself_is_its_proximity(activity: Activity) -> None:
    assume(presence(activity).present.any())
    found = cross_proximity(activity, activity)
    np.testing.assert_array_equal(found.values, proximity(activity).values)
    density = cross_density(activity, activity).values
    np.testing.assert_allclose(density, relatedness_density(activity, "include").values, rtol=0, atol=1e-12)


@given(source=activities(), target=activities())
def test_the_smaller_conditional_probability_reads_the_same_both_ways(source: Activity, target: Activity) -> None:
    assume(_share_a_region(source, target))
    one, other = cross_proximity(source, target), cross_proximity(target, source)
    np.testing.assert_array_equal(one.values, other.values.T)
    # and it is the smaller of the two conditional forms
    there, back = cross_proximity(source, target, "conditional"), cross_proximity(target, source, "conditional")
    np.testing.assert_array_equal(one.values, np.minimum(there.values, back.values.T))


@given(source=activities(), target=activities(), random=st.randoms(use_true_random=False))
def test_regions_are_matched_by_label(source: Activity, target: Activity, random: object) -> None:
    assume(_share_a_region(source, target))
    rows = list(range(len(target.regions)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    moved = Activity(tuple(target.regions[r] for r in rows), target.domains, target.values[rows])
    for form in ("minimum", "assist"):
        one, other = cross_proximity(source, target, form), cross_proximity(source, moved, form)
        np.testing.assert_allclose(other.values, one.values, rtol=1e-13, atol=0)


@pytest.mark.parametrize("unknown", ["adds nothing", "left out"])
@given(source=activities(), target=activities())
def test_cross_density_equals_its_definition_and_its_parts_add_up(
    unknown: str, source: Activity, target: Activity
) -> None:
    assume(_share_a_region(source, target))
    found, held = cross_density(source, target, unknown=unknown), presence(source)  # type: ignore[arg-type]
    near = np.nan_to_num(_naive(source, target, "minimum"))
    assert found.values.shape == (len(source.regions), len(target.domains))
    for r, region in enumerate(source.regions):
        judged = held.assessed[r] | (unknown == "adds nothing")
        for b, domain in enumerate(target.domains):
            total = near[judged, b].sum()
            explained = found.explain(region, domain)
            if total == 0 or not held.assessed[r].any():
                assert np.isnan(found.values[r, b])
                assert explained.parts == ()
                continue
            assert found.values[r, b] == pytest.approx(near[held.present[r], b].sum() / total, abs=1e-12)
            assert sum(part.contribution for part in explained.parts) == pytest.approx(found.values[r, b], abs=1e-12)
            assert {part.domain for part in explained.parts} <= set(source.domains)


def test_a_step_from_domain_to_domain_leads_somewhere() -> None:
    # Every holder of a domain holds something in the other table, so the chances of a step add up to 1.
    source, target = (activity_of(table) for table in SPACES[0])
    found = cross_proximity(source, target, "assist")
    held = np.isfinite(found.values).any(axis=1)
    np.testing.assert_allclose(np.nansum(found.values[held], axis=1), 1.0, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("one", "other"), SPACES)
def test_real_spaces_share_most_countries_and_are_told_which(one: str, other: str) -> None:
    source, target = activity_of(one), activity_of(other)
    found = cross_proximity(source, target)
    judged = [
        {activity.regions[r] for r in np.flatnonzero(activity.assessed.any(axis=1))} for activity in (source, target)
    ]
    assert set(found.regions) == judged[0] & judged[1]
    assert len(found.regions) > 0.9 * min(len(regions) for regions in judged)
    np.testing.assert_allclose(found.values, _naive(source, target, "minimum"), rtol=1e-12, atol=0)


@pytest.mark.parametrize(("one", "other"), SPACES)
def test_what_countries_hold_elsewhere_is_denser_around_what_they_hold_here(one: str, other: str) -> None:
    source, target = activity_of(one), activity_of(other)
    density, held = cross_density(source, target), presence(target)
    inside, outside = [], []
    for r, region in enumerate(held.regions):
        if region in source.regions and held.present[r].any():
            row = density.values[source.regions.index(region)]
            inside.append(np.nanmean(row[held.present[r]]))
            outside.append(np.nanmean(row[held.lacked[r]]))
    higher = np.array(inside) > np.array(outside)
    assert higher.mean() > 0.75


def test_a_region_without_data_in_the_target_still_gets_a_density() -> None:
    source, target = (activity_of(table) for table in SPACES[0])
    found = cross_density(source, target)
    only_source = [r for r, region in enumerate(source.regions) if region not in target.regions]
    assert only_source
    assert np.isfinite(found.values[only_source]).any(axis=1).all()


def test_bad_input_is_refused_in_a_sentence() -> None:
    source, target = (activity_of(table) for table in SPACES[0])
    with pytest.raises(ActivityError, match="no region with activity in common"):
        cross_proximity(source, Activity(("nowhere",), target.domains, target.values[:1]))
    with pytest.raises(ActivityError, match="choose"):
        cross_proximity(source, target, "max")  # type: ignore[arg-type]
    crossed = cross_proximity_from(presence(source), presence(target))
    assert isinstance(crossed, CrossProximity)
    with pytest.raises(ActivityError, match="other domains"):
        cross_density_from(presence(target), crossed)
