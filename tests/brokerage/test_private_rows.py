"""The database itself keeps the private part from every agency but its own."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from hansa.brokerage.models import RequestPrivate
from hansa.network.middleware import see_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(desk):
    """The private part of one request in Podlaskie and of one in Finland."""
    return {"PL84": desk.published().private, "FI1C": desk.offer_abroad().private}


def seen(sql: str = "SELECT text, client_name FROM brokerage_requestprivate") -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


def test_each_agency_sees_its_own_rows_and_nobody_else_any(desk, rows, application_role):
    agencies = desk.cast.agencies
    assert seen() == set()
    with see_as(""):
        assert seen() == set()
    with see_as(f"{agencies['PL84'].pk}"):
        assert seen() == {rows["PL84"].text}
    with see_as(f"{agencies['FI1C'].pk}"):
        assert seen() == {rows["FI1C"].text}
    with see_as(f"{agencies['DE60'].pk},{agencies['LT00'].pk}"):
        assert seen() == set()
        assert seen("SELECT count(*)::text FROM brokerage_requestprivate") == {"0"}
    with see_as(f"{agencies['PL84'].pk},{agencies['FI1C'].pk}"):
        assert len(seen()) == 2
    assert seen() == set()


@pytest.fixture
def case(desk, rows):
    """Between the two, so that what is opened has somebody to be open to."""
    return desk.case(desk.match(rows["PL84"].request, rows["FI1C"].request))


def test_a_row_opened_to_another_agency_can_be_read_there_but_not_changed(desk, rows, case, application_role):
    own, other = desk.cast.agencies["PL84"].pk, desk.cast.agencies["FI1C"].pk
    with see_as(f"{own}"):
        RequestPrivate.objects.filter(pk=rows["PL84"].pk).update(opened_to=[other])
    with see_as(f"{other}"):
        assert seen() == {rows["PL84"].text, rows["FI1C"].text}
        assert RequestPrivate.objects.filter(pk=rows["PL84"].pk).update(text="spoilt") == 0
        assert RequestPrivate.objects.filter(pk=rows["PL84"].pk)._raw_delete("default") == 0


def test_nobody_writes_a_row_for_another_agency_or_gives_one_away(desk, application_role):
    own, other = desk.cast.agencies["PL84"], desk.cast.agencies["FI1C"]
    with see_as(f"{own.pk}"):
        made = desk.draft()
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            RequestPrivate.objects.filter(pk=made.pk).update(agency=other)
    with (
        see_as(f"{other.pk}"),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        desk.draft()


def test_what_a_broken_setting_says_opens_nothing(desk, rows, application_role):
    from django.db import DataError

    for broken in ("", "0", "-1"):
        with see_as(broken):
            assert seen() == set()
    with see_as("1 OR true"), pytest.raises(DataError), transaction.atomic():
        seen()


def test_searching_for_partners_needs_no_private_text(desk, rows, small_home, application_role, monkeypatch):
    from hansa.brokerage import catalogue, jobs
    from hansa.brokerage.models import MatchText, Request

    monkeypatch.setattr(catalogue, "engine", lambda: catalogue.Engine(None))
    catalogue._held.clear()
    request = Request.objects.get(region__code="PL84")
    jobs.find_matches(request_id=request.pk)
    assert Request.objects.get(pk=request.pk).matched_at is not None
    assert rows["PL84"].text not in MatchText.objects.get(request=request).text


def test_a_page_opens_the_rows_of_its_reader_and_leaves_none_open_behind_it(
    desk, rows, application_role, client, monkeypatch
):
    """The whole way of a request, as the role that serves the pages; also where the page breaks or streams."""
    from hansa.brokerage.views import showing

    own, theirs = rows["PL84"], rows["FI1C"]
    client.raise_request_exception = False

    def page(reader, request) -> str:
        client.force_login(reader.user)
        return client.get(request.get_absolute_url()).content.decode()

    assert own.text in page(desk.broker, own.request)
    assert seen() == set()
    assert own.text not in page(desk.abroad, own.request)
    assert theirs.text in page(desk.abroad, theirs.request)
    client.get("/brokerage/?format=csv")
    assert seen() == set()
    monkeypatch.setattr(showing.queries, "private_of", lambda *_: 1 / 0)
    client.force_login(desk.broker.user)
    assert client.get(own.request.get_absolute_url()).status_code == 500
    assert seen() == set()
    client.logout()
    monkeypatch.undo()
    assert own.text not in client.get(own.request.get_absolute_url()).content.decode()


def test_what_was_opened_closes_again_when_the_case_is_declined(desk, case, application_role):
    from hansa.brokerage import actions
    from hansa.brokerage.introductions.actions import record_consent
    from hansa.brokerage.models import IntroductionConsent
    from hansa.network.permissions import may

    own, other = (f"{desk.cast.agencies[code].pk}" for code in ("PL84", "FI1C"))
    with see_as(other):
        actions.answer_introduction(desk.abroad, case, accept=True)
        record_consent(desk.abroad, IntroductionConsent.objects.get(place="their_client"), agrees=True)
    with see_as(own):
        actions.open_private(desk.broker, case)
    with see_as(other):
        private = RequestPrivate.objects.get(pk=case.request_id)
        assert may(desk.abroad, "brokerage.read_private", private)
        actions.move_case(desk.abroad, case, to_state="declined", refusal="other")
        assert not may(desk.abroad, "brokerage.read_private", private)
        assert not RequestPrivate.objects.filter(pk=case.request_id).exists()
