"""News for people: told once, read, in the reader's own language."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from hansa.network.models import Notice, Person


def tell(person: Person, kind: str, *, url: str, key: str = "", **parameters: Any) -> Notice | None:
    """Leave a notice for a person inside the caller's transaction; it is mailed as they chose.

    `kind` is one of `registry.notices`; `parameters` fill its sentence and are never private text: references, names
    of agencies and stages, dates in ISO 8601. With a `key` the same news is told once, however often this runs; then
    the second call returns None.
    """
    from hansa.network.registry import registry

    if kind not in registry.notices:
        raise KeyError(f"no notice is declared as {kind!r}")
    row = Notice(person=person, kind=kind, parameters=parameters, url=url, key=key)
    if not key:
        row.save()
        return row
    Notice.objects.bulk_create([row], ignore_conflicts=True)
    return Notice.objects.filter(person=person, kind=kind, key=key, created_at=row.created_at).first()


def mark_notices_read(actor: Person, *, upto: int) -> int:
    """Mark the actor's own notices up to a key as read; everybody may do that with their own."""
    mine = Notice.objects.filter(person=actor, pk__lte=upto, read_at__isnull=True)
    return mine.update(read_at=timezone.now())
