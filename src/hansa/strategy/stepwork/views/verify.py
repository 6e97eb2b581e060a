"""Step 2: policy against figures, over a run and for one priority."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.stepwork import actions
from hansa.strategy.stepwork.forms import AnswerForm
from hansa.strategy.stepwork.verifying import STANDINGS, Verification, verify
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
from hansa.strategy.stepwork.wording import STANDING_WORDS

# the disagreements nobody has answered come first, then those answered, then what is unknown
FIRST = {
    "disagreements": lambda v: (v.unanswered, v.disagreements, v.count("unknown"), -v.priority.number),
    "number": lambda v: v.priority.number,
    "title": lambda v: v.priority.local_title.casefold(),
    "holding": lambda v: (v.holding, -v.priority.number),
    "quotient": lambda v: v.mean_quotient,
}
CSV_HEADING = [
    "identifier", "title", "region", "figures from", "chosen", "measured", "standing", "answer", "size", "share",
    "location quotient", "density", "partners add", "growth per year", "share known",
]  # fmt: skip


def overview(request: HttpRequest) -> HttpResponse:
    """Every open priority of a run: where policy and figures disagree comes first."""
    run = run_of(request)
    found = list(verify(open_of(run)).values()) if run else []
    words = request.GET.get("q", "")
    found = [v for v in found if answers(v.priority, words)]
    found = by(found, request.GET.get("sort", "-disagreements"), FIRST, "-disagreements")
    if wants_csv(request):
        rows = [(v, region) for v in found for region in v.regions]
        return csv_response("verification", CSV_HEADING, rows, lambda pair: _csv_row(*pair))
    evidence = found[0].evidence if found else None
    return render(
        request,
        "hansa_strategy/stepwork/verify.html",
        {
            **shell("verify"),
            **runs_context(run),
            "page": page_of(request, found),
            "words": words,
            "default_sort": "-disagreements",
            "evidence": evidence,
            "rule": found[0].rule if found else None,
            "standings": [(key, STANDING_WORDS[key]) for key in STANDINGS],
            "may_set": may(person_of(request), "strategy.set_step_rule"),
        },
    )


def _csv_row(found: Verification, region: Any) -> list[Any]:
    return [
        found.priority.identifier,
        found.priority.local_title,
        region.region.code,
        region.figures_from,
        region.chosen,
        region.measured,
        region.standing,
        region.answer.answer if region.answer else "",
        *(
            number(getattr(region, name))
            for name in ("size", "share", "location_quotient", "density", "added", "growth")
        ),
        number(region.known),
    ]


def one(request: HttpRequest, number: int) -> HttpResponse:
    """One priority in every region: what policy chose, what is measured, and the figures of every domain."""
    shown = priority_of(number)
    found = verify([shown])[shown.pk]
    if wants_csv(request):
        return csv_response(
            f"verification-{shown.identifier}", CSV_HEADING, found.regions, lambda region: _csv_row(found, region)
        )
    person = person_of(request)
    return render(
        request,
        "hansa_strategy/stepwork/verify_priority.html",
        {
            **shell("verify"),
            "priority": shown,
            "found": found,
            "words_of": STANDING_WORDS,
            "may_answer": shown.is_open and may(person, "strategy.answer_disagreement", shown),
            "may_see_people": may(person, "network.view_people"),
        },
    )


@signed_in
def answer(request: HttpRequest, number: int, region: str) -> HttpResponse:
    """Say which stands in one region: the choice of policy or the figures."""
    shown = priority_of(number)
    person = actor(request)
    authorise(person, "strategy.answer_disagreement", shown)
    found = next((each for each in verify([shown])[shown.pk].regions if each.region.code == region), None)
    if found is None:
        raise Http404
    if not found.is_disagreement:
        messages.info(
            request, _("Policy and figures do not disagree in %(region)s.") % {"region": found.region.local_name}
        )
        return redirect("strategy:verify_priority", number=shown.number)
    start = {"answer": found.answer.answer, "reason": found.answer.reason} if found.answer else None
    form = AnswerForm(request.POST or None, initial=start)
    return answered(
        request,
        "hansa_strategy/stepwork/answer.html",
        form,
        lambda: actions.answer_disagreement(person, shown, found.region, **form.cleaned_data),
        _("The answer is kept with its reason."),
        reverse("strategy:verify_priority", args=[shown.number]),
        {**shell("verify"), "priority": shown, "found": found, "word": STANDING_WORDS[found.standing]},
    )
