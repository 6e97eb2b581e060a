"""A call to another system: signed, made, repeated after a pause, given up.

A call is made at least once: a run that was killed leaves its claim, which is released after `LOST_AFTER`, and the call
is made again with the same event id, by which the receiver knows it.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from hansa.network.models import Delivery, Membership, Person, Role, Webhook
from hansa.network.queries import current
from hansa.network.registry import rule
from hansa.network.webhooks.addresses import Target, target_of

WAITS = (1, 5, 30, 120, 480, 1440)
"""Minutes until a call that failed is made again; after the last one it is given up."""
LOST_AFTER = timedelta(minutes=5)
TIMEOUT = 10.0
LONGEST = 30.0
PING = "ping"
FAILURES = "network.webhook_failures"
State = Delivery.State


def body_of(delivery: Delivery) -> bytes:
    """What is sent: the event, its id, when it happened, and its public payload; UTF-8 JSON."""
    held = {
        "id": str(delivery.event_id),
        "event": delivery.event,
        "at": delivery.created_at.isoformat(),
        "data": delivery.payload,
    }
    return json.dumps(held, ensure_ascii=False, sort_keys=True).encode()


def signature(secret: str, moment: int, body: bytes) -> str:
    """`t=<Unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, as docs/webhooks.md tells receivers to verify it."""
    made = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={made}"


def deliver(delivery_id: int) -> bool:
    """Make one waiting call; False where another run has it, it is not due, or it failed."""
    now = timezone.now()
    waiting = Delivery.objects.filter(
        pk=delivery_id, state=State.WAITING, claimed_at__isnull=True, next_try_at__lte=now, webhook__off_at__isnull=True
    )
    if not waiting.update(claimed_at=now, attempts=F("attempts") + 1, tried_at=now):
        return False
    delivery = Delivery.objects.select_related("webhook").get(pk=delivery_id)
    try:
        status = call(delivery)
    except Exception as fault:  # noqa: BLE001  (whatever the other side does is a failed call, kept with its reason)
        failed(delivery, None, str(fault) or type(fault).__name__)
        return False
    if not 200 <= status < 300:
        reason = "redirects are not followed" if 300 <= status < 400 else http.client.responses.get(status, "")
        failed(delivery, status, reason)
        return False
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(state=State.DELIVERED, claimed_at=None, status=status, reason="")
        Webhook.objects.filter(pk=delivery.webhook_id).update(failures=0)
    return True


def call(delivery: Delivery) -> int:
    """POST the event and return the status; raises what the connection raises, and `Refused` for a private address."""
    target = target_of(delivery.webhook.url)
    body, moment = body_of(delivery), int(time.time())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Hansa-Webhooks",
        "Hansa-Event": delivery.event,
        "Hansa-Event-Id": str(delivery.event_id),
        "Hansa-Signature": signature(delivery.webhook.secret, moment, body),
    }
    connection = _connection(target)
    # each read has its own time-out; this one ends a call that trickles
    guard = threading.Timer(LONGEST, _cut, [connection])
    guard.daemon = True
    guard.start()
    try:
        connection.request("POST", target.path, body=body, headers=headers)
        return connection.getresponse().status
    finally:
        guard.cancel()
        connection.close()


def _connection(target: Target) -> http.client.HTTPConnection:
    secure = target.scheme == "https"
    made = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(
        target.host, target.port, timeout=TIMEOUT
    )
    plain = socket.create_connection((target.ip, target.port), timeout=TIMEOUT)
    try:
        context = ssl.create_default_context()
        made.sock = context.wrap_socket(plain, server_hostname=target.host) if secure else plain
    except Exception:
        plain.close()
        raise
    return made


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)


def failed(delivery: Delivery, status: int | None, reason: str) -> None:
    """Keep why a call failed, plan the next one or give up, and switch off an address that fails again and again."""
    given_up = delivery.attempts > len(WAITS) or delivery.event == PING
    wait = timedelta(minutes=WAITS[min(delivery.attempts, len(WAITS)) - 1])
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(
            state=State.FAILED if given_up else State.WAITING,
            claimed_at=None,
            next_try_at=timezone.now() + wait,
            status=status,
            reason=reason[:300],
        )
        held = Webhook.objects.select_for_update().filter(pk=delivery.webhook_id).first()
        if held is None:
            return
        held.failures += 1
        if held.off_at is None and held.failures >= int(rule(FAILURES)):
            held.off_at, held.off_reason = timezone.now(), (f"{status} " if status else "") + reason[:280]
            tell_leads(held)
        held.save(update_fields=["failures", "off_at", "off_reason"])


def tell_leads(webhook: Webhook) -> None:
    """Tell the lead partners that an address is not called any more."""
    from hansa.network.actions import tell

    leads = current(Membership.objects.filter(role=Role.LEAD_PARTNER)).order_by().values("person_id")
    url = reverse("network:webhook", args=[webhook.pk])
    for person in Person.objects.filter(pk__in=leads).order_by("pk"):
        tell(
            person,
            "network.webhook_off",
            url=url,
            key=f"{webhook.pk} {webhook.off_at:%Y-%m-%dT%H:%M:%S}",
            name=webhook.name,
            failures=webhook.failures,
        )


def release_lost(now: datetime) -> int:
    """Let the calls be made again whose run was lost; returns how many."""
    lost = Delivery.objects.filter(state=State.WAITING, claimed_at__lt=now - LOST_AFTER)
    return lost.update(claimed_at=None)


def payload_of(values: dict[str, Any]) -> dict[str, Any]:
    """The payload as JSON holds it; raises TypeError for what is neither text, number, truth value nor nothing."""
    for key, value in values.items():
        if value is not None and not isinstance(value, str | int | float | bool):
            raise TypeError(f"{key} of an event is {type(value).__name__}")
    return values
