"""The list of clients and the page of one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from hansa.brokerage.clients import queries
from hansa.brokerage.models import Client
from hansa.brokerage.parts import parts
from hansa.brokerage.views.showing import SECTION
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import page_of


@signed_in
def clients(request: HttpRequest) -> HttpResponse:
    """The clients of the reader's agencies."""
    person = actor(request)
    authorise(person, "brokerage.list_clients")
    page = page_of(request, queries.clients(person))
    links = parts.links_in_order(person)
    return render(request, "hansa_brokerage/clients/clients.html", {"section": SECTION, "links": links, "page": page})


@signed_in
def client(request: HttpRequest, reference: str) -> HttpResponse:
    """One client and what the parts of the room know of it."""
    person = actor(request)
    try:
        shown = queries.client(reference)
    except Client.DoesNotExist:
        raise Http404 from None
    if not may(person, "brokerage.view_client", shown):
        raise Http404
    context = {"section": SECTION, "links": parts.links_in_order(person), "client": shown}
    panels = parts.panels_of("client", shown, person)
    return render(request, "hansa_brokerage/clients/client.html", context | {"panels": panels})
