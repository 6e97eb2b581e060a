"""What a broker does with a team: its rules and roles, who is in and who is left out, and having it computed."""

from __future__ import annotations

from dataclasses import asdict

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.models import Team, TeamMember, TeamRole
from hansa.brokerage.texts import RoleText, TeamText
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Organisation, Person
from hansa.network.permissions import authorise
from hansa.strategy.models import Priority

Standing = TeamMember.Standing


@transaction.atomic
def create_team(actor: Person, *, agency: Organisation, priority: Priority | None, text: TeamText) -> Team:
    """Begin a team that its agency alone works on; the lead partner reads it.

    Raises:
        Forbidden: the actor is no broker of the agency.
        Refused: the name is empty, the numbers contradict each other, or the priority was dropped.
    """
    authorise(actor, "brokerage.create_team", agency)
    _check(text, priority)
    team = Team.objects.create(agency=agency, broker=actor, priority=priority, **_columns(text))
    note(actor, "create_team", team)
    return team


@transaction.atomic
def edit_team(actor: Person, team: Team, *, priority: Priority | None, text: TeamText) -> Team:
    """Change name and rules; what was computed before is computed anew.

    Raises:
        Forbidden: the actor is no broker of the team's agency.
        Refused: the team is closed, the name is empty, or the numbers contradict each other.
    """
    authorise(actor, "brokerage.edit_team", team)
    held = _locked(team)
    _check(text, priority, before=held.priority_id)
    for name, value in _columns(text).items():
        setattr(held, name, value)
    held.priority = priority
    held.save()
    note(actor, "edit_team", held)
    _ask(held)
    return held


@transaction.atomic
def add_role(actor: Person, team: Team, *, text: RoleText) -> TeamRole:
    """Add a role that somebody is sought for.

    Raises:
        Forbidden: the actor is no broker of the team's agency.
        Refused: the team is closed, the role is there already, or it contradicts another one.
    """
    authorise(actor, "brokerage.edit_team", team)
    held = _locked(team)
    role = _save_role(TeamRole(team=held), text)
    note(actor, "add_role", held, role=role.pk)
    _ask(held)
    return role


@transaction.atomic
def edit_role(actor: Person, role: TeamRole, *, text: RoleText) -> TeamRole:
    """Change a role; candidates are looked for anew.

    Raises:
        Forbidden: the actor is no broker of the team's agency.
        Refused: the team is closed, or the role contradicts another one.
    """
    authorise(actor, "brokerage.edit_team", role.team)
    held = _locked(role.team)
    saved = _save_role(TeamRole.objects.select_for_update().get(pk=role.pk), text)
    note(actor, "edit_role", held, role=saved.pk)
    _ask(held)
    return saved


@transaction.atomic
def remove_role(actor: Person, role: TeamRole) -> Team:
    """Take a role away; who was in with it stays in without a role.

    Raises:
        Forbidden: the actor is no broker of the team's agency.
        Refused: the team is closed.
    """
    authorise(actor, "brokerage.edit_team", role.team)
    held = _locked(role.team)
    note(actor, "remove_role", held, role=role.pk, name=role.name)
    role.delete()
    _ask(held)
    return held


@transaction.atomic
def decide_member(
    actor: Person, team: Team, *, organisation: Organisation, standing: str, role: TeamRole | None = None
) -> TeamMember:
    """Say that an organisation is in, perhaps in a role, or that it is left out; the team is computed anew.

    Raises:
        Forbidden: the actor is no broker of the team's agency.
        Refused: the team is closed, the role is another team's, or it is taken by as many as it is for.
    """
    authorise(actor, "brokerage.decide_member", team)
    held = _locked(team)
    if standing not in Standing.values:
        raise Refused(_("Say whether the organisation is in or left out."))
    if role is not None and (role.team_id != held.pk or standing == Standing.OUT):
        raise Refused(_("This role does not belong to the team."))
    if role is not None:
        taken = TeamMember.objects.filter(team=held, role=role, standing=Standing.IN)
        if taken.exclude(organisation=organisation).count() >= role.number:
            raise Refused(_("The role “%(role)s” is taken already; release a member first.") % {"role": role.name})
    member, _new = TeamMember.objects.update_or_create(
        team=held,
        organisation=organisation,
        defaults={"standing": standing, "role": role, "by": actor, "at": timezone.now()},
    )
    note(actor, "decide_member", held, organisation=organisation.pk, standing=standing)
    _ask(held)
    return member


