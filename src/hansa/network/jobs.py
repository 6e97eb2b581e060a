"""What the worker does for the network room. Every job may run twice without harm."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from hansa.network import actions, mailing
from hansa.network.models import Delivery, NoticeMail, Way
from hansa.network.notices import mailing as news
from hansa.network.privacy import actions as privacy
from hansa.network.webhooks import sending

BATCH = 200


@app.task(name="network.send_link", retry=5)
def send_link(
    purpose: str, record: int, person: int, address: str, client: int | None = None, by: int | None = None
) -> None:
    """Mail one link. A run that failed is tried again with a secret of its own; one that was killed after the mail
    server took the letter sends it once more, and both links work."""
    mailing.send_link(purpose=purpose, record=record, person_id=person, address=address, client=client, by_id=by)


@app.periodic(cron="40 3 * * *")
@app.task(name="network.keep_no_longer", queueing_lock="network.keep_no_longer")
def keep_no_longer(timestamp: int = 0) -> None:
    """Let go of what has been kept long enough."""
    privacy.keep_no_longer()


def queue_send_link(**arguments: object) -> None:
    """Queue the e-mail inside the caller's transaction, so that none goes out for what is rolled back."""
    send_link.defer(**arguments)


@app.task(name="network.mail_at_once")
def mail_at_once(person: int) -> None:
    """Mail the news that a person wants at once; a run that finds none has been overtaken by another."""
    mail = news.assemble(person, Way.AT_ONCE)
    if mail is not None:
        news.deliver(mail.pk)


@app.task(name="network.deliver_mail")
def deliver_mail(mail: int) -> None:
    """Send one e-mail with news, unless another run has it."""
    news.deliver(mail)


@app.periodic(cron="*/5 * * * *")
@app.task(name="network.mail_due", queueing_lock="network.mail_due")
def mail_due(timestamp: int = 0) -> None:
    """Put together the digests that are due, send what waits, and say of what was lost that it is not known."""
    now = timezone.now()
    news.mark_lost(now)
    news.assemble_due(now)
    waiting = NoticeMail.objects.filter(state=NoticeMail.State.WAITING, next_try_at__lte=now)
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        news.deliver(pk)


@app.task(name="network.deliver_event")
def deliver_event(delivery: int) -> None:
    """Call one address of one event, unless another run has it."""
    sending.deliver(delivery)


@app.periodic(cron="* * * * *")
@app.task(name="network.deliver_events", queueing_lock="network.deliver_events")
def deliver_events(timestamp: int = 0) -> None:
    """Make the calls that wait: those whose job was lost or whose pause has ended."""
    now = timezone.now()
    sending.release_lost(now)
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, claimed_at__isnull=True, next_try_at__lte=now)
    for pk in waiting.filter(webhook__off_at__isnull=True).order_by("pk").values_list("pk", flat=True)[:BATCH]:
        queue_deliver_event(pk)


def queue_mail_at_once(person_id: int) -> None:
    """Queue the e-mail inside the caller's transaction. Without a queueing lock, because two transactions that tell the
    same people in another order would wait for each other; a job too many finds nothing to do."""
    mail_at_once.defer(person=person_id)


def queue_deliver_mail(mail_id: int) -> None:
    """Queue the e-mail inside the caller's transaction."""
    deliver_mail.defer(mail=mail_id)


def queue_deliver_event(delivery_id: int) -> None:
    """Queue the call inside the caller's transaction."""
    deliver_event.defer(delivery=delivery_id)


@app.periodic(cron="23 * * * *")
@app.task(name="network.sweep_idempotency_keys")
def sweep_idempotency_keys(timestamp: int) -> None:
    """Forget each hour the answers to programs' acts that are older than two days."""
    actions.sweep_idempotency_keys()
