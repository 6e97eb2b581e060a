"""Who may do what in the network, and the predicates that other rooms build their rules from."""

from __future__ import annotations

from typing import Any

import rules
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.faults import Forbidden
from hansa.network.models import Membership, Organisation, Person, Role


def open_memberships(person: Person) -> list[Membership]:
    """The person's memberships that hold today, read once per request and kept on the person."""
    kept: list[Membership] | None = getattr(person, "_open_memberships", None)
    if kept is None:
        today = timezone.localdate()
        kept = list(
            person.memberships.filter(Q(until__isnull=True) | Q(until__gt=today), since__lte=today).select_related(
                "organisation__region"
            )
        )
        person._open_memberships = kept  # type: ignore[attr-defined]
    return kept


def holds(person: Person | None, *roles: str) -> bool:
    return person is not None and any(m.role in roles for m in open_memberships(person))


def organisations_of(person: Person | None, *roles: str) -> list[Organisation]:
    """The organisations in which the person holds one of `roles` (any role when none is named)."""
    if person is None:
        return []
    found = {m.organisation_id: m.organisation for m in open_memberships(person) if not roles or m.role in roles}
    return list(found.values())


def role_predicate(*roles: str) -> Any:
    @rules.predicate(f"holds {' or '.join(roles)}")
    def predicate(person: Person | None) -> bool:
        return holds(person, *roles)

    return predicate


is_lead_partner = role_predicate(Role.LEAD_PARTNER)
is_analyst = role_predicate(Role.ANALYST)
is_broker = role_predicate(Role.BROKER)
takes_part = role_predicate(*Role.values)

rules.add_perm("network.view_people", takes_part)
rules.add_perm("network.invite_person", is_lead_partner)
rules.add_perm("network.end_membership", is_lead_partner)
rules.add_perm("network.view_rules", takes_part)
rules.add_perm("network.set_rule", is_lead_partner)


@rules.predicate
def is_oneself(person: Person | None, record: Any) -> bool:
    return person is not None and isinstance(record, Person) and record.pk == person.pk


rules.add_perm("network.export_person", is_oneself | is_lead_partner)
rules.add_perm("network.erase_person", is_lead_partner)
rules.add_perm("network.send_my_data", takes_part)
rules.add_perm("network.view_privacy", is_lead_partner)
rules.add_perm("network.view_audit", is_lead_partner)
rules.add_perm("network.create_token", takes_part)


@rules.predicate
def owns_token(person: Person | None, token: Any) -> bool:
    return person is not None and token is not None and token.person_id == person.pk


rules.add_perm("network.revoke_token", owns_token | is_lead_partner)


@rules.predicate
def is_oneself(person: Person | None, other: Any) -> bool:
    return person is not None and isinstance(other, Person) and other.pk == person.pk


rules.add_perm("network.read_notices", is_oneself)
rules.add_perm("network.choose_notices", is_oneself)
rules.add_perm("network.view_undelivered", is_lead_partner)
rules.add_perm("network.settle_mail", is_lead_partner)
rules.add_perm("network.have_calendar", is_oneself & takes_part)
rules.add_perm("network.view_webhooks", is_lead_partner)
rules.add_perm("network.manage_webhook", is_lead_partner)


def may(person: Person | None, permission: str, record: Any = None) -> bool:
    """Whether `person` holds `permission` on `record`; an unknown permission is a programming error, not a no."""
    if not rules.perm_exists(permission):
        raise KeyError(f"no rule for the permission {permission!r}")
    return bool(rules.has_perm(permission, person, record))


def authorise(person: Person | None, permission: str, record: Any = None) -> None:
    """Raise `Forbidden` unless `person` holds `permission` on `record`."""
    if not may(person, permission, record):
        raise Forbidden(_("Your roles do not allow this. Ask your lead partner if they should."))
