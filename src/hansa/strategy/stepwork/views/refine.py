"""Step 3: the rounds of a run, the spread of the ratings, and the form in which an assessor rates."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.models import RatingRound, Run
from hansa.strategy.stepwork import actions
from hansa.strategy.stepwork.forms import RatingForm, ReasonForm
from hansa.strategy.stepwork.refining import Refinement, done_in, own_view, refine, rounds, trends
from hansa.strategy.stepwork.views.common import (
    answered,
    answers,
    by,
    number,
    open_of,
    person_of,
    priority_of,
    run_of,
    runs_context,
    shell,
)

KEYS = {
    "resilience": lambda row: row["found"].resilience,
    "number": lambda row: row["found"].priority.number,
    "title": lambda row: row["found"].priority.local_title.casefold(),
    "disagreements": lambda row: row["found"].disagreements,
    "assessors": lambda row: row["found"].assessors,
}
CSV_HEADING = [
    "identifier", "title", "trend", "kind", "source", "assessors", "median", "lowest", "highest",
    "interquartile range", "disagree",
]  # fmt: skip


def overview(request: HttpRequest) -> HttpResponse:
    """Every open priority of a run with its resilience, the open round, and how far each assessor has come."""
    run = run_of(request)
    found = refine(open_of(run)) if run else {}
    if wants_csv(request):
        rows = [(each, trend) for each in found.values() for trend in each.trends]
        return csv_response("ratings", CSV_HEADING, rows, lambda pair: _csv_row(*pair))
    person, words = person_of(request), request.GET.get("q", "")
    held = rounds(run) if run else []
    current = next((each for each in held if each.closed_at is None), None)
    done = done_in(current) if current else {}
    mine = person.pk if person else 0
    rows = [
        {"found": each, "raters": len(done.get(key, {})), "mine": done.get(key, {}).get(mine, 0)}
        for key, each in found.items()
        if answers(each.priority, words)
    ]
    return render(
        request,
        "hansa_strategy/stepwork/refine.html",
        {
            **shell("refine"),
            **runs_context(run),
            "page": page_of(request, by(rows, request.GET.get("sort", "-resilience"), KEYS, "-resilience")),
            "words": words,
            "default_sort": "-resilience",
            "rounds": held,
            "current": current,
            "trends": len(trends()),
            "may_turn": may(person, "strategy.manage_rating_rounds"),
            "may_rate": may(person, "strategy.rate_trends"),
            "may_set": may(person, "strategy.set_step_rule"),
        },
    )


def _csv_row(found: Refinement, row: Any) -> list[Any]:
    names = ("count", "median", "lowest", "highest", "interquartile_range")
    return [
        found.priority.identifier,
        found.priority.local_title,
        str(row.trend),
        row.trend.kind,
        row.trend.source,
        *(number(getattr(row.spread, name)) if row.spread else None for name in names),
        row.disagree,
    ]


def one(request: HttpRequest, number: int) -> HttpResponse:
    """One priority: median and spread of every trend."""
    shown = priority_of(number)
    found = refine([shown])[shown.pk]
    if wants_csv(request):
        return csv_response(f"ratings-{shown.identifier}", CSV_HEADING, found.trends, lambda row: _csv_row(found, row))
    person = person_of(request)
    return render(
        request,
        "hansa_strategy/stepwork/refine_priority.html",
        {
            **shell("refine"),
            "priority": shown,
            "found": found,
            "may_rate": shown.is_open and may(person, "strategy.rate_trends", shown),
            "may_see_people": may(person, "network.view_people"),
        },
    )


@signed_in
def rate(request: HttpRequest, number: int) -> HttpResponse:
    """All trends of one priority to be rated; from the second round on beside what the group said before."""
    shown = priority_of(number)
    person = actor(request)
    authorise(person, "strategy.rate_trends", shown)
    current = RatingRound.objects.filter(run=shown.run, closed_at__isnull=True).select_related("run").first()
    if current is None:
        return redirect("strategy:refine_priority", number=shown.number)
    form = RatingForm(request.POST or None, owns=own_view(current, shown, person))
    return answered(
        request,
        "hansa_strategy/stepwork/rate.html",
        form,
        lambda: actions.rate(person, current, shown, form.given()),
        _("Your ratings of %(id)s are kept; you can change them until the round is closed.") % {"id": shown.identifier},
        reverse("strategy:refine") + f"?run={shown.run_id}",
        {**shell("refine"), "priority": shown, "current": current},
    )


@signed_in
def turn_round(request: HttpRequest, run: int) -> HttpResponse:
    """Open the next round of a run, or close the open one."""
    shown = get_object_or_404(Run, pk=run)
    person = actor(request)
    authorise(person, "strategy.manage_rating_rounds", shown)
    current = RatingRound.objects.filter(run=shown, closed_at__isnull=True).select_related("run").first()
    form = ReasonForm(request.POST or None)

    def act() -> None:
        if current is not None:
            actions.close_round(person, current, reason=form.cleaned_data["reason"])
        else:
            actions.open_round(person, shown, reason=form.cleaned_data["reason"])

    heading = _("Close round %(n)d") % {"n": current.number} if current else _("Open the next round")
    note = (
        _("From then on its ratings count and nobody can change them.")
        if current
        else _("Assessors rate every priority against every trend. The first round is blind; in later ones each "
               "assessor sees median, range and number of the earlier ratings, without names.")
    )  # fmt: skip
    return answered(
        request,
        "hansa_strategy/stepwork/reason.html",
        form,
        act,
        _("The round is closed.") if current else _("The round is open."),
        reverse("strategy:refine") + f"?run={shown.pk}",
        {**shell("refine"), "heading": heading, "note": note},
    )
