"""Who is shown against who turned out relevant, by region and by newcomer; and the partnership's lift."""

from __future__ import annotations

import math
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hansa.brokerage import actions, fairness, weighing
from hansa.brokerage.models import LiftSetting
from hansa.monitoring.forms import LiftForm, PeriodForm
from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, wants_csv

SECTION = "monitoring"


def names() -> dict[str, str]:
    return {
        fairness.LISTED: _("less developed regions"),
        fairness.OTHER: _("other regions"),
        fairness.UNKNOWN: _("region unknown"),
        fairness.NEWCOMER: _("newcomers"),
        fairness.KNOWN: _("known from cases or projects"),
    }


@signed_in
def exposure(request: HttpRequest) -> HttpResponse:
    """Shares of attention and of relevance per group, for the requests compared in a period."""
    person = actor(request)
    authorise(person, "brokerage.view_exposure")
    form = PeriodForm(request.GET if {"since", "until"} & {*request.GET} else None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = fairness.shown(asked.get("since"), asked.get("until"))
    tables = {
        "region": fairness.exposures(found, found.by_region),
        "newcomer": fairness.exposures(found, found.by_past),
    }
    labels = names()
    if wants_csv(request):
        return csv_response(
            "exposure",
            ["by", "group", "share of exposure", "share of relevance", "ratio", "low", "high", "queries"],
            [(by, row) for by, rows in tables.items() for row in rows],
            lambda pair: [pair[0], pair[1].group, *_numbers(pair[1])],
        )
    return render(
        request,
        "hansa_monitoring/exposure.html",
        {
            "section": SECTION,
            "form": form,
            "region_rows": [(labels[row.group], row, math.isfinite(row.low)) for row in tables["region"]],
            "past_rows": [(labels[row.group], row, math.isfinite(row.low)) for row in tables["newcomer"]],
            "requests": len(found.rankings),
            "matches": len(found.by_region),
            "decided": found.decided,
            "enough": fairness.ENOUGH,
            "too_few": found.decided < fairness.ENOUGH,
            "setting": fairness.setting(),
            "used": weighing.in_use(),
            "may_set": may(person, "brokerage.set_lift"),
        },
        status=400 if form.errors else 200,
    )


def _numbers(row: Any) -> list[Any]:
    """Unknown ratios are empty cells, never a number."""
    ratios = (row.ratio, row.low, row.high)
    return [row.exposure, row.merit, *(value if math.isfinite(value) else None for value in ratios), row.queries]


@signed_in
def lift(request: HttpRequest) -> HttpResponse:
    """The setting of the lift. Its cost on the stored matches is measured before anything is saved."""
    person = actor(request)
    authorise(person, "brokerage.set_lift")
    held = fairness.setting()
    initial = {
        "regions": ", ".join(held.regions),
        "source": held.source,
        "share": held.share,
        "depth": held.depth,
        "on": held.on,
    }
    form = LiftForm(request.POST or None, initial=initial)
    asked = held
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        asked = LiftSetting(regions=form.codes(), share=given["share"], depth=given["depth"])
        if request.POST.get("act") == "save":
            try:
                saved = actions.set_lift(person, **given | {"regions": form.codes()})
            except Refused as fault:
                form.add_error(None, str(fault))
            else:
                messages.success(request, _("The lift is on.") if saved.on else _("The lift is off."))
                return redirect("monitoring:exposure")
    return render(
        request,
        "hansa_monitoring/lift.html",
        {
            "section": SECTION,
            "form": form,
            "setting": held,
            "asked": asked,
            "cost": fairness.measured_cost(asked) if not form.errors or form.is_valid() else None,
        },
        status=400 if form.errors else 200,
    )
