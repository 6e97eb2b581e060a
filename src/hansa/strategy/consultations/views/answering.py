"""The page that a link opens: a citizen with a phone, no account, and no knowledge of the method."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hansa.network.faults import Refused
from hansa.strategy.consultations import actions, queries
from hansa.strategy.consultations.forms_answering import AnswerForm
from hansa.strategy.consultations.wording import spoken
from hansa.strategy.models import Invitation, Round
from hansa.strategy.views.board import domain_labels


@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The open round as one form; the button of another language shows it again with all that was typed."""
    invitation = _invitation(token)
    with translation.override(_language(request, invitation)):
        asked = queries.open_round(invitation.consultation)
        if asked is None or asked.consultation.early or asked.consultation.overdue:
            return _page(request, "closed", invitation, token, status=409 if request.method == "POST" else 200)
        mine = queries.own_answers(asked, invitation)
        switching = "switch" in request.POST
        form = AnswerForm(request.POST or None, asked=asked, mine=mine, labels=domain_labels())
        if request.method == "POST" and not switching and form.is_valid():
            try:
                _answer(token, asked, form)
            except Refused as fault:
                form.add_error(None, str(fault))
            else:
                address = reverse("strategy:thanks_consultation", args=[token])
                return redirect(f"{address}?language={translation.get_language()}")
        faulty = request.method == "POST" and not switching
        more = {"asked": asked, "form": form, "rows": list(form.rows()), "answered": bool(mine), "switching": switching}
        return _page(request, "answer", invitation, token, status=400 if faulty else 200, **more)


@never_cache
@require_http_methods(["GET"])
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    """What was recorded, and until when it can be changed."""
    invitation = _invitation(token)
    with translation.override(_language(request, invitation)):
        asked = queries.open_round(invitation.consultation)
        mine = queries.own_answers(asked, invitation) if asked else {}
        items = [(item, mine[item.pk]) for item in (asked.items.all() if asked else []) if item.pk in mine]
        recorded = max((each.at for each in mine.values()), default=None)
        more = {"asked": asked, "items": items, "whole": mine.get(None), "recorded": recorded}
        return _page(request, "thanks", invitation, token, **more)


def _answer(token: str, asked: Round, form: AnswerForm) -> None:
    try:
        actions.answer(token, asked, form.said())
    except Invitation.DoesNotExist:
        raise Http404 from None


def _invitation(token: str) -> Invitation:
    try:
        return queries.invitation_of(token)
    except Invitation.DoesNotExist:
        raise Http404 from None


def _language(request: HttpRequest, invitation: Invitation) -> str:
    """The language whose button was pressed, that of the shown page, the reader's own choice, or the invitation's."""
    known = dict(settings.LANGUAGES)
    asked = (
        request.POST.get("switch"),
        request.POST.get("shown"),
        request.GET.get("language"),
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME),
    )
    return next((code for code in asked if code in known), spoken(invitation.language))


def _page(
    request: HttpRequest, template: str, invitation: Invitation, token: str, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "section": "priorities",
        "consultation": invitation.consultation,
        "token": token,
        "language": translation.get_language(),
        "languages_spoken": [("en", "English"), ("pl", "Polski")],
        **more,
    }
    response = render(request, f"hansa_strategy/consultations/{template}.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    # the address is the secret and goes nowhere; with "no-referrer" browsers would send the form without its origin
    response["Referrer-Policy"] = "strict-origin"
    return response
