"""The runs that proposed priorities: list, one run, a new one or the next version of one, two compared."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.network.permissions import may
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy import actions, comparing, figures, queries
from hansa.strategy.forms import RunForm
from hansa.strategy.models import Run
from hansa.strategy.parts import parts
from hansa.strategy.views.board import domain_labels


def runs(request: HttpRequest) -> HttpResponse:
    """Every run, the newest first."""
    words = request.GET.get("q", "")
    found = queries.runs(words)
    if wants_csv(request):
        heading = ["run", "version", "regions", "table", "year", "proposed", "made at", "digest"]
        return csv_response(
            "runs",
            heading,
            found,
            lambda r: [
                r.title,
                r.version,
                " ".join(region.code for region in r.regions.all()),
                r.table,
                r.year,
                r.proposed,
                r.created_at.isoformat(),
                r.digest,
            ],
        )
    return render(
        request,
        "hansa_strategy/runs.html",
        {
            "section": "priorities",
            "links": parts.links_in_order(),
            "here": "runs",
            "words": words,
            "page": page_of(request, found),
            "may_see_people": may(getattr(request, "person", None), "network.view_people"),
            "may_start": may(getattr(request, "person", None), "strategy.start_run"),
        },
    )


def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: rule, evidence, what it proposed, and its other versions."""
    person = getattr(request, "person", None)
    shown = get_object_or_404(
        Run.objects.select_related("created_by", "based_on").prefetch_related("regions", "followers"), pk=pk
    )
    found = shown.priorities.annotate(held_in=queries.regions_holding()).order_by("number")
    return render(
        request,
        "hansa_strategy/run.html",
        {
            "section": "priorities",
            "run": shown,
            "priorities": found,
            "labels": domain_labels(),
            "panels": parts.run_panels_of(shown, person),
            "may_start": may(person, "strategy.start_run"),
            "may_see_people": may(person, "network.view_people"),
        },
    )


def compare(request: HttpRequest) -> HttpResponse:
    """Two runs side by side: rule, evidence, and which priorities they share, gained and lost."""
    found = queries.runs()
    chosen = [queries.chosen_run(request.GET.get(key, "")) for key in ("a", "b")]
    a, b = chosen if all(chosen) and request.GET.get("a") and request.GET.get("b") else (None, None)
    return render(
        request,
        "hansa_strategy/compare.html",
        {
            "section": "priorities",
            "runs": found[:100],
            "a": a,
            "b": b,
            "compared": comparing.compare(a, b) if a is not None and b is not None else None,
            "labels": domain_labels(),
        },
    )


@signed_in
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute a run again from its kept evidence and say whether the digits are the same."""
    shown = get_object_or_404(Run.objects.select_related("evidence").prefetch_related("regions"), pk=pk)
    if request.method == "POST":
        try:
            found = actions.recompute(shown)
        except Refused as fault:
            messages.error(request, str(fault))
        else:
            if found.same:
                messages.success(request, _("Computed again from the kept evidence: the same digits throughout."))
            else:
                messages.error(
                    request,
                    _("Computed again: the result differs; the largest difference of a figure is %(difference)s.")
                    % {"difference": found.largest_difference},
                )
    return redirect(shown)


@signed_in
def new_run(request: HttpRequest) -> HttpResponse:
    """A new run, or with `?from=` the next version of one, begun with its regions and rule."""
    earlier = queries.chosen_run(request.GET["from"]) if request.GET.get("from") else None
    form = RunForm(request.POST or None, based_on=earlier, years=years(), initial=first_values(earlier))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            started = actions.start_run(
                actor(request),
                title=given["title"],
                regions=list(given["regions"]),
                parameters=form.parameters(),
                language=get_language() or "en",
                year=int(given["year"]) if given["year"] else None,
                reference=given["reference"],
                based_on=earlier,
                note=given["note"],
            )
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("The run has proposed priorities; look at the figures behind each."))
            return redirect(started)
    return render(
        request,
        "hansa_strategy/new_run.html",
        {"section": "priorities", "form": form, "earlier": earlier, "loaded": figures.current()},
        status=400 if form.errors else 200,
    )


def years() -> list[int]:
    """The years of the loaded table, the latest first."""
    loaded = figures.current()
    return sorted(figures.store().activity(loaded.name).years, reverse=True) if loaded else []


def first_values(earlier: Run | None) -> dict[str, Any]:
    """What the form begins with: the earlier version's own values, else the latest run's regions."""
    latest = earlier or Run.objects.prefetch_related("regions").first()
    regions = [region.pk for region in latest.regions.all()] if latest else []
    if earlier is None:
        return {"regions": regions}
    return {
        "title": earlier.title,
        "regions": regions,
        "year": earlier.year,
        "reference": " ".join(earlier.reference),
        **earlier.parameters,
    }
