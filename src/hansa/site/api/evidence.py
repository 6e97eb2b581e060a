"""Regions, domains and measures, read-only. Unknown figures are null."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema
from ninja.errors import HttpError

from hansa.network.models import Region
from hansa.site.api.common import Page, Scope, Scoped, clean, keyset, window
from hansa.strategy import figures

router = Router(tags=["evidence"], auth=Scoped(Scope.READ))


class RegionOut(Schema):
    code: str
    nuts_version: str
    kind: str
    level: int
    parent: str | None
    country: str
    name: str
    figures_from: str | None = Field(description="the region whose figures stand in for it; null when there are none")


class Regions(Schema):
    items: list[RegionOut]
    next: str | None


class DomainOut(Schema):
    code: str
    classification: str
    label: str
    ubiquity: float | None = Field(description="regions specialised in it")
    complexity: float | None = Field(description="product complexity index, standardised")


class Domains(Schema):
    items: list[DomainOut]
    next: str | None


class MeasureOut(Schema):
    region: str
    domain: str
    year: int | None
    value: float | None = Field(description="in `unit`; null is unknown, not zero")
    unit: str
    location_quotient: float | None
    density: float | None


class Measures(Schema):
    items: list[MeasureOut]
    next: str | None
    source: str
    synthetic: bool


def loaded() -> figures.Figures:
    held = figures.current()
    if held is None:
        raise HttpError(404, "No statistics are loaded in this installation yet.")
    return held


@router.get("/regions", response=Regions, summary="Regions with their NUTS code and version")
def regions(request: HttpRequest, page: Query[Page], country: str = "", level: int | None = None) -> Any:
    rows = Region.objects.select_related("parent")
    if country:
        rows = rows.filter(country=clean(country).upper())
    if level is not None:
        rows = rows.filter(level=level) if 0 <= level <= 4 else rows.none()
    held = figures.current()

    def shape(region: Region) -> dict[str, Any]:
        return {
            "code": region.code,
            "nuts_version": region.nuts_version,
            "kind": region.kind,
            "level": region.level,
            "parent": region.parent.code if region.parent else None,
            "country": region.country,
            "name": region.name,
            "figures_from": held.stand_in_of(region) if held else None,
        }

    return keyset(request, rows, "code", page, shape, str)


@router.get(
    "/domains", response=Domains, summary="Domains of the classification with their measures", tags=["evidence"]
)
def domains(request: HttpRequest, page: Query[Page]) -> Any:
    held = loaded()
    labels = figures.labels(held.version, get_language() or "en")

    def shape(code: str) -> dict[str, Any]:
        return {
            "code": code,
            "classification": held.entry.get("classification", ""),
            "label": labels.get(code, code),
            "ubiquity": held.domain_figure("ubiquity", held.column_of[code]),
            "complexity": held.domain_figure("complexity", held.column_of[code]),
        }

    return window(request, held.domains, page, shape)


@router.get("/measures", response=Measures, summary="Value, location quotient and density per cell")
def measures(request: HttpRequest, page: Query[Page], region: str = "", domain: str = "") -> Any:
    held = loaded()
    if region and region not in held.row_of:
        raise HttpError(404, f"The region {region!r} has no figures; /api/regions says whose stand in for it.")
    if domain and domain not in held.column_of:
        raise HttpError(404, f"The domain {domain!r} is not in the loaded table.")
    rows = [held.row_of[region]] if region else range(len(held.regions))
    columns = [held.column_of[domain]] if domain else range(len(held.domains))
    unit = str(held.entry.get("unit", ""))

    def shape(cell: tuple[int, int]) -> dict[str, Any]:
        r, c = cell
        return {
            "region": held.regions[r],
            "domain": held.domains[c],
            "year": held.year,
            "unit": unit,
            **{name: held.cell(name, r, c) for name in ("value", "location_quotient", "density")},
        }

    return {
        **window(request, ((r, c) for r in rows for c in columns), page, shape),
        "source": str(held.entry.get("source", "")),
        "synthetic": held.synthetic,
    }
