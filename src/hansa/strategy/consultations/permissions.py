"""Who may consult: analysts, coordinators and the lead partner hold; analysts and the lead partner sign.

Answering needs a link, no permission.
"""

import rules

from hansa.network.models import Role
from hansa.network.permissions import is_analyst, is_lead_partner, role_predicate, takes_part

decides = is_analyst | is_lead_partner
holds = decides | role_predicate(Role.COORDINATOR)

rules.add_perm("strategy.follow_consultation", takes_part)
rules.add_perm("strategy.hold_consultation", holds)
rules.add_perm("strategy.see_invitations", holds)
rules.add_perm("strategy.answer_point", holds)
rules.add_perm("strategy.sign_minutes", decides)
rules.add_perm("strategy.erase_invitations", holds)
