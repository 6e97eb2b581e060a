"""The evidence pages: what they show, from what, at what cost, and what they say when there is nothing to show."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hansa import evidence
from hansa.network.models import Group, Organisation, Region, Role
from hansa.site.management.commands import prepare_assets
from hansa.strategy import figures as module
from hansa.strategy import measuring, queries
from hansa.strategy.actions import start_run
from hansa.strategy.models import Priority
from hansa.strategy.proposal import Parameters
from tests.cast import PLACES

MOST_QUERIES = 13
PAGES = {
    "map": ("evidence:map", []),
    "map of a domain": ("evidence:map", []),
    "regions": ("evidence:regions", []),
    "region": ("evidence:region", ["PL84"]),
    "domains": ("evidence:domains", []),
    "domain": ("evidence:domain", ["26"]),
    "data": ("evidence:data", []),
}
ASKED = {"map of a domain": {"domain": "26", "measure": "density"}}


def address(page: str) -> tuple[str, dict[str, str]]:
    name, args = PAGES[page]
    return reverse(name, args=args), ASKED.get(page, {})


def square(code: str, west: float, *, remote: bool = False) -> dict:
    ring = [[west, 50], [west, 55], [west + 5, 55], [west + 5, 50], [west, 50]]
    marks = {"code": code, "name": code, "remote": remote, "approximate": False, "figures": True}
    return {"type": "Feature", "properties": marks, "geometry": {"type": "Polygon", "coordinates": [ring]}}


@pytest.fixture
def land(figures):
    """A map of the small table: three squares in the frame, one region outside it."""
    features = [square(code, 5 * n, remote=code == "LT00") for n, code in enumerate(PLACES)]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    meta = evidence.Meta(title="A map", attribution="© the surveyors", role="map")
    module.store().put_file("map-small", content, meta, suffix=".geojson")
    return module.current()


@pytest.fixture
def run(cast, figures):
    return start_run(
        cast.people[Role.ANALYST],
        title="A run",
        regions=list(cast.regions.values()),
        parameters=Parameters(min_size=50),
    )


def read_csv(response) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def spec_of(page: str, identifier: str) -> dict:
    found = re.search(rf'<script id="{identifier}" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def count_queries(client, page: str) -> int:
    url, asked = address(page)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url, asked).status_code == 200
    return len(seen)


# Every page


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_figures_says_what_to_do_next(client, db, settings, tmp_path, page):
    settings.HANSA_HOME = tmp_path
    url, asked = address(page)
    answer = client.get(url, asked)
    assert answer.status_code == 200
    assert "hansa load" in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_heading_and_no_inline_style_or_script(client, run, land, page):
    url, asked = address(page)
    text = client.get(url, asked).content.decode()
    assert len(re.findall(r"<h1[ >]", text)) == 1
    assert not re.search(r"<[^>]+\sstyle=", text)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", text)]
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_costs_the_same_for_few_records_and_for_many(client, cast, run, land, page):
    client.force_login(cast.people[Role.BROKER].user)
    client.get(address(page)[0])
    with_few = count_queries(client, page)
    Priority.objects.bulk_create(
        Priority(number=1000 + n, run=run, kind="shared", title=f"Priority {n}", domains=["10", "26"], score=1.0)
        for n in range(100)
    )
    more = Region.objects.bulk_create(
        Region(code=f"PL84{n}", nuts_version="2024", level=3, country="PL", name=f"Part {n}", name_latin=f"Part {n}")
        for n in range(1, 10)
    )
    Organisation.objects.bulk_create(
        Organisation(name=f"Organisation {n}", region=more[n % 9], country="PL", is_partner=True) for n in range(100)
    )
    Group.objects.bulk_create(
        Group(kind="cluster", name=f"Cluster {n}", region=cast.regions["PL84"]) for n in range(10)
    )
    assert count_queries(client, page) == with_few <= MOST_QUERIES


@pytest.mark.parametrize("page", ["map", "regions", "region", "domains", "domain"])
def test_a_list_can_be_searched_sorted_paged_and_exported(client, run, land, page):
    url, asked = address(page)
    everything = len(client.get(url, asked).context["page"].paginator.object_list)
    assert everything > 0
    none = client.get(url, {**asked, "q": "no such words"})
    assert list(none.context["page"]) == [] and none.status_code == 200
    rows = read_csv(client.get(url, {**asked, "format": "csv"}))
    assert len(rows) >= everything
    assert client.get(url, {**asked, "sort": "no such column", "page": "999"}).status_code == 200


# The map


def test_the_map_draws_every_region_of_the_frame_and_names_the_others(client, cast, land):
    page = client.get(reverse("evidence:map"))
    text = page.content.decode()
    spec = spec_of(text, "map-spec")
    [lookup] = [step["from"]["data"]["values"] for step in spec["transform"] if "lookup" in step]
    assert {row["code"] for row in lookup} == set(PLACES)
    assert spec["data"]["url"].startswith(reverse("evidence:geometry") + "?v=")
    assert [row.code for row in page.context["remote"]] == ["LT00"]
    assert "© the surveyors" in text


def test_a_region_of_the_map_leads_to_its_page(client, cast, land):
    spec = spec_of(client.get(reverse("evidence:map")).content.decode(), "map-spec")
    [lookup] = [step["from"]["data"]["values"] for step in spec["transform"] if "lookup" in step]
    by_code = {row["code"]: row for row in lookup}
    assert by_code["PL84"]["href"] == reverse("evidence:region", args=["PL84"])
    assert by_code["PL84"]["own"] is True
    assert client.get(by_code["PL84"]["href"]).status_code == 200


def test_an_unknown_cell_is_its_own_class_and_never_a_zero(client, cast, land):
    page = client.get(reverse("evidence:map"), {"domain": "72", "measure": "value"})
    spec = spec_of(page.content.decode(), "map-spec")
    [lookup] = [step["from"]["data"]["values"] for step in spec["transform"] if "lookup" in step]
    assert {row["code"]: row["class"] for row in lookup}["PL84"] == "unknown"
    rows = {
        row["region"]: row for row in read_csv(client.get(page.request["PATH_INFO"], {"domain": "72", "format": "csv"}))
    }
    assert rows["PL84"]["value"] == "" and rows["DE60"]["value"] == "300.0"


def test_a_table_without_geometry_still_shows_its_figures(client, cast, figures):
    page = client.get(reverse("evidence:map"))
    assert page.context["spec"] is None
    assert "Podlaskie" in page.content.decode()
    assert client.get(reverse("evidence:geometry")).status_code == 404
    assert client.get(reverse("evidence:map_svg")).status_code == 404


def test_the_geometry_may_be_kept_only_under_the_address_of_its_version(client, db, land):
    url = reverse("evidence:geometry")
    plain = client.get(url)
    assert plain["Cache-Control"] == "no-cache" and len(json.loads(plain.content)["features"]) == len(PLACES)
    zipped = client.get(url, headers={"Accept-Encoding": "gzip"})
    assert zipped["Content-Encoding"] == "gzip" and gzip.decompress(zipped.content) == plain.content
    lasting = client.get(url, {"v": plain["ETag"].strip('"')})
    assert "immutable" in lasting["Cache-Control"]
    assert client.get(url, headers={"If-None-Match": plain["ETag"]}).status_code == 304


def test_sorting_puts_the_unknown_last_both_ways(client, cast, figures):
    url = reverse("evidence:domain", args=["72"])
    for sort in ("value", "-value"):
        shown = [row.by_key["value"] for row in client.get(url, {"sort": sort}).context["page"]]
        assert shown[-1] is None and None not in shown[:-1]
        assert shown[:-1] == sorted(shown[:-1], reverse=sort.startswith("-"))


# A region


def test_a_region_shows_its_strength_its_next_steps_and_its_partners(client, cast, run, figures):
    answer = client.get(reverse("evidence:region", args=["PL84"]))
    shown = answer.context["region"]
    text = answer.content.decode()
    assert shown.strongest[0].location_quotient == max(c.location_quotient for c in shown.cells if c.holds)
    for row in shown.first_steps:
        assert reverse("evidence:domain", args=[row.step.cell.domain]) in text
    assert {row.figures_from for row in shown.partners} == set(PLACES) - {"PL84"}
    assert [row.adds for row in shown.partners] == sorted((row.adds for row in shown.partners), reverse=True)
    held = queries.open_priorities().filter(figures__region=cast.regions["PL84"], figures__role="holds").distinct()
    assert (shown.fits, shown.open_priorities) == (len(held), queries.open_priorities().count())
    assert f"Fits {shown.fits} of {shown.open_priorities} common priorities" in text


def test_an_opportunity_leads_to_the_priority_that_carries_it_or_says_that_none_does(client, cast, run, figures):
    answer = client.get(reverse("evidence:region", args=["PL84"]))
    text = answer.content.decode()
    carried = queries.by_domain()
    steps = answer.context["region"].first_steps
    assert steps
    for row in steps:
        assert list(row.priorities) == carried.get(row.step.cell.domain, [])
        for priority in row.priorities:
            assert priority.get_absolute_url() in text
    Priority.objects.update(state=Priority.State.DROPPED)
    bare = client.get(reverse("evidence:region", args=["PL84"])).content.decode()
    assert bare.count("no priority carries it yet") == len(steps)


def test_a_region_inside_another_says_whose_figures_it_shows(client, cast, figures):
    Region.objects.create(
        code="LT011", nuts_version="2024", level=3, country="LT", name="Vilnius", name_latin="Vilnius"
    )
    text = client.get(reverse("evidence:region", args=["LT011"])).content.decode()
    assert "Vilnius has no figures of its own" in text and "Lietuva (LT00)" in text
    assert "has no figures of its own" not in client.get(reverse("evidence:region", args=["LT00"])).content.decode()


def test_a_municipality_shows_the_figures_of_the_region_it_lies_in(client, cast, figures):
    Region.objects.create(
        code="FI-KOUVOLA", kind=Region.Kind.PLACE, level=4, country="FI", name="Kouvola", name_latin="Kouvola",
        parent=cast.regions["FI1C"],
    )  # fmt: skip
    answer = client.get(reverse("evidence:region", args=["FI-KOUVOLA"]))
    assert "Kouvola has no figures of its own" in answer.content.decode()
    assert answer.context["region"].stand_in.code == "FI1C"
    assert {row["figures_from"] for row in read_csv(client.get(answer.request["PATH_INFO"], {"format": "csv"}))} == {
        "FI1C"
    }


def test_a_region_that_no_figures_cover_says_so(client, cast, figures):
    Region.objects.create(code="IT", nuts_version="2024", level=0, country="IT", name="Italia", name_latin="Italia")
    text = client.get(reverse("evidence:region", args=["IT"])).content.decode()
    assert "no figures for Italia" in text


def test_partners_with_the_same_figures_stand_in_one_row(client, cast, figures):
    inside = Region.objects.create(
        code="LT011", nuts_version="2024", level=3, country="LT", name="Vilnius", name_latin="Vilnius"
    )
    Organisation.objects.create(name="Agency of Vilnius", region=inside, country="LT", is_partner=True)
    rows = client.get(reverse("evidence:region", args=["PL84"])).context["region"].partners
    [together] = [row for row in rows if row.figures_from == "LT00"]
    assert {region.code for region in together.regions} == {"LT00", "LT011"}


def test_the_regions_domains_can_be_narrowed_to_what_it_holds_lacks_or_does_not_know(client, cast, figures):
    url = reverse("evidence:region", args=["PL84"])
    shown = {show: {c.domain for c in client.get(url, {"show": show}).context["page"]} for show in ("held", "lacked", "unknown", "all")}  # fmt: skip  # noqa: E501
    assert shown["unknown"] == {"72"}
    assert shown["held"] | shown["lacked"] | shown["unknown"] == shown["all"] == set(figures.domains)


def test_a_density_is_never_shown_without_what_it_is_worth_as_a_forecast(client, cast, figures):
    text = client.get(reverse("evidence:region", args=["PL84"])).content.decode()
    assert reverse("evidence:data") + "#forecast" in text
    assert 'id="forecast"' in client.get(reverse("evidence:data")).content.decode()


@pytest.mark.parametrize("url", ["/evidence/regions/NOWHERE/", "/evidence/domains/9999/", "/evidence/data/none.csv"])
def test_what_does_not_exist_is_not_found(client, cast, figures, url):
    assert client.get(url).status_code == 404


# A domain, and the data


def test_a_domain_names_its_holders_its_neighbours_and_its_priorities(client, cast, run, figures):
    priority = run.priorities.first()
    domain = priority.domains[0]
    answer = client.get(reverse("evidence:domain", args=[domain]))
    column = figures.column_of[domain]
    assert [row.code for row in answer.context["holders"]] == sorted(
        (code for code in figures.regions if figures.held[figures.row(code), column]),
        key=lambda code: -figures.location_quotient[figures.row(code), column],
    )
    assert priority.get_absolute_url() in answer.content.decode()
    assert answer.context["near"][0][2] == max(p for _code, _label, p in answer.context["near"])


def test_the_page_about_the_data_tells_origin_coverage_time_and_checksum(client, db, figures):
    report = evidence.Report((), (("odd", "Left: odd.csv: there is no column “value”; add it."),))
    measuring.keep_report(module.store(), report)
    text = client.get(reverse("evidence:data")).content.decode()
    entry = module.store().entry("small")
    for told in ("Persons employed, a small table", "made for tests", "EUPL-1.2", entry["sha256"], "NACE Rev. 2"):
        assert told in text
    assert "there is no column “value”" in text
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d CES?T", text)
    assert "1 unknown" in text


def test_every_formula_link_leads_to_a_formula(client, cast, run, land):
    about = client.get(reverse("evidence:data")).content.decode()
    anchors = set(re.findall(r'id="([a-z-]+)"', about))
    for page in PAGES:
        url, asked = address(page)
        text = client.get(url, asked).content.decode()
        assert set(re.findall(rf"{reverse('evidence:data')}#([a-z-]+)", text)) <= anchors


def test_synthetic_figures_are_called_so(client, db, settings, tmp_path):
    settings.HANSA_HOME = tmp_path
    store = module.store()
    store.put_activity("invented", evidence.synthetic(), evidence.Meta(title="Invented", unit="persons"))
    measuring.compute_and_store(store, "invented")
    assert "synthetic figures" in client.get(reverse("evidence:map")).content.decode()
    assert "synthetic figures, not a statistic" in client.get(reverse("evidence:data")).content.decode()


def test_the_activity_table_can_be_downloaded_with_its_unknown_cell_empty(client, db, figures):
    rows = read_csv(client.get(reverse("evidence:activity", args=["small"])))
    assert len(rows) == len(figures.regions) * len(figures.domains)
    assert [row["value"] for row in rows if (row["region"], row["domain"]) == ("PL84", "72")] == [""]


# Files for documents


def test_charts_are_served_as_svg_with_source_and_attribution(client, cast, land):
    drawn = client.get(reverse("evidence:map_svg"), {"domain": "26"})
    assert drawn["Content-Type"] == "image/svg+xml"
    assert "© the surveyors" in drawn.content.decode() and "made for tests" in drawn.content.decode()
    plane = client.get(reverse("evidence:opportunities_svg", args=["PL84"]))
    assert plane.status_code == 200 and plane.content.startswith(b"<svg")
    assert client.get(reverse("evidence:opportunities_svg", args=["NOWHERE"])).status_code == 404


def test_the_chart_library_is_written_once_and_again_for_another_version(settings, tmp_path, capsys):
    settings.HANSA_HOME = tmp_path
    call_command("prepare_assets")
    path = prepare_assets.bundle_path()
    first = path.read_bytes()
    assert b"vegaEmbed" in first and first.startswith(prepare_assets.wanted_mark().encode())
    assert list(path.parent.iterdir()) == [path]
    written = path.stat().st_mtime_ns
    call_command("prepare_assets")
    assert path.stat().st_mtime_ns == written
    path.write_text("/* an older version */\n", encoding="utf-8")
    call_command("prepare_assets")
    assert path.read_bytes() == first
