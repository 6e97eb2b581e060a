"""Who may plan an absence, and who may give a client to another broker."""

from __future__ import annotations

from typing import Any

import rules

from hansa.brokerage.clients.permissions import acts_for_client
from hansa.brokerage.models import Absence, Handover
from hansa.brokerage.permissions import acts_for_agency, agency_ids
from hansa.network.models import Person
from hansa.network.permissions import is_broker, is_lead_partner, takes_part


@rules.predicate
def ends_absence(person: Person | None, record: Absence | None) -> bool:
    """The agency ends it, and so does who stands in."""
    if record is None or person is None:
        return False
    return record.agency_id in agency_ids(person) or record.cover_id == person.pk


@rules.predicate
def gives(person: Person | None, record: Handover | None) -> bool:
    return record is not None and record.agency_id in agency_ids(person)


@rules.predicate
def is_asked(person: Person | None, record: Handover | None) -> bool:
    return record is not None and record.to_agency_id in agency_ids(person)


PERMISSIONS: dict[str, Any] = {
    "brokerage.plan_absence": (is_broker | is_lead_partner) & acts_for_agency,
    "brokerage.end_absence": ends_absence,
    "brokerage.view_absences": takes_part,
    "brokerage.hand_over_client": acts_for_client,
    "brokerage.take_back_handover": gives,
    "brokerage.answer_handover": is_asked,
}
for _name, _rule in PERMISSIONS.items():
    rules.add_perm(_name, _rule)
