"""The shared vision and who governs."""

from __future__ import annotations

import difflib
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.network.models import LANGUAGES_OF_RECORDS
from hansa.network.permissions import authorise, may, organisations_of
from hansa.network.web.acting import actor, signed_in
from hansa.strategy.models import Body, Run, Seat, Vision
from hansa.strategy.plan import actions, queries
from hansa.strategy.plan.forms import ReasonForm, SignForm, VisionForm
from hansa.strategy.plan.views import shared
from hansa.strategy.plan.views.entries import confirmed
from hansa.strategy.queries import chosen_run, runs


def governance(request: HttpRequest) -> HttpResponse:
    """The bodies of a run, their tasks, roles and members."""
    run = chosen_run(request.GET.get("run", ""))
    person = getattr(request, "person", None)
    plans = may(person, "strategy.plan")
    return render(
        request,
        "hansa_strategy/plan/governance.html",
        {
            **shared("plan", "governance"),
            "run": run,
            "runs": runs()[:50],
            "bodies": queries.bodies(run) if run else [],
            "may_plan": plans,
            "withdrawn": [
                *queries.withdrawn(Body, run=run),
                *queries.withdrawn(Seat, body__run=run, body__withdrawn_at=None),
            ]
            if plans and run
            else [],
            "may_see_people": may(person, "network.view_people"),
        },
    )


def vision(request: HttpRequest) -> HttpResponse:
    """The vision of a run: the chosen version with its texts, signatures and edits."""
    run = chosen_run(request.GET.get("run", ""))
    versions = list(queries.visions(run)) if run else []
    wanted = request.GET.get("version", "")
    shown = next((v for v in versions if str(v.number) == wanted), versions[0] if versions else None)
    person = getattr(request, "person", None)
    names = dict(LANGUAGES_OF_RECORDS)
    return render(
        request,
        "hansa_strategy/plan/vision.html",
        {
            **shared("plan", "vision"),
            "run": run,
            "runs": runs()[:50],
            "versions": versions,
            "vision": shown,
            "texts": [(code, names.get(code, code), text) for code, text in shown.texts.items()] if shown else [],
            "edits": shown.edits.select_related("by")[:50] if shown else [],
            "record_languages": LANGUAGES_OF_RECORDS,
            "may_edit": may(person, "strategy.edit_vision"),
            "may_sign": shown is not None and bool(shown.text) and _signs(person),
            "may_see_people": may(person, "network.view_people"),
        },
    )


def _signs(person: Any) -> bool:
    return may(person, "strategy.sign_vision") or any(
        may(person, "strategy.sign_vision", each) for each in organisations_of(person)
    )


@signed_in
def new_vision(request: HttpRequest, run: int) -> HttpResponse:
    """Begin the first or the next version."""
    chosen = get_object_or_404(Run, pk=run)
    person = actor(request)
    authorise(person, "strategy.edit_vision")
    return confirmed(
        request,
        ReasonForm(request.POST or None),
        lambda given: actions.new_vision(person, chosen, language=get_language() or "en", reason=given["reason"]),
        heading=_("A new version of the vision"),
        address=f"{reverse('strategy:plan_vision')}?run={chosen.pk}",
        context=shared("plan", "vision"),
    )


@signed_in
def edit_vision(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the text in one language. Whoever comes second sees both texts and keeps what they typed."""
    shown = get_object_or_404(Vision, pk=pk)
    person = actor(request)
    authorise(person, "strategy.edit_vision")
    language = request.GET.get("language", shown.language)
    language = language if language in dict(LANGUAGES_OF_RECORDS) else shown.language
    initial = {"language": language, "text": shown.texts.get(language, ""), "expected": shown.revision}
    form = VisionForm(request.POST or None, initial=initial)
    conflict, status = None, 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        language = given["language"]
        try:
            actions.edit_vision(
                person, shown, **{key: given[key] for key in (*form.field_order, "language", "expected")}
            )
        except actions.Conflict as fault:
            conflict, status = _both(fault, given["text"]), 409
            typed = request.POST.copy()
            typed["expected"] = str(fault.revision)
            form = VisionForm(typed)
            form.add_error(None, str(fault))
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Kept."))
            return redirect(shown)
    return render(
        request,
        "hansa_strategy/plan/edit_vision.html",
        {
            **shared("plan", "vision"),
            "vision": shown,
            "form": form,
            "language": language,
            "language_name": dict(LANGUAGES_OF_RECORDS)[language],
            "conflict": conflict,
            "may_see_people": may(person, "network.view_people"),
        },
        status=status if status != 200 else 400 if form.errors else 200,
    )


def _both(fault: actions.Conflict, mine: str) -> dict[str, Any]:
    """Their text, and line by line what only theirs (-) or only mine (+) says."""
    theirs = fault.theirs.text
    changes = [line for line in difflib.ndiff(theirs.splitlines(), mine.splitlines()) if line[:2] in ("- ", "+ ")]
    return {"edit": fault.theirs, "changes": [(line[0] == "+", line[2:]) for line in changes]}


@signed_in
def sign_vision(request: HttpRequest, pk: int) -> HttpResponse:
    """Record who signed the vision, for whom and on what basis."""
    shown = get_object_or_404(Vision.objects.select_related("run"), pk=pk)
    person = actor(request)
    if not _signs(person):
        authorise(person, "strategy.sign_vision")
    form = SignForm(request.POST or None, run=shown.run, initial={"expected": shown.revision})
    return confirmed(
        request,
        form,
        lambda given: actions.sign_vision(person, shown, **given),
        heading=_("Sign version %(number)d of the vision") % {"number": shown.number},
        address=shown.get_absolute_url(),
        context={
            **shared("plan", "vision"),
            "warning": _("From the first signature on this version can never be changed; a new one can be begun."),
        },
    )
