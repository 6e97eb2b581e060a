"""Who may do what in the strategy room; each part adds its own rules in its `permissions.py`."""

import rules

from hansa.network.permissions import is_analyst, is_lead_partner

decides = is_analyst | is_lead_partner

rules.add_perm("strategy.start_run", decides)
for verb in (
    "verify",
    "refine",
    "assess",
    "finalise",
    "rename",
    "return",
    "merge",
    "split",
    "drop",
    "restore",
    "undo",
):
    rules.add_perm(f"strategy.{verb}_priority", decides)
