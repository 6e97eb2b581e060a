"""Co-occurrence and relatedness: what independent packages computed, and what must always hold."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, presence, proximity
from hansa.specialisation.similarity import (
    FORMULAS,
    CoOccurrence,
    Index,
    Totals,
    aligned_relatedness,
    binary_relatedness,
    co_occurrence,
    relatedness_index,
    relatedness_index_from,
)

from .reference import TABLES, activity_of, at, expected
from .strategies import activities

INDICES = tuple(FORMULAS)
TOTALS = ("co-occurrence", "occurrence")
definitions = pytest.mark.parametrize(("index", "totals"), list(product(INDICES, TOTALS)))


@pytest.mark.parametrize("table", TABLES)
def test_co_occurrence_equals_the_reference(table: str) -> None:
    pairs, found = expected(table, "pairs"), co_occurrence(activity_of(table))
    values = found.values[at(found.domains, pairs["domain_a"]), at(found.domains, pairs["domain_b"])]
    np.testing.assert_array_equal(values, pairs["cooc"])


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("index", INDICES)
def test_relatedness_on_co_occurrence_totals_equals_econgeo(table: str, index: Index) -> None:
    pairs, found = expected(table, "pairs"), relatedness_index(activity_of(table), index)
    values = found.values[at(found.domains, pairs["domain_a"]), at(found.domains, pairs["domain_b"])]
    theirs = pairs[f"{index}_econgeo"]
    assert theirs.dtype == np.float32  # stored so: seven digits can agree
    np.testing.assert_allclose(values, theirs, rtol=1e-6, atol=0)


def test_the_two_conventions_of_totals_are_different_measures() -> None:
    activity = activity_of("nz_employment_2001")
    for index in INDICES:
        one, other = (
            relatedness_index(activity, index, totals=totals).values for totals in ("co-occurrence", "occurrence")
        )
        off = np.isfinite(one) & np.isfinite(other)
        assert not np.allclose(one[off], other[off], rtol=0.01)
    # Jaccard on co-occurrence totals compares with all co-occurrences of both domains, so it stays far below the
    # share of holders that the name usually stands for.
    assert np.nanmax(relatedness_index(activity, "jaccard").values) < 0.05
    assert np.nanmax(relatedness_index(activity, "jaccard", totals="occurrence").values) == 1.0


def _naive(activity: Activity, index: Index, totals: Totals) -> np.ndarray:
    """From the definition, cell by cell."""
    held = presence(activity)
    count, regions = len(activity.domains), range(len(activity.regions))
    together = [
        [sum(bool(held.present[r, i] and held.present[r, j]) for r in regions) for j in range(count)]
        for i in range(count)
    ]
    if totals == "co-occurrence":
        sums = [sum(together[i][j] for j in range(count) if j != i) for i in range(count)]
        whole = sum(sums)
    else:
        sums = [together[i][i] for i in range(count)]
        whole = int(held.assessed.any(axis=1).sum())
    values = np.full((count, count), np.nan)
    for i, j in product(range(count), repeat=2):
        c, one, other = together[i][j], sums[i], sums[j]
        if not together[i][i] or not together[j][j] or (totals == "co-occurrence" and i == j):
            continue
        try:
            values[i, j] = {
                "prob": lambda c=c, a=one, b=other: (
                    c / ((a / whole * b / (whole - a) + b / whole * a / (whole - b)) * whole / 2)
                ),
                "association": lambda c=c, a=one, b=other: c * whole / (a * b),
                "cosine": lambda c=c, a=one, b=other: c / (a * b) ** 0.5,
                "jaccard": lambda c=c, a=one, b=other: c / (a + b - c),
            }[index]()
        except ZeroDivisionError:
            continue
    return values


@definitions
@given(activity=activities())
def test_relatedness_equals_its_definition(index: Index, totals: Totals, activity: Activity) -> None:
    found = relatedness_index(activity, index, totals=totals)
    np.testing.assert_allclose(found.values, _naive(activity, index, totals), rtol=1e-12, atol=0)
    assert (found.definition["index"], found.definition["totals"]) == (index, totals)


@definitions
@given(activity=activities(), random=st.randoms(use_true_random=False))
def test_relatedness_ignores_order_scale_and_empty_regions(
    index: Index, totals: Totals, activity: Activity, random: object
) -> None:
    rows, columns = list(range(len(activity.regions))), list(range(len(activity.domains)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    random.shuffle(columns)  # type: ignore[attr-defined]
    moved = Activity(
        (*(activity.regions[r] for r in rows), "empty"),
        tuple(activity.domains[i] for i in columns),
        np.vstack([activity.values[np.ix_(rows, columns)] * 8, np.zeros((1, len(columns)))]),
    )
    one, other = relatedness_index(activity, index, totals=totals), relatedness_index(moved, index, totals=totals)
    np.testing.assert_allclose(other.values, one.values[np.ix_(columns, columns)], rtol=1e-13, atol=0)


@definitions
@given(activity=activities())
def test_relatedness_is_symmetric_not_negative_and_undefined_for_unheld_domains(
    index: Index, totals: Totals, activity: Activity
) -> None:
    values = relatedness_index(activity, index, totals=totals).values
    np.testing.assert_array_equal(values, values.T)
    assert not (values < 0).any()
    assert not np.isinf(values).any()
    assert np.isnan(values[presence(activity).holder_counts == 0]).all()
    if index in ("cosine", "jaccard"):
        assert np.nanmax(values, initial=0.0) <= 1 + 1e-12
    assert values.tobytes() == relatedness_index(activity, index, totals=totals).values.tobytes()
    with pytest.raises(ValueError, match="read-only"):
        values[0, 0] = 1.0


def test_association_is_one_where_holdings_are_independent() -> None:
    # x and y are each held by half of the regions, and together by a quarter: exactly what independence gives.
    held = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 1]])
    found = relatedness_index(Activity.from_matrix("ABCD", "xyzw", held), "association", totals="occurrence")
    assert found.values[0, 1] == 1.0


def test_a_domain_that_every_region_holds_has_no_prob_on_occurrence_totals() -> None:
    # The chance of a partner for such a domain divides by the regions without it, of which there are none.
    # econcomplex counts that half of the expected value as 0 and so doubles the relatedness.
    counts = CoOccurrence.from_matrix(["x", "y"], [[4, 2], [2, 2]], units=4)
    found = relatedness_index_from(counts, "prob", totals="occurrence")
    assert np.isnan(found.values[0]).all()
    assert found.values[1, 1] == pytest.approx(1.0)


def test_a_domain_held_alone_is_related_to_nothing_known() -> None:
    alone = Activity.from_matrix("ABC", "xyz", [[1, 0, 0], [0, 1, 1], [0, 1, 1]])
    counts = co_occurrence(alone)
    assert counts.values[0].tolist() == [1.0, 0.0, 0.0]
    for index in ("prob", "association", "cosine"):
        assert np.isnan(relatedness_index(alone, index).values[0]).all()
    assert relatedness_index(alone, "jaccard").values[0, 1] == 0.0


@given(activities())
def test_related_means_above_the_cut(activity: Activity) -> None:
    found = relatedness_index(activity)
    binary = binary_relatedness(found)
    defined = np.isfinite(found.values)
    np.testing.assert_array_equal(np.isfinite(binary.values), defined)
    np.testing.assert_array_equal(binary.values[defined] == 1.0, found.values[defined] > 1.0)
    assert set(np.unique(binary.values[defined])) <= {0.0, 1.0}
    assert binary.definition["cut"] == 1.0
    assert binary.definition["index"] == "prob"


def test_counts_from_elsewhere_give_the_same_relatedness() -> None:
    own = co_occurrence(activity_of("eurostat_sbs_2014"))
    given_counts = CoOccurrence.from_matrix(own.domains, own.values, units=own.units)
    for index, totals in product(INDICES, TOTALS):
        one = relatedness_index_from(own, index, totals=totals)  # type: ignore[arg-type]
        other = relatedness_index_from(given_counts, index, totals=totals)  # type: ignore[arg-type]
        assert one.values.tobytes() == other.values.tobytes()


def test_an_unknown_cell_is_no_presence_and_no_unit() -> None:
    known = Activity.from_matrix("ABC", "xy", [[4, 4], [4, 4], [4, 4]])
    unknown = Activity.from_matrix("ABC", "xy", [[4, 4], [None, 4], [None, None]])
    assert co_occurrence(known).units == 3
    assert co_occurrence(unknown).units == 2  # the third region is not known at all
    assert co_occurrence(unknown).values[0, 1] <= co_occurrence(known).values[0, 1]


def test_relatedness_is_matched_by_label() -> None:
    phi = proximity(activity_of("nz_employment_2001"))
    wanted = tuple(reversed(phi.domains[:10]))
    found = aligned_relatedness(phi, wanted, "include")
    places = [phi.domains.index(label) for label in wanted]
    np.testing.assert_array_equal(found, np.nan_to_num(phi.values[np.ix_(places, places)]))


def test_bad_input_is_refused_in_a_sentence() -> None:
    table = activity_of("nz_employment_2001")
    with pytest.raises(ActivityError, match="choose one of prob"):
        relatedness_index(table, "probability")  # type: ignore[arg-type]
    with pytest.raises(ActivityError, match="co-occurrence"):
        relatedness_index(table, totals="regions")  # type: ignore[arg-type]
    with pytest.raises(ActivityError, match="finite"):
        binary_relatedness(relatedness_index(table), float("nan"))
    with pytest.raises(ActivityError, match="equal both ways"):
        CoOccurrence.from_matrix("xy", [[0, 1], [2, 0]])
    with pytest.raises(ActivityError, match="equal both ways"):
        CoOccurrence.from_matrix("xy", [[0, -1], [-1, 0]])
    with pytest.raises(ActivityError, match="each domain once"):
        CoOccurrence.from_matrix("xx", [[0, 1], [1, 0]])
    with pytest.raises(ActivityError, match="`units`"):
        relatedness_index_from(CoOccurrence.from_matrix("xy", [[0, 1], [1, 0]]), totals="occurrence")
    with pytest.raises(ActivityError, match="to itself is undefined"):
        aligned_relatedness(relatedness_index(table), table.domains, "include")
    with pytest.raises(ActivityError, match="lacks 1 of the"):
        aligned_relatedness(relatedness_index(table), (*table.domains, "new"), "exclude")
