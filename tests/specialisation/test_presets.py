"""Presets: each package's stored output, sign and scale and rounding included, out of Hansa's measures.

Every column of the ten reference tables is compared. What is not reproduced to 1e-9 (1e-6 for cells stored in single
precision) stands in the table of docs/specialisation/compatibility.md, and no difference may exceed what it says there.
"""

from __future__ import annotations

import csv
import doctest
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.specialisation import Activity, ActivityError, measures
from hansa.specialisation.presets import PRESETS, SWITCHES, Reproduced, arithmetic, peers, preset, reproduce
from hansa.specialisation.presets import preset_measures as figures
from hansa.specialisation.presets import reproduction as reproduction_module

from .reference import TABLES, activity_of, at, expected, long_rows, measures_of, path
from .strategies import activities

PAGE = Path(__file__).resolve().parents[2] / "docs" / "specialisation" / "compatibility.md"

E, X, D, F, G, P = (one.name for one in PRESETS)
PHI, EVERY = (E, X, D, F, P), (E, X, D, F, G, P)

REGIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "diversity": (EVERY, "diversity"),
    "eci_ecomplexity": ((E,), "eci"),
    "coi_ecomplexity": ((E,), "coi"),
    "eci_econcomplex": ((X,), "eci"),
    "fitness20_econcomplex": ((X,), "fitness"),
    "fitness2000_econcomplex": ((X,), "fitness_limit"),
    "mor20_econcomplex": ((X,), "eci_reflections"),
    "herfindahl_econcomplex": ((X,), "herfindahl"),
    "herfindahl_norm_econcomplex": ((X,), "herfindahl_normalised"),
    "entropy_bits_econcomplex": ((X,), "entropy"),
    "krugman_econcomplex": ((X,), "krugman"),
    "hoover_spec_econcomplex": ((X,), "hoover"),
    "hachman_econcomplex": ((X,), "hachman"),
    "lq_avg_econcomplex": ((X,), "mean_lq"),
    "eci_datawheel": ((D,), "eci"),
    "eci_fermi": ((F,), "eci"),
    "fitness2000_fermi": ((F,), "fitness"),
    "kci_econgeo": ((G,), "eci"),
    "mor20_econgeo": ((G,), "eci_reflections"),
    "krugman_econgeo": ((G,), "krugman"),
    "herfindahl_econgeo": ((G,), "herfindahl"),
    "entropy_econgeo": ((G,), "entropy"),
    "hachman_econgeo": ((G,), "hachman"),
    "spec_econgeo": ((G,), "hoover"),
    "lqavg_econgeo": ((G,), "mean_lq"),
    "eigenvalues_ec200": ((P,), "eci"),
    "reflections_ec200": ((P,), "eci_reflections"),
    "fitness_ec200": ((P,), "fitness"),
}
DOMAINS: dict[str, tuple[tuple[str, ...], str]] = {
    "ubiquity": (EVERY, "ubiquity"),
    "pci_ecomplexity": ((E,), "pci"),
    "pci_econcomplex": ((X,), "pci"),
    "complexity20_econcomplex": ((X,), "complexity"),
    "complexity2000_econcomplex": ((X,), "complexity_limit"),
    "mor20_econcomplex": ((X,), "pci_reflections"),
    "locational_gini_econcomplex": ((X,), "locational_gini"),
    "gini_econcomplex": ((X,), "gini"),
    "pci_datawheel": ((D,), "pci"),
    "pci_fermi": ((F,), "pci"),
    "complexity2000_fermi": ((F,), "complexity"),
    "tci_econgeo": ((G,), "pci"),
    "mor20_econgeo": ((G,), "pci_reflections"),
    "locgini_econgeo": ((G,), "locational_gini"),
    "gini_econgeo": ((G,), "gini"),
    "eigenvalues_ec200": ((P,), "pci"),
    "reflections_ec200": ((P,), "pci_reflections"),
    "fitness_ec200": ((P,), "complexity"),
}
CELLS: dict[str, tuple[tuple[str, ...], str]] = {
    "rca": (PHI, "lq"),
    "mcp": (EVERY, "presence"),
    "density_diag1": ((E, P), "density"),
    "cog_ecomplexity": ((E,), "cog"),
    "density_diag0": ((X, D), "density"),
    "density_prob_econgeo": ((G,), "density"),
    "density_binprob_econgeo": ((G,), "density_binary"),
}
PAIRS: dict[str, tuple[tuple[str, ...], str]] = {
    "phi": (PHI, "proximity"),
    "cooc": ((G,), "co_occurrence"),
    "prob_econgeo": ((G,), "prob"),
    "association_econgeo": ((G,), "association"),
    "cosine_econgeo": ((G,), "cosine"),
    "jaccard_econgeo": ((G,), "jaccard"),
}
COLUMNS = {"regions": REGIONS, "domains": DOMAINS, "cells": CELLS, "pairs": PAIRS}
LABELS = {"region", "domain", "domain_a", "domain_b"}


