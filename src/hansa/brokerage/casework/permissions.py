"""Who may do what in the work on cases; a single case keeps the room's own permissions."""

from __future__ import annotations

from typing import Any

import rules

from hansa.network.permissions import is_broker, is_lead_partner

PERMISSIONS: dict[str, Any] = {"brokerage.view_board": is_broker | is_lead_partner}
for _name, _rule in PERMISSIONS.items():
    rules.add_perm(_name, _rule)
