"""Who may do what in the catalogue: everybody reads; brokers and lead partners keep their own agency's entries."""

from __future__ import annotations

from typing import Any

import rules

from hansa.catalogue.models import SupportInstrument
from hansa.network.models import Organisation, Person, Role
from hansa.network.permissions import organisations_of


def agencies_of(person: Person | None) -> list[Organisation]:
    """The organisations for which the person keeps entries current."""
    return organisations_of(person, Role.BROKER, Role.LEAD_PARTNER)


@rules.predicate
def keeps_for(person: Person | None, record: Organisation | SupportInstrument | None) -> bool:
    """For the agency named or the one of an entry; for any, when nothing is named."""
    mine = {agency.pk for agency in agencies_of(person)}
    if record is None:
        return bool(mine)
    return (record.agency_id if isinstance(record, SupportInstrument) else record.pk) in mine


PERMISSIONS: dict[str, Any] = {
    "catalogue.add_support": keeps_for,
    "catalogue.edit_support": keeps_for,
    "catalogue.check_support": keeps_for,
    "catalogue.end_support": keeps_for,
}
for _name, _rule in PERMISSIONS.items():
    rules.add_perm(_name, _rule)
