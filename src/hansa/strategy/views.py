"""The board of priorities, one priority with its thread, and the runs that proposed them."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.registry import registry
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy import actions, figures, queries
from hansa.strategy.forms import AcceptForm, ReasonForm, RenameForm, RunForm
from hansa.strategy.models import Priority, PriorityMove, Run

# the way of a priority from the first figure to an agreement; a stage of a room that is not there is left out
THREAD = ("evidence", "priority", "requests", "introductions", "cases", "outcome")
FORMS: dict[str, type[forms.Form]] = {
    PriorityMove.Verb.ACCEPT: AcceptForm,
    PriorityMove.Verb.RENAME: RenameForm,
    PriorityMove.Verb.RETURN: ReasonForm,
    PriorityMove.Verb.DROP: ReasonForm,
    PriorityMove.Verb.RESTORE: ReasonForm,
}


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
                round(p.score, 4),
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
            "page": page_of(request, found),
            "chosen": chosen,
            "default_sort": "number",
            "states": Priority.State.choices,
            "kinds": Priority.Kind.choices,
            "labels": domain_labels(),
            "may_start": may(getattr(request, "person", None), "strategy.start_run"),
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
            "verbs": [(v, PriorityMove.Verb(v).label, FORMS[v](initial={"expected": shown.state})) for v in verbs],
        },
    )


def figures_by_domain(shown: Priority) -> list[tuple[str, list[Any]]]:
    rows = sorted(
        shown.figures.all(), key=lambda f: (shown.domains.index(f.domain), f.role, -(f.location_quotient or 0))
    )
    return [(domain, list(members)) for domain, members in groupby(rows, key=lambda f: f.domain)]


@signed_in
def move(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Carry out one verb; a form with a fault is shown again with all that was typed."""
    shown = get_object_or_404(Priority, number=number)
    if verb not in FORMS:
        raise Http404
    authorise(actor(request), actions.PERMISSION[PriorityMove.Verb(verb)], shown)
    form = FORMS[verb](request.POST or None, initial={"expected": shown.state, "title": shown.title})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.move(
                actor(request),
                shown,
                verb,
                reason=given.get("reason", ""),
                title=given.get("title", ""),
                expected=given["expected"],
            )
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(
                request, _("%(id)s: %(verb)s.") % {"id": shown.identifier, "verb": PriorityMove.Verb(verb).label}
            )
            return redirect(shown)
    return render(
        request,
        "hansa_strategy/move.html",
        {
            "section": "priorities",
            "priority": shown,
            "verb": verb,
            "form": form,
            "label": PriorityMove.Verb(verb).label,
        },
        status=400 if form.errors else 200,
    )


def runs(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "hansa_strategy/runs.html",
        {
            "section": "priorities",
            "page": page_of(request, queries.runs()),
            "may_see_people": may(getattr(request, "person", None), "network.view_people"),
            "may_start": may(getattr(request, "person", None), "strategy.start_run"),
        },
    )


def run(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Run.objects.select_related("created_by").prefetch_related("regions"), pk=pk)
    found = shown.priorities.annotate(held_in=queries.regions_holding()).order_by("number")
    return render(
        request,
        "hansa_strategy/run.html",
        {
            "section": "priorities",
            "run": shown,
            "priorities": found,
            "labels": domain_labels(),
            "may_see_people": may(getattr(request, "person", None), "network.view_people"),
        },
    )


@signed_in
def new_run(request: HttpRequest) -> HttpResponse:
    form = RunForm(request.POST or None, initial={"regions": [r.pk for r in default_regions()]})
    if request.method == "POST" and form.is_valid():
        try:
            started = actions.start_run(
                actor(request),
                title=form.cleaned_data["title"],
                regions=list(form.cleaned_data["regions"]),
                parameters=form.parameters(),
                language=get_language() or "en",
            )
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("The run has proposed priorities; look at the figures behind each."))
            return redirect(started)
    return render(
        request,
        "hansa_strategy/new_run.html",
        {"section": "priorities", "form": form, "loaded": figures.current()},
        status=400 if form.errors else 200,
    )


def default_regions() -> list[Any]:
    latest = Run.objects.prefetch_related("regions").first()
    return list(latest.regions.all()) if latest else []
