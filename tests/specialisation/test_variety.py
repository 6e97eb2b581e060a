"""Unrelated and related variety: an exact split of entropy along a classification."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, explain_variety, region_concentration, related_variety

from .reference import activity_of, at, columns, expected
from .strategies import activities


@st.composite
def classified(draw: st.DrawFn) -> tuple[Activity, dict[str, str], dict[str, str]]:
    """A table with a coarse and a fine level that nest."""
    activity = draw(activities())
    fine = {domain: f"f{draw(st.integers(0, 3))}" for domain in activity.domains}
    sections = {group: f"c{draw(st.integers(0, 2))}" for group in sorted(set(fine.values()))}
    return activity, {domain: sections[group] for domain, group in fine.items()}, fine


def entropy(shares: list[float], base: float = 2.0) -> float:
    return -sum(s * math.log(s, base) for s in shares if s > 0)


def grouped(activity: Activity, r: int, groups: dict[str, str]) -> dict[str, list[float]]:
    """Shares of the region's known activity, listed by group."""
    values = np.nan_to_num(activity.values[r])
    found: dict[str, list[float]] = {}
    for i, domain in enumerate(activity.domains):
        found.setdefault(groups[domain], []).append(values[i] / values.sum())
    return found


def test_two_domains_in_one_group_and_one_in_another() -> None:
    table = Activity.from_matrix(["R"], ["a1", "a2", "b1"], [[0.25, 0.25, 0.5]])
    found = related_variety(table, {"a1": "A", "a2": "A", "b1": "B"})
    assert (found.unrelated[0], found.related[0], found.semi_related[0], found.entropy[0]) == (1.0, 0.5, 0.0, 1.5)


@given(classified(), st.sampled_from([2.0, math.e, 10.0]))
def test_variety_is_its_definition(case: tuple[Activity, dict[str, str], dict[str, str]], base: float) -> None:
    activity, _, groups = case
    found = related_variety(activity, groups, log_base=base)
    assert (found.definition["log_base"], found.definition["levels"]) == (base, 1)
    for r in range(len(activity.regions)):
        if not np.nansum(activity.values[r]) > 0:
            assert np.isnan([found.entropy[r], found.unrelated[r], found.related[r], found.semi_related[r]]).all()
            continue
        members = grouped(activity, r, groups)
        within = sum(sum(s) * entropy([one / sum(s) for one in s], base) for s in members.values() if sum(s) > 0)
        assert found.unrelated[r] == pytest.approx(entropy([sum(s) for s in members.values()], base), abs=1e-12)
        assert found.related[r] == pytest.approx(within, abs=1e-12)
        assert found.entropy[r] == pytest.approx(entropy([one for s in members.values() for one in s], base), abs=1e-12)


@given(classified())
def test_levels_add_up_to_the_entropy(case: tuple[Activity, dict[str, str], dict[str, str]]) -> None:
    activity, coarse, fine = case
    both = related_variety(activity, [coarse, fine])
    assert both.parts.shape == (3, len(activity.regions))
    empty = np.isnan(both.entropy)
    assert (both.parts[:, ~empty] >= 0).all()
    np.testing.assert_allclose(both.parts.sum(axis=0), both.entropy, atol=1e-12)
    np.testing.assert_allclose(both.entropy, region_concentration(activity).entropy, atol=1e-12)
    # each level alone cuts the same entropy in two, at its own place
    np.testing.assert_allclose(both.unrelated, related_variety(activity, coarse).unrelated, atol=1e-12)
    np.testing.assert_allclose(both.related, related_variety(activity, fine).related, atol=1e-12)
    np.testing.assert_allclose(
        both.unrelated + both.semi_related, related_variety(activity, fine).unrelated, atol=1e-12
    )


@given(classified())
def test_joining_groups_turns_unrelated_into_related_variety(
    case: tuple[Activity, dict[str, str], dict[str, str]],
) -> None:
    activity, coarse, fine = case
    one, joined = related_variety(activity, fine), related_variety(activity, coarse)
    known = ~np.isnan(one.entropy)
    assert (joined.unrelated[known] <= one.unrelated[known] + 1e-12).all()
    assert (joined.related[known] >= one.related[known] - 1e-12).all()


@given(activities())
def test_the_extremes_of_classification(activity: Activity) -> None:
    known = ~np.isnan(related_variety(activity, dict.fromkeys(activity.domains, "all")).entropy)
    alone = related_variety(activity, {domain: domain for domain in activity.domains})
    together = related_variety(activity, dict.fromkeys(activity.domains, "all"))
    assert (alone.related[known] == 0).all()
    np.testing.assert_allclose(alone.unrelated, alone.entropy, atol=1e-12)
    np.testing.assert_allclose(together.unrelated[known], 0, atol=1e-12)
    np.testing.assert_allclose(together.related, together.entropy, atol=1e-12)


@given(classified(), st.randoms(use_true_random=False), st.integers(1, 1000))
def test_names_order_and_unit_do_not_matter(
    case: tuple[Activity, dict[str, str], dict[str, str]], random: object, factor: int
) -> None:
    activity, coarse, fine = case
    columns_ = list(range(len(activity.domains)))
    random.shuffle(columns_)  # type: ignore[attr-defined]
    values = activity.values[:, columns_] * factor
    moved = Activity(activity.regions, [activity.domains[i] for i in columns_], values)
    renamed = [{domain: f"{9 - int(group[1])}{group}" for domain, group in level.items()} for level in (coarse, fine)]
    np.testing.assert_allclose(
        related_variety(moved, renamed).parts, related_variety(activity, [coarse, fine]).parts, atol=1e-12
    )


