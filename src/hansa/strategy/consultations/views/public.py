"""What everyone sees of a consultation: what it asks, and once it is closed what came of it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from hansa.strategy.consultations import queries
from hansa.strategy.consultations.views import shared


def consultation(request: HttpRequest, pk: int) -> HttpResponse:
    """Information at any time; participation, results, points and minutes after the close."""
    person = getattr(request, "person", None)
    found = queries.visible(person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return render(request, "hansa_strategy/consultations/public.html", {**shared(), "consultation": found})
