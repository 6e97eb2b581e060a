"""What leaves Hansa for calendars, feed readers and other systems: references, states, dates, public texts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from hansa.network import actions as network
from hansa.network.models import CalendarFeed, Delivery, Person
from hansa.network.registry import CalendarItem, registry

pytestmark = pytest.mark.django_db
WARSAW = ZoneInfo("Europe/Warsaw")
ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def feed_address(person):
    return reverse("network:calendar_feed", args=[network.make_calendar(person)])


def events(answer):
    return [*Calendar.from_ical(answer.content).walk("VEVENT")]


def test_the_next_step_of_a_case_stands_in_the_calendar_without_the_brokers_words(client, desk):
    case = desk.case()
    answer = client.get(feed_address(desk.broker))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = events(answer)
    assert case.reference in event["summary"]
    assert event.decoded("dtstart") == case.next_due
    assert event.decoded("dtend") == case.next_due + timedelta(days=1)
    assert event["uid"].startswith(f"case-{case.reference}-next@")
    assert event.decoded("dtstamp").tzinfo is not None
    assert urlsplit(str(event["url"])).path == case.get_absolute_url()
    text = answer.content.decode().replace("\r\n ", "")
    for private in ("Kouvola", case.title, "Tajna", "umowy"):
        assert private not in text


def test_each_sees_their_own_agencies_dates_in_their_own_language(client, desk):
    case = desk.case()
    analyst = desk.cast.people["analyst"]
    assert events(client.get(feed_address(analyst))) == []
    Person.objects.filter(pk=desk.broker.pk).update(language="pl")
    secret = feed_address(Person.objects.get(pk=desk.broker.pk))
    (event,) = events(client.get(secret, headers={"accept-language": "en"}))
    assert case.reference in event["summary"] and "Next step" not in event["summary"]


def test_the_identifier_stays_when_the_date_moves(client, desk):
    from hansa.brokerage import actions

    case, address = desk.case(), feed_address(desk.broker)
    (before,) = events(client.get(address))
    actions.reschedule(desk.broker, case, next_step="Write", next_due=timezone.localdate() + timedelta(days=30))
    (after,) = events(client.get(address))
    assert before["uid"] == after["uid"]
    assert before.decoded("dtstart") != after.decoded("dtstart")


def test_what_has_not_changed_is_answered_without_the_file(client, desk):
    desk.case()
    address = feed_address(desk.broker)
    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304 and again.content == b""
    assert client.get(address).content == first.content


def test_a_new_address_ends_the_old_one_and_a_revoked_one_answers_nothing(client, desk):
    old, new = feed_address(desk.broker), feed_address(desk.broker)
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200
    network.revoke_calendar(desk.broker)
    assert client.get(new).status_code == 404
    assert client.get(reverse("network:calendar_feed", args=["x" * 300])).status_code == 404


def test_a_person_whose_roles_have_ended_has_no_calendar_any_more(client, desk):
    address = feed_address(desk.broker)
    desk.broker.memberships.update(until=date(2020, 1, 2))
    assert client.get(address).status_code == 404


def test_a_meeting_with_hours_is_written_in_utc_and_read_back_as_the_same_moment(client, desk, monkeypatch):
    start = datetime(2026, 7, 1, 10, 30, tzinfo=WARSAW)
    meeting = CalendarItem("meeting-1", "Meeting; with, marks\nand lines", start, start + timedelta(hours=1), "/x/")
    monkeypatch.setitem(registry.calendar, "t", lambda person: [meeting])
    (event,) = events(client.get(feed_address(desk.broker)))
    assert event.decoded("dtstart") == start and event.decoded("dtstart").utcoffset() == timedelta(0)
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(hours=1)
    assert event["summary"] == "Meeting; with, marks\nand lines"
    changed = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    later = CalendarItem("meeting-1", "Meeting", start, changed_at=changed)
    monkeypatch.setitem(registry.calendar, "t", lambda person: [later])
    (event,) = events(client.get(feed_address(desk.broker)))
    assert event.decoded("dtstamp") == changed


def test_the_feed_reads_private_rows_only_of_the_persons_agencies(client, desk, request, monkeypatch):
    from hansa.brokerage.models import RequestPrivate

    desk.case()
    seen = []
    monkeypatch.setitem(registry.calendar, "t", lambda person: seen.append(RequestPrivate.objects.count()) or [])
    own, other = feed_address(desk.broker), feed_address(desk.cast.people["analyst"])
    request.getfixturevalue("application_role")
    client.get(own)
    client.get(other)
    assert seen[0] > 0 and seen[1] == 0
    assert RequestPrivate.objects.count() == 0


def test_the_page_shows_the_address_once_and_keeps_only_its_fingerprint(client, desk):
    desk.case()
    client.force_login(desk.broker.user)
    page = client.post(reverse("network:calendar")).content.decode()
    address = page.split("<code>")[1].split("</code>")[0]
    assert client.get(urlsplit(address).path).status_code == 200
    secret = address.split("/")[-2]
    assert secret not in str(CalendarFeed.objects.values().get())
    assert secret not in client.get(reverse("network:calendar")).content.decode()
    client.post(reverse("network:revoke_calendar"))
    assert not CalendarFeed.objects.exists()


def entries(answer):
    return ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")  # noqa: S314  (our own output)


def test_the_feed_lists_published_requests_with_their_language_and_nothing_private(client, desk):
    shown, draft = desk.published(), desk.draft()
    answer = client.get(reverse("brokerage:feed"))
    assert answer["Content-Type"].startswith("application/atom+xml")
    (entry,) = entries(answer)
    assert entry.find(f"{ATOM}title").text == shown.title
    assert entry.find(f"{ATOM}link").get("href").endswith(shown.get_absolute_url())
    assert entry.get(XML_LANG) == "pl"
    assert {each.get("term") for each in entry.findall(f"{ATOM}category")} >= {shown.type, "PL84"}
    text = answer.content.decode()
    for private in ("Tajna", "Rysunki", draft.reference, "broker@hansa.example"):
        assert private not in text


def test_a_broker_gets_from_the_feed_what_the_public_gets(client, desk):
    desk.draft()
    client.force_login(desk.broker.user)
    assert entries(client.get(reverse("brokerage:feed"))) == []


def test_the_feed_filters_as_the_list_does_and_the_page_names_it(client, desk):
    own, abroad = desk.published(), desk.offer_abroad()
    feed = reverse("brokerage:feed")
    for asked, found in (
        ({"region": "FI1C"}, {abroad.title}),
        ({"type": "technology_request"}, {own.title}),
        ({"language": "fi"}, {abroad.title}),
        ({"priority": desk.priority.identifier}, {own.title, abroad.title}),
        ({"q": "valimo"}, {abroad.title}),
        ({"region": "LT00"}, set()),
        ({"state": "draft"}, {own.title, abroad.title}),
    ):
        assert {entry.find(f"{ATOM}title").text for entry in entries(client.get(feed, asked))} == found, asked
    page = client.get(reverse("brokerage:requests"), {"region": "FI1C"}).content.decode()
    assert 'rel="alternate" type="application/atom+xml"' in page
    assert f'href="{feed}?region=FI1C"' in page


def test_an_unchanged_feed_is_answered_without_it_and_an_edited_text_is_news(client, desk):
    from hansa.brokerage.models import Request

    desk.published()
    first = client.get(reverse("brokerage:feed"))
    same = {"if-none-match": first["ETag"]}
    assert client.get(reverse("brokerage:feed"), headers=same).status_code == 304
    Request.objects.update(title="Poszukujemy odlewni aluminium w regionie Morza Bałtyckiego")
    assert client.get(reverse("brokerage:feed"), headers=same).status_code == 200


def test_the_feed_asks_as_often_for_many_as_for_one(client, desk):
    desk.published()
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("brokerage:feed"))
    desk.offer_abroad()
    desk.published(title="Another one that is long enough to be told apart from the first")
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("brokerage:feed"))
    assert len(many) == len(few)


@pytest.fixture
def told(cast, settings):
    """What another system that chose every event is told, in the order in which it happened."""
    settings.HANSA_WEBHOOKS_LOCAL = True
    lead = cast.people["lead_partner"]
    network.create_webhook(lead, name="All", url="http://127.0.0.1:9/", events=[*registry.events])
    return lambda: [(row.event, row.payload) for row in Delivery.objects.order_by("pk")]


def test_other_systems_learn_of_requests_and_cases_by_reference_and_state(desk, told):
    from hansa.brokerage import actions

    draft = desk.draft()
    actions.withdraw_request(desk.broker, draft)
    assert told() == []
    shown = actions.reopen_request(desk.broker, draft)
    actions.publish_request(desk.broker, shown)
    actions.close_request(desk.broker, shown)
    assert [event for event, _payload in told()] == ["request.published", "request.closed"]
    payload = told()[0][1]
    assert payload["reference"] == draft.reference and payload["region"] == "PL84"
    case = desk.case()
    actions.answer_introduction(desk.abroad, case, accept=True)
    moved = [payload for event, payload in told() if event == "case.moved"]
    assert moved[-1]["reference"] == case.reference
    assert (moved[-1]["before"], moved[-1]["state"]) == ("proposed", "introduced")
    for private in ("Tajna", "Rysunki", "Kouvola", draft.title):
        assert private not in str(told())


def test_what_an_agency_withdraws_is_told_only_if_it_was_public(desk, told):
    from hansa.brokerage import actions

    shown = desk.published()
    actions.withdraw_request(desk.broker, shown)
    assert [event for event, _payload in told()] == ["request.published", "request.withdrawn"]
