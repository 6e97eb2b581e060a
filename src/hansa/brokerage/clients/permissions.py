"""Who may do what with clients: the brokers and lead partners of the client's own agency, and nobody else."""

from __future__ import annotations

from typing import Any

import rules

from hansa.brokerage.models import Client
from hansa.brokerage.permissions import acts_for_agency, agency_ids
from hansa.network.models import Person
from hansa.network.permissions import is_broker, is_lead_partner


@rules.predicate
def acts_for_client(person: Person | None, record: Client | None) -> bool:
    return record is not None and record.agency_id in agency_ids(person)


PERMISSIONS: dict[str, Any] = {
    "brokerage.list_clients": is_broker | is_lead_partner,
    "brokerage.record_client": (is_broker | is_lead_partner) & acts_for_agency,
    "brokerage.view_client": acts_for_client,
    "brokerage.edit_client": acts_for_client,
    "brokerage.admit_client": acts_for_client,
    "brokerage.refer_client": acts_for_client,
    "brokerage.end_client": acts_for_client,
    "brokerage.reopen_client": acts_for_client,
}
for _name, _rule in PERMISSIONS.items():
    rules.add_perm(_name, _rule)
