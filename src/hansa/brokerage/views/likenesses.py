"""Warnings that another request says nearly the same, for the agency that wrote this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage import actions, queries
from hansa.brokerage.actions.likenesses import COMPARED
from hansa.brokerage.explanations import Explanation, explain, missing_signals
from hansa.brokerage.likeness import NEARLY_SAME
from hansa.brokerage.models import Likeness, LikenessSearch, Request
from hansa.brokerage.views.showing import SECTION, reader, request_or_404
from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.network.web.acting import actor, attempt, signed_in


@dataclass(frozen=True)
class ShownLikeness:
    likeness: Likeness
    reasons: list[Explanation]


def alike_context(person: Person | None, shown: Request) -> dict[str, Any]:
    """What says nearly the same as a request; nothing for readers outside its agency, nor once it has ended."""
    if shown.state not in COMPARED or not may(person, "brokerage.view_likenesses", shown):
        return {"may_compare": False}
    found = queries.likenesses_of(shown)
    search = LikenessSearch.objects.filter(request=shown).first()
    return {
        "shown": shown,
        "section": SECTION,
        "may_compare": True,
        "comparing": search is not None and search.computing,
        "compared_at": search.done_at if search is not None else None,
        "not_compared": missing_signals(search.missing_signals) if search is not None else [],
        "alike": [ShownLikeness(one, explain(one.reasons)) for one in found if one.dismissed_at is None],
        "other_ones": [one for one in found if one.dismissed_at is not None],
        "nearly_same": NEARLY_SAME,
    }


def alike(request: HttpRequest, reference: str) -> HttpResponse:
    """The warnings alone: the pages ask for them while they are being computed."""
    shown = request_or_404(request, reference)
    context = alike_context(reader(request), shown)
    if not context["may_compare"]:
        raise Http404
    if not getattr(request, "htmx", False):
        return redirect(shown)
    return render(request, "hansa_brokerage/_alike.html", context)


@require_POST
@signed_in
def compare(request: HttpRequest, reference: str) -> HttpResponse:
    shown = request_or_404(request, reference)
    attempt(request, lambda: actions.compare_again(actor(request), shown))
    return redirect(f"{shown.get_absolute_url()}#alike")


@require_POST
@signed_in
def dismiss_likeness(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, actions.dismiss_likeness, _("Remembered: %(reference)s is another one."))


@require_POST
@signed_in
def restore_likeness(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, actions.restore_likeness, _("%(reference)s is pointed out again."))


def _act(request: HttpRequest, pk: int, act: Callable[..., Any], done: str) -> HttpResponse:
    likeness = get_object_or_404(Likeness.objects.select_related("request", "other"), pk=pk)
    attempt(request, lambda: act(actor(request), likeness), done % {"reference": likeness.other.reference})
    return redirect(f"{likeness.request.get_absolute_url()}#alike")
