"""Links by e-mail: one each, one reminder, and the secret in the e-mail alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from hansa.strategy.consultations import actions, mailing, queries
from hansa.strategy.consultations.actions import Said
from hansa.strategy.models import Consultation, Invitation

pytestmark = pytest.mark.django_db


@pytest.fixture
def invited(draft, ask, analyst):
    """One Pole, one Finn and one without an address; the consultation opened."""
    ask(draft)
    actions.invite(
        analyst,
        draft,
        [
            actions.Invited("business", "Ala", "ala@firma.example", language="pl"),
            actions.Invited("academia", "Aino", "aino@yliopisto.example", language="fi"),
            actions.Invited("civil", "No address"),
        ],
    )
    return actions.open_consultation(analyst, draft, reason="begin", address="https://hansa.example/")


def tokens_in(message):
    return re.findall(r"https://hansa\.example/priorities/consultations/answer/([\w-]+)/", message.body)


def test_opening_queues_the_links_and_a_draft_sends_none(draft, ask, invite, analyst):
    from procrastinate.contrib.django.models import ProcrastinateJob

    ask(draft)
    actions.invite(analyst, draft, [actions.Invited("business", email="a@b.example")])
    assert mailing.send_links(draft.pk) == 0
    actions.open_consultation(analyst, draft, reason="begin", address="https://hansa.example/")
    # tests that commit leave their jobs behind
    queued = {"task_name": "strategy.send_links", "args": {"consultation_id": draft.pk}}
    assert ProcrastinateJob.objects.filter(**queued).count() == 1


def test_each_gets_a_working_link_once_in_a_language_hansa_speaks(invited):
    assert mailing.send_links(invited.pk) == 2
    assert mailing.send_links(invited.pk) == 0
    polish, english = mail.outbox
    assert (polish.to, english.to) == (["ala@firma.example"], ["aino@yliopisto.example"])
    assert "Co zrobimy razem?" in polish.subject and "What shall we do together?" in english.subject
    (token,) = tokens_in(polish)
    assert queries.invitation_of(token).name == "Ala"
    assert not Invitation.objects.filter(digest=token).exists()


def test_a_reminder_goes_once_to_those_who_have_not_answered_and_the_first_link_goes_on(invited):
    mailing.send_links(invited.pk)
    first = {m.to[0]: tokens_in(m)[0] for m in mail.outbox}
    asked = queries.open_round(invited)
    assert mailing.remind() == 0
    actions.answer(first["aino@yliopisto.example"], asked, {asked.items.all()[0].pk: Said(1)})
    Consultation.objects.update(deadline=timezone.now() + timedelta(days=2))
    assert [mailing.remind(), mailing.remind()] == [1, 0]
    reminder = mail.outbox[-1]
    assert reminder.to == ["ala@firma.example"]
    (second,) = tokens_in(reminder)
    assert second != first["ala@firma.example"]
    assert queries.invitation_of(second) == queries.invitation_of(first["ala@firma.example"])


def test_a_mail_server_that_fails_is_asked_again(invited, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(OSError):
        mailing.send_links(invited.pk)
    assert not Invitation.objects.filter(sent_at__isnull=False).exists()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mailing.send_links(invited.pk) == 2


def test_nothing_goes_to_an_erased_or_withdrawn_address(invited, analyst):
    ala, aino, _none = Invitation.objects.order_by("pk")
    actions.erase_invitations(analyst, invited, ala, reason="asked for it")
    actions.withdraw_invitation(analyst, aino, reason="left")
    assert mailing.send_links(invited.pk) == 0
    ala.refresh_from_db()
    assert (ala.name, ala.email, ala.helix) == ("", "", "business")


def test_the_worker_knows_the_jobs():
    """It looks for them in the room's own `jobs` module."""
    import importlib

    from procrastinate.contrib.django import app

    importlib.import_module("hansa.strategy.jobs")
    assert {"strategy.send_links", "strategy.remind"} <= set(app.tasks)
    assert "strategy.remind" in {task.task.name for task in app.periodic_registry.periodic_tasks.values()}
