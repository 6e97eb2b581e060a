"""References that people can say aloud: PL84-2026-014 for a request, C-2026-003 for a case."""

from __future__ import annotations

from datetime import date

from hansa.brokerage.models import Counter


def next_reference(prefix: str, day: date) -> str:
    """The next reference of the series `prefix`-year. Call it inside the transaction that uses it: the number is
    held by a row lock until then, and a rollback gives it back."""
    series = f"{prefix}-{day.year}"
    Counter.objects.get_or_create(series=series)
    counter = Counter.objects.select_for_update().get(series=series)
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"{series}-{counter.last:03d}"
