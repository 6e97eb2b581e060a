"""Data protection: what was changed in which row, who was erased and what stayed, and what retention did by itself."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hansa.network.models.people import Person


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class RowChange(models.Model):
    """That a row was added, changed or deleted, by whom and in which columns: written by the database itself, by
    triggers on every table that people write to. Values are not kept, so private text never comes here."""

    class Operation(models.TextChoices):
        INSERT = "I", _("added")
        UPDATE = "U", _("changed")
        DELETE = "D", _("deleted")

    at = models.DateTimeField(db_default=Now(), db_index=True)
    # `person` is a number, not a foreign key: the note outlives whoever it names
    person = models.BigIntegerField(null=True)
    operation = models.CharField(max_length=1, choices=Operation.choices)
    table = models.CharField(max_length=63)
    row = models.CharField(max_length=40)
    columns = models.JSONField(default=list)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["table", "row", "-at"], name="row_change_of_row")]

    def __str__(self) -> str:
        return f"{self.operation} {self.table} {self.row}"


class Erasure(models.Model):
    """The proof that a person was erased: how many rows were emptied, deleted or kept without their name, and where
    the name may still stand in free text. It names nobody."""

    person = models.BigIntegerField()
    by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField(default=timezone.now)
    emptied = models.JSONField(default=dict)
    deleted = models.JSONField(default=dict)
    kept = models.JSONField(default=dict)
    mentions = models.JSONField(default=dict)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"person {self.person}"


class RetentionRun(models.Model):
    """What one class of records lost in one nightly run, as its period says."""

    key = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now)
    before = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["key", "-at"], name="retention_of_class")]

    def __str__(self) -> str:
        return f"{self.key} {self.at:%Y-%m-%d}: {self.count}"
