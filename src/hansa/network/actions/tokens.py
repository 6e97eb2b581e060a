"""Keys for programs: made, used, revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import ApiToken, Person
from hansa.network.permissions import authorise, may


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


KEPT = timedelta(hours=48)
"""How long the answer to an act with an idempotency key is kept."""


@transaction.atomic
def create_token(
    actor: Person, *, name: str, scopes: Sequence[str] = (ApiToken.Scope.READ,), expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a key for a program; the key itself is returned here and never again. It acts as its person, within
    `scopes`, until `expires_at` or until it is revoked.

    Raises:
        Forbidden: the actor takes part in no organisation.
        Refused: no scope is named or one is unknown, or the key would have expired already.
    """
    authorise(actor, "network.create_token")
    if not scopes or set(scopes) - set(ApiToken.Scope.values):
        raise Refused(_("Choose what the token may do."))
    if expires_at is not None and expires_at <= timezone.now():
        raise Refused(_("The last day of the token must lie in the future."))
    key = "hansa_" + secrets.token_urlsafe(32)
    chosen = [scope for scope in ApiToken.Scope.values if scope in scopes]
    token = ApiToken.objects.create(person=actor, name=name, digest=digest(key), scopes=chosen, expires_at=expires_at)
    note(actor, "create_token", token, scopes=chosen)
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
    if token is not None and (token.has_expired or not may(token.person, "network.create_token")):
        return None
    if token is not None:
        now = timezone.now()
        if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 3600:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def sweep_idempotency_keys() -> int:
    """Forget the answers older than `KEPT`; returns how many. The worker sees none of them, so the database does it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT hansa_sweep_idempotency_keys(%s)", [KEPT])
        return int(cursor.fetchone()[0])
