"""The table of figures, and the rows behind one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from hansa.brokerage.models import Introduction
from hansa.monitoring.indicators import INDICATORS, Indicator
from hansa.strategy.models import Priority
from hansa.strategy.queries import matching


@dataclass(frozen=True)
class Line:
    priority: Priority
    counts: list[tuple[Indicator, int]]


def table(words: str = "", sort: str = "number") -> tuple[list[Line], list[tuple[Indicator, int]]]:
    """One line per priority with all its figures, and the totals: one query per indicator."""
    counted = {code: indicator.by_priority() for code, indicator in INDICATORS.items()}
    touched = {number for counts in counted.values() for number in counts}
    shown = Priority.objects.filter(~Q(state__in=Priority.CLOSED) | Q(number__in=touched)).order_by("number")
    if words:
        shown = shown.filter(matching(words))
    lines = [
        Line(priority, [(indicator, counted[code].get(priority.number, 0)) for code, indicator in INDICATORS.items()])
        for priority in shown
    ]
    key = sort.removeprefix("-")
    if key in INDICATORS:
        lines.sort(key=lambda line: counted[key].get(line.priority.number, 0))
    elif key == "title":
        lines.sort(key=lambda line: line.priority.local_title.casefold())
    if sort.startswith("-"):
        lines.reverse()
    totals = [(indicator, sum(counted[code].values())) for code, indicator in INDICATORS.items()]
    return lines, totals


def rows(indicator: Indicator, number: int | None) -> QuerySet[Any]:
    """The very records a figure counts, newest first, with what the page shows of each."""
    found = indicator.of(number).order_by(f"-{indicator.date}", "-pk")
    if found.model is Introduction:
        return found.select_related("case__priority", "case__agency", "proposed_by")
    return found.select_related("priority", "agency", "broker")
