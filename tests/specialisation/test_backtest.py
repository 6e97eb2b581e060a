"""Back-tests: equal to the published reference figures, fair to every score, and silent about what is unknown."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, location_quotient, measures, presence, relatedness_density
from hansa.specialisation.backtest import Backtest, backtest, naive_scores
from hansa.specialisation.ranking import Ranked, reliability
from hansa.specialisation.transitions import EXIT, TransitionRule, transitions

from .reference import columns, path
from .strategies import activities

PANELS = {
    "nz_employment": "nz_employment_1976_2013.parquet",
    "uk_bres": "uk_bres_nuts2_sic4_2015_2018.parquet",
    "citations_asjc": "citations_asjc_2017_2020.parquet",
}
STEPS = [
    ("nz_employment", 1981, 1991),
    ("nz_employment", 1991, 2001),
    ("nz_employment", 2001, 2013),
    ("uk_bres", 2015, 2018),
    ("citations_asjc", 2017, 2020),
]
PRINTED = 1e-6
"""The reference prints six digits after the point."""


def year_of(panel: str, year: int) -> Activity:
    rows = pq.read_table(path(PANELS[panel]))
    rows = rows.filter(pc.equal(rows["year"], year))
    value = rows["value"].to_numpy(zero_copy_only=False)
    return Activity.from_long(rows["region"].to_pylist(), rows["domain"].to_pylist(), value, year)


def divided_quotient(activity: Activity) -> np.ndarray:
    """The quotient as the reference computed it: share divided by share, rounding twice on the way."""
    share = activity.values / activity.region_totals[:, None]
    return np.asarray(share / (activity.domain_totals / activity.total))


def percent_density(activity: Activity, *, binary: bool) -> np.ndarray:
    """EconGeo's density in percent on its "prob" relatedness, or on whether that is above 1."""
    held = presence(activity).present.astype(float)
    together = held.T @ held
    np.fill_diagonal(together, 0.0)
    sums, total = together.sum(axis=1), together.sum()
    chance = np.outer(sums / total, sums / total) * (total / (total - sums))[:, None]
    expected = (chance + chance.T) * total / 2
    related = np.divide(together, expected, out=np.zeros_like(together), where=expected > 0)
    if binary:
        related = (related > 1).astype(float)
    np.fill_diagonal(related, 0.0)
    return np.asarray(100 * (held @ related) / related.sum(axis=0))


def reference_rows(panel: str, year: int, rule: str) -> dict[str, dict[str, float]]:
    table = columns("expected/backtest_auc.csv")
    chosen = (table["dataset"] == panel) & (table["t0"] == year) & (table["entry_rule"] == rule)
    assert chosen.any()
    figures = ("candidates", "base_rate", "auc_pooled", "ap_pooled", "auc_within_region_mean")
    return {
        str(table["score"][at]): {name: float(table[name][at]) for name in figures} for at in np.flatnonzero(chosen)
    }


def compare(found: Backtest, name: str, row: dict[str, float], tolerance: float) -> None:
    line = found.result(name)
    assert line.auc.value == pytest.approx(row["auc_pooled"], abs=tolerance)
    assert line.average_precision.value == pytest.approx(row["ap_pooled"], abs=tolerance)
    assert line.auc_within_regions.value == pytest.approx(row["auc_within_region_mean"], abs=tolerance)


