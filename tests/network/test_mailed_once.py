"""Each piece of news is mailed once, also when runs are killed, fail, or run at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone

from hansa.network import actions, jobs
from hansa.network.models import Notice, NoticeMail, Way
from hansa.network.notices import mailing
from hansa.network.registry import NoticeKind, registry


class Killed(BaseException):
    """What ends a process: no `except Exception` holds it."""


class Server(EmailBackend):
    """A mail server that fails as told: `opening` before, `before` or `after` it has taken the e-mail."""

    opening = before = after = None

    def open(self):
        if self.opening:
            raise self.opening

    def send_messages(self, messages):
        if self.before:
            raise self.before
        sent = super().send_messages(messages)
        if self.after:
            raise self.after
        return sent


@pytest.fixture
def server(settings, monkeypatch):
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    return lambda where, fault: monkeypatch.setattr(Server, where, fault)


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setitem(registry.notice_groups, "t", "Test")
    monkeypatch.setitem(registry.notices, "t.urgent", NoticeKind("Answer %(reference)s.", "t", urgent=True))


@pytest.fixture
def mail(cast):
    actions.tell(cast.people["broker"], "t.urgent", url="/", reference="C-1")
    return mailing.assemble(cast.people["broker"].pk, Way.AT_ONCE)


def later(mail, by):
    NoticeMail.objects.filter(pk=mail.pk).update(next_try_at=timezone.now() - by)


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["before", "after"])
def test_a_run_killed_while_sending_never_sends_twice_and_says_that_it_is_not_known(mail, server, where, monkeypatch):
    server(where, Killed())
    with pytest.raises(Killed):
        mailing.deliver(mail.pk)
    server(where, None)
    assert len(outbox.outbox) == (where == "after")
    jobs.mail_due.func()
    mail.refresh_from_db()
    assert mail.state == NoticeMail.State.SENDING
    NoticeMail.objects.update(claimed_at=timezone.now() - mailing.LOST_AFTER - timedelta(seconds=1))
    jobs.mail_due.func()
    mail.refresh_from_db()
    assert mail.state == NoticeMail.State.UNSURE and mail.reason
    assert len(outbox.outbox) == (where == "after")
    assert Notice.objects.get().mailed_at is None


@pytest.mark.django_db
def test_a_run_killed_before_it_claimed_is_made_up_for(mail):
    jobs.mail_due.func()
    assert len(outbox.outbox) == 1
    jobs.mail_due.func()
    assert len(outbox.outbox) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("opening", ConnectionRefusedError("nobody listens")),
        ("before", SMTPRecipientsRefused({"a@b.example": (550, b"unknown")})),
    ],
    ids=["no server", "recipient refused"],
)
def test_what_the_server_did_not_take_is_tried_again_with_its_reason_and_given_up_at_last(mail, server, where, fault):
    server(where, fault)
    for attempt in range(1, len(mailing.WAITS) + 2):
        assert not mailing.deliver(mail.pk)
        mail.refresh_from_db()
        assert mail.attempts == attempt and type(fault).__name__ in mail.reason
        assert not mailing.deliver(mail.pk)
        later(mail, timedelta(0))
    assert mail.state == NoticeMail.State.FAILED and outbox.outbox == []
    assert not mailing.deliver(mail.pk)


@pytest.mark.django_db
def test_a_refused_mail_goes_out_when_the_server_is_back(mail, server):
    server("opening", ConnectionRefusedError("nobody listens"))
    jobs.mail_due.func()
    server("opening", None)
    jobs.mail_due.func()
    assert outbox.outbox == []
    later(mail, timedelta(seconds=1))
    jobs.mail_due.func()
    mail.refresh_from_db()
    assert mail.state == NoticeMail.State.SENT and len(outbox.outbox) == 1


@pytest.mark.django_db
def test_a_connection_that_breaks_while_handing_over_is_not_tried_again_by_itself(mail, server):
    server("after", SMTPServerDisconnected("gone"))
    assert not mailing.deliver(mail.pk)
    jobs.mail_due.func()
    mail.refresh_from_db()
    assert mail.state == NoticeMail.State.UNSURE and "gone" in mail.reason
    assert len(outbox.outbox) == 1


@pytest.mark.django_db
def test_a_mail_that_cannot_be_put_into_words_waits_with_its_reason(mail, monkeypatch):
    monkeypatch.setattr(mailing, "compose", lambda mail: 1 / 0)
    assert not mailing.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == NoticeMail.State.WAITING and "ZeroDivisionError" in mail.reason


@pytest.mark.django_db(transaction=True)
def test_runs_at_the_same_time_share_the_news_between_them(cast):
    person = cast.people["broker"]
    for number in range(12):
        actions.tell(person, "t.urgent", url="/", reference=f"C-{number:02}")
    start = threading.Barrier(4)

    def run(_number):
        try:
            start.wait()
            jobs.mail_at_once.func(person.pk)
            for pk in NoticeMail.objects.values_list("pk", flat=True):
                mailing.deliver(pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    said = "".join(f"{message.subject}\n{message.body}" for message in outbox.outbox)
    lines = [line for message in outbox.outbox for line in message.body.splitlines() if line.startswith("Answer ")]
    assert sorted(lines) == [f"Answer C-{number:02}." for number in range(12)], said
    assert not Notice.objects.filter(mailed_at__isnull=True).exists()