@given(classified())
def test_the_groups_add_up_to_the_region(case: tuple[Activity, dict[str, str], dict[str, str]]) -> None:
    activity, _, groups = case
    found = related_variety(activity, groups)
    for r, region in enumerate(activity.regions):
        explained = explain_variety(activity, region, groups)
        if np.isnan(found.entropy[r]):
            assert explained.groups == ()
            assert np.isnan([explained.unrelated, explained.related]).all()
            continue
        assert explained.unrelated == pytest.approx(found.unrelated[r], abs=1e-12)
        assert explained.related == pytest.approx(found.related[r], abs=1e-12)
        shares = [one.share for one in explained.groups]
        assert sum(shares) == pytest.approx(1)
        assert shares == sorted(shares, reverse=True)
        members = grouped(activity, r, groups)
        assert {one.group for one in explained.groups} == {name for name, s in members.items() if sum(s) > 0}
        for one in explained.groups:
            inside = [s / sum(members[one.group]) for s in members[one.group]]
            assert one.within == pytest.approx(entropy(inside), abs=1e-9)
            assert one.related == pytest.approx(one.share * one.within, abs=1e-12)
            assert one.unrelated == pytest.approx(entropy([one.share]), abs=1e-12)
            assert one.domains == sum(s > 0 for s in inside)


@pytest.mark.parametrize("table", ["nz_employment_1981", "nz_employment_2001", "nz_employment_2013"])
def test_new_zealand_split_by_industry_class_adds_up_to_the_entropy_of_the_reference(table: str) -> None:
    activity, theirs, names = activity_of(table), expected(table, "regions"), columns("nz_domains.csv")
    classes = dict(zip(names["ind"], names["ind_class"], strict=True))
    found = related_variety(activity, [classes, {domain: domain[:4] for domain in classes}])
    rows = at(found.regions, theirs["region"])
    np.testing.assert_allclose(found.parts.sum(axis=0)[rows], theirs["entropy_bits_econcomplex"], rtol=0, atol=1e-9)
    for part in found.parts:
        assert (part[rows] >= 0).all()
        assert part[rows].std() > 0


@pytest.mark.parametrize("table", ["uk_bres_2015", "uk_bres_2018"])
def test_united_kingdom_split_by_segment_adds_up_to_the_entropy_of_the_reference(table: str) -> None:
    activity, theirs, names = activity_of(table), expected(table, "regions"), columns("uk_sic4_segments.csv")
    segments = dict(zip((f"{code:>04}" for code in names["domain"]), names["segment"], strict=True))
    sectors = {domain: segment.split("_")[0] for domain, segment in segments.items()}
    found = related_variety(activity, [sectors, segments])
    rows = at(found.regions, theirs["region"])
    np.testing.assert_allclose(found.parts.sum(axis=0)[rows], theirs["entropy_bits_econcomplex"], rtol=0, atol=1e-9)
    region = found.regions[0]
    explained = explain_variety(activity, region, segments)
    assert explained.related == pytest.approx(found.related[0], abs=1e-12)
    assert max(explained.groups, key=lambda one: one.related).domains > 1


def test_domains_without_a_group_are_named() -> None:
    table = Activity.from_matrix(["R"], list("abcdefgh"), [[1] * 8])
    with pytest.raises(ActivityError, match=r"leaves out the domains 'b', 'c', 'd', 'e', 'f' and 1 more; give each"):
        related_variety(table, {"a": "A"} | {"h": "A"})
    with pytest.raises(ActivityError, match="Level 2 of the groups leaves out the domains 'h'; give"):
        related_variety(table, [dict.fromkeys("abcdefgh", "A"), dict.fromkeys("abcdefg", "A")])


def test_levels_that_do_not_nest_are_refused_in_one_sentence() -> None:
    table = Activity.from_matrix(["R"], list("abc"), [[1, 1, 1]])
    coarse, fine = {"a": "A", "b": "B", "c": "B"}, {"a": "one", "b": "two", "c": "one"}
    with pytest.raises(ActivityError) as refused:
        related_variety(table, [coarse, fine])
    assert str(refused.value) == (
        "The levels 1 and 2 do not nest: group 'one' of level 2 lies in 'A' (domain 'a') and in 'B' (domain 'c'); "
        "give coarse levels first and each fine group one coarse group."
    )


@pytest.mark.parametrize("wrong", [None, "", 7])
def test_group_names_must_be_text(wrong: object) -> None:
    with pytest.raises(ActivityError, match=r"gives domain 'a' the group .*; group names must be non-empty text"):
        related_variety(Activity.from_matrix(["R"], ["a"], [[1]]), {"a": wrong})  # type: ignore[dict-item]


def test_other_impossible_input_is_refused() -> None:
    table = Activity.from_matrix(["R"], ["a"], [[1]])
    with pytest.raises(ActivityError, match="at least one mapping"):
        related_variety(table, [])
    with pytest.raises(ActivityError, match="is no mapping"):
        related_variety(table, ["A"])  # type: ignore[list-item]
    with pytest.raises(ActivityError, match="log base is 1"):
        related_variety(table, {"a": "A"}, log_base=1)
    with pytest.raises(ActivityError, match="no region 'Z'"):
        explain_variety(table, "Z", {"a": "A"})


def test_a_table_without_domains_has_no_variety() -> None:
    found = related_variety(Activity.from_matrix(["R"], [], np.zeros((1, 0))), {})
    assert np.isnan([found.entropy[0], found.unrelated[0], found.related[0]]).all()


def test_results_can_not_be_written_to() -> None:
    found = related_variety(Activity.from_matrix(["R"], ["a"], [[1]]), {"a": "A"})
    for array in (found.entropy, found.parts, found.unrelated, found.related, found.semi_related):
        assert not array.flags.writeable
