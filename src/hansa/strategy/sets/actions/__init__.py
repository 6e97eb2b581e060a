"""The verbs of step 1; each leaves an audit note, and each that decides something has a reason."""

from hansa.strategy.sets.actions.arranging import merge_sets, move_members, split_set
from hansa.strategy.sets.actions.deciding import attach_set, refuse_set, reopen_set, take_set
from hansa.strategy.sets.actions.finding import compute_sets, keep_vectors
from hansa.strategy.sets.actions.regional import (
    Kept,
    add_source,
    change_priority,
    enter_priority,
    import_priorities,
    keep_passages,
    restore_priority,
    withdraw_priority,
)
from hansa.strategy.sets.actions.tags import AT_ONCE, add_tag, decide_tags, propose_tags
from hansa.strategy.sets.actions.themes import (
    load_shipped_themes,
    restore_theme,
    save_line,
    save_theme,
    take_out_line,
    withdraw_theme,
)

__all__ = [
    "AT_ONCE",
    "Kept",
    "add_source",
    "add_tag",
    "attach_set",
    "change_priority",
    "compute_sets",
    "decide_tags",
    "enter_priority",
    "import_priorities",
    "keep_passages",
    "keep_vectors",
    "load_shipped_themes",
    "merge_sets",
    "move_members",
    "propose_tags",
    "refuse_set",
    "reopen_set",
    "restore_priority",
    "restore_theme",
    "save_line",
    "save_theme",
    "split_set",
    "take_out_line",
    "take_set",
    "withdraw_priority",
    "withdraw_theme",
]
