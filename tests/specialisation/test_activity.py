"""The input type: what it accepts, how it keeps unknown apart from zero, and what it refuses in one sentence."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, location_quotient, measures, presence

from .reference import long_rows
from .strategies import activities


def test_pairs_without_a_row_are_zero_or_unknown_as_asked() -> None:
    rows = (["A", "A", "B"], ["x", "y", "y"], [1, 2, 3])
    assert Activity.from_long(*rows).values.tolist() == [[1, 2], [0, 3]]
    unknown = Activity.from_long(*rows, absent="unknown")
    assert np.isnan(unknown.values[1, 0])
    assert unknown.coverage == 0.75
    assert unknown.region_coverage.tolist() == [1.0, 0.5]
    assert unknown.domain_coverage.tolist() == [0.5, 1.0]


def test_none_and_nan_are_unknown() -> None:
    activity = Activity.from_long(["A", "B", "C"], ["x", "x", "x"], [None, float("nan"), 0.0])
    assert activity.known.tolist() == [[False], [False], [True]]


def test_arrays_and_lists_give_the_same_table() -> None:
    regions, domains, values = ["B", "A"], ["x", "y"], [1.0, 2.0]
    listed = Activity.from_long(regions, domains, values)
    for kind in (object, "U1"):
        arrays = Activity.from_long(np.array(regions, dtype=kind), np.array(domains, dtype=kind), np.array(values))
        assert arrays.regions == listed.regions
        assert arrays.values.tobytes() == listed.values.tobytes()


@given(activities(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(activity: Activity, random: object) -> None:
    rows = [
        (region, domain, activity.values[r, i])
        for r, region in enumerate(activity.regions)
        for i, domain in enumerate(activity.domains)
    ]
    random.shuffle(rows)  # type: ignore[attr-defined]
    shuffled = Activity.from_long(*(list(column) for column in zip(*rows, strict=True)))
    assert (shuffled.regions, shuffled.domains) == (activity.regions, activity.domains)
    assert shuffled.values.tobytes() == activity.values.tobytes()


def test_codes_that_look_like_missing_values_stay_labels() -> None:
    assert Activity.from_long(["NA", "PL"], ["01", "01"], [1, 2]).regions == ("NA", "PL")


@pytest.mark.parametrize(
    ("regions", "domains", "values", "message"),
    [
        (["A", "B", "A"], ["x", "x", "x"], [1, 2, 3], "region 'A' and domain 'x' stands in rows 1 and 3"),
        (["A", "B"], ["x"], [1, 2], "differ in length: 2 regions, 1 domains, 2 values"),
        (["A", 7], ["x", "x"], [1, 2], "region in row 2 is 7"),
        (["A", "B"], ["x", ""], [1, 2], "domain in row 2 is ''"),
        (["A", None], ["x", "x"], [1, 2], "region in row 2 is None"),
        (["A", "B"], ["x", "y"], [1, -2], r"row 2 \('B', 'y'\) is -2.0"),
        (["A", "B"], ["x", "y"], [1, float("inf")], r"row 2 \('B', 'y'\) is inf"),
        (["A", "B"], ["x", "y"], [1, "many"], "not all numbers"),
    ],
)
def test_bad_rows_are_refused_in_one_sentence(
    regions: list[str], domains: list[str], values: list[float], message: str
) -> None:
    with pytest.raises(ActivityError, match=message) as refusal:
        Activity.from_long(regions, domains, values)
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).endswith(".")


def test_bad_matrices_and_switches_are_refused() -> None:
    with pytest.raises(ActivityError, match="region 'A' stands in rows 1 and 2"):
        Activity.from_matrix(["A", "A"], ["x"], [[1], [2]])
    with pytest.raises(ActivityError, match=r"shape \(1, 2\), but there are 2 regions and 1 domains"):
        Activity.from_matrix(["A", "B"], ["x"], [[1, 2]])
    with pytest.raises(ActivityError, match=r"region 'B', domain 'x' is -1\.0"):
        Activity.from_matrix(["A", "B"], ["x"], [[1], [-1]])
    with pytest.raises(ActivityError, match="Absent pairs cannot be 'nought'"):
        Activity.from_long(["A"], ["x"], [1], absent="nought")  # type: ignore[arg-type]
    table = Activity.from_matrix("AB", "xy", [[1, 2], [2, 1]])
    with pytest.raises(ActivityError, match="threshold is 0"):
        measures(table, threshold=0)
    with pytest.raises(ActivityError, match="diagonal rule is 'none'"):
        measures(table, diagonal="none")  # type: ignore[arg-type]
    with pytest.raises(ActivityError, match="moments of PCI are 'theirs'"):
        measures(table, pci_moments="theirs")  # type: ignore[arg-type]


def test_nothing_can_be_written_to_and_the_source_is_not_shared() -> None:
    source = np.array([[3.0, 1.0], [1.0, 3.0]])
    activity = Activity.from_matrix("AB", "xy", source)
    source[0, 0] = 99
    assert activity.values[0, 0] == 3
    found = measures(activity)
    for array in (
        activity.values,
        found.location_quotient.values,
        found.presence.present,
        found.diversity.values,
        found.proximity.values,
        found.density.values,
        found.complexity.eci,
        found.complementarity.mean_added_density,
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError):
        activity.year = 2000  # type: ignore[misc]


def test_a_result_carries_its_labels_year_and_switches_and_survives_pickling() -> None:
    found = measures(Activity.from_matrix("AB", "xy", [[3, 1], [1, 3]], year=2024), threshold=0.5)
    density = pickle.loads(pickle.dumps(found.density))  # noqa: S301
    assert density.regions == ("A", "B")
    assert density.definition["year"] == 2024
    assert density.definition["threshold"] == 0.5
    assert density.definition["diagonal"] == "exclude"


def test_a_suppressed_eurostat_cell_is_unknown_and_a_true_zero_is_not() -> None:
    regions, domains, values = long_rows("eurostat_sbs_2014", keep_null=True)
    activity = Activity.from_long(regions, domains, values, year=2014, absent="unknown")
    suppressed, zeros = int(np.isnan(values).sum()), int((values == 0).sum())
    assert suppressed > 0
    assert zeros > 0
    assert activity.coverage == pytest.approx(1 - suppressed / len(values))
    quotients = location_quotient(activity).values
    assert np.isnan(quotients[~activity.known]).all()
    assert (quotients[activity.values == 0] == 0).all()
    assert np.isfinite(quotients).sum() == len(values) - suppressed


def test_tables_without_regions_or_without_activity_are_answered() -> None:
    empty = measures(Activity.from_long([], [], []))
    assert empty.density.values.shape == (0, 0)
    assert "at least two" in empty.complexity.note
    still = measures(Activity.from_matrix("AB", "xy", [[0, 0], [None, 0]]))
    assert np.isnan(still.location_quotient.values).all()
    assert np.isnan(still.diversity.values).all()
    assert still.opportunities("A").ranked == ()
    assert still.opportunities("A").not_assessed == ("x", "y")


def test_values_that_no_number_can_add_up_are_refused() -> None:
    endless = Activity.from_matrix("AB", "xy", [[1e308, 1e308], [1e308, 0]])
    with pytest.raises(ActivityError, match="larger unit"):
        presence(endless)
