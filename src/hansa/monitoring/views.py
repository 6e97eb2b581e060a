"""What it all achieved: figures per priority, each one click from the records it counts."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from hansa.brokerage.models import Introduction, Request
from hansa.brokerage.permissions import acts_for_request, is_public
from hansa.monitoring import queries
from hansa.monitoring.indicators import INDICATORS, Indicator
from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.models import Priority


def overview(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "")
    lines, totals = queries.table(words, request.GET.get("sort", "number"))
    if wants_csv(request):
        return csv_response(
            "monitoring",
            ["priority", "title", *INDICATORS],
            lines,
            lambda line: [line.priority.identifier, line.priority.local_title, *(n for _i, n in line.counts)],
        )
    return render(
        request,
        "hansa_monitoring/overview.html",
        {
            "section": "monitoring",
            "page": page_of(request, lines),
            "totals": totals,
            "indicators": INDICATORS.values(),
            "words": words,
            "default_sort": "number",
            "may_see_exposure": may(getattr(request, "person", None), "brokerage.view_exposure"),
        },
    )


def rows(request: HttpRequest, code: str, number: int | None = None) -> HttpResponse:
    """The records behind one figure. Titles of what is public are shown; a case shows its reference alone."""
    if code not in INDICATORS:
        raise Http404
    indicator = INDICATORS[code]
    priority = get_object_or_404(Priority, number=number) if number is not None else None
    found = queries.rows(indicator, number)
    person = getattr(request, "person", None)
    if wants_csv(request):
        return csv_response(
            code,
            ["record", "date", "priority", "agency"],
            (shown(row, indicator, person) for row in found.iterator(chunk_size=500)),
            lambda s: [s["reference"], s["at"].isoformat(), s["priority"].identifier, s["agency"]],
        )
    page = page_of(request, found)
    return render(
        request,
        "hansa_monitoring/rows.html",
        {
            "section": "monitoring",
            "indicator": indicator,
            "priority": priority,
            "page": page,
            "rows": [shown(row, indicator, person) for row in page],
        },
    )


def shown(row: Any, indicator: Indicator, person: Person | None) -> dict[str, Any]:
    """One counted record as the reader may see it; what it is about stays with the agencies in it."""
    record = row.case if isinstance(row, Introduction) else row
    if isinstance(record, Request):
        # asked of the row alone, so that a long list costs no query per row
        open_to_reader = (is_public | acts_for_request)(person, record)
    else:
        open_to_reader = may(person, "brokerage.view_case", record)
    return {
        "reference": record.reference,
        "title": record.title if open_to_reader else "",
        "url": record.get_absolute_url() if open_to_reader else "",
        "at": getattr(row, indicator.date),
        "priority": record.priority,
        "agency": record.agency.name,
    }
