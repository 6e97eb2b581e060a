"""How a table is kept and multiplied inside changes no result: sparse = dense, in blocks = at once, single ≈ double."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from hansa.specialisation import (
    Activity,
    ActivityError,
    complexity,
    complexity_by_component,
    location_quotient,
    measures,
    presence,
    proximity,
)

from .reference import activity_of
from .strategies import activities, labels


def _answers(activity: Activity, precision: str = "double") -> dict[str, np.ndarray]:
    found = measures(activity, precision=precision)  # type: ignore[arg-type]
    return {
        "known": np.asarray(activity.known),
        "assessed": np.asarray(activity.assessed),
        "region totals": activity.region_totals,
        "domain totals": activity.domain_totals,
        "quotient": found.location_quotient.values,
        "presence": found.presence.present,
        "diversity": found.diversity.values,
        "ubiquity": found.ubiquity.values,
        "proximity": found.proximity.values,
        "density": found.density.values,
        "eci": found.complexity.eci,
        "pci": found.complexity.pci,
    }


@given(activities(), st.booleans())
def test_a_table_kept_sparsely_gives_the_same_bytes(activity: Activity, few_rows: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hansa.specialisation.cells.BLOCK", 8 if few_rows else 1 << 15)
        dense = _answers(Activity(activity.regions, activity.domains, activity.values))
        patch.setattr("hansa.specialisation.cells.SMALL", 0)
        patch.setattr("hansa.specialisation.cells.SPARSE_BELOW", 2.0)
        kept = Activity(activity.regions, activity.domains, activity.values)
        assert kept.cells.sparsely
        for name, values in _answers(kept).items():
            assert values.tobytes() == dense[name].tobytes(), name
        given_sparsely = Activity(activity.regions, activity.domains, sparse.coo_array(activity.values))
        assert given_sparsely.cells.sparsely
        for name, values in _answers(given_sparsely).items():
            assert values.tobytes() == dense[name].tobytes(), name


@given(activities())
def test_sparse_products_give_the_same_numbers(activity: Activity) -> None:
    dense = _answers(activity)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hansa.specialisation.products.SPARSE_PAIRS", 0)
        patch.setattr("hansa.specialisation.products.SPARSE_ROWS", 0)
        patch.setattr("hansa.specialisation.products.ROWS", 2)
        for name, values in _answers(activity).items():
            np.testing.assert_allclose(values, dense[name], rtol=0, atol=1e-12, err_msg=name)


@given(activities())
def test_single_precision_keeps_seven_digits(activity: Activity) -> None:
    double, single = _answers(activity), _answers(activity, "single")
    assert single["proximity"].dtype == single["density"].dtype == np.float32
    for name, values in single.items():
        np.testing.assert_allclose(values, double[name], rtol=0, atol=1e-6, err_msg=name)


def test_precision_is_chosen_by_the_work_and_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    activity = activity_of("nz_employment_2013")
    assert measures(activity).definition["precision"] == "double"
    monkeypatch.setattr("hansa.specialisation.products.LARGE", 1e4)
    found = measures(activity)
    assert found.definition["precision"] == found.density.definition["precision"] == "single"
    assert measures(activity, precision="double").proximity.values.dtype == np.float64
    with pytest.raises(ActivityError, match="precision is 'half'"):
        proximity(activity, precision="half")  # type: ignore[arg-type]


def test_a_large_sparse_table_is_kept_sparsely_and_found_again() -> None:
    random = np.random.default_rng(1)
    cells = random.choice(3_000 * 1_000, size=60_000, replace=False)
    rows, columns = np.divmod(cells, 1_000)
    values = random.integers(1, 50, size=60_000).astype(float)
    regions, domains = np.array(labels("R", 3_000)), np.array(labels("D", 1_000))
    long = Activity.from_long(regions[rows], domains[columns], values)
    assert long.cells.sparsely
    matrix = np.zeros((3_000, 1_000))
    matrix[rows, columns] = values
    kept = [long.regions.index(one) for one in ("R00", "R2999")]
    order = [labels("R", 3_000).index(one) for one in long.regions]
    across = [labels("D", 1_000).index(one) for one in long.domains]
    np.testing.assert_array_equal(long.values, matrix[np.ix_(order, across)])
    assert long.values[kept].sum() == matrix[[0, 2999]].sum()
    whole = matrix * matrix.sum() >= np.outer(matrix.sum(axis=1), matrix.sum(axis=0))
    np.testing.assert_array_equal(presence(long).present, (whole & (matrix > 0))[np.ix_(order, across)])


def test_what_the_caller_does_to_the_array_afterwards_changes_nothing() -> None:
    for values in (np.eye(3), sparse.csr_array(np.eye(3))):
        activity = Activity.from_matrix("ABC", "xyz", values)
        before = location_quotient(activity).values.copy()
        if sparse.issparse(values):
            values.data[:] = 7.0
        else:
            values[:] = 7.0
        np.testing.assert_array_equal(location_quotient(activity).values, before)


def test_a_repeated_second_eigenvalue_is_noticed_by_iteration_too() -> None:
    """Three copies of one table joined by a common domain have one second eigenvalue twice."""
    random = np.random.default_rng(4)
    one = (random.random((60, 70)) < 0.3).astype(float)
    joined = np.hstack([np.kron(np.eye(3), one), np.ones((180, 1))])
    found = complexity(Activity.from_matrix(labels("R", 180), labels("D", 211), joined), threshold=1e-9)
    assert np.isnan(found.eci).all()
    assert "coincide" in found.note


def test_a_split_graph_is_refused_or_answered_part_by_part() -> None:
    one = np.array([[3.0, 2, 2, 2], [2, 3, 3, 0], [2, 3, 0, 0]])
    both = Activity.from_matrix("ABCDEF", "stuvwxyz", np.kron(np.eye(2), one))
    with pytest.raises(ActivityError, match="2 groups that share no domain"):
        complexity(both, split="refuse")
    answers = complexity_by_component(both)
    assert [answer.regions_left_out for answer in answers] == [("D", "E", "F"), ("A", "B", "C")]
    np.testing.assert_allclose(answers[0].eci[:3], answers[1].eci[3:], atol=1e-12)
    assert complexity(both).eci.tobytes() == answers[0].eci.tobytes()
    assert complexity(Activity.from_matrix("ABC", "stuv", one), split="refuse").components == 1


def test_the_smallest_value_and_the_strict_test_of_presence() -> None:
    table = Activity.from_matrix("AB", "xy", [[2, 2], [50, 50]])
    assert presence(table).present.all()
    assert not presence(table, test=">").present.any()
    assert presence(table, minimum=3).present.tolist() == [[False, False], [True, True]]
    assert presence(table, minimum=3).definition["minimum"] == 3.0
    with pytest.raises(ActivityError, match="smallest value"):
        presence(table, minimum=-1)
    with pytest.raises(ActivityError, match="test of presence"):
        presence(table, test="=>")  # type: ignore[arg-type]
