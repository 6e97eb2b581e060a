"""The pages of the brokerage room."""

from hansa.brokerage.views.cases import answer, case, cases, move, note, open_private, reschedule
from hansa.brokerage.views.likenesses import alike, compare, dismiss_likeness, restore_likeness
from hansa.brokerage.views.matches import decline, look_again, matches, propose, restore, shortlist
from hansa.brokerage.views.requests import (
    close,
    edit_request,
    new_request,
    publish,
    reopen,
    request,
    requests,
    withdraw,
)

__all__ = [
    "alike",
    "answer",
    "case",
    "cases",
    "close",
    "compare",
    "decline",
    "dismiss_likeness",
    "edit_request",
    "look_again",
    "matches",
    "move",
    "new_request",
    "note",
    "open_private",
    "propose",
    "publish",
    "reopen",
    "request",
    "requests",
    "reschedule",
    "restore",
    "restore_likeness",
    "shortlist",
    "withdraw",
]
