"""Links for people without an account: made, sent by e-mail, used, revoked.

The secret of a link that is mailed is made at the moment of sending, so that neither a job nor a record ever holds it.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from hansa.network.audit import note
from hansa.network.models import Link, Person

LASTS = timedelta(days=60)
LONGEST = 100


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def make_link(
    by: Person | None,
    *,
    purpose: str,
    record: int,
    person: Person | None,
    client: int | None = None,
    lasts: timedelta = LASTS,
) -> tuple[Link, str]:
    """Make a link and return it with its secret, which is shown or sent here and never again.

    `by` is who asks for it; the calling act has checked their right. `record` is the key of what the link is about.
    """
    secret = secrets.token_urlsafe(32)
    link = Link.objects.create(
        purpose=purpose,
        record=record,
        client=client,
        person=person,
        digest=digest_of(secret),
        made_by=by,
        expires_at=timezone.now() + lasts,
    )
    note(by, "make_link", link, purpose=purpose, about=record)
    return link, secret


def send_link(
    by: Person | None, *, purpose: str, record: int, person: Person, client: int | None = None, address: str
) -> None:
    """Queue the e-mail with a link inside the caller's transaction; the worker makes the link when it sends it.

    `address` is where this installation is reached (`https://hansa.example/`). The letter's words are those of
    `registry.letters[purpose]`, in the person's language where Hansa speaks it.
    """
    from hansa.network.jobs import queue_send_link

    queue_send_link(
        purpose=purpose,
        record=record,
        person=person.pk,
        client=client,
        address=address,
        by=by.pk if by is not None else None,
    )


def use_link(secret: str, purpose: str) -> Link | None:
    """The valid link behind a secret, or None; that it was used is kept with it."""
    if not 0 < len(secret) <= LONGEST:
        return None
    link = Link.objects.filter(digest=digest_of(secret), purpose=purpose).select_related("person").first()
    if link is None or not link.is_valid:
        return None
    Link.objects.filter(pk=link.pk).update(last_used_at=timezone.now())
    return link


@transaction.atomic
def revoke_links(by: Person | None, *, purpose: str, record: int) -> int:
    """Make all links of a purpose to a record useless at once; returns how many were valid."""
    living = Link.objects.filter(purpose=purpose, record=record, revoked_at__isnull=True)
    keys = [*living.values_list("pk", flat=True)]
    living.update(revoked_at=timezone.now())
    for link in Link.objects.filter(pk__in=keys):
        note(by, "revoke_link", link)
    return len(keys)