@cache
def reproduced(table: str, name: str) -> Reproduced:
    return reproduce(activity_of(table), name)


def _places(kind: str, table: str) -> tuple[np.ndarray, ...]:
    labels, activity = expected(table, kind), activity_of(table)
    names = {"regions": ["region"], "domains": ["domain"], "cells": ["region", "domain"]}.get(
        kind, ["domain_a", "domain_b"]
    )
    return tuple(at(activity.regions if name == "region" else activity.domains, labels[name]) for name in names)


@cache
def differences(kind: str, table: str) -> dict[tuple[str, str], float]:
    """Largest difference of each column from each preset; columns in single precision relative to their size over 1."""
    theirs, places = expected(table, kind), _places(kind, table)
    found = {}
    for column, (names, measure) in COLUMNS[kind].items():
        reference = theirs[column].astype(np.float64)
        for name in names:
            ours = reproduced(table, name)[measure][places]
            if np.isnan(reference).all():
                found[column, name] = float("nan")
                continue
            apart = np.abs(ours - reference)
            if theirs[column].dtype == np.float32:
                apart /= np.maximum(np.abs(reference), 1.0)
            assert not np.isnan(apart).any(), (column, name)
            found[column, name] = float(apart.max())
    return found


def exceptions() -> dict[tuple[str, str, str], tuple[bool, float]]:
    """(kind, column, table or "all"): whether the difference is always there, and how large it gets; from the page."""
    rows = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `") and cells[0] in COLUMNS and len(cells) == 5:
            rows[cells[0], cells[1], cells[2]] = not cells[3].startswith("0 to "), float(cells[3].removeprefix("0 to "))
    return rows


def allowed(kind: str, column: str, table: str) -> float:
    listed = exceptions()
    usual = 1e-6 if kind in ("cells", "pairs") and expected(table, kind)[column].dtype == np.float32 else 1e-9
    return listed.get((kind, column, table), listed.get((kind, column, "all"), (False, usual)))[1]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("kind", COLUMNS)
def test_every_stored_column_is_reproduced_or_listed_with_its_difference(kind: str, table: str) -> None:
    assert set(COLUMNS[kind]) == set(expected(table, kind)) - LABELS
    for (column, name), difference in differences(kind, table).items():
        limit = allowed(kind, column, table)
        assert (np.isnan(difference) and np.isnan(limit)) or difference <= limit, (column, name, difference)


@pytest.mark.parametrize(
    ("kind", "column", "table"), sorted(row for row, (always, _) in exceptions().items() if always)
)
def test_every_listed_difference_is_really_there(kind: str, column: str, table: str) -> None:
    found = [
        difference
        for one in (TABLES if table == "all" else [table])
        for (name, _), difference in differences(kind, one).items()
        if name == column
    ]
    _, stated = exceptions()[kind, column, table]
    assert np.isnan(found).all() if np.isnan(stated) else 1e-9 < max(found) <= stated < 12 * max(found)


def test_signs_are_those_of_the_packages_even_where_they_contradict_each_other() -> None:
    publications = [reproduced("publications_asjc_2020", name) for name in (E, X, F, D, G, P)]
    assert [np.sign(one.eci_correlation) for one in publications] == [-1, -1, -1, 1, 1, 1]
    for table in ("eurostat_sbs_2014", "uk_bres_2015", "uk_bres_2018"):
        for name in (X, G):  # PCI against its own ECI
            one = reproduced(table, name)
            assert one.eci_correlation > 0.999
            assert one.pci_correlation < -0.999
    for table in ("trade_hs_2020", "patents_cpc_2020", "nz_employment_1981"):
        assert reproduced(table, F).pci_correlation < -0.999  # PCI that rises with ubiquity
        assert reproduced(table, E).pci_correlation > 0.999


@pytest.mark.parametrize("table", TABLES)
def test_the_outlook_of_economiccomplexity_correlates_with_the_others_as_stored(table: str) -> None:
    # Its own outlook is not stored, only how it compares with that of ecomplexity.
    with path("expected/agreement.csv").open(encoding="utf-8") as file:
        row = next(
            one
            for one in csv.DictReader(file)
            if (one["dataset"], one["a"], one["b"]) == (table, "coi_ecomplexity", "coi_ec200")
        )
    ours, theirs = reproduced(table, P)["coi"], reproduced(table, E)["coi"]
    both = np.isfinite(ours) & np.isfinite(theirs)
    assert np.corrcoef(ours[both], theirs[both])[0, 1] == pytest.approx(float(row["pearson"]), abs=1e-8)


@pytest.mark.parametrize("table", TABLES)
def test_rounding_belongs_to_econgeo_alone(table: str) -> None:
    rounded = reproduced(table, G)
    for measure, decimals in [("lq", 2), ("density", 2), ("density_binary", 2), ("entropy", 3), ("gini", 3)]:
        values = rounded[measure][np.isfinite(rounded[measure])]
        np.testing.assert_array_equal(values, values.round(decimals))
    own = measures_of(table).location_quotient.values
    np.testing.assert_allclose(rounded["lq"], own, rtol=0, atol=0.005 + 1e-9)
    for name in (E, X, D, F, P):
        np.testing.assert_array_equal(reproduced(table, name)["lq"], own)


def test_a_difference_that_depends_on_the_processor_comes_from_cells_between_two_decimals() -> None:
    listed = [row for row, (always, _) in exceptions().items() if not always]
    assert listed == [("domains", "tci_econgeo", "nz_employment_2001")]
    held = measures_of("nz_employment_2001").presence
    part = held.present[held.held_counts > 0][:, held.holder_counts > 0].astype(float)
    transition = (part / part.sum(axis=0)).T @ (part / part.sum(axis=1)[:, None]) * 1e4
    assert (np.abs(transition - np.floor(transition) - 0.5) < 1e-7).sum() == 8


@pytest.mark.parametrize("table", ["publications_asjc_2020", "uk_bres_2018"])
def test_a_preset_leaves_hansas_own_figures_alone(table: str) -> None:
    before = measures(activity_of(table))
    for name in EVERY:
        reproduced(table, name)
    after = measures(activity_of(table))
    for one, other in [(before.complexity.eci, after.complexity.eci), (before.density.values, after.density.values)]:
        assert one.tobytes() == other.tobytes()
    assert before.definition == after.definition


def test_every_switch_has_a_reason_and_is_recorded_with_the_figures() -> None:
    used = set()
    for one in PRESETS:
        names = [switch.name for switch in one.switches]
        assert len(names) == len(set(names))
        used |= set(names)
        assert all(switch.why.endswith(".") and len(switch.why) > 20 for switch in one.switches)
        assert one.definition["version"] == one.version
        assert dict(one.definition).items() <= dict(reproduced("uk_bres_2018", one.name).definition).items()
    assert used == set(SWITCHES)
    assert len({(one.name, one.version) for one in PRESETS}) == 6


def test_what_no_stored_figure_shows_is_marked() -> None:
    # COG is stored for one package only, so the switches of all others' COG rest on what is said about them.
    for one in PRESETS:
        if one.name == E:
            assert all(switch.shown == "figures" for switch in one.switches)
        elif "cog" in one.measures:
            shown = {switch.name: switch.shown for switch in one.switches}
            assert {shown[name] for name in ("gain_divide_by", "gain_own_term", "gain_of_held")} == {"statement"}


@settings(max_examples=25)
@given(activities(), st.sampled_from(EVERY))
def test_every_table_has_an_answer_with_the_labels_of_the_table(activity: Activity, name: str) -> None:
    before = activity.values.tobytes()
    found = reproduce(activity, name)
    rows, columns = len(activity.regions), len(activity.domains)
    for group, shape in [
        (found.of_regions, (rows,)),
        (found.of_domains, (columns,)),
        (found.of_cells, (rows, columns)),
        (found.of_pairs, (columns, columns)),
    ]:
        for measure, values in group.items():
            assert values.shape == shape, measure
            assert not values.flags.writeable
            assert not np.isinf(values).any(), measure
    again = figures(activity, name)
    assert tuple(again) == preset(name).measures
    assert all(again[measure].tobytes() == found[measure].tobytes() for measure in again)
    assert activity.values.tobytes() == before


@given(activities(), st.sampled_from(EVERY))
def test_unknown_cells_are_read_as_zero_because_those_tables_have_none(activity: Activity, name: str) -> None:
    as_zero = Activity(activity.regions, activity.domains, np.nan_to_num(activity.values, nan=0.0))
    one, other = figures(activity, name, ["lq", "density"]), figures(as_zero, name, ["lq", "density"])
    for measure, values in one.items():
        assert values.tobytes() == other[measure].tobytes()


def test_suppressed_cells_of_a_real_table_give_what_dropping_them_gave() -> None:
    rows = long_rows("eurostat_sbs_2014", keep_null=True)
    kept = Activity.from_long(*rows, absent="unknown")
    assert kept.coverage < 0.9
    np.testing.assert_array_equal(figures(kept, E, ["eci"])["eci"], reproduced("eurostat_sbs_2014", E)["eci"])


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=20), st.integers(0, 4))
def test_a_decimal_is_rounded_to_itself_and_anything_to_half_a_unit(units: list[int], decimals: int) -> None:
    exact = np.array(units) / 10.0**decimals
    np.testing.assert_array_equal(arithmetic.nearest_decimal(exact, decimals), exact)
    shifted = exact + 0.37 / 10.0**decimals
    np.testing.assert_array_equal(arithmetic.nearest_decimal(shifted, decimals), exact)


@pytest.mark.parametrize("value", [0.15, 0.25, 0.35, 2.675, 1.005, 0.00125, 0.06485])
def test_a_stored_half_goes_where_the_stored_number_lies(value: float) -> None:
    for decimals in range(5):
        found = float(arithmetic.nearest_decimal(np.array([value]), decimals)[0])
        assert found == pytest.approx(round(value, decimals), abs=1e-12)  # Python rounds the stored number too


def test_iteration_and_the_full_solver_agree_on_the_rounded_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    held = measures_of("uk_bres_2018").presence.present
    part = held[:, held.any(axis=0)].T.astype(float)
    iterated = arithmetic.rounded_eigenvector(part, 4)
    monkeypatch.setattr(arithmetic, "FULL_LIMIT", 10_000)
    full = arithmetic.rounded_eigenvector(part, 4)
    np.testing.assert_allclose(iterated, full, rtol=0, atol=1e-12)
    assert iterated.tobytes() != full.tobytes()


def test_refusals_say_what_to_do() -> None:
    table = Activity.from_matrix("AB", "xy", [[2, 1], [1, 2]])
    with pytest.raises(ActivityError, match="choose one of ecomplexity, econcomplex"):
        reproduce(table, "excel")
    with pytest.raises(ActivityError, match="offers no 'fitness'"):
        reproduce(table, E, ["fitness"])
    with pytest.raises(ActivityError, match="it holds eci"):
        reproduce(table, E, ["eci"])["pci"]


@pytest.mark.parametrize("module", [arithmetic, peers, reproduction_module])
def test_docstring_examples(module: object) -> None:
    found = doctest.testmod(module)  # type: ignore[arg-type]
    assert found.attempted
    assert not found.failed
