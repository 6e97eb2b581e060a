"""The evidence pages: the map, a region, a domain, the lists of both, and what is known about the data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.evidence import EvidenceError
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy import about, atlas, charts, figures, profile, queries, region_page, regional
from hansa.strategy.figures import Figures
from hansa.strategy.shapes import shapes

SECTION = "evidence"
YEAR_OF_CACHING = 31_536_000


def language() -> str:
    return get_language() or "en"


def nothing_loaded(request: HttpRequest) -> HttpResponse:
    return render(request, "hansa_strategy/evidence_empty.html", {"section": SECTION})


def number(value: Any) -> float | None:
    """A figure as a CSV file shows it: unknown is empty."""
    return None if value is None else round(float(value), 6)


# The map


def map_page(request: HttpRequest) -> HttpResponse:
    """Where something is strong: a choropleth of one measure, and the same figures as a table."""
    loaded = figures.current()
    if loaded is None:
        return nothing_loaded(request)
    view = regional.MapView.of(loaded, request.GET.get("measure", ""), request.GET.get("domain", ""), language())
    rows = regional.rows(loaded, view.columns, view.domain)
    words = request.GET.get("q", "").strip()
    sort = request.GET.get("sort", f"-{view.measure.key}")
    found = regional.ordered(regional.matching(rows, words), sort)
    if wants_csv(request):
        return regions_csv(f"map-{view.measure.key}", loaded, found, view.columns)
    land = shapes(loaded)
    return render(
        request,
        "hansa_strategy/evidence_map.html",
        {
            "section": SECTION,
            "loaded": loaded,
            "view": view,
            "spec": regional.map_chart(loaded, view, rows, geometry_address(loaded)) if land else None,
            "attribution": land.attribution if land else "",
            "remote": [row for row in rows if land and row.code in land.remote],
            "page": page_of(request, found),
            "words": words,
            "default_sort": f"-{view.measure.key}",
            "region_measures": atlas.REGION_MEASURES,
            "domain_measures": atlas.DOMAIN_MEASURES,
            "domain_choices": [(code, loaded.label(code, language())) for code in loaded.domains],
            "direction": profile.complexity_direction(loaded) if view.measure.key == "complexity" else None,
            **caption(loaded),
        },
    )


def geometry_address(loaded: Figures) -> str:
    land = shapes(loaded)
    return reverse("evidence:geometry") + (f"?v={land.digest}" if land else "")


def geometry(request: HttpRequest) -> HttpResponse:
    """The polygons of the map; an address that names the version may be kept for a year."""
    loaded = figures.current()
    land = shapes(loaded) if loaded else None
    if land is None:
        raise Http404(_("No geometry is loaded."))
    etag = f'"{land.digest}"'
    response: HttpResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(land.zipped, content_type="application/geo+json")
        response["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(land.content, content_type="application/geo+json")
    lasting = request.GET.get("v") == land.digest
    response["Cache-Control"] = f"public, max-age={YEAR_OF_CACHING}, immutable" if lasting else "no-cache"
    response["ETag"] = etag
    response["Vary"] = "Accept-Encoding"
    return response


def svg_response(request: HttpRequest, content: str) -> HttpResponse:
    response = HttpResponse(content, content_type="image/svg+xml")
    response["Cache-Control"] = "no-cache"
    response["Content-Disposition"] = "inline"
    return response


def map_svg(request: HttpRequest) -> HttpResponse:
    """The same map as a file for documents, in light colours."""
    loaded = figures.current()
    land = shapes(loaded) if loaded else None
    if loaded is None or land is None:
        raise Http404(_("No geometry is loaded."))
    view = regional.MapView.of(loaded, request.GET.get("measure", ""), request.GET.get("domain", ""), language())

    def draw() -> str:
        rows = regional.rows(loaded, view.columns, view.domain)
        spec = regional.map_chart(loaded, view, rows, land.features)
        return charts.svg(spec, caption=[*caption_lines(loaded, view.title), land.attribution])

    partners = ",".join(sorted(code for _region, code in regional.with_figures(loaded, regional.partners())))
    key = ("map", view.measure.key, view.domain, language(), partners)
    return svg_response(request, charts.kept_svg(loaded, key, draw))


# Lists


def regions(request: HttpRequest) -> HttpResponse:
    """Every region with its measures, and the partnership's regions that rely on another's figures."""
    loaded = figures.current()
    if loaded is None:
        return nothing_loaded(request)
    words = request.GET.get("q", "").strip()
    only = request.GET.get("only", "")
    rows = regional.rows(loaded, atlas.REGION_MEASURES, None, with_partners=True)
    found = [row for row in rows if row.own] if only == "partners" else rows
    found = regional.ordered(regional.matching(found, words), request.GET.get("sort", "code"))
    if wants_csv(request):
        return regions_csv("regions", loaded, found, atlas.REGION_MEASURES)
    return render(
        request,
        "hansa_strategy/evidence_regions.html",
        {
            "section": SECTION,
            "loaded": loaded,
            "columns": atlas.REGION_MEASURES,
            "page": page_of(request, found),
            "words": words,
            "only": only,
            "default_sort": "code",
            **caption(loaded),
        },
    )


def regions_csv(
    name: str, loaded: Figures, found: Iterable[regional.Row], columns: Iterable[atlas.Measure]
) -> HttpResponse:
    measures = list(columns)
    return csv_response(
        name,
        ["region", "name", "figures_from", "year", *(measure.key for measure in measures)],
        found,
        lambda row: [row.code, row.name, row.figures_from, loaded.year, *(number(f) for f in row.numbers)],
    )


def domains(request: HttpRequest) -> HttpResponse:
    """Every domain with its size, ubiquity, complexity and the priorities that carry it."""
    loaded = figures.current()
    if loaded is None:
        return nothing_loaded(request)
    words = request.GET.get("q", "").strip()
    found = regional.domain_rows(loaded, language(), queries.by_domain())
    found = regional.ordered(regional.matching(found, words), request.GET.get("sort", "code"))
    if wants_csv(request):
        return csv_response(
            "domains",
            ["domain", "label", "year", "total", "ubiquity", "complexity", "priorities"],
            found,
            lambda row: [
                row.code,
                row.name,
                loaded.year,
                *(number(f) for f in row.numbers),
                " ".join(priority.identifier for priority in row.priorities),
            ],
        )
    return render(
        request,
        "hansa_strategy/evidence_domains.html",
        {
            "section": SECTION,
            "loaded": loaded,
            "page": page_of(request, found),
            "words": words,
            "default_sort": "code",
            **caption(loaded),
        },
    )


# One region


def region(request: HttpRequest, code: str) -> HttpResponse:
    """Where a region could go next, what it is strong in, and which partners complete it."""
    loaded = figures.current()
    if loaded is None:
        return nothing_loaded(request)
    shown = region_page.region_page(loaded, code, language())
    if shown is None:
        raise Http404(_("There is no region of that code."))
    cells = region_page.chosen_cells(shown.cells, request.GET.get("q", "").strip(), request.GET.get("show", "held"))
    cells = region_page.ordered_cells(cells, request.GET.get("sort", "-location_quotient"))
    if wants_csv(request):
        return cells_csv(loaded, shown)
    return render(
        request,
        "hansa_strategy/evidence_region.html",
        {
            "section": SECTION,
            "loaded": loaded,
            "region": shown,
            "spec": region_page.opportunity_chart(loaded, shown) if shown.steps else None,
            "page": page_of(request, cells),
            "words": request.GET.get("q", "").strip(),
            "show": request.GET.get("show", "held"),
            "default_sort": "-location_quotient",
            "labels": figures.labels(loaded.version, language()),
            "forecast": about.forecast(),
            **caption(loaded),
        },
    )


def cells_csv(loaded: Figures, shown: region_page.RegionPage) -> HttpResponse:
    """Every domain of the table in one region."""
    heading = "region figures_from domain label year value location_quotient holds density complexity priorities"
    return csv_response(
        f"region-{shown.code}",
        heading.split(),
        shown.cells,
        lambda cell: [
            shown.code,
            shown.stand_in.code,
            cell.domain,
            cell.label,
            loaded.year,
            number(cell.value),
            number(cell.location_quotient),
            cell.holds,
            number(cell.density),
            number(cell.complexity),
            " ".join(priority.identifier for priority in shown.by_domain.get(cell.domain, [])),
        ],
    )


def opportunities_svg(request: HttpRequest, code: str) -> HttpResponse:
    """The opportunity plane of a region as a file for documents, in light colours."""
    loaded = figures.current()
    shown = region_page.region_page(loaded, code, language()) if loaded else None
    if loaded is None or shown is None or not shown.steps:
        raise Http404(_("There are no figures for this region."))

    def draw() -> str:
        spec = region_page.opportunity_chart(loaded, shown)
        return charts.svg(
            spec, caption=caption_lines(loaded, _("%(region)s: where to go next") % {"region": shown.name})
        )

    key = ("opportunities", shown.name, shown.stand_in.code, language(), *(row.figures_from for row in shown.partners))
    return svg_response(request, charts.kept_svg(loaded, key, draw))


# One domain


def domain(request: HttpRequest, code: str) -> HttpResponse:
    """Which regions are specialised in a domain, what is near to it, and which priorities carry it."""
    loaded = figures.current()
    if loaded is None:
        return nothing_loaded(request)
    if code not in loaded.column_of:
        raise Http404(_("There is no domain of that code in the table that is loaded."))
    view = regional.MapView.of(loaded, request.GET.get("measure", ""), code, language())
    rows = regional.rows(loaded, view.columns, code)
    words = request.GET.get("q", "").strip()
    found = regional.ordered(regional.matching(rows, words), request.GET.get("sort", "-location_quotient"))
    if wants_csv(request):
        return regions_csv(f"domain-{code}", loaded, found, view.columns)
    land = shapes(loaded)
    column = loaded.column_of[code]
    return render(
        request,
        "hansa_strategy/evidence_domain.html",
        {
            "section": SECTION,
            "loaded": loaded,
            "code": code,
            "label": loaded.label(code, language()),
            "standing": profile.domain_standing(loaded, column),
            "direction": profile.complexity_direction(loaded),
            "domain_count": len(loaded.domains),
            "domain_measures": atlas.DOMAIN_MEASURES,
            "holders": regional.holders(rows),
            "view": view,
            "spec": regional.map_chart(loaded, view, rows, geometry_address(loaded)) if land else None,
            "attribution": land.attribution if land else "",
            "near": [(near, loaded.label(near, language()), p) for near, p in profile.nearest_domains(loaded, column)],
            "priorities": queries.by_domain().get(code, []),
            "page": page_of(request, found),
            "words": words,
            "default_sort": "-location_quotient",
            **caption(loaded),
        },
    )


# About the data


def data(request: HttpRequest) -> HttpResponse:
    """Every table that is loaded with its origin, what was left out and why, and the formula of every measure."""
    loaded = figures.current()
    shelf = figures.store()
    return render(
        request,
        "hansa_strategy/evidence_data.html",
        {
            "section": SECTION,
            "loaded": loaded,
            "tables": about.tables(shelf),
            "left": about.left_out(shelf),
            "formulas": about.FORMULAS,
            "direction": profile.complexity_direction(loaded) if loaded else None,
            "complexity": loaded.definitions.get("complexity", {}) if loaded else {},
            "forecast": about.forecast(),
            "panels": about.panels(),
            **(caption(loaded) if loaded else {}),
        },
    )


def activity(request: HttpRequest, name: str) -> HttpResponse:
    """An activity table as it is stored, as CSV."""
    try:
        table = figures.store().activity(name).table
    except EvidenceError as fault:
        raise Http404(str(fault)) from None
    columns = table.schema.names
    rows = (row for batch in table.to_batches(max_chunksize=10_000) for row in batch.to_pylist())
    return csv_response(name, columns, rows, lambda row: [row[column] for column in columns])


# Captions


def caption(loaded: Figures) -> dict[str, Any]:
    """What every figure's caption says about its source."""
    return {"source": about.source(loaded)}


def caption_lines(loaded: Figures, title: str) -> list[str]:
    told = about.source(loaded)
    synthetic = [_("Synthetic figures: generated by Hansa, not a statistic.")] if loaded.synthetic else []
    what = ", ".join(str(part) for part in (told.title, told.classification, told.year) if part)
    counted = {key: number_format(n, force_grouping=True) for key, n in (("known", told.known), ("cells", told.cells))}
    cells = _("%(known)s of %(cells)s cells known") % counted
    return [title, f"{what}. {told.source}.", f"{cells}.", *synthetic]
