"""Who may write regional priorities, tags, sets, themes and the concordance; strategies are public, so all may read."""

import rules

from hansa.strategy.permissions import decides

for name in (
    "write_regional_priority",
    "write_strategy_source",
    "tag_regional_priority",
    "compute_common_sets",
    "decide_common_set",
    "write_theme",
):
    rules.add_perm(f"strategy.{name}", decides)
