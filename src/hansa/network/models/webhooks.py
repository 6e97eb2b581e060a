"""Signed calls to other systems: who is told of which events, and what became of each call."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models.people import Person


def _nonce() -> str:
    return get_random_string(32)


class Webhook(models.Model):
    """An address that is told of events. The secret by which calls are signed follows from `nonce` and the
    installation's key, so that the database alone gives nobody the power to forge a call."""

    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"), max_length=500)
    events = ArrayField(models.CharField(max_length=60), verbose_name=_("events"))
    nonce = models.CharField(max_length=32, default=_nonce)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveIntegerField(default=0)
    off_at = models.DateTimeField(null=True, blank=True)
    off_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        return "whsec_" + salted_hmac("hansa.webhook", self.nonce, algorithm="sha256").hexdigest()


class Delivery(models.Model):
    """One event for one address: written in the transaction of the event, sent by a job, kept with its outcome."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("call", "waiting")
        DELIVERED = "delivered", pgettext_lazy("call", "delivered")
        FAILED = "failed", pgettext_lazy("call", "given up")

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event_id = models.UUIDField(default=uuid.uuid4)
    event = models.CharField(_("event"), max_length=60)
    payload = models.JSONField()
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="delivery_waiting")]
        constraints = [models.UniqueConstraint(fields=["webhook", "event_id"], name="one_delivery_per_event")]

    def __str__(self) -> str:
        return f"{self.event} {self.event_id}"
