"""Addresses of other systems that are told of events, and the events themselves."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Delivery, Person, Webhook
from hansa.network.permissions import authorise
from hansa.network.registry import registry


@transaction.atomic
def emit(event: str, **payload: Any) -> int:
    """Tell every address that chose this event, inside the caller's transaction: what is rolled back is told to nobody.

    `event` is one of `registry.events`; `payload` is public: references, states and dates (ISO 8601). Returns how many
    calls were written down; the worker makes them.
    """
    from hansa.network.jobs import queue_deliver_event
    from hansa.network.webhooks.sending import payload_of

    if event not in registry.events:
        raise KeyError(f"no event is declared as {event!r}")
    held, one = payload_of(payload), uuid.uuid4()
    rows = [
        Delivery(webhook=webhook, event=event, event_id=one, payload=held)
        for webhook in Webhook.objects.filter(off_at__isnull=True, events__contains=[event]).order_by("pk")
    ]
    Delivery.objects.bulk_create(rows)
    for row in rows:
        queue_deliver_event(row.pk)
    return len(rows)


@transaction.atomic
def create_webhook(actor: Person, *, name: str, url: str, events: Sequence[str]) -> tuple[Webhook, str]:
    """Tell an address of events from now on; the secret that signs the calls is returned here and never again.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: the address may not be called, or an event is unknown or none is chosen.
    """
    authorise(actor, "network.manage_webhook")
    _check(url, events)
    made = Webhook.objects.create(name=name, url=url, events=sorted(set(events)), made_by=actor)
    note(actor, "create_webhook", made, events=made.events)
    return made, made.secret


@transaction.atomic
def edit_webhook(actor: Person, webhook: Webhook, *, name: str, url: str, events: Sequence[str]) -> Webhook:
    """Change name, address or events; the secret stays.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: the address may not be called, or an event is unknown or none is chosen.
    """
    authorise(actor, "network.manage_webhook", webhook)
    _check(url, events)
    held = Webhook.objects.select_for_update().get(pk=webhook.pk)
    held.name, held.url, held.events = name, url, sorted(set(events))
    held.save(update_fields=["name", "url", "events"])
    note(actor, "edit_webhook", held, events=held.events)
    return held


@transaction.atomic
def renew_secret(actor: Person, webhook: Webhook) -> str:
    """Replace the secret at once; the new one is returned here and never again.

    Raises:
        Forbidden: the actor leads no partnership.
    """
    authorise(actor, "network.manage_webhook", webhook)
    held = Webhook.objects.select_for_update().get(pk=webhook.pk)
    held.nonce = get_random_string(32)
    held.save(update_fields=["nonce"])
    note(actor, "renew_secret", held)
    return held.secret


@transaction.atomic
def switch_webhook(actor: Person, webhook: Webhook, *, on: bool) -> Webhook:
    """Pause an address, or call it again. What waits is kept; what happens while it is off is not told later.

    Raises:
        Forbidden: the actor leads no partnership.
    """
    authorise(actor, "network.manage_webhook", webhook)
    held = Webhook.objects.select_for_update().get(pk=webhook.pk)
    if on != (held.off_at is None):
        held.off_at, held.off_reason, held.failures = (None, "", 0) if on else (timezone.now(), "", held.failures)
        held.save(update_fields=["off_at", "off_reason", "failures"])
        note(actor, "switch_webhook", held, on=on)
    return held


@transaction.atomic
def delete_webhook(actor: Person, webhook: Webhook) -> None:
    """Forget an address with the record of its calls; the audit keeps that there was one.

    Raises:
        Forbidden: the actor leads no partnership.
    """
    authorise(actor, "network.manage_webhook", webhook)
    note(actor, "delete_webhook", webhook, url=webhook.url)
    webhook.delete()


@transaction.atomic
def ping_webhook(actor: Person, webhook: Webhook) -> Delivery:
    """Queue a call without news, to see whether the address answers.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: the address is switched off.
    """
    from hansa.network.jobs import queue_deliver_event
    from hansa.network.webhooks.sending import PING

    authorise(actor, "network.manage_webhook", webhook)
    if webhook.off_at is not None:
        raise Refused(_("This address is switched off; switch it on first."))
    made = Delivery.objects.create(webhook=webhook, event=PING, payload={})
    note(actor, "ping_webhook", webhook)
    queue_deliver_event(made.pk)
    return made


def _check(url: str, events: Sequence[str]) -> None:
    from hansa.network.webhooks.addresses import target_of

    if not events or not set(events) <= set(registry.events):
        raise Refused(_("Choose at least one event."))
    target_of(url)
