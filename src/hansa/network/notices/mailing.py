"""E-mails with news: put together, claimed, handed over, marked.

No e-mail is handed over twice by itself. A run first claims the e-mail and commits that; it then hands it to the mail
server; it then marks it. Where the server surely did not take it (no connection, or it refused), it is tried again
with the reason kept. Where that is not known (the run was killed, or the connection broke while the text was being
handed over), the e-mail is marked `unsure`, and the lead partner decides.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby
from smtplib import SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.network.mailing import spoken
from hansa.network.models import Notice, NoticeChoice, NoticeMail, Way
from hansa.network.notices.choosing import group_of, group_title, last_daily, last_weekly
from hansa.network.notices.leaving import leaving_url
from hansa.network.notices.sentences import sentence_of

State = NoticeMail.State
WAITS = (1, 5, 30, 120, 480, 1440)
"""Minutes until an e-mail that was refused is tried again; after the last one it is given up."""
LOST_AFTER = timedelta(minutes=15)
MOST = 200
NOT_TAKEN = (SMTPResponseException, SMTPRecipientsRefused, SMTPNotSupportedError)


@transaction.atomic
def assemble(person_id: int, way: Way, before: datetime | None = None) -> NoticeMail | None:
    """Put a person's unread, unmailed news of a way into one e-mail; None where there is none.

    Two runs at the same time share the news between them: each row is locked, and what is locked is passed over.
    """
    found = Notice.objects.filter(person_id=person_id, way=way, mail__isnull=True, read_at__isnull=True)
    if before is not None:
        found = found.filter(created_at__lt=before)
    keys = [row.pk for row in found.order_by("pk").select_for_update(skip_locked=True)[:MOST]]
    if not keys:
        return None
    mail = NoticeMail.objects.create(person_id=person_id, way=way)
    Notice.objects.filter(pk__in=keys).update(mail=mail)
    return mail


def assemble_due(now: datetime) -> int:
    """Put together every digest that is due, and what a lost job left unmailed; returns how many e-mails were made."""
    due = {
        Way.AT_ONCE: now - timedelta(minutes=2),
        Way.DAILY: last_daily(now),
        Way.WEEKLY: last_weekly(now),
    }
    made = 0
    for way, before in due.items():
        waiting = Notice.objects.filter(way=way, mail__isnull=True, read_at__isnull=True, created_at__lt=before)
        for person_id in waiting.order_by().values_list("person_id", flat=True).distinct():
            made += assemble(person_id, way, before) is not None
    return made


def mark_lost(now: datetime) -> int:
    """Say of e-mails whose run ended between claim and mark that it is not known whether they went out."""
    lost = NoticeMail.objects.filter(state=State.SENDING, claimed_at__lt=now - LOST_AFTER)
    return lost.update(state=State.UNSURE, reason="the run ended while it was being sent")


def deliver(mail_id: int) -> bool:
    """Send one waiting e-mail; False where another run has it, it is not due, or it did not go out."""
    now = timezone.now()
    waiting = NoticeMail.objects.filter(pk=mail_id, state=State.WAITING, next_try_at__lte=now)
    if not waiting.update(state=State.SENDING, claimed_at=now, attempts=F("attempts") + 1):
        return False
    mail = NoticeMail.objects.select_related("person").get(pk=mail_id)
    try:
        sent = _hand_over(mail)
    except NotTaken as fault:
        _again(mail, fault.__cause__ or fault)
        return False
    except Exception as fault:  # noqa: BLE001  (it may or may not have gone out)
        _settle(mail, State.UNSURE, _told(fault))
        return False
    with transaction.atomic():
        _settle(mail, State.SENT if sent else State.DROPPED, "" if sent else "nothing in it is to be mailed any more")
        if sent:
            Notice.objects.filter(mail=mail).update(mailed_at=timezone.now())
    return sent


class NotTaken(Exception):
    """The mail server surely has not got the e-mail."""


def _hand_over(mail: NoticeMail) -> bool:
    """Give the e-mail to the mail server; False where there is nothing to send."""
    try:
        message = compose(mail)
        if message is None:
            return False
        connection = get_connection()
        connection.open()
    except Exception as fault:
        raise NotTaken from fault
    message.connection = connection
    try:
        if not message.send():
            raise NotTaken("the server took none")
    except NOT_TAKEN as fault:
        raise NotTaken from fault
    finally:
        with suppress(Exception):
            connection.close()
    return True


def compose(mail: NoticeMail) -> EmailMessage | None:
    """The e-mail in the person's language; None where they have no address, or stopped e-mails of all its groups.

    It carries the sentences that the pages show, hence no private text.
    """
    person = mail.person
    off = NoticeChoice.objects.filter(person=person, way=Way.IN_APP).values_list("group", flat=True)
    stopped = set(off)
    rows = [row for row in mail.notices.order_by("created_at", "pk") if group_of(row.kind) not in stopped]
    if not rows or not person.email:
        return None
    rows.sort(key=lambda row: (group_of(row.kind), row.created_at, row.pk))
    with translation.override(spoken(person.language)):
        groups = {key: list(found) for key, found in groupby(rows, key=lambda row: group_of(row.kind))}
        lines = [_("Dear %(name)s,") % {"name": person.name} if person.name else _("Good day,")]
        for key, found in groups.items():
            if key:
                lines.append(group_title(key).upper())
            lines += [f"{sentence_of(row)}\n{full(row.url)}" for row in found]
        lines.append("-- \n" + _("How you get news: %(url)s") % {"url": full(reverse("network:notice_choices"))})
        lines += [
            _("No more e-mails on “%(group)s”: %(url)s")
            % {"group": group_title(key), "url": leaving_url(person, [key])}
            for key in groups
            if key
        ]
        many = ngettext("Hansa: %(n)d piece of news", "Hansa: %(n)d pieces of news", len(rows)) % {"n": len(rows)}
        subject = f"Hansa: {sentence_of(rows[0])}" if len(rows) == 1 else many
    headers = {
        "Auto-Submitted": "auto-generated",
        "Message-ID": f"<notice-{mail.pk}.{int(mail.created_at.timestamp())}@{host()}>",
    }
    if any(groups):
        headers["List-Unsubscribe"] = f"<{leaving_url(person, [key for key in groups if key])}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    subject = " ".join(subject.split())[:200]
    return EmailMessage(subject, "\n\n".join(lines) + "\n", None, [person.email], headers=headers)


def full(url: str) -> str:
    """The full address of a page of this installation."""
    return settings.HANSA_ADDRESS + url if url.startswith("/") else url


def host() -> str:
    return urlsplit(settings.HANSA_ADDRESS).hostname or "localhost"


def _again(mail: NoticeMail, fault: BaseException) -> None:
    given_up = mail.attempts > len(WAITS)
    wait = timedelta(minutes=WAITS[min(mail.attempts, len(WAITS)) - 1])
    NoticeMail.objects.filter(pk=mail.pk, state=State.SENDING).update(
        state=State.FAILED if given_up else State.WAITING,
        claimed_at=None,
        next_try_at=timezone.now() + wait,
        reason=_told(fault),
    )


def _settle(mail: NoticeMail, state: str, reason: str) -> None:
    sent = timezone.now() if state == State.SENT else None
    NoticeMail.objects.filter(pk=mail.pk).update(state=state, reason=reason, sent_at=sent)


def _told(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {fault}"[:500]
