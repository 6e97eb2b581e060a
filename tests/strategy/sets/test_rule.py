"""The rule of common sets: bounded, symmetric, the same for the same input, and as its words say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.strategy.sets.rule import (
    Item,
    Relations,
    SetRule,
    binding_tags,
    common_sets,
    linked,
    overlap_of,
    similarity,
)

RULE = SetRule()
NOTHING_KNOWN = Relations(lambda _a, _b: None)
tags = st.dictionaries(
    st.tuples(st.sampled_from(["sector", "theme", "technology"]), st.sampled_from(["10", "26", "62", "bioeconomy"])),
    st.floats(0.0, 1.0),
    max_size=5,
)
worlds = st.lists(st.tuples(st.sampled_from("ABCD"), tags), min_size=1, max_size=9).map(
    lambda rows: [Item(n, region, given) for n, (region, given) in enumerate(rows)]
)


def meaning_of(items):
    random = np.random.default_rng(len(items))
    raw = random.random((len(items), len(items)))
    found = (raw + raw.T) / 2
    np.fill_diagonal(found, 1.0)
    return found


@given(worlds)
def test_similarity_is_a_symmetric_share(items):
    for meaning in (None, meaning_of(items)):
        found = similarity(items, meaning, RULE)
        assert np.allclose(found, found.T) and found.min() >= 0.0 and found.max() <= 1.0


@given(worlds)
def test_every_set_keeps_the_rule_and_repeats(items):
    meaning = meaning_of(items)
    found = common_sets(items, meaning, 4, RULE, NOTHING_KNOWN)
    assert found == common_sets(items, meaning.copy(), 4, RULE, NOTHING_KNOWN)
    by_key = {item.key: item for item in items}
    for each in found:
        keys = [key for key, _s in each.members]
        assert len({by_key[key].region for key in keys}) >= RULE.min_regions
        assert 0.0 <= each.overlap <= 1.0
    shared = [key for each in found if each.kind == "shared" for key, _s in each.members]
    assert len(shared) == len(set(shared)), "a priority is in one shared set at most"


@given(worlds, st.randoms())
def test_groups_do_not_depend_on_the_order_of_far_apart_items(items, random):
    block = np.kron(np.eye(len(items)), np.ones((2, 2)))
    order = list(range(len(block)))
    random.shuffle(order)
    groups = linked(block[np.ix_(order, order)], 0.5)
    pairs = sorted(sorted(order[n] for n in group) for group in groups)
    assert pairs == [[2 * n, 2 * n + 1] for n in range(len(items))]


def test_a_tag_that_both_confirm_weighs_more_than_one_that_is_only_proposed():
    def alike(confidence):
        items = [Item(1, "A", {("sector", "10"): 1.0}), Item(2, "B", {("sector", "10"): confidence})]
        return similarity(items, None, RULE)[0, 1]

    assert alike(1.0) == 1.0 and alike(0.4) == pytest.approx(0.4)


def test_without_a_facet_that_both_carry_meaning_alone_counts():
    items = [Item(1, "A", {("sector", "10"): 1.0}), Item(2, "B", {("theme", "bioeconomy"): 1.0})]
    meaning = np.array([[1.0, 0.7], [0.7, 1.0]])
    assert similarity(items, meaning, RULE)[0, 1] == pytest.approx(0.7)


def test_overlap_is_the_share_of_regions_weighted_by_confidence():
    members = [Item(1, "A", {("sector", "10"): 1.0}), Item(2, "B", {("sector", "10"): 0.5})]
    binding = binding_tags(members, RULE)
    assert binding == {("sector", "10"): 2}
    assert overlap_of(members, binding, [], 4) == pytest.approx((1.0 + 0.5) / 4)


def test_a_region_counts_once_with_its_surest_member():
    members = [Item(1, "A", {("sector", "10"): 0.4}), Item(2, "A", {("sector", "10"): 0.9}),
               Item(3, "B", {("sector", "10"): 1.0})]  # fmt: skip
    assert overlap_of(members, binding_tags(members, RULE), [], 2) == pytest.approx((0.9 + 1.0) / 2)


def test_two_domains_of_one_theme_complement_each_other():
    items = [Item(1, "A", {("sector", "02"): 1.0}), Item(2, "B", {("sector", "16"): 1.0})]
    relations = Relations(lambda _a, _b: None, {"bioeconomy": {"02": 1.0, "16": 1.0}})
    (found,) = common_sets(items, None, 4, RULE, relations)
    assert found.kind == "complementary" and found.overlap == 0.5
    assert found.ties == [{"theme": "bioeconomy", "strength": 1.0}]


def test_near_domains_complement_each_other_and_far_ones_do_not():
    items = [Item(1, "A", {("sector", "25"): 1.0}), Item(2, "B", {("sector", "28"): 1.0})]
    assert common_sets(items, None, 2, RULE, Relations(lambda _a, _b: 0.3)) == []
    (found,) = common_sets(items, None, 2, RULE, Relations(lambda _a, _b: 0.6))
    assert found.ties[0]["proximity"] == pytest.approx(0.6)


def test_what_has_no_domain_complements_nothing():
    items = [Item(1, "A", {("theme", "bioeconomy"): 1.0}), Item(2, "B", {("sector", "16"): 1.0})]
    relations = Relations(lambda _a, _b: 1.0, {"bioeconomy": {"16": 1.0}})
    assert common_sets(items, None, 2, RULE, relations) == []


def test_nothing_written_makes_no_sets():
    assert common_sets([], None, 4, RULE, NOTHING_KNOWN) == []
