"""Opportunities: additive score, stated order, unknown kept out, partners explained."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given

from hansa.specialisation import Activity, ActivityError, ScoreWeights, measures, opportunities

from .reference import activity_of, measures_of
from .strategies import activities


@given(activities())
def test_the_score_is_the_sum_of_its_parts_and_orders_the_list(activity: Activity) -> None:
    found = measures(activity)
    for r, region in enumerate(activity.regions):
        partners = [label for label in activity.regions if label != region][:2]
        ranked = found.opportunities(region, partners).ranked
        lacked = [activity.domains[i] for i in np.flatnonzero(found.presence.lacked[r])]
        assert sorted(one.domain for one in ranked) == lacked
        assert [one.rank for one in ranked] == list(range(1, len(ranked) + 1))
        scores = [one.score for one in ranked if not math.isnan(one.score)]
        assert scores == sorted(scores, reverse=True)
        assert all(math.isnan(one.score) for one in ranked[len(scores) :])
        for one in ranked:
            total = one.density_part + one.complexity_part + one.partner_part
            assert one.score == pytest.approx(total, abs=1e-11, nan_ok=True)
            assert one.location_quotient < 1


def test_figures_of_an_opportunity_are_those_of_the_measures() -> None:
    found, activity = measures_of("nz_employment_2013"), activity_of("nz_employment_2013")
    region, partner = activity.regions[0], activity.regions[1]
    listed = found.opportunities(region, [partner])
    gains = {gain.domain: gain.added for gain in found.complementarity.pair(region, partner).gains}
    held = found.presence.present[activity.region_index(partner)]
    assert len(listed.ranked) == len(gains)
    for one in listed.ranked:
        column = activity.domain_index(one.domain)
        assert one.density == found.density.values[0, column]
        assert one.pci == found.complexity.pci[column]
        assert one.location_quotient == found.location_quotient.values[0, column]
        assert one.added_density == pytest.approx(gains[one.domain], abs=1e-12)
        assert [(part.partner, part.holds) for part in one.partners] == [(partner, bool(held[column]))]
    best = listed.ranked[0]
    rank_of_density = sum(one.density < best.density for one in listed.ranked)
    ties = sum(one.density == best.density for one in listed.ranked)
    assert best.density_part == pytest.approx((rank_of_density + ties / 2) / len(listed.ranked), abs=1e-12)


def test_two_partners_with_the_same_domains_add_no_more_than_one() -> None:
    activity = activity_of("nz_employment_2013")
    values = np.vstack([activity.values, activity.values[3]])
    twin = measures(Activity((*activity.regions, "twin"), activity.domains, values))
    one = twin.opportunities(activity.regions[0], [activity.regions[3]])
    both = twin.opportunities(activity.regions[0], [activity.regions[3], "twin"])
    assert [item.added_density for item in both.ranked] == [item.added_density for item in one.ranked]
    assert both.partners == (activity.regions[3], "twin")


def test_without_partners_nothing_is_added() -> None:
    listed = measures_of("uk_bres_2018").opportunities("UKC1")
    assert {one.partner_part for one in listed.ranked} == {0.0}
    assert all(one.partners == () for one in listed.ranked)


def test_weights_scale_their_part_and_are_recorded() -> None:
    activity = activity_of("uk_bres_2018")
    plain = {one.domain: one for one in opportunities(activity, "UKC1", ["UKC2"]).ranked}
    weighted = opportunities(activity, "UKC1", ["UKC2"], weights=ScoreWeights(density=2.0, complexity=0.0))
    assert weighted.definition["density_weight"] == 2.0
    for one in weighted.ranked:
        assert one.density_part == pytest.approx(2 * plain[one.domain].density_part)
        assert one.complexity_part == 0.0
        assert one.partner_part == plain[one.domain].partner_part


@given(activities())
def test_a_product_multiplies_feasibility_value_and_what_partners_add(activity: Activity) -> None:
    found = measures(activity)
    weights = ScoreWeights(density=2.0, complexity=0.5, combine="product")
    for region in activity.regions:
        partners = [label for label in activity.regions if label != region][:2]
        for named in ([], partners):
            ranked = found.opportunities(region, named, weights=weights).ranked
            added = {one.domain: one for one in found.opportunities(region, named).ranked}
            scores = [one.score for one in ranked if not math.isnan(one.score)]
            assert scores == sorted(scores, reverse=True)
            for one in ranked:
                total = one.density_part * one.complexity_part * one.partner_part
                assert one.score == pytest.approx(total, abs=1e-11, nan_ok=True)
                assert one.density_part == pytest.approx(added[one.domain].density_part ** 2, nan_ok=True)
                assert one.complexity_part == pytest.approx(added[one.domain].complexity_part ** 0.5, nan_ok=True)
                if not named:
                    assert one.partner_part == 1.0


def test_impossible_requests_are_refused() -> None:
    activity = activity_of("uk_bres_2018")
    with pytest.raises(ActivityError, match="no region 'UKX9'"):
        opportunities(activity, "UKX9")
    with pytest.raises(ActivityError, match="'UKC1' is named as its own partner"):
        opportunities(activity, "UKC1", ["UKC2", "UKC1"])
    with pytest.raises(ActivityError, match="weight of density is -1"):
        ScoreWeights(density=-1)
    with pytest.raises(ActivityError, match="combined by 'mean'"):
        ScoreWeights(combine="mean")  # type: ignore[arg-type]
