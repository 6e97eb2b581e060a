"""Introductions that nobody completes end by themselves."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.brokerage.introductions import actions


@app.periodic(cron="20 3 * * *")
@app.task(name="brokerage.expire_introductions", queueing_lock="brokerage.expire_introductions")
def expire_introductions(timestamp: int = 0) -> None:
    """End the proposals that nobody completed in time."""
    actions.expire_introductions()
