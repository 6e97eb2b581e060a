"""Who speaks for which of the four places."""

from __future__ import annotations

from typing import Any

import rules

from hansa.brokerage.models import Case, IntroductionConsent
from hansa.brokerage.permissions import agency_ids, is_on_a_side, owns_case
from hansa.network.models import Person


@rules.predicate
def speaks_for_place(person: Person | None, record: IntroductionConsent | None) -> bool:
    """The broker of the side; where no agency stands on the other side, the proposer writes its answers down."""
    if record is None:
        return False
    side = record.agency_id or record.introduction.case.agency_id
    return side in agency_ids(person)


@rules.predicate
def is_introduced(person: Person | None, record: Case | None) -> bool:
    return record is not None and record.state not in {Case.State.PROPOSED, Case.State.DECLINED}


PERMISSIONS: dict[str, Any] = {
    "brokerage.record_consent": speaks_for_place,
    "brokerage.withdraw_introduction": owns_case,
    "brokerage.view_clients_of_case": is_on_a_side & is_introduced,
    "brokerage.view_looks": is_on_a_side,
}
for _name, _rule in PERMISSIONS.items():
    rules.add_perm(_name, _rule)
