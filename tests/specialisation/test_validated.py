"""Validated links: exact tests, correction for many of them, false positives under the null, and planted blocks."""

from __future__ import annotations

from itertools import combinations
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, Presence, presence
from hansa.specialisation.densities import portfolio_density
from hansa.specialisation.results import Definition
from hansa.specialisation.validated import (
    MARGIN_ERROR,
    Null,
    configuration_probabilities,
    validated_links,
    validated_links_from,
)

from .reference import TABLES, activity_of, long_rows
from .strategies import activities, labels

nulls = pytest.mark.parametrize("null", ["hypergeometric", "configuration"])


def _presence(held: np.ndarray, known: np.ndarray | None = None) -> Presence:
    known = np.ones(held.shape, dtype=bool) if known is None else known
    return Presence(
        regions=tuple(labels("R", held.shape[0])),
        domains=tuple(labels("D", held.shape[1])),
        present=held & known,
        assessed=known,
        definition=Definition.of(measure="presence"),
    )


@st.composite
def holdings(draw: st.DrawFn, unknown: bool = True) -> Presence:
    shape = draw(st.integers(2, 7)), draw(st.integers(2, 6))
    cells = st.sampled_from([(True, True), (False, True), *([(False, False)] if unknown else [])])
    drawn = draw(st.lists(cells, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    held, known = (np.array([cell[side] for cell in drawn]).reshape(shape) for side in (0, 1))
    return _presence(held, known)


def _draws_with_at_least(count: int, regions: int, one: int, other: int) -> float:
    """Counted: ways to place the holders of one domain so that at least `count` also hold the other."""
    ways = sum(comb(one, x) * comb(regions - one, other - x) for x in range(count, min(one, other) + 1))
    return ways / comb(regions, other)


@given(holdings())
def test_the_hypergeometric_p_value_counts_all_ways_to_place_the_holders(held: Presence) -> None:
    found = validated_links_from(held)
    for i, j in combinations(range(len(held.domains)), 2):
        both = held.assessed[:, i] & held.assessed[:, j]
        one, other = held.present[both, i], held.present[both, j]
        if not held.present[:, i].any() or not held.present[:, j].any() or not both.any():
            assert np.isnan(found.p_values[i, j])
            continue
        naive = _draws_with_at_least(int((one & other).sum()), int(both.sum()), int(one.sum()), int(other.sum()))
        assert found.p_values[i, j] == pytest.approx(naive, rel=1e-10)
        assert found.co_occurrence[i, j] == (one & other).sum()


@given(holdings())
def test_the_configuration_p_value_adds_up_all_outcomes(held: Presence) -> None:
    chances = np.nan_to_num(configuration_probabilities(held))
    found = validated_links_from(held, "configuration")
    for i, j in combinations(range(len(held.domains)), 2):
        if np.isnan(found.p_values[i, j]):
            continue
        together = chances[:, i] * chances[:, j]
        naive = 0.0
        for outcome in np.ndindex(*(2,) * len(together)):
            if sum(outcome) >= found.co_occurrence[i, j]:
                naive += prod(p if happened else 1 - p for p, happened in zip(together, outcome, strict=True))
        assert found.p_values[i, j] == pytest.approx(naive, rel=1e-9, abs=1e-12)
        variance = float((together * (1 - together)).sum())
        if variance > 1e-6:
            z = (found.co_occurrence[i, j] - together.sum()) / variance**0.5
            assert found.z_scores[i, j] == pytest.approx(z, abs=1e-6)


@given(holdings())
def test_configuration_probabilities_reproduce_diversity_and_ubiquity(held: Presence) -> None:
    chances = configuration_probabilities(held)
    np.testing.assert_array_equal(np.isnan(chances), ~held.assessed)
    np.testing.assert_allclose(np.nansum(chances, axis=1), held.held_counts, rtol=0, atol=2 * MARGIN_ERROR)
    np.testing.assert_allclose(np.nansum(chances, axis=0), held.holder_counts, rtol=0, atol=2 * MARGIN_ERROR)
    assert np.nanmin(chances, initial=0.0) >= 0.0
    assert np.nanmax(chances, initial=0.0) <= 1.0


@pytest.mark.parametrize("table", TABLES)
def test_configuration_probabilities_of_real_tables(table: str) -> None:
    held = presence(activity_of(table))
    chances = configuration_probabilities(held)
    np.testing.assert_allclose(np.nansum(chances, axis=1), held.held_counts, rtol=0, atol=2 * MARGIN_ERROR)
    np.testing.assert_allclose(np.nansum(chances, axis=0), held.holder_counts, rtol=0, atol=2 * MARGIN_ERROR)
    # x_r y_i / (1 + x_r y_i): the log odds are the sum of a region and a domain effect
    rows, columns = held.held_counts.argsort()[-30:-10:5], held.holder_counts.argsort()[-30:-10:5]
    inner = chances[np.ix_(rows, columns)]
    odds = np.log(inner / (1 - inner))
    np.testing.assert_allclose(odds - odds[:1] - odds[:, :1] + odds[0, 0], 0.0, rtol=0, atol=1e-6)


@nulls
def test_p_values_of_a_real_table_equal_an_independent_simulation(null: Null) -> None:
    held = presence(activity_of("nz_employment_2001"))
    found = validated_links_from(held, null)
    generator = np.random.default_rng(20)
    kept = np.flatnonzero(held.holder_counts > 0)[:12]
    chances, runs = np.nan_to_num(configuration_probabilities(held))[:, kept], 4000
    rows = held.assessed.any(axis=1)
    present = held.present[np.ix_(rows, kept)]
    reached = np.zeros((12, 12))
    for _ in range(runs):
        if null == "hypergeometric":
            drawn = generator.permuted(present, axis=0).astype(float)
        else:
            drawn = (generator.random(chances.shape) < chances).astype(float)
        reached += drawn.T @ drawn >= found.co_occurrence[np.ix_(kept, kept)]
    one, other = np.triu_indices(12, 1)
    p = found.p_values[kept[one], kept[other]]
    error = np.sqrt(p * (1 - p) / runs) + 1 / runs
    assert (np.abs(reached[one, other] / runs - p) < 4.5 * error).all()


@nulls
def test_tiny_p_values_keep_their_digits(null: Null) -> None:
    # Two domains held by the same 50 of 150 regions; far beyond what 1 minus a cumulative sum could resolve.
    held = np.zeros((150, 6), dtype=bool)
    held[:50, :2] = True
    for column in range(2, 6):
        held[25 * column : 25 * column + 50, column] = True
    found = validated_links_from(_presence(held), null)
    if null == "hypergeometric":
        assert found.p_values[0, 1] == pytest.approx(1 / comb(150, 50), rel=1e-9)
    else:
        chances = configuration_probabilities(_presence(held))
        together = [float(p) for p in chances[:, 0] * chances[:, 1]]
        tail = [1.0] + [0.0] * 150
        for p in together:
            tail = [tail[0] * (1 - p)] + [tail[x] * (1 - p) + tail[x - 1] * p for x in range(1, 151)]
        assert found.p_values[0, 1] == pytest.approx(sum(sorted(tail[50:])), rel=1e-9)
    assert 0 < found.p_values[0, 1] < 1e-10


def _benjamini_hochberg(p_values: list[float], level: float) -> set[int]:
    """Largest rank n with p_(n) <= n/m level; everything up to it."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    passing = [n for n, index in enumerate(order, start=1) if p_values[index] <= n / len(p_values) * level]
    return set() if not passing else {i for i, p in enumerate(p_values) if p <= p_values[order[max(passing) - 1]]}


@nulls
@given(held=holdings(), level=st.sampled_from([0.0497, 0.2983, 0.7071]))
def test_corrections_equal_their_definitions(null: Null, held: Presence, level: float) -> None:
    tested = np.flatnonzero(held.holder_counts > 0)
    pairs = [(i, j) for i, j in combinations(tested, 2) if (held.assessed[:, i] & held.assessed[:, j]).any()]
    for correction in ("bonferroni", "benjamini-hochberg"):
        found = validated_links_from(held, null, correction, level)  # type: ignore[arg-type]
        p = [float(found.p_values[pair]) for pair in pairs]
        assert found.tests == len(pairs) == found.definition["tests"]
        if correction == "bonferroni":
            wanted = {n for n, one in enumerate(p) if one <= level / len(pairs)}
        else:
            wanted = _benjamini_hochberg(p, level)
        assert {n for n, pair in enumerate(pairs) if found.validated[pair]} == wanted
        np.testing.assert_array_equal(found.validated, found.validated.T)
        assert len(found.links) == len(wanted)
        assert [link.p_value for link in found.links] == sorted(link.p_value for link in found.links)


def _share_below(found: list[np.ndarray], level: float) -> float:
    return float(np.mean([(p[np.isfinite(p)] <= level).mean() for p in found]))


def test_under_the_hypergeometric_null_false_positives_stay_below_the_level() -> None:
    generator = np.random.default_rng(1)
    shape, runs = (60, 25), 200
    first = np.arange(shape[0])[:, None] < generator.integers(3, 30, shape[1])
    p_values, any_found, shares = [], 0, []
    for _ in range(runs):
        held = _presence(generator.permuted(first, axis=0))
        found = validated_links_from(held)
        p_values.append(found.p_values)
        any_found += bool(found.validated.any())
        shares.append(bool(validated_links_from(held, correction="benjamini-hochberg").validated.any()))
    for level in (0.01, 0.05, 0.2):
        share = _share_below(p_values, level)
        assert share <= level * 1.02
        assert share > level / 3  # the test is discrete, not idle
    # At most 5 % of the runs may validate anything; three standard errors above that is luck running out.
    allowed = 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5
    assert any_found / runs <= allowed
    assert float(np.mean(shares)) <= allowed


def test_diverse_regions_fool_the_hypergeometric_null_and_not_the_configuration_model() -> None:
    # Nothing but diversity and ubiquity in these tables: every validated link is false.
    generator = np.random.default_rng(2)
    strength = np.exp(generator.normal(0, 1.6, 80))[:, None] * np.exp(generator.normal(-1, 0.8, 30))
    chances, runs = strength / (1 + strength), 60
    false, p_values = {"hypergeometric": 0, "configuration": 0}, []
    for _ in range(runs):
        held = _presence(generator.random(chances.shape) < chances)
        for null in false:
            found = validated_links_from(held, null)  # type: ignore[arg-type]
            false[null] += bool(found.validated.any())
        p_values.append(found.p_values)
    assert false["hypergeometric"] / runs > 0.9
    assert false["configuration"] / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5
    assert _share_below(p_values, 0.05) <= 0.05 * 1.05


@nulls
@pytest.mark.parametrize("correction", ["bonferroni", "benjamini-hochberg"])
def test_planted_blocks_are_found(null: Null, correction: str) -> None:
    generator = np.random.default_rng(3)
    regions, blocks, size = 160, 8, 6
    block_of_region, block_of_domain = np.arange(regions) % blocks, np.repeat(np.arange(blocks), size)
    same = block_of_region[:, None] == block_of_domain
    held = _presence(generator.random(same.shape) < np.where(same, 0.95, 0.04))
    found = validated_links_from(held, null, correction)  # type: ignore[arg-type]
    planted = (block_of_domain[:, None] == block_of_domain) & ~np.eye(len(block_of_domain), dtype=bool)
    assert found.validated[planted].mean() > 0.95
    assert found.validated[~planted].mean() < 0.01
    # the links can be used as a relatedness: a region of a block is dense around the block's domains only
    density = portfolio_density_of(held, found)
    inside = np.nanmean(density[same])
    assert inside > 3 * np.nanmean(density[~same])


def portfolio_density_of(held: Presence, links: object) -> np.ndarray:
    from hansa.specialisation.densities import portfolio_density_from

    return portfolio_density_from(held, links).values  # type: ignore[arg-type]


def test_unknown_cells_neither_make_nor_unmake_a_link() -> None:
    # Suppressed cells come in the same small regions for both domains; read as zero they look like co-absence.
    generator = np.random.default_rng(4)
    held = generator.random((90, 2)) < 0.5
    known = np.ones(held.shape, dtype=bool)
    known[40:] = False
    third = np.ones((90, 1), dtype=bool)
    with_unknown = _presence(np.hstack([held, third]), np.hstack([known, third]))
    read_as_zero = _presence(np.hstack([held & known, third]))
    alone = _presence(np.hstack([held, third])[:40])
    apart, as_zero, only_known = (
        validated_links_from(one).p_values[0, 1] for one in (with_unknown, read_as_zero, alone)
    )
    assert apart == only_known
    assert as_zero < 0.05 < apart
    apart, only_known = (validated_links_from(one, "configuration").p_values[0, 1] for one in (with_unknown, alone))
    assert apart == pytest.approx(only_known, rel=1e-6)


@nulls
@given(activity=activities(), random=st.randoms(use_true_random=False))
def test_links_ignore_order_scale_and_empty_regions_and_domains(null: Null, activity: Activity, random: object) -> None:
    rows, columns = list(range(len(activity.regions))), list(range(len(activity.domains)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    random.shuffle(columns)  # type: ignore[attr-defined]
    values = np.zeros((len(rows) + 1, len(columns) + 1))
    values[:-1, :-1] = activity.values[np.ix_(rows, columns)] * 4
    moved = Activity(
        (*(activity.regions[r] for r in rows), "empty"), (*(activity.domains[i] for i in columns), "empty"), values
    )
    one, other = validated_links(activity, null, level=0.5), validated_links(moved, null, level=0.5)
    grid = np.ix_(columns, columns)
    np.testing.assert_allclose(other.p_values[:-1, :-1], one.p_values[grid], rtol=1e-5, atol=1e-12)
    assert np.isnan(other.p_values[-1]).all()
    assert one.tests == other.tests


def test_real_tables_keep_few_links_once_diversity_is_accounted_for() -> None:
    for table in ("publications_asjc_2020", "trade_sitc4_1999"):
        links = {
            null: len(validated_links(activity_of(table), null).links) for null in ("hypergeometric", "configuration")
        }  # type: ignore[arg-type]
        assert links["hypergeometric"] > 20 * links["configuration"] > 0


def test_suppressed_cells_of_a_real_table_are_kept_apart() -> None:
    activity = Activity.from_long(*long_rows("eurostat_sbs_2014", keep_null=True))
    assert not activity.known.all()
    apart, as_zero = validated_links(activity), validated_links(activity_of("eurostat_sbs_2014"))
    assert apart.tests == as_zero.tests
    assert len(apart.links) < len(as_zero.links)


@nulls
def test_links_work_as_a_relatedness_and_results_are_the_same_again(null: Null) -> None:
    activity = activity_of("eurostat_sbs_2014")
    one, other = (validated_links(activity, null, "benjamini-hochberg") for _ in range(2))
    assert one.p_values.tobytes() == other.p_values.tobytes()
    assert one.links == other.links
    assert one.links
    first = one.links[0]
    row = activity.domain_index(first.domain_a)
    assert one.values[row, activity.domain_index(first.domain_b)] == 1.0
    density = portfolio_density(activity, one)
    linked = one.validated.any(axis=1)
    assert np.isfinite(density.values[:, linked]).all()
    assert np.isnan(density.values[:, ~linked]).all()
    with pytest.raises(ValueError, match="read-only"):
        one.p_values[0, 1] = 0.0


def test_a_table_without_two_held_domains_has_no_test() -> None:
    for values in ([[0.0, 0.0]], [[3.0, 0.0]]):
        for null in ("hypergeometric", "configuration"):
            found = validated_links(Activity.from_matrix("A", "xy", values), null)  # type: ignore[arg-type]
            assert (found.tests, found.links) == (0, ())
            assert np.isnan(found.p_values).all()


def test_bad_input_is_refused_in_a_sentence() -> None:
    activity = activity_of("nz_employment_2001")
    wrong_choices = [("null", {"null": "random"}), ("correction", {"correction": "none"}), ("level", {"level": 1.5})]
    for word, wrong in wrong_choices:
        with pytest.raises(ActivityError, match=word):
            validated_links(activity, **wrong)  # type: ignore[arg-type]