@pytest.mark.parametrize(("panel", "first", "last"), STEPS)
@pytest.mark.parametrize(("rule", "limit"), [("rca<1 -> >=1", 1.0), ("rca<0.5 -> >=1", 0.5)])
def test_published_back_tests_are_reproduced(panel: str, first: int, last: int, rule: str, limit: float) -> None:
    scores = {
        "density_diag0_econcomplex": lambda table: relatedness_density(table).values,
        "density_diag1_ecomplexity": lambda table: relatedness_density(table, "include").values,
        "density_binprob_econgeo": lambda table: percent_density(table, binary=True),
        "own_rca_t0": divided_quotient,
    }
    earlier, later = year_of(panel, first), year_of(panel, last)
    found = backtest(earlier, later, scores, rule=TransitionRule("entry", limit, 1.0), draws=0)
    rows = reference_rows(panel, first, rule)
    assert found.candidates == rows["ubiquity_only"]["candidates"]
    assert found.base_rate == pytest.approx(rows["ubiquity_only"]["base_rate"], abs=PRINTED)
    for name in ("density_diag0_econcomplex", "density_diag1_ecomplexity", "own_rca_t0"):
        compare(found, name, rows[name], PRINTED)
    compare(found, "ubiquity", rows["ubiquity_only"], PRINTED)
    # EconGeo prints densities with two decimals; without that rounding a few ties fall apart.
    compare(found, "density_binprob_econgeo", rows["density_binprob_econgeo"], 3e-5)


@pytest.mark.parametrize(("panel", "first", "last"), STEPS)
def test_prob_density_is_reproduced_up_to_the_rounding_of_its_package(panel: str, first: int, last: int) -> None:
    scores = {"prob": lambda table: percent_density(table, binary=False)}
    found = backtest(year_of(panel, first), year_of(panel, last), scores, draws=0)
    compare(found, "prob", reference_rows(panel, first, "rca<1 -> >=1")["density_prob_econgeo"], 2e-4)


def test_equal_quotients_are_ties_where_twice_rounded_shares_were_not() -> None:
    earlier, later = year_of("uk_bres", 2015), year_of("uk_bres", 2018)
    found = backtest(earlier, later, {"twice rounded": divided_quotient}, draws=0)
    ours, theirs = found.result("own location quotient"), found.result("twice rounded")
    lacked = presence(earlier).lacked
    exact, rounded = location_quotient(earlier).values[lacked], divided_quotient(earlier)[lacked]
    np.testing.assert_allclose(exact, rounded, rtol=1e-14)
    assert len(np.unique(exact)) < len(np.unique(rounded))
    assert 0 < abs(ours.auc_within_regions.value - theirs.auc_within_regions.value) < 1e-5


def _naive_auc(scores: np.ndarray, happened: np.ndarray) -> float:
    hits, misses = scores[happened], scores[~happened]
    pairs = [1.0 if hit > miss else 0.5 if hit == miss else 0.0 for hit in hits for miss in misses]
    return float(np.mean(pairs)) if pairs else float("nan")


def _naive_precision(scores: np.ndarray, happened: np.ndarray, k: int) -> float:
    """Expected precision at k when ties are broken at random: by the definition, tie by tie."""
    taken, hits = 0, 0.0
    k = min(k, len(scores))
    for value in sorted(set(scores.tolist()), reverse=True):
        tie = happened[scores == value]
        part = min(len(tie), k - taken)
        hits += part * tie.mean()
        taken += part
    return hits / k


def _naive_average_precision(scores: np.ndarray, happened: np.ndarray) -> float:
    parts = [(happened[scores >= value].mean(), (happened & (scores == value)).sum()) for value in set(scores.tolist())]
    return float(sum(precision * count for precision, count in parts) / happened.sum())


cells = st.lists(
    st.tuples(st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0]), st.booleans(), st.integers(0, 3)),
    min_size=1,
    max_size=40,
)


@given(cells, st.integers(1, 8))
def test_figures_equal_their_definitions(drawn: list[tuple[float, bool, int]], k: int) -> None:
    scores, happened, groups = (np.array(part) for part in zip(*drawn, strict=True))
    one = Ranked(scores.astype(float), happened.astype(bool), groups.astype(np.intp), 5)
    assert one.auc == pytest.approx(_naive_auc(scores, happened), nan_ok=True)
    assert one.precision_at(k) == pytest.approx(_naive_precision(scores, happened, k))
    if happened.any():
        assert one.average_precision == pytest.approx(_naive_average_precision(scores, happened))
    for group in range(5):
        inside = groups == group
        assert one.group_auc[group] == pytest.approx(_naive_auc(scores[inside], happened[inside]), nan_ok=True)
        if inside.any():
            wanted = _naive_precision(scores[inside], happened[inside], k)
            assert one.group_precision_at(k)[group] == pytest.approx(wanted)
        else:
            assert np.isnan(one.group_precision_at(k)[group])


