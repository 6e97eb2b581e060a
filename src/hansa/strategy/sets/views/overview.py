"""Who shares what in the partnership, and the published result of 2021 beside a run."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy import figures
from hansa.strategy import queries as room
from hansa.strategy.models import Facet
from hansa.strategy.sets import concordance, exercise, shares
from hansa.strategy.sets.views.regional import shell
from hansa.strategy.shapes import shapes
from hansa.strategy.views.board import domain_labels
from hansa.strategy.views_evidence import geometry_address


def who_shares(request: HttpRequest) -> HttpResponse:
    """Regions against priorities and sets, as a table and, where shapes are loaded, as a map."""
    run = room.chosen_run(request.GET.get("run", ""))
    chosen = {key: request.GET.get(key, "").strip() for key in ("facet", "tag")}
    context = {**shell(request, "shares"), "run": run, "runs": room.runs()[:50], "chosen": chosen}
    if run is None:
        return render(request, "hansa_strategy/sets/shares.html", context)
    found = shares.table(run, chosen["facet"], chosen["tag"])
    if wants_csv(request):
        heading = ["priority or set", "kind", "state", "regions", *(region.code for region in found.regions)]
        heading += [str(facet) for facet in Facet.values]
        return csv_response(  # type: ignore[return-value]
            "who-shares-what",
            heading,
            found.rows,
            lambda row: [
                row.title,
                row.kind,
                row.state,
                row.shared_by,
                *(cell.told() for cell in row.cells),
                *("|".join(code for code, _label in row.tags.get(facet, [])) for facet in Facet.values),
            ],
        )
    context |= {
        "table": found,
        "page": page_of(request, found.rows),
        "facets": Facet.choices,
        "labels": domain_labels(),
        "theme_names": concordance.labels(),
        "taking_part": found.taking_part(),
        **_map(found),
    }
    return render(request, "hansa_strategy/sets/shares.html", context)


def _map(found: shares.Table) -> dict[str, Any]:
    loaded = figures.current()
    land = shapes(loaded) if loaded else None
    if loaded is None or land is None:
        return {"spec": None}
    return {
        "spec": shares.map_spec(found, geometry_address(loaded), loaded),
        "attribution": land.attribution,
        "remote": [r for r in found.regions if loaded.stand_in_of(r) in land.remote],
    }


def exercise_2021(request: HttpRequest) -> HttpResponse:
    """What the exercise of 2021 published beside what a run proposes from the data at hand."""
    run = room.chosen_run(request.GET.get("run", ""))
    context = {**shell(request, "exercise"), "run": run, "runs": room.runs()[:50]}
    if run is not None:
        found = exercise.beside(run)
        context |= {
            "found": found,
            "labels": domain_labels(),
            "theme_names": concordance.labels(),
            "levels": [found.by_section, found.by_division],
        }
        if wants_csv(request):
            return _csv(found)
    return render(request, "hansa_strategy/sets/exercise.html", context)


def _csv(found: exercise.Beside) -> HttpResponse:
    rows: list[list[Any]] = []
    reasons = dict(found.reasons)
    for level, compared in (
        ("section", found.by_section),
        ("division", found.by_division),
        ("theme carried", found.themes_carried),
        ("theme touched by a domain", found.themes_touched),
    ):
        rows += [[level, code, "both", compared.jaccard, ""] for code in compared.both]
        rows += [[level, code, "published only", compared.jaccard, reasons.get(code, "")
                  if level == "division" else ""] for code in compared.only_published]  # fmt: skip
        rows += [[level, code, "run only", compared.jaccard, ""] for code in compared.only_proposed]
    heading = ["level", "code", "where", "jaccard of the level", "why the run lacks it"]
    return csv_response("exercise-2021", heading, rows, lambda row: row)  # type: ignore[return-value]
