"""A person's calendar address, and the calendar behind it."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hansa.network import actions
from hansa.network.calendars.feed import calendar_of, feed_of, items_of
from hansa.network.calendars.queries import feed_of_person, note_use
from hansa.network.permissions import authorise
from hansa.network.web.acting import actor, attempt, signed_in

SECTION = "partnership"
SHOWN = 10


@signed_in
@never_cache
def calendar(request: HttpRequest) -> HttpResponse:
    """Whether the reader has a calendar address, and what stands in it; a new address is shown once."""
    reader = actor(request)
    authorise(reader, "network.have_calendar", reader)
    address = ""
    if request.method == "POST":
        secret = actions.make_calendar(reader)
        address = settings.HANSA_ADDRESS + reverse("network:calendar_feed", args=[secret])
    items = items_of(reader)
    return render(
        request,
        "hansa_network/calendars/calendar.html",
        {
            "section": SECTION,
            "feed": feed_of_person(reader),
            "address": address,
            "items": items[:SHOWN],
            "more": max(len(items) - SHOWN, 0),
            "zone": timezone.get_current_timezone_name(),
        },
    )


@signed_in
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    attempt(request, partial(actions.revoke_calendar, actor(request)), _("The calendar address is of no use any more."))
    return redirect("network:calendar")


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar itself, for programs: whoever holds the address reads it."""
    held = feed_of(secret)
    if held is None:
        return HttpResponse(status=404, content_type="text/plain; charset=utf-8")
    note_use(held)
    response = HttpResponse(calendar_of(held), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="hansa.ics"'
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response
