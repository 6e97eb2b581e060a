"""Read access for programs at `/api/`: OpenAPI 3.1, a revocable token in the header, cursor paging.

Every list answers `{items, next}`; `next` is the cursor of the following page or null. Unknown figures are null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import Field, NinjaAPI, Query, Schema
from ninja.errors import HttpError
from ninja.security import HttpBearer

from hansa import __version__
from hansa.brokerage.models import Request
from hansa.network.actions import use_token
from hansa.network.models import ApiToken, Region
from hansa.strategy import figures
from hansa.strategy.models import Priority


class TokenAuth(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        held = use_token(token)
        return held if held is not None and ApiToken.Scope.READ in held.scopes else None


api = NinjaAPI(
    title="Hansa",
    version=__version__,
    description="Regions, domains, measures, priorities and published requests of this partnership, read-only.",
    docs_url=None,
    auth=TokenAuth(),
    urls_namespace="api",
)


def problem(request: HttpRequest, status: int, title: str) -> HttpResponse:
    response = api.create_response(request, {"type": "about:blank", "title": title, "status": status}, status=status)
    response["Content-Type"] = "application/problem+json"
    return response


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, fault: HttpError) -> HttpResponse:
    return problem(request, fault.status_code, str(fault))


class Page(Schema):
    cursor: str = Field("", max_length=64, description="`next` of the page before; empty for the first page")
    limit: int = Field(100, ge=1, le=1000)


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


class PriorityOut(Schema):
    identifier: str
    title: str
    language: str
    kind: str
    state: str
    domains: list[str]
    classification: str
    strength: float
    regions: list[str] = Field(description="regions that hold one of its domains")
    run: int
    year: int | None


class Priorities(Schema):
    items: list[PriorityOut]
    next: str | None


class RequestOut(Schema):
    reference: str
    type: str
    title: str
    summary: str
    description: str
    partner_sought: str
    language: str
    region: str
    priority: str
    countries: list[str]
    published_at: datetime
    valid_until: date | None


class Requests(Schema):
    items: list[RequestOut]
    next: str | None


def keyset(
    rows: Any, field: str, page: Page, shape: Callable[[Any], Any], parse: Callable[[str], Any] = str
) -> dict[str, Any]:
    """One page of a queryset ordered by a unique field, with the cursor of the next."""
    rows = rows.order_by(field)
    if page.cursor:
        try:
            after = parse(page.cursor)
        except ValueError:
            raise HttpError(400, "The cursor is not one that this list gave out.") from None
        rows = rows.filter(**{f"{field}__gt": after})
    found = list(rows[: page.limit + 1])
    more = len(found) > page.limit
    found = found[: page.limit]
    return {"items": [shape(r) for r in found], "next": str(getattr(found[-1], field)) if more else None}


def window(items: Iterable[Any], page: Page) -> tuple[list[Any], str | None]:
    """One page of a fixed sequence; the cursor is a position."""
    every = list(items)
    try:
        start = int(page.cursor or 0)
    except ValueError:
        raise HttpError(400, "The cursor is not one that this list gave out.") from None
    if start < 0:
        raise HttpError(400, "The cursor is not one that this list gave out.")
    end = start + page.limit
    return every[start:end], str(end) if end < len(every) else None


def identifier(cursor: str) -> int:
    """A cursor kept as a number that the database can compare."""
    number = int(cursor)
    if not 0 <= number < 2**31:
        raise ValueError(cursor)
    return number


def clean(text: str) -> str:
    """PostgreSQL stores no NUL; a filter that carries one can match nothing."""
    return text.replace("\x00", "")


def loaded() -> figures.Figures:
    held = figures.current()
    if held is None:
        raise HttpError(404, "No statistics are loaded in this installation yet.")
    return held


@api.get("/regions", response=Regions, summary="Regions with their NUTS code and version", tags=["evidence"])
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

    return keyset(rows, "code", page, shape, clean)


@api.get("/domains", response=Domains, summary="Domains of the classification with their measures", tags=["evidence"])
def domains(request: HttpRequest, page: Query[Page]) -> Any:
    held = loaded()
    labels = figures.labels(held.version, get_language() or "en")
    codes, following = window(held.domains, page)
    items = [
        {
            "code": code,
            "classification": held.entry.get("classification", ""),
            "label": labels.get(code, code),
            "ubiquity": held.domain_figure("ubiquity", held.column_of[code]),
            "complexity": held.domain_figure("complexity", held.column_of[code]),
        }
        for code in codes
    ]
    return {"items": items, "next": following}


@api.get("/measures", response=Measures, summary="Value, location quotient and density per cell", tags=["evidence"])
def measures(request: HttpRequest, page: Query[Page], region: str = "", domain: str = "") -> Any:
    held = loaded()
    if region and region not in held.row_of:
        raise HttpError(404, f"The region {region!r} has no figures; /api/regions says whose stand in for it.")
    if domain and domain not in held.column_of:
        raise HttpError(404, f"The domain {domain!r} is not in the loaded table.")
    rows = [held.row_of[region]] if region else range(len(held.regions))
    columns = [held.column_of[domain]] if domain else range(len(held.domains))
    cells, following = window(((r, c) for r in rows for c in columns), page)
    unit = str(held.entry.get("unit", ""))
    items = [
        {
            "region": held.regions[r],
            "domain": held.domains[c],
            "year": held.year,
            "unit": unit,
            **{name: held.cell(name, r, c) for name in ("value", "location_quotient", "density")},
        }
        for r, c in cells
    ]
    return {
        "items": items,
        "next": following,
        "source": str(held.entry.get("source", "")),
        "synthetic": held.synthetic,
    }


@api.get("/priorities", response=Priorities, summary="Common priorities and where they stand", tags=["strategy"])
def priorities(request: HttpRequest, page: Query[Page], state: str = "") -> Any:
    rows = Priority.objects.select_related("run").prefetch_related("figures__region")
    if state:
        rows = rows.filter(state=clean(state))

    def shape(priority: Priority) -> dict[str, Any]:
        return {
            "identifier": priority.identifier,
            "title": priority.title,
            "language": priority.language,
            "kind": priority.kind,
            "state": priority.state,
            "domains": priority.domains,
            "classification": priority.classification,
            "strength": priority.score,
            "regions": sorted({f.region.code for f in priority.figures.all() if f.role == "holds"}),
            "run": priority.run_id,
            "year": priority.run.year,
        }

    return keyset(rows, "number", page, shape, identifier)


@api.get("/requests", response=Requests, summary="Published requests, public text only", tags=["brokerage"])
def requests(request: HttpRequest, page: Query[Page], priority: str = "", region: str = "") -> Any:
    rows = Request.objects.filter(state__in=Request.OPEN).select_related("region", "priority")
    if priority:
        number = clean(priority).upper().removeprefix("P-")
        rows = (
            rows.filter(priority__number=int(number))
            if number.isascii() and number.isdigit() and len(number) < 9
            else rows.none()
        )
    if region:
        rows = rows.filter(region__code=clean(region))

    def shape(each: Request) -> dict[str, Any]:
        return {
            "reference": each.reference,
            "type": each.type,
            "title": each.title,
            "summary": each.summary,
            "description": each.description,
            "partner_sought": each.partner_sought,
            "language": each.language,
            "region": each.region.code,
            "priority": each.priority.identifier,
            "countries": each.countries,
            "published_at": each.published_at,
            "valid_until": each.valid_until,
        }

    return keyset(rows, "id", page, shape, identifier)
