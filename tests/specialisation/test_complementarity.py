"""What partners add: against reference figures, against its own definition, and pair by pair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.specialisation import (
    Activity,
    ActivityError,
    Complementarity,
    Definition,
    complementarity,
    measures,
    relatedness_index,
)
from hansa.specialisation.partners import complementarity_from

from .reference import activity_of, at, columns, measures_of
from .strategies import activities

TABLES = ["eurostat_sbs_2014", "nz_employment_2013", "patents_cpc_2020"]


NAMED = Definition.of(measure="relatedness", method="probability ratio")


@dataclass(frozen=True)
class Relatedness:
    """Any relatedness with labels, as complementarity accepts it."""

    domains: tuple[str, ...]
    values: np.ndarray
    definition: Definition = NAMED


def probability_relatedness(activity: Activity) -> Relatedness:
    """Co-occurrence without diagonal against what its sums lead one to expect (the "prob" of EconGeo)."""
    held = measures(activity).presence.present.astype(float)
    together = held.T @ held
    np.fill_diagonal(together, 0.0)
    sums, total = together.sum(axis=1), together.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        one = np.outer(sums / total, 1.0 / (total - sums)) * sums
        values = together / ((one + one.T) * total / 2.0)
    return Relatedness(activity.domains, values)


@cache
def by_probability(table: str) -> Complementarity:
    activity = activity_of(table)
    return complementarity(activity, relatedness=probability_relatedness(activity))


def _found(table: str, relatedness: str) -> Complementarity:
    return measures_of(table).complementarity if relatedness == "phi" else by_probability(table)


@pytest.mark.parametrize("relatedness", ["phi", "prob"])
@pytest.mark.parametrize("table", TABLES)
def test_complementarity(table: str, relatedness: str) -> None:
    theirs = columns(f"expected/complementarity_{table}.parquet")
    theirs = {name: values[theirs["relatedness"] == relatedness] for name, values in theirs.items()}
    found = _found(table, relatedness)
    rows, partners = at(found.regions, theirs["region"]), at(found.regions, theirs["partner"])
    percent = found.mean_added_density[rows, partners] * 100
    np.testing.assert_allclose(percent, theirs["mean_added_density"], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(found.partner_only[rows, partners], theirs["partner_only_domains"])
    largest = {region: found.largest_added(region) for region in set(theirs["region"].tolist())}
    ours = np.array([largest[region][column] for region, column in zip(theirs["region"], partners, strict=True)])
    np.testing.assert_allclose(ours * 100, theirs["max_added_density"], rtol=0, atol=1e-9)
    for k in range(0, len(rows), 997):
        pair = found.pair(str(theirs["region"][k]), str(theirs["partner"][k]))
        assert max(gain.added for gain in pair.gains) * 100 == pytest.approx(theirs["max_added_density"][k], abs=1e-9)


@pytest.mark.parametrize("table", TABLES)
def test_every_cell_equals_econgeo_within_its_rounding(table: str) -> None:
    """EconGeo rounds both densities to two decimals, so their difference is off by up to 0.01."""
    theirs = columns(f"expected/complementarity_{table}_cells_econgeo.parquet")
    found = by_probability(table)
    cells = {region: found.added_by_partner(region) for region in set(theirs["region"].tolist())}
    partners, domains = at(found.regions, theirs["partner"]), at(found.domains, theirs["domain"])
    ours = np.array([cells[r][s, i] for r, s, i in zip(theirs["region"], partners, domains, strict=True)])
    np.testing.assert_allclose(ours * 100, theirs["added"], rtol=0, atol=0.01 + 1e-5)


@given(activities())
def test_addition_is_the_density_of_both_together_minus_the_density_of_the_region(activity: Activity) -> None:
    found = measures(activity)
    held, phi = found.presence, np.nan_to_num(found.proximity.values)
    np.fill_diagonal(phi, 0.0)
    totals = phi.sum(axis=1)
    for r, region in enumerate(activity.regions):
        gaining = np.flatnonzero(held.lacked[r] & (totals > 0))
        cells, largest = found.complementarity.added_by_partner(region), found.complementarity.largest_added(region)
        for s in range(len(activity.regions)):
            ours = found.complementarity.mean_added_density[r, s]
            if not len(gaining) or not held.assessed[s].any():
                assert np.isnan(ours)
                assert np.isnan(largest[s])
                continue
            together = held.present[r] | (held.present[s] & held.lacked[r])
            rise = (phi[gaining] @ together - phi[gaining] @ held.present[r]) / totals[gaining]
            assert ours == pytest.approx(rise.mean(), abs=1e-12)
            assert largest[s] == pytest.approx(rise.max(), abs=1e-12)
            np.testing.assert_allclose(cells[s, gaining], rise, atol=1e-12)
            assert np.isnan(np.delete(cells[s], gaining)).all()


@given(activities())
def test_what_only_the_partner_holds_is_counted_over_domains_known_to_be_lacked(activity: Activity) -> None:
    found = complementarity(activity)
    held = found.presence
    for r in range(len(activity.regions)):
        for s in range(len(activity.regions)):
            if held.assessed[r].any() and held.assessed[s].any():
                assert found.partner_only[r, s] == np.count_nonzero(held.lacked[r] & held.present[s])
            else:
                assert np.isnan(found.partner_only[r, s])


@given(activities())
def test_carrying_domains_add_up_to_the_mean_and_gains_average_to_it(activity: Activity) -> None:
    found = complementarity(activity)
    for region in activity.regions:
        for partner, mean in found.partners_of(region):
            pair = found.pair(region, partner)
            assert sum(part.contribution for part in pair.carried_by) == pytest.approx(mean, abs=1e-12)
            assert np.mean([gain.added for gain in pair.gains]) == pytest.approx(mean, abs=1e-12)


@given(activities())
def test_single_precision_agrees_to_six_digits(activity: Activity) -> None:
    exact, quick = complementarity(activity), complementarity(activity, precision="single")
    np.testing.assert_allclose(quick.mean_added_density, exact.mean_added_density, rtol=1e-6, atol=1e-7)
    assert (exact.definition["precision"], quick.definition["precision"]) == ("double", "single")


def test_many_regions_in_blocks_equal_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measures_of("nz_employment_2013").complementarity
    monkeypatch.setattr("hansa.specialisation.partners.BLOCK", 10)
    blocks = complementarity(activity_of("nz_employment_2013"))
    np.testing.assert_allclose(blocks.mean_added_density, whole.mean_added_density, rtol=0, atol=1e-14)


@given(activities(), st.randoms(use_true_random=False))
def test_the_order_and_extra_domains_of_a_relatedness_do_not_matter(activity: Activity, random: object) -> None:
    phi = measures(activity).proximity
    order = [*range(len(phi.domains)), -1]
    random.shuffle(order)  # type: ignore[attr-defined]
    padded = np.pad(phi.values, (0, 1), constant_values=0.3)
    shuffled = Relatedness(
        tuple([*phi.domains, "elsewhere"][j] for j in order), padded[np.ix_(order, order)], phi.definition
    )
    one, other = complementarity(activity), complementarity(activity, relatedness=shuffled)
    np.testing.assert_allclose(other.mean_added_density, one.mean_added_density, atol=1e-12)
    assert other.definition["relatedness"] == one.definition["relatedness"]


def test_a_relatedness_that_does_not_fit_is_refused() -> None:
    table = Activity.from_matrix("AB", "xy", [[1, 2], [2, 1]])
    whole = Relatedness(("x", "y"), np.ones((2, 2)))
    with pytest.raises(ActivityError, match="lacks 1 of the table's 2 domains, the first is 'y'"):
        complementarity(table, relatedness=Relatedness(("x",), np.ones((1, 1))))
    with pytest.raises(ActivityError, match=r"relatedness of 'x' and 'y' is -1\.0"):
        complementarity(table, relatedness=replace(whole, values=np.array([[1.0, -1.0], [1.0, 1.0]])))
    with pytest.raises(ActivityError, match="shape"):
        complementarity(table, relatedness=replace(whole, values=np.ones((2, 3))))
    with pytest.raises(ActivityError, match='"double" or "single"'):
        complementarity(table, precision="half")  # type: ignore[arg-type]


def test_the_relatedness_stands_in_the_definition() -> None:
    activity = activity_of("nz_employment_2013")
    assert "co-occurrence / larger ubiquity" in str(complementarity(activity).definition["relatedness"])
    assert by_probability("nz_employment_2013").definition["relatedness"] == "relatedness: probability ratio"
    named = complementarity_from(
        measures_of("nz_employment_2013").presence, by_probability("nz_employment_2013").weights, relatedness="mine"
    )
    assert named.definition["relatedness"] == "mine"


def test_the_relatedness_index_of_this_package_is_accepted_as_it_is() -> None:
    activity = activity_of("patents_cpc_2020")
    found = complementarity(activity, relatedness=relatedness_index(activity, "prob"))
    wanted = by_probability("patents_cpc_2020").mean_added_density
    np.testing.assert_allclose(found.mean_added_density, wanted, rtol=0, atol=1e-12)
    assert "C_ij" in str(found.definition["relatedness"])


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
    found = complementarity(Activity.from_matrix("AB", "xy", [[1, 2], [2, 1]]))
    with pytest.raises(ActivityError, match="no region 'Atlantis'"):
        found.pair("A", "Atlantis")
    with pytest.raises(ActivityError, match="no region 'Atlantis'"):
        found.largest_added("Atlantis")
