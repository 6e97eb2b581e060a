"""The pages of the brokerage room."""

from hansa.brokerage.views.cases import answer, case, cases, move, note, open_private, reschedule
from hansa.brokerage.views.finding import find
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
from hansa.brokerage.views.searches import (
    delete_search,
    edit_search,
    mark_alerts_seen,
    pause_search,
    resume_search,
    search,
    searches,
)

__all__ = [
    "answer",
    "case",
    "cases",
    "close",
    "decline",
    "delete_search",
    "edit_request",
    "edit_search",
    "find",
    "look_again",
    "mark_alerts_seen",
    "matches",
    "move",
    "new_request",
    "note",
    "open_private",
    "pause_search",
    "propose",
    "publish",
    "reopen",
    "request",
    "requests",
    "reschedule",
    "restore",
    "resume_search",
    "search",
    "searches",
    "shortlist",
    "withdraw",
]
