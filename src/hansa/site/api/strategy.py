"""Common priorities, read-only."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from hansa.site.api.common import Page, Scope, Scoped, clean, keyset
from hansa.strategy.models import Priority

router = Router(tags=["strategy"], auth=Scoped(Scope.READ))


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


@router.get("/priorities", response=Priorities, summary="Common priorities and where they stand")
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

    return keyset(request, rows, "number", page, shape)
