"""The verbs of the brokerage room, each one function and one transaction: authorise, lock, check, write, note."""

from hansa.brokerage.actions.cases import add_note, answer_introduction, move_case, open_private, reschedule
from hansa.brokerage.actions.fairness import set_lift
from hansa.brokerage.actions.likenesses import compare_again, dismiss_likeness, restore_likeness
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
from hansa.brokerage.actions.teams import (
    add_role,
    close_team,
    compute_team,
    create_team,
    decide_member,
    edit_role,
    edit_team,
    release_member,
    remove_role,
    reopen_team,
)
from hansa.brokerage.actions.translations import (
    Translated,
    machine_translate,
    remove_translation,
    write_translation,
)

__all__ = [
    "Translated",
    "add_note",
    "add_role",
    "agency_behind",
    "answer_introduction",
    "close_request",
    "close_team",
    "compare_again",
    "compute_team",
    "create_request",
    "create_team",
    "decide_member",
    "decline_match",
    "dismiss_likeness",
    "edit_request",
    "edit_role",
    "edit_team",
    "expire_requests",
    "look_again",
    "machine_translate",
    "move_case",
    "note_look_at_private",
    "open_private",
    "prepare_matching",
    "propose_introduction",
    "publish_request",
    "release_member",
    "remove_role",
    "remove_translation",
    "reopen_request",
    "reopen_team",
    "reschedule",
    "restore_likeness",
    "restore_match",
    "set_lift",
    "shortlist_match",
    "withdraw_request",
    "write_translation",
]
