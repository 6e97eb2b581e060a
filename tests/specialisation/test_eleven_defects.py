"""Eleven disagreements and defects found in six other packages, each shown absent here.

Where a preset reproduces the behaviour, the test shows it there too: so the check is known to notice it.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr

from hansa.specialisation import (
    Activity,
    ActivityError,
    complexity,
    complexity_by_component,
    location_quotient,
    measures,
    nearest_density,
    portfolio_density,
    presence,
    proximity,
    region_concentration,
    relatedness_density,
    relatedness_index,
)
from hansa.specialisation.economic_complexity import complexity_from
from hansa.specialisation.fitness import fitness, stable_fitness
from hansa.specialisation.presets import reproduce
from hansa.specialisation.reflections import knowledge_complexity, reflections

from .reference import TABLES, activity_of, columns, long_rows, measures_of

NESTED = [[4, 0, 0, 2, 1], [4, 3, 2, 2, 2], [4, 0, 2, 3, 2], [4, 4, 4, 2, 4]]


def _table(values: object) -> Activity:
    numbers = np.array(values, dtype=float)
    return Activity.from_matrix(
        [f"R{r}" for r in range(numbers.shape[0])], [f"D{i}" for i in range(numbers.shape[1])], numbers
    )


def _left_over(table: str, vector: np.ndarray, eigenvalue: float) -> float:
    """How far a vector of regions is from being an eigenvector, relative to its size."""
    held = measures_of(table).presence
    kept = np.isfinite(vector)
    part = held.present[kept][:, held.holder_counts > 0].astype(float)
    transition = (part / part.sum(axis=1)[:, None]) @ (part / part.sum(axis=0)).T
    rest = transition @ vector[kept] - eigenvalue * vector[kept]
    return float(np.abs(rest - rest.mean()).max() / np.abs(vector[kept]).max())


@pytest.mark.parametrize("table", TABLES)
def test_1_the_transition_matrix_is_not_rounded(table: str) -> None:
    found, activity = measures_of(table).complexity, activity_of(table)
    assert _left_over(table, found.eci, found.lambda2) < 1e-12
    assert _left_over(table, knowledge_complexity(activity).kci, found.lambda2) < 1e-12
    assert _left_over(table, reproduce(activity, "EconGeo", ["eci"])["eci"], found.lambda2) > 1e-6


def test_2_the_sign_of_eci_agrees_with_the_published_ranking_of_publications() -> None:
    rows = columns("expected/oec_published_eci_research.csv")
    year = rows["year"] == 2020
    published = {
        str(key)[-3:].upper(): float(eci) for key, eci in zip(rows["oec_id"][year], rows["eci"][year], strict=True)
    }
    activity, found = activity_of("publications_asjc_2020"), measures_of("publications_asjc_2020").complexity
    shared = [r for r, region in enumerate(found.regions) if region.upper() in published and np.isfinite(found.eci[r])]
    theirs = [published[found.regions[r].upper()] for r in shared]
    assert spearmanr(found.eci[shared], theirs).statistic > 0.55
    for name in ("ecomplexity", "econcomplex", "fermi-cref"):
        assert spearmanr(reproduce(activity, name, ["eci"])["eci"][shared], theirs).statistic < -0.55


def test_2_a_sign_that_one_region_can_turn_is_reported_as_not_firm() -> None:
    activity, found = activity_of("nz_employment_2013"), measures_of("nz_employment_2013").complexity
    assert found.sign is not None
    assert not found.sign.firm
    assert "uncertain" in found.sign.explanation
    assert found.sign.diversity < found.sign.noise
    turned = []
    for r in range(len(activity.regions)):
        rest = [row for row in range(len(activity.regions)) if row != r]
        part = Activity([activity.regions[row] for row in rest], activity.domains, activity.values[rest])
        others = reproduce(part, "ecomplexity", ["eci"])["eci"]
        both = np.isfinite(others) & np.isfinite(found.eci[rest])
        if np.corrcoef(others[both], found.eci[rest][both])[0, 1] < 0:
            turned.append(r)
            own = complexity(part).sign
            assert own is not None
            assert not own.firm
    assert len(turned) == 2  # with the plain correlation, either of two regions turns all others round


@pytest.mark.parametrize("table", ["eurostat_sbs_2014", "uk_bres_2015", "uk_bres_2018"])
def test_3_one_sign_orients_pci_together_with_eci(table: str) -> None:
    activity, held = activity_of(table), measures_of(table).presence

    def agreement(eci: np.ndarray, pci: np.ndarray) -> float:
        kept = np.isfinite(eci)
        baskets = held.present[kept] @ np.nan_to_num(pci) / held.held_counts[kept]
        return float(np.corrcoef(baskets, eci[kept])[0, 1])

    found = measures_of(table).complexity
    assert agreement(found.eci, found.pci) > 0.999
    assert found.sign is not None
    assert found.sign.ubiquity > 0  # PCI rises with ubiquity here, which is said and not hidden by a second sign
    assert not found.sign.firm
    for name in ("econcomplex", "EconGeo"):
        theirs = reproduce(activity, name, ["eci", "pci"])
        assert agreement(theirs["eci"], theirs["pci"]) < -0.99


def test_4_reflections_say_how_far_they_are_from_their_limit() -> None:
    for table in TABLES:
        found = reflections(activity_of(table), 20)
        assert (found.eci_correlation > 0.999) is (table != "publications_asjc_2020")
        assert 0 < found.remaining < 0.05
    stopped = reproduce(activity_of("publications_asjc_2020"), "economic-complexity", ["eci"])
    assert abs(stopped.eci_correlation) < 0.7
    assert reflections(activity_of("publications_asjc_2020"), 400).eci_correlation > 1 - 1e-6


def test_4_reflections_of_domains_are_read_where_they_rise_with_complexity() -> None:
    even = []
    for table in TABLES:
        found, limit = reflections(activity_of(table), 20), measures_of(table).complexity
        assert (found.region_order % 2, found.domain_order % 2) == (0, 1)
        assert found.eci_correlation > 0
        assert found.pci_correlation > 0.75
        theirs = reproduce(activity_of(table), "EconGeo", ["pci_reflections"])["pci_reflections"]
        ubiquity = measures_of(table).ubiquity.values
        both = np.isfinite(theirs) & np.isfinite(limit.pci)
        even.append(np.sign(np.corrcoef(theirs[both], limit.pci[both])[0, 1]))
        assert np.corrcoef(theirs[both], ubiquity[both])[0, 1] > 0
    assert set(even) == {-1, 1}  # an even order follows ubiquity, whichever way complexity runs


@pytest.mark.parametrize("table", ["eurostat_sbs_2014", "trade_sitc4_1999"])
def test_5_the_diagonal_of_proximity_is_a_recorded_switch(table: str) -> None:
    activity, held = activity_of(table), measures_of(table).presence
    without, with_it = relatedness_density(activity), relatedness_density(activity, "include")
    assert (without.definition["diagonal"], with_it.definition["diagonal"]) == ("exclude", "include")
    apart = with_it.values - without.values
    assert np.nanmax(np.abs(apart)) > 0.05
    assert np.nanmin(apart[held.present]) > 0  # only what is held already gains by it
    assert np.nanmax(apart[held.lacked]) < 0


@pytest.mark.parametrize("table", TABLES)
def test_6_fitness_is_the_limit_whatever_the_update_and_says_when_it_is_not(table: str) -> None:
    activity = activity_of(table)
    limit = fitness(activity)
    assert limit.converged
    held = np.isfinite(limit.fitness)
    np.testing.assert_array_equal(held, measures_of(table).presence.held_counts > 0)
    stopped = [fitness(activity, iterations=20, update=update) for update in ("new", "old")]
    for one in stopped:
        assert one.iterations == 20
        assert one.converged is (one.change <= 1e-10)
        assert one.converged is (table.startswith("uk_bres") and one.definition["update"] == "new")
        assert bool(np.abs(one.fitness - limit.fitness)[held].max() < 1e-10) is one.converged
    if table != "patents_cpc_2020":  # there both updates creep for thousands of steps
        far = [fitness(activity, iterations=1500, update=update).fitness[held] for update in ("new", "old")]
        for one in far:
            np.testing.assert_allclose(one, limit.fitness[held], rtol=0, atol=1e-9)


def test_6_patents_have_a_fitness_and_name_the_regions_whose_fitness_vanishes() -> None:
    activity, held = activity_of("patents_cpc_2020"), measures_of("patents_cpc_2020").presence
    found = fitness(activity)
    assert np.isfinite(found.fitness[held.held_counts > 0]).all()
    assert np.isfinite(found.complexity[held.holder_counts > 0]).all()
    assert found.vanishing_count > 50
    assert "tends to zero" in found.note
    assert (stable_fitness(activity).fitness[held.held_counts > 0] > 0).all()


@pytest.mark.parametrize("index", ["prob", "association", "cosine", "jaccard"])
def test_7_relatedness_of_one_name_says_which_totals_it_is_made_of(index: str) -> None:
    activity = activity_of("uk_bres_2018")
    one = relatedness_index(activity, index, totals="co-occurrence")  # type: ignore[arg-type]
    other = relatedness_index(activity, index, totals="occurrence")  # type: ignore[arg-type]
    assert (one.definition["totals"], other.definition["totals"]) == ("co-occurrence", "occurrence")
    off = ~np.eye(len(activity.domains), dtype=bool) & np.isfinite(one.values) & np.isfinite(other.values)
    assert np.abs(one.values - other.values)[off].max() > 0.1


@pytest.mark.parametrize("table", ["uk_bres_2018", "patents_cpc_2020"])
def test_7_nothing_is_rounded_and_nothing_is_added_inside_a_logarithm(table: str) -> None:
    activity = activity_of(table)
    own, rounded = location_quotient(activity).values, reproduce(activity, "EconGeo", ["lq", "entropy"])
    known = own[np.isfinite(own) & (own > 0)]
    assert (known != known.round(2)).mean() > 0.9
    shares = activity.values / np.where(activity.region_totals > 0, activity.region_totals, np.nan)[:, None]
    logs = np.log2(np.where(shares > 0, shares, 1.0))
    exact, found = -(shares * logs).sum(axis=1), region_concentration(activity).entropy
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-12)
    assert np.nanmax(np.abs(rounded["entropy"] - exact)) > 1e-5


def test_8_a_domain_or_region_without_presence_leaves_all_others_their_eci() -> None:
    table = _table(NESTED)
    plain = complexity(table)
    assert np.isfinite(plain.eci).all()
    with_domain = complexity(_table(np.column_stack([NESTED, np.zeros(4)])))
    with_region = complexity(_table(np.vstack([NESTED, np.zeros(5)])))
    np.testing.assert_allclose(with_domain.eci, plain.eci, atol=1e-12)
    np.testing.assert_allclose(with_domain.pci[:5], plain.pci, atol=1e-12)
    np.testing.assert_allclose(with_region.eci[:4], plain.eci, atol=1e-12)
    assert np.isnan(with_domain.pci[5])
    assert np.isnan(with_region.eci[4])
    # with activity but below the threshold: held by nobody, holding nothing
    held = presence(activity_of("uk_bres_2018"), 2.5)
    assert (held.holder_counts == 0).sum() > 1
    found = complexity_from(held)
    assert np.isfinite(found.eci[held.held_counts > 0]).sum() > 30
    np.testing.assert_array_equal(np.isnan(found.pci) | (held.holder_counts > 0), np.ones(len(found.pci), dtype=bool))


def test_8_disconnected_blocks_are_answered_one_by_one() -> None:
    apart = _table(np.kron(np.eye(2), [[3, 2, 2], [2, 3, 0], [2, 0, 0]]))
    parts = complexity_by_component(apart)
    assert [one.components for one in parts] == [2, 2]
    assert [np.isfinite(one.eci).tolist() for one in parts] == [[True] * 3 + [False] * 3, [False] * 3 + [True] * 3]


def test_8_the_density_of_nearest_domains_is_a_share() -> None:
    activity = activity_of("nz_employment_2013")
    for k in (1, 5, 20):
        found = nearest_density(activity, k).values
        inside = found[np.isfinite(found)]
        assert 0 <= inside.min() < inside.max() <= 1
        assert len(np.unique(inside)) > k + 1  # counts 0..k could not be more
    everything = nearest_density(activity, len(activity.domains))
    np.testing.assert_allclose(everything.values, portfolio_density(activity).values, atol=1e-12)


@pytest.mark.parametrize("test", [">=", ">"])
@pytest.mark.parametrize("minimum", [0.0, 30.0])
def test_8_every_way_to_test_presence_answers_held_or_not(test: str, minimum: float) -> None:
    activity = activity_of("nz_employment_2013")
    held = presence(activity, minimum=minimum, test=test)  # type: ignore[arg-type]
    assert set(np.unique(held.values[held.assessed])) == {0.0, 1.0}
    assert (activity.values[held.present] >= minimum).all()
    quotients = location_quotient(activity).values[held.present]
    assert (quotients >= 1).all() if test == ">=" else (quotients > 1).all()


def test_8_a_repeated_pair_is_refused_with_its_rows() -> None:
    with pytest.raises(ActivityError, match=r"'A' and domain 'x' stands in rows 1 and 3"):
        Activity.from_long(["A", "B", "A"], ["x", "x", "x"], [1, 2, 3])


def test_8_whose_moments_scale_pci_is_a_recorded_switch() -> None:
    activity = activity_of("trade_hs_2020")
    own, of_eci = complexity(activity), complexity(activity, pci_moments="eci")
    assert (own.definition["pci_moments"], of_eci.definition["pci_moments"]) == ("own", "eci")
    assert np.nanstd(own.pci) == pytest.approx(1)
    assert abs(np.nanstd(of_eci.pci) - 1) > 0.01


def test_9_two_blocks_are_not_ranked_as_plus_and_minus_one() -> None:
    blocks = _table(np.kron(np.eye(2), np.ones((3, 3))))
    found = complexity(blocks)
    assert found.components == 2
    assert np.isnan(found.eci).all()
    assert found.note
    with pytest.raises(ActivityError, match="2 groups that share no domain"):
        complexity(blocks, split="refuse")


def test_9_an_equal_matrix_gives_no_ranking_instead_of_noise() -> None:
    for size in (2, 5, 40):
        found = complexity(_table(np.ones((size, size + 1))))
        assert np.isnan(found.eci).all()
        assert np.isnan(found.pci).all()
        assert "same mix" in found.note


def test_9_an_unknown_cell_is_reported_and_does_not_undo_the_rest() -> None:
    values = measures_of("nz_employment_2013").activity.values.copy()
    whole = _table(values)
    r, i = np.argwhere(measures_of("nz_employment_2013").presence.present)[100]
    values[r, i] = np.nan
    holed = _table(values)
    assert holed.coverage < 1
    assert holed.region_coverage[r] < 1
    before, after = complexity(whole), complexity(holed)
    assert np.isnan(location_quotient(holed).values[r, i])
    assert np.isfinite(after.eci).sum() == np.isfinite(before.eci).sum()
    assert abs(np.corrcoef(before.eci[np.isfinite(before.eci)], after.eci[np.isfinite(after.eci)])[0, 1]) > 0.99
    assert fitness(holed).fitness[r] > 0
    # an unknown cell of a real table is not the zero that dropping its row makes of it
    kept = Activity.from_long(*long_rows("eurostat_sbs_2014", keep_null=True), absent="unknown")
    assert np.isnan(measures(kept).presence.values[~kept.known]).all()


def test_10_one_empty_row_and_column_leave_everything_else_as_it_was() -> None:
    values = measures_of("nz_employment_2013").activity.values
    rows, columns_ = values.shape
    larger = np.zeros((rows + 1, columns_ + 1))
    larger[:rows, :columns_] = values
    one, other = measures(_table(values)), measures(_table(larger))
    np.testing.assert_allclose(other.complexity.eci[:rows], one.complexity.eci, atol=1e-9)
    np.testing.assert_allclose(other.density.values[:rows, :columns_], one.density.values, atol=1e-12)
    np.testing.assert_array_equal(other.proximity.values[:columns_, :columns_], one.proximity.values)
    assert np.isfinite(one.complexity.eci).sum() > 100


def test_10_read_only_arrays_are_taken_and_given() -> None:
    values = np.array(NESTED, dtype=float)
    values.flags.writeable = False
    for given in (values, values[::-1], values.T[:4]):
        found = measures(_table_of(given))
        assert np.isfinite(found.density.values).any()
        assert not found.complexity.eci.flags.writeable
    assert values.tolist() == NESTED


def _table_of(values: np.ndarray) -> Activity:
    return Activity.from_matrix(
        [f"R{r}" for r in range(values.shape[0])], [f"D{i}" for i in range(values.shape[1])], values
    )


def test_10_frames_of_current_pandas_and_polars_give_the_same_eci_and_proximity() -> None:
    regions, domains, values = long_rows("nz_employment_2013")
    given = {"region": regions, "domain": domains, "value": values}
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    frames = [pandas.DataFrame(given), polars.DataFrame(given), polars.LazyFrame(given), pa.table(given)]
    wanted = complexity(activity_of("nz_employment_2013")).eci.tobytes()
    near = proximity(activity_of("nz_employment_2013")).values.tobytes()
    for frame in frames:
        table = Activity.from_table(frame)
        assert complexity(table).eci.tobytes() == wanted
        assert proximity(table).values.tobytes() == near


def test_11_two_runs_give_one_answer_however_the_memory_looked() -> None:
    values = np.zeros((60, 50))
    values[:58, :47] = measures_of("nz_employment_2013").activity.values[:58, :47]  # rows and columns left empty
    answers = set()
    for filler in (0.0, 1e300, np.nan):
        rubbish = [np.full((60, 50), filler) for _ in range(20)]  # freed memory that a careless buffer would show
        del rubbish
        found = measures(_table(values))
        arrays = [found.density.values, found.proximity.values, found.complexity.eci, fitness(_table(values)).fitness]
        arrays.append(reflections(_table(values)).region_levels)
        answers.add(b"".join(array.tobytes() for array in arrays))
        assert np.isnan(found.density.values[58:]).all()
        assert np.isnan(found.density.values[:, 47:]).all()
    assert len(answers) == 1


@pytest.mark.parametrize("table", TABLES)
def test_11_the_second_eigenvector_is_the_one_of_the_second_largest_eigenvalue(table: str) -> None:
    held, found = measures_of(table).presence, measures_of(table).complexity
    rows, columns_ = np.isfinite(found.eci), np.isfinite(found.pci)
    part = held.present[np.ix_(rows, columns_)].astype(float)
    scaled = part / np.sqrt(part.sum(axis=1))[:, None] / np.sqrt(part.sum(axis=0))
    singular = np.linalg.svd(scaled, compute_uv=False)
    assert singular[0] == pytest.approx(1, abs=1e-12)
    assert found.lambda2 == pytest.approx(singular[1] ** 2, abs=1e-10)
    assert found.lambda3 == pytest.approx(singular[2] ** 2, abs=1e-10)


def test_11_two_and_three_regions_are_enough() -> None:
    pair = complexity(_table([[1, 1, 0], [1, 0, 1]]))
    assert sorted(pair.eci.round(12).tolist()) == [-1, 1]
    activity = activity_of("nz_employment_2013")
    three = complexity(Activity(activity.regions[:3], activity.domains, activity.values[:3]))
    assert np.isfinite(three.eci).all()
    assert three.eci.mean() == pytest.approx(0, abs=1e-12)
    for rows in (1, 2):
        few = complexity(Activity(activity.regions[:rows], activity.domains, activity.values[:rows]))
        assert np.isnan(few.eci).all()
        assert "at least two of each" in few.note  # two regions share a domain only if both have exactly the mean
