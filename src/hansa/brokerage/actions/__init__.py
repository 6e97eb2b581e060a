"""The verbs of the brokerage room, each one function and one transaction: authorise, lock, check, write, note."""

from hansa.brokerage.actions.cases import add_note, answer_introduction, move_case, open_private, reschedule
from hansa.brokerage.actions.likenesses import COMPARED, compare_again, dismiss_likeness, restore_likeness
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

__all__ = [
    "COMPARED",
    "add_note",
    "agency_behind",
    "answer_introduction",
    "close_request",
    "compare_again",
    "create_request",
    "decline_match",
    "dismiss_likeness",
    "edit_request",
    "expire_requests",
    "look_again",
    "move_case",
    "note_look_at_private",
    "open_private",
    "prepare_matching",
    "propose_introduction",
    "publish_request",
    "reopen_request",
    "reschedule",
    "restore_likeness",
    "restore_match",
    "shortlist_match",
    "withdraw_request",
]
