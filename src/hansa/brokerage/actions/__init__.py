"""The verbs of the brokerage room, each one function and one transaction: authorise, lock, check, write, note."""

from hansa.brokerage.actions.cases import add_note, answer_introduction, move_case, open_private, reschedule
from hansa.brokerage.actions.matches import (
    agency_behind,
    decline_match,
    look_again,
    prepare_matching,
    propose_introduction,
    restore_match,
    shortlist_match,
)
from hansa.brokerage.actions.requests import (
    close_request,
    create_request,
    edit_request,
    expire_requests,
    note_look_at_private,
    publish_request,
    reopen_request,
    withdraw_request,
)
from hansa.brokerage.actions.searches import (
    delete_search,
    edit_search,
    mark_alerts_seen,
    pause_search,
    resume_search,
    save_search,
)

__all__ = [
    "add_note",
    "agency_behind",
    "answer_introduction",
    "close_request",
    "create_request",
    "decline_match",
    "delete_search",
    "edit_request",
    "edit_search",
    "expire_requests",
    "look_again",
    "mark_alerts_seen",
    "move_case",
    "note_look_at_private",
    "open_private",
    "pause_search",
    "prepare_matching",
    "propose_introduction",
    "publish_request",
    "reopen_request",
    "reschedule",
    "restore_match",
    "resume_search",
    "save_search",
    "shortlist_match",
    "withdraw_request",
]
