"""Reminders that a request will expire, each told once."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from hansa.brokerage.models import Request
from hansa.network.actions import tell
from hansa.network.registry import rule

REMIND_DAYS = "brokerage.remind_before_days"
LAST_CALL = 7
"""Days before the end on which a second reminder is told."""


def remind_of_expiry() -> int:
    """Tell the brokers of open requests that end soon; returns how many notices were told now. A second run on the
    same day tells nobody again."""
    today, told = timezone.localdate(), 0
    # the last call first, each with its own stretch of days: who is called a last time is not reminded besides
    for days, after in ((LAST_CALL, -1), (rule(REMIND_DAYS), LAST_CALL)):
        soon, since = today + timedelta(days=days), today + timedelta(days=after)
        found = Request.objects.filter(state__in=Request.OPEN, valid_until__lte=soon, valid_until__gt=since)
        for request in found.select_related("broker"):
            until = request.valid_until.isoformat() if request.valid_until else ""
            key = f"{request.pk}:{until}:{days}"
            url = request.get_absolute_url()
            notice = tell(
                request.broker, "brokerage.expires", url=url, key=key, reference=request.reference, until=until
            )
            told += notice is not None
    return told


@app.periodic(cron="35 6 * * *")
@app.task(name="brokerage.remind_of_expiry", queueing_lock="brokerage.remind_of_expiry")
def remind(timestamp: int = 0) -> None:
    """Remind the brokers of requests that end soon."""
    remind_of_expiry()
