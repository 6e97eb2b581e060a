"""The forms by which entries of the plan are written, changed, withdrawn and put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.network.faults import Refused
from hansa.network.permissions import authorise
from hansa.network.web.acting import actor, signed_in
from hansa.strategy.models import (
    Action,
    Body,
    BudgetLine,
    Entry,
    Indicator,
    IndicatorValue,
    Milestone,
    Priority,
    Risk,
    Run,
    Seat,
)
from hansa.strategy.plan import actions
from hansa.strategy.plan import forms as plan_forms
from hansa.strategy.plan.views import shared


@dataclass(frozen=True)
class Kind:
    """One kind of entry: its record and form, the field of its parent, and what its pages are called."""

    model: type[Entry]
    form: type[plan_forms.EntryForm]
    parents: tuple[tuple[str, type[Any]], ...]
    new: Any
    change: Any
    tab: str = "actions"


SUBJECTS = (("action", Action), ("priority", Priority))
KINDS = {
    "action": Kind(Action, plan_forms.ActionForm, (), gettext_lazy("New action"), gettext_lazy("Change the action")),
    "milestone": Kind(
        Milestone,
        plan_forms.MilestoneForm,
        SUBJECTS[:1],
        gettext_lazy("New milestone"),
        gettext_lazy("Change the milestone"),
    ),
    "budget": Kind(
        BudgetLine,
        plan_forms.BudgetForm,
        SUBJECTS[:1],
        gettext_lazy("New budget line"),
        gettext_lazy("Change the budget line"),
    ),
    "indicator": Kind(
        Indicator,
        plan_forms.IndicatorForm,
        SUBJECTS,
        gettext_lazy("New indicator"),
        gettext_lazy("Change the indicator"),
        "indicators",
    ),
    "value": Kind(
        IndicatorValue,
        plan_forms.ValueForm,
        (("indicator", Indicator),),
        gettext_lazy("New value"),
        gettext_lazy("Change the value"),
        "indicators",
    ),
    "risk": Kind(
        Risk, plan_forms.RiskForm, SUBJECTS, gettext_lazy("New risk"), gettext_lazy("Change the risk"), "risks"
    ),
    "body": Kind(
        Body,
        plan_forms.BodyForm,
        (("run", Run),),
        gettext_lazy("New body"),
        gettext_lazy("Change the body"),
        "governance",
    ),
    "seat": Kind(
        Seat,
        plan_forms.SeatForm,
        (("body", Body),),
        gettext_lazy("New member"),
        gettext_lazy("Change the membership"),
        "governance",
    ),
}


@signed_in
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """A new entry under the record that the address names (`?action=3`, `?priority=1`)."""
    chosen = _kind(kind)
    entry = chosen.model(**_parent(request, chosen))
    person = actor(request)
    authorise(person, actions.PERMISSION[chosen.model], entry)
    initial = {}
    if kind == "action" and request.GET.get("priority"):
        initial["priorities"] = [_record(Priority, request.GET["priority"]).pk]
    form = chosen.form(request.POST or None, instance=entry, initial=initial)
    return _answer(request, chosen, form, person, chosen.new)


@signed_in
def change(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Change an entry; a reason is asked for."""
    chosen = _kind(kind)
    entry = get_object_or_404(chosen.model, pk=pk)
    person = actor(request)
    authorise(person, actions.PERMISSION[chosen.model], entry)
    form = chosen.form(request.POST or None, instance=entry)
    return _answer(request, chosen, form, person, chosen.change)


def _answer(request: HttpRequest, chosen: Kind, form: plan_forms.EntryForm, person: Any, heading: Any) -> HttpResponse:
    now: list[tuple[Any, Any]] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            kept = actions.keep(
                person, form.instance, form.values(), reason=given.get("reason", ""), expected=given.get("expected")
            )
        except actions.Stale as fault:
            form, now = _beside_theirs(request, chosen, form)
            form.add_error(None, str(fault))
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Kept."))
            return redirect(place(kept))
    return render(
        request,
        "hansa_strategy/plan/entry.html",
        {
            **shared("plan", chosen.tab),
            "form": form,
            "heading": heading,
            "entry": form.instance if form.instance.pk else None,
            "back": place(form.instance),
            "of": next((getattr(form.instance, name) for name, _model in chosen.parents), None)
            or getattr(form.instance, "priority", None),
            "theirs": now,
        },
        status=400 if form.errors else 200,
    )


