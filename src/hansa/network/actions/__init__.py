"""Every act on people, roles, keys, links, consents and notices: one function, one transaction, one audit note."""

from hansa.network.actions.consents import agrees, record_consent, withdraw_consent
from hansa.network.actions.links import make_link, revoke_links, send_link, use_link
from hansa.network.actions.notices import mark_notices_read, tell
from hansa.network.actions.people import end_membership, give_role, invite_person
from hansa.network.actions.tokens import (
    create_token,
    digest,
    revoke_token,
    sweep_idempotency_keys,
    use_token,
)

__all__ = [
    "agrees",
    "create_token",
    "digest",
    "end_membership",
    "give_role",
    "invite_person",
    "make_link",
    "mark_notices_read",
    "record_consent",
    "revoke_links",
    "revoke_token",
    "send_link",
    "sweep_idempotency_keys",
    "tell",
    "use_link",
    "use_token",
    "withdraw_consent",
]
