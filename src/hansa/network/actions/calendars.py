"""A person's calendar address: made, replaced, revoked."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from hansa.network.actions.links import digest_of
from hansa.network.audit import note
from hansa.network.models import CalendarFeed, Person
from hansa.network.permissions import authorise


@transaction.atomic
def make_calendar(actor: Person) -> str:
    """Make the actor a secret calendar address; an earlier one stops working. The secret is returned here and never
    again.

    Raises:
        Forbidden: the actor takes part in no organisation.
    """
    authorise(actor, "network.have_calendar", actor)
    secret = secrets.token_urlsafe(32)
    given = {"digest": digest_of(secret), "made_at": timezone.now(), "last_used_at": None}
    feed, _made = CalendarFeed.objects.update_or_create(person=actor, defaults=given)
    note(actor, "make_calendar", feed)
    return secret


@transaction.atomic
def revoke_calendar(actor: Person) -> None:
    """Make the actor's calendar address useless at once.

    Raises:
        Forbidden: the actor takes part in no organisation.
    """
    authorise(actor, "network.have_calendar", actor)
    feed = CalendarFeed.objects.filter(person=actor).first()
    if feed is not None:
        note(actor, "revoke_calendar", feed)
        feed.delete()
