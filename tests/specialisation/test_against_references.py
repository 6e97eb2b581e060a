"""Every measure equals what independent packages computed on ten real tables.

Tolerance 1e-9; 1e-6 (relative) for the cells of the four tables that were stored as float32.
EconGeo's complexity columns are left out: it rounds its transition matrix to four decimals.
"""

from __future__ import annotations

import numpy as np
import pytest

from hansa.specialisation import measures, relatedness_density

from .reference import (
    SINGLE_PRECISION,
    TABLES,
    activity_of,
    at,
    difference_up_to_sign,
    expected,
    measures_of,
)

pytestmark = pytest.mark.parametrize("table", TABLES)

EIGENVECTOR_PEERS = ("ecomplexity", "econcomplex", "fermi")


def _cells(table: str) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, float]:
    cells, activity = expected(table, "cells"), activity_of(table)
    tolerance = 1e-6 if table in SINGLE_PRECISION else 1e-9
    return cells, at(activity.regions, cells["region"]), at(activity.domains, cells["domain"]), tolerance


def test_location_quotient(table: str) -> None:
    cells, rows, columns_, tolerance = _cells(table)
    found = measures_of(table).location_quotient.values[rows, columns_]
    np.testing.assert_allclose(found, cells["rca"], rtol=tolerance, atol=tolerance)


def test_presence(table: str) -> None:
    cells, rows, columns_, _ = _cells(table)
    np.testing.assert_array_equal(measures_of(table).presence.present[rows, columns_], cells["mcp"] == 1)


def test_diversity_and_ubiquity(table: str) -> None:
    found, regions, domains = measures_of(table), expected(table, "regions"), expected(table, "domains")
    diversity = found.diversity.values[at(found.diversity.regions, regions["region"])]
    ubiquity = found.ubiquity.values[at(found.ubiquity.domains, domains["domain"])]
    np.testing.assert_array_equal(diversity, regions["diversity"])
    np.testing.assert_array_equal(ubiquity, domains["ubiquity"])


def test_regions_and_domains_the_references_dropped_are_kept_and_empty(table: str) -> None:
    found, regions, domains = measures_of(table), expected(table, "regions"), expected(table, "domains")
    assert np.isfinite(found.diversity.values).sum() == len(regions["region"])
    assert np.isfinite(found.ubiquity.values).sum() == len(domains["domain"])


def test_proximity(table: str) -> None:
    pairs, found = expected(table, "pairs"), measures_of(table).proximity
    values = found.values[at(found.domains, pairs["domain_a"]), at(found.domains, pairs["domain_b"])]
    np.testing.assert_allclose(values, pairs["phi"], rtol=0, atol=1e-9)


def test_density_without_the_diagonal(table: str) -> None:
    cells, rows, columns_, tolerance = _cells(table)
    found = measures_of(table).density.values[rows, columns_]
    np.testing.assert_allclose(found, cells["density_diag0"], rtol=0, atol=tolerance)


def test_density_with_the_diagonal(table: str) -> None:
    cells, rows, columns_, tolerance = _cells(table)
    found = relatedness_density(activity_of(table), "include").values[rows, columns_]
    np.testing.assert_allclose(found, cells["density_diag1"], rtol=0, atol=tolerance)


def test_complexity_of_regions(table: str) -> None:
    theirs, ours = expected(table, "regions"), measures_of(table).complexity
    eci = ours.eci[at(ours.regions, theirs["region"])]
    for column in [*(f"eci_{peer}" for peer in EIGENVECTOR_PEERS), "eigenvalues_ec200"]:
        assert difference_up_to_sign(eci, theirs[column]) < 1e-9, column


def test_complexity_of_domains(table: str) -> None:
    theirs, ours = expected(table, "domains"), measures_of(table).complexity
    pci = ours.pci[at(ours.domains, theirs["domain"])]
    for column in [*(f"pci_{peer}" for peer in EIGENVECTOR_PEERS), "eigenvalues_ec200"]:
        assert difference_up_to_sign(pci, theirs[column]) < 1e-9, column


def test_one_sign_orients_regions_and_domains(table: str) -> None:
    found = measures_of(table)
    held = found.presence.present.astype(float)
    kept = np.isfinite(found.complexity.eci)
    basket_mean = (held[kept] @ np.nan_to_num(found.complexity.pci)) / held[kept].sum(axis=1)
    assert np.corrcoef(basket_mean, found.complexity.eci[kept])[0, 1] > 1 - 1e-9


def test_pci_on_the_scale_of_eci_equals_ecomplexity(table: str) -> None:
    theirs = expected(table, "domains")
    ours = measures(activity_of(table), pci_moments="eci").complexity
    pci, reference = ours.pci[at(ours.domains, theirs["domain"])], theirs["pci_ecomplexity"]
    assert min(np.abs(pci - reference).max(), np.abs(pci + reference).max()) < 1e-9
    held = measures_of(table).presence.present[np.isfinite(ours.eci)].astype(float)
    np.testing.assert_allclose(
        (held @ np.nan_to_num(ours.pci)) / held.sum(axis=1), ours.eci[np.isfinite(ours.eci)], rtol=0, atol=1e-9
    )
