"""Which weights rank suggestions, what could be learnt from outcomes, and the lead partner's word on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hansa.brokerage import actions, outcomes, weighing
from hansa.brokerage.models import LearntWeights, WeightsChoice
from hansa.brokerage.objections import signal_name
from hansa.monitoring.forms import ChoiceForm
from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, wants_csv

SECTION = "monitoring"
LATEST = 10
"""Attempts and decisions that the page shows; the file holds all attempts."""
DEFAULT = "default"
HEADING = [
    "asked", "learnt", "status", "version", "default version", "outcomes", "accepted", "requests", "requests judged on",
    "right order", "right order, default", "difference", "low", "high", "scale", "weights",
]  # fmt: skip


def needed() -> dict[str, str]:
    return {
        "outcomes": _("outcomes that speak of texts"),
        "accepted": _("of them accepted"),
        "refused": _("of them refused as another field"),
        "requests": _("requests with somebody accepted and somebody refused"),
    }


@signed_in
def weights(request: HttpRequest) -> HttpResponse:
    """How many outcomes there are, what was learnt from them, and which weights rank."""
    person = actor(request)
    authorise(person, "brokerage.view_weights")
    if wants_csv(request):
        return csv_response("weights", HEADING, LearntWeights.objects.all(), row_of)
    form, chosen = ChoiceForm(), None
    if request.method == "POST":
        if request.POST.get("act") == "learn":
            attempt(request, lambda: actions.ask_to_learn(person), _("The weights are being learnt."))
            return redirect("monitoring:weights")
        form, chosen = ChoiceForm(request.POST), _named(request.POST)
        if form.is_valid():
            try:
                made = actions.choose_weights(person, chosen, reason=form.cleaned_data["reason"])
            except Refused as fault:
                form.add_error("reason", str(fault))
            else:
                return _switched(request, made)
    return render(
        request,
        "hansa_monitoring/weights.html",
        context() | {"form": form, "may_choose": may(person, "brokerage.choose_weights")},
        status=400 if form.errors else 200,
    )


def _switched(request: HttpRequest, made: WeightsChoice) -> HttpResponse:
    now = _("The default weights rank again.") if made.weights is None else _("The learnt weights rank from here on.")
    messages.success(request, now)
    return redirect("monitoring:weights")


def _named(data: Mapping[str, Any]) -> LearntWeights | None:
    """The weights of the button that was pressed; None for the default. Raises Http404 where there are none such."""
    key = str(data.get("weights", ""))
    if key == DEFAULT:
        return None
    return get_object_or_404(LearntWeights, pk=int(key) if key.isdecimal() and len(key) < 18 else 0)


def context() -> dict[str, Any]:
    used, default = weighing.in_use(), weighing.by_default()
    latest = LearntWeights.objects.filter(status=LearntWeights.Status.LEARNT).first()
    found, names = outcomes.gathered(), needed()
    return {
        "section": SECTION,
        "used": used,
        "default": default,
        "found": found,
        "needs": [(names[what], have, need, have >= need) for what, have, need in found.needs()],
        "waiting": LearntWeights.objects.filter(status=LearntWeights.Status.WAITING).first(),
        "latest": latest,
        "offered": latest is not None and latest.better and weighing.fits(latest) and latest != used.learnt,
        "rows": side_by_side(default, used, latest),
        "attempts": LearntWeights.objects.select_related("asked_by")[:LATEST],
        "choices": WeightsChoice.objects.select_related("weights", "by")[:LATEST],
        "by_default": pgettext("weights", "the default"),
    }


def side_by_side(
    default: weighing.Weighing, used: weighing.Weighing, latest: LearntWeights | None
) -> list[tuple[str, float, float | None, float]]:
    """Per signal its name and its weight by default, as learnt last (None without), and in use."""
    learnt = {} if latest is None else latest.weights
    now = used.weights.every_weight()
    before = default.weights.every_weight()
    return [(signal_name(name), value, learnt.get(name), now[name]) for name, value in before.items()]


def row_of(one: LearntWeights) -> list[Any]:
    return [
        one.asked_at.isoformat(),
        one.computed_at.isoformat() if one.computed_at else None,
        one.status,
        one.version,
        one.default_version,
        one.outcomes,
        one.accepted,
        one.requests,
        one.judged,
        one.right,
        one.right_default,
        one.difference,
        one.low,
        one.high,
        one.scale,
        "; ".join(f"{name} {value:.4f}" for name, value in one.weights.items()),
    ]
