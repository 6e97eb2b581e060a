"""What the worker does for consultations. Every job may run twice without harm."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from hansa.strategy.consultations import mailing


@app.task(name="strategy.send_links", retry=5)
def send_links(consultation_id: int) -> None:
    """Mail the links of an open consultation to those who have not got theirs."""
    mailing.send_links(consultation_id)


@app.periodic(cron="15 * * * *")
@app.task(name="strategy.remind", queueing_lock="strategy.remind")
def remind(timestamp: int = 0) -> None:
    """Remind those who have not answered shortly before the deadline, each once."""
    mailing.remind()


def queue_send_links(consultation_id: int) -> None:
    """Queue the e-mails inside the caller's transaction, so that none goes out for what is rolled back."""
    _queue(
        send_links.configure(queueing_lock=f"send_links:{consultation_id}"), consultation_id=consultation_id
    )  # fmt: skip


def _queue(deferrer: Any, **arguments: Any) -> None:
    # the savepoint keeps the caller's transaction usable when the queueing lock refuses the job
    with suppress(AlreadyEnqueued), transaction.atomic():
        deferrer.defer(**arguments)
