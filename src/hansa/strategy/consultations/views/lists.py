"""The list of consultations: drafts for members, what has opened for everyone."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hansa.network.permissions import may
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.consultations import queries
from hansa.strategy.consultations.views import shared
from hansa.strategy.models import Consultation, Run


def consultations(request: HttpRequest) -> HttpResponse:
    """Searched, sorted, paged, and as a CSV file."""
    person = getattr(request, "person", None)
    chosen = {key: request.GET.get(key, "") for key in ("q", "state", "run")}
    found = queries.consultations(
        person, chosen["q"], chosen["state"], chosen["run"], request.GET.get("sort", "-deadline")
    )
    if wants_csv(request):
        heading = ["consultation", "title", "run", "state", "answers from", "answers until", "invited"]
        return csv_response("consultations", heading, found.iterator(chunk_size=500), _row)
    return render(
        request,
        "hansa_strategy/consultations/list.html",
        {
            **shared(),
            "page": page_of(request, found),
            "chosen": chosen,
            "default_sort": "-deadline",
            "states": Consultation.State.choices,
            "runs": Run.objects.filter(consultations__isnull=False).distinct(),
            "may_hold": may(person, "strategy.hold_consultation"),
            "follows": may(person, "strategy.follow_consultation"),
        },
    )


def _row(c: Consultation) -> list[Any]:
    opens = c.opens_at.isoformat() if c.opens_at else ""
    return [c.pk, str(c), str(c.run), c.state, opens, c.deadline.isoformat(), c.invited]  # type: ignore[attr-defined]
