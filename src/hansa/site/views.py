"""Home and search: what several rooms tell the reader together."""

from __future__ import annotations

import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from hansa.network.permissions import may
from hansa.network.registry import TodayItem, registry
from hansa.site.api import api
from hansa.site.starter import demonstration_accounts
from hansa.strategy import figures
from hansa.strategy.queries import open_priorities


def today(request: HttpRequest) -> HttpResponse:
    """What waits for me; for the public, what is going on and how to join."""
    person = getattr(request, "person", None)
    if person is None:
        return render(
            request,
            "hansa_site/welcome.html",
            {
                "section": "today",
                "loaded": figures.current(),
                "priorities": open_priorities()[:6],
                "demonstration": demonstration_accounts(),
            },
        )
    items: list[TodayItem] = [item for provide in registry.today.values() for item in provide(person)]
    far = timezone.localdate().max
    items.sort(key=lambda item: (not item.urgent, item.due or far, item.title))
    return render(
        request,
        "hansa_site/today.html",
        {
            "section": "today",
            "items": items,
            "day": timezone.localdate(),
            "priorities": open_priorities()[:6],
            "finds_partners": may(person, "brokerage.find_partners"),
        },
    )


def search(request: HttpRequest) -> HttpResponse:
    """One box for regions, domains, organisations, priorities and requests."""
    words = request.GET.get("q", "").strip()[:200]
    person = getattr(request, "person", None)
    found = [hit for find in registry.searches.values() for hit in find(words, person)] if len(words) > 1 else []
    return render(
        request,
        "hansa_site/search.html",
        {
            "search_words": words,
            "found": found,
            "searched": len(words) > 1,
            "finds_partners": may(person, "brokerage.find_partners"),
        },
    )


def no_own_address(request: HttpRequest) -> HttpResponse:
    """Nobody changes their address alone: whoever took another's would be given the roles meant for the other."""
    raise Http404


def api_guide(request: HttpRequest) -> HttpResponse:
    """The operations of the REST interface, read from its own description."""
    schema = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    operations = [
        (path, method.upper(), operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "hansa_site/api_guide.html", {"operations": operations, "debug": settings.DEBUG})
