"""The forms of a priority's moves; a form with a fault is shown again with all that was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.network.permissions import authorise
from hansa.network.web.acting import actor, signed_in
from hansa.strategy import actions
from hansa.strategy.forms import MergeForm, ReasonForm, RenameForm, ReturnForm, SplitForm
from hansa.strategy.models import Priority, PriorityMove
from hansa.strategy.parts import parts
from hansa.strategy.views.board import VERBS, domain_labels

Verb = PriorityMove.Verb
FORMS: dict[str, type[ReasonForm]] = {
    **dict.fromkeys(actions.STEP_VERBS, ReasonForm),
    Verb.RENAME: RenameForm,
    Verb.RETURN: ReturnForm,
    Verb.MERGE: MergeForm,
    Verb.SPLIT: SplitForm,
    Verb.DROP: ReasonForm,
    Verb.RESTORE: ReasonForm,
}


@signed_in
def move(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Carry out one verb of one priority."""
    shown = get_object_or_404(Priority.objects.select_related("run"), number=number)
    if verb not in FORMS:
        raise Http404
    person = actor(request)
    authorise(person, actions.PERMISSION[Verb(verb)], shown)
    form = FORMS[verb](
        request.POST or None,
        priority=shown,
        labels=domain_labels(),
        initial={"expected": shown.state, "title": shown.local_title},
    )

    def act(given: dict[str, Any]) -> str:
        if verb == Verb.MERGE:
            actions.merge(person, shown, given["others"], reason=given["reason"], title=given["title"])
        elif verb == Verb.SPLIT:
            actions.split(person, shown, form.parts(), reason=given["reason"])  # type: ignore[attr-defined]
        else:
            named = {key: given[key] for key in ("title", "step") if key in given}
            actions.move(person, shown, verb, reason=given["reason"], expected=given["expected"], **named)
        return _("%(id)s: %(verb)s.") % {"id": shown.identifier, "verb": Verb(verb).label}

    obstacles = [o for o in parts.obstacles_of([shown])[shown.pk] if o.step == verb]
    return _answer(request, shown, form, act, {"verb": verb, "heading": VERBS[verb], "obstacles": obstacles})


@signed_in
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """Undo the latest move of a priority by a new one."""
    shown = get_object_or_404(Priority, number=number)
    person = actor(request)
    authorise(person, actions.PERMISSION[Verb.UNDO], shown)
    made = actions.latest_to_undo(shown)
    if made is None:
        raise Http404
    form = ReasonForm(request.POST or None, priority=shown, labels={}, initial={"expected": shown.state})

    def act(given: dict[str, Any]) -> str:
        actions.undo(person, made, reason=given["reason"])
        return _("%(id)s: the move “%(verb)s” is undone.") % {"id": shown.identifier, "verb": made.get_verb_display()}

    return _answer(request, shown, form, act, {"verb": Verb.UNDO, "heading": _("Undo"), "undone": made})


def _answer(
    request: HttpRequest,
    shown: Priority,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    context: dict[str, Any],
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            done = act(form.cleaned_data)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, done)
            return redirect(shown)
    return render(
        request,
        "hansa_strategy/move.html",
        {"section": "priorities", "priority": shown, "form": form, **context},
        status=400 if form.errors else 200,
    )
