"""What partners add: against reference figures, against its own definition, and pair by pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from hansa.specialisation import Activity, ActivityError, complementarity, measures

from .reference import at, columns, measures_of
from .strategies import activities


@pytest.mark.parametrize("table", ["eurostat_sbs_2014", "nz_employment_2013", "patents_cpc_2020"])
def test_complementarity(table: str) -> None:
    theirs = columns(f"expected/complementarity_{table}.parquet")
    theirs = {name: values[theirs["relatedness"] == "phi"] for name, values in theirs.items()}
    found = measures_of(table).complementarity
    rows, partners = at(found.regions, theirs["region"]), at(found.regions, theirs["partner"])
    percent = found.mean_added_density[rows, partners] * 100
    np.testing.assert_allclose(percent, theirs["mean_added_density"], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(found.partner_only[rows, partners], theirs["partner_only_domains"])
    for k in range(0, len(rows), 997):
        pair = found.pair(str(theirs["region"][k]), str(theirs["partner"][k]))
        assert max(gain.added for gain in pair.gains) * 100 == pytest.approx(theirs["max_added_density"][k], abs=1e-9)


@given(activities())
def test_addition_is_the_density_of_both_together_minus_the_density_of_the_region(activity: Activity) -> None:
    found = measures(activity)
    held, phi = found.presence, np.nan_to_num(found.proximity.values)
    np.fill_diagonal(phi, 0.0)
    totals = phi.sum(axis=1)
    for r in range(len(activity.regions)):
        gaining = np.flatnonzero(held.lacked[r] & (totals > 0))
        for s in range(len(activity.regions)):
            ours = found.complementarity.mean_added_density[r, s]
            if not len(gaining) or not held.assessed[s].any():
                assert np.isnan(ours)
                continue
            together = held.present[r] | (held.present[s] & held.lacked[r])
            rise = (phi[gaining] @ together - phi[gaining] @ held.present[r]) / totals[gaining]
            assert ours == pytest.approx(rise.mean(), abs=1e-12)


@given(activities())
def test_carrying_domains_add_up_to_the_mean_and_gains_average_to_it(activity: Activity) -> None:
    found = complementarity(activity)
    for region in activity.regions:
        for partner, mean in found.partners_of(region):
            pair = found.pair(region, partner)
            assert sum(part.contribution for part in pair.carried_by) == pytest.approx(mean, abs=1e-12)
            assert np.mean([gain.added for gain in pair.gains]) == pytest.approx(mean, abs=1e-12)


def test_a_partner_that_holds_what_the_region_lacks_adds_most() -> None:
    found = measures_of("nz_employment_2013").complementarity
    partners = found.partners_of("1")
    assert [added for _, added in partners] == sorted((added for _, added in partners), reverse=True)
    assert "1" not in [partner for partner, _ in partners]


def test_an_unknown_cell_is_neither_lacked_nor_gaining() -> None:
    values = [[9.0, 9.0, np.nan, 0.0], [9.0, 0.0, 9.0, 9.0], [0.0, 9.0, 9.0, 0.0]]
    unknown = Activity.from_matrix("ABC", "wxyz", values)
    zero = Activity.from_matrix("ABC", "wxyz", np.nan_to_num(values))
    assert complementarity(unknown).partner_only[0].tolist() == [0.0, 1.0, 0.0]
    assert complementarity(zero).partner_only[0].tolist() == [0.0, 2.0, 1.0]
    assert [gain.domain for gain in complementarity(unknown).pair("A", "B").gains] == ["z"]


def test_an_unknown_region_is_refused_by_name() -> None:
    with pytest.raises(ActivityError, match="no region 'Atlantis'"):
        complementarity(Activity.from_matrix("AB", "xy", [[1, 2], [2, 1]])).pair("A", "Atlantis")
