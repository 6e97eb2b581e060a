"""The organiser's page of one consultation and the verbs of the whole: draft, edit, open, close, minutes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, signed_in
from hansa.strategy.consultations import actions, queries
from hansa.strategy.consultations.forms import ConsultationForm, MinutesForm, ReasonForm, ReopenForm
from hansa.strategy.consultations.views import shared
from hansa.strategy.consultations.views.common import answered, consultation_of, held_by, organise
from hansa.strategy.consultations.views.public import balance, results


@signed_in
def consultation(request: HttpRequest, pk: int) -> HttpResponse:
    """Participation and balance, rounds with results, what waits for a reply, sessions and minutes."""
    person = actor(request)
    found = consultation_of(request, pk)
    authorise(person, "strategy.follow_consultation", found)
    rounds = queries.rounds(found)
    return render(
        request,
        "hansa_strategy/consultations/organise.html",
        {
            **shared(),
            "consultation": found,
            "participation": balance(found),
            "rounds": rounds,
            "results": {each["found"].round.pk: each for each in results(found, rounds)},
            "followed": {each.based_on_id for each in rounds if each.based_on_id},
            "waiting": queries.points(found, "open").count(),
            "points": queries.points(found).count(),
            "sessions": list(found.sessions.all()),
            "may_hold": may(person, "strategy.hold_consultation", found),
            "may_sign": may(person, "strategy.sign_minutes", found),
            "may_see_people": may(person, "network.view_people"),
        },
    )


@signed_in
def new(request: HttpRequest) -> HttpResponse:
    person = actor(request)
    authorise(person, "strategy.hold_consultation")
    form = ConsultationForm(
        request.POST or None, initial={"language": get_language(), "run": request.GET.get("run", "")}
    )
    return answered(
        request,
        form,
        lambda f: actions.create_consultation(person, f.cleaned_data["run"], **f.values()),
        heading=_("New consultation"),
        back=reverse("strategy:consultations"),
        onward=organise,
    )


@signed_in
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = held_by(request, pk)
    form = ConsultationForm(request.POST or None, consultation=found)
    return answered(
        request,
        form,
        lambda f: actions.edit_consultation(actor(request), found, **f.values()),
        heading=_("Change the consultation"),
        back=organise(found),
    )


@signed_in
def open_it(request: HttpRequest, pk: int) -> HttpResponse:
    found = held_by(request, pk)
    address = request.build_absolute_uri("/")
    return answered(
        request,
        ReasonForm(request.POST or None),
        lambda f: actions.open_consultation(actor(request), found, reason=f.cleaned_data["reason"], address=address),
        heading=_("Open the consultation"),
        back=organise(found),
        warning=_("The first round opens, and everyone with an e-mail address gets a link beginning with %(address)s.")
        % {"address": address},
    )


@signed_in
def close(request: HttpRequest, pk: int) -> HttpResponse:
    found = held_by(request, pk)
    return answered(
        request,
        ReasonForm(request.POST or None),
        lambda f: actions.close_consultation(actor(request), found, reason=f.cleaned_data["reason"]),
        heading=_("Close the consultation"),
        back=organise(found),
        warning=_("The open round closes with it, and results, replies and minutes can be read by everyone."),
    )


@signed_in
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    found = held_by(request, pk)
    start = {"deadline": found.deadline} if found.deadline > timezone.now() else {}
    return answered(
        request,
        ReopenForm(request.POST or None, initial=start),
        lambda f: actions.reopen_consultation(actor(request), found, **f.cleaned_data),
        heading=_("Open the consultation again"),
        back=organise(found),
        warning=_("Rounds that have closed stay closed; add a new one."),
    )


@signed_in
def draft_minutes(request: HttpRequest, pk: int) -> HttpResponse:
    found = held_by(request, pk)
    return answered(
        request,
        ReasonForm(request.POST or None),
        lambda f: actions.draft_minutes(actor(request), found, reason=f.cleaned_data["reason"]),
        heading=_("Draft the minutes from the records"),
        back=organise(found) + "#minutes",
        warning=_("What the minutes say now is replaced; it stays in the audit.") if found.minutes else "",
    )


@signed_in
def edit_minutes(request: HttpRequest, pk: int) -> HttpResponse:
    found = held_by(request, pk)
    return answered(
        request,
        MinutesForm(request.POST or None, initial={"text": found.minutes}),
        lambda f: actions.edit_minutes(actor(request), found, **f.cleaned_data),
        heading=_("Change the minutes"),
        back=organise(found) + "#minutes",
    )


@signed_in
def sign_minutes(request: HttpRequest, pk: int) -> HttpResponse:
    found = held_by(request, pk, "strategy.sign_minutes")
    return answered(
        request,
        ReasonForm(request.POST or None),
        lambda f: actions.sign_minutes(actor(request), found, reason=f.cleaned_data["reason"]),
        heading=_("Sign the minutes"),
        back=organise(found) + "#minutes",
        warning=_("This cannot be undone: minutes, replies and sessions then stay as they are."),
    )
