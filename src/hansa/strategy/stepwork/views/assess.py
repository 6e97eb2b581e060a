"""Step 4: the ranking by potential abroad, how firm it is, and the form in which a judge scores."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.stepwork import actions, queries
from hansa.strategy.stepwork.assessing import Assessment, assess, criteria_of
from hansa.strategy.stepwork.drawing import intervals_spec
from hansa.strategy.stepwork.forms import JudgeForm, RegionForm
from hansa.strategy.stepwork.views.common import (
    answered,
    answers,
    by,
    number,
    person_of,
    priority_of,
    run_of,
    runs_context,
    shell,
)

PER_PAGE = 50
KEYS = {
    "place": lambda row: row.place,
    "number": lambda row: row.priority.number,
    "title": lambda row: row.priority.local_title.casefold(),
    "score": lambda row: row.score,
    "coverage": lambda row: row.coverage,
    "top": lambda row: row.around["in_top"],
}


def overview(request: HttpRequest) -> HttpResponse:
    """The open priorities of a run ranked by their potential abroad, with intervals and what would turn the ranking."""
    run = run_of(request)
    found = assess(run) if run else None
    if wants_csv(request):
        return _csv(found)
    person, words = person_of(request), request.GET.get("q", "")
    rows = [row for row in found.rows if answers(row.priority, words)] if found else []
    page = page_of(request, by(rows, request.GET.get("sort", "place"), KEYS, "place"), PER_PAGE)
    return render(
        request,
        "hansa_strategy/stepwork/assess.html",
        {
            **shell("assess"),
            **runs_context(run),
            "found": found,
            "begun": bool(run and criteria_of(run)),
            "page": page,
            "words": words,
            "default_sort": "place",
            "values": [(row.priority, _cells(found, row)) for row in page] if found else [],
            "spec": intervals_spec(found) if found and found.order else None,
            "first": _told(found, found.turns_first) if found else [],
            "top": _told(found, found.turns_top) if found else [],
            "neighbours": [_pair(found, *each) for each in found.neighbours] if found else [],
            "may_manage": may(person, "strategy.manage_criteria"),
            "may_judge": may(person, "strategy.judge_criteria"),
            "may_set": may(person, "strategy.set_step_rule"),
        },
    )


def _cells(found: Assessment, row: Any) -> list[tuple[float | None, Any]]:
    """The value of each criterion, beside it what the judges said where it is judged."""
    return [
        (value, found.judged.get((criterion.pk, row.priority.pk)))
        for criterion, value in zip(found.criteria, row.values, strict=True)
    ]


def _told(found: Assessment, turns: list[Any]) -> list[dict[str, Any]]:
    return [_turn(found, turn) for turn in turns]


def _turn(found: Assessment, turn: Any) -> dict[str, Any]:
    criterion = found.criteria[turn.criterion]
    return {
        "criterion": criterion,
        "ahead": found.priorities[turn.ahead],
        "behind": found.priorities[turn.behind],
        "now": criterion.weight,
        "then": turn.weight,
        "change": turn.change,
    }


def _pair(found: Assessment, ahead: int, behind: int, turn: Any) -> dict[str, Any]:
    return {
        "ahead": found.priorities[ahead],
        "behind": found.priorities[behind],
        "turn": _turn(found, turn) if turn is not None else None,
    }


def _csv(found: Assessment | None) -> Any:
    codes = [criterion.code for criterion in found.criteria] if found else []
    heading = [
        "identifier", "title", "place", "score", "coverage", "place 5 %", "place median", "place 95 %",
        "probability among the first", "probability first", "any weights: place 5 %", "any weights: place 95 %",
        "any weights: probability among the first", *codes, *(f"{code} normalised" for code in codes),
    ]  # fmt: skip
    return csv_response(
        "potential",
        heading,
        found.rows if found else [],
        lambda row: [
            row.priority.identifier,
            row.priority.local_title,
            *(number(value) for value in (row.place, row.score, row.coverage)),
            *(number(row.around[name]) for name in ("low", "median", "high", "in_top", "first")),
            *(number(row.uniform[name]) for name in ("low", "high", "in_top")),
            *(number(value) for value in (*row.values, *row.normalised)),
        ],
    )


@signed_in
def judge(request: HttpRequest, number: int) -> HttpResponse:
    """Score one priority under every judged criterion, each with the evidence it rests on."""
    shown = priority_of(number)
    person = actor(request)
    authorise(person, "strategy.judge_criteria", shown)
    asked = RegionForm(request.GET, regions=shown.run.regions.order_by("code"))
    try:
        region = asked.chosen()
    except ValidationError:
        raise Http404 from None
    criteria = queries.judged_criteria(shown)
    mine = queries.own_scores(shown, person, region)
    form = JudgeForm(request.POST or None, criteria=criteria, mine=mine)

    def act() -> None:
        for criterion, given in form.given():
            if given["score"] is not None or criterion.pk in mine:
                actions.judge(person, criterion, shown, region=region, **given)

    return answered(
        request,
        "hansa_strategy/stepwork/judge.html",
        form,
        act,
        _("Your scores of %(id)s are kept.") % {"id": shown.identifier},
        reverse("strategy:assess") + f"?run={shown.run_id}",
        {
            **shell("assess"),
            "priority": shown,
            "criteria": criteria,
            "region": region,
            "regions": shown.run.regions.order_by("code"),
            "scores": queries.scores_of(shown),
        },
    )
