"""Recommendations: the public form and list, one recommendation, and the forms of its verbs."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.queries import partner_regions
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.models import Recommendation, RecommendationMove
from hansa.strategy.parts import parts
from hansa.strategy.plan.views.entries import confirmed
from hansa.strategy.recommendations import actions, queries
from hansa.strategy.recommendations.forms import FORMS, CollectForm, VerbForm, opened_now

Verb, State = RecommendationMove.Verb, Recommendation.State
VERBS = {
    Verb.TAKE_UP: gettext_lazy("Take up"),
    Verb.CONSULT: gettext_lazy("Record the consultation"),
    Verb.SUBMIT: gettext_lazy("Submit to the strategy"),
    Verb.ANSWER: gettext_lazy("Record the answer"),
    Verb.ADOPT: gettext_lazy("Record the adopted text"),
    Verb.USE: gettext_lazy("Record its use"),
    Verb.MERGE: pgettext_lazy("recommendation", "Merge others into it"),
    Verb.DECLINE: pgettext_lazy("recommendation", "Decline"),
    Verb.UNDO: gettext_lazy("Undo"),
}
ACTS = {
    Verb.TAKE_UP: actions.take_up,
    Verb.CONSULT: actions.consult,
    Verb.SUBMIT: actions.submit,
    Verb.ANSWER: actions.answer,
    Verb.ADOPT: actions.adopt,
    Verb.USE: actions.use,
    Verb.MERGE: actions.merge,
    Verb.DECLINE: actions.decline,
    Verb.UNDO: actions.undo,
}
WAY = (State.TAKEN_UP, State.CONSULTED, State.SUBMITTED, State.ANSWERED, State.ADOPTED, State.IN_USE)


def shared() -> dict[str, Any]:
    return {"section": "priorities", "links": parts.links_in_order(), "here": "recommendations"}


def recommendations(request: HttpRequest) -> HttpResponse:
    """What was recommended to the regions and what became of it."""
    person = getattr(request, "person", None)
    chosen = {key: request.GET.get(key, "") for key in ("q", "state", "region")}
    found = queries.recommendations(
        person, chosen["q"], chosen["state"], chosen["region"], request.GET.get("sort", "-collected")
    )
    if wants_csv(request):
        heading = ["recommendation", "title", "text", "language", "region", "state", "section", "answer", "reason"]
        heading += ["adopted text", "document", "page", "collected"]
        return csv_response("recommendations", heading, found.iterator(chunk_size=500), _row)
    return render(
        request,
        "hansa_strategy/recommendations/list.html",
        {
            **shared(),
            "page": page_of(request, found),
            "chosen": chosen,
            "default_sort": "-collected",
            "states": State.choices,
            "regions": partner_regions(),
        },
    )


def _row(r: Recommendation) -> list[Any]:
    row = [r.identifier, r.title, r.text, r.language, r.region.code, r.state, r.section, r.answer, r.answer_reason]
    return [*row, r.adopted_text, r.adopted_document, r.adopted_page, r.collected_at.date()]


def new(request: HttpRequest) -> HttpResponse:
    """The form for anyone; nobody needs an account."""
    form = CollectForm(request.POST or None, initial={"opened": opened_now(), "language": get_language()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.collect(**form.values())
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            return redirect("strategy:recommendation_thanks")
    return render(
        request,
        "hansa_strategy/recommendations/new.html",
        {**shared(), "form": form},
        status=400 if form.errors else 200,
    )


def thanks(request: HttpRequest) -> HttpResponse:
    return render(request, "hansa_strategy/recommendations/thanks.html", shared())


def recommendation(request: HttpRequest, pk: int) -> HttpResponse:
    """One recommendation: its words, its way and its history."""
    person = getattr(request, "person", None)
    shown = _seen(request, pk)
    verbs = [v for v in actions.possible_verbs(shown) if may(person, actions.PERMISSION[Verb(v)], shown)]
    at = WAY.index(State(shown.state)) if shown.state in WAY else -1
    can_undo = may(person, "strategy.undo_recommendation", shown) and shown.state != State.MERGED
    handles = may(person, "strategy.see_collected_recommendation")
    return render(
        request,
        "hansa_strategy/recommendations/one.html",
        {
            **shared(),
            "recommendation": shown,
            "way": [(state, state.label, n <= at, n == at) for n, state in enumerate(WAY)],
            "verbs": [(v, VERBS[Verb(v)]) for v in verbs],
            "can_undo": actions.latest_to_undo(shown) if can_undo else None,
            "handles": handles,
            "may_erase": may(person, "strategy.erase_recommendation", shown)
            and bool(shown.contact_name or shown.contact_email),
            "may_see_people": may(person, "network.view_people"),
        },
    )


@signed_in
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Carry out one verb of one recommendation."""
    if verb not in FORMS:
        raise Http404
    person = actor(request)
    shown = _seen(request, pk)
    authorise(person, actions.PERMISSION[Verb(verb)], shown)
    return confirmed(
        request,
        FORMS[verb](request.POST or None, recommendation=shown),
        lambda given: ACTS[Verb(verb)](person, shown, **given),
        heading=f"{shown.identifier}: {VERBS[Verb(verb)]}",
        address=shown.get_absolute_url(),
        context={**shared(), "danger": verb == Verb.DECLINE},
    )


@signed_in
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase the name and address of whoever sent it in."""
    person = actor(request)
    shown = _seen(request, pk)
    authorise(person, "strategy.erase_recommendation", shown)
    return confirmed(
        request,
        VerbForm(request.POST or None, recommendation=shown),
        lambda given: actions.erase_contact(person, shown, reason=given["reason"]),
        heading=_("Erase the name and address"),
        address=shown.get_absolute_url(),
        context={**shared(), "danger": True, "warning": _("They cannot be brought back; the recommendation stays.")},
    )


def _seen(request: HttpRequest, pk: int) -> Recommendation:
    try:
        return queries.recommendation(getattr(request, "person", None), pk)
    except Recommendation.DoesNotExist:
        raise Http404 from None
