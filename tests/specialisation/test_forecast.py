"""Forecasts: learned from the past only, judged on what followed, and naive where there is nothing to learn from."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from hansa.specialisation import Activity, ActivityError, location_quotient, presence
from hansa.specialisation.forecast import FEATURES, Forecast, entry_score, fit_entry_model, walk_forward
from hansa.specialisation.logistic import fit_logistic
from hansa.specialisation.transitions import EXIT, TransitionRule, transitions

from .reference import path


def panel(name: str) -> list[Activity]:
    rows = pq.read_table(path(f"{name}.parquet"))
    tables = []
    for year in sorted(set(rows["year"].to_pylist())):
        part = rows.filter(pc.equal(rows["year"], year))
        value = part["value"].to_numpy(zero_copy_only=False)
        tables.append(Activity.from_long(part["region"].to_pylist(), part["domain"].to_pylist(), value, year))
    return tables


@pytest.fixture(scope="module")
def new_zealand() -> list[Activity]:
    return panel("nz_employment_1976_2013")


@pytest.fixture(scope="module")
def citations() -> list[Activity]:
    return panel("citations_asjc_2017_2020")


def altered(table: Activity, seed: int) -> Activity:
    """The same labels and year with other numbers."""
    values = np.random.default_rng(seed).permutation(table.values.ravel()).reshape(table.values.shape)
    return Activity(table.regions, table.domains, values, table.year)


def coefficients(forecast: Forecast) -> bytes:
    model = forecast.model.model
    return model.mean.tobytes() + model.scale.tobytes() + model.coefficients.tobytes()


def test_what_happens_later_changes_no_forecast(new_zealand: list[Activity]) -> None:
    plain = walk_forward(new_zealand[:5], draws=0)
    for changed in range(2, 5):
        tables = [altered(table, 1) if at >= changed else table for at, table in enumerate(new_zealand[:5])]
        other = walk_forward(tables, draws=0)
        for step in range(len(plain)):
            predicts_from = step + 1
            same = plain[step].probabilities.tobytes() == other[step].probabilities.tobytes()
            assert same == (predicts_from < changed)
            assert (coefficients(plain[step]) == coefficients(other[step])) == (predicts_from < changed)


def test_every_step_is_fitted_on_steps_that_had_ended(new_zealand: list[Activity]) -> None:
    found = walk_forward(new_zealand, draws=0)
    assert len(found) == len(new_zealand) - 2
    for one in found:
        start = one.backtest.transitions.definition["year"]
        assert all(end is not None and end <= start for _, end in one.model.trained_on)
        assert one.model.trained_on[-1][1] == start


def test_standardisation_comes_from_the_training_side(new_zealand: list[Activity]) -> None:
    earlier, later = new_zealand[:2]
    model = fit_entry_model([(earlier, later)]).model
    lacked = presence(earlier).lacked & transitions(earlier, later).candidates
    own = np.log(location_quotient(earlier).values[lacked] + 0.1)
    at = FEATURES.index("log own location quotient")
    assert model.mean[at] == pytest.approx(own.mean())
    assert model.scale[at] == pytest.approx(own.std())
    assert model.rows == lacked.sum()


def test_the_model_beats_the_best_naive_score_on_new_zealand_and_citations(
    new_zealand: list[Activity], citations: list[Activity]
) -> None:
    for tables in (new_zealand, citations):
        for learned, one in enumerate(walk_forward(tables, draws=100), start=1):
            line = one.backtest.result("model")
            assert line.auc_gain.low > 0.03
            assert learned == 1 or line.average_precision_gain.low > 0
            assert one.brier < one.brier_base


def test_with_a_single_step_to_learn_from_the_model_loses_on_uk_employment() -> None:
    first, second = walk_forward(panel("uk_bres_nuts2_sic4_2015_2018"), draws=100)
    assert first.backtest.best_naive["auc"] == "own location quotient, mean of two years"
    assert first.backtest.result("model").auc_gain.high < 0
    assert 0 < second.backtest.result("model").auc_gain.value < 0.02


def test_probabilities_are_right_on_average(new_zealand: list[Activity]) -> None:
    for one in walk_forward(new_zealand, draws=0):
        rate = one.backtest.base_rate
        predicted = sum(bin_.cells * bin_.predicted for bin_ in one.bins) / one.backtest.candidates
        assert predicted == pytest.approx(rate, abs=0.04)
        assert one.bins[-1].observed > 2 * rate
        assert one.bins[0].observed < rate / 2


def test_exits_use_the_same_machinery(new_zealand: list[Activity]) -> None:
    for one in walk_forward(new_zealand[-4:], rule=EXIT, draws=0):
        start = next(table for table in new_zealand if table.year == one.backtest.transitions.definition["year"])
        np.testing.assert_array_equal(np.isfinite(one.probabilities), presence(start).present)
        assert one.backtest.rule == EXIT
        assert one.backtest.result("model").auc.value > 0.65


def test_an_entry_score_without_two_earlier_years_is_the_naive_score_and_says_so(new_zealand: list[Activity]) -> None:
    table, before = new_zealand[-1], new_zealand[-2]
    lacked = presence(table).lacked
    alone = entry_score(table)
    assert alone.basis.startswith("naive")
    assert alone.model is None
    np.testing.assert_array_equal(alone.values, np.where(lacked, location_quotient(table).values, np.nan))
    two = entry_score(table, [before])
    assert two.basis.startswith("naive")
    assert two.naive_name == "own location quotient, mean of two years"
    mean = (location_quotient(table).values + location_quotient(before).values) / 2
    np.testing.assert_allclose(two.values, np.where(lacked, mean, np.nan))


def test_an_entry_score_with_a_past_is_the_forecast_with_its_naive_companion(new_zealand: list[Activity]) -> None:
    found = entry_score(new_zealand[-2], new_zealand[:-2])
    step = walk_forward(new_zealand, draws=0)[-1]
    np.testing.assert_array_equal(found.values, step.probabilities)
    assert found.model is not None
    assert found.model.trained_on == step.model.trained_on
    lacked = presence(new_zealand[-2]).lacked
    for array in (found.values, found.naive, found.ubiquity, found.density):
        assert np.isnan(array[~lacked]).all()
        assert np.isfinite(array[lacked]).all()
    assert (found.values[lacked] > 0).all()
    assert (found.values[lacked] < 1).all()


def test_unknown_cells_get_no_score_and_teach_nothing(new_zealand: list[Activity]) -> None:
    hidden = []
    for table in new_zealand[:4]:
        values = table.values.copy()
        values[3, 5] = np.nan
        hidden.append(Activity(table.regions, table.domains, values, table.year))
    found = entry_score(hidden[-1], hidden[:-1])
    assert np.isnan(found.values[3, 5])
    assert np.isnan(found.naive[3, 5])
    candidates = sum(int(transitions(*pair).candidates.sum()) for pair in pairwise(hidden))
    assert found.model is not None
    assert found.model.model.rows == candidates


def test_the_unit_of_the_values_does_not_matter(new_zealand: list[Activity]) -> None:
    scaled = [Activity(one.regions, one.domains, one.values * 1024, one.year) for one in new_zealand[:4]]
    plain, other = entry_score(new_zealand[3], new_zealand[:3]), entry_score(scaled[3], scaled[:3])
    np.testing.assert_allclose(plain.values, other.values, rtol=1e-9)


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10), st.integers(1, 4))
def test_the_logistic_fit_minimises_its_loss(seed: int, ridge: float, width: int) -> None:
    sampler = np.random.default_rng(seed)
    features = sampler.normal(3, 2, (60, width))
    happened = sampler.random(60) < expit(features[:, 0] - 3)
    if happened.all() or not happened.any():
        return
    model = fit_logistic(tuple(f"f{at}" for at in range(width)), features, happened, ridge)
    standard = (features - features.mean(axis=0)) / features.std(axis=0)

    def loss(weights: np.ndarray) -> float:
        odds = weights[0] + standard @ weights[1:]
        return float(np.logaddexp(0, odds).sum() - happened @ odds + ridge / 2 * (weights[1:] ** 2).sum())

    best = minimize(loss, np.zeros(width + 1), method="BFGS", tol=1e-10)
    ours = np.r_[model.intercept, model.coefficients]
    assert loss(ours) <= best.fun + 1e-7
    np.testing.assert_allclose(ours, best.x, atol=1e-3)


def test_a_feature_that_never_varies_counts_nothing_and_a_missing_one_as_the_mean() -> None:
    features = np.column_stack([np.arange(6.0), np.full(6, 7.0)])
    happened = np.array([False, False, True, False, True, True])
    model = fit_logistic(("rising", "constant"), features, happened)
    assert model.coefficients[1] == 0
    rows = np.array([[np.nan, 7.0], [2.5, 90.0]])
    assert model.probabilities(rows)[0] == model.probabilities(rows)[1] == pytest.approx(expit(model.intercept))


def test_perfectly_parted_outcomes_still_have_an_answer() -> None:
    model = fit_logistic(("x",), np.arange(8.0)[:, None], np.arange(8) > 3)
    assert np.isfinite(model.coefficients).all()


def test_impossible_requests_are_refused_in_a_sentence(new_zealand: list[Activity]) -> None:
    with pytest.raises(ActivityError, match="forecast needs three"):
        walk_forward(new_zealand[:2])
    with pytest.raises(ActivityError, match="rising order"):
        walk_forward([new_zealand[1], new_zealand[0], new_zealand[2]])
    timeless = Activity(new_zealand[0].regions, new_zealand[0].domains, new_zealand[0].values)
    with pytest.raises(ActivityError, match="has no year"):
        entry_score(new_zealand[1], [timeless])
    with pytest.raises(ActivityError, match="entry rule"):
        entry_score(new_zealand[0], rule=TransitionRule("exit"))
    with pytest.raises(ActivityError, match="no pair of years"):
        fit_entry_model([])
    with pytest.raises(ActivityError, match="no feature 'luck'"):
        fit_entry_model([(new_zealand[0], new_zealand[1])], features=["luck"])
    with pytest.raises(ActivityError, match="positive number"):
        fit_logistic(("x",), np.arange(2.0)[:, None], np.array([True, False]), 0.0)
    with pytest.raises(ActivityError, match="give more years"):
        fit_logistic(("x",), np.arange(2.0)[:, None], np.array([True, True]))