@transaction.atomic
def release_member(actor: Person, member: TeamMember) -> Team:
    """Take back what was said about an organisation; it is a candidate like others again.

    Raises:
        Forbidden: the actor is no broker of the team's agency.
        Refused: the team is closed.
    """
    authorise(actor, "brokerage.decide_member", member.team)
    held = _locked(member.team)
    note(actor, "release_member", held, organisation=member.organisation_id)
    TeamMember.objects.filter(pk=member.pk).delete()
    _ask(held)
    return held


@transaction.atomic
def compute_team(actor: Person, team: Team) -> Team:
    """Look for candidates and the best team anew.

    Raises:
        Forbidden: the actor is no broker of the team's agency.
        Refused: the team is closed or has no role yet.
    """
    authorise(actor, "brokerage.compute_team", team)
    held = _locked(team)
    if not held.roles.exists():
        raise Refused(_("Add a role first: candidates are looked for by what a role has to bring."))
    _ask(held)
    note(actor, "compute_team", held)
    return held


@transaction.atomic
def close_team(actor: Person, team: Team) -> Team:
    """Put a team aside; it stays readable and can be taken up again.

    Raises:
        Forbidden: the actor is no broker of the team's agency.
    """
    return _set_aside(actor, team, "close_team", aside=True)


@transaction.atomic
def reopen_team(actor: Person, team: Team) -> Team:
    """Take a closed team up again.

    Raises:
        Forbidden: the actor is no broker of the team's agency.
    """
    return _set_aside(actor, team, "reopen_team", aside=False)


def _set_aside(actor: Person, team: Team, verb: str, *, aside: bool) -> Team:
    """Close or reopen; a team that is so already stays as it is, without a note."""
    authorise(actor, "brokerage.close_team", team)
    held = Team.objects.select_for_update().get(pk=team.pk)
    if (held.closed_at is not None) != aside:
        held.closed_at = timezone.now() if aside else None
        held.save(update_fields=["closed_at"])
        note(actor, verb, held)
    return held


def _columns(text: TeamText) -> dict[str, object]:
    columns = asdict(text) | {"name": text.name.strip(), "about": text.about.strip()}
    return columns | {"helix": sorted(set(text.helix)), "domains": sorted(set(text.domains))}


def _check(text: TeamText, priority: Priority | None, before: int | None = None) -> None:
    if not text.name.strip():
        raise Refused(_("Give the team a name, such as that of the call."))
    if priority is not None and not priority.is_open and priority.pk != before:
        raise Refused(_("%(id)s was dropped; choose a priority that is open.") % {"id": priority.identifier})
    if text.fewest is not None and text.most is not None and text.fewest > text.most:
        raise Refused(
            _("At least %(fewest)d and at most %(most)d members: change one of the two.")
            % {"fewest": text.fewest, "most": text.most}
        )


def _save_role(role: TeamRole, text: RoleText) -> TeamRole:
    if not text.name.strip() or not text.sought.strip():
        raise Refused(_("Name the role and say in a sentence what its holder has to bring."))
    if text.leads and (text.number != 1 or not text.required):
        raise Refused(_("Who coordinates is one and required: set the number to 1 and tick “required”."))
    for name, value in asdict(text).items():
        setattr(role, name, value.strip() if isinstance(value, str) else value)
    role.kinds = sorted(set(text.kinds))
    try:
        with transaction.atomic():
            role.save()
    except IntegrityError:
        raise Refused(_("A team has every role once, and one that coordinates.")) from None
    return role


def _locked(team: Team) -> Team:
    held = Team.objects.select_for_update().get(pk=team.pk)
    if held.closed_at is not None:
        raise Refused(_("This team is closed; take it up again first."))
    return held


def _ask(held: Team) -> None:
    """Queue the computing inside the caller's transaction, where there is a role to look for."""
    from hansa.brokerage.jobs import queue_compute_team

    if not held.roles.exists():
        return
    held.asked_at, held.progress = timezone.now(), 0
    held.save(update_fields=["asked_at", "progress"])
    queue_compute_team(held.pk)