@given(cells, st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_a_resampled_region_counts_as_often_as_it_was_drawn(
    drawn: list[tuple[float, bool, int]], times: list[int]
) -> None:
    scores, happened, groups = (np.array(part) for part in zip(*drawn, strict=True))
    one = Ranked(scores.astype(float), happened.astype(bool), groups.astype(np.intp), 4)
    areas, precisions = one.resampled(np.array([times], dtype=float))
    repeated = np.repeat(np.arange(len(scores)), np.array(times)[groups])
    assume(len(repeated))
    assert areas[0] == pytest.approx(_naive_auc(scores[repeated], happened[repeated]), nan_ok=True)
    if happened[repeated].any():
        assert precisions[0] == pytest.approx(_naive_average_precision(scores[repeated], happened[repeated]))


@st.composite
def two_years(draw: st.DrawFn) -> tuple[Activity, Activity]:
    earlier = draw(activities(smallest=3, largest=6))
    shape = earlier.values.shape
    cell: st.SearchStrategy[float] = st.one_of(st.just(0.0), st.integers(0, 60).map(float), st.just(float("nan")))
    later = draw(st.lists(cell, min_size=earlier.values.size, max_size=earlier.values.size))
    values = np.array(later, dtype=float).reshape(shape)
    return earlier, Activity(earlier.regions, earlier.domains, values, 2030)


@given(two_years(), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_relabelling_and_order_change_nothing(years: tuple[Activity, Activity], random: object) -> None:
    earlier, later = years
    assume(transitions(earlier, later).candidates.any())
    rows, columns_ = list(range(len(later.regions))), list(range(len(later.domains)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    random.shuffle(columns_)  # type: ignore[attr-defined]

    def moved(table: Activity) -> Activity:
        labels = (tuple(table.regions[r] for r in rows), tuple(table.domains[i] for i in columns_))
        return Activity(*labels, table.values[np.ix_(rows, columns_)], table.year)

    wanted = backtest(earlier, later, {}, draws=20)
    for one in (backtest(earlier, moved(later), {}, draws=20), backtest(moved(earlier), later, {}, draws=20)):
        for first, second in zip(wanted.results, one.results, strict=True):
            for figure in ("auc", "auc_within_regions", "average_precision"):
                ours, theirs = getattr(first, figure), getattr(second, figure)
                np.testing.assert_allclose(
                    [ours.value, ours.low, ours.high], [theirs.value, theirs.low, theirs.high], rtol=0, atol=1e-12
                )


@given(two_years(), st.sampled_from(["entry", "exit"]))
def test_only_cells_known_in_both_years_are_candidates(years: tuple[Activity, Activity], kind: str) -> None:
    earlier, later = years
    found = transitions(earlier, later, TransitionRule(kind))  # type: ignore[arg-type]
    before, after = location_quotient(earlier).values, location_quotient(later).values
    assert not (found.candidates & (np.isnan(before) | np.isnan(after))).any()
    assert not (found.happened & ~found.candidates).any()
    held, later_held = presence(earlier).present, presence(later).present
    for r, i in np.argwhere(found.candidates):
        assert held[r, i] == (kind == "exit")
        assert found.happened[r, i] == (later_held[r, i] != held[r, i])


def test_a_region_or_domain_of_one_year_only_is_named_and_left_out() -> None:
    earlier = Activity.from_matrix(["A", "B", "Old"], ["x", "y"], [[6, 2], [2, 6], [4, 4]], year=2010)
    later = Activity.from_matrix(["New", "B", "A"], ["y", "x", "z"], [[6, 2, 3], [5, 5, 1], [2, 6, 1]], year=2020)
    found = transitions(earlier, later)
    assert (found.regions, found.domains) == (("A", "B"), ("x", "y"))
    assert (found.regions_left_out, found.domains_left_out) == (("New", "Old"), ("z",))
    assert found.candidates.tolist() == [[False, True], [True, False]]


def test_any_rising_change_of_scale_leaves_every_figure_as_it_is() -> None:
    earlier, later = year_of("nz_employment", 2001), year_of("nz_employment", 2013)
    score = relatedness_density(earlier).values
    found = backtest(earlier, later, {"plain": score, "cubed": score**3 * 7 - 2}, draws=30)
    plain, cubed = found.result("plain"), found.result("cubed")
    for figure in ("auc", "auc_within_regions", "average_precision", "auc_gain", "precision_pooled", "calibration"):
        assert getattr(plain, figure) == getattr(cubed, figure)


def test_entries_come_from_the_top_of_a_score_and_exits_from_the_bottom() -> None:
    earlier, later = year_of("nz_employment", 2001), year_of("nz_employment", 2013)
    oracle = location_quotient(later).values
    assert backtest(earlier, later, {"oracle": oracle}, draws=0).result("oracle").auc.value == 1.0
    assert backtest(earlier, later, {"oracle": oracle}, rule=EXIT, draws=0).result("oracle").auc.value == 1.0
    assert backtest(earlier, later, {"oracle": -oracle}, draws=0).result("oracle").auc.value == 0.0


def test_a_score_without_an_answer_is_placed_last_and_said_so() -> None:
    earlier, later = year_of("nz_employment", 2001), year_of("nz_employment", 2013)
    density = relatedness_density(earlier).values.copy()
    silent = density.copy()
    silent[:, :13] = np.nan
    worst = density.copy()
    worst[:, :13] = -1.0
    found = backtest(earlier, later, {"silent": silent, "worst": worst}, draws=0)
    assert found.result("silent").auc.value == found.result("worst").auc.value
    cells = found.transitions.candidates
    assert found.result("silent").answered == pytest.approx(1 - cells[:, :13].sum() / cells.sum())
    assert found.result("worst").answered == 1.0
    leaving = backtest(earlier, later, {"silent": silent}, rule=EXIT, draws=0).result("silent")
    worst_kept = np.where(np.isnan(silent), 2.0, silent)
    kept = backtest(earlier, later, {"kept": worst_kept}, rule=EXIT, draws=0).result("kept")
    assert leaving.auc.value == kept.auc.value


def test_a_function_never_sees_the_later_year() -> None:
    earlier, later = year_of("nz_employment", 2001), year_of("nz_employment", 2013)
    seen: list[Activity] = []

    def score(table: Activity) -> np.ndarray:
        seen.append(table)
        return measures(table).density.values

    backtest(earlier, later, {"density": score}, draws=0)
    assert seen == [earlier]


def test_naive_scores_stand_beside_every_result_and_gains_are_measured_against_the_best() -> None:
    earlier, later = year_of("uk_bres", 2015), year_of("uk_bres", 2018)
    found = backtest(earlier, later, {"density": lambda table: relatedness_density(table).values}, draws=100)
    naive = [one for one in found.results if one.naive]
    assert {one.name for one in naive} == set(naive_scores(earlier))
    best = max(naive, key=lambda one: one.auc.value)
    density = found.result("density")
    assert found.best_naive["auc"] == best.name == "own location quotient"
    assert density.auc_gain.value == pytest.approx(density.auc.value - best.auc.value)
    assert density.auc_gain.high < 0, "density alone loses to the own location quotient on UK employment"
    for one in found.results:
        assert one.auc.low <= one.auc.value <= one.auc.high or one.name.startswith("region total")
    # paired draws: the difference is known far better than two separate intervals would tell
    assert density.auc_gain.high - density.auc_gain.low < (
        density.auc.high - density.auc.low + best.auc.high - best.auc.low
    )


def test_the_weighting_of_regions_is_a_recorded_switch() -> None:
    earlier, later = year_of("nz_employment", 2001), year_of("nz_employment", 2013)
    found = backtest(earlier, later, {}, within="pairs", draws=0)
    own = found.result("own location quotient")
    cells, score = found.transitions, location_quotient(earlier).values
    pairs, total = 0.0, 0.0
    for row in range(len(cells.regions)):
        at = cells.candidates[row]
        happened = cells.happened[row, at]
        weight = happened.sum() * (~happened).sum()
        if weight:
            pairs, total = pairs + weight, total + weight * _naive_auc(score[row, at], happened)
    assert own.auc_within_regions.value == pytest.approx(total / pairs)
    assert found.definition["auc_within"] == "pairs"


def test_calibrated_chances_are_judged_on_regions_they_were_not_fitted_on() -> None:
    earlier, later = year_of("nz_employment", 2001), year_of("nz_employment", 2013)
    blind = np.random.default_rng(3).random(earlier.values.shape)
    found = backtest(earlier, later, {"blind": blind}, draws=0)
    own, noise = found.result("own location quotient").calibration, found.result("blind").calibration
    assert own.skill > 0.03
    assert abs(noise.skill) < 0.01
    assert sum(one.cells for one in own.bins) < found.candidates
    assert own.skill == pytest.approx(1 - own.brier / own.brier_base)
    predicted = [one.predicted for one in own.bins]
    assert predicted == sorted(predicted)


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.booleans()), min_size=1, max_size=30))
def test_reliability_bins_hold_every_cell_once(drawn: list[tuple[float, bool]]) -> None:
    chances, happened = (np.array(part) for part in zip(*drawn, strict=True))
    bins = reliability(chances, happened, 3)
    assert sum(one.cells for one in bins) == len(chances)
    assert sum(one.cells * one.observed for one in bins) == pytest.approx(happened.sum())
    assert sum(one.cells * one.predicted for one in bins) == pytest.approx(chances.sum())


def test_same_seed_same_intervals_other_seed_others() -> None:
    earlier, later = year_of("nz_employment", 2001), year_of("nz_employment", 2013)
    one, again, other = (backtest(earlier, later, {}, draws=40, seed=seed) for seed in (5, 5, 6))
    assert one.results == again.results
    assert one.results[0].auc.value == other.results[0].auc.value
    assert one.results[0].auc != other.results[0].auc


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"level": 1.0}, "level of the intervals"),
        ({"draws": -1}, "number of draws"),
        ({"within": "size"}, "cannot be weighted"),
        ({"scores": {"ubiquity": np.zeros((2, 2))}}, "belongs to a naive score"),
        ({"scores": {"wide": np.zeros((2, 3))}}, "'wide' has shape"),
    ],
)
def test_impossible_requests_are_refused_in_a_sentence(change: dict[str, object], sentence: str) -> None:
    earlier = Activity.from_matrix("AB", "xy", [[6, 2], [2, 6]], year=2010)
    later = Activity.from_matrix("AB", "xy", [[5, 5], [2, 6]], year=2020)
    with pytest.raises(ActivityError, match=sentence):
        backtest(earlier, later, **{"scores": {}, **change})  # type: ignore[arg-type]


def test_years_in_the_wrong_order_and_tables_apart_are_refused() -> None:
    earlier = Activity.from_matrix("AB", "xy", [[6, 2], [2, 6]], year=2010)
    with pytest.raises(ActivityError, match="give the earlier first"):
        backtest(earlier, earlier, {})
    with pytest.raises(ActivityError, match="no region in common"):
        backtest(earlier, Activity.from_matrix("CD", "xy", [[5, 5], [2, 6]], year=2020), {})
    flat = Activity.from_matrix("AB", "xy", [[2, 2], [2, 2]], year=2010)
    with pytest.raises(ActivityError, match="No cell can show an entry"):
        backtest(flat, Activity.from_matrix("AB", "xy", [[5, 5], [2, 6]], year=2020), {})
    with pytest.raises(ActivityError, match="choose"):
        TransitionRule("arrival")  # type: ignore[arg-type]
