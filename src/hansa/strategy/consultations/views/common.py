"""From an address to a record, and a form that carries out a verb or shows what was typed with the fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.network.permissions import authorise
from hansa.network.web.acting import actor
from hansa.strategy.consultations import queries
from hansa.strategy.consultations.views import shared
from hansa.strategy.models import Consultation, FocusSession, Invitation, Point, Round


def consultation_of(request: HttpRequest, pk: int) -> Consultation:
    found = queries.visible(getattr(request, "person", None)).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def held_by(request: HttpRequest, pk: int, permission: str = "strategy.hold_consultation") -> Consultation:
    """A consultation that the signed-in person may hold."""
    found = consultation_of(request, pk)
    authorise(actor(request), permission, found)
    return found


def round_of(pk: int, number: int) -> Round:
    return get_object_or_404(Round.objects.select_related("consultation"), consultation=pk, number=number)


def invitation_of(pk: int, key: int) -> Invitation:
    return get_object_or_404(Invitation.objects.select_related("consultation", "region"), consultation=pk, pk=key)


def point_of(pk: int, key: int) -> Point:
    found = Point.objects.select_related("answer__round__consultation", "priority")
    return get_object_or_404(found, answer__round__consultation=pk, pk=key)


def session_of(pk: int, key: int) -> FocusSession:
    return get_object_or_404(FocusSession.objects.select_related("consultation"), consultation=pk, pk=key)


def organise(consultation: Consultation) -> str:
    return reverse("strategy:organise_consultation", args=[consultation.pk])


def answered(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[Any], Any],
    *,
    heading: str,
    back: str,
    onward: Callable[[Any], str] | None = None,
    **context: Any,
) -> HttpResponse:
    """Show a form, or carry out what was posted; `onward` names the page after it, from what the verb returned."""
    if request.method == "POST" and form.is_valid():
        try:
            made = act(form)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Done."))
            return redirect(onward(made) if onward else back)
    return shown(request, form, heading=heading, back=back, **context)


def shown(request: HttpRequest, form: forms.Form, *, heading: str, back: str, **context: Any) -> HttpResponse:
    """A form on a page of its own."""
    return render(
        request,
        "hansa_strategy/consultations/form.html",
        {**shared(), "form": form, "heading": heading, "back": back, **context},
        status=400 if form.errors else 200,
    )
