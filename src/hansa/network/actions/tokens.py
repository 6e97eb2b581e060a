"""Keys for programs: made, used, revoked."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from hansa.network.audit import note
from hansa.network.models import ApiToken, Person
from hansa.network.permissions import authorise, may


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def create_token(actor: Person, *, name: str) -> tuple[ApiToken, str]:
    """Make a key for a program; the key itself is returned here and never again.

    Raises:
        Forbidden: the actor takes part in no organisation.
    """
    authorise(actor, "network.create_token")
    key = "hansa_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(person=actor, name=name, digest=digest(key), scopes=[ApiToken.Scope.READ])
    note(actor, "create_token", token)
    return token, key


@transaction.atomic
def revoke_token(actor: Person, token: ApiToken) -> ApiToken:
    """Make a key useless at once.

    Raises:
        Forbidden: it is somebody else's key and the actor leads no partnership.
    """
    authorise(actor, "network.revoke_token", token)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        note(actor, "revoke_token", token)
    return token


def use_token(key: str) -> ApiToken | None:
    """The valid token behind a key, or None; the time of use is kept to the hour to spare writes.

    A key works as long as its person takes part in an organisation.
    """
    token = ApiToken.objects.filter(digest=digest(key), revoked_at__isnull=True).select_related("person").first()
    if token is not None and not may(token.person, "network.create_token"):
        return None
    if token is not None:
        now = timezone.now()
        if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 3600:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
