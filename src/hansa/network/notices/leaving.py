"""Signed links by which somebody stops the e-mails of a group without signing in (RFC 8058)."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse

from hansa.network.models import Person

SALT = "hansa.network.notices.leave"


def leaving_url(person: Person, groups: list[str]) -> str:
    """The full address that stops e-mails of `groups` to this person; it never expires and can do nothing else."""
    token = signing.dumps({"p": person.pk, "g": sorted(groups)}, salt=SALT, compress=True)
    return settings.HANSA_ADDRESS + reverse("network:leave_notices", args=[token])


def read_token(token: str) -> tuple[Person, list[str]] | None:
    """Whom and which groups a token is about; None for one that Hansa did not sign, or whose person is gone."""
    try:
        held = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    person = Person.objects.filter(pk=held["p"]).first()
    return None if person is None else (person, list(held["g"]))
