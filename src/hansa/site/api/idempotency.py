"""An act that a program may send twice: the header `Idempotency-Key` makes two of the same into one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.actions.tokens import KEPT
from hansa.network.models import ApiToken, IdempotencyKey, Role
from hansa.network.permissions import organisations_of

LONGEST = 200


def fingerprint(request: HttpRequest) -> str:
    told = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    return hashlib.sha256(told).hexdigest()


def once(
    request: HttpRequest, token: ApiToken, act: Callable[[], HttpResponse], problem: Callable[..., HttpResponse]
) -> HttpResponse:
    """Act, or give the answer again that the same key got before; call it inside the transaction of the act.

    Only an act that was done is kept, with it in one transaction: what was refused may be tried again. A second call
    with the same key waits for the first.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key or request.method != "POST":
        return act()
    if len(key) > LONGEST or not (key.isascii() and key.isprintable()):
        return problem(400, _("An Idempotency-Key has at most %(n)d printable ASCII characters.") % {"n": LONGEST})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 6))", [f"{token.pk} {key}"])
    kept = IdempotencyKey.objects.filter(token=token, key=key)
    kept.filter(created_at__lt=timezone.now() - KEPT).delete()
    held = kept.first()
    same = fingerprint(request)
    if held is not None:
        if held.fingerprint != same:
            return problem(422, _("This Idempotency-Key was used for another act; choose a new one."))
        return replayed(held)
    response = act()
    if response.status_code < 300:
        try:
            with transaction.atomic():
                keep(token, key, same, response)
        except IntegrityError:
            # kept while the person acted for an agency whose rows are closed to them now
            return problem(409, _("This Idempotency-Key was used for another act; choose a new one."))
    return response


def keep(token: ApiToken, key: str, same: str, response: HttpResponse) -> None:
    IdempotencyKey.objects.create(
        token=token,
        key=key,
        fingerprint=same,
        agencies=[each.pk for each in organisations_of(token.person, Role.BROKER, Role.LEAD_PARTNER)],
        status=response.status_code,
        body=response.content.decode(),
        etag=response.headers.get("ETag", ""),
    )


def replayed(held: IdempotencyKey) -> HttpResponse:
    response = HttpResponse(held.body, status=held.status, content_type="application/json; charset=utf-8")
    if held.etag:
        response["ETag"] = held.etag
    response["Idempotent-Replay"] = "true"
    response["Cache-Control"] = "private, no-cache"
    return response
