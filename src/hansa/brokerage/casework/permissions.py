"""Who may do what in the work on cases: both sides of a case, the own agency alone for private notes."""

from __future__ import annotations

from typing import Any

import rules

from hansa.brokerage.models import Outcome
from hansa.brokerage.permissions import agency_ids, is_on_a_side
from hansa.network.models import Person
from hansa.network.permissions import is_broker, is_lead_partner


@rules.predicate
def on_its_side(person: Person | None, record: Any) -> bool:
    """A task, interaction, document, follow-up or outcome of a case on one of whose sides the person acts."""
    if record is None:
        return False
    case = record.case
    return bool(agency_ids(person) & {case.agency_id, case.other_agency_id})


@rules.predicate
def claimed_by_another(person: Person | None, record: Outcome | None) -> bool:
    return record is not None and person is not None and record.by_id != person.pk


PERMISSIONS: dict[str, Any] = {
    "brokerage.view_board": is_broker | is_lead_partner,
    "brokerage.list_work": is_broker | is_lead_partner,
    "brokerage.add_work": is_on_a_side,
    "brokerage.change_work": on_its_side,
    "brokerage.verify_outcome": (on_its_side | is_lead_partner) & claimed_by_another,
}
for _name, _rule in PERMISSIONS.items():
    rules.add_perm(_name, _rule)
