"""What people said, and what the partnership replies."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.consultations import actions, queries
from hansa.strategy.consultations.forms import ReplyForm, SplitForm
from hansa.strategy.consultations.views import shared
from hansa.strategy.consultations.views.common import answered, held_by, point_of
from hansa.strategy.models import Consultation, Point

REPLY = "strategy.answer_point"


@signed_in
def points(request: HttpRequest, pk: int) -> HttpResponse:
    """All points of a consultation for those who reply to them; nobody is named."""
    found = held_by(request, pk, REPLY)
    chosen = {"verdict": request.GET.get("verdict", "open"), "priority": request.GET.get("priority", "")}
    rows = queries.points(found, "" if chosen["verdict"] == "all" else chosen["verdict"], chosen["priority"])
    if wants_csv(request):
        return csv_response(
            "points",
            ["round", "priority", "point", "reply", "reason", "replied"],
            rows.iterator(chunk_size=500),
            _row,
        )
    return render(
        request,
        "hansa_strategy/consultations/points.html",
        {
            **shared(),
            "consultation": found,
            "page": page_of(request, rows),
            "chosen": chosen,
            "verdicts": [("open", _("without a reply")), *Point.Verdict.choices, ("all", _("all"))],
            "may_reply": found.minutes_signed_at is None,
        },
    )


def _row(p: Point) -> list[Any]:
    priority = p.priority.identifier if p.priority else ""
    return [p.answer.round.number, priority, p.text, p.verdict, p.reason, p.at.date() if p.at else ""]


@signed_in
def reply(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    found = held_by(request, pk, REPLY)
    point = point_of(pk, key)
    start = {"verdict": point.verdict, "priority": point.priority_id, "reason": point.reason}
    return answered(
        request,
        ReplyForm(request.POST or None, point=point, initial=start),
        lambda f: actions.reply_to_point(actor(request), point, **f.cleaned_data),
        heading=_("Reply to a point"),
        back=_back(found),
        quote=point.text,
    )


@signed_in
def split(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    found = held_by(request, pk, REPLY)
    point = point_of(pk, key)
    return answered(
        request,
        SplitForm(request.POST or None, initial={"texts": point.text}),
        lambda f: actions.split_point(
            actor(request),
            point,
            f.cleaned_data["texts"].replace("\r\n", "\n").split("\n\n"),
            reason=f.cleaned_data["reason"],
        ),
        heading=_("Take a point apart"),
        back=_back(found),
    )


def _back(found: Consultation) -> str:
    return reverse("strategy:consultation_points", args=[found.pk])
