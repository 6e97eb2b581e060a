"""Links by which somebody without an account does one thing: answer, consent, approve."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from hansa.network.models.people import Person


class Link(models.Model):
    """A secret address for one person and one purpose. Only the SHA-256 of the secret is kept.

    `client` is the client on whose behalf it is used; row-level security lets exactly that client's rows through.
    `record` is the key of what it is about, in the table that the purpose implies.
    """

    purpose = models.CharField(max_length=60)
    record = models.BigIntegerField()
    client = models.BigIntegerField(null=True, blank=True)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")
        indexes = [models.Index(fields=["purpose", "record"], name="link_of_record")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.record}"

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()
