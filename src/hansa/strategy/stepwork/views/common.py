"""What the pages of the three steps share: the chosen run, the priority asked for, and a form with its refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.strategy import queries
from hansa.strategy.models import Priority, Run
from hansa.strategy.parts import parts
from hansa.strategy.views.board import domain_labels


def shell(here: str) -> dict[str, Any]:
    """What every page of the room is given."""
    return {"section": "priorities", "links": parts.links_in_order(), "here": here, "labels": domain_labels()}


def run_of(request: HttpRequest) -> Run | None:
    return queries.chosen_run(request.GET.get("run", ""))


def runs_context(run: Run | None) -> dict[str, Any]:
    return {"run": run, "runs": queries.runs()[:50]}


def open_of(run: Run) -> list[Priority]:
    return list(queries.open_priorities().filter(run=run).select_related("run").prefetch_related("run__regions"))


def priority_of(number: int) -> Priority:
    found = Priority.objects.select_related("run").prefetch_related("run__regions").filter(number=number).first()
    if found is None:
        raise Http404
    return found


def answers(priority: Priority, words: str) -> bool:
    """Whether the identifier or the shown title of a priority contains `words`."""
    return words.strip().casefold() in f"{priority.identifier} {priority.local_title}".casefold()


def person_of(request: HttpRequest) -> Person | None:
    person: Person | None = getattr(request, "person", None)
    return person


def by(rows: list[Any], sort: str, keys: dict[str, Callable[[Any], Any]], default: str) -> list[Any]:
    """Rows sorted by one of `keys` (`-` turns it round); rows whose key is None come last either way."""
    name, down = sort.removeprefix("-"), sort.startswith("-")
    key = keys.get(name)
    if key is None:
        name, down = default.removeprefix("-"), default.startswith("-")
        key = keys[name]
    known = [row for row in rows if key(row) is not None]
    unknown = [row for row in rows if key(row) is None]
    return [*sorted(known, key=key, reverse=down), *unknown]


def number(value: Any) -> float | None:
    """A figure as a CSV file shows it: unknown is empty."""
    return None if value is None else round(float(value), 6)


def answered(
    request: HttpRequest,
    template: str,
    form: forms.Form,
    act: Callable[[], Any],
    done: str,
    back: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Show a form, or carry out what was posted; a form with a fault is shown again with all that was typed."""
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, done)
            return redirect(back)
    return render(request, template, {"form": form, "back": back, **context}, status=400 if form.errors else 200)
