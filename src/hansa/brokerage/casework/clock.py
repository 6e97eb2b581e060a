"""When the follow-ups of an agreement are due."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

MONTHS = (3, 6, 12)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where it is shorter."""
    count = day.month - 1 + months
    year, month = day.year + count // 12, count % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
