"""News: said in the reader's language, mailed as they chose, read on their page, left by a signed link."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as outbox
from django.urls import reverse
from django.utils import timezone, translation

from hansa.network import actions
from hansa.network.faults import Forbidden, Refused
from hansa.network.models import Notice, NoticeMail, Person, RuleSetting, Way
from hansa.network.notices import choosing, mailing, queries
from hansa.network.notices.leaving import leaving_url, read_token
from hansa.network.notices.sentences import sentence
from hansa.network.registry import NoticeKind, registry

pytestmark = pytest.mark.django_db
WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.fixture
def person(cast):
    return cast.people["broker"]


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    monkeypatch.setitem(registry.notice_groups, "t.cases", "Cases of the test")
    monkeypatch.setitem(registry.notice_groups, "t.rest", "Other things of the test")
    monkeypatch.setitem(
        registry.notices, "t.moved", NoticeKind("Case %(reference)s moved: 100%% %(state)s.", "t.cases")
    )
    monkeypatch.setitem(registry.notices, "t.urgent", NoticeKind("Answer %(reference)s today.", "t.cases", urgent=True))
    monkeypatch.setitem(registry.notices, "t.other", NoticeKind("Look at %(reference)s.", "t.rest"))


def tell(person, kind="t.moved", **more):
    return actions.tell(person, kind, url="/brokerage/", **({"reference": "C-1", "state": "in talks"} | more))


def mails_to(person):
    return [message for message in outbox.outbox if message.to == [person.email]]


@pytest.mark.parametrize(
    ("kind", "parameters", "said"),
    [
        ("t.moved", {"reference": "C-1", "state": "in talks"}, "Case C-1 moved: 100% in talks."),
        ("t.moved", {"reference": "C-1"}, "Case C-1 moved: 100% …."),
        ("t.moved", None, "Case … moved: 100% …."),
        ("t.moved", ["C-1"], "Case … moved: 100% …."),
        ("t.gone", {}, "News of a kind that Hansa no longer has; open it to see what it is about."),
    ],
)
def test_a_sentence_never_breaks_the_page(kind, parameters, said):
    assert sentence(kind, parameters) == said


def test_the_quiet_default_is_one_mail_a_day_and_at_once_what_is_urgent(person):
    assert tell(person).way == Way.DAILY
    assert tell(person, "t.urgent").way == Way.AT_ONCE
    Person.objects.filter(pk=person.pk).update(email="")
    assert tell(Person.objects.get(pk=person.pk), "t.urgent").way == Way.IN_APP


def test_a_choice_holds_for_its_group_alone_and_the_default_comes_back(person):
    actions.choose_ways(person, {"t.cases": "weekly", "t.rest": "at_once"})
    assert [tell(person, kind).way for kind in ("t.moved", "t.urgent", "t.other")] == ["weekly", "weekly", "at_once"]
    actions.choose_ways(person, {"t.cases": ""})
    assert tell(person).way == Way.DAILY
    for wrong in ({"t.cases": "hourly"}, {"nothing": "daily"}):
        with pytest.raises(Refused):
            actions.choose_ways(person, wrong)


def test_news_at_once_is_queued_in_the_transaction_and_mailed_by_the_job(person):
    from procrastinate.contrib.django.models import ProcrastinateJob

    from hansa.network import jobs

    tell(person, "t.urgent")
    queued = ProcrastinateJob.objects.filter(task_name="network.mail_at_once").values_list("args", flat=True)
    assert [*queued] == [{"person": person.pk}]
    assert mails_to(person) == []
    jobs.mail_at_once.func(person.pk)
    jobs.mail_at_once.func(person.pk)
    message, *more = mails_to(person)
    assert more == []
    assert message.subject == "Hansa: Answer C-1 today."
    assert "http" in message.body and "/brokerage/" in message.body
    held = Notice.objects.get()
    assert held.mailed_at is not None and held.mail.state == NoticeMail.State.SENT


def test_a_digest_gathers_what_was_told_before_its_hour_and_nothing_that_was_read(person):
    noon = datetime(2026, 11, 26, 12, tzinfo=WARSAW)
    for reference in ("C-1", "C-2", "C-3"):
        tell(person, reference=reference)
    Notice.objects.update(created_at=noon - timedelta(days=1))
    newest = Notice.objects.order_by("pk").last()
    Notice.objects.filter(pk=newest.pk).update(created_at=noon - timedelta(hours=1))
    actions.mark_notice(person, Notice.objects.order_by("pk").first(), read=True)
    assert mailing.assemble_due(noon) == 1
    assert mailing.assemble_due(noon) == 0
    assert mailing.deliver(NoticeMail.objects.get().pk)
    (message,) = mails_to(person)
    assert "C-2" in message.body
    assert "C-1" not in message.body and "C-3" not in message.body


def test_the_digest_hour_is_a_rule_and_weekly_ones_go_on_monday(person):
    thursday = datetime(2026, 11, 26, 6, 59, tzinfo=WARSAW)
    assert timezone.localtime(choosing.last_daily(thursday)).isoformat()[:16] == "2026-11-25T07:00"
    RuleSetting.objects.create(key=choosing.DIGEST_HOUR, value=5, set_by=person)
    assert timezone.localtime(choosing.last_daily(thursday)).isoformat()[:16] == "2026-11-26T05:00"
    assert timezone.localtime(choosing.last_weekly(thursday)).isoformat()[:16] == "2026-11-23T05:00"
    monday_early = datetime(2026, 11, 23, 4, tzinfo=WARSAW)
    assert timezone.localtime(choosing.last_weekly(monday_early)).isoformat()[:16] == "2026-11-16T05:00"


def test_an_e_mail_speaks_the_readers_language_and_carries_the_way_out(person):
    Person.objects.filter(pk=person.pk).update(language="pl")
    tell(person, "t.urgent")
    tell(person, "t.other")
    Notice.objects.update(way=Way.AT_ONCE)
    with translation.override("en"):
        assert mailing.deliver(mailing.assemble(person.pk, Way.AT_ONCE).pk)
    (message,) = mails_to(person)
    with translation.override("pl"):
        assert translation.gettext("How you get news: %(url)s") % {"url": ""} in message.body
    assert "How you get news" not in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = message.extra_headers["List-Unsubscribe"].strip("<>")
    who, groups = read_token(urlsplit(address).path.rstrip("/").rsplit("/", 1)[1])
    assert (who.pk, groups) == (person.pk, ["t.cases", "t.rest"])


def test_the_signed_link_asks_first_and_a_post_without_an_account_stops_the_mails(client, person):
    from django.test import Client

    tell(person)
    path = urlsplit(leaving_url(person, ["t.cases"])).path
    assert "Cases of the test" in client.get(path).content.decode()
    assert tell(person).way == Way.DAILY
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert tell(person).way == Way.IN_APP
    assert tell(person, "t.other").way == Way.DAILY
    assert set(Notice.objects.filter(kind="t.moved").values_list("way", flat=True)) == {Way.IN_APP}
    assert client.get(path[:-4] + "xyz/").status_code == 404
    assert client.post(path[:-4] + "xyz/").status_code == 404


def test_an_e_mail_that_waits_leaves_out_what_was_stopped_meanwhile(person):
    tell(person)
    mail = mailing.assemble(person.pk, Way.DAILY)
    actions.stop_mails(person, ["t.cases"])
    assert not mailing.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == NoticeMail.State.DROPPED and mails_to(person) == []


def test_the_page_lists_the_unread_first_and_finds_by_words_and_group(client, person, cast):
    old, new = tell(person, reference="C-7"), tell(person, "t.other", reference="C-8")
    tell(cast.people["analyst"], reference="C-99")
    actions.mark_notice(person, new, read=True)
    assert [n.pk for n in queries.notices(person)] == [old.pk, new.pk]
    assert [n.pk for n in queries.notices(person, words="c-8")] == [new.pk]
    assert [n.pk for n in queries.notices(person, words="MOVED")] == [old.pk]
    assert [n.pk for n in queries.notices(person, group="t.rest")] == [new.pk]
    assert [n.pk for n in queries.notices(person, unread=True)] == [old.pk]
    client.force_login(person.user)
    page = client.get(reverse("network:notices")).content.decode()
    assert "Case C-7 moved" in page and "C-99" not in page
    csv = b"".join(client.get(reverse("network:notices"), {"format": "csv"}).streaming_content).decode()
    assert "Case C-7 moved: 100% in talks." in csv and "C-99" not in csv


def test_the_shell_counts_what_is_unread_and_marking_leaves_what_came_since(client, person):
    first = tell(person)
    tell(person)
    client.force_login(person.user)
    assert ">2<span" in client.get(reverse("network:partnership")).content.decode()
    client.post(reverse("network:read_notices"), {"upto": first.pk})
    assert ">1<span" in client.get(reverse("network:partnership")).content.decode()
    client.post(reverse("network:read_notices"), {"upto": "x"})
    assert queries.count_unread(person) == 1


def test_opening_news_marks_it_read_and_leads_only_into_hansa(client, person):
    told = tell(person)
    client.force_login(person.user)
    assert client.post(reverse("network:open_notice", args=[told.pk])).url == "/brokerage/"
    told.refresh_from_db()
    assert told.read_at is not None
    Notice.objects.filter(pk=told.pk).update(url="https://elsewhere.example/")
    assert client.post(reverse("network:open_notice", args=[told.pk])).url == reverse("network:notices")


def test_nobody_reads_or_marks_anothers_news(client, person, cast):
    told = tell(person)
    with pytest.raises(Forbidden):
        actions.mark_notice(cast.people["lead_partner"], told, read=True)
    client.force_login(cast.people["lead_partner"].user)
    assert client.post(reverse("network:mark_notice", args=[told.pk])).status_code == 404
    assert client.post(reverse("network:open_notice", args=[told.pk])).status_code == 404


def test_the_page_asks_as_often_for_many_as_for_one(client, person, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    tell(person)
    client.force_login(person.user)
    client.get(reverse("network:notices"))
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(reverse("network:notices"))
    for number in range(20):
        tell(person, reference=f"C-{number}")
    with django_assert_num_queries(len(few)):
        client.get(reverse("network:notices"))


def test_the_choice_is_kept_by_its_form_and_a_wrong_one_refused(client, person):
    client.force_login(person.user)
    address = reverse("network:notice_choices")
    assert "Cases of the test" in client.get(address).content.decode()
    assert client.post(address, {"t.cases": "weekly"}).status_code == 302
    assert tell(person).way == Way.WEEKLY
    assert client.post(address, {"t.cases": "hourly"}).status_code == 400


def test_the_lead_partner_alone_sees_and_settles_undelivered_mail(client, person, cast):
    tell(person)
    mail = mailing.assemble(person.pk, Way.DAILY)
    NoticeMail.objects.filter(pk=mail.pk).update(state="unsure", reason="the run ended")
    address = reverse("network:undelivered")
    client.force_login(person.user)
    assert client.get(address).status_code == 403
    assert client.post(reverse("network:send_mail_again", args=[mail.pk])).status_code == 403
    client.force_login(cast.people["lead_partner"].user)
    assert "the run ended" in client.get(address).content.decode()
    csv = b"".join(client.get(address, {"format": "csv"}).streaming_content).decode()
    assert "the run ended" in csv
    client.post(reverse("network:send_mail_again", args=[mail.pk]))
    assert mailing.deliver(mail.pk) and len(mails_to(person)) == 1
    with pytest.raises(Refused):
        actions.send_mail_again(cast.people["lead_partner"], mail)
    with pytest.raises(Refused):
        actions.set_mail_aside(cast.people["lead_partner"], mail)
    assert "Every e-mail went out." in client.get(address).content.decode()


def test_erasing_a_persons_news_counts_what_went(person, cast):
    tell(person)
    tell(cast.people["analyst"])
    actions.choose_ways(person, {"t.cases": "weekly"})
    actions.make_calendar(person)
    assert mailing.assemble(person.pk, Way.DAILY) is not None
    counted = registry.erasures["news"](person)
    assert counted == {"news": 1, "choice": 1, "e-mail": 1, "calendar address": 1}
    assert Notice.objects.count() == 1
