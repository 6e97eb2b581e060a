"""Teams for a call or a joint strategy: the list, one team with its candidates, and the forms around them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.brokerage import actions
from hansa.brokerage.models import Team, TeamMember, TeamRole
from hansa.brokerage.permissions import agencies_of
from hansa.brokerage.teams import queries
from hansa.brokerage.teams.forms import MemberForm, RoleForm, TeamForm
from hansa.brokerage.teams.showing import context
from hansa.brokerage.views.showing import SECTION, priority_named
from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv

HEADING = ["name", "agency", "priority", "roles", "members in", "status", "computed", "created"]


@signed_in
def teams(request: HttpRequest) -> HttpResponse:
    """The teams of the reader's agencies; the lead partner sees all."""
    person = actor(request)
    authorise(person, "brokerage.list_teams")
    chosen = {key: request.GET.get(key, "") for key in ("q", "state")}
    found = queries.teams(person, words=chosen["q"], state=chosen["state"])
    found = queries.ordered_teams(found, request.GET.get("sort", "-created"))
    if wants_csv(request):
        # read now: by the time a streamed answer is written, the database shows the reader's rows no more
        return csv_response("teams", HEADING, list(found), row_of)
    return render(
        request,
        "hansa_brokerage/teams.html",
        {
            "section": SECTION,
            "page": page_of(request, found),
            "chosen": chosen,
            "filtered": any(chosen.values()),
            "default_sort": "-created",
            "may_write": may(person, "brokerage.create_team"),
        },
    )


def row_of(each: Any) -> list[Any]:
    return [
        each.name,
        each.agency.name,
        each.priority.identifier if each.priority else None,
        each.role_count,
        each.member_count,
        each.status,
        each.computed_at.isoformat() if each.computed_at else None,
        each.created_at.isoformat(),
    ]


def team_or_404(request: HttpRequest, pk: int) -> Team:
    """The team, where the reader may see it: one that must not be seen does not exist for them."""
    try:
        shown = queries.team(pk)
    except Team.DoesNotExist:
        raise Http404 from None
    if not may(actor(request), "brokerage.view_team", shown):
        raise Http404
    return shown


@signed_in
def team(request: HttpRequest, pk: int) -> HttpResponse:
    shown = team_or_404(request, pk)
    return render(request, "hansa_brokerage/team.html", _context(request, shown))


@signed_in
def team_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """What was computed alone: the page asks for it while it is being computed."""
    shown = team_or_404(request, pk)
    if not getattr(request, "htmx", False):
        return redirect(shown)
    return render(request, "hansa_brokerage/_team_answer.html", _context(request, shown))


def _context(request: HttpRequest, shown: Team) -> dict[str, Any]:
    own = may(actor(request), "brokerage.edit_team", shown)
    find = request.GET.get("find", "")
    return context(shown) | {
        "section": SECTION,
        "own": own,
        "may_edit": own and shown.closed_at is None,
        "find": find,
        "to_add": queries.to_add(find) if own else [],
    }


@signed_in
def new_team(request: HttpRequest) -> HttpResponse:
    person = actor(request)
    authorise(person, "brokerage.create_team")
    named = priority_named(request.GET.get("priority", ""))
    initial = {"language": _language(request), "priority": named.pk if named else None, "countries": 2, "regions": 0}
    form = TeamForm(request.POST or None, person=person, initial=initial)

    def write() -> Team:
        agency = form.cleaned_data.get("agency") or agencies_of(person)[0]
        return actions.create_team(person, agency=agency, priority=form.cleaned_data["priority"], text=form.text())

    return _written(request, form, write, {"title": _("Put a team together")})


