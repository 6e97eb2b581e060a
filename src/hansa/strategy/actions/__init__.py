"""The verbs of the strategy room that concern runs and the moves of a priority; each part has its own beside it."""

from hansa.strategy.actions.moves import (
    PERMISSION,
    SOURCES,
    STEP_VERBS,
    Part,
    latest_to_undo,
    merge,
    move,
    next_step,
    possible_verbs,
    reopened_by,
    snapshot,
    split,
    steps_to_return_to,
    undo,
)
from hansa.strategy.actions.runs import Recomputed, recompute, start_run

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
