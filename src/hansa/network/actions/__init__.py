"""Every act on people, roles, keys, links, consents and notices: one function, one transaction, one audit note."""

from hansa.network.actions.calendars import make_calendar, revoke_calendar
from hansa.network.actions.consents import agrees, record_consent, withdraw_consent
from hansa.network.actions.links import make_link, revoke_links, send_link, use_link
from hansa.network.actions.notices import (
    choose_ways,
    mark_notice,
    mark_notices_read,
    send_mail_again,
    set_mail_aside,
    stop_mails,
    tell,
)
from hansa.network.actions.people import end_membership, give_role, invite_person
from hansa.network.actions.rules import set_rule
from hansa.network.actions.tokens import create_token, digest, revoke_token, sweep_idempotency_keys, use_token
from hansa.network.actions.webhooks import (
    create_webhook,
    delete_webhook,
    edit_webhook,
    emit,
    ping_webhook,
    renew_secret,
    switch_webhook,
)

__all__ = [
    "agrees",
    "choose_ways",
    "create_token",
    "create_webhook",
    "delete_webhook",
    "digest",
    "edit_webhook",
    "emit",
    "end_membership",
    "give_role",
    "invite_person",
    "make_calendar",
    "make_link",
    "mark_notice",
    "mark_notices_read",
    "ping_webhook",
    "record_consent",
    "renew_secret",
    "revoke_calendar",
    "revoke_links",
    "revoke_token",
    "send_link",
    "send_mail_again",
    "set_mail_aside",
    "set_rule",
    "stop_mails",
    "sweep_idempotency_keys",
    "switch_webhook",
    "tell",
    "use_link",
    "use_token",
    "withdraw_consent",
]