@signed_in
def edit_team(request: HttpRequest, pk: int) -> HttpResponse:
    person, shown = actor(request), team_or_404(request, pk)
    authorise(person, "brokerage.edit_team", shown)
    names = ("name", "about", "language", "countries", "regions", "most_per_country", "fewest", "most", "sme_led")
    initial = {name: getattr(shown, name) for name in names} | {
        "priority": shown.priority_id,
        "helix": shown.helix,
        "domains": ", ".join(code.removeprefix("NACE:") for code in shown.domains),
    }
    form = TeamForm(request.POST or None, person=person, editing=True, initial=initial)

    def write() -> Team:
        return actions.edit_team(person, shown, priority=form.cleaned_data["priority"], text=form.text())

    return _written(request, form, write, {"title": _("Name and rules"), "team": shown})


@signed_in
def new_role(request: HttpRequest, pk: int) -> HttpResponse:
    person, shown = actor(request), team_or_404(request, pk)
    authorise(person, "brokerage.edit_team", shown)
    form = RoleForm(request.POST or None, initial={"language": shown.language, "number": 1, "required": True})

    def write() -> Team:
        actions.add_role(person, shown, text=form.text())
        return shown

    return _written(request, form, write, {"title": _("Add a role"), "team": shown})


@signed_in
def edit_role(request: HttpRequest, pk: int) -> HttpResponse:
    person = actor(request)
    role = get_object_or_404(TeamRole.objects.select_related("team"), pk=pk)
    shown = team_or_404(request, role.team_id)
    authorise(person, "brokerage.edit_team", shown)
    names = ("name", "sought", "language", "kinds", "number", "required", "leads")
    form = RoleForm(request.POST or None, initial={name: getattr(role, name) for name in names})

    def write() -> Team:
        actions.edit_role(person, role, text=form.text())
        return shown

    return _written(request, form, write, {"title": _("Edit the role"), "team": shown, "role": role})


def _written(request: HttpRequest, form: Any, write: Callable[[], Team], more: dict[str, Any]) -> HttpResponse:
    """Carry out the form; with a fault all that was typed is shown again."""
    if request.method == "POST" and form.is_valid():
        try:
            saved = write()
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Saved."))
            return redirect(saved)
    return render(
        request,
        "hansa_brokerage/team_form.html",
        {"section": SECTION, "form": form, **more},
        status=400 if form.errors else 200,
    )


def _language(request: HttpRequest) -> str:
    language = (get_language() or "en").split("-")[0]
    return actor(request).language if language == "en" else language


@require_POST
@signed_in
def remove_role(request: HttpRequest, pk: int) -> HttpResponse:
    role = get_object_or_404(TeamRole.objects.select_related("team"), pk=pk)
    shown = team_or_404(request, role.team_id)
    attempt(request, lambda: actions.remove_role(actor(request), role), _("The role is removed."))
    return redirect(shown)


@require_POST
@signed_in
def decide_member(request: HttpRequest, pk: int) -> HttpResponse:
    shown = team_or_404(request, pk)
    form = MemberForm(request.POST, team=shown.pk)
    if not form.is_valid():
        messages.error(request, _("This button belongs to a page that has changed; look at the team as it is now."))
        return redirect(shown)
    given = form.cleaned_data
    done = _("“%(name)s” is in.") if given["standing"] == TeamMember.Standing.IN else _("“%(name)s” is left out.")
    act = partial(actions.decide_member, actor(request), shown, **given)
    attempt(request, act, done % {"name": given["organisation"].name})
    return redirect(shown)


@require_POST
@signed_in
def release_member(request: HttpRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(TeamMember.objects.select_related("team", "organisation"), pk=pk)
    shown = team_or_404(request, member.team_id)
    done = _("“%(name)s” is a candidate like others again.") % {"name": member.organisation.name}
    attempt(request, lambda: actions.release_member(actor(request), member), done)
    return redirect(shown)


@require_POST
@signed_in
def compute_team(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, actions.compute_team, "")


@require_POST
@signed_in
def close_team(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, actions.close_team, _("The team is closed; it can be taken up again."))


@require_POST
@signed_in
def reopen_team(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, actions.reopen_team, _("The team is open again."))


def _act(request: HttpRequest, pk: int, act: Callable[..., Any], done: str) -> HttpResponse:
    shown = team_or_404(request, pk)
    attempt(request, lambda: act(actor(request), shown), done)
    return redirect(shown)
