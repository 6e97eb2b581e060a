"""The board of cases, and moving a card on it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage import actions
from hansa.brokerage import queries as room
from hansa.brokerage.casework import queries
from hansa.brokerage.models import Case
from hansa.brokerage.parts import parts
from hansa.brokerage.permissions import agency_ids
from hansa.brokerage.views.showing import SECTION
from hansa.network.permissions import authorise, is_lead_partner
from hansa.network.web.acting import actor, attempt, signed_in

EVERYBODY = "all"


@signed_in
def board(request: HttpRequest) -> HttpResponse:
    """Cases by state, those due first on top. The lead partner may look at everybody's."""
    person = actor(request)
    authorise(person, "brokerage.view_board")
    leads = is_lead_partner(person)
    everybody = leads and request.GET.get("whose") == EVERYBODY
    mine = agency_ids(person)
    columns = [
        (column, [(card, bool(mine & {card.agency_id, card.other_agency_id})) for card in column.cards])
        for column in queries.board(person, everybody=everybody)
    ]
    context = {
        "section": SECTION,
        "links": parts.links_in_order(person),
        "columns": columns,
        "leads": leads,
        "everybody": everybody,
        "today": timezone.localdate(),
    }
    return render(request, "hansa_brokerage/casework/board.html", context)


@require_POST
@signed_in
def move_card(request: HttpRequest, reference: str) -> HttpResponse:
    """Move one card a step on; the board comes back with what happened, or why not."""
    try:
        held = room.case(reference)
    except Case.DoesNotExist:
        raise Http404 from None
    given = request.POST
    attempt(
        request,
        lambda: actions.move_case(
            actor(request), held, to_state=given.get("to_state", ""), expected=given.get("expected", "")
        ),
        _("The case has moved on."),
    )
    whose = f"?whose={EVERYBODY}" if given.get("whose") == EVERYBODY else ""
    return redirect(reverse("brokerage:board") + whose)
