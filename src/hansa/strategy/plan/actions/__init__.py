"""The verbs of the plan: keeping and withdrawing entries, the state of an action, visions and reviews."""

from hansa.strategy.plan.actions.entries import (
    CHANGES,
    PERMISSION,
    Stale,
    keep,
    possible_states,
    put_back,
    set_state,
    withdraw,
)
from hansa.strategy.plan.actions.reviews import close_review, decide, open_review, plan_review
from hansa.strategy.plan.actions.visions import Conflict, edit_vision, new_vision, sign_vision

__all__ = [
    "CHANGES",
    "PERMISSION",
    "Conflict",
    "Stale",
    "close_review",
    "decide",
    "edit_vision",
    "keep",
    "new_vision",
    "open_review",
    "plan_review",
    "possible_states",
    "put_back",
    "set_state",
    "sign_vision",
    "withdraw",
]
