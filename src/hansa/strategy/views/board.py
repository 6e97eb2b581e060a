"""The list and the board of priorities, and one priority with its thread."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hansa.network.permissions import may
from hansa.network.registry import registry
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy import actions, figures, queries
from hansa.strategy.models import Priority, PriorityMove
from hansa.strategy.parts import parts

State, Verb = Priority.State, PriorityMove.Verb
VERBS = {
    Verb.VERIFY: _("Verify"),
    Verb.REFINE: _("Refine"),
    Verb.ASSESS: _("Assess"),
    Verb.FINALISE: _("Finalise"),
    Verb.RENAME: _("Rename"),
    Verb.RETURN: _("Return"),
    Verb.MERGE: _("Merge"),
    Verb.SPLIT: _("Split"),
    Verb.DROP: _("Drop"),
    Verb.RESTORE: _("Take up again"),
}

# the way of a priority from the first figure to an agreement; a stage of a room that is not there is left out
THREAD = ("evidence", "priority", "requests", "introductions", "cases", "outcome")
COLUMNS = (State.INITIAL, State.VERIFIED, State.REFINED, State.ASSESSED, State.FINAL)


def board(request: HttpRequest) -> HttpResponse:
    """Every priority with its state, strength and the regions that share it."""
    chosen = {key: request.GET.get(key, "") for key in ("q", "state", "kind", "region")}
    found = queries.priorities(chosen["q"], chosen["state"], chosen["kind"], chosen["region"])
    found = queries.ordered(found, request.GET.get("sort", "number"))
    if wants_csv(request):
        heading = ["identifier", "title", "kind", "state", "regions holding", "strength", "domains", "year", "table"]
        return csv_response(
            "priorities",
            heading,
            found.iterator(chunk_size=500),
            lambda p: [
                p.identifier,
                p.local_title,
                p.kind,
                p.state,
                p.held_in,
                None if p.score is None else round(p.score, 4),
                " ".join(p.domains),
                p.run.year,
                p.run.table,
            ],
        )
    return render(
        request,
        "hansa_strategy/board.html",
        {
            "section": "priorities",
            "links": parts.links_in_order(),
            "here": "list",
            "page": page_of(request, found),
            "chosen": chosen,
            "default_sort": "number",
            "states": Priority.State.choices,
            "kinds": Priority.Kind.choices,
            "labels": domain_labels(),
            "may_start": may(getattr(request, "person", None), "strategy.start_run"),
        },
    )


def steps(request: HttpRequest) -> HttpResponse:
    """All open priorities of a run in their steps, with what still stands against the next one of each."""
    run = queries.chosen_run(request.GET.get("run", ""))
    found = list(queries.open_priorities().filter(run=run).annotate(held_in=queries.regions_holding())) if run else []
    obstacles = parts.obstacles_of(found)
    ready = {p.pk: [o for o in obstacles[p.pk] if o.step == actions.next_step(p)] for p in found}
    columns = [
        (state, State(state).label, [(p, ready[p.pk]) for p in found if queries.column_of(p) == state])
        for state in COLUMNS
    ]
    return render(
        request,
        "hansa_strategy/steps.html",
        {
            "section": "priorities",
            "links": parts.links_in_order(),
            "here": "steps",
            "run": run,
            "runs": queries.runs()[:50],
            "columns": columns,
            "closed": queries.closed_of(run) if run else [],
        },
    )


def domain_labels() -> dict[str, str]:
    loaded = figures.current()
    return figures.labels(loaded.version, get_language() or "en") if loaded else {}


def priority(request: HttpRequest, number: int) -> HttpResponse:
    """One priority: where it stands on the thread, the figures behind it, what can be done now."""
    try:
        shown = queries.priority(number)
    except Priority.DoesNotExist:
        raise Http404 from None
    person = getattr(request, "person", None)
    verbs = [v for v in actions.possible_verbs(shown) if may(person, actions.PERMISSION[PriorityMove.Verb(v)], shown)]
    next_step = actions.next_step(shown)
    found = {stage.key: stage for provide in registry.stages.values() for stage in provide(shown)}
    stages = [found[key] for key in THREAD if key in found]
    return render(
        request,
        "hansa_strategy/priority.html",
        {
            "section": "priorities",
            "priority": shown,
            "stages": stages,
            "by_domain": figures_by_domain(shown),
            "labels": domain_labels(),
            "may_see_people": may(person, "network.view_people"),
            "verbs": [(v, VERBS[v]) for v in verbs],
            "obstacles": [o for o in parts.obstacles_of([shown])[shown.pk] if o.step == next_step],
            "panels": parts.panels_of(shown, person),
            "can_undo": actions.latest_to_undo(shown) if may(person, "strategy.undo_priority", shown) else None,
        },
    )


def figures_by_domain(shown: Priority) -> list[tuple[str, list[Any]]]:
    rows = sorted(
        shown.figures.all(), key=lambda f: (shown.domains.index(f.domain), f.role, -(f.location_quotient or 0))
    )
    return [(domain, list(members)) for domain, members in groupby(rows, key=lambda f: f.domain)]
