"""A diagnosis is the client's own agency's, and through their link the client's."""

from __future__ import annotations

from typing import Any

import rules

from hansa.brokerage.clients.permissions import acts_for_client
from hansa.brokerage.models import Diagnosis
from hansa.brokerage.permissions import agency_ids
from hansa.network.models import Person


@rules.predicate
def acts_for_diagnosis(person: Person | None, record: Diagnosis | None) -> bool:
    return record is not None and record.agency_id in agency_ids(person)


PERMISSIONS: dict[str, Any] = {
    "brokerage.begin_diagnosis": acts_for_client,
    "brokerage.view_diagnosis": acts_for_diagnosis,
    "brokerage.write_diagnosis": acts_for_diagnosis,
}
for _name, _rule in PERMISSIONS.items():
    rules.add_perm(_name, _rule)
