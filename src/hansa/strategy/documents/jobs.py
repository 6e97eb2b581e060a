"""What the worker does for documents. A job that runs twice writes no version twice."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from hansa.strategy.documents import actions
from hansa.strategy.models import DocumentWriting


@app.task(name="strategy.write_document")
def write_document(writing_id: int) -> None:
    """Write what was asked for; a fault is written down with it and raised."""
    writing = DocumentWriting.objects.select_related("document", "by").filter(pk=writing_id).first()
    if writing is not None:
        actions.write(writing)


def queue_writing(writing_id: int) -> None:
    """Queue the writing inside the caller's transaction; one that waits already is enough."""
    # the savepoint keeps the caller's transaction usable when the queueing lock refuses the job
    with suppress(AlreadyEnqueued), transaction.atomic():
        write_document.configure(queueing_lock=f"write_document:{writing_id}").defer(writing_id=writing_id)
