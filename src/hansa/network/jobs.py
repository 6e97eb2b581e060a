"""What the worker does for the network room. Every job may run twice without harm."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.network import actions, mailing


@app.task(name="network.send_link", retry=5)
def send_link(
    purpose: str, record: int, person: int, address: str, client: int | None = None, by: int | None = None
) -> None:
    """Mail one link. A run that failed is tried again with a secret of its own; one that was killed after the mail
    server took the letter sends it once more, and both links work."""
    mailing.send_link(purpose=purpose, record=record, person_id=person, address=address, client=client, by_id=by)


def queue_send_link(**arguments: object) -> None:
    """Queue the e-mail inside the caller's transaction, so that none goes out for what is rolled back."""
    send_link.defer(**arguments)


@app.periodic(cron="23 * * * *")
@app.task(name="network.sweep_idempotency_keys")
def sweep_idempotency_keys(timestamp: int) -> None:
    """Forget each hour the answers to programs' acts that are older than two days."""
    actions.sweep_idempotency_keys()
