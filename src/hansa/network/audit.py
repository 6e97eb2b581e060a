"""The note that every action leaves."""

from typing import Any

from django.db.models import Model

from hansa.network.models import AuditNote, Person


def note(person: Person | None, verb: str, record: Model, *, reason: str = "", **detail: Any) -> AuditNote:
    """Write who did what to `record`; call it inside the action's transaction.

    `person` is None for what Hansa does by itself (loading, expiry).
    """
    return AuditNote.objects.create(
        person=person,
        verb=verb,
        record_type=record._meta.label_lower,
        record_id=str(record.pk),
        label=str(record)[:300],
        reason=reason,
        detail=detail,
    )
