"""From the roles and rules of a team to its gaps, candidates and best consortium, stored with the team."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from hansa.brokerage.catalogue import COMPUTING, catalogue
from hansa.brokerage.models import Team, TeamCandidate, TeamMember, TeamRole
from hansa.brokerage.teams import words
from hansa.brokerage.teams.search import PER_ROLE, Found, for_role, member, ties, who_fits
from hansa.network.models import Organisation

if TYPE_CHECKING:
    from hansa.matching import Call, Member
    from hansa.matching.teams import TeamAnswer

NODES = 200
"""Search nodes of the solver for one question; then the best team found is told with its bound."""


@dataclass(frozen=True)
class Asked:
    """A team as it was when its computing began."""

    team: Team
    roles: list[TeamRole]
    decided: list[TeamMember]

    @property
    def inside(self) -> list[TeamMember]:
        return [one for one in self.decided if one.standing == TeamMember.Standing.IN]

    @property
    def outside(self) -> list[TeamMember]:
        return [one for one in self.decided if one.standing == TeamMember.Standing.OUT]


def compute(team: Team) -> bool:
    """Find candidates for every role and the best team; store both. False when it was asked for anew meanwhile."""
    from hansa.matching import best_team

    asked = Asked(team, list(team.roles.all()), list(team.members.select_related("organisation__region__parent")))
    with COMPUTING:
        held = catalogue()
        held.refresh()
    found: dict[int, list[Found]] = {}
    for done, role in enumerate(asked.roles):
        _progress(team, done / (len(asked.roles) + 1))
        found[role.pk] = for_role(role, held)
    _progress(team, len(asked.roles) / (len(asked.roles) + 1))
    members = _members(asked, found)
    scores = {f"r{pk}": {f"o{one.organisation.pk}": one.score for one in row} for pk, row in found.items()}
    answer = best_team(
        call(asked),
        members.values(),
        scores,
        ties=ties([int(key[1:]) for key in members]),
        shown=PER_ROLE,
        node_limit=NODES,
    )
    kept = words.kept(answer) | {
        "missing": [*held.index.missing],
        "unknown": _unknown(members.values()),
        "fits": who_fits([one.organisation_id for one in asked.inside], [one.organisation_id for one in asked.outside]),
    }
    return _store(asked, answer, kept, found)


def call(asked: Asked) -> Call:
    """The roles, rules and members of a team as the solver takes them."""
    from hansa.matching import Call, Role, Rules

    team = asked.team
    out = {one.organisation_id for one in asked.outside}
    return Call(
        roles=tuple(
            Role(
                f"r{role.pk}",
                text=role.sought,
                count=role.number,
                required=role.required,
                leads=role.leads,
            )
            for role in asked.roles
        ),
        rules=Rules(
            countries=team.countries,
            regions=team.regions,
            most_per_country=team.most_per_country,
            fewest=team.fewest,
            most=team.most,
            sme_led=team.sme_led,
            helix=tuple(team.helix),
            domains=tuple(team.domains),
            exclude=tuple(f"o{pk}" for pk in sorted(out)),
        ),
        team={f"o{one.organisation_id}": f"r{one.role_id}" if one.role_id else None for one in asked.inside},
    )


def _members(asked: Asked, found: Mapping[int, list[Found]]) -> dict[str, Member]:
    """Everybody who is in or could be, each once, with the domains that any of their texts speaks for."""
    domains: dict[int, set[str]] = {}
    organisations: dict[int, Organisation] = {one.organisation_id: one.organisation for one in asked.decided}
    for one in (each for row in found.values() for each in row):
        organisations.setdefault(one.organisation.pk, one.organisation)
        domains.setdefault(one.organisation.pk, set()).update(one.domains)
    return {f"o{pk}": member(one, domains.get(pk, ())) for pk, one in sorted(organisations.items())}


def _unknown(members: Iterable[Member]) -> dict[str, int]:
    """How many of all who were considered lack what a rule asks about: unknown is no proof."""
    everybody = list(members)
    return {
        "all": len(everybody),
        "region": sum(len(one.region) <= 2 for one in everybody),
        "sme": sum(one.sme is None for one in everybody),
        "helix": sum(one.helix is None for one in everybody),
        "domains": sum(not one.domains for one in everybody),
    }


def _progress(team: Team, share: float) -> None:
    Team.objects.filter(pk=team.pk).update(progress=round(100 * share))


@transaction.atomic
def _store(asked: Asked, answer: TeamAnswer, kept: dict[str, Any], found: Mapping[int, list[Found]]) -> bool:
    held = Team.objects.select_for_update().get(pk=asked.team.pk)
    if held.asked_at != asked.team.asked_at:
        return False
    TeamCandidate.objects.filter(team=held).delete()
    speaks = {(f"r{pk}", f"o{one.organisation.pk}"): one for pk, row in found.items() for one in row}
    TeamCandidate.objects.bulk_create(
        TeamCandidate(
            team=held,
            role_id=int(role[1:]),
            organisation=one.organisation,
            project=one.project,
            request=one.request,
            rank=candidate.rank,
            score=one.score,
            reasons=one.reasons,
            meets=[words.rule_kept(rule) for rule in candidate.meets],
            breaks=[words.rule_kept(rule) for rule in candidate.breaks],
        )
        for role, row in answer.candidates.items()
        for candidate in row
        if (one := speaks.get((role, candidate.member))) is not None
    )
    held.status, held.answer, held.computed_at, held.progress = answer.status, kept, timezone.now(), 100
    held.save(update_fields=["status", "answer", "computed_at", "progress"])
    return True


def failed(team: Team) -> None:
    """Write down that computing ended with a fault, so that the page does not wait for ever."""
    Team.objects.filter(pk=team.pk, asked_at=team.asked_at).update(
        status=Team.Status.FAILED, answer={}, computed_at=timezone.now(), progress=100
    )


__all__ = ["Asked", "call", "compute", "failed"]
