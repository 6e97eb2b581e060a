"""The note of every act, and the keys of programs."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hansa.network.models.people import Person


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class AuditNote(models.Model):
    """Who did what to which record, when and why. The database refuses to change or delete a note."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    person = models.ForeignKey(Person, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    verb = models.CharField(max_length=60)
    record_type = models.CharField(max_length=60)
    record_id = models.CharField(max_length=40)
    label = models.CharField(max_length=300)
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["record_type", "record_id", "-at"], name="audit_record")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.label}"


class ApiToken(models.Model):
    """A key for a program. Only its hash is kept; the key itself is shown once."""

    class Scope(models.TextChoices):
        """What a key is for. Its person's roles decide besides: a scope never gives what they do not."""

        READ = "read", _("read public records")
        REQUESTS_READ = "requests:read", _("read the drafts of my agencies")
        REQUESTS_WRITE = "requests:write", _("write and publish requests")
        PRIVATE_READ = "private:read", _("read private texts of requests")
        MATCHES_READ = "matches:read", _("read matches and find partners")
        MATCHES_WRITE = "matches:write", _("decide about matches and propose introductions")
        CASES_READ = "cases:read", _("read cases")
        CASES_WRITE = "cases:write", _("answer introductions and move cases")
        SEARCHES_READ = "searches:read", _("read saved searches and their alerts")
        SEARCHES_WRITE = "searches:write", _("write saved searches")
        TEAMS_READ = "teams:read", _("read teams")
        CLIENTS_READ = "clients:read", _("read clients")
        CLIENTS_WRITE = "clients:write", _("write clients")

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20))
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


class IdempotencyKey(models.Model):
    """The answer to an act that a program may send twice. It can be read again only by who still acts for all the
    `agencies` for which its person acted then; PostgreSQL's row-level security holds that."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    """SHA-256 of method, address and body."""
    agencies = ArrayField(models.BigIntegerField(), default=list)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    etag = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"key {self.pk}"
