"""Teams of the own agencies; a lead partner's of all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema

from hansa.brokerage.models import Team
from hansa.brokerage.teams import queries
from hansa.network.permissions import authorise
from hansa.site.api.brokerage.shared import open_to
from hansa.site.api.common import Key, Page, Scope, Scoped, keyset, one, person_of

router = Router(tags=["teams"])
reads = Scoped(Scope.TEAMS_READ)


class TeamLine(Schema):
    id: int
    agency: str
    name: str
    language: str
    priority: str | None
    status: str
    created_at: datetime
    closed_at: datetime | None


class RoleOut(Schema):
    id: int
    name: str
    sought: str
    required: bool
    leads: bool


class MemberOut(Schema):
    organisation: str
    region: str | None
    role: str | None
    standing: str


class TeamOut(TeamLine):
    about: str
    roles: list[RoleOut]
    members: list[MemberOut]


class Teams(Schema):
    items: list[TeamLine]
    next: str | None


def line(team: Team) -> dict[str, Any]:
    names = ("name", "language", "status", "created_at", "closed_at")
    return {
        "id": team.pk,
        "agency": team.agency.name,
        "priority": team.priority.identifier if team.priority else None,
        **{name: getattr(team, name) for name in names},
    }


def shape(team: Team) -> dict[str, Any]:
    members = [
        {
            "organisation": each.organisation.name,
            "region": each.organisation.region.code if each.organisation.region else None,
            "role": each.role.name if each.role else None,
            "standing": each.standing,
        }
        for each in queries.members_of(team)
    ]
    roles = [
        {"id": r.pk, "name": r.name, "sought": r.sought, "required": r.required, "leads": r.leads}
        for r in team.roles.all()
    ]
    return {**line(team), "about": team.about, "roles": roles, "members": members}


@router.get("/teams", response=Teams, auth=reads, summary="Teams of the own agencies, open and closed")
def teams(request: HttpRequest, page: Query[Page]) -> Any:
    authorise(person_of(request), "brokerage.list_teams")
    return keyset(request, queries.teams(person_of(request), state="any"), "id", page, line)


@router.get("/teams/{pk}", response=TeamOut, auth=reads, summary="One team with its roles and members")
def team_one(request: HttpRequest, pk: Path[Key]) -> Any:
    rows = Team.objects.select_related("agency__region", "priority").prefetch_related("roles")
    return one(request, shape(open_to(person_of(request), "brokerage.view_team", rows.filter(pk=pk).first())))
