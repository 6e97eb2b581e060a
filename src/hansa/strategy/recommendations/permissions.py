"""Who may do what with recommendations. Anyone may send one in; that needs no permission."""

import rules

from hansa.network.models import Role
from hansa.network.permissions import is_analyst, is_lead_partner, role_predicate

decides = is_analyst | is_lead_partner
handles = decides | role_predicate(Role.COORDINATOR)

for verb in ("see_collected", "take_up", "consult", "merge", "submit", "use"):
    rules.add_perm(f"strategy.{verb}_recommendation", handles)
for verb in ("answer", "adopt", "decline", "undo", "erase"):
    rules.add_perm(f"strategy.{verb}_recommendation", decides)
