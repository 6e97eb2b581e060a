"""What the page of a region or domain is computed from: cells, steps, partners, classes, charts and stored measures."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa import evidence, specialisation
from hansa.strategy import about, atlas, charts, measuring, profile
from hansa.strategy import figures as module
from hansa.strategy.figures import Figures
from tests.cast import data_folder

CSS = Path(__file__).resolve().parents[2] / "src" / "hansa" / "site" / "static" / "hansa" / "hansa.css"


def column(loaded: Figures, domain: str) -> int:
    return loaded.column_of[domain]


def with_sign(loaded: Figures, **evidence_of_sign: object) -> Figures:
    """The same figures with another record of how the direction of complexity was decided."""
    definitions = {**loaded.definitions, "complexity": {"sign_evidence": evidence_of_sign}}
    return replace(loaded, definitions=definitions)


# Stored measures


def test_stored_measures_are_those_of_the_specialisation_room(figures):
    found = specialisation.measures(figures.activity)
    np.testing.assert_array_equal(figures.location_quotient, found.location_quotient.values)
    np.testing.assert_array_equal(figures.density, found.density.values)
    np.testing.assert_array_equal(figures.proximity, found.proximity.values)
    np.testing.assert_array_equal(figures.diversity, found.diversity.values)
    np.testing.assert_array_equal(figures.ubiquity, found.ubiquity.values)
    np.testing.assert_array_equal(figures.region_complexity, found.complexity.eci)
    np.testing.assert_array_equal(figures.domain_complexity, found.complexity.pci)
    np.testing.assert_array_equal(figures.held, found.presence.present)


def test_an_unknown_cell_is_stored_as_unknown_though_what_surrounds_it_is_known(figures):
    tables = module.store().measures(module.measures_name("small"))
    row = next(row for row in tables["pairs"].to_pylist() if (row["region"], row["domain"]) == ("PL84", "72"))
    assert [row[name] for name in ("value", "lq", "presence")] == [None] * 3
    assert row["density"] is not None
    known = [cell for cell in tables["pairs"].to_pylist() if cell["value"] is not None]
    assert len(known) == len(figures.regions) * len(figures.domains) - 1


def test_proximity_is_stored_once_per_pair_in_the_order_of_the_codes(figures):
    near = module.store().measures(module.measures_name("small"))["proximity"].to_pylist()
    assert all(pair["domain_a"] < pair["domain_b"] for pair in near)
    assert len({(pair["domain_a"], pair["domain_b"]) for pair in near}) == len(near)


def test_definitions_say_how_each_measure_was_computed(figures):
    assert figures.definitions["density"]["diagonal"] == "exclude"
    assert figures.definitions["presence"]["threshold"] == 1.0
    assert figures.definitions["complexity"]["sign_evidence"]["rule"]
    assert figures.definitions["coverage"] == {"known": 23, "cells": 24}


def test_every_year_is_measured_and_pages_show_the_latest(tmp_path, settings):
    settings.HANSA_HOME = tmp_path
    rows = ["region,domain,value,year"]
    rows += [
        f"{region},{domain},{5 + 3 * r * d + year % 7},{year}"
        for year in (2012, 2014)
        for r, region in enumerate(("PL84", "DE60", "FI1C"))
        for d, domain in enumerate(("10", "26", "62"))
    ]
    path = tmp_path / "two.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    store = module.store()
    store.put_activity("two", evidence.read_activity(path), evidence.Meta(title="Two years"))
    name = measuring.compute_and_store(store, "two")
    assert set(store.measures(name)["regions"]["year"].to_pylist()) == {2012, 2014}
    loaded = module.current()
    assert loaded is not None
    assert loaded.year == 2014 and loaded.regions == ("DE60", "FI1C", "PL84")
    assert loaded.value[2, 0] == 5 + 2014 % 7


def test_a_synthetic_table_keeps_its_mark_in_its_measures(tmp_path, settings):
    settings.HANSA_HOME = tmp_path
    store = module.store()
    store.put_activity("invented", evidence.synthetic(), evidence.Meta(title="Invented"))
    name = measuring.compute_and_store(store, "invented")
    assert store.entry(name)["synthetic"] is True
    assert module.is_synthetic()


def test_the_table_with_most_rows_that_has_measures_is_shown(figures, tmp_path):
    store = module.store()
    store.put_activity("larger", evidence.synthetic(), evidence.Meta(title="Larger, not measured"))
    assert module.main_table(store) == "small"
    measuring.compute_and_store(store, "larger")
    assert module.main_table(store) == "larger"
    assert module.current().name == "larger"


def test_nothing_loaded_gives_no_figures(tmp_path, settings):
    settings.HANSA_HOME = tmp_path
    assert module.current() is None
    assert not module.is_synthetic()
    assert about.left_out(module.store()) is None


def test_what_a_load_left_out_is_kept_with_its_reason(tmp_path, settings):
    settings.HANSA_HOME = tmp_path
    report = evidence.Report((("good", "Loaded good."),), (("bad", "Left: bad.csv, row 3: the value is no number."),))
    measuring.keep_report(module.store(), report)
    assert about.left_out(module.store()) == [("bad", "Left: bad.csv, row 3: the value is no number.")]
    measuring.keep_report(module.store(), evidence.Report((), ()))
    assert about.left_out(module.store()) == []


# A region


def test_a_region_holds_lacks_or_does_not_know_each_domain(figures):
    cells = {cell.domain: cell for cell in profile.cells(figures, figures.row("PL84"), "en")}
    assert cells["10"].holds is True and cells["26"].holds is False and cells["72"].holds is None
    assert cells["72"].value is None and cells["72"].location_quotient is None


def test_specialisations_come_highest_first_and_only_those_held(figures):
    held = profile.specialisations(profile.cells(figures, figures.row("PL84"), "en"))
    quotients = [cell.location_quotient for cell in held]
    assert quotients == sorted(quotients, reverse=True)
    assert all(quotient >= 1 for quotient in quotients)
    assert max(cell.bar for cell in held) == 1.0


def test_steps_are_the_domains_known_to_be_lacked(figures):
    cells = profile.cells(figures, figures.row("PL84"), "en")
    found = profile.steps(figures, "PL84", ["DE60", "FI1C"], cells)
    assert {step.cell.domain for step in found} == {cell.domain for cell in cells if cell.holds is False}
    for step in found:
        assert set(step.held_by) == {
            code for code in ("DE60", "FI1C") if figures.held[figures.row(code), column(figures, step.cell.domain)]
        }


def test_a_region_is_no_partner_of_itself(figures):
    cells = profile.cells(figures, figures.row("PL84"), "en")
    with_itself = profile.steps(figures, "PL84", ["PL84", "DE60"], cells)
    assert with_itself == profile.steps(figures, "PL84", ["DE60"], cells)
    [itself] = profile.partners_of(figures, "PL84", ["PL84"])
    assert itself.adds is None


def test_complexity_orders_the_list_only_where_its_direction_is_firm(figures):
    cells = profile.cells(figures, figures.row("LT00"), "en")
    doubtful = with_sign(figures, firm=False, ubiquity_weighted=-0.5)
    firm = with_sign(figures, firm=True, ubiquity_weighted=-0.5)
    by_density = profile.steps(doubtful, "LT00", [], cells)
    densities = [step.cell.density for step in by_density]
    assert densities == sorted(densities, reverse=True)
    both = [step.closer_than + step.harder_than for step in profile.steps(firm, "LT00", [], cells)]
    assert both == sorted(both, reverse=True)


@pytest.mark.parametrize(
    ("told", "trusted"),
    [
        ({"firm": True, "ubiquity_weighted": -0.4}, True),
        ({"firm": True, "ubiquity_weighted": 0.2}, False),
        ({"firm": False, "ubiquity_weighted": -0.4}, False),
        ({}, False),
    ],
)
def test_the_direction_of_complexity_needs_both_rules(figures, told, trusted):
    assert profile.complexity_direction(with_sign(figures, **told)).trusted is trusted


def test_the_closest_steps_have_the_highest_density(figures):
    cells = profile.cells(figures, figures.row("LT00"), "en")
    near = profile.closest(profile.steps(figures, "LT00", [], cells))
    densities = [step.cell.density for step in near]
    assert densities == sorted(densities, reverse=True)


def test_what_a_partner_adds_is_the_density_of_both_together_less_ones_own(figures):
    """The union of two portfolios, computed from presence and proximity alone."""
    [partner] = profile.partners_of(figures, "PL84", ["DE60"])
    row, other = figures.row("PL84"), figures.row("DE60")
    weights = np.nan_to_num(figures.proximity.copy())
    np.fill_diagonal(weights, 0.0)
    lacked = ~figures.held[row] & np.isfinite(figures.location_quotient[row])

    def density(held):
        return (weights @ held) / weights.sum(axis=1)

    union = (figures.held[row] | (figures.held[other] & lacked)).astype(float)
    gain = density(union) - density(figures.held[row].astype(float))
    assert partner.adds == pytest.approx(gain[lacked].mean(), abs=1e-12)
    assert partner.domains_only_there == int((figures.held[other] & lacked).sum())


def test_the_same_question_is_answered_from_memory(figures):
    cells = profile.cells(figures, figures.row("PL84"), "en")
    profile.steps(figures, "PL84", ["DE60"], cells)
    profile.partners_of(figures, "PL84", ["DE60"])
    before = dict(figures.kept)
    profile.steps(figures, "PL84", ["DE60"], cells)
    profile.partners_of(figures, "PL84", ["DE60"])
    assert all(figures.kept[key] is before[key] for key in before) and len(before) == len(figures.kept)


def test_a_region_without_figures_shows_those_of_the_region_around_it(figures):
    assert profile.stand_in(figures, "LT011").code == "LT00"
    assert profile.stand_in(figures, "DE600").code == "DE60"
    assert profile.stand_in(figures, "IT").code is None


def test_places_are_counted_from_the_largest_and_ties_share_one():
    assert atlas.ranks(np.array([3.0, np.nan, 5.0, 3.0])) == [2, None, 1, 2]


# A domain


def test_the_nearest_domains_are_those_most_often_held_together(figures):
    near = profile.nearest_domains(figures, column(figures, "10"))
    assert "10" not in dict(near)
    assert [p for _code, p in near] == sorted((p for _code, p in near), reverse=True)
    assert dict(near)["31"] == figures.proximity[column(figures, "10"), column(figures, "31")]


def test_a_domains_standing_counts_its_regions_and_the_known_cells(figures):
    standing = profile.domain_standing(figures, column(figures, "72"))
    assert (standing.known, standing.possible) == (3, 4)
    assert standing.count == figures.held[:, column(figures, "72")].sum()


# Classes of a map


@given(
    st.lists(st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6)), min_size=1, max_size=60),
    st.integers(0, 3),
)
def test_every_known_figure_is_in_the_class_its_label_says_and_no_unknown_one_is(numbers, decimals):
    found = atlas.classify(np.array(numbers), None, decimals)
    assert len(found.labels) == len(found.breaks) + 1
    limits = [-np.inf, *found.breaks, np.inf]
    for number, klass in zip(numbers, found.of, strict=True):
        if np.isfinite(number):
            assert limits[klass] <= number < limits[klass + 1]
        else:
            assert klass == -1


def test_a_location_quotient_of_one_is_in_the_class_of_the_specialised():
    found = atlas.classify(np.array([0.99, 1.0, 7.0, np.nan]), atlas.QUOTIENT_BREAKS)
    assert [found.labels[n] if n >= 0 else None for n in found.of] == [
        "0.50 to 1.00", "1.00 to 1.50", "2.00 and more", None
    ]  # fmt: skip


def test_a_measure_that_does_not_fit_gives_the_first_that_does():
    assert atlas.measure_for("diversity", with_domain=False).key == "diversity"
    assert atlas.measure_for("diversity", with_domain=True).key == "location_quotient"
    assert atlas.measure_for("no such thing", with_domain=False).key == "diversity"


# Charts


def points(figures):
    cells = profile.cells(figures, figures.row("LT00"), "en")
    found = profile.steps(figures, "LT00", [], cells)
    return [
        {**point, "tip": point["domain"], "href": "/"}
        for point in profile.points(found, {cell.domain: cell.label for cell in cells}, labelled=2)
    ]


def test_the_plane_shows_every_step_with_known_figures_and_labels_the_first(figures):
    drawn = points(figures)
    assert [point["best"] for point in drawn] == [True] * min(2, len(drawn)) + [False] * max(0, len(drawn) - 2)
    svg = charts.svg(charts.opportunities_spec(drawn, unit="persons employed"))
    assert svg.startswith("<svg") and drawn[0]["domain"] in svg and "persons employed" in svg


def square(code, west, figures=True, remote=False):
    ring = [[west, 50], [west, 55], [west + 5, 55], [west + 5, 50], [west, 50]]
    marks = {"code": code, "name": code, "remote": remote, "approximate": False, "figures": figures}
    return {"type": "Feature", "properties": marks, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_the_map_has_its_own_class_for_unknown_and_names_every_class():
    rows = [
        {"code": "A", "name": "A", "class": "under 1", "tip": "A", "href": "/a", "own": True},
        {"code": "B", "name": "B", "class": "unknown", "tip": "B", "href": "/b", "own": False},
    ]
    land = [square("A", 5), square("B", 12), square("C", 19, figures=False)]
    spec = charts.map_spec(land, rows, ["under 1", "1 and more"], title="A measure", unknown="unknown")
    svg = charts.svg(spec, caption=["© somebody"])
    for words in ("under 1", "1 and more", "unknown", "A measure", "© somebody"):
        assert words in svg
    assert charts.LIGHT["amber"] in svg and "linearGradient" in svg


def test_no_named_colour_is_left_in_a_drawing(figures):
    spec = charts.opportunities_spec(points(figures), unit="persons")
    assert "var(--" in json.dumps(spec)
    assert "var(--" not in json.dumps(charts.resolved(spec))


def test_the_colours_of_drawings_are_the_light_ones_of_the_pages():
    css = CSS.read_text(encoding="utf-8")
    found = dict(re.findall(r"--([a-z0-9-]+):\s*light-dark\((#[0-9a-f]{6}),", css))
    assert {name: found.get(name) for name in charts.LIGHT} == charts.LIGHT


def test_drawings_are_kept_and_the_oldest_go(figures):
    drawn = []
    for n in [*range(charts.KEPT_DRAWINGS + 1), charts.KEPT_DRAWINGS, 0]:
        charts.kept_svg(figures, ("test", n), lambda n=n: drawn.append(n) or str(n))
    assert drawn == [*range(charts.KEPT_DRAWINGS + 1), 0]


# What is cited


def test_the_cited_forecasts_are_those_of_the_reference_table():
    with (data_folder() / "complexity" / "expected" / "backtest_auc.csv").open(encoding="utf-8") as file:
        measured = {
            (row["dataset"], row["t0"], row["t1"], row["score"]): row
            for row in csv.DictReader(file)
            if row["entry_rule"] == "rca<1 -> >=1"
        }
    names = {"density": "density_diag0_econcomplex", "location_quotient": "own_rca_t0", "ubiquity": "ubiquity_only"}
    for panel in about.panels():
        for ours, theirs in names.items():
            row = measured[panel["dataset"], str(panel["from"]), str(panel["to"]), theirs]
            assert panel[ours] == float(row["auc_pooled"])
            assert panel["base_rate"] == float(row["base_rate"])
            assert panel["candidates"] == int(row["candidates"])


def test_every_measure_of_a_map_has_its_formula_on_the_page_about_the_data():
    anchors = {formula.anchor for formula in about.FORMULAS} | {"unknown-cells"}
    assert {measure.anchor for measure in atlas.MEASURES.values()} <= anchors


def test_the_real_employment_table_is_measured_as_the_references_say(tmp_path, settings):
    """Location quotients and densities of 282 NUTS 2 regions against independent packages."""
    import pyarrow.parquet as pq

    folder = data_folder() / "complexity"
    settings.HANSA_HOME = tmp_path
    store = module.store()
    table = evidence.read_activity(folder / "eurostat_sbs_nuts2_2014.parquet")
    store.put_activity("real", table, evidence.Meta(title="Persons employed"))
    measuring.compute_and_store(store, "real")
    loaded = module.current()
    assert loaded is not None and len(loaded.regions) == 282
    compared = 0
    for cell in pq.read_table(folder / "expected" / "eurostat_sbs_2014_cells.parquet").to_pylist():
        row, here = loaded.row_of.get(cell["region"]), loaded.column_of.get(cell["domain"])
        if row is None or here is None or not np.isfinite(loaded.density[row, here]):
            continue
        if np.isfinite(loaded.value[row, here]):
            assert loaded.location_quotient[row, here] == pytest.approx(cell["rca"], abs=1e-9)
        assert loaded.density[row, here] == pytest.approx(cell["density_diag0"], abs=1e-9)
        compared += 1
    assert compared == np.isfinite(loaded.density).sum() > 0
