"""Who may do what about the plan. What an organisation answers for, its own people report on."""

from __future__ import annotations

from typing import Any

import rules

from hansa.network.models import Organisation, Person, Role
from hansa.network.permissions import is_analyst, is_lead_partner, organisations_of
from hansa.strategy.models import Action

decides = is_analyst | is_lead_partner
REPORTING = (Role.ANALYST, Role.COORDINATOR, Role.BROKER, Role.FACILITY_MANAGER)


def action_of(record: Any) -> Action | None:
    """The action that an entry of the plan belongs to: itself, its own, or that of its indicator."""
    if isinstance(record, Action):
        return record
    indicator = getattr(record, "indicator", None)
    found = getattr(indicator if indicator is not None else record, "action", None)
    return found if isinstance(found, Action) else None


@rules.predicate
def of_the_owner(person: Person | None, record: Any) -> bool:
    action = action_of(record)
    return action is not None and any(o.pk == action.owner_id for o in organisations_of(person, *REPORTING))


@rules.predicate
def of_the_organisation(person: Person | None, organisation: Any) -> bool:
    return isinstance(organisation, Organisation) and any(
        each.pk == organisation.pk for each in organisations_of(person, Role.ANALYST, Role.COORDINATOR)
    )


rules.add_perm("strategy.plan", decides)
rules.add_perm("strategy.report_action", decides | of_the_owner)
rules.add_perm("strategy.edit_vision", decides)
rules.add_perm("strategy.sign_vision", is_lead_partner | of_the_organisation)
rules.add_perm("strategy.hold_review", decides)