def _beside_theirs(
    request: HttpRequest, chosen: Kind, form: plan_forms.EntryForm
) -> tuple[plan_forms.EntryForm, list[tuple[Any, Any]]]:
    """The form with what was typed, now on the version that is there, and what the fields say there."""
    entry = chosen.model.objects.get(pk=form.instance.pk)
    typed = request.POST.copy()
    typed["expected"] = str(entry.version)
    again = chosen.form(typed, instance=chosen.model.objects.get(pk=entry.pk))
    again.is_valid()
    there = []
    for name in again.own:
        value = getattr(entry, name)
        shown = ", ".join(str(each) for each in value.all()) if hasattr(value, "all") else value
        mine = again.cleaned_data.get(name)
        if not hasattr(value, "all") and str(value) != str(mine) and (value or mine):
            there.append((again.fields[name].label, shown))
    return again, there


@signed_in
def take(request: HttpRequest, kind: str, pk: int, back: bool = False) -> HttpResponse:
    """Withdraw an entry, or put a withdrawn one back, with a reason."""
    chosen = _kind(kind)
    entry = get_object_or_404(chosen.model, pk=pk)
    person = actor(request)
    authorise(person, actions.PERMISSION[chosen.model], entry)
    act = actions.put_back if back else actions.withdraw
    heading = _("Put back: %(entry)s") if back else _("Withdraw: %(entry)s")
    return confirmed(
        request,
        plan_forms.ReasonForm(request.POST or None),
        lambda given: act(person, entry, reason=given["reason"]),
        heading=heading % {"entry": entry},
        address=place(entry),
        context={**shared("plan", chosen.tab), "danger": not back},
    )


@signed_in
def state(request: HttpRequest, pk: int, state: str) -> HttpResponse:
    """Say that an action runs, is done, is stopped or is planned again."""
    shown = get_object_or_404(Action, pk=pk)
    person = actor(request)
    authorise(person, "strategy.report_action", shown)
    if state not in Action.State.values:
        raise Http404
    return confirmed(
        request,
        plan_forms.StateForm(request.POST or None, initial={"expected": shown.state}),
        lambda given: actions.set_state(person, shown, state, reason=given["reason"], expected=given["expected"]),
        heading=f"{shown}: {Action.State(state).label}",
        address=place(shown),
        context=shared("plan", "actions"),
    )


def confirmed(
    request: HttpRequest, form: forms.Form, act: Any, *, heading: str, address: str, context: dict[str, Any]
) -> HttpResponse:
    """A form that asks once more: carries out `act` on what was given, or says in one sentence why not."""
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Done."))
            return redirect(address)
    return render(
        request,
        "hansa_strategy/plan/confirm.html",
        {**context, "form": form, "heading": heading, "back": address},
        status=400 if form.errors else 200,
    )


def place(entry: Any) -> str:
    """The page on which an entry is shown."""
    if isinstance(entry, Action):
        return entry.get_absolute_url() if entry.pk else reverse("strategy:plan")
    if isinstance(entry, Body | Seat):
        run = entry.run_id if isinstance(entry, Body) else entry.body.run_id
        return f"{reverse('strategy:plan_governance')}?run={run}"
    if isinstance(entry, IndicatorValue):
        return entry.indicator.get_absolute_url()
    if isinstance(entry, Indicator) and entry.pk:
        return entry.get_absolute_url()
    if isinstance(entry, Indicator | Risk):
        return entry.subject.get_absolute_url()
    return entry.action.get_absolute_url()  # type: ignore[no-any-return]


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


def _parent(request: HttpRequest, chosen: Kind) -> dict[str, Any]:
    """The record that the new entry belongs to; there is exactly one, or none where the kind has no parent."""
    named = [(name, model) for name, model in chosen.parents if request.GET.get(name)]
    if bool(chosen.parents) != (len(named) == 1):
        raise Http404
    return {name: _record(model, request.GET[name]) for name, model in named}


def _record(model: Any, key: str) -> Any:
    key = key.upper().removeprefix("P-")
    if not (key.isascii() and key.isdigit() and len(key) < 10):
        raise Http404
    return get_object_or_404(model, **{"number" if model is Priority else "pk": int(key)})
