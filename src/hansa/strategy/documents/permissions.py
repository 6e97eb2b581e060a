"""Who may read, write and adopt documents: drafts are the partnership's, adopted versions everybody's."""

from __future__ import annotations

import rules

from hansa.network.models import Person
from hansa.network.permissions import is_analyst, is_lead_partner, takes_part
from hansa.strategy.models import DocumentVersion


@rules.predicate
def is_adopted(person: Person | None, version: DocumentVersion | None) -> bool:
    return version is not None and version.adoptions.filter(withdrawn_at__isnull=True).exists()


rules.add_perm("strategy.view_drafts", takes_part)
rules.add_perm("strategy.view_version", takes_part | is_adopted)
rules.add_perm("strategy.write_document", is_analyst | is_lead_partner)
rules.add_perm("strategy.stop_writing", is_analyst | is_lead_partner)
rules.add_perm("strategy.adopt_version", is_lead_partner)
rules.add_perm("strategy.withdraw_adoption", is_lead_partner)
