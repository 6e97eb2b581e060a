"""The verbs of the strategy room that concern runs and the moves of a priority; each part has its own beside it."""

from hansa.strategy.actions.joining import Part, merge, split
from hansa.strategy.actions.moves import (
    PERMISSION,
    SOURCES,
    STEP_VERBS,
    move,
    next_step,
    possible_verbs,
    reopened_by,
    snapshot,
    steps_to_return_to,
)
from hansa.strategy.actions.runs import Recomputed, recompute, start_run
from hansa.strategy.actions.undoing import latest_to_undo, undo

__all__ = [
    "PERMISSION",
    "SOURCES",
    "STEP_VERBS",
    "Part",
    "Recomputed",
    "latest_to_undo",
    "merge",
    "move",
    "next_step",
    "possible_verbs",
    "recompute",
    "reopened_by",
    "snapshot",
    "split",
    "start_run",
    "steps_to_return_to",
    "undo",
]
