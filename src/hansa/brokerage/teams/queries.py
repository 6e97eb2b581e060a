"""Reads of teams: the list as far as the reader may see it, and one team with all that its page shows."""

from __future__ import annotations

from django.db.models import Count, F, Q, QuerySet

from hansa.brokerage.models import Team, TeamCandidate, TeamMember
from hansa.brokerage.permissions import agency_ids
from hansa.network.models import Organisation, Person, Role
from hansa.network.permissions import holds
from hansa.network.queries import search_organisations

MOST_FOUND = 12


def visible_teams(person: Person | None) -> QuerySet[Team]:
    """Those of the reader's agencies; the lead partner reads all."""
    if holds(person, Role.LEAD_PARTNER):
        return Team.objects.all()
    return Team.objects.filter(agency__in=agency_ids(person))


def teams(person: Person | None, *, words: str = "", state: str = "") -> QuerySet[Team]:
    """Teams that answer the filters; without a state those that are open."""
    found = visible_teams(person).select_related("agency__region", "priority").defer("answer", "about")
    found = found.annotate(
        role_count=Count("roles", distinct=True),
        member_count=Count("members", filter=Q(members__standing=TeamMember.Standing.IN), distinct=True),
    )
    if state != "any":
        found = found.filter(closed_at__isnull=state != "closed")
    if words.strip():
        found = found.filter(Q(name__icontains=words.strip()) | Q(about__icontains=words.strip()))
    return found


def ordered_teams(found: QuerySet[Team], sort: str) -> QuerySet[Team]:
    key = sort.removeprefix("-")
    if key == "computed":
        computed = F("computed_at")
        by = computed.desc(nulls_last=True) if sort.startswith("-") else computed.asc(nulls_last=True)
        return found.order_by(by, "pk")
    fields = {"name": "name", "created": "created_at", "status": "status", "agency": "agency__name"}
    if key not in fields:
        return found.order_by("-created_at", "-pk")
    sign = "-" if sort.startswith("-") else ""
    return found.order_by(sign + fields[key], sign + "pk")


def team(pk: int) -> Team:
    """One team; raises `Team.DoesNotExist`."""
    return Team.objects.select_related("agency__region", "broker", "priority").get(pk=pk)


def members_of(shown: Team) -> list[TeamMember]:
    return list(shown.members.select_related("organisation__region", "role", "by").order_by("standing", "at", "pk"))


def candidates_of(shown: Team) -> list[TeamCandidate]:
    """The candidates of all roles in the order of their ranks, with what the page names of each; one query."""
    related = ("organisation__region", "project", "request")
    return list(TeamCandidate.objects.filter(team=shown).select_related(*related).order_by("role", "rank"))


def organisations_named(keys: set[int]) -> dict[int, Organisation]:
    return {one.pk: one for one in Organisation.objects.filter(pk__in=keys).select_related("region")}


def to_add(words: str) -> list[Organisation]:
    """Organisations whose name contains `words`, for somebody who knows whom to take in."""
    return list(search_organisations(words).order_by("name")[:MOST_FOUND]) if words.strip() else []
