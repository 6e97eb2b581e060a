"""The verbs of a round and of a session."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.network.web.acting import actor, signed_in
from hansa.strategy.consultations import actions
from hansa.strategy.consultations.forms import ReasonForm, RoundForm, SessionForm
from hansa.strategy.consultations.views.common import answered, held_by, organise, round_of, session_of

VERBS = {
    "open": (actions.open_round, gettext_lazy("Open the round"), ""),
    "close": (
        actions.close_round,
        gettext_lazy("Close the round"),
        gettext_lazy("No answer can come in afterwards. The result is kept, and what was said is split into points."),
    ),
    "next": (
        actions.next_delphi_round,
        gettext_lazy("Add the next Delphi round"),
        gettext_lazy("It asks the same and shows the group's median and quartiles of this round."),
    ),
    "remove": (actions.remove_round, gettext_lazy("Remove the round"), ""),
}


@signed_in
def new(request: HttpRequest, pk: int) -> HttpResponse:
    found = held_by(request, pk)
    form = RoundForm(request.POST or None, consultation=found)
    return answered(
        request,
        form,
        lambda f: actions.add_round(actor(request), found, **f.values()),
        heading=_("New round"),
        back=organise(found),
    )


@signed_in
def edit(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    found = held_by(request, pk)
    asked = round_of(pk, number)
    form = RoundForm(request.POST or None, consultation=found, asked=asked)
    return answered(
        request,
        form,
        lambda f: actions.edit_round(actor(request), asked, **f.values()),
        heading=_("Change round %(n)d") % {"n": number},
        back=organise(found),
    )


@signed_in
def act(request: HttpRequest, pk: int, number: int, verb: str) -> HttpResponse:
    found = held_by(request, pk)
    asked = round_of(pk, number)
    if verb not in VERBS:
        raise Http404
    carry_out, heading, warning = VERBS[verb]
    return answered(
        request,
        ReasonForm(request.POST or None),
        lambda f: carry_out(actor(request), asked, reason=f.cleaned_data["reason"]),  # type: ignore[operator]
        heading=str(heading),
        back=organise(found),
        warning=warning,
    )


@signed_in
def new_session(request: HttpRequest, pk: int) -> HttpResponse:
    found = held_by(request, pk)
    return answered(
        request,
        SessionForm(request.POST or None),
        lambda f: actions.add_session(actor(request), found, **f.values()),
        heading=_("New session"),
        back=organise(found) + "#sessions",
    )


@signed_in
def edit_session(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    found = held_by(request, pk)
    session = session_of(pk, key)
    return answered(
        request,
        SessionForm(request.POST or None, session=session),
        lambda f: actions.edit_session(actor(request), session, **f.values()),
        heading=_("Change the session"),
        back=organise(found) + "#sessions",
    )


@signed_in
def remove_session(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    found = held_by(request, pk)
    session = session_of(pk, key)
    return answered(
        request,
        ReasonForm(request.POST or None),
        lambda f: actions.remove_session(actor(request), session, reason=f.cleaned_data["reason"]),
        heading=_("Remove the session “%(title)s”") % {"title": session},
        back=organise(found) + "#sessions",
        warning=_("Participants, notes and results are taken out; they stay in the audit."),
    )
