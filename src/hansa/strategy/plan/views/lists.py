"""The lists of the plan: actions, budget, indicators, risks; and one action, one indicator."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from hansa.network.permissions import may
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.models import Action, BudgetLine, Indicator, IndicatorValue, Milestone, Risk, Run
from hansa.strategy.plan import actions, catalogue, queries, telling
from hansa.strategy.plan.views import shared


def action_list(request: HttpRequest) -> HttpResponse:
    """Every action with its priorities, owner, dates and state."""
    chosen = {key: request.GET.get(key, "") for key in ("q", "state", "priority")}
    number = chosen["priority"].upper().removeprefix("P-")
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else None
    found = queries.ordered(queries.actions(chosen["q"], chosen["state"], wanted), request.GET.get("sort", "id"))
    plans = may(getattr(request, "person", None), "strategy.plan")
    if wants_csv(request):
        heading = ["action", "title", "priorities", "owner", "from", "to", "state", "overdue milestone"]
        return csv_response(
            "actions",
            heading,
            found,
            lambda a: [
                a.identifier,
                a.title,
                " ".join(p.identifier for p in a.priorities.all()),
                a.owner.name,
                a.since,
                a.until,
                a.state,
                "yes" if a.late else "no",
            ],
        )
    return render(
        request,
        "hansa_strategy/plan/actions.html",
        {
            **shared("plan", "actions"),
            "page": page_of(request, found),
            "chosen": chosen,
            "default_sort": "id",
            "states": Action.State.choices,
            "may_plan": plans,
            "withdrawn": queries.withdrawn(Action) if plans else [],
        },
    )


def action(request: HttpRequest, pk: int) -> HttpResponse:
    """One action: what, for which priorities, who, milestones, money, indicators, risks and its history."""
    try:
        shown = queries.action(pk)
    except Action.DoesNotExist:
        raise Http404 from None
    person = getattr(request, "person", None)
    reports = may(person, "strategy.report_action", shown)
    sees_people = may(person, "network.view_people")
    notes = list(queries.history(shown)[:50]) if sees_people else []
    found = queries.lines(action=shown)
    return render(
        request,
        "hansa_strategy/plan/action.html",
        {
            **shared("plan", "actions"),
            "action": shown,
            "milestones": [m for m in shown.milestones.all() if m.withdrawn_at is None],
            "budget": [line for line in shown.budget.all() if line.withdrawn_at is None],
            "totals": queries.totals(found, "currency"),
            "watched": [queries.watch(i) for i in shown.indicators.all() if i.withdrawn_at is None],
            "risks": [r for r in shown.risks.all() if r.withdrawn_at is None],
            "withdrawn": queries.withdrawn(Milestone, BudgetLine, Indicator, Risk, action=shown) if reports else [],
            "next_states": [(s, Action.State(s).label) for s in actions.possible_states(shown)] if reports else [],
            "may_plan": may(person, "strategy.plan", shown),
            "may_report": reports,
            "may_see_people": sees_people,
            "notes": [(telling.act(note.verb), note) for note in notes],
            "names": queries.people_of(notes),
        },
    )


def budget(request: HttpRequest) -> HttpResponse:
    """Planned, committed and spent by funding source and year; each currency for itself."""
    key = request.GET.get("run", "")
    run = Run.objects.filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 10 else None
    found = queries.lines(run=run)
    rows = queries.totals(found, "source_year")
    if wants_csv(request):
        heading = ["funding source", "year", "currency", "planned", "committed", "spent", "lines"]
        return csv_response("budget", heading, rows, _budget_row)
    return render(
        request,
        "hansa_strategy/plan/budget.html",
        {
            **shared("plan", "budget"),
            "rows": rows,
            "by_source": queries.totals(found, "source"),
            "by_year": queries.totals(found, "year"),
            "in_all": queries.totals(found, "currency"),
            "run": run,
            "runs": Run.objects.order_by("-created_at")[:50],
        },
    )


def _budget_row(row: dict[str, Any]) -> list[Any]:
    return [
        row["source__name"],
        row["year"],
        row["currency"],
        row["total_planned"],
        row["total_committed"],
        row["total_spent"],
        row["lines"],
    ]


INDICATOR_ORDERS = {
    "code": lambda w: (w.indicator.code, w.indicator.name.casefold()),
    "name": lambda w: w.indicator.name.casefold(),
    "value": lambda w: (w.standing.latest is None, w.standing.latest or 0),
}


def indicators(request: HttpRequest) -> HttpResponse:
    """Indicators, those that ask for attention first."""
    words, sort = request.GET.get("q", ""), request.GET.get("sort", "")
    found = queries.indicators(words)
    order = INDICATOR_ORDERS.get(sort.removeprefix("-"))
    if order is not None:
        found = sorted(found, key=order, reverse=sort.startswith("-"))
    if wants_csv(request):
        heading = ["code", "name", "unit", "programme", "belongs to", "baseline", "baseline year", "target"]
        heading += ["target year", "latest value", "date", "expected today", "alert"]
        return csv_response("indicators", heading, found, _indicator_row)
    return render(
        request,
        "hansa_strategy/plan/indicators.html",
        {
            **shared("plan", "indicators"),
            "page": page_of(request, found),
            "words": words,
            "orders": [("code", _("code")), ("name", _("name")), ("-value", _("latest value, largest first"))],
            "withdrawn": queries.withdrawn(Indicator) if may(getattr(request, "person", None), "strategy.plan") else [],
        },
    )


def _indicator_row(watched: queries.Watched) -> list[Any]:
    i, s = watched.indicator, watched.standing
    expected = None if s.expected is None else round(s.expected, 4)
    row = [i.code, i.name, i.unit, i.programme, i.subject.identifier, i.baseline, i.baseline_year, i.target]
    return [*row, i.target_year, s.latest, s.latest_on, expected, "; ".join(watched.alerts)]


def indicator(request: HttpRequest, pk: int) -> HttpResponse:
    """One indicator: its line, its values and where each is from."""
    shown = get_object_or_404(queries.with_values(Indicator.objects.all()), pk=pk)
    person = getattr(request, "person", None)
    reports = may(person, "strategy.report_action", shown)
    return render(
        request,
        "hansa_strategy/plan/indicator.html",
        {
            **shared("plan", "indicators"),
            "watched": queries.watch(shown),
            "indicator": shown,
            "common": catalogue.by_code(shown.code) if shown.code else None,
            "may_plan": may(person, "strategy.plan"),
            "may_report": reports,
            "withdrawn": queries.withdrawn(IndicatorValue, indicator=shown) if reports else [],
        },
    )


def codes(request: HttpRequest) -> HttpResponse:
    """The catalogue of common indicators that comes with Hansa."""
    words = request.GET.get("q", "").casefold()
    language = getattr(request, "LANGUAGE_CODE", "en")
    found = [
        {
            "code": e.code,
            "name": e.told("name", language),
            "unit": e.told("unit", language),
            "programme": e.programme,
            "valid": f"{e.valid_from}–{e.valid_to}",
            "check": e.check.get(language, e.check["en"]),
        }
        for e in catalogue.entries()
    ]
    found = [e for e in found if words in f"{e['code']} {e['name']} {e['programme']}".casefold()]
    if wants_csv(request):
        return csv_response("indicator-codes", list(found[0]) if found else ["code"], found, lambda e: list(e.values()))
    return render(
        request,
        "hansa_strategy/plan/codes.html",
        {**shared("plan", "indicators"), "page": page_of(request, found), "words": request.GET.get("q", "")},
    )


def risks(request: HttpRequest) -> HttpResponse:
    """Risks as a matrix of likelihood and impact, and as a list, the gravest first."""
    words, state = request.GET.get("q", ""), request.GET.get("state", "")
    found = queries.risks(words, state, sort=request.GET.get("sort", "-level"))
    if wants_csv(request):
        heading = ["risk", "belongs to", "likelihood", "impact", "level", "measure", "owner", "state"]
        return csv_response(
            "risks",
            heading,
            found,
            lambda r: [
                r.title,
                r.subject.identifier,
                r.likelihood,
                r.impact,
                r.level,
                r.measure,
                r.owner.name,
                r.state,
            ],
        )
    plans = may(getattr(request, "person", None), "strategy.plan")
    open_ones = [r for r in found if r.state != Risk.State.CLOSED]
    return render(
        request,
        "hansa_strategy/plan/risks.html",
        {
            **shared("plan", "risks"),
            "page": page_of(request, found),
            "matrix": queries.matrix(open_ones),
            "default_sort": "-level",
            "words": words,
            "state": state,
            "states": Risk.State.choices,
            "may_plan": plans,
            "withdrawn": queries.withdrawn(Risk) if plans else [],
        },
    )
