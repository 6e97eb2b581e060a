"""What everyone sees of a consultation: what it asks, and once it is closed what came of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hansa.network.permissions import may
from hansa.network.web.lists import page_of
from hansa.strategy.consultations import queries
from hansa.strategy.consultations.telling import summary, told
from hansa.strategy.consultations.views import shared
from hansa.strategy.consultations.views.common import consultation_of
from hansa.strategy.models import Consultation


def consultation(request: HttpRequest, pk: int) -> HttpResponse:
    """Information at any time; participation, results, points and minutes after the close."""
    found = consultation_of(request, pk)
    person = getattr(request, "person", None)
    rounds = queries.rounds(found)
    closed = found.state == Consultation.State.CLOSED
    context: dict[str, Any] = {"consultation": found, "rounds": rounds, "closed": closed}
    if closed:
        context |= {
            "participation": balance(found),
            "results": results(found, rounds),
            "page": page_of(request, queries.points_with_replies(found)),
            "sessions": found.sessions.all(),
        }
    context["follows"] = may(person, "strategy.follow_consultation", found)
    return render(request, "hansa_strategy/consultations/public.html", {**shared(), **context})


def balance(consultation: Consultation) -> dict[str, Any]:
    """Participation with how each group stands against its wanted share, in words."""
    found = queries.participation(consultation)
    return {"whole": found, "rows": [(group, told(group)) for group in found.groups]}


def results(consultation: Consultation, rounds: list[Any]) -> list[dict[str, Any]]:
    """Closed rounds with each summary in one line."""
    return [
        {
            "found": found,
            "rows": [
                (
                    each.item,
                    summary(found.round.kind, each.all),
                    [(label, summary(found.round.kind, part)) for label, part in each.groups],
                )
                for each in found.items
            ],
        }
        for found in queries.results_of(consultation, rounds)
    ]
