"""The verbs of step 5. Each authorises, locks, checks, writes and leaves an audit note in one transaction."""

from hansa.strategy.consultations.actions.answering import Said, answer
from hansa.strategy.consultations.actions.consultations import (
    close_consultation,
    create_consultation,
    edit_consultation,
    open_consultation,
    reopen_consultation,
)
from hansa.strategy.consultations.actions.invitations import (
    Handed,
    Invited,
    erase_invitations,
    invite,
    renew_link,
    withdraw_invitation,
)
from hansa.strategy.consultations.actions.minutes import draft_minutes, edit_minutes, sign_minutes
from hansa.strategy.consultations.actions.points import reply_to_point, split_point
from hansa.strategy.consultations.actions.rounds import (
    Asked,
    add_round,
    close_round,
    edit_round,
    next_delphi_round,
    open_round,
    remove_round,
)
from hansa.strategy.consultations.actions.sessions import add_session, edit_session, remove_session

__all__ = [
    "Asked",
    "Handed",
    "Invited",
    "Said",
    "add_round",
    "add_session",
    "answer",
    "close_consultation",
    "close_round",
    "create_consultation",
    "draft_minutes",
    "edit_consultation",
    "edit_minutes",
    "edit_round",
    "edit_session",
    "erase_invitations",
    "invite",
    "next_delphi_round",
    "open_consultation",
    "open_round",
    "remove_round",
    "remove_session",
    "renew_link",
    "reopen_consultation",
    "reply_to_point",
    "sign_minutes",
    "split_point",
    "withdraw_invitation",
]
