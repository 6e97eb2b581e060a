"""How long each class of records is kept, and what the nightly run takes away when the period is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from hansa.network.models import Consent, Link, Notice, Person
from hansa.network.registry import Retention, Rule, registry


def links(before: datetime) -> int:
    """Links that expired or were revoked."""
    over = Q(expires_at__lt=before) | Q(revoked_at__lt=before)
    return Link.objects.filter(over).delete()[1].get("network.Link", 0)


def notices(before: datetime) -> int:
    """Notices that were read."""
    return Notice.objects.filter(read_at__lt=before).delete()[1].get("network.Notice", 0)


def sessions(before: datetime) -> int:
    """Sessions that have ended."""
    return Session.objects.filter(expire_date__lt=before).delete()[0]


def without_consent(before: datetime) -> int:
    """People without an account and without a role who took their consent to the service back."""
    from hansa.network.privacy.actions import erase_by_itself

    service = Consent.objects.filter(person=OuterRef("pk"), purpose=Consent.Purpose.SERVICE)
    gone = Person.objects.filter(
        Exists(service.filter(withdrawn_at__lt=before)),
        ~Exists(service.filter(withdrawn_at__isnull=True)),
        user__isnull=True,
        memberships__isnull=True,
    ).exclude(name="–")
    return sum(erase_by_itself(person, "consent withdrawn") for person in gone)


CLASSES = {
    "network.keep_links_days": Retention(gettext_lazy("links that expired or were revoked"), links, 90),
    "network.keep_notices_days": Retention(gettext_lazy("notices that were read"), notices, 365),
    "network.keep_sessions_days": Retention(gettext_lazy("sessions that have ended"), sessions, 7),
    "network.keep_withdrawn_days": Retention(
        gettext_lazy("people without an account who took their consent back"), without_consent, 30
    ),
}


def declare(key: str, kept: Retention) -> None:
    """Declare a class of records: its period becomes a rule of the network."""
    registry.retention[key] = kept
    registry.rules[key] = Rule(
        format_lazy(gettext_lazy("Kept at most: {what}"), what=kept.title),
        "number",
        kept.days,
        unit=gettext_lazy("days"),
        least=0,
        most=36500,
    )


def period_of(key: str) -> timedelta:
    from hansa.network.registry import rule

    return timedelta(days=rule(key))


def due_before(key: str) -> datetime:
    return timezone.now() - period_of(key)
