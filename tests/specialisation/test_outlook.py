"""Complexity outlook: what lies near, and exactly how much nearer one more domain would bring it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from hansa.specialisation import Activity, ActivityError, complexity, presence, proximity
from hansa.specialisation.economic_complexity import complexity_from
from hansa.specialisation.outlook import complexity_outlook, outlook_from

from .reference import SINGLE_PRECISION, TABLES, activity_of, at, expected, measures_of
from .strategies import activities


@pytest.mark.parametrize("table", TABLES)
def test_equals_ecomplexity(table: str) -> None:
    # Diagonal 1 in the sums, j's own sum as divisor, no term of the domain's own, and PCI before it is centred.
    found = measures_of(table)
    pci = complexity_from(found.presence, "eci")
    ours = outlook_from(
        found.presence,
        found.proximity,
        pci,
        diagonal="include",
        own_term=False,
        pci_zero="holdings",
        standardise_coi=True,
    )
    regions, domains, cells = (expected(table, kind) for kind in ("regions", "domains", "cells"))
    reference_pci = domains["pci_ecomplexity"]
    sign = np.sign(np.corrcoef(pci.pci[at(ours.domains, domains["domain"])], reference_pci)[0, 1])
    coi = ours.coi[at(ours.regions, regions["region"])]
    np.testing.assert_allclose(sign * coi, regions["coi_ecomplexity"], rtol=0, atol=1e-9)
    cog = ours.cog[at(ours.regions, cells["region"]), at(ours.domains, cells["domain"])]
    tolerance = 1e-6 if table in SINGLE_PRECISION else 1e-9
    lacked = cells["mcp"] == 0
    np.testing.assert_allclose(sign * cog[lacked], cells["cog_ecomplexity"][lacked], rtol=tolerance, atol=tolerance)
    assert (cells["cog_ecomplexity"][~lacked] == 0).all()
    assert np.isnan(cog[~lacked]).all()


@given(activities(smallest=3))
def test_the_gain_is_the_change_of_the_outlook_when_the_domain_is_taken_up(activity: Activity) -> None:
    held, phi, found = presence(activity), proximity(activity), complexity(activity)
    before = outlook_from(held, phi, found)
    cells = np.argwhere(np.isfinite(before.cog))
    assume(len(cells))
    for r, i in cells:
        present = held.present.copy()
        present[r, i] = True
        after = outlook_from(dataclasses.replace(held, present=present), phi, found)
        assert before.cog[r, i] == pytest.approx(after.coi[r] - before.coi[r], abs=1e-10)


@given(
    activities(smallest=3),
    st.sampled_from(["exclude", "include"]),
    st.sampled_from(["contributing", "gaining"]),
    st.booleans(),
    st.sampled_from(["lacked", "all"]),
    st.sampled_from(["mean", "holdings"]),
)
def test_every_variant_equals_its_definition(
    activity: Activity, diagonal: str, divide_by: str, own_term: bool, scored: str, pci_zero: str
) -> None:
    held, phi, pci = presence(activity), np.nan_to_num(proximity(activity).values), complexity(activity).pci
    found = complexity_outlook(
        activity,
        diagonal=diagonal,  # type: ignore[arg-type]
        divide_by=divide_by,  # type: ignore[arg-type]
        own_term=own_term,
        scored=scored,  # type: ignore[arg-type]
        pci_zero=pci_zero,  # type: ignore[arg-type]
    )
    ranked = [i for i in range(len(pci)) if np.isfinite(pci[i])]
    if not ranked:
        assert np.isnan(found.coi).all()
        assert np.isnan(found.cog).all()
        return
    zero = 0.0
    if pci_zero == "holdings":
        zero = np.average(pci[ranked], weights=held.holder_counts[ranked])
    everything = range(len(pci))
    totals = [sum(phi[i, k] for k in everything if diagonal == "include" or k != i) for i in everything]

    def density(r: int, i: int) -> float:
        own = [phi[i, j] for j in everything if held.present[r, j] and (diagonal == "include" or j != i)]
        return sum(own) / totals[i] if totals[i] else 0.0

    for r in range(len(activity.regions)):
        if not held.assessed[r].any():
            assert np.isnan(found.coi[r])
            continue
        outlook = sum(density(r, i) * (pci[i] - zero) for i in ranked if held.lacked[r, i])
        assert found.coi[r] == pytest.approx(outlook, abs=1e-10)
        for i in everything:
            asked = held.lacked[r, i] or (scored == "all" and held.assessed[r, i])
            if not asked or i not in ranked or totals[i] == 0:
                assert np.isnan(found.cog[r, i])
                continue
            gain = -density(r, i) * (pci[i] - zero) if own_term else 0.0
            for j in ranked:
                divisor = totals[j] if divide_by == "contributing" else totals[i]
                if held.lacked[r, j] and (diagonal == "include" or j != i) and divisor:
                    gain += phi[i, j] * (pci[j] - zero) / divisor
            assert found.cog[r, i] == pytest.approx(gain, abs=1e-10)


@given(activities())
def test_unknown_and_held_domains_have_no_gain(activity: Activity) -> None:
    held, found = presence(activity), complexity_outlook(activity)
    assert np.isnan(found.cog[~held.lacked]).all()
    assert not np.isfinite(found.coi[~held.assessed.any(axis=1)]).any()
    with pytest.raises(ValueError, match="read-only"):
        found.cog[:] = 0


@pytest.mark.parametrize(
    ("table", "least", "most"),
    [("uk_bres_2018", 0.96, 1.0), ("trade_hs_2020", -0.2, 0.2), ("patents_cpc_2020", -0.6, -0.3)],
)
def test_the_zero_of_pci_decides_the_ranking_by_outlook_where_diversity_differs_most(
    table: str, least: float, most: float
) -> None:
    mean, holdings = (complexity_outlook(activity_of(table), pci_zero=zero).coi for zero in ("mean", "holdings"))
    regions = np.isfinite(mean)
    assert least < spearmanr(mean[regions], holdings[regions]).statistic < most


def test_the_definition_names_every_switch_and_a_density_of_another_diagonal_is_refused() -> None:
    found = measures_of("nz_employment_2013")
    same = outlook_from(found.presence, found.proximity, found.complexity, density=found.density)
    alone = complexity_outlook(activity_of("nz_employment_2013"))
    assert same.cog.tobytes() == alone.cog.tobytes()
    assert same.coi.tobytes() == alone.coi.tobytes()
    for switch, value in {
        "diagonal": "exclude",
        "divide_by": "contributing",
        "own_term": True,
        "scored": "lacked",
        "pci_zero": "mean",
        "pci_moments": "own",
        "coi_standardised": False,
        "threshold": 1.0,
    }.items():
        assert alone.definition[switch] == value
    with pytest.raises(ActivityError, match="one rule for both"):
        outlook_from(found.presence, found.proximity, found.complexity, diagonal="include", density=found.density)


def test_refusals_say_what_to_do() -> None:
    table = Activity.from_matrix("AB", "xy", [[2, 1], [1, 2]])
    for switches, words in [
        ({"divide_by": "both"}, "contributing"),
        ({"scored": "held"}, "lacked"),
        ({"pci_zero": "none"}, "holdings"),
        ({"diagonal": "half"}, "exclude"),
    ]:
        with pytest.raises(ActivityError, match=words):
            complexity_outlook(table, **switches)
