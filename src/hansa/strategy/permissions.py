"""Who may do what in the strategy room."""

import rules

from hansa.network.permissions import is_analyst, is_lead_partner

rules.add_perm("strategy.start_run", is_analyst | is_lead_partner)
rules.add_perm("strategy.accept_priority", is_analyst | is_lead_partner)
rules.add_perm("strategy.rename_priority", is_analyst | is_lead_partner)
rules.add_perm("strategy.return_priority", is_analyst | is_lead_partner)
rules.add_perm("strategy.drop_priority", is_lead_partner | is_analyst)
rules.add_perm("strategy.restore_priority", is_lead_partner | is_analyst)
